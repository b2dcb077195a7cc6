"""The part C{inspector}: what is kept of the requests of a client, by proxy, and how one is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import TYPE_CHECKING

from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import Handler, IExchange, fieldsOf
from frp.http.inspecting.gathering import Gathering
from frp.http.inspecting.parameters import HIDDEN, hidden, named, withoutHidden
from frp.http.inspecting.recording import Recorder
from frp.http.inspecting.records import KeptBody, Record, Redaction, Ring
from frp.http.inspecting.replaying import Replayed
from frp.http.inspecting.tables import InspectConfig
from frp.http.inspecting.unpacking import packed
from frp.http.observing import Observed, observe
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite
from frp.session.deadline import Later
from frp.values import define, frozen
from frp.wire.address import hostPort
from frp.wire.http.head import RequestHead

if TYPE_CHECKING:
    from frp.http.inspecting.keeping import Shelf

__all__ = ["Edit", "Inspector", "InspectorKind"]

#: So many proxies are remembered; the one that was last opened longest ago is forgotten first.
MOST = 100

#: Seconds from 1970 until 2025; numbers of requests begin with how long ago that was, in so many parts of a second: as
#: many as there may be requests in one until the next start without another start's numbers.
EPOCH = 1_735_689_600
RATE = 100

#: Seconds for the response to a request that is sent again.
PATIENCE = 60


@implementer(IClientPartKind)
class InspectorKind:
    def part(self, config: ClientConfig, site: IClientPartSite) -> IClientPart:
        return Inspector(site)


@frozen(kw_only=True)
class Edit:
    """
    What is other than it was in a request that is sent again; None leaves a thing as it was.

    @ivar fields: headers in place of all that there were.
    @ivar pack: whether the body is to be packed, as the headers say that it is.
    """

    method: str | None = None
    target: str | None = None
    fields: Iterable[tuple[str, str]] | None = None
    body: bytes | None = None
    pack: bool = False


@define(eq=False)
class _Watched:
    """One proxy."""

    ring: Ring
    handler: Handler
    config: InspectConfig
    redaction: Redaction
    shelf: Shelf | None
    shared: bool
    service: str


@implementer(IClientPart)
class Inspector:
    """
    Rings of records, by the names of proxies. They outlive a reload, and the proxy itself; with a file, frpc.

    @ivar told: each is called with a record when it is over.
    """

    def __init__(self, site: IClientPartSite) -> None:
        self._site = site
        self._clock = site.clock
        self._watched: dict[str, _Watched] = {}
        self._shelves: dict[str, Shelf] = {}
        # Each start has numbers of its own, or a link to a request would lead to another one after it.
        self._last = max(0, int((self._clock.seconds() - EPOCH) * RATE))
        self.told: list[Callable[[Record], object]] = []

    def start(self) -> None:
        """Files are opened for the proxies that name them."""

    async def stop(self) -> None:
        """What is in no file is forgotten."""
        self._watched.clear()
        while self._shelves:
            _, shelf = self._shelves.popitem()
            await shelf.close()

    def watch(
        self, name: str, handler: Handler, config: InspectConfig, *, shared: bool = False, service: str = ""
    ) -> Handler:
        """
        @param name: of the proxy whose requests the handler answers.
        @param shared: whether one connection brings the requests of several users, of whom frps tells in the head.
        @param service: the URL of what is behind the handler; empty where nobody knows it.
        @return: a handler that does what this one does, and is looked at.
        """
        known = self._watched.pop(name, None)
        ring = Ring(config.requests) if known is None else known.ring
        ring.resize(config.requests)
        shelf = self._shelf(config.file) if config.file else None
        watched = self._watched[name] = _Watched(
            ring, handler, config, Redaction.of(config.redact), shelf, shared, service
        )
        while len(self._watched) > MOST:
            del self._watched[next(iter(self._watched))]
        if shelf is not None and (known is None or known.shelf is not shelf):
            shelf.records(name, config.requests).addCallback(self._remember, watched, shelf, _over(ring))

        def handle(exchange: IExchange) -> None:
            self._observe(name, watched, exchange)

        return handle

    def _shelf(self, path: str) -> Shelf:
        found = self._shelves.get(path)
        if found is None:
            # Imported here, for few have one.
            from frp.http.inspecting.keeping import Shelf

            found = self._shelves[path] = Shelf(self._site.reactor, path, self._site.log)
        return found

    def _remember(self, older: list[Record], watched: _Watched, shelf: Shelf, unfiled: list[Record]) -> None:
        """
        What was in a file is there again; a number that somebody has got meanwhile is not its any more.

        @param unfiled: those that were over before the file was named, and go into it.
        """
        known = {(record.id, record.at) for record in watched.ring.latest}
        filed = {(record.id, record.at) for record in older}
        older = [record for record in older if (record.id, record.at) not in known]
        taken = {record.id for record in self.records()}
        self._last = max([self._last, *(record.id for record in older)])
        numbers = dict[int, int]()
        for record in older:
            if record.id in taken:
                self._last += 1
                numbers[record.id] = record.id = self._last
            record.again = numbers.get(record.again, record.again)
        for record in unfiled:
            if (record.id, record.at) not in filed:
                shelf.keep(record, watched.config.requests)
        watched.ring.remember(older)

    def _observe(
        self, name: str, watched: _Watched, exchange: IExchange, again: int = 0, without: Iterable[str] = ()
    ) -> tuple[Observed, Record]:
        self._last += 1
        head, limit = exchange.head, watched.config.bodySize
        record = Record(
            id=self._last,
            proxy=name,
            at=self._clock.seconds(),
            peer="" if again else _user(exchange, watched.shared),
            secure=exchange.secure,
            method=head.method.decode("latin-1"),
            target=watched.redaction.target(_targetOf(head)),
            version=head.version.decode("latin-1"),
            fields=watched.redaction.applied(head.fields),
            body=KeptBody(limit, ended=exchange.length == 0),
            responseBody=KeptBody(limit),
            again=again,
            without=list(without),
        )
        watched.ring.add(record)
        recorder = Recorder(record, watched.redaction, self._clock.seconds, self._over)
        observed = Gathering(exchange, recorder, self._clock, record.body)
        observe(watched.handler, observed)
        return observed, record

    def _over(self, record: Record) -> None:
        watched = self._watched.get(record.proxy)
        if watched is not None and watched.shelf is not None:
            watched.shelf.keep(record, watched.config.requests)
        for told in self.told:
            told(record)

    # What was kept

    @property
    def proxies(self) -> list[str]:
        """Those whose requests are kept, or were."""
        return sorted(self._watched)

    @property
    def files(self) -> dict[str, str]:
        """The paths of the files, with why one cannot be used; empty where it can."""
        return {path: shelf.unusable for path, shelf in sorted(self._shelves.items())}

    def records(self) -> Iterator[Record]:
        """Those that there are now, the latest first; whatever comes while they are looked through."""
        kept = [watched.ring.latest for watched in self._watched.values()]
        return merge(*kept, key=lambda record: record.at, reverse=True)

    def find(self, number: int) -> Record | None:
        found = (watched.ring.find(number) for watched in self._watched.values())
        return next(filter(None, found), None)

    def service(self, record: Record) -> str:
        """@return: the URL of what answers such requests now; empty where nobody knows it."""
        watched = self._watched.get(record.proxy)
        return "" if watched is None else watched.service

    def repeats(self, record: Record) -> list[int]:
        """@return: the numbers of those that repeat it, the latest first."""
        watched = self._watched.get(record.proxy)
        return [] if watched is None else [one.id for one in watched.ring.latest if one.again == record.id]

    def clear(self) -> None:
        """Forget all of it."""
        for watched in self._watched.values():
            watched.ring.clear()
        for shelf in self._shelves.values():
            shelf.clear()

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
        head, body = _edited(record, edit)
        replayed = Replayed(head, body, secure=record.secure)
        observed, made = self._observe(record.proxy, watched, replayed, record.id, _missing(record, head))
        patience = Later(self._clock)
        patience.set(PATIENCE, _leave, observed, replayed)
        await replayed.done
        patience.stop()
        return made


def _over(ring: Ring) -> list[Record]:
    """@return: those to which nothing more comes, the oldest first."""
    return [record for record in reversed(ring.latest) if record.outcome]


def _user(exchange: IExchange, shared: bool) -> str:
    """
    @return: who has asked. A connection that frps keeps was opened for somebody else, perhaps: what frps adds to
        C{X-Forwarded-For} is the user's host, whatever stands before it.
    """
    if not shared:
        return hostPort(exchange.peer)
    hops = exchange.head.fields.all(b"x-forwarded-for")
    return hops[-1].rpartition(b",")[2].strip().decode("latin-1") if hops else ""


def _leave(observed: Observed, replayed: Replayed) -> None:
    observed.explain(f"there was no whole answer within {PATIENCE} seconds")
    observed.ended("left")
    replayed.leave()


def _missing(record: Record, head: RequestHead) -> list[str]:
    """@return: the headers and parameters that were not kept, and nobody has said anew."""
    lacking = {*record.without, *(name for name, value in record.fields if value == HIDDEN)}
    lacking.update(f"?{name}" for name in hidden(record.target))
    given = {f"?{name}" for name in named(_targetOf(head))}
    return sorted(name for name in lacking - given if name.encode("utf-8").lower() not in head.fields)


def _targetOf(head: RequestHead) -> str:
    return head.target.decode("utf-8", "surrogateescape")


def _edited(record: Record, edit: Edit) -> tuple[RequestHead, bytes]:
    """@return: the head and the body of what is sent."""
    if edit.body is None and not record.body.whole:
        if not record.body.ended:
            raise Unavailable("not all of the body has come; say what is to be sent")
        kept = f"{len(record.body.kept)} of the {record.body.size} bytes of the body"
        raise Unavailable(f"only {kept} were kept; say what is to be sent, or let inspect.bodySize be larger")
    body = bytes(record.body.kept) if edit.body is None else edit.body
    given = list(record.fields if edit.fields is None else edit.fields)
    if edit.body is not None and edit.pack:
        body = packed(body, given)
    fields = fieldsOf([(name, value) for name, value in given if value != HIDDEN])
    # It is whole, whatever it was.
    fields.remove(b"transfer-encoding", b"content-length", b"expect", b"trailer")
    if body:
        fields.set(b"Content-Length", b"%d" % len(body))
    method, target = edit.method or record.method, withoutHidden(edit.target or record.target)
    head = RequestHead(method.encode("utf-8", "replace"), target.encode("utf-8", "surrogateescape"), fields)
    try:
        head.encode()
    except LocalWireError as error:
        raise LocalWireError(f"the request {error.brief}") from error
    return head, body
