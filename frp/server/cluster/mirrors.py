"""The proxies of other nodes that are open on this one."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, DeferredList, succeed
from zope.interface import implementer

from frp.errors import FRPError
from frp.interfaces import Entry, ICorrespondingKind, IDirectory, IProxyKind, IWatcher
from frp.server.cluster.announced import Announced, isOpen
from frp.server.cluster.links import Links
from frp.server.cluster.mirror import Mirror
from frp.server.cluster.sealing import OtherSecret, Sealing
from frp.server.serving import Serving
from frp.session.deadline import Later

__all__ = ["AGAIN", "Mirrors"]

#: Seconds until a proxy is tried again that could not be opened here.
AGAIN = 10.0


class _Place:
    """
    One name: what is to be open under it here, and what is. Only one thing is done at a time.

    @ivar wanted: what is to be open.
    @ivar trouble: why it is not; empty where it is, or is being opened.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[Entry], Mirror | None],
        emptied: Callable[[str], object],
        serving: Serving,
        nameOf: Callable[[str], str],
    ) -> None:
        self.trouble = ""
        self._name = name
        self._make = make
        self._emptied = emptied
        self._nameOf = nameOf
        self._mirrored = serving.shared.mirrored
        self._log = serving.log
        self._again = Later(serving.reactor)
        self.wanted: Entry | None = None
        self._open: Mirror | None = None
        self._of: Entry | None = None  # what is open
        self._busy = False
        self._waiting: list[Deferred[None]] = []

    def want(self, entry: Entry | None) -> None:
        """Let this be open, or nothing."""
        self._again.stop()
        self.wanted, self.trouble = entry, ""
        if entry is not None and self._open is not None and self._of is not None and self._of.value == entry.value:
            self._of = entry  # it is said again, by a node that is called otherwise since it had lost the directory
        self._begin()

    def doubt(self) -> None:
        """Nobody says it any more, unless it is said again at once."""
        self._again.stop()
        self.wanted = None
        self._again.set(0, self._begin)

    def wants(self, entry: Entry) -> bool:
        """Whether it is what this owner says that is to be open."""
        wanted = self.wanted
        return wanted is not None and (wanted.node, wanted.owner) == (entry.node, entry.owner)

    def makeRoom(self) -> Deferred[None]:
        """The name, or something that the proxy has here, is that of a proxy of this node."""
        self.want(None)
        if not self._busy:
            return succeed(None)
        settled: Deferred[None] = Deferred()
        self._waiting.append(settled)
        return settled

    def _begin(self) -> None:
        if not self._busy:
            self._busy = True
            Deferred.fromCoroutine(self._work()).addErrback(
                lambda failure: self._log.failure("proxy [{name}] of another node", failure, name=self._name)
            )

    async def _work(self) -> None:
        try:
            while self._of is not self.wanted and not self.trouble:
                mirror, self._open, self._of = self._open, None, None
                if mirror is not None:
                    await mirror.close()
                    self._mirrored.remove(self._name)
                elif self.wanted is not None:
                    await self._openIt(self.wanted)
        finally:
            self._busy = False
            if self.wanted is None:
                self._emptied(self._name)
            waiting, self._waiting = self._waiting, []
            for settled in waiting:
                settled.callback(None)

    async def _openIt(self, entry: Entry) -> None:
        try:
            mirror = self._make(entry)
            if mirror is not None:
                self._mirrored.add(self._name, self.makeRoom)
                await mirror.open()
        except (FRPError, ValueError) as error:
            self._mirrored.remove(self._name)
            if self.wanted is entry:
                self.trouble = error.oneLine if isinstance(error, FRPError) else str(error)
                self._log.warn(
                    "proxy [{name}] of node {node} is not open here: {reason}",
                    name=self._name,
                    node=self._nameOf(entry.node),
                    reason=self.trouble,
                )
                self._again.set(AGAIN, lambda: self.want(entry))
        else:
            self._open, self._of = mirror, entry


@implementer(IWatcher)
class Mirrors:
    """All of them, by name: as the directory says."""

    def __init__(
        self,
        serving: Serving,
        links: Links,
        directory: IDirectory,
        sealing: Sealing,
        wants: Callable[[Announced], bool],
        nameOf: Callable[[str], str],
    ) -> None:
        """
        @param links: to the nodes whose proxies these are.
        @param wants: whether a proxy is to be open here, too.
        @param nameOf: what people call a node, by what the directory calls it.
        """
        self._serving = serving
        self._links = links
        self._directory = directory
        self._sealing = sealing
        self._wants = wants
        self._nameOf = nameOf
        self._places: dict[str, _Place] = {}
        self._closed = False

    @property
    def troubles(self) -> dict[str, str]:
        """Which proxies of other nodes are not open here, and why."""
        return {name: place.trouble for name, place in self._places.items() if place.trouble}

    def entryOf(self, name: str) -> Entry | None:
        """@return: what the directory says of a proxy of another node, be it open here or not."""
        place = self._places.get(name)
        return None if place is None else place.wanted

    def held(self, entry: Entry) -> None:
        name = entry.key[1]
        if self._closed:
            return
        if entry.node == self._directory.node or not isOpen(entry.value):
            # A proxy of this node waits itself for what stands here under its name.
            return
        self._place(name).want(entry)

    def gone(self, entry: Entry) -> None:
        name = entry.key[1]
        place = self._places.get(name)
        if place is not None and place.wants(entry):
            place.doubt()

    def _place(self, name: str) -> _Place:
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = _Place(
                name, self._make, lambda name: self._places.pop(name, None), self._serving, self._nameOf
            )
        return place

    def _make(self, entry: Entry) -> Mirror | None:
        try:
            announced = Announced.read(entry.value, self._sealing)
        except OtherSecret:
            return None  # its node is a stranger, and was said to be one
        if not self._wants(announced):
            return None
        type_ = announced.message.proxy_type
        if ICorrespondingKind.providedBy(self._serving.registry.get(IProxyKind, type_)):
            self._serving.log.debug(
                "proxy [{name}] is not open here: those of type {type} speak with their client, where that is",
                name=announced.message.proxy_name,
                type=type_,
            )
            return None
        return Mirror(self._serving, self._links, announced)

    def close(self) -> Deferred[None]:
        """Close all, and open none any more."""
        self._closed = True
        places, self._places = self._places, {}
        return DeferredList([place.makeRoom() for place in places.values()]).addCallback(lambda _: None)
