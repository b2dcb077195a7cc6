"""Routes to proxies, each of which has a route for itself or shares it with its group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
from twisted.internet.defer import Deferred

from frp.gateways.groups import Group, Groups
from frp.gateways.routes import ClaimedRoutes
from frp.interfaces import IGatewaySite, IStream

__all__ = ["GroupedRoutes", "Route", "Serve", "Target"]

#: Takes a user, and what the user has sent: L{IServerSite.join<frp.interfaces.IServerSite.join>} does.
Serve = Callable[[IStream, bytes], object]


@attrs.frozen
class Route:
    """
    Whom a proxy takes. The proxies of a group must have equal ones.

    @ivar domain: as L{Routes<frp.gateways.routes.Routes>} has it.
    @ivar user: the name that users must say; empty for everybody.
    @ivar login: the user and the password that are asked for; no user, no question.
    """

    domain: str
    user: str = ""
    login: tuple[str, str] = attrs.field(default=("", ""), repr=False)


@attrs.frozen(eq=False)
class Target:
    """Where a route leads to."""

    route: Route
    serve: Serve


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
            membership = await self._groups.join(group, key, route, serve, lambda members: self._share(route, members))
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
