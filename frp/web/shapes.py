"""The JSON of frps' first API: key by key as in the reference, also where it is odd."""

from __future__ import annotations

import time
from collections.abc import Mapping

from frp.config.server import ServerConfig
from frp.config.values import rangesText
from frp.interfaces import Seen
from frp.server.statistics import ProxyRecord, Statistics
from frp.version import COMPATIBLE
from frp.wire.messages import NewProxy

__all__ = ["clientShape", "proxyShape", "serverShape"]


def _without(shape: Mapping[str, object], *names: str) -> dict[str, object]:
    """Leave these keys out where they are empty."""
    return {name: value for name, value in shape.items() if value or name not in names}


def serverShape(config: ServerConfig, statistics: Statistics, clients: int) -> dict[str, object]:
    """@param clients: how many are online."""
    whole = statistics.whole
    shape = {
        "version": COMPATIBLE,
        "bindPort": config.bindPort,
        "vhostHTTPPort": config.vhostHTTPPort,
        "vhostHTTPSPort": config.vhostHTTPSPort,
        "tcpmuxHTTPConnectPort": config.tcpmuxHTTPConnectPort,
        "kcpBindPort": config.kcpBindPort,
        "quicBindPort": config.quicBindPort,
        "subdomainHost": config.subDomainHost,
        "maxPoolCount": config.transport.maxPoolCount,
        "maxPortsPerClient": config.maxPortsPerClient,
        "heartbeatTimeout": config.transport.heartbeatTimeout,
        "allowPortsStr": rangesText(config.allowPorts),
        "tlsForce": config.transport.tls.force,
        "totalTrafficIn": whole.daysIn[0],
        "totalTrafficOut": whole.daysOut[0],
        "curConns": whole.current,
        "clientCounts": clients,
        "proxyTypeCount": {kind: statistics.types[kind] for kind in sorted(statistics.types)},
    }
    return _without(shape, "allowPortsStr", "tlsForce")


def clientShape(seen: Seen) -> dict[str, object]:
    shape = {
        "key": seen.key,
        "user": seen.user,
        "clientID": seen.clientID or seen.runId,
        "runID": seen.runId,
        "version": seen.version,
        "wireProtocol": seen.wireProtocol,
        "hostname": seen.hostname,
        "clientIP": seen.host,
        "firstConnectedAt": int(seen.firstAt),
        "lastConnectedAt": int(seen.lastAt),
        "disconnectedAt": int(seen.leftAt or 0),
        "online": seen.online,
    }
    return _without(shape, "version", "wireProtocol", "clientIP", "disconnectedAt")


def proxyShape(record: ProxyRecord) -> dict[str, object]:
    meter = record.meter
    shape = {
        "name": record.name,
        "conf": None if record.message is None else _configuration(record.message, record.address),
        "user": record.user,
        "clientID": record.clientID,
        "todayTrafficIn": meter.daysIn[0],
        "todayTrafficOut": meter.daysOut[0],
        "curConns": meter.current,
        "lastStartTime": _moment(record.startedAt),
        "lastCloseTime": _moment(record.closedAt),
        "status": "online" if record.online else "offline",
    }
    return _without(shape, "user", "clientID")


def _moment(seconds: float) -> str:
    return time.strftime("%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else ""


def _configuration(message: NewProxy, address: str) -> dict[str, object]:
    """What the client asked for, in the shape of its own configuration. What frps does not know has its default."""
    kind = message.proxy_type
    # The reference prints sudp without the methods that know how to print these two.
    odd = kind == "sudp"
    transport = {
        "useEncryption": message.use_encryption,
        "useCompression": message.use_compression,
        "bandwidthLimit": {} if odd else message.bandwidth_limit,
        "bandwidthLimitMode": message.bandwidth_limit_mode or "client",
    }
    shape = {
        "name": message.proxy_name,
        "type": kind,
        "annotations": dict(sorted(message.annotations.items())),
        "transport": _without(transport, "useEncryption", "useCompression"),
        "metadatas": dict(sorted(message.metas.items())),
        "loadBalancer": _without({"group": message.group, "groupKey": message.group_key}, "groupKey"),
        "healthCheck": {"type": "", "intervalSeconds": 0},
        "localIP": "127.0.0.1",
        "plugin": {"type": "", "ClientPluginOptions": None} if odd else None,
    }
    return {**_without(shape, "annotations", "metadatas"), **_own(message, address)}


def _own(message: NewProxy, address: str) -> dict[str, object]:
    """The keys of its type."""
    kind = message.proxy_type
    domains = _without(
        {"customDomains": message.custom_domains, "subdomain": message.subdomain}, "customDomains", "subdomain"
    )
    if kind in ("tcp", "udp"):
        port = address.rpartition(":")[2]
        return {"remotePort": int(port) if port.isdigit() else message.remote_port}
    if kind == "http":
        rewrite = message.host_header_rewrite
        return {**domains, "locations": message.locations or None, "hostHeaderRewrite": rewrite}
    if kind == "https":
        return domains
    if kind == "tcpmux":
        return {**domains, "multiplexer": message.multiplexer, "routeByHTTPUser": message.route_by_http_user}
    return {}
