"""Holes between clients in this process; the loopback stands for a global address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

from frp.client.service import FRPClient
from frp.nathole import digging
from frp.sockets.datagram import UDPPort
from frp.testing.live import LiveTestCase, Peer, freePort, needIPv6
from frp.testing.natlab import StunServer

__all__ = ["SECRET", "HolesTestCase"]

_HOSTS = ("127.0.0.1", "127.0.0.2")

#: What a proxy and its visitor have in common.
SECRET = {"type": "xtcp", "secretKey": "a secret"}

#: Twisted's own, whose ports are told apart from those of the services.
REACTOR: Any = reactor


class HolesTestCase(LiveTestCase):
    """Two clients that can meet."""

    def stun(self) -> dict[str, Any]:
        """@return: what both need to know, for a server that tells them where they are."""
        needIPv6()
        self.patch(digging, "globalHosts", lambda _: ["::1"])
        self.patch(digging, "localHosts", lambda _: [])
        port = freePort()
        stun = StunServer(dict.fromkeys(_HOSTS, REACTOR), (port, port + 1))
        self.addCleanup(stun.close)
        return {"natHoleStunServer": stun.address}

    def echo(self) -> int:
        """@return: the port of a service that says back what it has heard."""
        return self.service(lambda: Peer(answer=lambda said: said))

    async def through(self, at: int, size: int) -> None:
        """
        Have a user served.

        @param at: the port of the visitor.
        @param size: of what he says, and is answered.
        """
        await self.lines.wait("start visitor success")
        user = await self.user(at)
        user.transport.write(b"x" * size)
        user.transport.loseWriteConnection()
        self.assertEqual(len(await user.hear(size)), size)

    async def leave(self, clients: Iterable[FRPClient]) -> None:
        """Both ends say goodbye."""
        for client in clients:
            await client.stopService()
        while any(isinstance(port, UDPPort) for port in self.reactor.getReaders()):
            await deferLater(self.reactor, 0.001)
