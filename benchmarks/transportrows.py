"""The rows about what lies between frps and frpc, or between two frpc: transports, holes, SSH, a virtual network."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace

from benchmarks.greetings import sayAByte
from benchmarks.lossylink import missingLossyLink
from benchmarks.measures import bothWays, bothWaysFar, firstEcho, udpEchoes, udpEchoesFar
from benchmarks.opensshtunnel import OpenSSHTunnel, missingSSH
from benchmarks.peers import Tunnel
from benchmarks.row import Row, cost, ways
from benchmarks.services import missingNginx
from benchmarks.settings import BULK, UDP, Proxy, Setting
from benchmarks.table import Better, Figure
from benchmarks.virtualnet import VirtualNet, missingVirtualNet

__all__ = ["TRANSPORTS"]

_TCP = Setting("tcp", BULK)
_V2 = Setting("wire-v2", BULK, client=('transport.wireProtocol = "v2"',))
_WEBSOCKET = Setting("websocket", BULK, client=('transport.protocol = "websocket"',))
_WSS = Setting("wss", BULK, client=('transport.protocol = "wss"',), fronted=True)
_KCP = Setting("kcp", BULK, server=("kcpBindPort = {bindPort}",), client=('transport.protocol = "kcp"',))
_QUIC = Setting("quic", (*BULK, UDP), server=("quicBindPort = {bindPort}",), client=('transport.protocol = "quic"',))
_SSH = Setting("ssh", BULK, server=("sshTunnelGateway.bindPort = {gatewayPort}",))
_VIRTUALNET = Setting("virtualnet", ())


def _throughHole(protocol: str) -> Setting:
    visitor = (f'protocol = "{protocol}"',)
    bulk = (replace(proxy, type="xtcp", visitor=visitor, greet=sayAByte) for proxy in BULK)
    echo = Proxy("echo", "echo", type="xtcp", visitor=visitor)
    return Setting(f"xtcp-{protocol}", (*bulk, echo), client=('natHoleStunServer = "127.0.0.1:{stunPort}"',))


#: Whose time it is where visitors have a frpc of their own.
_THREE = "frps + both frpc"

_HOLES = {protocol: _throughHole(protocol) for protocol in ("quic", "kcp")}


def _near(
    setting: Setting,
    title: str,
    key: str = "",
    streams: int = 1,
    missing: Callable[[], str] = lambda: "",
    *,
    tunnel: type[Tunnel] = Tunnel,
    of: str = "frps + frpc",
) -> Row:
    key = key or setting.name
    figures = (*ways(key, title), *cost(key, title, of))
    return Row(key, figures, setting, bothWays(streams, cost=True), missing=missing, tunnel=tunnel)


def _lossy(setting: Setting) -> Setting:
    return replace(setting, name=f"{setting.name}-lossy", lossy=True)


def _far(setting: Setting, title: str, missing: Callable[[], str] = lambda: "") -> Row:
    key = f"{setting.name}-lossy"
    figures = (
        *ways(key, f"{title}, 50 ms and 1 % loss, one stream"),
        *ways(f"{key}-8", f"{title}, 50 ms and 1 % loss, 8 streams"),
    )
    return Row(key, figures, _lossy(setting), bothWaysFar, missing=lambda: missing() or missingLossyLink())


def _hole(key: str, protocol: str, title: str, missing: Callable[[], str] = lambda: "") -> Row:
    figures = (Figure(key, f"a first user's first echo through a new hole, {title}", "ms", Better.LESS),)
    return Row(key, figures, _HOLES[protocol], firstEcho, fresh=True, missing=missing)


def _missingQUIC() -> str:
    """@return: why ours cannot speak QUIC, or nothing."""
    return "" if importlib.util.find_spec("aioquic") else "the package aioquic is missing"


TRANSPORTS: tuple[Row, ...] = (
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
        udpEchoes,
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
        udpEchoesFar,
        missing=lambda: _missingQUIC() or missingLossyLink(),
    ),
    _near(_HOLES["quic"], "one stream, xtcp, QUIC", missing=_missingQUIC, of=_THREE),
    _near(_HOLES["kcp"], "one stream, xtcp, KCP", of=_THREE),
    _hole("hole", "quic", "QUIC", missing=_missingQUIC),
    _hole("hole-kcp", "kcp", "KCP"),
    _near(_SSH, "one stream, SSH gateway", missing=missingSSH, tunnel=OpenSSHTunnel, of="frps + ssh"),
    _near(_VIRTUALNET, "one TCP connection, VirtualNet", missing=missingVirtualNet, tunnel=VirtualNet, of=_THREE),
)
