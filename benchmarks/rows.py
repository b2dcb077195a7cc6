"""The rows of the table: under which setting, what is done, and what figures come of it."""

from __future__ import annotations

import importlib.util
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmarks.bulk import Tally
from benchmarks.link import missingLink
from benchmarks.load import (
    askForConnect,
    askForFile,
    askForSocks,
    askWeb,
    bulk,
    connections,
    datagrams,
    datagramWaits,
    idleConnections,
    missingWrk,
    moving,
    page,
    requests,
    roundTrips,
    typing,
)
from benchmarks.lossylink import missingLossyLink
from benchmarks.peers import Direct, Proxy, Setting, Target, Tunnel, environment
from benchmarks.processes import cpuSeconds, residentBytes
from benchmarks.services import FILE, Services, answers, missingNginx
from benchmarks.table import Better, Figure, percentile

__all__ = ["ROWS", "Bench", "Row"]

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """
    What a measurement may use.

    @ivar seconds: how long to look.
    """

    services: Services
    seconds: float


@dataclass(frozen=True)
class Row:
    """
    Figures that come of one measurement.

    @ivar measure: returns a value for each figure, in order.
    @ivar direct: the same without a tunnel, where that tells something; not a number for what only a tunnel has.
    @ivar fresh: whether each run needs a pair that has done nothing yet; else one pair serves all rows of a setting.
    @ivar missing: says why it cannot be measured here, or nothing.
    """

    key: str
    figures: tuple[Figure, ...]
    setting: Setting
    measure: Callable[[Bench, Tunnel], Sequence[float]]
    direct: Callable[[Bench, Direct], Sequence[float]] | None = None
    fresh: bool = False
    missing: Callable[[], str] = lambda: ""


_ENCRYPT = ("transport.useEncryption = true",)
_COMPRESS = ("transport.useCompression = true",)
_NO_TLS = ("transport.tls.enable = false",)
_NO_MUX = ("transport.tcpMux = false",)

_BULK = (Proxy("sink", "sink"), Proxy("random", "random"))
_ECHO = Proxy("echo", "echo")

_DEFAULTS = Setting(
    "defaults",
    (
        *_BULK,
        _ECHO,
        Proxy("web", "web"),
        Proxy("encrypted-sink", "sink", _ENCRYPT),
        Proxy("encrypted-random", "random", _ENCRYPT),
        Proxy("compressed-sink", "sink", _COMPRESS),
        Proxy("compressed-random", "random", _COMPRESS),
        Proxy("compressed-text", "text", _COMPRESS),
    ),
)
_TCP = Setting("tcp", _BULK)
_PLAIN = Setting("plain", _BULK, client=_NO_TLS)
_BARE = Setting("bare", (*_BULK, Proxy("web", "web")), server=_NO_MUX, client=(*_NO_TLS, *_NO_MUX), bare=True)
_POOL = Setting("pool", (_ECHO,), client=("transport.poolCount = 5",))
_LINKS = {mbit: Setting(f"link-{mbit}", (*_BULK, _ECHO, Proxy("page", "page")), mbit=mbit) for mbit in (20, 100)}
_V2 = Setting("wire-v2", _BULK, client=('transport.wireProtocol = "v2"',))
_WEBSOCKET = Setting("websocket", _BULK, client=('transport.protocol = "websocket"',))
_WSS = Setting("wss", _BULK, client=('transport.protocol = "wss"',), fronted=True)
_KCP = Setting("kcp", _BULK, server=("kcpBindPort = {bindPort}",), client=('transport.protocol = "kcp"',))
_UDP = Proxy("datagrams", "datagrams", type="udp")
_QUIC = Setting("quic", (*_BULK, _UDP), server=("quicBindPort = {bindPort}",), client=('transport.protocol = "quic"',))
_ONE = Setting("one", (_ECHO,))
_MANY = Setting("many", tuple(Proxy(f"echo-{number}", "echo") for number in range(500)))
_THOUSANDS = Setting(
    "thousands",
    tuple(Proxy(f"echo-{number}", "echo") for number in range(5000)),
    client=("webServer.port = {adminPort}",),
)

_TYPES = Setting(
    "types",
    (
        Proxy("vhost", "web", type="http", greet=askForFile),
        Proxy("vhost-tls", "webTLS", type="https"),
        _UDP,
        Proxy("secret-sink", "sink", type="stcp"),
        Proxy("secret-random", "random", type="stcp"),
    ),
)
_SOCKS = ('type = "socks5"',)
_HTTP_PROXY = ('type = "http_proxy"',)
_PLUGINS = Setting(
    "plugins",
    (
        Proxy("files", "web", plugin=('type = "static_file"', 'localPath = "{files}"'), greet=askForFile),
        Proxy("web-tls", "web", plugin=('type = "https2http"', 'localAddr = "127.0.0.1:{port}"')),
        Proxy("socks-sink", "sink", plugin=_SOCKS, greet=askForSocks),
        Proxy("socks-random", "random", plugin=_SOCKS, greet=askForSocks),
        Proxy("connect-sink", "sink", plugin=_HTTP_PROXY, greet=askForConnect),
        Proxy("connect-random", "random", plugin=_HTTP_PROXY, greet=askForConnect),
    ),
)

_IDLE_CONNECTIONS = 500
_IDLE_WEB_CONNECTIONS = 5000


def _ways(key: str, title: str) -> tuple[Figure, Figure]:
    return (
        Figure(f"{key}-up", f"{title}, user to service", "MB/s", Better.MORE),
        Figure(f"{key}-down", f"{title}, service to user", "MB/s", Better.MORE),
    )


def _cost(key: str, title: str) -> tuple[Figure, Figure]:
    return (
        Figure(f"{key}-cpu-up", f"CPU of frps + frpc, {title}, user to service", "s/GB", Better.LESS),
        Figure(f"{key}-cpu-down", f"CPU of frps + frpc, {title}, service to user", "s/GB", Better.LESS),
    )


def _bothWays(
    streams: int = 1, sink: str = "sink", source: str = "random", *, cost: bool = False, text: bool = False
) -> Callable[[Bench, Target], Sequence[float]]:
    """A measurement of bulk streams, first to the proxy C{sink}, then from the proxy C{source}."""

    def measure(bench: Bench, target: Target) -> Sequence[float]:
        services = bench.services
        content = services.text if text else services.random
        up = bulk(target, [sink] * streams, content, services.tally, bench.seconds)
        down = bulk(target, [source] * streams, None, services.tally, bench.seconds)
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
        with moving(target, [proxy] * streams, content, bench.services.tally) as receiver:
            time.sleep(settle)
            measured = _rateWhile(receiver, act)
        yield measured


def _bothWaysFar(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As L{_bothWays}, with one stream and with eight, over a long way that loses much: windows take time to open."""
    look = max(4.0, bench.seconds)
    return [
        rate for streams in (1, 8) for rate, _ in _besideBulk(bench, tunnel, 1.0, lambda: time.sleep(look), streams)
    ]


def _near(
    setting: Setting, title: str, key: str = "", streams: int = 1, missing: Callable[[], str] = lambda: ""
) -> Row:
    key = key or setting.name
    return Row(key, (*_ways(key, title), *_cost(key, title)), setting, _bothWays(streams, cost=True), missing=missing)


def _lossy(setting: Setting) -> Setting:
    return replace(setting, name=f"{setting.name}-lossy", lossy=True)


def _far(setting: Setting, title: str, missing: Callable[[], str] = lambda: "") -> Row:
    key = f"{setting.name}-lossy"
    figures = (
        *_ways(key, f"{title}, 50 ms and 1 % loss, one stream"),
        *_ways(f"{key}-8", f"{title}, 50 ms and 1 % loss, 8 streams"),
    )
    return Row(key, figures, _lossy(setting), _bothWaysFar, missing=lambda: missing() or missingLossyLink())


def _roundTrip(bench: Bench, target: Target) -> Sequence[float]:
    took = roundTrips(target.port("echo"), bench.seconds)
    return percentile(took, 0.5), percentile(took, 0.99)


def _overLink(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As beside bulk, when the queues have had time to fill; less than the round trip alone, just before."""
    seconds = max(2.0, bench.seconds)
    port = tunnel.port("echo")
    alone = percentile(roundTrips(port, 0.5), 0.5)
    values: list[float] = []
    for rate, took in _besideBulk(bench, tunnel, 2.0, lambda: roundTrips(port, seconds)):
        values += [(percentile(took, 0.5) - alone) / 1e3, rate]
    return values


def _evening(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """Somebody types into a shell, a page of thirty files is opened again and again, and a download runs."""
    with moving(tunnel, ["random"], None, bench.services.tally) as receiver, ThreadPoolExecutor(1) as pool:
        time.sleep(2.0)
        done = threading.Event()
        typed = pool.submit(typing, tunnel.port("echo"), 0.03, done.is_set)
        try:
            rate, pages = _rateWhile(receiver, lambda: [page(tunnel.port("page"), 30, FILE) for _ in range(3)])
        finally:
            done.set()
        took = typed.result()
    return percentile(took, 0.5) / 1e3, percentile(took, 0.99) / 1e3, percentile(sorted(pages), 0.5) * 1e3, rate


def _roundTripBesideBulk(bench: Bench, target: Target) -> Sequence[float]:
    """
    With a bulk stream each way in turn; and how fast that was, because a slow one is easy to get past.

    Round trips take milliseconds here: less than a second would be too few of them for a p99.
    """
    values: list[float] = []
    for rate, took in _besideBulk(bench, target, 0.2, lambda: roundTrips(target.port("echo"), max(1.0, bench.seconds))):
        values += [percentile(took, 0.5), percentile(took, 0.99), rate]
    return values


def _requests(
    name: str = "web", *, close: bool = False, tls: bool = False
) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [requests(target.port(name), bench.seconds, close=close, tls=tls)]

    return measure


def _download(name: str) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [bulk(target, [name], None, bench.services.tally, bench.seconds).rate]

    return measure


def _datagrams(bench: Bench, target: Target) -> Sequence[float]:
    return [datagrams(target.port("datagrams"), size, bench.seconds) for size in (64, 1200)]


def _datagramsFar(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """Over a way that loses."""
    took, missing = datagramWaits(tunnel.port("datagrams"), max(3.0, bench.seconds))
    return percentile(took, 0.5) / 1e3, percentile(took, 0.99) / 1e3, missing * 100


def _idleWeb(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """As in C{_rest}: the first few are a warm-up."""
    with idleConnections(tunnel.port("vhost"), 50, askWeb):
        pass
    time.sleep(1.0)
    base = residentBytes(tunnel.pids[0])
    with idleConnections(tunnel.port("vhost"), _IDLE_WEB_CONNECTIONS, askWeb):
        time.sleep(1.0)
        grown = residentBytes(tunnel.pids[0]) - base
    return [grown / _IDLE_WEB_CONNECTIONS / 1024]


def _missingQUIC() -> str:
    """@return: why ours cannot speak QUIC, or nothing."""
    return "" if importlib.util.find_spec("aioquic") else "the package aioquic is missing"


def _missingWeb() -> str:
    return missingWrk() or missingNginx()


def _connections(atOnce: int) -> Callable[[Bench, Target], Sequence[float]]:
    def measure(bench: Bench, target: Target) -> Sequence[float]:
        return [connections(target.port("echo"), atOnce, bench.seconds)]

    return measure


def _start(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    return tunnel.listening * 1e3, tunnel.running * 1e3


def _version(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    command = [*tunnel.pair.client.commands["frpc"], "--version"]
    began = time.perf_counter()
    subprocess.run(command, env=environment(), capture_output=True, check=True, timeout=20)
    return [(time.perf_counter() - began) * 1e3]


def _reload(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """One proxy of many gets another port."""
    tunnel.move("echo-4999")
    tunnel.configure("frpc", tunnel.pair.client)
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{tunnel.adminPort}/api/reload", timeout=60):
        while not answers(tunnel.port("echo-4999")):
            time.sleep(0.001)
    return tunnel.running * 1e3, (time.perf_counter() - began) * 1e3


def _allProxies(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    return [tunnel.running * 1e3, tunnel.registering * 1e3]


def _rest(bench: Bench, tunnel: Tunnel) -> Sequence[float]:
    """At rest, then with idle connections; the first few are a warm-up, closed again, that pays what is paid once."""
    with idleConnections(tunnel.port("echo"), 10):
        pass
    time.sleep(1.0)
    base = [residentBytes(pid) for pid in tunnel.pids]
    idle = max(2.0, bench.seconds)
    before = [cpuSeconds([pid]) for pid in tunnel.pids]
    time.sleep(idle)
    busy = [(cpuSeconds([pid]) - was) / idle * 1e3 for pid, was in zip(tunnel.pids, before, strict=True)]
    with idleConnections(tunnel.port("echo"), _IDLE_CONNECTIONS):
        time.sleep(1.0)
        grown = [residentBytes(pid) - was for pid, was in zip(tunnel.pids, base, strict=True)]
    return [*(one / _IDLE_CONNECTIONS / 1024 for one in grown), *(one / 2**20 for one in base), *busy]


_defaultOne = _bothWays(cost=True)
_eight = _bothWays(8)
_keepAlive = _requests()
_closing = _requests(close=True)

ROWS: tuple[Row, ...] = (
    Row(
        "start",
        (
            Figure("start-frps", "start-up of frps: executed to listening", "ms", Better.LESS),
            Figure("start-frpc", "start-up of frpc: executed to first proxy up", "ms", Better.LESS),
        ),
        _ONE,
        _start,
        fresh=True,
    ),
    Row(
        "rest",
        (
            Figure("memory-frps", "memory for one idle user connection, frps", "KiB", Better.LESS),
            Figure("memory-frpc", "memory for one idle user connection, frpc", "KiB", Better.LESS),
            Figure("resident-frps", "memory at rest, frps", "MiB", Better.LESS),
            Figure("resident-frpc", "memory at rest, frpc", "MiB", Better.LESS),
            Figure("idle-frps", "CPU at rest, frps", "ms/s", Better.LESS),
            Figure("idle-frpc", "CPU at rest, frpc", "ms/s", Better.LESS),
        ),
        _ONE,
        _rest,
        fresh=True,
    ),
    Row(
        "proxies-500",
        (
            Figure("proxies-500", "500 tcp proxies of one client: frpc executed to all up", "ms", Better.LESS),
            Figure("registering-500", "500 tcp proxies: frpc begins to connect to all up", "ms", Better.LESS),
        ),
        _MANY,
        _allProxies,
        fresh=True,
    ),
    Row(
        "version",
        (Figure("version", "frpc --version", "ms", Better.LESS),),
        _ONE,
        _version,
    ),
    Row(
        "proxies-5000",
        (
            Figure("proxies-5000", "5,000 tcp proxies of one client: frpc executed to all up", "ms", Better.LESS),
            Figure("reload-5000", "reload with one of 5,000 proxies changed, until it is up", "ms", Better.LESS),
        ),
        _THOUSANDS,
        _reload,
        fresh=True,
    ),
    Row(
        "one-stream",
        (*_ways("one-stream", "one stream, defaults (TLS, mux)"), *_cost("one-stream", "one stream, defaults")),
        _DEFAULTS,
        _defaultOne,
        _defaultOne,
    ),
    Row("eight-streams", _ways("eight-streams", "8 streams, defaults"), _DEFAULTS, _eight, _eight),
    Row(
        "encrypted",
        _ways("encrypted", "one stream, useEncryption"),
        _DEFAULTS,
        _bothWays(1, "encrypted-sink", "encrypted-random"),
    ),
    Row(
        "compressed-text",
        _ways("compressed-text", "one stream, useCompression, text"),
        _DEFAULTS,
        _bothWays(1, "compressed-sink", "compressed-text", text=True),
    ),
    Row(
        "compressed-random",
        _ways("compressed-random", "one stream, useCompression, random data"),
        _DEFAULTS,
        _bothWays(1, "compressed-sink", "compressed-random"),
    ),
    Row(
        "round-trip",
        (
            Figure("round-trip-p50", "64-byte round trip, defaults, p50", "us", Better.LESS),
            Figure("round-trip-p99", "64-byte round trip, defaults, p99", "us", Better.LESS),
        ),
        _DEFAULTS,
        _roundTrip,
        _roundTrip,
    ),
    Row(
        "beside-bulk",
        (
            Figure("beside-up-p50", "64-byte round trip beside a bulk stream to the service, p50", "us", Better.LESS),
            Figure("beside-up-p99", "64-byte round trip beside a bulk stream to the service, p99", "us", Better.LESS),
            Figure("beside-up-rate", "the bulk stream meanwhile", "MB/s", Better.MORE),
            Figure("beside-down-p50", "64-byte round trip beside a bulk stream to the user, p50", "us", Better.LESS),
            Figure("beside-down-p99", "64-byte round trip beside a bulk stream to the user, p99", "us", Better.LESS),
            Figure("beside-down-rate", "the bulk stream meanwhile", "MB/s", Better.MORE),
        ),
        _DEFAULTS,
        _roundTripBesideBulk,
        _roundTripBesideBulk,
    ),
    Row(
        "http-keepalive",
        (Figure("http-keepalive", "web requests, wrk -c16, keep-alive, through a tcp proxy", "1/s", Better.MORE),),
        _DEFAULTS,
        _keepAlive,
        _keepAlive,
        missing=missingWrk,
    ),
    Row(
        "http-close",
        (Figure("http-close", "web requests, wrk -c16, Connection: close", "1/s", Better.MORE),),
        _DEFAULTS,
        _closing,
        _closing,
        missing=missingWrk,
    ),
    Row(
        "connections-1",
        (Figure("connections-1", "new connections, one at a time", "1/s", Better.MORE),),
        _DEFAULTS,
        _connections(1),
        _connections(1),
    ),
    Row(
        "connections-32",
        (Figure("connections-32", "new connections, 32 at a time", "1/s", Better.MORE),),
        _DEFAULTS,
        _connections(32),
        _connections(32),
    ),
    Row(
        "pool",
        (
            Figure("pool-1", "new connections, one at a time, poolCount = 5", "1/s", Better.MORE),
            Figure("pool-32", "new connections, 32 at a time, poolCount = 5", "1/s", Better.MORE),
        ),
        _POOL,
        lambda bench, target: [*_connections(1)(bench, target), *_connections(32)(bench, target)],
    ),
    *(
        Row(
            f"link-{mbit}",
            (
                Figure(f"link-{mbit}-up", f"{mbit} Mbit/s link, upload: added to a round trip", "ms", Better.LESS),
                Figure(f"link-{mbit}-up-rate", "the upload meanwhile", "MB/s", Better.MORE),
                Figure(f"link-{mbit}-down", f"{mbit} Mbit/s link, download: added to a round trip", "ms", Better.LESS),
                Figure(f"link-{mbit}-down-rate", "the download meanwhile", "MB/s", Better.MORE),
            ),
            setting,
            _overLink,
            missing=missingLink,
        )
        for mbit, setting in _LINKS.items()
    ),
    Row(
        "evening",
        (
            Figure("evening-p50", "20 Mbit/s link, a download and a page: a key that is typed, p50", "ms", Better.LESS),
            Figure("evening-p99", "20 Mbit/s link, a download and a page: a key that is typed, p99", "ms", Better.LESS),
            Figure("evening-page", "20 Mbit/s link, a download: a page of 30 files, 20 KB each", "ms", Better.LESS),
            Figure("evening-rate", "the download meanwhile", "MB/s", Better.MORE),
        ),
        _LINKS[20],
        _evening,
        missing=missingLink,
    ),
    Row("plain", _ways("plain", "one stream, TLS off"), _PLAIN, _bothWays()),
    Row(
        "vhost-keepalive",
        (Figure("vhost-keepalive", "web requests, wrk -c16, keep-alive, through an http proxy", "1/s", Better.MORE),),
        _TYPES,
        _requests("vhost"),
        missing=_missingWeb,
    ),
    Row(
        "vhost-close",
        (Figure("vhost-close", "the same, Connection: close", "1/s", Better.MORE),),
        _TYPES,
        _requests("vhost", close=True),
        missing=_missingWeb,
    ),
    Row(
        "vhost-download",
        (Figure("vhost-download", "one download through an http proxy", "MB/s", Better.MORE),),
        _TYPES,
        _download("vhost"),
        missing=missingNginx,
    ),
    Row(
        "https-keepalive",
        (Figure("https-keepalive", "web requests over TLS, wrk -c16, through an https proxy", "1/s", Better.MORE),),
        _TYPES,
        _requests("vhost-tls", tls=True),
        missing=_missingWeb,
    ),
    Row(
        "udp",
        (
            Figure("udp-64", "UDP echoes of 64 bytes, 32 on the way, none lost", "1/s", Better.MORE),
            Figure("udp-1200", "UDP echoes of 1200 bytes, 32 on the way, none lost", "1/s", Better.MORE),
        ),
        _TYPES,
        _datagrams,
        _datagrams,
    ),
    Row("stcp", _ways("stcp", "one stream, stcp"), _TYPES, _bothWays(1, "secret-sink", "secret-random")),
    Row(
        "vhost-idle",
        (Figure("vhost-idle", "memory for one idle keep-alive connection, frps, http proxy", "KiB", Better.LESS),),
        _TYPES,
        _idleWeb,
        fresh=True,
        missing=missingNginx,
    ),
    Row(
        "static-file",
        (Figure("static-file", "one download from the static_file plugin", "MB/s", Better.MORE),),
        _PLUGINS,
        _download("files"),
    ),
    Row(
        "https2http",
        (Figure("https2http", "web requests over TLS, wrk -c16, https2http plugin", "1/s", Better.MORE),),
        _PLUGINS,
        _requests("web-tls", tls=True),
        missing=missingWrk,
    ),
    Row("socks5", _ways("socks5", "one stream, socks5 plugin"), _PLUGINS, _bothWays(1, "socks-sink", "socks-random")),
    Row(
        "http-proxy",
        _ways("http-proxy", "one stream, http_proxy plugin"),
        _PLUGINS,
        _bothWays(1, "connect-sink", "connect-random"),
    ),
    _near(_V2, "one stream, version 2 of the wire"),
    _near(_WEBSOCKET, "one stream, websocket with TLS within"),
    _near(_WSS, "one stream, wss, behind nginx", missing=missingNginx),
    _near(_KCP, "one stream, KCP"),
    _near(_QUIC, "one stream, QUIC", missing=_missingQUIC),
    _near(_QUIC, "a hundred streams, QUIC", "quic-many", 100, missing=_missingQUIC),
    _far(_TCP, "TCP"),
    _far(_KCP, "KCP"),
    _far(_QUIC, "QUIC", _missingQUIC),
    Row(
        "quic-udp",
        (
            Figure("quic-udp-64", "UDP echoes of 64 bytes, 32 on the way, QUIC", "1/s", Better.MORE),
            Figure("quic-udp-1200", "UDP echoes of 1200 bytes, 32 on the way, QUIC", "1/s", Better.MORE),
        ),
        _QUIC,
        _datagrams,
        missing=_missingQUIC,
    ),
    Row(
        "quic-udp-lossy",
        (
            Figure("quic-udp-wait", "a UDP echo each 5 ms, QUIC, 50 ms and 1 % loss, p50", "ms", Better.LESS),
            Figure("quic-udp-wait-p99", "the same, p99", "ms", Better.LESS),
            Figure("quic-udp-lost", "the same, no answer", "%", Better.LESS),
        ),
        _lossy(_QUIC),
        _datagramsFar,
        missing=lambda: _missingQUIC() or missingLossyLink(),
    ),
    Row("bare", _ways("bare", "one stream, TLS off, tcpMux = false"), _BARE, _bothWays()),
    Row(
        "bare-web",
        (
            Figure("bare-keepalive", "web requests, wrk -c16, keep-alive, TLS off, tcpMux = false", "1/s", Better.MORE),
            Figure("bare-close", "the same, Connection: close", "1/s", Better.MORE),
        ),
        _BARE,
        lambda bench, target: [*_keepAlive(bench, target), *_closing(bench, target)],
        missing=missingWrk,
    ),
)
