"""The server as a whole."""

from __future__ import annotations

from typing import Literal

from frp.server.service import FRPServer
from frp.values import frozen
from frp.version import COMPATIBLE
from frp.web.dashboard.known import forgetProxies
from frp.web.dashboard.second.traffic import Day, historyOf
from frp.web.dashboard.shapes import SystemConfig, SystemStatus
from frp.web.operations import SECOND
from frp.web.queries import oneOf, parameter

__all__ = ["System"]


@frozen
class SystemInfo:
    """The server."""

    version: str
    config: SystemConfig
    status: SystemStatus


@frozen(kw_only=True)
class Pruned:
    """How many were forgotten, and how many there were."""

    type: Literal["offline_proxies"] = "offline_proxies"
    cleared: int
    total: int


@frozen(kw_only=True)
class TotalTraffic:
    """The bytes of all proxies on each of the last seven days, today's last."""

    unit: Literal["bytes"] = "bytes"
    granularity: Literal["day"] = "day"
    history: list[Day]


@frozen
class _Which:
    type: str = parameter(oneOf("type", "offline_proxies"), "Of what.")


@frozen
class System:
    _server: FRPServer

    @SECOND.operation("GET", "/system/info", "the server, and sums over all proxies", answers=SystemInfo)
    async def info(self) -> SystemInfo:
        server = self._server
        return SystemInfo(COMPATIBLE, SystemConfig.of(server.config), SystemStatus.of(await server.whole.sums()))

    @SECOND.operation("GET", "/system/traffic", "the bytes of the last seven days", answers=TotalTraffic)
    async def traffic(self) -> TotalTraffic:
        figures = (await self._server.whole.sums()).figures
        return TotalTraffic(history=historyOf(figures, self._server.clock.seconds()))

    @SECOND.operation(
        "POST",
        "/system/prune",
        "forget what is away",
        query=_Which,
        answers=Pruned,
        refuses={400: "nobody says what, or that cannot be forgotten"},
    )
    async def prune(self, query: _Which) -> Pruned:
        cleared, total = await forgetProxies(self._server)
        return Pruned(cleared=cleared, total=total)
