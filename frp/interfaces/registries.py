"""
Registries: what the clients of frps share.

Every question is answered by a Deferred, because the answer may come from elsewhere: the registries of a server agree
with those of other nodes in the L{directory<frp.interfaces.directory>}. What is claimed is given back by who claimed
it: an I{owner} is any object, compared by equality, and a release that comes late, of what another has by then, changes
nothing.

The path of a user asks no registry. Which route, which member of a group, which client: that is looked up in what this
server itself has claimed or opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import Attribute, Interface

from frp.values import define

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from twisted.internet.defer import Deferred

    from frp.errors import Holder
    from frp.interfaces.directory import Key, Tenure
    from frp.wire.messages import Login

__all__ = [
    "IClaimant",
    "IClaims",
    "IMemberships",
    "IPorts",
    "IRoster",
    "IRun",
    "IRuns",
    "ITenant",
    "Seen",
    "holderOf",
    "keyOf",
]


class IClaimant(Interface):
    """An owner that can say who it is; one that cannot, such as a claim of another process, has its C{repr} only."""

    holder: Holder = Attribute("Who has what it owns, as people know it: L{Holder<frp.errors.Holder>}.")


def holderOf(owner: object) -> Holder | None:
    """@return: who an owner is; None where it does not say."""
    claimant = IClaimant(owner, None)
    return None if claimant is None else claimant.holder


class ITenant(IClaimant):
    """An owner that may come to lose what it holds: to a later one of the same line, or while its node was cut off."""

    tenure: Tenure = Attribute("As who it holds it: L{Tenure<frp.interfaces.directory.Tenure>}.")

    def dispossessed(by: Holder) -> None:
        """Something of it is another's now: let go of all."""


class IClaims(Interface):
    """Who has what: names of proxies, ids of clients, routes of gateways, proxies that take visitors."""

    def held() -> int:
        """@return: how much the owners have that are on this node."""

    def claim(what: str | Key, owner: object) -> Deferred[object]:
        """@return: fires with None where it is the owner's now, or was before; else with who has it."""

    def say(what: str | Key, more: Mapping[str, object]) -> Deferred[None]:
        """
        Tell other nodes more of the owner of something that is held on this one.

        @param more: what JSON can say.
        @return: fails with L{Refused<frp.errors.Refused>} where it is another's by now.
        """

    def release(what: str | Key, owner: object) -> Deferred[None]:
        """Give it back."""

    def find(what: str | Key) -> Deferred[object]:
        """@return: fires with who has it, or None."""


class IMemberships(Interface):
    """Who is in which load-balancing group."""

    def join(
        group: Key, owner: Hashable, *, proxy: str, key: str, same: Sequence[str | int], mismatch: str
    ) -> Deferred[None]:
        """
        Become a member. The first one makes the group.

        @param proxy: the name of the proxy that the member is of.
        @param key: what all members must know.
        @param same: what must be equal for all of them: which door they want.
        @param mismatch: is said to who wants another door.
        @return: fails with L{Refused<frp.errors.Refused>} or L{Unavailable<frp.errors.Unavailable>}, with the
            reference's texts, which look at C{same} before the key.
        """

    def leave(group: Key, owner: Hashable) -> Deferred[None]:
        """Be a member no more. With the last one the group is gone."""


class IPorts(Interface):
    """Which of the server's ports are used, and by which proxy: one registry for TCP, one for UDP."""

    def acquire(name: str, port: int, owner: Hashable, group: str = "") -> Deferred[int]:
        """
        Take a port. It is not opened here; who fails to open it has to release it.

        @param name: of the proxy.
        @param port: 0 gives the port that this name had within the last day, if it can be had, or else any.
        @param group: of the proxy; others of it may L{join}, and one that leaves the port to the server, at whichever
            node, gets the one that the group has. Empty for none.
        @return: the port; fails with L{PortTaken<frp.errors.PortTaken>} where it cannot be had.
        """

    def join(name: str, port: int, owner: Hashable, group: str) -> Deferred[None]:
        """
        Have a port together with another proxy of a group, which has opened it: it stays the group's when that one, or
        its node, is gone.

        @return: fails with L{PortTaken<frp.errors.PortTaken>} where it is not the group's any more.
        """

    def release(port: int, owner: Hashable) -> Deferred[None]:
        """Give a port back, after it was closed."""


class IRun(Interface):
    """One run of a client: from a login to its end."""

    tenure: Tenure = Attribute("What L{IRuns.tenure} has said.")
    told: Mapping[str, object] = Attribute("What other nodes must know of the client: what JSON can say.")

    def replaced() -> Deferred[None]:
        """
        The same client has logged in again: make room at once; a half-open connection is not waited for. Fires when all
        that this run had is free.
        """


class IRuns(Interface):
    """Which runs of clients are online, by run id."""

    def tenure(runId: str) -> Deferred[Tenure]:
        """@return: fires with what a login will hold its things as. A login that asks later succeeds it."""

    def take(runId: str, run: IRun) -> Deferred[bool]:
        """
        Have a run id from now on; who had it is told so. Fires when that one has made room, with whether the id is
        still this run's: another may have come.
        """

    def release(runId: str, run: IRun) -> Deferred[None]:
        """The run has ended."""


@define(eq=False)
class Seen:
    """
    A client that is here, or was.

    @ivar key: C{user.clientID}, with the run id in place of a client id that it has not; without C{user.} where no user
        is named.
    @ivar clientID: as the client calls itself, or empty.
    @ivar runId: empty while it is offline.
    @ivar firstAt: when it first came, in seconds since 1970; so are C{lastAt}, and C{leftAt}: None while it is here.
    @ivar leftWhy: empty while it is here, and where nobody knows.
    @ivar node: at which of the workers of one frps it is, or was last, where that is asked of all of them.
    """

    key: str
    user: str
    clientID: str
    runId: str
    version: str
    hostname: str
    host: str
    wireProtocol: str
    firstAt: float
    lastAt: float
    leftAt: float | None = None
    leftWhy: str = ""
    node: str = ""

    @property
    def online(self) -> bool:
        return self.leftAt is None

    @property
    def name(self) -> str:
        """What it calls itself, or else its run id."""
        return self.clientID or self.runId


def keyOf(user: str, clientID: str, runId: str) -> str:
    """@return: the L{Seen.key} of a client."""
    name = clientID or runId
    return f"{user}.{name}" if user else name


class IRoster(Interface):
    """Who is here, and who has been and has a name of its own: for people who look."""

    def entered(key: object, runId: str, login: Login, host: str, *, wireProtocol: str) -> Deferred[None]:
        """A client has logged in, from this host. C{key} is what L{left} will be called with."""

    def left(key: object, why: str) -> Deferred[None]:
        """It is gone, for this reason. A later run of the same client is not touched; unknown ones do not count."""

    def remember(seen: Iterable[Seen]) -> Deferred[None]:
        """These were here before, when this process was not."""

    def seen() -> Deferred[list[Seen]]:
        """@return: fires with all of them, by user, name and key."""

    def find(key: str) -> Deferred[Seen | None]:
        """@param key: see L{Seen.key}."""

    def online() -> Deferred[int]:
        """@return: fires with how many are here."""
