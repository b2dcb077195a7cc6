"""What visitors must do, and plugins of visitors."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.visitor import VisitorConfig
from frp.testing.contracts.configured import UsedContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import Service

__all__ = ["VisitingContract"]


class VisitingContract(UsedContract):
    """
    A visitor C{v}, of what another client publishes as C{p}.

    @cvar proxyType: the type of the proxy that it visits.
    @cvar table: the keys that the kind needs.
    @cvar settings: what else its client's configuration needs.
    @cvar pause: seconds after which it has come back when the session has.
    """

    proxyType = "stcp"
    table: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    pause = 0.0

    def tables(self, **keys: Any) -> dict[str, Any]:
        """The visitor's table; C{keys} are its own."""
        raise NotImplementedError

    def configured(self, table: dict[str, Any]) -> VisitorConfig:
        """@return: what the visitor's table is once it has been read."""
        (config,) = clientFromValues({"visitors": [table]}, registry=self.network.registry).config.visitors
        return config

    def visited(self) -> Service:
        """@return: what is visited."""
        return self.network.echo()

    def publish(self) -> FRPClient:
        """Start frps, and a client with what is visited."""
        self.network.server()
        port = self.visited().port
        return self.network.client(
            proxies=[{"name": "p", "type": self.proxyType, "secretKey": "a secret", "localPort": port}]
        )

    def start(self, **keys: Any) -> FRPClient:
        """Start all three; the visitor must be open."""
        self.publish()
        client = self.network.client(visitors=[self.tables(**keys)], **self.settings)
        running = client.visitors.running["v"]
        self.assertTrue(running.opened, running.error)
        return client

    def test_sessions(self) -> None:
        """It works again when its client has lost its session and has another one."""
        client = self.start()
        self.network.carrier(client).cut()
        self.network.advance(5 + self.pause)
        sessionOf(client)
        self.use()
