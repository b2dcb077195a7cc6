"""Who the other nodes are: what the directory tells of them, and what this one says of it."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import ConfigError
from frp.interfaces import Entry, IWatcher
from frp.logs import Log
from frp.server.cluster.links import Links
from frp.server.cluster.sealing import OtherSecret, Sealing
from frp.session.deadline import Later
from frp.values import frozen

__all__ = ["NAMESAKES", "Company", "Other", "toldOf"]

#: Seconds after which two nodes of one name, or of one address, are said to be two: a node that has died, and is back,
#: is known twice until its lease is over.
NAMESAKES = 10.0

_SECRET = "another cluster.secret"
_NAME = "the name of this node"
_ADDRESS = "the address of this node"

# What the log says of another node that has one of these.
_SHARED = {
    _NAME: "two nodes are called {name}, this one at {here} and another one at {there}: give each a name of its own"
    " (cluster.node), so that people can tell them apart",
    _ADDRESS: "node {other} is told to be at {here}, where this one is, {name}: others may reach one of the two; give"
    " each an address of its own (cluster.advertise)",
}


@frozen
class Other:
    """
    Another node.

    @ivar id: what it calls itself as long as it lives.
    @ivar name: for people.
    @ivar address: where it is reached.
    @ivar stranger: it has another secret: only what is taken is agreed on with it.
    @ivar drains: it lets its clients go.
    """

    id: str
    name: str
    address: str
    stranger: bool
    drains: bool


def toldOf(id: str, name: str, address: str, sealing: Sealing) -> dict[str, object]:
    """@return: what a node says of itself in the directory. Of one that drains there is C{drains} besides."""
    return {"name": name, "address": address, "proof": sealing.seal(id.encode())}


@implementer(IWatcher)
class Company:
    """
    All of them.

    @ivar others: by what the directory calls them, which changes when they lose it.
    @ivar address: where others reach this one.
    """

    def __init__(self, id: str, name: str, links: Links, sealing: Sealing, clock: IReactorTime, log: Log) -> None:
        """
        @param id: what this node calls itself.
        @param name: what people call it.
        """
        self.others: dict[str, Other] = {}
        self.address = ""
        self._id = id
        self._name = name
        self._links = links
        self._sealing = sealing
        self._log = log
        self._clock = clock
        self._gone: dict[str, Later] = {}  # of whom it is not said yet: it may be there again at once
        self._namesakes = Later(clock)
        self._told: dict[str, str] = {}  # those that were said to have what is this one's, and what

    def held(self, entry: Entry) -> None:
        id = entry.key[1]
        if id == self._id:
            return
        other, before = self._read(id, entry.value), self.others.get(entry.node)
        self.others[entry.node] = other
        if not other.stranger:
            self._links.know(id, other.name, other.address)
        gone = self._gone.pop(id, None)
        if gone is not None:
            gone.stop()
        elif before is None:
            self._came(other)
        elif other.drains and not before.drains:
            self._log.info("node {name} is to be left: its clients come to others", name=other.name)

    def _read(self, id: str, value: Mapping[str, object]) -> Other:
        stranger = not self._proves(id, value.get("proof"))
        drains = value.get("drains") is True
        return Other(id, str(value.get("name")), str(value.get("address")), stranger, drains)

    def _proves(self, id: str, proof: object) -> bool:
        """Whether a node knows the secret."""
        try:
            return self._sealing.unseal(proof) == id.encode()
        except OtherSecret:
            return False

    def check(self) -> None:
        """
        To be asked once, at the start, when all others are known: a node that only meets strangers would take clients
        whom no user of the others reaches. Where it has a single friend, it is not for this one to say who is wrong.

        @raise ConfigError: all others have another secret. One at our own address was this one, in a life before.
        """
        others = [other for other in self.others.values() if other.address != self.address]
        if others and all(other.stranger for other in others):
            where = ", ".join(sorted(f"{other.name} at {other.address}" for other in others))
            raise ConfigError(
                "cluster.secret",
                f"cluster.secret is not that of the other nodes, {where}",
                hint="give all nodes the same; to change it, end all of them before the first is started again",
            )

    def _came(self, other: Other) -> None:
        if other.stranger:
            self._log.error(
                "node {name} at {address} shares cluster.store with this node, and has another cluster.secret: neither"
                " serves users of the other; give both the same secret, or each a store of its own",
                name=other.name,
                address=other.address,
            )
            return
        self._log.info("node {name} is there, at {address}", name=other.name, address=other.address)
        if self._shared(other) and not self._namesakes.waiting:
            self._namesakes.set(NAMESAKES, self._tellNamesakes)

    def _shared(self, other: Other) -> str:
        """@return: what another node has that must be this one's alone; empty if nothing."""
        if other.address == self.address:
            return _ADDRESS
        return _NAME if other.name == self._name else ""

    def _tellNamesakes(self) -> None:
        for other in self.others.values():
            shared = "" if other.stranger or other.id in self._told else self._shared(other)
            if shared:
                self._told[other.id] = shared
                names = {"name": self._name, "other": other.name}
                self._log.warn(_SHARED[shared], here=self.address, there=other.address, **names)

    def trouble(self, other: Other) -> str:
        """@return: what is wrong with another node, so that people must mend it; empty if nothing is known."""
        return _SECRET if other.stranger else self._told.get(other.id, "")

    def gone(self, entry: Entry) -> None:
        other = self.others.pop(entry.node, None)
        if other is None:
            return
        # It may have lost the directory only, and serve users of ours: the session stays.
        self._links.forget(other.id)
        gone = self._gone[other.id] = Later(self._clock)
        gone.set(0, lambda: self._left(other))

    def _left(self, other: Other) -> None:
        del self._gone[other.id]
        self._log.info("node {name} is gone", name=other.name)

    def stop(self) -> None:
        """Nothing is said any more."""
        self._namesakes.stop()
        for gone in self._gone.values():
            gone.stop()
