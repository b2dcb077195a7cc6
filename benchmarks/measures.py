"""What is done on a tunnel, or without one, and the figures that come of it."""

from __future__ import annotations

import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from benchmarks import load
from benchmarks.bulk import Tally
from benchmarks.peers import Tunnel
from benchmarks.processes import cpuSeconds, residentBytes
from benchmarks.services import FILE, Services, answers
from benchmarks.table import percentile
from benchmarks.targets import Target

__all__ = [
    "Bench",
    "allProxies",
    "bothWays",
    "bothWaysFar",
    "download",
    "evening",
    "firstEcho",
    "idleWeb",
    "newConnections",
    "overLink",
    "reload",
    "rest",
    "roundTrip",
    "roundTripBesideBulk",
    "startUp",
    "udpEchoes",
    "udpEchoesFar",
    "version",
    "webRequests",
]

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """
    What a measurement may use.

    @ivar seconds: how long to look.
    """

    services: Services
    seconds: float


_IDLE_CONNECTIONS = 500
_IDLE_WEB_CONNECTIONS = 5000


def bothWays(
    streams: int = 1, sink: str = "sink", source: str = "random", *, cost: bool = False, text: bool = False
) -> Callable[[Bench, Target], Sequence[float]]:
    """A measurement of bulk streams, first to the proxy C{sink}, then from the proxy C{source}."""

    def measure(bench: Bench, target: Target) -> Sequence[float]:
        services = bench.services
        content = services.text if text else services.random
        up = load.bulk(target, [sink] * streams, content, services.tally, bench.seconds)
        down = load.bulk(target, [source] * streams, None, services.tally, bench.seconds)
        return (up.rate, down.rate, up.cpu, down.cpu) if cost else (up.rate, down.rate)

    return measure


def _rateWhile(receiver: Tally, act: Callable[[], T]) -> tuple[float, T]:
    """@return: megabytes a second that were received while something was done, and what came of that."""
    bytes_, clock = receiver.sunk, time.perf_counter()
    done = act()
    return (receiver.sunk - bytes_) / (time.perf_counter() - clock) / 1e6, done


def _besideBulk(
    bench: Bench, target: Target, settle: float, act: Callable[[], T], streams: int = 1
) -> Iterator[tuple[float, T]]:
    """
    Do something beside bulk streams, first to the service, then to the user.

    @param settle: seconds before that, in which windows and queues grow.
    """
    for proxy, content in (("sink", bench.services.random), ("random", None)):
        with load.moving(target, [proxy] * streams, content, bench.services.tally) as receiver:
            time.sleep(settle)
            measured = _rateWhile(receiver, act)
        yield measured


def bothWaysFar(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As L{bothWays}, with one stream and with eight, over a long way that loses much: windows take time to open."""
    look = max(4.0, bench.seconds)
    return [
        rate for streams in (1, 8) for rate, _ in _besideBulk(bench, tunnel, 1.0, lambda: time.sleep(look), streams)
    ]


def roundTrip(bench: Bench, target: Target) -> Sequence[float]:
    took = load.roundTrips(target.port("echo"), bench.seconds)
    return percentile(took, 0.5), percentile(took, 0.99)


def overLink(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As beside bulk, when the queues have had time to fill; less than the round trip alone, just before."""
    seconds = max(2.0, bench.seconds)
    port = tunnel.port("echo")
    alone = percentile(load.roundTrips(port, 0.5), 0.5)
    values: list[float] = []
    for rate, took in _besideBulk(bench, tunnel, 2.0, lambda: load.roundTrips(port, seconds)):
        values += [(percentile(took, 0.5) - alone) / 1e3, rate]
    return values


def evening(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """Somebody types into a shell, a page of thirty files is opened again and again, and a download runs."""
    with load.moving(tunnel, ["random"], None, bench.services.tally) as receiver, ThreadPoolExecutor(1) as pool:
        time.sleep(2.0)
        done = threading.Event()
        typed = pool.submit(load.typing, tunnel.port("echo"), 0.03, done.is_set)
        try:
            rate, pages = _rateWhile(receiver, lambda: [load.page(tunnel.port("page"), 30, FILE) for _ in range(3)])
        finally:
            done.set()
        took = typed.result()
    return percentile(took, 0.5) / 1e3, percentile(took, 0.99) / 1e3, percentile(sorted(pages), 0.5) * 1e3, rate


def roundTripBesideBulk(bench: Bench, target: Target) -> Sequence[float]:
    """
    With a bulk stream each way in turn; and how fast that was, because a slow one is easy to get past.

    Round trips take milliseconds here: less than a second would be too few of them for a p99.
    """
    values: list[float] = []
    for rate, took in _besideBulk(
        bench, target, 0.2, lambda: load.roundTrips(target.port("echo"), max(1.0, bench.seconds))
    ):
        values += [percentile(took, 0.5), percentile(took, 0.99), rate]
    return values


def webRequests(
    name: str = "web", *, close: bool = False, tls: bool = False
) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [load.requests(target.port(name), bench.seconds, close=close, tls=tls)]

    return measure


def download(name: str) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [load.bulk(target, [name], None, bench.services.tally, bench.seconds).rate]

    return measure


def udpEchoes(bench: Bench, target: Target) -> Sequence[float]:
    return [load.datagrams(target.port("datagrams"), size, bench.seconds) for size in (64, 1200)]


def udpEchoesFar(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """Over a way that loses."""
    took, missing = load.datagramWaits(tunnel.port("datagrams"), max(3.0, bench.seconds))
    return percentile(took, 0.5) / 1e3, percentile(took, 0.99) / 1e3, missing * 100


def idleWeb(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As in C{rest}: the first few are a warm-up."""
    with load.idleConnections(tunnel.port("vhost"), 50, load.askWeb):
        pass
    time.sleep(1.0)
    base = residentBytes(tunnel.pids[0])
    with load.idleConnections(tunnel.port("vhost"), _IDLE_WEB_CONNECTIONS, load.askWeb):
        time.sleep(1.0)
        grown = residentBytes(tunnel.pids[0]) - base
    return [grown / _IDLE_WEB_CONNECTIONS / 1024]


def newConnections(atOnce: int) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [load.connections(target.port("echo"), atOnce, bench.seconds)]

    return measure


def firstEcho(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """From connecting until 64 bytes have come back, where nobody has connected before."""
    return [load.firstEcho(tunnel.port("echo")) * 1e3]


def startUp(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    return tunnel.listening * 1e3, tunnel.running * 1e3


def version(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    make = tunnel.pair.client
    command, environment = [*make.commands["frpc"], "--version"], make.environment()
    began = time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=20)
    return [(time.perf_counter() - began) * 1e3]


def reload(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """One proxy of many gets another port."""
    tunnel.move("echo-4999")
    tunnel.configure("frpc", tunnel.pair.client)
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{tunnel.adminPort}/api/reload", timeout=60):
        while not answers(tunnel.port("echo-4999")):
            time.sleep(0.001)
    return tunnel.running * 1e3, (time.perf_counter() - began) * 1e3


def allProxies(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    return [tunnel.running * 1e3, tunnel.registering * 1e3]


def rest(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """At rest, then with idle connections; the first few are a warm-up, closed again, that pays what is paid once."""
    with load.idleConnections(tunnel.port("echo"), 10):
        pass
    time.sleep(1.0)
    base = [residentBytes(pid) for pid in tunnel.pids]
    idle = max(2.0, bench.seconds)
    before = [cpuSeconds([pid]) for pid in tunnel.pids]
    time.sleep(idle)
    busy = [(cpuSeconds([pid]) - was) / idle * 1e3 for pid, was in zip(tunnel.pids, before, strict=True)]
    with load.idleConnections(tunnel.port("echo"), _IDLE_CONNECTIONS):
        time.sleep(1.0)
        grown = [residentBytes(pid) - was for pid, was in zip(tunnel.pids, base, strict=True)]
    return [*(one / _IDLE_CONNECTIONS / 1024 for one in grown), *(one / 2**20 for one in base), *busy]
