"""A visitor and a proxy's client in the laboratory, each behind a NAT of its own."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.natlab import Host, NATKind, NATLab
from frp.testing.natlab.host import Net
from frp.testing.network import User

__all__ = ["KEY", "MeetingTestCase"]

KEY = "a secret"


class MeetingTestCase(NetworkTestCase):
    """
    The visitor's port is 6000.

    @ivar hosts: those of the clients, in their order.
    """

    def setUp(self) -> None:
        super().setUp()
        self.lab = NATLab(self.network.reactor)
        self.hosts: list[Host] = []
        self.echo = self.network.echo()

    def host(self, kind: NATKind | None, net6: Net | None = None) -> Any:
        """@return: one behind such a NAT; behind none, a public one."""
        made = self.lab.host(self.lab.nat(kind) if kind is not None else None, net6)
        self.hosts.append(made)
        return made

    def offer(self, kind: NATKind | None = None, *, net6: Net | None = None, **keys: Any) -> FRPClient:
        """@return: the proxy's client."""
        table = {"name": "p", "type": "xtcp", "secretKey": KEY, "localPort": self.echo.port, **keys}
        return self.network.client(host=self.host(kind, net6), natHoleStunServer=self.lab.stun, proxies=[table])

    def visit(
        self,
        kind: NATKind | None = None,
        *more: dict[str, Any],
        user: str = "",
        net6: Net | None = None,
        **keys: Any,
    ) -> FRPClient:
        """@return: the visitor's client."""
        table = {"name": "v", "type": "xtcp", "serverName": "p", "secretKey": KEY, "bindPort": 6000, **keys}
        return self.network.client(
            host=self.host(kind, net6), natHoleStunServer=self.lab.stun, visitors=[table, *more], user=user
        )

    def asked(self, seconds: float = 5, said: bytes = b"hello" * 100) -> User:
        """@return: a user who has said something, and waited so long."""
        user = self.network.user(6000)
        user.send(said)
        self.network.advance(seconds)
        return user

    def end(self) -> None:
        """Stop the clients while datagrams still arrive."""
        for client in self.network.clients:
            client.stopService()
        self.network.advance(60)
