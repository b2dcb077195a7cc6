"""Proxies of other nodes that are open on this one, too. What they have, their own nodes have claimed."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from frp.interfaces import IPorts, holderOf

__all__ = ["GrantedPorts", "Mirrored"]


class Mirrored:
    """
    Which there are. One whose name, port or route has gone to a proxy of this node is told to make room: this node may
    know that before it hears that the other one has let go.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, Callable[[], Deferred[None]]] = {}
        self._ports: dict[tuple[str, int], str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._rooms

    def owns(self, owner: object) -> bool:
        """Whether an owner of a route is such a proxy."""
        if not self._rooms:
            return False
        holder = holderOf(owner)
        return holder is not None and holder.proxy in self._rooms

    def add(self, name: str, makeRoom: Callable[[], Deferred[None]]) -> None:
        """@param makeRoom: closes the proxy. Fires when all that it had here is free."""
        self._rooms[name] = makeRoom

    def remove(self, name: str) -> None:
        """It is not open here any more."""
        self._rooms.pop(name, None)

    def lend(self, kind: str, port: int, name: str) -> None:
        """The proxy opens a port of this node."""
        self._ports[kind, port] = name

    def giveBack(self, kind: str, port: int) -> None:
        """It is closed."""
        self._ports.pop((kind, port), None)

    def yielded(self, name: str) -> Deferred[None]:
        """@return: fires when nothing here is that proxy's."""
        makeRoom = self._rooms.get(name)
        return succeed(None) if makeRoom is None else makeRoom()

    def ownerYielded(self, owner: object) -> Deferred[None]:
        """@return: the same for the proxy that owns a route."""
        holder = holderOf(owner)
        return self.yielded("" if holder is None else holder.proxy)

    def portYielded(self, kind: str, port: int) -> Deferred[None]:
        """@return: fires when none of them has the port."""
        return self.yielded(self._ports.get((kind, port), ""))


@implementer(IPorts)
class GrantedPorts:
    """Ports for proxies of other nodes: those that their own nodes have for them."""

    def __init__(self, kind: str, granted: int, mirrored: Mirrored) -> None:
        """@param granted: the port that the one proxy has that asks here; 0 for none."""
        self._kind = kind
        self._granted = granted
        self._mirrored = mirrored

    def acquire(self, name: str, port: int, owner: Hashable, group: str = "") -> Deferred[int]:
        port = port or self._granted
        self._mirrored.lend(self._kind, port, name)
        return succeed(port)

    def join(self, name: str, port: int, owner: Hashable, group: str) -> Deferred[None]:
        return succeed(None)

    def release(self, port: int, owner: Hashable) -> Deferred[None]:
        self._mirrored.giveBack(self._kind, port)
        return succeed(None)
