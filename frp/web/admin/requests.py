"""What the inspector has kept, for a developer to look at, and to send again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from codecs import getincrementaldecoder
from typing import Literal

import attrs
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.errors import FRPError, Unavailable
from frp.http.inspecting.curl import curl
from frp.http.inspecting.part import Edit, Inspector
from frp.http.inspecting.records import KeptBody, Record
from frp.http.inspecting.unpacking import unpacked
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.session.turns import chosen
from frp.web.answers import APIError
from frp.web.operations import SECOND, Body, Media
from frp.web.paging import Page, Paging
from frp.web.queries import parameter, word
from frp.web.serving import WebPart
from frp.web.shaping import sometimes

__all__ = ["Requests"]

_UNKNOWN = {404: "there is no such request, or it was forgotten"}


@implementer(IAdminPartKind)
class Requests:
    """Below C{/api/v2/requests}."""

    def part(self, site: IAdminSite) -> IWebPart:
        return WebPart([_Requests(site.client)])


@attrs.frozen(kw_only=True)
class RequestSummary:
    """
    A request, as a list shows it. Times are seconds, sizes bytes.

    @ivar status: of the response; 0 while there is none.
    @ivar outcome: empty while it is under way.
    @ivar trouble: why the service did not answer, or the answer broke off.
    @ivar again: the id of the request that it repeats.
    @ivar without: headers that the repetition lacks, because they were not kept.
    """

    id: int
    proxy: str
    at: float
    peer: str
    method: str
    host: str
    target: str
    status: int
    outcome: str
    answered: float | None
    took: float | None
    size: int
    responseSize: int
    trouble: str = sometimes()
    again: int = sometimes()
    without: list[str] = sometimes()

    @classmethod
    def of(cls, record: Record) -> RequestSummary:
        return cls(
            id=record.id,
            proxy=record.proxy,
            at=record.at,
            peer=record.peer,
            method=record.method,
            host=record.host,
            target=_text(record.target),
            status=record.status,
            outcome=record.outcome,
            answered=record.answered,
            took=record.took,
            size=record.body.size,
            responseSize=record.responseBody.size,
            trouble=record.trouble,
            again=record.again,
            without=record.without,
        )


@attrs.frozen
class BodyShown:
    """
    The beginning of a body, unpacked where it was packed.

    @ivar size: bytes of the whole, as it was sent.
    @ivar whole: whether C{text} is all of it.
    """

    text: str
    encoding: Literal["utf-8", "base64"]
    size: int
    whole: bool

    @classmethod
    def of(cls, body: KeptBody, fields: list[tuple[str, str]]) -> BodyShown:
        shown, whole = unpacked(bytes(body.kept), fields)
        whole = whole and body.whole
        try:
            # A letter may be cut at the end of the part that was kept.
            return cls(getincrementaldecoder("utf-8")().decode(shown, whole), "utf-8", body.size, whole)
        except UnicodeDecodeError:
            return cls(b64encode(shown).decode(), "base64", body.size, whole)


@attrs.frozen(kw_only=True)
class RequestDetails:
    """All that is known of a request. Headers are pairs; those that are not kept have the value C{***}."""

    summary: RequestSummary
    version: str
    secure: bool
    headers: list[tuple[str, str]]
    body: BodyShown
    responseHeaders: list[tuple[str, str]]
    responseBody: BodyShown

    @classmethod
    def of(cls, record: Record) -> RequestDetails:
        return cls(
            summary=RequestSummary.of(record),
            version=record.version,
            secure=record.secure,
            headers=_shown(record.fields),
            body=BodyShown.of(record.body, record.fields),
            responseHeaders=_shown(record.responseFields),
            responseBody=BodyShown.of(record.responseBody, record.responseFields),
        )


@attrs.frozen
class RequestEdit:
    """
    What is other than it was. Headers are in place of all that there were.

    @ivar encoding: of the body.
    """

    method: str | None = sometimes(None)
    target: str | None = sometimes(None)
    headers: list[tuple[str, str]] | None = sometimes(None)
    body: str | None = sometimes(None)
    encoding: Literal["utf-8", "base64"] = sometimes("utf-8")

    def edit(self) -> Edit:
        """@raise APIError: the body is not in its encoding."""
        body = _bytes(self.body, self.encoding)
        return Edit(method=self.method, target=self.target, fields=self.headers, body=body)


@attrs.frozen(kw_only=True)
class _Which(Paging):
    proxy: str = parameter(word, "Of this proxy.")
    method: str = parameter(word, "With this method.")
    status: str = parameter(word, "With this status, such as 404, or 4xx.")
    q: str = parameter(word, "With each of these words in their address, or as method or status.")

    def passes(self, record: Record) -> bool:
        shown = str(record.status) if not self.status.endswith("xx") else f"{record.status // 100}xx"
        return (
            self.proxy in ("", record.proxy)
            and self.method.upper() in ("", record.method)
            and self.status in ("", shown)
            and self._found(record)
        )

    def _found(self, record: Record) -> bool:
        words = self.q.lower().split()
        if not words:
            return True
        address, others = record.address.lower(), (record.method.lower(), str(record.status))
        return all(word in others or word in address for word in words)


@attrs.frozen
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
        query=_Which,
        answers=Page[RequestSummary],
        refuses={400: "the query means nothing", 503: "frpc is not running"},
    )
    async def all(self, query: _Which) -> Page[RequestSummary]:
        found = await chosen(self._client.clock, query.passes, self._inspector().records())
        return query.of(found, RequestSummary.of)

    @SECOND.operation("DELETE", "/requests", "forget them", refuses={503: "frpc is not running"})
    def clear(self) -> None:
        self._inspector().clear()

    @SECOND.operation(
        "GET", "/requests/{id}", "one of them, with its response", answers=RequestDetails, refuses=_UNKNOWN
    )
    def one(self, id: str) -> RequestDetails:
        return RequestDetails.of(self._found(id))

    @SECOND.operation(
        "GET",
        "/requests/{id}/curl",
        "a command that makes the same request",
        answers=Media("text/plain; charset=utf-8"),
        refuses={**_UNKNOWN, 400: "not all of it is known"},
    )
    def command(self, id: str) -> str:
        try:
            return curl(self._found(id))
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
        record = self._found(id)
        try:
            again = await self._inspector().repeat(record, body.edit())
        except FRPError as error:
            raise APIError(400, error.brief) from error
        return RequestDetails.of(again)


def _bytes(text: str | None, encoding: str) -> bytes | None:
    if text is None:
        return None
    if encoding == "utf-8":
        return text.encode("utf-8", "replace")
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise APIError(400, f"the body is no base64: {error}") from error


def _shown(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in fields]


def _text(value: str) -> str:
    """Bytes that are no UTF-8 cannot stand in JSON."""
    return value.encode("utf-8", "replace").decode("utf-8")
