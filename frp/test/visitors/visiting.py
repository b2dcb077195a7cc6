"""Two clients of one server, as the tests of visitors need them."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import DatagramUser

__all__ = ["TREATMENTS", "DatagramVisitingTestCase", "VisitingTestCase"]

TREATMENTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "encrypted": {"useEncryption": True},
    "compressed": {"useCompression": True},
    "both": {"useEncryption": True, "useCompression": True},
}


class VisitingTestCase(NetworkTestCase):
    """
    Has a proxy C{secret} that passes on to an echo, and visitors on port 6000.

    @cvar type: of the proxy and the visitor.
    """

    type = "stcp"
    key = "a secret"

    def echo(self) -> int:
        """@return: the port of the service."""
        return self.network.echo().port

    def publish(self, *, user: str = "", transport: dict[str, Any] | None = None, **keys: Any) -> FRPClient:
        """Start the client with the proxy."""
        local = keys.pop("localPort", None) or self.echo()
        table = {"name": "secret", "type": self.type, "secretKey": self.key, "localPort": local, **keys}
        return self.network.client(user=user, proxies=[table], transport=transport or {})

    def table(self, name: str = "v", port: int = 6000, **keys: Any) -> dict[str, Any]:
        """A visitor."""
        whom = {"serverName": "secret", "secretKey": self.key, "bindPort": port}
        return {"name": name, "type": self.type, **whom, **keys}

    def visit(self, *, user: str = "", transport: dict[str, Any] | None = None, **keys: Any) -> FRPClient:
        """Start the client with the visitor."""
        return self.network.client(user=user, visitors=[self.table(**keys)], transport=transport or {})

    def both(self, proxy: dict[str, Any] | None = None, visitor: dict[str, Any] | None = None) -> FRPClient:
        """
        Start everything.

        @return: the visitor's client.
        """
        self.network.server()
        self.publish(**(proxy or {}))
        return self.visit(**(visitor or {}))

    def served(self, port: int = 6000) -> bool:
        """@return: whether a user is served."""
        user = self.network.user(port)
        user.send(b"hello" * 100)
        self.network.advance(0.1)
        served = user.received == b"hello" * 100
        user.close()
        self.network.advance(0.1)
        return served


class DatagramVisitingTestCase(VisitingTestCase):
    """The same for datagrams."""

    type = "sudp"

    def echo(self) -> int:
        self.service = DatagramUser(echoes=True)
        self.network.reactor.listenUDP(0, self.service)
        return self.service.port

    def user(self, port: int = 6000) -> DatagramUser:
        """Somebody."""
        user = DatagramUser(port)
        self.network.reactor.listenUDP(0, user)
        return user

    def ask(self, user: DatagramUser, *datagrams: bytes) -> list[bytes]:
        """@return: what comes back."""
        del user.received[:]
        user.send(*datagrams)
        self.network.advance(0.1)
        return user.received

    def served(self, port: int = 6000) -> bool:
        sent = [b"one", b"", bytes(1500), b"four"]
        return self.ask(self.user(port), *sent) == sent
