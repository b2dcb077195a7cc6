"""The reference's API of frpc: what its proxies do, its configuration, reload and stop."""

from __future__ import annotations

import attrs
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.config.replacing import replaceFile
from frp.errors import ConfigErrors, reasonOf
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.session.turns import inTurns
from frp.web.admin.statuses import ProxyStatus, proxyStatuses
from frp.web.admin.strictly import Strictly
from frp.web.answers import APIError, unusable
from frp.web.operations import FIRST, Body, Media
from frp.web.serving import WebPart

__all__ = ["STOP_DELAY", "FirstAPI", "ServerStatus"]

#: Seconds in which the answer to a stop goes out.
STOP_DELAY = 0.1

_FILE = Media("text/plain; charset=utf-8")


@attrs.frozen(kw_only=True)
class ServerStatus:
    """How it stands with a server."""

    name: str
    addr: str
    status: str
    err: str


@implementer(IAdminPartKind)
class FirstAPI:
    """Below C{/api}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Admin(site, site.client)])


@attrs.frozen
class _Admin:
    _site: IAdminSite
    _client: FRPClient

    @FIRST.operation("GET", "/status", "what the proxies do", answers=dict[str, list[ProxyStatus]])
    async def status(self) -> dict[str, list[ProxyStatus]]:
        found: dict[str, list[ProxyStatus]] = {}
        shown = proxyStatuses(self._client, early=True)
        await inTurns(self._site.clock, lambda one: found.setdefault(one.type, []).append(one), shown)
        return found

    @FIRST.operation("GET", "/servers", "how it stands with each server", answers=list[ServerStatus])
    def servers(self) -> list[ServerStatus]:
        return [
            ServerStatus(
                name=remote.name,
                addr=remote.address,
                status=remote.status,
                err=remote.error,
            )
            for remote in self._client.remotes
        ]

    @FIRST.operation(
        "GET",
        "/reload",
        "read the configuration file again",
        query=Strictly,
        refuses={400: "the file cannot be used; nothing has changed"},
        changes=True,
    )
    async def reload(self, query: Strictly) -> None:
        self._needFile()
        try:
            await self._client.reload(lambda: self._site.load(query.strictConfig))
        except ConfigErrors as errors:
            raise unusable("invalid argument", errors) from errors
        self._site.log.info("success reload conf")

    @FIRST.operation("POST", "/stop", "stop frpc")
    def stop(self) -> None:
        self._site.reactor.callLater(STOP_DELAY, self._client.stopService)

    @FIRST.operation(
        "GET", "/config", "the configuration file", answers=_FILE, refuses={400: "there is none, or it cannot be read"}
    )
    def read(self) -> bytes:
        self._needFile()
        try:
            with open(self._site.path, "rb") as file:
                return file.read()
        except OSError as error:
            raise APIError(400, f"invalid argument: {self._why(error)}") from error

    @FIRST.operation(
        "PUT",
        "/config",
        "write it",
        takes=Body(_FILE, "The whole file."),
        refuses={400: "there is no file, or nothing to write", 500: "it cannot be written"},
    )
    def write(self, body: bytes) -> None:
        if not body:
            raise APIError(400, "body can't be empty")
        self._needFile()
        try:
            replaceFile(self._site.path, body)
        except OSError as error:
            raise APIError(500, self._why(error)) from error

    def _needFile(self) -> None:
        if not self._site.path:
            raise APIError(400, "invalid argument: frpc has no config file path")

    def _why(self, error: OSError) -> str:
        return f"open {self._site.path}: {reasonOf(error)}"
