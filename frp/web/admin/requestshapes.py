"""Requests that the inspector has kept, as the API says them, and how they are chosen."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Literal

from frp.errors import LocalWireError
from frp.http.exchange import Fields, fieldsOf
from frp.http.inspecting.part import Edit
from frp.http.inspecting.records import BROKEN, KeptBody, Record
from frp.http.inspecting.searching import holds
from frp.http.inspecting.unpacking import packing, unpacked
from frp.values import frozen
from frp.web.answers import APIError, ConfigProblem
from frp.web.paging import Paging
from frp.web.queries import notNegative, oneOf, parameter, word
from frp.web.shaping import sometimes
from frp.wire.http.head import RequestHead

__all__ = [
    "Asked",
    "FileUsed",
    "Inspecting",
    "Neighbours",
    "RequestDetails",
    "RequestEdit",
    "RequestSummary",
    "Which",
    "WhichPage",
]


@frozen(kw_only=True)
class RequestSummary:
    """
    A request, as a list shows it. Times are seconds, sizes bytes.

    @ivar status: of the response; 0 while there is none.
    @ivar outcome: empty while it is under way.
    @ivar trouble: why the service did not answer, or the answer broke off.
    @ivar again: the id of the request that it repeats.
    @ivar without: headers that the repetition lacks, because they were not kept, and parameters of the query, with a
        question mark in front.
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


@frozen(kw_only=True)
class BodyShown:
    """
    The beginning of a body, unpacked where it was packed.

    @ivar size: bytes of it that have come, as they were sent.
    @ivar kept: how many of these were kept.
    @ivar ended: whether all of it has come.
    @ivar whole: whether C{text} is all of it.
    @ivar packed: how it was packed, where C{text} is not as it was sent.
    """

    text: str
    encoding: Literal["utf-8", "base64"]
    size: int
    kept: int
    ended: bool
    whole: bool
    packed: str = sometimes()

    @classmethod
    def of(cls, body: KeptBody, fields: list[tuple[str, str]]) -> BodyShown:
        kept = bytes(body.kept)
        shown, whole = unpacked(kept, fields)
        whole = whole and body.whole
        encoding: Literal["utf-8", "base64"] = "utf-8"
        try:
            # A letter may be cut at the end of the part that was kept.
            text = getincrementaldecoder("utf-8")().decode(shown, whole)
        except UnicodeDecodeError:
            text, encoding = b64encode(shown).decode(), "base64"
        return cls(
            text=text,
            encoding=encoding,
            size=body.size,
            kept=len(kept),
            ended=body.ended,
            whole=whole,
            packed=packing(fields) if shown != kept else "",
        )


@frozen(kw_only=True)
class RequestDetails:
    """
    All that is known of a request. Headers are pairs; those that are not kept have the value C{***}.

    @ivar repeats: the ids of requests that repeat it, the latest first.
    @ivar service: the URL of the service behind the proxy, as far as it is known.
    """

    summary: RequestSummary
    version: str
    secure: bool
    headers: list[tuple[str, str]]
    body: BodyShown
    responseHeaders: list[tuple[str, str]]
    responseBody: BodyShown
    repeats: list[int] = sometimes()
    service: str = sometimes()

    @classmethod
    def of(cls, record: Record, repeats: list[int], service: str) -> RequestDetails:
        return cls(
            summary=RequestSummary.of(record),
            version=record.version,
            secure=record.secure,
            headers=_shown(record.fields),
            body=BodyShown.of(record.body, record.fields),
            responseHeaders=_shown(record.responseFields),
            responseBody=BodyShown.of(record.responseBody, record.responseFields),
            repeats=repeats,
            service=service,
        )


@frozen
class FileUsed:
    """
    A file that requests are kept in.

    @ivar unusable: why they are not.
    """

    path: str
    unusable: str = sometimes()


@frozen
class Inspecting:
    """
    What is kept in all.

    @ivar total: how many requests.
    @ivar proxies: whose.
    """

    total: int
    proxies: list[str]
    files: list[FileUsed]


@frozen
class Neighbours:
    """The ids of what stands before and behind a request in a list; left out at its ends."""

    newer: int = sometimes()
    older: int = sometimes()


@frozen
class RequestEdit:
    """
    What is other than it was. Headers are in place of all that there were.

    @ivar encoding: of the body.
    @ivar pack: whether the body is to be packed, as C{Content-Encoding} says.
    """

    method: str | None = sometimes(None)
    target: str | None = sometimes(None)
    headers: list[tuple[str, str]] | None = sometimes(None)
    body: str | None = sometimes(None)
    encoding: Literal["utf-8", "base64"] = sometimes("utf-8")
    pack: bool = sometimes(False)

    def edit(self) -> Edit:
        """@raise APIError: something cannot be sent; each is named."""
        problems = list(self._problems())
        if problems:
            raise APIError(400, problems[0].problem, problems)
        body = _bytes(self.body, self.encoding)
        return Edit(method=self.method, target=self.target, fields=self.headers, body=body, pack=self.pack)

    def _problems(self) -> Iterator[ConfigProblem]:
        for name, head in (
            ("method", (self.method or "GET", "/")),
            ("target", ("GET", self.target or "/")),
        ):
            method, target = (word.encode("utf-8", "replace") for word in head)
            try:
                RequestHead(method, target, Fields([(b"Host", b"x")])).encode()
            except LocalWireError as error:
                yield ConfigProblem(name, f"the request {error.brief}")
        for number, pair in enumerate(self.headers or ()):
            try:
                fieldsOf([pair])
            except LocalWireError as error:
                yield ConfigProblem(f"headers[{number}]", error.detail)


@frozen
class Asked:
    """Whom a command asks."""

    to: str = parameter(
        oneOf("to", "address", "service", default="address"), "What the user saw, or what is behind it."
    )


@frozen(kw_only=True, slots=False)
class Which:
    """Some of the requests."""

    proxy: str = parameter(word, "Of this proxy.")
    method: str = parameter(word, "With this method.")
    status: str = parameter(
        word, "With this status, such as 404, or 4xx; with this outcome, such as left; or failed, in whatever way."
    )
    slower: float = parameter(notNegative("slower"), "That took longer than so many seconds.")
    q: str = parameter(
        word,
        "With each of these words in their address, the user's, headers or bodies, or as method, status or outcome.",
    )

    def passes(self, record: Record, now: float) -> bool:
        return (
            self.proxy in ("", record.proxy)
            and self.method.upper() in ("", record.method)
            and self._went(record)
            and (not self.slower or record.lasted(now) > self.slower)
            and holds(record, self.q.lower().split())
        )

    def _went(self, record: Record) -> bool:
        if self.status == "failed":
            return record.failed
        if self.status.endswith("xx"):
            return record.outcome not in BROKEN and f"{record.status // 100}xx" == self.status
        return self.status in ("", str(record.status), record.outcome)


@frozen(kw_only=True)
class WhichPage(Which, Paging):
    """Some of the requests, a page at a time."""


def _bytes(text: str | None, encoding: str) -> bytes | None:
    if text is None:
        return None
    if encoding == "utf-8":
        return text.encode("utf-8", "replace")
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise APIError(400, f"the body is no base64: {error}") from error


def _shown(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in fields]


def _text(value: str) -> str:
    """Bytes that are no UTF-8 cannot stand in JSON."""
    return value.encode("utf-8", "replace").decode("utf-8")
