"""Holes between two clients in this process, on the sockets of this machine."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

from frp.nathole import digging
from frp.sockets.datagram import UDPPort
from frp.testing.live import LiveTestCase, Peer, freePort, needIPv6
from frp.testing.natlab import StunServer

_HOSTS = ("127.0.0.1", "127.0.0.2")
_SECRET = {"type": "xtcp", "secretKey": "a secret"}

#: Twisted's own, whose ports are told apart from those of the services.
REACTOR: Any = reactor


class HoleTests(LiveTestCase):
    """The loopback stands for a global address."""

    async def meet(self, protocol: str, where: str, **traversal: Any) -> None:
        """
        Have a user served.

        @param where: how the address begins at which the visitor finds the proxy's client.
        @param traversal: C{natTraversal} of the proxy.
        """
        needIPv6()
        self.patch(digging, "globalHosts", lambda _: ["::1"])
        self.patch(digging, "localHosts", lambda _: [])
        port = freePort()
        stun = StunServer(dict.fromkeys(_HOSTS, REACTOR), (port, port + 1))
        self.addCleanup(stun.close)
        local = self.service(lambda: Peer(answer=lambda said: said))
        server = await self.server()
        asked = {"natHoleStunServer": stun.address}
        proxy = {"name": "p", "localPort": local, "natTraversal": traversal, **_SECRET}
        clients = [await self.client(server, [proxy], **asked)]
        at = freePort()
        visitor = {"name": "v", "serverName": "p", "bindPort": at, "protocol": protocol, **_SECRET}
        clients.append(await self.client(server, [], visitors=[visitor], **asked))
        await self.lines.wait("start visitor success")
        user = await self.user(at)
        user.transport.write(b"x" * 1_000_000)
        user.transport.loseWriteConnection()
        self.assertEqual(len(await user.hear(1_000_000)), 1_000_000)
        self.assertIn(f"remoteAddr [{where}:", self.lines.text)
        for client in clients:
            await client.stopService()
        while any(isinstance(port, UDPPort) for port in self.reactor.getReaders()):
            await deferLater(self.reactor, 0.001)  # both ends say goodbye

    async def test_kcp(self) -> None:
        """Over IPv6, by KCP."""
        await self.meet("kcp", "[::1]")

    async def test_quic(self) -> None:
        """Over IPv6, by QUIC."""
        await self.meet("quic", "[::1]")

    async def test_kept(self) -> None:
        """Where the other end tells no address of IPv6, a port that is for both is good for IPv4."""
        await self.meet("kcp", "127.0.0.1", disableAssistedAddrs=True)

    async def test_keptQUIC(self) -> None:
        """So it is for QUIC."""
        await self.meet("quic", "127.0.0.1", disableAssistedAddrs=True)
