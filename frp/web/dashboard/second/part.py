"""All of the second API, and the events of frps."""

from __future__ import annotations

from zope.interface import implementer

from frp.interfaces import IDashboardPartKind, IDashboardSite, IWebPart
from frp.web.dashboard.happenings import Happenings
from frp.web.dashboard.second.clients import Clients
from frp.web.dashboard.second.logins import RefusedLogins
from frp.web.dashboard.second.moderation import Moderation
from frp.web.dashboard.second.nodes import Nodes
from frp.web.dashboard.second.proxies import Proxies
from frp.web.dashboard.second.refusals import Refusals
from frp.web.dashboard.second.system import System
from frp.web.events import Events
from frp.web.serving import WebPart

__all__ = ["SecondAPI"]


@implementer(IDashboardPartKind)
class SecondAPI:
    """Below C{/api/v2}."""

    def part(self, site: IDashboardSite) -> IWebPart:
        server, events, moderation = site.server, Events(site.clock), Moderation(site.server)
        logins = RefusedLogins(site.clock)
        server.keep("event", events)
        server.moderate()
        for listener in (Happenings(events, site.clock), logins):
            server.listen(listener)
        return WebPart(
            [
                System(server),
                Nodes(server),
                Clients(server),
                Proxies(server),
                Refusals(server),
                logins,
                moderation,
                events,
            ],
            events.close,
        )
