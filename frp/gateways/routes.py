"""Who has come for what: domains, locations and users, and the order in which they are looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, TypeVar

import attrs
from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.errors import Holder, RouteTaken
from frp.gateways.groups import Group, Groups
from frp.interfaces import IClaimant, IClaims, IGatewaySite, IStream, holderOf
from frp.values import frozen

__all__ = ["ClaimedRoutes", "GroupedRoutes", "Route", "Routes", "Serve", "Target", "canonicalHost", "otherPaths"]


T = TypeVar("T")

#: Characters of a host beyond which wildcards are not looked for: no name in DNS is longer, and every label costs one
#: look.
MAX_WILD = 255


def canonicalHost(host: str) -> str:
    """
    A host as it was asked for, in the one form in which it is looked up: lower case, without its port, the brackets
    around an address that has a port, and one dot at its end.

    @return: empty where it means nothing, such as C{"[::1:80"}.
    """
    host = host.lower()
    colons = host.count(":")
    if colons == 1 or (colons and host.startswith("[") and "]:" in host):
        name, _, port = host.rpartition(":")
        if name.startswith("["):
            name = name[1:-1] if name.endswith("]") else "]"
        if "[" in name or "]" in name or "]" in port or "[" in port:
            return ""
        host = name
    return host.removesuffix(".")


def otherPaths(path: str) -> Iterator[str]:
    """
    What services may take a path for: many look for the page behind C{/x/../secret} or C{//secret}.

    @param path: without the escapes.
    """
    if "/." not in path and "//" not in path:
        return
    for keepsEmpty in (False, True):
        steps: list[str] = []
        for step in path.split("/")[1:]:
            # Some take what stands behind a semicolon for parameters of the step.
            name = step.partition(";")[0]
            if name == "..":
                del steps[-1:]
            elif name != "." and (name or keepsEmpty):
                steps.append(step)
        yield "/" + "/".join(steps)


def _asked(host: str) -> Iterator[str]:
    """
    The domains that a host belongs to, the nearest first: itself, then with C{*} in place of one label after the other
    from the left, as long as two remain, then C{*}.
    """
    yield host
    if len(host) <= MAX_WILD:
        labels = host.split(".")
        for place in range(1, len(labels) - 1):
            yield ".".join(("*", *labels[place:]))
    yield "*"


class Routes(Generic[T]):
    """
    Targets by domain, by the user's name, and by location.

    A domain is a host, C{*.} before a domain of two labels or more, or C{*}. An empty user stands for everybody; the
    empty location is the beginning of every path.
    """

    def __init__(self) -> None:
        self._domains: dict[str, dict[str, list[tuple[str, T]]]] = {}

    def __len__(self) -> int:
        return sum(len(places) for users in self._domains.values() for places in users.values())

    def add(self, domain: str, location: str, user: str, target: T) -> None:
        """@raise RouteTaken: there is such a route already; with the reference's text."""
        users = self._domains.setdefault(domain.lower(), {})
        places = users.setdefault(user, [])
        if any(location == known for known, _ in places):
            raise _conflict(domain, location, user, "another proxy", None)
        places.append((location, target))
        # Plainly in the order of strings, as in the reference: that a longer one comes before its own beginning is all
        # that counts.
        places.sort(key=lambda place: place[0], reverse=True)

    def remove(self, domain: str, location: str, user: str, target: T) -> None:
        """Forget a route; where there is none, or that of another target, nothing happens."""
        domain = domain.lower()
        users = self._domains.get(domain, {})
        left = [place for place in users.get(user, ()) if place != (location, target)]
        if left:
            users[user] = left
            return
        users.pop(user, None)
        if not users:
            self._domains.pop(domain, None)

    def find(self, host: str, path: str, user: str) -> T | None:
        """
        The target for a host, as L{canonicalHost} gives it.

        For each domain that the host belongs to, the routes of this user come before those of everybody. A domain of
        which no location is the beginning of the path is passed over.
        """
        domains = self._domains
        for domain in _asked(host):
            users = domains.get(domain)
            if users is None:
                continue
            for name in (user, "") if user else ("",):
                for location, target in users.get(name, ()):
                    if path.startswith(location):
                        return target
        return None


class ClaimedRoutes(Routes[T]):
    """The routes that this server has claimed for one gateway. Users find them without asking anybody."""

    def __init__(self, claims: IClaims, gateway: str) -> None:
        """@param gateway: its name, of those that claim routes."""
        super().__init__()
        self._claims = claims
        self._gateway = gateway

    async def claim(self, domain: str, location: str, user: str, target: T) -> None:
        """
        @param target: the owner of the claim; as a claimant it says whose it is to those who want it, too.
        @raise RouteTaken: there is such a route already; with the reference's text.
        """
        what = (self._gateway, domain.lower(), location, user)
        holder = await self._claims.claim(what, target)
        if holder is not None:
            raise _conflict(domain, location, user, repr(holder), holderOf(holder))
        self.add(domain, location, user, target)

    def release(self, domain: str, location: str, user: str, target: T) -> Deferred[None]:
        """Forget a route, and let others have it; nothing happens where it is another target's."""
        self.remove(domain, location, user, target)
        return self._claims.release((self._gateway, domain.lower(), location, user), target)


def _conflict(domain: str, location: str, user: str, whose: str, holder: Holder | None) -> RouteTaken:
    """The client is told which of its routes it is; whose else it is, is for the log."""
    parts = (("domain", domain), ("location", location), ("routeByHTTPUser", user))
    what = ", ".join(f"{name} [{text}]" for name, text in parts if text)
    brief = f"router config conflict: {what} is"
    return RouteTaken(f"{brief} taken", f"{brief} that of {whose}", holder=holder)


#: Takes a user, and what the user has sent: L{IServerSite.join<frp.interfaces.IServerSite.join>} does.
Serve = Callable[[IStream, bytes], object]


@frozen
class Route:
    """
    Whom a proxy takes. The proxies of a group must have equal ones.

    @ivar user: the name that users must say; empty for everybody.
    @ivar login: the user and the password that are asked for; no user, no question.
    @ivar proxy: the name of the proxy that has asked for it.
    """

    domain: str
    user: str = ""
    login: tuple[str, str] = attrs.field(default=("", ""), repr=False)
    proxy: str = attrs.field(default="", eq=False)

    @property
    def same(self) -> tuple[str, ...]:
        """What all members of a group must have in common."""
        return self.domain, self.user, *self.login


@implementer(IClaimant)
@frozen(eq=False, repr=False)
class Target:
    """Where a route leads to."""

    route: Route
    serve: Serve

    @property
    def holder(self) -> Holder:
        return Holder(proxy=self.route.proxy)

    def __repr__(self) -> str:
        return str(self.holder)


class GroupedRoutes:
    """The routes of one gateway, without locations."""

    def __init__(self, site: IGatewaySite) -> None:
        self._routes: ClaimedRoutes[Target] = ClaimedRoutes(site.routes, site.name)
        self._groups: Groups[Serve, Target] = Groups(site.memberships, site.name, self._release)

    def __len__(self) -> int:
        return len(self._routes)

    async def add(self, route: Route, serve: Serve, group: str = "", key: str = "") -> Callable[[], Deferred[None]]:
        """
        @param group: where it is not empty, the route is shared with those who name the same group and know its key.
        @return: takes the route away; others can have it when that has fired.
        @raise frp.errors.FRPError: another proxy has the route, or the group is for others; with the reference's texts.
        """
        if group:
            membership = await self._groups.join(
                group, key, route.same, route.proxy, serve, lambda members: self._share(route, members)
            )
            return membership.leave
        target = await self._claim(Target(route, serve))
        return lambda: self._release(target)

    def find(self, host: str, user: str = "") -> Target | None:
        """
        @param host: in its one form (L{canonicalHost<frp.gateways.routes.canonicalHost>}).
        @param user: whom the user claims to be.
        """
        return self._routes.find(host, "", user)

    def _share(self, route: Route, members: Group[Serve, Target]) -> Awaitable[Target]:
        def serve(user: IStream, rest: bytes) -> None:
            member = members.next()
            if member is None:
                user.abortConnection()
            else:
                member(user, rest)

        return self._claim(Target(route, serve))

    async def _claim(self, target: Target) -> Target:
        await self._routes.claim(target.route.domain, "", target.route.user, target)
        return target

    def _release(self, target: Target) -> Deferred[None]:
        return self._routes.release(target.route.domain, "", target.route.user, target)
