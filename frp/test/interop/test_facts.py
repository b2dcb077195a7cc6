"""
Where we are better than the reference on purpose: each of these was seen to fail with its programs, version 0.70.1.
"""

from __future__ import annotations

import json
import struct

from frp.test.server.talking import ServerTestCase
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login
from frp.wire.yamux import Flag, Type, header


class FactTests(ServerTestCase):
    """Ours, in the situations in which the reference's programs end, lose users, or are misled."""

    def test_negativePool(self) -> None:
        """A login with a negative pool_count, which ends the reference's frps, is refused alone."""
        self.server()
        other = self.login()
        body = json.dumps({"privilege_key": privilegeKey(b"", 0), "pool_count": -20}).encode()
        stranger = self.network.user(self.network.bindPort)
        stranger.send(Login.v1Type + struct.pack(">q", len(body)) + body)
        self.network.settle()
        self.assertTrue(stranger.closed)
        self.assertEqual(self.logged("Login.pool_count: expected an integer from 0"), 1)
        self.assertEqual(self.register(other).error, "")

    def test_strays(self) -> None:
        """Work connections that came unasked and died are given to no user; the reference lost 8 of 20 so."""
        self.server()
        client = self.login(pool_count=1)
        self.register(client)
        for stray in [self.bring(client) for _ in range(8)]:
            stray.close()
        self.network.settle()
        users = [self.network.user(6000) for _ in range(5)]
        for user in users:
            user.send(b"hello")
        works = [self.bring(client) for _ in users]
        self.network.settle()
        self.assertEqual([work.payload for work in works], [b"hello"] * 5)

    def test_forgedLines(self) -> None:
        """Names with line feeds in them write no lines of their own into the log."""
        self.server()
        client = self.login(hostname="a\n2026 [I] forged", user="b\n2026 [I] forged", run_id="c\n2026 [I] forged")
        self.register(client, "d\n2026 [I] forged", port=1)
        self.assertGreater(self.logged("forged"), 0)
        self.assertEqual([line for line in self.log if line.count("\n") != 1 or line.startswith("2026 [I]")], [])

    def test_pings(self) -> None:
        """
        Pings whose answers nobody reads, before any login: the session ends. The reference's frps held 126 MB for
        100,000 of them.
        """
        self.network.server()
        stranger = self.network.user(self.network.bindPort)
        stranger.send(b"".join(header(Type.PING, Flag.SYN, 0, number) for number in range(100_000)))
        self.network.settle()
        self.assertTrue(stranger.closed)
        self.assertLess(len(stranger.received), 100_000)
        self.assertEqual(self.logged("pings within"), 1)
