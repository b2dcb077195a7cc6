"""C{/metrics}: what Prometheus asks frps. The names are the reference's; it has none of hooks and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
from zope.interface import implementer

from frp.hooks.guard import Counters
from frp.interfaces import IDashboardPartKind, IDashboardSite, IWebPart
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.server.whole.own import Sums, summed
from frp.values import frozen
from frp.web.dashboard.known import allRefusals
from frp.web.exposition import EXPOSITION, Exposition, Family
from frp.web.operations import ANY, PLAIN
from frp.web.serving import WebPart

if TYPE_CHECKING:
    from frp.server.cluster.node import Node

__all__ = ["Measuring", "Prometheus"]

_HOOKS = (
    ("calls", "How often a hook was asked or told"),
    ("refusals", "How often a hook said no"),
    ("failures", "How often a hook raised an error or answered nonsense"),
    ("timeouts", "How often a hook gave no answer in time"),
    ("skipped", "How often a hook was not asked, because it had failed too often, or had too many waiting"),
    ("seconds", "How long all answers of a hook took together"),
)


@implementer(IDashboardPartKind)
class Prometheus:
    """C{enablePrometheus}."""

    def part(self, site: IDashboardSite) -> IWebPart:
        return WebPart([Measuring(site.server)])


@frozen
class Measuring:
    """
    What is carried is told where the users have come, also of proxies of other nodes; that a proxy is there, by the
    node of its client: so sums over nodes are right.
    """

    _server: FRPServer
    _exposition: Exposition = attrs.field(factory=Exposition, init=False)

    @PLAIN.operation(ANY, "/metrics", "for Prometheus", answers=EXPOSITION)
    async def text(self) -> Iterator[str]:
        server, whole = self._server, self._server.whole
        shares = await whole.shares()
        sums = summed(shares.values())
        own = _families(await whole.records(mirrored=True), sums)
        refused = _refusalFamilies(sums.refused, len(await allRefusals(server)))
        nodes = () if server.node is None else _nodeFamilies(server.node)
        each = () if whole.alone else _shareFamilies(shares)
        return self._exposition.pieces([*own, *refused, *_hookFamilies(await whole.counters()), *nodes, *each])


def _families(records: Sequence[ProxyRecord], sums: Sums) -> Iterator[Family]:
    types = sums.types
    used = ((_labels(one), one.meter.current) for one in records if one.meter.total)
    there = ((_labels(one), int(one.online)) for one in records if one.startedAt)
    bytesIn = ((_labels(one), one.meter.bytesIn) for one in records if _counted(one))
    bytesOut = ((_labels(one), one.meter.bytesOut) for one in records if _counted(one))
    byType = [({"type": kind}, types[kind]) for kind in sorted(types)]
    yield Family("frp_server_client_counts", "The current client counts of frps", [({}, sums.clients)])
    yield Family("frp_server_connection_counts", "The current connection counts", used)
    yield Family("frp_server_proxy_counts", "The current proxy counts", byType)
    yield Family("frp_server_proxy_counts_detailed", "The current number of proxies grouped by type and name", there)
    yield Family("frp_server_traffic_in", "The total in traffic", bytesIn, "counter")
    yield Family("frp_server_traffic_out", "The total out traffic", bytesOut, "counter")


def _refusalFamilies(refused: Mapping[str, int], now: int) -> Iterator[Family]:
    counts = [({"reason": cause}, refused[cause]) for cause in sorted(refused)]
    yield Family("frp_server_proxy_refusals_total", "How often a client was refused a proxy", counts, "counter")
    yield Family("frp_server_proxies_refused", "How many proxies are wanted and refused now", [({}, now)])


def _hookFamilies(hooks: Iterable[tuple[str, Counters]]) -> Iterator[Family]:
    byName: dict[str, list[Counters]] = {}
    for name, counters in hooks:  # a name need not be unique, a label must
        byName.setdefault(name, []).append(counters)
    for key, help in _HOOKS:
        samples = [({"hook": name}, sum(getattr(one, key) for one in found)) for name, found in byName.items()]
        yield Family(f"frp_server_hook_{key}_total", help, samples, "counter")


def _nodeFamilies(node: Node) -> Iterator[Family]:
    others = node.others.values()
    notOpen = len(node.mirrors.troubles) if node.mirrors is not None else 0
    linked: dict[str, int] = {}
    for one in sorted(others, key=lambda one: one.name):  # a name need not be unique, a label must
        linked[one.name] = min(linked.get(one.name, 1), int(node.linked(one)))
    samples = [({"node": name}, up) for name, up in linked.items()]
    there = int(node.away is None)
    yield Family("frp_server_node_store_reachable", "Whether this node reaches cluster.store", [({}, there)])
    yield Family("frp_server_node_linked", "Whether there is a session with another node", samples)
    yield Family(
        "frp_server_node_proxies_not_open", "How many proxies of other nodes are not open here", [({}, notOpen)]
    )


_SHARES: tuple[tuple[str, str, str, Callable[[Sums], int]], ...] = (
    ("clients", "The current client counts of each worker", "gauge", lambda one: one.clients),
    ("connections", "The current connection counts of each worker", "gauge", lambda one: one.figures.current),
    ("proxies", "The current proxy counts of each worker", "gauge", lambda one: sum(one.types.values())),
    ("traffic_in", "The total in traffic of each worker", "counter", lambda one: one.figures.bytesIn),
    ("traffic_out", "The total out traffic of each worker", "counter", lambda one: one.figures.bytesOut),
)


def _shareFamilies(shares: Mapping[str, Sums]) -> Iterator[Family]:
    """Of each of several workers."""
    for name, help, kind, value in _SHARES:
        samples = [({"node": node}, value(sums)) for node, sums in shares.items()]
        yield Family(f"frp_server_node_{name}", help, samples, kind)


def _counted(record: ProxyRecord) -> bool:
    """Whether traffic was ever added: when a connection closed, or by datagrams."""
    meter = record.meter
    return meter.total > meter.current or bool(meter.bytesIn or meter.bytesOut)


def _labels(record: ProxyRecord) -> Mapping[str, str]:
    return {"name": record.name, "type": record.type}
