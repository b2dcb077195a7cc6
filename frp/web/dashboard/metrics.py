"""C{/metrics}: what Prometheus asks frps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
from prometheus_client.exposition import generate_latest
from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from frp.hooks.guard import Counters
from frp.interfaces import IDashboardPartKind, IDashboardSite, IReactor, IWebPart
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord, Statistics
from frp.web.exposition import EXPOSITION, processRegistry
from frp.web.operations import ANY, PLAIN
from frp.web.serving import WebPart

__all__ = ["Metrics", "Prometheus"]

_Samples = Iterable[tuple[Mapping[str, str], float]]

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
        return WebPart([_Measuring(site.server, Metrics(site.server.shared.statistics))])


@attrs.frozen
class _Measuring:
    _server: FRPServer
    _metrics: Metrics

    @PLAIN.operation(ANY, "/metrics", "for Prometheus", answers=EXPOSITION)
    async def text(self) -> bytes:
        clients, hooks = await self._server.shared.roster.online(), self._server.hooks.counters()
        return await self._metrics.text(self._server.reactor, clients, hooks)


class Metrics:
    """
    The metrics of a server under the reference's names. C{prometheus_client} gives those of the process only: it would
    append C{_total} to the names of our counters, which the reference has not, and write 1 as C{1.0}.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._process = processRegistry()

    async def text(self, reactor: IReactor, clients: int, hooks: Iterable[tuple[str, Counters]] = ()) -> bytes:
        """
        @param reactor: has a thread in which it is written, so that users do not wait for the lines of many proxies.
        @param clients: how many are online.
        @param hooks: what each hook has done; the reference has no such metrics.
        @return: in the text format of Prometheus.
        """
        records, types = self._statistics.records(), dict(self._statistics.types)
        written: bytes = await deferToThreadPool(
            reactor, reactor.getThreadPool(), self._written, records, types, clients, list(hooks)
        )
        return written

    def _written(
        self,
        records: Sequence[ProxyRecord],
        types: Mapping[str, int],
        clients: int,
        hooks: Sequence[tuple[str, Counters]],
    ) -> bytes:
        families = [*_families(records, types, clients), *_hookFamilies(hooks)]
        return "".join(families).encode() + generate_latest(self._process)


def _families(records: Sequence[ProxyRecord], types: Mapping[str, int], clients: int) -> Iterator[str]:
    used = [record for record in records if record.meter.total]
    ended = [record for record in records if _counted(record)]
    gauges: tuple[tuple[str, str, _Samples], ...] = (
        ("client_counts", "The current client counts of frps", [({}, clients)]),
        ("connection_counts", "The current connection counts", [(_labels(one), one.meter.current) for one in used]),
        ("proxy_counts", "The current proxy counts", [({"type": kind}, types[kind]) for kind in sorted(types)]),
        (
            "proxy_counts_detailed",
            "The current number of proxies grouped by type and name",
            [(_labels(one), int(one.online)) for one in records],
        ),
    )
    counters: tuple[tuple[str, str, _Samples], ...] = (
        ("traffic_in", "The total in traffic", [(_labels(one), one.meter.bytesIn) for one in ended]),
        ("traffic_out", "The total out traffic", [(_labels(one), one.meter.bytesOut) for one in ended]),
    )
    for kind, families in (("gauge", gauges), ("counter", counters)):
        for name, help, samples in families:
            yield _family(f"frp_server_{name}", kind, help, samples)


def _hookFamilies(hooks: Iterable[tuple[str, Counters]]) -> Iterator[str]:
    byName: dict[str, list[Counters]] = {}
    for name, counters in hooks:  # a name need not be unique, a label must
        byName.setdefault(name, []).append(counters)
    for key, help in _HOOKS:
        samples = [({"hook": name}, sum(getattr(one, key) for one in found)) for name, found in byName.items()]
        yield _family(f"frp_server_hook_{key}_total", "counter", help, samples)


def _counted(record: ProxyRecord) -> bool:
    """Whether traffic was ever added: when a connection closed, or by datagrams."""
    meter = record.meter
    return meter.total > meter.current or bool(meter.bytesIn or meter.bytesOut)


def _labels(record: ProxyRecord) -> dict[str, str]:
    return {"name": record.name, "type": record.type}


def _family(name: str, kind: str, help: str, samples: _Samples) -> str:
    lines = [f"{name}{_braced(labels)} {value}\n" for labels, value in samples]
    return "".join([f"# HELP {name} {help}\n# TYPE {name} {kind}\n", *lines]) if lines else ""


def _braced(labels: Mapping[str, str]) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels.items()]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
