"""The JSON of frps' first API: key by key as in the reference, also where it is odd."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from frp.config.server import ServerConfig
from frp.config.values import rangesText
from frp.interfaces import Seen
from frp.server.statistics import ProxyRecord
from frp.server.whole.own import Sums
from frp.values import define, frozen
from frp.web.shaping import Written, sometimes
from frp.web.writing import once
from frp.wire.messages import NewProxy

__all__ = [
    "ClientInfo",
    "Done",
    "Phase",
    "Proxies",
    "ProxyInfo",
    "ServerInfo",
    "SystemConfig",
    "SystemStatus",
    "Traffic",
    "phaseOf",
    "remotePort",
]

#: Whether a client or a proxy is here.
Phase = Literal["online", "offline"]


def phaseOf(one: Seen | ProxyRecord) -> Phase:
    return "online" if one.online else "offline"


def remotePort(message: NewProxy, address: str) -> int:
    """@return: of a tcp or udp proxy the port that it has, or else the one that it asked for."""
    port = address.rpartition(":")[2]
    return int(port) if port.isdigit() else message.remote_port


@frozen(kw_only=True)
class SystemConfig:
    """What the server listens on, and what it allows. Times are seconds."""

    bindPort: int
    vhostHTTPPort: int
    vhostHTTPSPort: int
    tcpmuxHTTPConnectPort: int
    kcpBindPort: int
    quicBindPort: int
    subdomainHost: str
    maxPoolCount: int
    maxPortsPerClient: int
    heartbeatTimeout: int
    allowPortsStr: str
    tlsForce: bool

    @classmethod
    def of(cls, config: ServerConfig) -> SystemConfig:
        return cls(
            bindPort=config.bindPort,
            vhostHTTPPort=config.vhostHTTPPort,
            vhostHTTPSPort=config.vhostHTTPSPort,
            tcpmuxHTTPConnectPort=config.tcpmuxHTTPConnectPort,
            kcpBindPort=config.kcpBindPort,
            quicBindPort=config.quicBindPort,
            subdomainHost=config.subDomainHost,
            maxPoolCount=config.transport.maxPoolCount,
            maxPortsPerClient=config.maxPortsPerClient,
            heartbeatTimeout=config.transport.heartbeatTimeout,
            allowPortsStr=rangesText(config.allowPorts),
            tlsForce=config.transport.tls.force,
        )


@frozen(kw_only=True)
class SystemStatus:
    """Sums over all proxies: bytes are those of today."""

    totalTrafficIn: int
    totalTrafficOut: int
    curConns: int
    clientCounts: int
    proxyTypeCount: dict[str, int]

    @classmethod
    def of(cls, sums: Sums) -> SystemStatus:
        bytesIn, bytesOut = sums.figures.today
        return cls(
            totalTrafficIn=bytesIn,
            totalTrafficOut=bytesOut,
            curConns=sums.figures.current,
            clientCounts=sums.clients,
            proxyTypeCount={kind: sums.types[kind] for kind in sorted(sums.types)},
        )


@frozen(kw_only=True)
class ServerInfo(SystemConfig):
    """All of that, without what is empty, and of L{SystemStatus}."""

    version: str
    allowPortsStr: str = sometimes()
    tlsForce: bool = sometimes()
    totalTrafficIn: int
    totalTrafficOut: int
    curConns: int
    clientCounts: int
    proxyTypeCount: dict[str, int]


@frozen(kw_only=True)
class ClientInfo:
    """A client that is here, or was. Moments are seconds since 1970."""

    key: str
    user: str
    clientID: str
    runID: str
    version: str = sometimes()
    wireProtocol: str = sometimes()
    hostname: str
    clientIP: str = sometimes()
    firstConnectedAt: int
    lastConnectedAt: int
    disconnectedAt: int = sometimes()
    online: bool

    @classmethod
    def of(cls, seen: Seen) -> ClientInfo:
        return cls(
            key=seen.key,
            user=seen.user,
            clientID=seen.name,
            runID=seen.runId,
            version=seen.version,
            wireProtocol=seen.wireProtocol,
            hostname=seen.hostname,
            clientIP=seen.host,
            firstConnectedAt=int(seen.firstAt),
            lastConnectedAt=int(seen.lastAt),
            disconnectedAt=int(seen.leftAt or 0),
            online=seen.online,
        )


@define(kw_only=True, slots=False)  # a list may have thousands, and what is frozen takes twice as long to make
class ProxyInfo:
    """A proxy that is here, or was: C{conf} is None then. Moments are C{MM-DD hh:mm:ss}; bytes are those of today."""

    name: str
    conf: Written | None
    user: str = sometimes()
    clientID: str = sometimes()
    todayTrafficIn: int
    todayTrafficOut: int
    curConns: int
    lastStartTime: str
    lastCloseTime: str
    status: Phase

    @classmethod
    def of(cls, record: ProxyRecord) -> ProxyInfo:
        meter = record.meter
        bytesIn, bytesOut = meter.today
        return cls(
            name=record.name,
            conf=_configuration(record),
            user=record.user,
            clientID=record.clientID,
            todayTrafficIn=bytesIn,
            todayTrafficOut=bytesOut,
            curConns=meter.current,
            lastStartTime=_moment(int(record.startedAt)),
            lastCloseTime=_moment(int(record.closedAt)),
            status="offline" if record.message is None else "online",
        )


@frozen(kw_only=True)
class Proxies:
    """Those of one type."""

    proxies: Iterable[ProxyInfo]


@frozen(kw_only=True)
class Traffic:
    """The bytes of a proxy on each of the last seven days, today's first."""

    name: str
    trafficIn: list[int]
    trafficOut: list[int]


@frozen(kw_only=True)
class Done:
    """What was asked for is done."""

    Code: int = 200
    Msg: str = "success"


@lru_cache(1024)
def _moment(seconds: int) -> str:
    return time.strftime("%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else ""


def _configuration(record: ProxyRecord) -> Written | None:
    """Written once while the proxy is there: a list has thousands, and this is most of what each says."""
    if record.message is None:
        return None
    if not isinstance(record.shown, Written):
        record.shown = once(_configured(record.message, record.address))
    return record.shown


def _configured(message: NewProxy, address: str) -> dict[str, object]:
    """What the client asked for, in the shape of its own configuration. What frps does not know has its default."""
    kind = message.proxy_type
    # The reference prints sudp without the methods that know how to print these two.
    odd = kind == "sudp"
    shape: dict[str, object] = {"name": message.proxy_name, "type": kind}
    if message.annotations:
        shape["annotations"] = dict(sorted(message.annotations.items()))
    shape["transport"] = transport = dict[str, object]()
    if message.use_encryption:
        transport["useEncryption"] = True
    if message.use_compression:
        transport["useCompression"] = True
    transport["bandwidthLimit"] = {} if odd else message.bandwidth_limit
    transport["bandwidthLimitMode"] = message.bandwidth_limit_mode or "client"
    if message.metas:
        shape["metadatas"] = dict(sorted(message.metas.items()))
    shape["loadBalancer"] = group = {"group": message.group}
    if message.group_key:
        group["groupKey"] = message.group_key
    shape["healthCheck"] = {"type": "", "intervalSeconds": 0}
    shape["localIP"] = "127.0.0.1"
    shape["plugin"] = {"type": "", "ClientPluginOptions": None} if odd else None
    shape.update(_own(message, address))
    return shape


def _own(message: NewProxy, address: str) -> dict[str, object]:
    """The keys of its type."""
    kind = message.proxy_type
    if kind in ("tcp", "udp"):
        return {"remotePort": remotePort(message, address)}
    domains: dict[str, object] = {}
    if message.custom_domains:
        domains["customDomains"] = message.custom_domains
    if message.subdomain:
        domains["subdomain"] = message.subdomain
    if kind == "http":
        rewrite = message.host_header_rewrite
        return {**domains, "locations": message.locations or None, "hostHeaderRewrite": rewrite}
    if kind == "https":
        return domains
    if kind == "tcpmux":
        return {**domains, "multiplexer": message.multiplexer, "routeByHTTPUser": message.route_by_http_user}
    return {}
