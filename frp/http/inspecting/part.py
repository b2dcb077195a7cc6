"""The part C{inspector}: what is kept of the requests of a client, by proxy, and how one is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import Handler, IExchange, fieldsOf
from frp.http.inspecting.observing import observe
from frp.http.inspecting.records import HIDDEN, KeptBody, Record, Redaction, Ring
from frp.http.inspecting.replaying import Replayed
from frp.http.inspecting.tables import InspectConfig
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite
from frp.wire.address import authority
from frp.wire.http.head import RequestHead

__all__ = ["Edit", "Inspector", "InspectorKind"]

#: So many proxies are remembered; the one that was last opened longest ago is forgotten first.
MOST = 100

#: Seconds for the response to a request that is sent again.
PATIENCE = 60


@implementer(IClientPartKind)
class InspectorKind:
    def part(self, config: ClientConfig, site: IClientPartSite) -> IClientPart:
        return Inspector(site.clock)


@attrs.frozen(kw_only=True)
class Edit:
    """
    What is other than it was in a request that is sent again; None leaves a thing as it was.

    @ivar fields: headers in place of all that there were.
    """

    method: str | None = None
    target: str | None = None
    fields: Iterable[tuple[str, str]] | None = None
    body: bytes | None = None


@attrs.define(eq=False)
class _Watched:
    """One proxy."""

    ring: Ring
    handler: Handler
    config: InspectConfig
    redaction: Redaction


@implementer(IClientPart)
class Inspector:
    """
    Rings of records, by the names of proxies. They outlive a reload, and the proxy itself.

    @ivar told: each is called with a record when it is over.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._last = 0
        self.told: list[Callable[[Record], object]] = []

    def start(self) -> None:
        """There is nothing to open."""

    def stop(self) -> None:
        """All is forgotten."""
        self._watched.clear()

    def watch(self, name: str, handler: Handler, config: InspectConfig) -> Handler:
        """
        @param name: of the proxy whose requests the handler answers.
        @return: a handler that does what this one does, and is looked at.
        """
        known = self._watched.pop(name, None)
        ring = Ring(config.requests) if known is None else known.ring
        ring.resize(config.requests)
        watched = self._watched[name] = _Watched(ring, handler, config, Redaction.of(config.redact))
        while len(self._watched) > MOST:
            del self._watched[next(iter(self._watched))]

        def handle(exchange: IExchange) -> None:
            self._observe(name, watched, exchange, 0)

        return handle

    def _observe(self, name: str, watched: _Watched, exchange: IExchange, again: int) -> Record:
        self._last += 1
        head, limit = exchange.head, watched.config.bodySize
        record = Record(
            id=self._last,
            proxy=name,
            at=self._clock.seconds(),
            peer="" if again else _whence(exchange.peer),
            secure=exchange.secure,
            method=head.method.decode("latin-1"),
            target=head.target.decode("utf-8", "surrogateescape"),
            version=head.version.decode("latin-1"),
            fields=watched.redaction.applied(head.fields),
            body=KeptBody(limit, ended=exchange.length == 0),
            responseBody=KeptBody(limit),
            again=again,
        )
        watched.ring.add(record)
        observe(watched.handler, exchange, record, watched.redaction, self._clock.seconds, self._over)
        return record

    def _over(self, record: Record) -> None:
        for told in self.told:
            told(record)

    # What was kept

    def records(self) -> Iterator[Record]:
        """The latest first."""
        return iter(sorted(self._kept(), key=lambda record: record.id, reverse=True))

    def find(self, number: int) -> Record | None:
        return next((record for record in self._kept() if record.id == number), None)

    def _kept(self) -> Iterator[Record]:
        for watched in self._watched.values():
            yield from watched.ring

    def clear(self) -> None:
        """Forget all of it."""
        for watched in self._watched.values():
            watched.ring.clear()

    # Once more

    async def repeat(self, record: Record, edit: Edit) -> Record:
        """
        Send a request again, by the way that those of its proxy go now, and wait for the response.

        @raise Unavailable: not all of it is known, and the edit does not say it.
        @raise LocalWireError: what the edit says cannot stand in a request.
        """
        watched = self._watched.get(record.proxy)
        if watched is None:
            raise Unavailable(f"proxy {record.proxy} is not known any more")
        replayed = Replayed(*_edited(record, edit), secure=record.secure)
        patience = self._clock.callLater(PATIENCE, replayed.leave)
        found = self._observe(record.proxy, watched, replayed, record.id)
        await replayed.done
        if patience.active():
            patience.cancel()
        return found


def _whence(peer: IPv4Address | IPv6Address) -> str:
    return authority(peer.host, peer.port)


def _edited(record: Record, edit: Edit) -> tuple[RequestHead, bytes]:
    """@return: the head and the body of what is sent."""
    if edit.body is None and not record.body.whole:
        if not record.body.ended:
            raise Unavailable("not all of the body has come; say what is to be sent")
        kept = f"{len(record.body.kept)} of the {record.body.size} bytes of the body"
        raise Unavailable(f"only {kept} were kept; say what is to be sent, or let inspect.bodySize be larger")
    body = bytes(record.body.kept) if edit.body is None else edit.body
    given = list(record.fields if edit.fields is None else edit.fields)
    fields = fieldsOf([(name, value) for name, value in given if value != HIDDEN])
    # It is whole, whatever it was.
    fields.remove(b"transfer-encoding", b"content-length", b"expect", b"trailer")
    if body:
        fields.set(b"Content-Length", b"%d" % len(body))
    method, target = edit.method or record.method, edit.target or record.target
    head = RequestHead(method.encode("utf-8", "replace"), target.encode("utf-8", "surrogateescape"), fields)
    try:
        head.encode()
    except LocalWireError as error:
        raise LocalWireError(f"the request {error.brief}") from error
    return head, body
