"""What the keys of C{transport} say about sockets is what their sockets are."""

from __future__ import annotations

import socket
from itertools import product
from typing import Any

from twisted.internet.tcp import Connection

from frp.client.service import FRPClient
from frp.server.service import FRPServer
from frp.test.transports.proxying import TinyProxy
from frp.testing.live import LiveTestCase, Peer

#: The transports whose connections are of TCP, each with all streams on one connection and with one for each.
OVER_TCP = list(product(("tcp", "websocket", "wss"), (True, False)))


def probing(connection: socket.socket) -> tuple[int, int, int]:
    """@return: whether a silent connection is probed, after how many seconds, and how many pass between two probes."""
    return (
        connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    )


class OptionTests(LiveTestCase):
    """Both programs in this process, so that both ends of their connections can be looked at."""

    async def pair(self, protocol: str, tcpMux: bool, theirs: Any, **ours: Any) -> tuple[FRPServer, FRPClient]:
        """
        Start both, and use a proxy.

        @param theirs: of frps' C{transport} table; @param ours: of frpc's.
        """
        port = self.service(lambda: Peer(b"well"))
        server = await self.server(transport={"tcpMux": tcpMux, **theirs})
        transport = {"protocol": protocol, "tcpMux": tcpMux, **ours}
        client = await self.client(server, [{"name": "a", "type": "tcp", "localPort": port}], transport=transport)
        self.assertEqual(await (await self.user(self.port(client, "a"))).hear(4), b"well")
        return server, client

    def ends(self, port: int) -> tuple[list[socket.socket], list[socket.socket]]:
        """@return: the ends of the connections to a port: those that were accepted, and those that were dialled."""
        here = [each for each in self.reactor.getReaders() if isinstance(each, Connection) and each.connected]
        accepted = [each.getHandle() for each in here if each.getHost().port == port]
        return accepted, [each.getHandle() for each in here if each.getPeer().port == port]

    async def test_noSuchLocalAddress(self) -> None:
        """An address that cannot be left from is told, with the key."""
        server = await self.server()
        for local, why in (
            ("192.0.2.9", "cannot assign requested address"),
            ("::1", "address family not supported by protocol"),
        ):
            proxy = {"name": "a", "type": "tcp", "localPort": 1}
            hint = f"transport.connectServerLocalIP, {local}, is no address of this machine"
            transport = {"connectServerLocalIP": local}
            await self.client(server, [proxy], hint, loginFailExit=False, transport=transport)
            self.assertIn(why, self.lines.text)

    async def end(self, *services: Any) -> None:
        """Stop these, frpc first."""
        for service in services:
            await service.stopService()

    async def test_keepalive(self) -> None:
        """Both ends are probed as their own program says."""
        for protocol, tcpMux in OVER_TCP:
            for theirs, ours in ((77, 55), (5, 3)):
                keys = {"tcpKeepalive": theirs}
                server, client = await self.pair(protocol, tcpMux, keys, dialServerKeepalive=ours)
                accepted, dialled = self.ends(server.port)
                self.assertEqual({probing(each) for each in accepted}, {(1, theirs, min(theirs, 15))}, protocol)
                self.assertEqual({probing(each) for each in dialled}, {(1, ours, min(ours, 15))}, protocol)
                await self.end(client, server)

    async def test_noKeepalive(self) -> None:
        """They are not where that is turned off; the default are two hours."""
        for protocol, tcpMux in OVER_TCP:
            server, client = await self.pair(protocol, tcpMux, {"tcpKeepalive": -1}, dialServerKeepalive=-1)
            for end in self.ends(server.port):
                self.assertEqual({probing(each)[0] for each in end}, {0}, protocol)
            await self.end(client, server)
        server, _ = await self.pair("tcp", True, {})
        for end in self.ends(server.port):
            self.assertEqual({probing(each)[:2] for each in end}, {(1, 7200)})

    async def test_localAddress(self) -> None:
        """frpc leaves from the address that it is told to, to a name as well, and to a proxy."""
        listening = self.reactor.listenTCP(0, TinyProxy(self.reactor), interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        proxyURL = f"http://127.0.0.1:{listening.getHost().port}"
        for protocol, tcpMux in OVER_TCP:
            for more in ({}, {"proxyURL": proxyURL}):
                server, client = await self.pair(protocol, tcpMux, {}, connectServerLocalIP="127.0.0.2", **more)
                _, dialled = self.ends(listening.getHost().port if more else server.port)
                self.assertEqual({each.getsockname()[0] for each in dialled}, {"127.0.0.2"}, (protocol, more))
                await self.end(client, server)
