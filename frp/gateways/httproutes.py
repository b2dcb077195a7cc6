"""The routes of the http gateway: what one publishes, who takes its requests in turn, and what has been there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hmac import compare_digest

import attrs
from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.errors import Holder
from frp.gateways.groups import Group, Groups
from frp.gateways.routes import ClaimedRoutes, Routes
from frp.http.forwarding import Destination
from frp.http.pool import Pool
from frp.http.rewriting import Rules
from frp.interfaces import IClaimant, IGatewaySite, IServerSite
from frp.values import frozen
from frp.wire.messages import NewProxy

__all__ = ["HTTPRoutes", "Member", "Publication", "Served"]

#: Seconds for which a route that was taken away is known to have been one, and how many are.
REMEMBERED = 3600
MAX_REMEMBERED = 10000


@frozen
class Publication:
    """
    One route, as its first proxy asks for it.

    @ivar domain: as L{Routes<frp.gateways.routes.Routes>} has it; so are C{location} and C{user}.
    @ivar login: the user and the password that are asked for, in bytes; both empty for nobody.
    @ivar proxy: the name of the proxy that has asked for it.
    """

    domain: str
    location: str
    user: str
    rules: Rules
    login: tuple[bytes, bytes] = attrs.field(default=(b"", b""), repr=False)
    proxy: str = attrs.field(default="", eq=False)

    @property
    def same(self) -> tuple[str, str, str]:
        """What all members of a group must have in common."""
        return self.domain, self.location, self.user

    def admits(self, login: tuple[bytes, bytes] | None) -> bool:
        """Whether a user with this proof may come in; it takes the same time for any wrong one."""
        user, password = self.login
        if not user and not password:
            return True
        return login is not None and compare_digest(b"%b:%b" % login, b"%b:%b" % self.login) and login[0] == user


class Member:
    """
    A proxy that takes requests of a route, and its idle connections.

    @ivar proxy: as its client has asked for it.
    """

    def __init__(self, proxy: NewProxy, site: IServerSite) -> None:
        self.proxy = proxy
        self.site = site
        self.pool = Pool(site.clock)


@implementer(IClaimant)
class Served:
    """A route that is served."""

    def __init__(
        self,
        publication: Publication,
        members: Group[Member, Served],
        destination: Callable[[Publication, Member], Destination],
    ) -> None:
        self.publication = publication
        self.members = members
        self._destination = destination
        self._made: dict[Member, Destination] = {}

    @property
    def holder(self) -> Holder:
        return Holder(proxy=self.publication.proxy)

    def __repr__(self) -> str:
        return str(self.holder)

    @property
    def first(self) -> Member | None:
        """Whoever is there, whose turn it need not be; None while nobody is."""
        return next(iter(self.members.members), None)

    def next(self) -> tuple[Member, Destination] | None:
        """@return: whose turn it is; None while nobody is there."""
        member = self.members.next()
        if member is None:
            return None
        made = self._made.get(member)
        if made is None:
            made = self._made[member] = self._destination(self.publication, member)
        return member, made

    def forget(self, member: Member) -> None:
        """It takes no more requests."""
        self._made.pop(member, None)


class HTTPRoutes:
    """All routes of the gateway."""

    def __init__(
        self, site: IGatewaySite, destination: Callable[[Publication, Member], Destination], remembers: bool
    ) -> None:
        """
        @param destination: makes where the requests of a route go when a member takes them.
        @param remembers: whether L{wasThere} is of interest.
        """
        self._clock = site.clock
        self._destination = destination
        self._routes: ClaimedRoutes[Served] = ClaimedRoutes(site.routes, site.name)
        # The second member is the first to be asked, as in the reference.
        self._groups: Groups[Member, Served] = Groups(site.memberships, site.name, self._remove, start=1)
        self._gone: OrderedDict[tuple[str, str, str], float] | None = OrderedDict() if remembers else None
        self._was: Routes[tuple[str, str, str]] = Routes()

    async def add(
        self, publication: Publication, member: Member, group: str = "", key: str = ""
    ) -> Callable[[], Deferred[None]]:
        """
        @param group: where it is not empty, the route is shared with those who name the same group and know its key.
        @return: as for L{GroupedRoutes.add<frp.gateways.routes.GroupedRoutes.add>}.
        """
        if not group:
            alone: Group[Member, Served] = Group()
            alone.members.append(member)
            served = await self._open(publication, alone)
            return lambda: self._remove(served)
        membership = await self._groups.join(
            group, key, publication.same, publication.proxy, member, lambda members: self._open(publication, members)
        )

        def leave() -> Deferred[None]:
            membership.group.door.forget(member)
            return membership.leave()

        return leave

    async def _open(self, publication: Publication, members: Group[Member, Served]) -> Served:
        served = Served(publication, members, self._destination)
        await self._routes.claim(*publication.same, served)
        self._recall(publication.same)
        return served

    def _remove(self, served: Served) -> Deferred[None]:
        same = served.publication.same
        gone = self._gone
        if gone is not None:
            self._recall(same)
            gone[same] = self._clock.seconds() + REMEMBERED
            self._was.add(*same, same)
            if len(gone) > MAX_REMEMBERED:
                self._recall(next(iter(gone)))
        return self._routes.release(*same, served)

    def _recall(self, same: tuple[str, str, str]) -> None:
        if self._gone is not None and self._gone.pop(same, None) is not None:
            self._was.remove(*same, same)

    def find(self, host: str, path: str, user: str) -> Served | None:
        """@param host: in its one form (L{canonicalHost<frp.gateways.routes.canonicalHost>})."""
        return self._routes.find(host, path, user)

    def wasThere(self, host: str, path: str, user: str) -> bool:
        """Whether a route for this was served until not so long ago."""
        gone = self._gone
        if not gone:
            return False
        same = self._was.find(host, path, user)
        return same is not None and gone.get(same, 0) > self._clock.seconds()
