"""
What happens, for whoever listens: server-sent events, of which the last are kept for those who were away. What happens
again and again is kept once, and what strangers can make happen does not push out the rest. What is kept may outlive
the program, whose numbers go on then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from frp.session.deadline import Later
from frp.session.turns import chosen
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.operations import SECOND, Media
from frp.web.paging import BAD_QUERY, Page, Paging, anyOf
from frp.web.queries import Reader, parameter, word
from frp.web.reading import read
from frp.web.shaping import fieldsOf, sometimes

__all__ = ["Events"]

#: So many of each topic are kept.
KEPT = 500

#: Seconds after which a listener hears at least that nothing has happened: nobody shall take the connection for dead.
SILENCE = 15

#: So many may listen at once.
MOST = 100


def _count(given: str | None) -> int:
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) < 5):
        raise APIError(400, f"last must be a number, at most {KEPT}")
    return int(given)


@frozen
class _From:
    last: int = parameter(
        Reader(_count, {"type": "integer", "minimum": 0, "maximum": KEPT}),
        "How many that have happened already are told first.",
    )


@frozen(kw_only=True)
class Happening:
    """
    What has happened. Moments are seconds since 1970.

    @ivar topic: what, such as C{"proxy.up"}.
    @ivar name: of what it has happened to; C{type}, C{user} and C{client} are the same's, where it has them.
    @ivar since: when it was first the same; @ivar at: when it was last; @ivar times: how often.
    @ivar untold: how many others of this topic there were that nobody was told of.
    @ivar before: whether it was before the last start of the program.
    """

    number: int
    topic: str
    at: float
    since: float
    name: str
    type: str
    user: str
    client: str
    why: str
    times: int
    untold: int
    before: bool = sometimes(False)

    @property
    def same(self) -> tuple[str, ...]:
        """What tells one from another of its topic."""
        return (self.name, self.type, self.user, self.client, self.why)

    @property
    def fields(self) -> Mapping[str, object]:
        """What C{json} can write."""
        return fieldsOf(self) or {}

    @cached_property
    def text(self) -> bytes:
        """As listeners hear it."""
        data = {name: one for name, one in self.fields.items() if name not in ("number", "topic")}
        return f"id: {self.number}\nevent: {self.topic}\ndata: {json.dumps(data)}\n\n".encode()


@frozen(kw_only=True)
class _Which(Paging):
    topic: str = parameter(word, "Topics, or what they begin with, such as proxy; separated by commas.")
    client: str = parameter(word, "Of this client, or of one of its proxies.")
    q: str = parameter(word, "What stands in any of its texts.")

    def passes(self, one: Happening) -> bool:
        return (
            (not self.topic or any(f"{one.topic}.".startswith(f"{topic}.") for topic in self.topic.split(",")))
            and self.client in ("", one.client, one.name)
            and anyOf(self.q, (one.name, one.type, one.client, one.why))
        )


class Events:
    """A program's events."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._last = 0
        self._kept: dict[str, dict[tuple[str, ...], Happening]] = {}  # by topic, and what tells one from another
        self._listeners: set[_Listener] = set()

    def tell(
        self, topic: str, name: str, *, type: str = "", user: str = "", client: str = "", why: str = "", untold: int = 0
    ) -> None:
        """
        Something has happened. Where the same is known already, it takes its place, and says how often it was.

        @param topic: what, such as C{"proxy.up"}.
        @param name: of what it has happened to; C{type}, C{user} and C{client} are the same's, where it has them.
        @param untold: how many others of this topic there were that nobody was told of.
        """
        before = self._kept.get(topic, {}).get((name, type, user, client, why))
        self._last, now = self._last + 1, self._clock.seconds()
        told = Happening(
            number=self._last,
            topic=topic,
            at=now,
            since=now if before is None else before.since,
            name=name,
            type=type,
            user=user,
            client=client,
            why=why,
            times=1 if before is None else before.times + 1,
            untold=untold if before is None else before.untold + untold,
        )
        self._keep(told)
        if self._listeners:
            text = told.text
            for listener in list(self._listeners):
                listener.told(self._last, text)

    def _keep(self, one: Happening) -> None:
        """In place of the same, and of the oldest of its topic where there are too many."""
        kept = self._kept.setdefault(one.topic, {})
        kept.pop(one.same, None)
        kept[one.same] = one
        if len(kept) > KEPT:
            del kept[next(iter(kept))]

    def memory(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """As L{Kept.memory<frp.server.kept.Kept.memory>}: by their numbers."""
        return ((f"{one.number:020}", one.fields) for one in self._known())

    def remember(self, _name: str, data: Mapping[str, Any]) -> None:
        """As L{Kept.remember<frp.server.kept.Kept.remember>}."""
        try:
            one = read(Happening, {**data, "before": True})
        except APIError as error:
            raise ValueError(error.brief) from error
        self._last = max(self._last, one.number)
        self._keep(one)

    @SECOND.operation(
        "GET",
        "/events",
        "what happens, as it happens",
        query=_From,
        answers=Media("text/event-stream"),
        refuses={400: "that is no number of events"},
    )
    def listen(self, query: _From) -> Resource:
        return _Stream(self, query.last)

    @SECOND.operation(
        "GET",
        "/events/latest",
        "what has happened, the last one first",
        query=_Which,
        answers=Page[Happening],
        refuses=BAD_QUERY,
    )
    async def latest(self, query: _Which) -> Page[Happening]:
        return query.of((await chosen(self._clock, query.passes, self._known()))[::-1], lambda one: one)

    def since(self, number: int) -> tuple[int, bytes]:
        """@return: the number of the last event, and the texts of those behind this number that are known."""
        return self._last, b"".join(one.text for one in self._known() if one.number > number)

    def _known(self) -> list[Happening]:
        """@return: the last one last."""
        every = (one for kept in self._kept.values() for one in kept.values())
        return sorted(every, key=lambda one: one.number)

    def begin(self, request: Request, before: int) -> None:
        """
        Let one more listen: from now on, or from where it has left off.

        @param before: how many it hears first that have happened already, where it does not say where it left off.
        """
        if len(self._listeners) >= MOST:
            request.setResponseCode(503)
            request.finish()
            return
        given = request.getHeader("last-event-id") or ""
        left = given.isascii() and given.isdigit() and len(given) < 20
        last = int(given) if left else self._before(before)
        # A program that was started again counts from 1.
        listener = _Listener(self, request, last if last <= self._last else 0, self._clock)
        self._listeners.add(listener)
        request.notifyFinish().addBoth(lambda _: self._ended(listener))
        listener.begin()

    def _before(self, count: int) -> int:
        """@return: the number behind which so many are known, or all that there are."""
        latest = self._known()[-count:] if count else []
        return latest[0].number - 1 if latest else self._last

    def _ended(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        listener.end()

    def close(self) -> None:
        """Nobody listens any more."""
        for listener in list(self._listeners):
            listener.finish()


class _Stream(Resource):
    """Begins to tell."""

    isLeaf = True

    def __init__(self, events: Events, before: int) -> None:
        Resource.__init__(self)
        self._events = events
        self._before = before

    def render_GET(self, request: Request) -> int:
        request.setHeader(b"content-type", b"text/event-stream")
        # For nginx, which would gather what should arrive at once.
        request.setHeader(b"x-accel-buffering", b"no")
        self._events.begin(request, self._before)
        return NOT_DONE_YET


@implementer(IPushProducer)
class _Listener:
    """One connection. What happens while it does not take more waits in what is kept, not here."""

    def __init__(self, events: Events, request: HTTPRequest, last: int, clock: IReactorTime) -> None:
        self._events = events
        self.request = request
        self._last = last
        self._held = False
        self._silent = Later(clock)

    def begin(self) -> None:
        self.request.registerProducer(self, True)
        self._write(b": this is all that happens\n\n")
        self._catchUp()

    def end(self) -> None:
        """The listener is gone."""
        self._silent.stop()

    def finish(self) -> None:
        """There is nothing more to tell."""
        self.request.unregisterProducer()
        self.request.finish()

    def told(self, number: int, text: bytes) -> None:
        """One more thing has happened."""
        if not self._held and self._last == number - 1:
            self._last = number
            self._write(text)

    def _catchUp(self) -> None:
        self._last, text = self._events.since(self._last)
        if text:
            self._write(text)

    def _write(self, text: bytes) -> None:
        self._silent.set(SILENCE, self._bored)
        self.request.write(text)

    def _bored(self) -> None:
        if self._held:
            self._silent.set(SILENCE, self._bored)
        else:
            self._write(b":\n\n")

    def pauseProducing(self) -> None:
        self._held = True

    def resumeProducing(self) -> None:
        self._held = False
        self._catchUp()

    def stopProducing(self) -> None:
        """The end comes by C{notifyFinish}."""
