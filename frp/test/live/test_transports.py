"""What transports promise, on real sockets."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from frp.errors import PortTaken
from frp.hooks.base import ServerHook
from frp.interfaces.operations import LOGIN, NEW_USER_CONN, Operation
from frp.test.transports.test_unix import UNIX
from frp.testing.live import LiveTestCase, Peer, freePort
from frp.testing.misbehaving import registryWith


class _Looking(ServerHook):
    """Notes where clients come from."""

    name = "looking"
    operations = (LOGIN, NEW_USER_CONN)

    def __init__(self) -> None:
        self.clients: list[str] = []

    def login(self, operation: Operation[Any]) -> Any:
        self.clients.append(operation.caller.address)
        return operation.message

    def newUserConn(self, operation: Operation[Any]) -> Any:
        return operation.message


class UnixTests(LiveTestCase):
    """A transport over a Unix socket."""

    registry = registryWith(UNIX)

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()  # their paths must be short
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "frps.sock")
        self.transport: dict[str, Any] = {"protocol": "unix", "unix": {"path": self.path}}

    async def serve(self, **transport: Any) -> list[str]:
        """
        Two users at once get a megabyte each.

        @return: where the client came from, as hooks were told.
        """
        local = self.service(lambda: Peer(b"x" * 1_000_000))
        server = await self.server(transport={"unix": {"path": self.path}, "tcpMux": transport.get("tcpMux", True)})
        looking = _Looking()
        server.hooks.add(looking)
        proxy = {"name": "a", "type": "tcp", "localPort": local}
        client = await self.client(server, [proxy], transport={**self.transport, **transport})
        users = [await self.user(self.port(client, "a")) for _ in range(2)]
        for user in users:
            self.assertEqual(len(await user.hear(1_000_000)), 1_000_000)
        await client.stopService()
        await server.stopService()
        return looking.clients

    async def test_use(self) -> None:
        """Users are served, and logs and hooks have a word for where the client is."""
        self.assertEqual(await self.serve(), ["unix:@"])
        self.assertIn("client login info: ip [unix:@]", self.lines.text)
        self.assertIn(f"frps unix listen on unix:{self.path}\n", self.lines.text)

    async def test_variants(self) -> None:
        """So they are without TLS, and without multiplexing."""
        await self.serve(tls={"enable": False})
        await self.serve(tcpMux=False)

    async def test_visitor(self) -> None:
        """A user who comes by a visitor of such a client has no address, and is served."""
        local = self.service(lambda: Peer(b"well"))
        server = await self.server(transport={"unix": {"path": self.path}})
        server.hooks.add(_Looking())
        secret = {"name": "s", "type": "stcp", "secretKey": "x", "localPort": local}
        await self.client(server, [secret], transport=self.transport)
        bound = freePort()
        visitor = {"name": "v", "type": "stcp", "serverName": "s", "secretKey": "x", "bindPort": bound}
        await self.client(server, [], visitors=[visitor], transport=self.transport)
        await self.lines.wait("start visitor success")
        user = await self.user(bound)
        self.assertEqual(await user.hear(4), b"well")

    async def test_unopened(self) -> None:
        """Where the socket cannot be opened frps does not start, and says why, and which key has the path."""
        blocked = os.path.join(self.path, "frps.sock")
        for path, why in ((blocked, f"there is no folder {self.path} "), (os.path.dirname(self.path), "")):
            with self.assertRaises(PortTaken) as caught:
                await self.server(transport={"unix": {"path": path}})
            self.assertIn("clients cannot come by unix: listen ", caught.exception.brief)
            self.assertTrue(caught.exception.detail.endswith(f": {why}(transport.unix.path)"), caught.exception.detail)

    async def test_nobody(self) -> None:
        """Where nobody listens, frpc says which socket that is, and what to look at."""
        server = await self.server()
        client = await self.client(server, [], transport=self.transport, loginFailExit=False)
        text = await self.lines.wait("no such file or directory")
        self.assertIn(f"dial unix {self.path}: connect: no such file or directory; there is no such socket", text)
        await client.stopService()
