"""What every transport must do on real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frp.client.service import FRPClient
from frp.errors import FRPError
from frp.server.service import FRPServer
from frp.testing.live import Peer, freePort

if TYPE_CHECKING:
    from frp.testing.live import LiveTestCase

    _Base = LiveTestCase
else:
    _Base = object

__all__ = ["LiveTransportContract"]

_MUCH = 1_000_000


class _Echo(Peer):
    """A service that says back what it hears."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


class LiveTransportContract(_Base):
    """
    A way to reach frps, by the sockets of this machine: what a memory does not have, such as files, locks, buffers of
    the system, and its errors.

    @ivar name: what stands in C{transport.protocol}.
    @ivar clientSettings: what frpc needs for it besides, in its C{transport} table; C{setUp} may make it.
    @ivar serverSettings: what frps needs for it.
    @ivar bindPort: where frps is to listen, a port that is free.
    """

    name = ""
    clientSettings: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.bindPort = freePort()

    async def serve(self, **transport: Any) -> FRPServer:
        """Start frps; the keys are of its C{transport} table, and more than C{serverSettings}."""
        own = self.serverSettings
        table = {**own.get("transport", {}), **transport}
        return await self.server(**{"bindPort": self.bindPort, **own, "transport": table})

    async def publish(self, server: FRPServer, **transport: Any) -> FRPClient:
        """Start frpc with a proxy C{p} to an echo; the keys are of its C{transport} table."""
        table = {"protocol": self.name, **self.clientSettings, **transport}
        proxy = {"name": "p", "type": "tcp", "localPort": self.service(_Echo)}
        return await self.client(server, [proxy], transport=table)

    async def use(self, client: FRPClient) -> None:
        """Two users at once send a megabyte each, and hear it."""
        users = [await self.user(self.port(client, "p")) for _ in range(2)]
        sent = [bytes([number]) * _MUCH for number in range(len(users))]
        for user, data in zip(users, sent, strict=True):
            user.transport.write(data)
        for user, data in zip(users, sent, strict=True):
            self.assertTrue(await user.hear(_MUCH) == data, "it came otherwise")

    async def test_use(self) -> None:
        """Users are served; no error is left behind that nobody knows."""
        await self.use(await self.publish(await self.serve()))
        self.assertNotIn("Traceback", self.lines.text)

    async def test_plain(self) -> None:
        """So they are where C{transport.tls.enable} is false."""
        await self.use(await self.publish(await self.serve(), tls={"enable": False}))

    async def test_alone(self) -> None:
        """And where C{transport.tcpMux} is, on both sides."""
        await self.use(await self.publish(await self.serve(tcpMux=False), tcpMux=False))

    async def test_nobody(self) -> None:
        """Where nobody listens frpc says so, in words that frp knows."""
        server = await self.serve()
        await server.stopService()
        transport = {"protocol": self.name, **self.clientSettings, "dialServerTimeout": 2}
        await self.client(server, [], transport=transport, loginFailExit=False)
        text = await self.lines.wait("connect to server error: ")
        self.assertNotIn("Traceback", text)

    async def test_comesBack(self) -> None:
        """A server that goes and comes back, at the same place, has its clients back."""
        server = await self.serve()
        client = await self.publish(server)
        await server.stopService()
        await self.lines.wait("the session has ended")
        await self.serve()
        await self.lines.wait("start proxy success", 2)
        await self.use(client)

    async def test_taken(self) -> None:
        """A second server does not start at the place of the first, and says so in words that frp knows."""
        await self.serve()
        with self.assertRaises(FRPError):
            await self.serve()
        self.assertNotIn("Traceback", self.lines.text)
