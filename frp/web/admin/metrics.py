"""C{/metrics} of frpc: what its sessions, proxies and visitors do. Labels are names from the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from zope.interface import implementer

from frp.client.remote import Remote
from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.client.session import ClientSession
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.web.admin.statuses import ProxyStatus, VisitorStatus, proxyStatuses, visitorStatuses
from frp.web.exposition import EXPOSITION, Exposition, Family
from frp.web.operations import ANY, PLAIN
from frp.web.serving import WebPart

__all__ = ["Prometheus"]

_RUNNING = Phase.RUNNING.value


@implementer(IAdminPartKind)
class Prometheus:
    """C{enablePrometheus}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Measuring(site.client)])


class _Measuring:
    """The client, looked at whenever somebody asks."""

    def __init__(self, client: FRPClient) -> None:
        self._client = client
        self._exposition = Exposition()
        self._sessions: Counter[str] = Counter()
        client.greeters.append(self._entered)

    def _entered(self, remote: Remote, _session: ClientSession) -> None:
        self._sessions[remote.title] += 1

    @PLAIN.operation(ANY, "/metrics", "for Prometheus", answers=EXPOSITION)
    def text(self) -> Iterator[str]:
        return self._exposition.pieces(self._families())

    def _families(self) -> Iterator[Family]:
        client, begun = self._client, self._sessions
        servers = [({"server": one.title}, one) for one in client.remotes]
        up = [(labels, int(one.session is not None)) for labels, one in servers]
        sessions = [(labels, begun[one.title]) for labels, one in servers]
        phases = Counter(one.phase for _, session in client.present for one in session.proxies.values())
        counts = [({"status": phase.value}, phases[phase]) for phase in Phase]
        proxies = ((_labels(one, server=one.server), int(one.status == _RUNNING)) for one in proxyStatuses(client))
        visitors = ((_labels(one), int(one.status == _RUNNING)) for one in visitorStatuses(client))
        yield Family("frp_client_up", "Whether there is a session with the server", up)
        yield Family("frp_client_sessions_total", "How many sessions there were", sessions, "counter")
        yield Family("frp_client_proxies", "How many proxies are in which phase", counts)
        yield Family("frp_client_proxy_up", "Whether a proxy runs", proxies)
        yield Family("frp_client_visitor_up", "Whether a visitor takes users", visitors)
        yield Family("frp_client_connections", "Users that are being served", [({}, len(client.flowing))])


def _labels(one: ProxyStatus | VisitorStatus, **more: str) -> Mapping[str, str]:
    return {"name": one.name, **more, "type": one.type}
