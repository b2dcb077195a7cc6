"""The server as a whole."""

from __future__ import annotations

from typing import Literal

import attrs

from frp.config.values import rangesText
from frp.server.service import FRPServer
from frp.version import COMPATIBLE
from frp.web.dashboard.second.traffic import Day, historyOf
from frp.web.operations import SECOND
from frp.web.queries import oneOf, parameter

__all__ = ["System"]


@attrs.frozen(kw_only=True)
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


@attrs.frozen(kw_only=True)
class SystemStatus:
    """Sums over all proxies: bytes are those of today."""

    totalTrafficIn: int
    totalTrafficOut: int
    curConns: int
    clientCounts: int
    proxyTypeCount: dict[str, int]


@attrs.frozen
class SystemInfo:
    """The server."""

    version: str
    config: SystemConfig
    status: SystemStatus


@attrs.frozen(kw_only=True)
class Pruned:
    """How many were forgotten, and how many there were."""

    type: Literal["offline_proxies"] = "offline_proxies"
    cleared: int
    total: int


@attrs.frozen(kw_only=True)
class TotalTraffic:
    """The bytes of all proxies on each of the last seven days, today's last."""

    unit: Literal["bytes"] = "bytes"
    granularity: Literal["day"] = "day"
    history: list[Day]


@attrs.frozen
class _Which:
    type: str = parameter(oneOf("type", "offline_proxies"), "Of what.")


@attrs.frozen
class System:
    _server: FRPServer

    @SECOND.operation("GET", "/system/info", "the server, and sums over all proxies", answers=SystemInfo)
    async def info(self) -> SystemInfo:
        config, statistics = self._server.config, self._server.shared.statistics
        return SystemInfo(
            COMPATIBLE,
            SystemConfig(
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
            ),
            SystemStatus(
                totalTrafficIn=statistics.whole.daysIn[0],
                totalTrafficOut=statistics.whole.daysOut[0],
                curConns=statistics.whole.current,
                clientCounts=await self._server.shared.roster.online(),
                proxyTypeCount={kind: statistics.types[kind] for kind in sorted(statistics.types)},
            ),
        )

    @SECOND.operation("GET", "/system/traffic", "the bytes of the last seven days", answers=TotalTraffic)
    def traffic(self) -> TotalTraffic:
        whole = self._server.shared.statistics.whole
        return TotalTraffic(history=historyOf(whole, self._server.clock.seconds()))

    @SECOND.operation(
        "POST",
        "/system/prune",
        "forget what is away",
        query=_Which,
        answers=Pruned,
        refuses={400: "nobody says what, or that cannot be forgotten"},
    )
    def prune(self, query: _Which) -> Pruned:
        cleared, total = self._server.shared.statistics.forget()
        self._server.log.info(
            "cleared [{cleared}] offline proxies, total [{total}] proxies", cleared=cleared, total=total
        )
        return Pruned(cleared=cleared, total=total)
