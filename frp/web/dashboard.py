"""The API of frps: its clients and proxies, what they carry, and C{/metrics}."""

from __future__ import annotations

from twisted.web.server import Request

from frp.interfaces import IReactor, Seen
from frp.logs import Log
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.session.turns import inTurns
from frp.web.answers import Answer, APIError, toJSON
from frp.web.app import App, argument
from frp.web.listening import WebServer
from frp.web.metrics import CONTENT_TYPE, Metrics
from frp.web.shapes import clientShape, proxyShape, serverShape

__all__ = ["Dashboard", "dashboardServer"]


class Dashboard:
    """What frps tells its operator, below C{/api} and at C{/metrics}."""

    def __init__(self, server: FRPServer, log: Log) -> None:
        self._config = server.config
        self._frps = server
        self._statistics = server.shared.statistics
        self._roster = server.shared.roster
        self._log = log
        self._metrics = Metrics(self._statistics)

    def serve(self, app: App) -> None:
        app.index("frps")
        if self._config.enablePrometheus:
            app.route("/metrics", self._measure, about="for Prometheus")
        app.route("/api/serverinfo", self._server, "GET", about="the server, and sums over all proxies")
        app.route("/api/proxy/<kind>", self._proxies, "GET", about="the proxies of a type")
        app.route("/api/proxy/<kind>/<name>", self._proxy, "GET", about="one of them")
        app.route("/api/proxies/<name>", self._proxy, "GET", about="one proxy, of whatever type")
        app.route("/api/proxies", self._forget, "DELETE", about="forget those that are away: ?status=offline")
        app.route("/api/traffic/<name>", self._traffic, "GET", about="the bytes of the last seven days, today first")
        app.route("/api/clients", self._clients, "GET", about="who is, and was, here")
        app.route("/api/clients/<key>", self._client, "GET", about="one of them")

    async def _measure(self, _request: Request) -> Answer:
        return Answer(self._metrics.text(await self._roster.online(), self._frps.hooks.counters()), CONTENT_TYPE)

    async def _server(self, _request: Request) -> Answer:
        return toJSON(serverShape(self._config, self._statistics, await self._roster.online()))

    # Proxies

    def _found(self, name: str, kind: str = "") -> ProxyRecord:
        record = self._statistics.find(name)
        if record is None or kind not in ("", record.type):
            raise APIError(404, "no proxy info found")
        return record

    async def _proxies(self, _request: Request, kind: str) -> Answer:
        shapes: list[dict[str, object]] = []
        records = [one for one in self._statistics.records() if one.type == kind]
        await inTurns(self._frps.clock, lambda one: shapes.append(proxyShape(one)), records)
        return toJSON({"proxies": shapes})

    def _proxy(self, _request: Request, name: str, kind: str = "") -> Answer:
        return toJSON(proxyShape(self._found(name, kind)))

    def _traffic(self, _request: Request, name: str) -> Answer:
        meter = self._found(name).meter
        return toJSON({"name": name, "trafficIn": meter.daysIn, "trafficOut": meter.daysOut})

    def _forget(self, request: Request) -> Answer:
        if argument(request, "status") != "offline":
            raise APIError(400, "status only support offline")
        cleared, total = self._statistics.forget()
        self._log.info("cleared [{cleared}] offline proxies, total [{total}] proxies", cleared=cleared, total=total)
        return toJSON({"Code": 200, "Msg": "success"})

    # Clients

    async def _clients(self, request: Request) -> Answer:
        user, clientId, runId = (argument(request, name) for name in ("user", "clientId", "runId"))
        wanted = {"online": True, "offline": False}.get(argument(request, "status").lower())

        def passes(seen: Seen) -> bool:
            return (
                user in ("", seen.user)
                and clientId in ("", seen.clientID or seen.runId)
                and runId in ("", seen.runId)
                and wanted in (None, seen.online)
            )

        return toJSON([clientShape(seen) for seen in await self._roster.seen() if passes(seen)])

    async def _client(self, _request: Request, key: str) -> Answer:
        seen = await self._roster.find(key)
        if seen is None:
            raise APIError(404, f"client {key} not found")
        return toJSON(clientShape(seen))


def dashboardServer(reactor: IReactor, server: FRPServer) -> WebServer:
    log = Log("frp.web.dashboard")
    config = server.config.webServer
    app = App(reactor, config, log)
    Dashboard(server, log).serve(app)
    return WebServer(reactor, config, app.resource, name="dashboard", log=log)
