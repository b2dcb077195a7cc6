"""The reference's first API of frps: its clients and proxies, and what they carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs
from zope.interface import implementer

from frp.interfaces import IDashboardPartKind, IDashboardSite, IWebPart, Seen
from frp.server.service import FRPServer
from frp.session.turns import chosen
from frp.values import frozen
from frp.version import COMPATIBLE
from frp.web.answers import APIError
from frp.web.dashboard.known import findClient, findProxy, forgetProxies
from frp.web.dashboard.shapes import (
    ClientInfo,
    Done,
    Proxies,
    ProxyInfo,
    ServerInfo,
    SystemConfig,
    SystemStatus,
    Traffic,
)
from frp.web.operations import FIRST
from frp.web.queries import Reader, parameter, word
from frp.web.serving import WebPart

__all__ = ["FirstAPI"]

_NO_PROXY = {404: "there is no such proxy"}


@implementer(IDashboardPartKind)
class FirstAPI:
    """Below C{/api}."""

    def part(self, site: IDashboardSite) -> IWebPart:
        server: FRPServer = site.server
        return WebPart([_Server(server), _Proxies(server), _Clients(server)])


@frozen
class _Server:
    _server: FRPServer

    @FIRST.operation("GET", "/serverinfo", "the server, and sums over all proxies", answers=ServerInfo)
    async def info(self) -> ServerInfo:
        status = SystemStatus.of(await self._server.whole.sums())
        own = {**attrs.asdict(SystemConfig.of(self._server.config)), **attrs.asdict(status)}
        return ServerInfo(version=COMPATIBLE, **own)


def _offline(given: str | None) -> Literal["offline"]:
    if given != "offline":
        raise APIError(400, "status only support offline")
    return "offline"


@frozen
class _Away:
    status: str = parameter(Reader(_offline, {"type": "string", "enum": ["offline"]}, needed=True), "Which ones.")


@frozen
class _Proxies:
    _server: FRPServer

    @FIRST.operation("GET", "/proxy/{kind}", "the proxies of a type", answers=Proxies)
    async def all(self, kind: str) -> Proxies:
        server = self._server
        records = await chosen(server.clock, lambda one: one.type == kind, await server.whole.records())
        return Proxies(proxies=map(ProxyInfo.of, records))

    @FIRST.operation("GET", "/proxy/{kind}/{name}", "one of them", answers=ProxyInfo, refuses=_NO_PROXY)
    @FIRST.operation("GET", "/proxies/{name}", "one proxy, of whatever type", answers=ProxyInfo, refuses=_NO_PROXY)
    async def one(self, name: str, kind: str = "") -> ProxyInfo:
        return ProxyInfo.of(await findProxy(self._server, name, kind))

    @FIRST.operation(
        "DELETE",
        "/proxies",
        "forget those that are away",
        query=_Away,
        answers=Done,
        refuses={400: "only those that are offline can be forgotten"},
    )
    async def forget(self, query: _Away) -> Done:
        await forgetProxies(self._server)
        return Done()

    @FIRST.operation(
        "GET",
        "/traffic/{name}",
        "the bytes of the last seven days, today first",
        answers=Traffic,
        refuses=_NO_PROXY,
    )
    async def traffic(self, name: str) -> Traffic:
        meter = (await findProxy(self._server, name, mirrored=True)).meter
        return Traffic(name=name, trafficIn=meter.daysIn, trafficOut=meter.daysOut)


def _whether(given: str | None) -> bool | None:
    return {"online": True, "offline": False}.get((given or "").lower())


@frozen
class _Which:
    user: str = parameter(word, "Whose clients.")
    clientId: str = parameter(word, "The name that the client has given itself, or its run id.")
    runId: str = parameter(word, "The run id.")
    status: bool | None = parameter(Reader(_whether, {"type": "string"}), "online or offline; anything else is both.")

    def passes(self, seen: Seen) -> bool:
        return (
            self.user in ("", seen.user)
            and self.clientId in ("", seen.name)
            and self.runId in ("", seen.runId)
            and self.status in (None, seen.online)
        )


@frozen
class _Clients:
    _server: FRPServer

    @FIRST.operation("GET", "/clients", "who is, and was, here", query=_Which, answers=list[ClientInfo])
    async def all(self, query: _Which) -> Iterable[ClientInfo]:
        server = self._server
        return map(ClientInfo.of, await chosen(server.clock, query.passes, await server.whole.seen()))

    @FIRST.operation(
        "GET", "/clients/{key}", "one of them", answers=ClientInfo, refuses={404: "there is no such client"}
    )
    async def one(self, key: str) -> ClientInfo:
        return ClientInfo.of(await findClient(self._server, key))
