"""All rows of the table: under which setting, what is done, and what figures come of it."""

from __future__ import annotations

from benchmarks.greetings import askForConnect, askForFile, askForSocks
from benchmarks.link import missingLink
from benchmarks.load import missingWrk
from benchmarks.measures import (
    allProxies,
    bothWays,
    download,
    evening,
    idleWeb,
    newConnections,
    overLink,
    reload,
    rest,
    roundTrip,
    roundTripBesideBulk,
    startUp,
    udpEchoes,
    version,
    webRequests,
)
from benchmarks.operatingrows import OPERATING
from benchmarks.row import Row, cost, ways
from benchmarks.services import missingNginx
from benchmarks.settings import BULK, UDP, Proxy, Setting
from benchmarks.table import Better, Figure
from benchmarks.transportrows import TRANSPORTS

__all__ = ["ROWS"]

_ENCRYPT = ("transport.useEncryption = true",)
_COMPRESS = ("transport.useCompression = true",)
_NO_TLS = ("transport.tls.enable = false",)
_NO_MUX = ("transport.tcpMux = false",)

_ECHO = Proxy("echo", "echo")

_DEFAULTS = Setting(
    "defaults",
    (
        *BULK,
        _ECHO,
        Proxy("web", "web"),
        Proxy("encrypted-sink", "sink", _ENCRYPT),
        Proxy("encrypted-random", "random", _ENCRYPT),
        Proxy("compressed-sink", "sink", _COMPRESS),
        Proxy("compressed-random", "random", _COMPRESS),
        Proxy("compressed-text", "text", _COMPRESS),
    ),
)
_PLAIN = Setting("plain", BULK, client=_NO_TLS)
_BARE = Setting("bare", (*BULK, Proxy("web", "web")), server=_NO_MUX, client=(*_NO_TLS, *_NO_MUX), bare=True)
_POOL = Setting("pool", (_ECHO,), client=("transport.poolCount = 5",))
_LINKS = {mbit: Setting(f"link-{mbit}", (*BULK, _ECHO, Proxy("page", "page")), mbit=mbit) for mbit in (20, 100)}
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
        UDP,
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


def _missingWeb() -> str:
    return missingWrk() or missingNginx()


_defaultOne = bothWays(cost=True)
_eight = bothWays(8)
_keepAlive = webRequests()
_closing = webRequests(close=True)

ROWS: tuple[Row, ...] = (
    Row(
        "start",
        (
            Figure("start-frps", "start-up of frps: executed to listening", "ms", Better.LESS),
            Figure("start-frpc", "start-up of frpc: executed to first proxy up", "ms", Better.LESS),
        ),
        _ONE,
        startUp,
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
        rest,
        fresh=True,
    ),
    Row(
        "proxies-500",
        (
            Figure("proxies-500", "500 tcp proxies of one client: frpc executed to all up", "ms", Better.LESS),
            Figure("registering-500", "500 tcp proxies: frpc begins to connect to all up", "ms", Better.LESS),
        ),
        _MANY,
        allProxies,
        fresh=True,
    ),
    Row(
        "version",
        (Figure("version", "frpc --version", "ms", Better.LESS),),
        _ONE,
        version,
    ),
    Row(
        "proxies-5000",
        (
            Figure("proxies-5000", "5,000 tcp proxies of one client: frpc executed to all up", "ms", Better.LESS),
            Figure("reload-5000", "reload with one of 5,000 proxies changed, until it is up", "ms", Better.LESS),
        ),
        _THOUSANDS,
        reload,
        fresh=True,
    ),
    Row(
        "one-stream",
        (*ways("one-stream", "one stream, defaults (TLS, mux)"), *cost("one-stream", "one stream, defaults")),
        _DEFAULTS,
        _defaultOne,
        _defaultOne,
    ),
    Row("eight-streams", ways("eight-streams", "8 streams, defaults"), _DEFAULTS, _eight, _eight),
    Row(
        "encrypted",
        ways("encrypted", "one stream, useEncryption"),
        _DEFAULTS,
        bothWays(1, "encrypted-sink", "encrypted-random"),
    ),
    Row(
        "compressed-text",
        ways("compressed-text", "one stream, useCompression, text"),
        _DEFAULTS,
        bothWays(1, "compressed-sink", "compressed-text", text=True),
    ),
    Row(
        "compressed-random",
        ways("compressed-random", "one stream, useCompression, random data"),
        _DEFAULTS,
        bothWays(1, "compressed-sink", "compressed-random"),
    ),
    Row(
        "round-trip",
        (
            Figure("round-trip-p50", "64-byte round trip, defaults, p50", "us", Better.LESS),
            Figure("round-trip-p99", "64-byte round trip, defaults, p99", "us", Better.LESS),
        ),
        _DEFAULTS,
        roundTrip,
        roundTrip,
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
        roundTripBesideBulk,
        roundTripBesideBulk,
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
        newConnections(1),
        newConnections(1),
    ),
    Row(
        "connections-32",
        (Figure("connections-32", "new connections, 32 at a time", "1/s", Better.MORE),),
        _DEFAULTS,
        newConnections(32),
        newConnections(32),
    ),
    Row(
        "pool",
        (
            Figure("pool-1", "new connections, one at a time, poolCount = 5", "1/s", Better.MORE),
            Figure("pool-32", "new connections, 32 at a time, poolCount = 5", "1/s", Better.MORE),
        ),
        _POOL,
        lambda bench, target: [*newConnections(1)(bench, target), *newConnections(32)(bench, target)],
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
            overLink,
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
        evening,
        missing=missingLink,
    ),
    Row("plain", ways("plain", "one stream, TLS off"), _PLAIN, bothWays()),
    Row(
        "vhost-keepalive",
        (Figure("vhost-keepalive", "web requests, wrk -c16, keep-alive, through an http proxy", "1/s", Better.MORE),),
        _TYPES,
        webRequests("vhost"),
        missing=_missingWeb,
    ),
    Row(
        "vhost-close",
        (Figure("vhost-close", "the same, Connection: close", "1/s", Better.MORE),),
        _TYPES,
        webRequests("vhost", close=True),
        missing=_missingWeb,
    ),
    Row(
        "vhost-download",
        (Figure("vhost-download", "one download through an http proxy", "MB/s", Better.MORE),),
        _TYPES,
        download("vhost"),
        missing=missingNginx,
    ),
    Row(
        "https-keepalive",
        (Figure("https-keepalive", "web requests over TLS, wrk -c16, through an https proxy", "1/s", Better.MORE),),
        _TYPES,
        webRequests("vhost-tls", tls=True),
        missing=_missingWeb,
    ),
    Row(
        "udp",
        (
            Figure("udp-64", "UDP echoes of 64 bytes, 32 on the way, none lost", "1/s", Better.MORE),
            Figure("udp-1200", "UDP echoes of 1200 bytes, 32 on the way, none lost", "1/s", Better.MORE),
        ),
        _TYPES,
        udpEchoes,
        udpEchoes,
    ),
    Row("stcp", ways("stcp", "one stream, stcp"), _TYPES, bothWays(1, "secret-sink", "secret-random")),
    Row(
        "vhost-idle",
        (Figure("vhost-idle", "memory for one idle keep-alive connection, frps, http proxy", "KiB", Better.LESS),),
        _TYPES,
        idleWeb,
        fresh=True,
        missing=missingNginx,
    ),
    Row(
        "static-file",
        (Figure("static-file", "one download from the static_file plugin", "MB/s", Better.MORE),),
        _PLUGINS,
        download("files"),
    ),
    Row(
        "https2http",
        (Figure("https2http", "web requests over TLS, wrk -c16, https2http plugin", "1/s", Better.MORE),),
        _PLUGINS,
        webRequests("web-tls", tls=True),
        missing=missingWrk,
    ),
    Row("socks5", ways("socks5", "one stream, socks5 plugin"), _PLUGINS, bothWays(1, "socks-sink", "socks-random")),
    Row(
        "http-proxy",
        ways("http-proxy", "one stream, http_proxy plugin"),
        _PLUGINS,
        bothWays(1, "connect-sink", "connect-random"),
    ),
    *TRANSPORTS,
    *OPERATING,
    Row("bare", ways("bare", "one stream, TLS off, tcpMux = false"), _BARE, bothWays()),
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
