"""C{/metrics} of frpc: what its sessions, proxies and visitors do. Labels are names from the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from zope.interface import implementer

from frp.client.remote import Remote
from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.client.session import ClientSession
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.web.admin.statuses import proxyStatuses, visitorStatuses
from frp.web.exposition import EXPOSITION, processRegistry
from frp.web.operations import ANY, PLAIN
from frp.web.serving import WebPart

__all__ = ["Prometheus"]


@implementer(IAdminPartKind)
class Prometheus:
    """C{enablePrometheus}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Measuring(_registry(site.client))])


@attrs.frozen
class _Measuring:
    _registry: CollectorRegistry

    @PLAIN.operation(ANY, "/metrics", "for Prometheus", answers=EXPOSITION)
    def text(self) -> bytes:
        return generate_latest(self._registry)


def _registry(client: FRPClient) -> CollectorRegistry:
    registry = processRegistry()
    registry.register(_Client(client))
    return registry


class _Client(Collector):
    """The client, looked at whenever somebody asks."""

    def __init__(self, client: FRPClient) -> None:
        self._client = client
        self._sessions: Counter[str] = Counter()
        client.greeters.append(self._entered)

    def _entered(self, remote: Remote, _session: ClientSession) -> None:
        self._sessions[remote.title] += 1

    def collect(self) -> Iterable[Metric]:
        client = self._client
        up = GaugeMetricFamily("frp_client_up", "Whether there is a session with the server", labels=["server"])
        begun = CounterMetricFamily("frp_client_sessions", "How many sessions there were", labels=["server"])
        for remote in client.remotes:
            up.add_metric([remote.title], float(remote.session is not None))
            begun.add_metric([remote.title], self._sessions[remote.title])
        proxies = GaugeMetricFamily("frp_client_proxies", "How many proxies are in which phase", labels=["status"])
        running = GaugeMetricFamily("frp_client_proxy_up", "Whether a proxy runs", labels=["server", "name", "type"])
        statuses = proxyStatuses(client)
        counts = Counter(one.status for one in statuses)
        for phase in Phase:
            proxies.add_metric([phase.value], counts[phase.value])
        for one in statuses:
            running.add_metric([one.server, one.name, one.type], float(one.status == Phase.RUNNING.value))
        visitors = GaugeMetricFamily("frp_client_visitor_up", "Whether a visitor takes users", labels=["name", "type"])
        for visitor in visitorStatuses(client):
            visitors.add_metric([visitor.name, visitor.type], float(visitor.status == "running"))
        users = GaugeMetricFamily("frp_client_connections", "Users that are being served", len(client.flowing))
        return [up, begun, proxies, running, visitors, users]
