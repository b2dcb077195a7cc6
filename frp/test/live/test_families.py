"""Clients of IPv4 and of IPv6, by each transport, and in each spelling of an address."""

from __future__ import annotations

from typing import Any

from frp.testing.live import LiveTestCase, Peer, freePort, needIPv6

#: Where frps is bound, where frpc dials, and where users come from.
WAYS = [
    ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
    ("", "localhost", "127.0.0.1"),
    ("0.0.0.0", "127.0.0.1", "::1"),
    ("0.0.0.0", "::1", "127.0.0.1"),
    ("0.0.0.0", "0.0.0.0", "::1"),
    ("::", "127.0.0.1", "127.0.0.1"),
    ("::", "::", "::1"),
    ("[::]", "[::1]", "127.0.0.1"),
    ("::1", "::1", "::1"),
    ("::1", "[::1]", "::1"),
    ("[::1]", "::1", "::1"),
]


class FamilyTests(LiveTestCase):
    """Every row of the table, by one transport."""

    async def reach(self, protocol: str, key: str = "bindPort", **transport: Any) -> None:
        """@param key: which port of frps is dialled."""
        needIPv6()
        local = self.service(lambda: Peer(b"well"))
        for bound, dialled, self.host in WAYS:
            port = freePort()
            server = await self.server(**{"bindAddr": bound, key: port})
            proxy = {"name": "a", "type": "tcp", "localPort": local}
            where: dict[str, Any] = {"serverAddr": dialled, "serverPort": port}
            client = await self.client(server, [proxy], transport={"protocol": protocol, **transport}, **where)
            user = await self.user(self.port(client, "a"))
            self.assertEqual(await user.hear(4), b"well", (bound, dialled))
            await client.stopService()
            await server.stopService()

    async def test_tcp(self) -> None:
        """By TCP."""
        await self.reach("tcp")

    async def test_websocket(self) -> None:
        """By a WebSocket."""
        await self.reach("websocket")

    async def test_wss(self) -> None:
        """By one within TLS."""
        await self.reach("wss")

    async def test_kcp(self) -> None:
        """By KCP."""
        await self.reach("kcp", "kcpBindPort")

    async def test_quic(self) -> None:
        """By QUIC."""
        await self.reach("quic", "quicBindPort")
