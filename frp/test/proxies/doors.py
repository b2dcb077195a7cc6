"""Proxies whose users come through one door and say whom they want."""

from __future__ import annotations

from typing import Any

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import Service, User

__all__ = ["DoorTestCase"]


class DoorTestCase(NetworkTestCase):
    """
    Proxies whose services say their name first.

    @cvar kind: of the proxies.
    @cvar more: what their tables need besides.
    @ivar services: by the names of their proxies.
    """

    kind = ""
    more: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.services: dict[str, Service] = {}

    def visit(self, name: str = "") -> User:
        """Ask for a host."""
        raise NotImplementedError

    def said(self, data: bytes, port: int) -> User:
        """@return: a user who has said this."""
        user = self.network.user(port)
        user.send(data)
        self.network.settle()
        return user

    def answered(self, *said: Any) -> bytes:
        """@return: what comes back to who asks for a host; it must not be silence."""
        user = self.visit(*said)
        self.assertTrue(user.received or user.closed)
        return user.received

    def says(self, name: str) -> Service:
        """A service that says its name once."""

        def answer(user: User, data: bytes) -> None:
            if user.received == data:
                user.send(name.encode())

        self.services[name] = service = self.network.service(answer)
        return service

    def table(self, name: str, *domains: str, **more: Any) -> dict[str, Any]:
        """One proxy's table."""
        port = self.says(name).port
        return {
            "name": name,
            "type": self.kind,
            "localPort": port,
            "customDomains": list(domains),
            **self.more,
            **more,
        }

    def publish(self, *tables: dict[str, Any]) -> dict[str, str]:
        """@return: what is wrong with each proxy of a new client."""
        session = sessionOf(self.network.client(proxies=tables))
        return {name: proxy.error for name, proxy in session.proxies.items()}

    def member(self, name: str, *domains: str, key: str = "k", **more: Any) -> str:
        """Add a proxy to the group. @return: what is wrong with it."""
        balancer = {"group": "g", "groupKey": key}
        return self.publish(self.table(name, *domains, loadBalancer=balancer, **more))[name]
