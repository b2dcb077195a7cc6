"""The reference's API of frpc: what its proxies do, its configuration, reload and stop."""

from __future__ import annotations

from zope.interface import implementer

from frp.client.service import FRPClient
from frp.config.replacing import replaceFile
from frp.errors import reasonOf
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.session.turns import inTurns
from frp.values import frozen
from frp.web.admin.configuration import needFile, reread
from frp.web.admin.statuses import ProxyStatus, proxyStatuses
from frp.web.admin.strictly import Strictly
from frp.web.answers import Answer, APIError, tagOf
from frp.web.operations import FIRST, Body, Media
from frp.web.queries import maybe, parameter
from frp.web.serving import WebPart

__all__ = ["STOP_DELAY", "FirstAPI", "ServerStatus"]

#: Seconds in which the answer to a stop goes out.
STOP_DELAY = 0.1

_FILE = Media("text/plain; charset=utf-8")


@frozen(kw_only=True)
class ServerStatus:
    """How it stands with a server."""

    name: str
    addr: str
    status: str
    err: str


@frozen
class OnlyIf:
    """What the file has to be still. The reference's own clients leave it out."""

    ifMatch: str | None = parameter(maybe, "Writes only in place of what has this ETag.", header="If-Match")

    def fits(self, tag: str) -> bool:
        wanted = [one.strip() for one in (self.ifMatch or "").split(",")]
        return tag in wanted or "*" in wanted


@implementer(IAdminPartKind)
class FirstAPI:
    """Below C{/api}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Admin(site, site.client)])


@frozen
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
        await reread(self._site, query)

    @FIRST.operation("POST", "/stop", "stop frpc")
    def stop(self) -> None:
        self._site.reactor.callLater(STOP_DELAY, self._client.stopService)

    @FIRST.operation(
        "GET", "/config", "the configuration file", answers=_FILE, refuses={400: "there is none, or it cannot be read"}
    )
    def read(self) -> Answer:
        content = self._content()
        return Answer(content, _FILE.type, headers={"ETag": tagOf(content)})

    @FIRST.operation(
        "PUT",
        "/config",
        "write it",
        query=OnlyIf,
        takes=Body(_FILE, "The whole file."),
        refuses={
            400: "there is no file, or nothing to write",
            412: "it has changed since; nothing was written",
            500: "it cannot be written",
        },
    )
    def write(self, body: bytes, query: OnlyIf) -> None:
        if not body:
            raise APIError(400, "body can't be empty")
        needFile(self._site)
        # Nothing of ours comes between this and the writing.
        if query.ifMatch is not None and not query.fits(tagOf(self._content())):
            raise APIError(412, "the file has changed since it was read")
        try:
            replaceFile(self._site.path, body)
        except OSError as error:
            raise APIError(500, self._why(error)) from error

    def _content(self) -> bytes:
        needFile(self._site)
        try:
            with open(self._site.path, "rb") as file:
                return file.read()
        except OSError as error:
            raise APIError(400, f"invalid argument: {self._why(error)}") from error

    def _why(self, error: OSError) -> str:
        return f"open {self._site.path}: {reasonOf(error)}"
