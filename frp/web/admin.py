"""The API of frpc: what its proxies do, its configuration, reload and stop."""

from __future__ import annotations

import os
from collections.abc import Callable

import attrs
from twisted.internet.defer import DeferredLock
from twisted.internet.threads import deferToThreadPool
from twisted.web.server import Request

from frp.client.remote import Remote
from frp.client.running import RunningProxy
from frp.client.service import FRPClient
from frp.config.client import ClientConfig
from frp.errors import ConfigErrors, reasonOf
from frp.interfaces import IReactor
from frp.logs import Log
from frp.web.answers import Answer, APIError, text, toJSON
from frp.web.app import App, argument
from frp.web.listening import WebServer
from frp.wire.address import authority

__all__ = ["Admin", "Load", "adminServer"]

#: Reads the configuration file again; strictly, or not. Raises L{ConfigErrors}.
Load = Callable[[bool], ClientConfig]

#: Seconds in which the answer to a stop goes out.
STOP_DELAY = 0.1

_TRUE = ("1", "t", "T", "true", "TRUE", "True")


@attrs.frozen
class Admin:
    """What frpc tells its operator, and does for him, below C{/api}."""

    _reactor: IReactor
    _client: FRPClient
    _path: str
    _load: Load
    _log: Log
    _reloading: DeferredLock = attrs.field(factory=DeferredLock, init=False)

    def serve(self, app: App) -> None:
        app.index("frpc")
        app.route("/api/status", self._status, "GET", about="what the proxies do")
        app.route("/api/servers", self._servers, "GET", about="how it stands with each server")
        app.route("/api/reload", self._reload, "GET", about="read the configuration file again")
        app.route("/api/stop", self._stop, "POST", about="stop frpc")
        app.route("/api/config", self._read, "GET", about="the configuration file")
        app.route("/api/config", self._write, "PUT", about="write it")

    def _status(self, _request: Request) -> Answer:
        found: dict[str, list[dict[str, str]]] = {}
        there = [(one, remote) for remote, session in self._client.present for one in session.proxies.values()]
        for running, remote in sorted(there, key=lambda one: (one[0].config.type, one[0].config.name)):
            found.setdefault(running.config.type, []).append(_shown(running, remote))
        return toJSON(found)

    def _servers(self, _request: Request) -> Answer:
        rows = []
        for remote in self._client.remotes:
            where = authority(remote.config.serverAddr, remote.config.serverPort)
            rows.append({"name": remote.name, "addr": where, "status": remote.status, "err": remote.error})
        return toJSON(rows)

    async def _reload(self, request: Request) -> None:
        self._needFile()
        strict = argument(request, "strictConfig") in _TRUE
        try:
            # In a thread, so that users do not wait for it; one at a time, so that the last one counts.
            config = await self._reloading.run(
                deferToThreadPool, self._reactor, self._reactor.getThreadPool(), self._load, strict
            )
        except ConfigErrors as errors:
            raise APIError(400, f"invalid argument: {errors.brief}") from errors
        self._client.update(config.proxies, config.visitors)
        self._log.info("success reload conf")

    def _stop(self, _request: Request) -> None:
        self._reactor.callLater(STOP_DELAY, self._client.stopService)

    def _read(self, _request: Request) -> Answer:
        self._needFile()
        try:
            with open(self._path, "rb") as file:
                return text(file.read())
        except OSError as error:
            raise APIError(400, f"invalid argument: {self._why(error)}") from error

    def _write(self, request: Request) -> None:
        content = request.content.read() if request.content is not None else b""
        if not content:
            raise APIError(400, "body can't be empty")
        self._needFile()
        try:
            # Not a new file in its place: it may be a link, and its owner and mode are the user's.
            with open(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
        except OSError as error:
            raise APIError(500, self._why(error)) from error

    def _needFile(self) -> None:
        if not self._path:
            raise APIError(400, "invalid argument: frpc has no config file path")

    def _why(self, error: OSError) -> str:
        return f"open {self._path}: {reasonOf(error)}"


def _shown(running: RunningProxy, remote: Remote) -> dict[str, str]:
    """Where there are several servers, each has a row for the proxy, with its name."""
    config = running.config
    address = "" if running.error else running.remoteAddress
    if address and config.type in ("tcp", "udp"):
        # frps does not know how its clients call it.
        address = authority(remote.config.serverAddr, address.lstrip(":"))
    shown = {
        "name": config.name,
        "type": config.type,
        "status": running.phase.value,
        "err": running.error,
        "local_addr": authority(config.localIP, config.localPort) if config.localPort else "",
        "plugin": config.plugin.type if config.plugin is not None else "",
        "remote_addr": address,
    }
    return {**shown, "server": remote.name} if remote.name else shown


def adminServer(reactor: IReactor, client: FRPClient, path: str, load: Load) -> WebServer:
    """
    The web server of frpc.

    @param path: of the configuration file; empty if flags gave the configuration.
    """
    log = Log("frp.web.admin")
    config = client.config.webServer
    app = App(reactor, config, log)
    Admin(reactor, client, path, load, log).serve(app)
    return WebServer(reactor, config, app.resource, name="admin server", log=log)
