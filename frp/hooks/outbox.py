"""Sending in the background: in order, more than once where it must be, and never more than there is room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import attrs
from twisted.internet.defer import Deferred, TimeoutError, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from frp.errors import Unavailable
from frp.http.fetch import Fetcher
from frp.logs import Log

__all__ = ["Letter", "Outbox"]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


@attrs.frozen
class Letter:
    """
    How each is sent.

    @ivar timeout: seconds for one attempt.
    @ivar tries: how many attempts there are.
    """

    url: str
    headers: Mapping[str, str]
    timeout: float
    tries: int

    @classmethod
    def json(cls, url: str, token: str, timeout: float, tries: int) -> Letter:
        """@param token: proves to the other side who sends; may be empty."""
        proof = {"Authorization": f"Bearer {token}"} if token else {}
        return cls(url, {"Content-Type": "application/json", **proof}, timeout, tries)


class Outbox:
    """Posts one body after the other."""

    def __init__(self, letter: Letter, room: int, fetcher: Fetcher, clock: IReactorTime, log: Log) -> None:
        """@param room: how many may wait; then the oldest ones are lost."""
        self._letter = letter
        self._fetcher = fetcher
        self._clock = clock
        self._log = log
        self._waiting: deque[bytes] = deque(maxlen=max(1, room))
        self._sending: Deferred[None] | None = None
        self._closing = False
        self._lost = 0

    def add(self, body: bytes) -> None:
        """Send it, when all that came before is sent."""
        if len(self._waiting) == self._waiting.maxlen:
            self._lost += 1
        self._waiting.append(body)
        if self._sending is None:
            self._sending = sending = Deferred.fromCoroutine(self._send())
            if sending.called:
                self._sending = None

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._deliver(self._waiting.popleft())
                lost, self._lost = self._lost, 0
                if lost:
                    self._log.warn("{count} events are lost: too many waited", count=lost)
        finally:
            self._sending = None

    async def _deliver(self, body: bytes) -> None:
        pause = _FIRST_PAUSE
        for attempt in range(self._letter.tries, 0, -1):
            problem = await self._post(body)
            if not problem:
                return
            if attempt == 1 or self._closing:
                self._log.warn("an event is given up: {reason}", reason=problem)
                return
            self._log.debug("an event is sent again in {seconds:g} s: {reason}", seconds=pause, reason=problem)
            await deferLater(self._clock, pause, lambda: None)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _post(self, body: bytes) -> str:
        """@return: what went wrong, or nothing."""
        letter = self._letter
        posting = Deferred.fromCoroutine(self._fetcher.post(letter.url, letter.headers, body))
        try:
            answer = await posting.addTimeout(letter.timeout, self._clock)
        except TimeoutError:
            return f"no answer within {letter.timeout:g} s"
        except Unavailable as error:
            return error.detail
        return "" if 200 <= answer.code < 300 else f"the answer was {answer.code}"

    def close(self) -> Deferred[None]:
        """@return: fires when what waits was sent, or tried once; cancel it to wait no longer."""
        self._closing = True
        sending: Deferred[None] = self._sending or succeed(None)
        return sending.addBoth(lambda _: self._fetcher.close())
