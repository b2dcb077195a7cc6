"""
The directory: what the nodes of one server agree on. A I{node} is one frps; one that runs alone has a directory of its
own, in memory.

Whoever claims something holds it until it gives it back, or until its node is gone. Nothing of it is asked on the path
of a user: what a node needs to know for its users it has watched before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from zope.interface import Attribute, Interface

from frp.interfaces.sites import IReachingSite
from frp.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

__all__ = ["Entry", "IDirectory", "IDirectoryKind", "IDirectorySite", "IWatcher", "Key", "Tenure"]

Key = tuple[str, ...]
"""What can be held. The first word says what kind of thing it is: C{("tcp", "6000")}, C{("proxy", "ann.web")}."""


@frozen
class Tenure:
    """
    As who something is held: by which of several that come one after another.

    @ivar line: what they have in common, such as the run id of a client that logs in again; empty for none.
    @ivar epoch: the later one has a greater one.
    """

    line: str = ""
    epoch: int = 0

    def succeeds(self, other: Tenure) -> bool:
        """Whether this is a later one of the same line, which takes over what the other one holds."""
        return bool(self.line) and self.line == other.line and self.epoch > other.epoch


@frozen
class Entry:
    """
    Something that is held.

    @ivar owner: who holds it, as its node calls it; no other owner of that node is called so.
    @ivar value: what the owner wants others to know: what JSON can say.
    @ivar share: others may hold the same if they say the same word here; empty where nobody else may.
    @ivar node: where the owner is (L{IDirectory.node}); the directory writes it.
    """

    key: Key
    owner: str
    value: Mapping[str, object] = attrs.field(factory=dict)
    share: str = ""
    tenure: Tenure = Tenure()
    node: str = ""

    def yieldsTo(self, other: Entry) -> bool:
        """Whether another one of this key may be held beside this one, or in its place."""
        return (
            (self.node, self.owner) == (other.node, other.owner)
            or bool(self.share and self.share == other.share)
            or other.tenure.succeeds(self.tenure)
        )


class IWatcher(Interface):
    """Is told of entries, in the order in which they change."""

    def held(entry: Entry) -> None:
        """Somebody holds this, or says something else of it than before."""

    def gone(entry: Entry) -> None:
        """Nobody holds this any more: it was given back, taken over, or its node is gone."""


class IDirectory(Interface):
    """
    One node's view of the directory. Questions are answered in the order in which they are asked.

    A question of a node that cannot reach the directory waits for a moment, then fails with
    L{Unavailable<frp.errors.Unavailable>}; what it holds it goes on holding, and says so again when it can. What others
    hold by then it has lost.
    """

    node: str = Attribute("what this node is called in this life; no other one is, nor was this one in another life")
    reachable: bool = Attribute("whether it can be asked now")

    def heed(changed: Callable[[bool], object]) -> Callable[[], object]:
        """
        Be told when L{reachable} changes, after it has.

        @return: no more.
        """

    def open() -> Deferred[None]:
        """
        Come to be a node. Nothing else is asked before this has fired.

        @return: fails with L{Unavailable<frp.errors.Unavailable>} where the directory cannot be reached, and with
            L{ConfigError<frp.errors.ConfigError>} where it never can be so; either says where, what, and what to do.
        """

    def close() -> Deferred[None]:
        """Go in good order: all that this node holds is given back. Fires, also where that could not be said."""

    def claim(entry: Entry, lost: Callable[[Entry], object]) -> Deferred[Entry | None]:
        """
        Hold something, beside others with the same C{share}, and in place of those whose tenure this one's succeeds.
        Who claims again what it holds changes its value.

        @param lost: is called with whose it is, when this owner has lost it without having given it back.
        @return: fires with None where it is held now; else with what stands in the way, and nothing has changed.
        """

    def release(key: Key, owner: str) -> Deferred[None]:
        """Give it back. What this node's owner of that name does not hold is not touched."""

    def find(key: Key) -> Deferred[list[Entry]]:
        """@return: fires with all that are held under this key, in the order in which they were claimed."""

    def epoch() -> Deferred[int]:
        """@return: fires with a number that is greater than every one before, whichever node has asked."""

    def keep(key: Key, value: Mapping[str, object], seconds: float) -> Deferred[None]:
        """Remember something for so long, whatever becomes of the node. It is apart from what is held."""

    def kept(key: Key) -> Deferred[Mapping[str, object] | None]:
        """@return: fires with what was remembered last; None where that is nothing, or too long ago."""

    def watch(kind: str, watcher: IWatcher) -> Callable[[], object]:
        """
        Be told of all entries whose keys begin with this word: of those that are held already at once, or as soon as
        the directory can be read.

        @return: no more.
        """

    def told() -> Deferred[None]:
        """
        @return: fires when all who watch by now have been told of what was held when they began. As long as the
            directory cannot be read it waits: cancel it to give up. It may fail with
            L{Unavailable<frp.errors.Unavailable>}.
        """


class IDirectorySite(IReachingSite):
    """The site of a directory."""

    name: str = Attribute("what people call this node: only they need it, and it need not be the only one of that name")


class IDirectoryKind(Interface):
    """C{cluster.store}: where a directory is kept. Kinds go by the schemes of URLs."""

    def directory(url: str, site: IDirectorySite) -> IDirectory:
        """
        Nothing is opened yet.

        @param url: the whole of it; it may hold a password, so it is for no log.
        @return: a node that is about to come.
        @raise frp.errors.ConfigError: what the URL says means nothing; the text has no password.
        """
