"""
Routes to proxies, each of which has a route for itself or shares it with its group.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from frp.gateways.groups import Group, Groups
from frp.gateways.routes import Routes
from frp.interfaces import IStream

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


@attrs.frozen
class Target:
    """Where a route leads to."""

    route: Route
    serve: Serve


class GroupedRoutes:
    """The routes of one gateway, without locations."""

    def __init__(self) -> None:
        self._routes: Routes[Target] = Routes()
        self._groups: Groups[Serve, Route] = Groups(self._remove)

    def __len__(self) -> int:
        return len(self._routes)

    def add(self, route: Route, serve: Serve, group: str = "", key: str = "") -> Callable[[], object]:
        """
        @param group: where it is not empty, the route is shared with those who name the same group and know its key.
        @return: what takes the route away.
        @raise frp.errors.FRPError: another proxy has the route, or the group is for others; with the reference's texts.
        """
        if group:
            return self._groups.join(group, key, route, serve, lambda members: self._share(route, members)).leave
        self._routes.add(route.domain, "", route.user, Target(route, serve))
        return lambda: self._remove(route)

    def find(self, host: str, user: str = "") -> Target | None:
        """
        @param host: in its one form (L{canonicalHost<frp.gateways.routes.canonicalHost>}).
        @param user: whom the user claims to be.
        """
        return self._routes.find(host, "", user)

    def _share(self, route: Route, members: Group[Serve, Route]) -> Route:
        def serve(user: IStream, rest: bytes) -> None:
            member = members.next()
            if member is None:
                user.abortConnection()
            else:
                member(user, rest)

        self._routes.add(route.domain, "", route.user, Target(route, serve))
        return route

    def _remove(self, route: Route) -> None:
        self._routes.remove(route.domain, "", route.user)
