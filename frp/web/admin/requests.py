"""What the inspector has kept, for a developer to look at, and to send again."""

from __future__ import annotations

from zope.interface import implementer

from frp.client.service import FRPClient
from frp.errors import FRPError, Unavailable
from frp.http.inspecting.curl import curl
from frp.http.inspecting.part import Inspector
from frp.http.inspecting.records import Record
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.session.turns import chosen
from frp.values import frozen
from frp.web.admin.requestshapes import (
    Asked,
    FileUsed,
    Inspecting,
    Neighbours,
    RequestDetails,
    RequestEdit,
    RequestSummary,
    Which,
    WhichPage,
)
from frp.web.answers import APIError
from frp.web.operations import SECOND, Body, Media
from frp.web.paging import Page
from frp.web.serving import WebPart

__all__ = ["Requests"]

_UNKNOWN = {404: "there is no such request, or it was forgotten"}


@implementer(IAdminPartKind)
class Requests:
    """Below C{/api/v2/requests}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Requests(site.client)])


@frozen
class _Requests:
    _client: FRPClient

    def _inspector(self) -> Inspector:
        prepared = self._client.prepared
        if prepared is None:
            raise APIError(503, "frpc has not started yet, or stops")
        found: Inspector = prepared.parts.find("inspector")
        return found

    def _found(self, id: str) -> Record:
        record = self._inspector().find(int(id)) if id.isascii() and id.isdigit() and len(id) < 20 else None
        if record is None:
            raise APIError(404, f"there is no request {id}")
        return record

    @SECOND.operation(
        "GET",
        "/requests",
        "the last requests of proxies with inspect, the latest first",
        query=WhichPage,
        answers=Page[RequestSummary],
        refuses={400: "the query means nothing", 503: "frpc is not running"},
    )
    async def all(self, query: WhichPage) -> Page[RequestSummary]:
        return query.of(await self._chosen(query), RequestSummary.of)

    async def _chosen(self, query: Which, record: Record | None = None) -> list[Record]:
        """@param record: is among them in any case."""
        clock = self._client.clock
        now = clock.seconds()

        def passes(one: Record) -> bool:
            return one is record or query.passes(one, now)

        return await chosen(clock, passes, self._inspector().records())

    @SECOND.operation(
        "GET",
        "/inspecting",
        "whose requests are kept, and where",
        answers=Inspecting,
        refuses={503: "frpc is not running"},
    )
    def inspecting(self) -> Inspecting:
        inspector = self._inspector()
        files = [FileUsed(path, why) for path, why in inspector.files.items()]
        return Inspecting(sum(1 for _ in inspector.records()), inspector.proxies, files)

    @SECOND.operation("DELETE", "/requests", "forget them", refuses={503: "frpc is not running"})
    def clear(self) -> None:
        self._inspector().clear()

    @SECOND.operation(
        "GET", "/requests/{id}", "one of them, with its response", answers=RequestDetails, refuses=_UNKNOWN
    )
    def one(self, id: str) -> RequestDetails:
        return self._details(self._found(id))

    def _details(self, record: Record) -> RequestDetails:
        inspector = self._inspector()
        return RequestDetails.of(record, inspector.repeats(record), inspector.service(record))

    @SECOND.operation(
        "GET",
        "/requests/{id}/neighbours",
        "what stands beside it in the list that the query chooses",
        query=Which,
        answers=Neighbours,
        refuses={**_UNKNOWN, 400: "the query means nothing"},
    )
    async def neighbours(self, id: str, query: Which) -> Neighbours:
        record = self._found(id)
        ids = [0, *(one.id for one in await self._chosen(query, record)), 0]
        at = ids.index(record.id)
        return Neighbours(ids[at - 1], ids[at + 1])

    @SECOND.operation(
        "GET",
        "/requests/{id}/curl",
        "a command that makes the same request",
        query=Asked,
        answers=Media("text/plain; charset=utf-8"),
        refuses={**_UNKNOWN, 400: "not all of it is known"},
    )
    def command(self, id: str, query: Asked) -> str:
        record = self._found(id)
        try:
            return curl(record, self._inspector().service(record) if query.to == "service" else "")
        except Unavailable as error:
            raise APIError(400, error.brief) from error

    @SECOND.operation(
        "POST",
        "/requests/{id}/replay",
        "send it again, and answer with what came of it",
        takes=Body(RequestEdit, "What shall be other than it was; {} for nothing."),
        answers=RequestDetails,
        refuses={**_UNKNOWN, 400: "it cannot be sent"},
    )
    async def replay(self, id: str, body: RequestEdit) -> RequestDetails:
        record, edit = self._found(id), body.edit()
        try:
            again = await self._inspector().repeat(record, edit)
        except FRPError as error:
            raise APIError(400, error.brief) from error
        return self._details(again)
