"""A tunnel whose server has hooks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from frp.client.service import FRPClient
from frp.hooks.base import ServerHook
from frp.interfaces import IServerHook
from frp.interfaces.operations import EVENTS, USER_CONNECTED, ConnectionClosed, Operation
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase

__all__ = ["Connecting", "Telling", "TunnelTestCase"]


class Connecting(ServerHook):
    """Does with a user's stream what it was made to do."""

    name = "connecting"
    operations = (USER_CONNECTED,)

    def __init__(self, act: Callable[[Any], Any]) -> None:
        self._act = act

    def userConnected(self, stream: Any, operation: Any) -> Any:
        return self._act(stream)


class Telling(ServerHook):
    """
    Keeps what it is told.

    @ivar told: the operations, the oldest first.
    """

    name = "telling"
    operations: Collection[str] = EVENTS

    def __init__(self) -> None:
        self.told: list[Operation[Any]] = []

    def _tell(self, operation: Operation[Any]) -> None:
        self.told.append(operation)

    loginAnswered = clientClosed = proxyAnswered = connectionClosed = requestAnswered = _tell

    def closed(self) -> list[ConnectionClosed]:
        """@return: the connections that have ended."""
        return [told.message for told in self.told if isinstance(told.message, ConnectionClosed)]


class TunnelTestCase(NetworkTestCase):
    """Users on port 6000, hooks, and a service."""

    def tunnel(self, *hooks: IServerHook, server: dict[str, Any] | None = None, **proxy: Any) -> FRPClient:
        """
        Start all of it.

        @param server: settings of frps.
        @param proxy: settings of the proxy, None for one that it has not; by default its service says back what it
            hears.
        """
        made: FRPServer = self.network.server(**(server or {}))
        for hook in hooks:
            made.hooks.add(hook)
        table = {"name": "web", "type": "tcp", "remotePort": 6000, **proxy}
        table.setdefault("localPort", self.network.echo().port)
        table = {key: value for key, value in table.items() if value is not None}
        return self.network.client(proxies=[table], user="alice")
