"""Holes between two clients in this process, on the sockets of this machine."""

from __future__ import annotations

from typing import Any

from frp.test.live.holes import SECRET, HolesTestCase
from frp.testing.live import freePort


class HoleTests(HolesTestCase):
    """The loopback stands for a global address."""

    async def meet(self, protocol: str, where: str, **traversal: Any) -> None:
        """
        Have a user served.

        @param where: how the address begins at which the visitor finds the proxy's client.
        @param traversal: C{natTraversal} of the proxy.
        """
        asked, server = self.stun(), await self.server()
        proxy = {"name": "p", "localPort": self.echo(), "natTraversal": traversal, **SECRET}
        clients = [await self.client(server, [proxy], **asked)]
        at = freePort()
        visitor = {"name": "v", "serverName": "p", "bindPort": at, "protocol": protocol, **SECRET}
        clients.append(await self.client(server, [], visitors=[visitor], **asked))
        await self.through(at, 1_000_000)
        self.assertIn(f"remoteAddr [{where}:", self.lines.text)
        await self.leave(clients)

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
