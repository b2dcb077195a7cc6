"""
One stay of a node in the store, from coming there until anything is wrong with it: two connections and a lease.

There is one way to mend whatever it is: the stay ends, and the node comes again. On one connection questions are asked,
on the other one all changes are heard. The lease is renewed in time; by whose clocks it ends is Redis' own and, here, a
monotonic one: nobody asks what day it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from secrets import token_hex

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from txredisapi import RedisError, ResponseError

from frp.directories.redis.connection import NOT_NOW, Connection, Ears, Store, refused
from frp.directories.redis.scripts import ALL, JOIN, LEASE, LEAVE, Script
from frp.directories.redis.words import Change
from frp.errors import FRPError, Unavailable
from frp.session.deadline import Later
from frp.values import frozen

__all__ = ["REAPED", "Away", "Pace", "Presence"]

#: How many things of a node that is gone are taken away at once: a few milliseconds of Redis.
REAPED = 500


@frozen
class Pace:
    """
    All in seconds.

    @ivar lease: for how long a node counts as alive that says nothing. Others are told within C{renewed} after that.
    @ivar renewed: how often it says that it is alive. This and C{patience} make less than the lease.
    @ivar patience: how long a question waits, and how long the store may say nothing.
    @ivar again: after how long the store is looked for again; twice as long each time, up to C{seldom}.
    """

    lease: float = 4.0
    renewed: float = 0.9
    patience: float = 3.0
    again: float = 0.1
    seldom: float = 2.0
    monotonic: Callable[[], float] = time.monotonic


class Away(FRPError):
    """The stay has ended; what was asked may have happened or not, and counts for nothing."""


class Presence:
    """
    A stay. It begins with L{begin}.

    @ivar node: what the node is called in it.
    """

    def __init__(
        self,
        store: Store,
        pace: Pace,
        clock: IReactorTime,
        changed: Callable[[Sequence[Change]], object],
        ended: Callable[[Presence], object],
    ) -> None:
        """
        @param changed: is told all changes since it began, in their order, those of one step together.
        @param ended: is called once, when it has ended by L{fail}.
        """
        self.node = ""
        self._store, self._pace, self._clock = store, pace, clock
        self._changed, self._ended = changed, ended
        self._token = token_hex(8)
        self._connections: list[Connection] = []
        self._why = ""
        self._leaving = False
        self._until = float("inf")
        self._since = pace.monotonic()
        self._sent: float | None = None
        self._later = Later(clock)
        # Where changes are: the last one that was told, those that came before anybody knew from where to count, and
        # one that was known at some time, and has to come.
        self._position = -1
        self._early: list[Sequence[Change]] = []
        self._expected = -1, 0.0
        self._reaching: list[tuple[int, Deferred[None]]] = []

    @property
    def position(self) -> int:
        """The number of the last change that was told."""
        return self._position

    @property
    def why(self) -> str:
        """Why it has ended; empty while it has not."""
        return self._why

    # Coming and going

    def begin(self, node: str, fresh: str, known: int) -> Deferred[None]:
        """
        Come to be there.

        @param node: what the node was called; it still is if its lease has lasted,
        @param fresh: and is called so if it has not.
        @param known: the latest epoch that the node knows.
        @return: fails with L{ConfigError<frp.errors.ConfigError>} or L{Unavailable<frp.errors.Unavailable>}.
        """

        def late(_: object, patience: float) -> Failure:
            place = self._store.place
            like = "Redis over TLS" if place.overTLS else "Redis"
            text = f"{place} does not answer as {like} does within {patience:g} seconds"
            return Failure(Unavailable("the directory cannot be reached", text))

        def failed(failure: Failure) -> Failure:
            self.end(failure.getErrorMessage())
            return failure

        beginning = Deferred.fromCoroutine(self._begin(node, fresh, known))
        return beginning.addTimeout(self._pace.patience, self._clock, late).addErrback(failed)

    async def _begin(self, node: str, fresh: str, known: int) -> None:
        place = self._store.place
        self._connections = await self._store.connect(Connection, lambda: Ears(self._heard))
        for connection in self._connections:
            connection.whenDisconnected().addCallback(lambda _: self.fail("the connection was lost"))
        asking, hearing = self._connections
        try:
            for script in ALL:
                await asking.execute_command("SCRIPT", "LOAD", script.text)
            await hearing.subscribe(place.channel)
            sent = self._pace.monotonic()
            joined = (node, self._token, fresh, self._milliseconds, known)
            answer = await self._call(JOIN, place.prefix, place.channel, *joined)
        except ResponseError as error:
            raise refused(place, error) from None
        except RedisError as error:
            raise Unavailable("the directory cannot be reached", f"{place}: {error}") from None
        assert isinstance(answer, list)
        self.node, self._position = answer
        self._until = sent + self._pace.lease
        self._later.set(self._pace.renewed, self._renew)
        early, self._early = self._early, []
        for changes in early:
            self._come(changes)

    @property
    def _milliseconds(self) -> int:
        return int(self._pace.lease * 1000)

    def leave(self) -> Deferred[None]:
        """Give the lease back, and all that is held by it."""

        async def leave() -> None:
            while not await self._ask(LEAVE, REAPED):
                pass

        self._leaving = True
        self._later.stop()
        return Deferred.fromCoroutine(leave())

    def end(self, why: str) -> None:
        """It is over. Nothing that was asked is answered any more, but with L{Away}."""
        if self._why:
            return
        self._why = why
        self._later.stop()
        for _, reaching in self._reaching:
            reaching.errback(Away(why))
        for connection in self._connections:
            connection.transport.abortConnection()

    def fail(self, why: str) -> None:
        """The same, and whoever waits for its end is told."""
        if not self._why:
            self.end(why)
            self._ended(self)

    # Asking

    def run(self, script: Script, *arguments: object) -> Deferred[object]:
        """
        Ask something as this node.

        @return: fires with the answer, in the order of the questions; fails with L{Away} where it cannot be believed,
            and with L{Unavailable<frp.errors.Unavailable>} where Redis cannot do it.
        """
        return self._ask(script, *arguments).addCallback(self._believed)

    def _ask(self, script: Script, *arguments: object) -> Deferred[object]:
        if self._why:
            return fail(Away(self._why))
        place = self._store.place
        asked = self._call(script, place.prefix, place.channel, self.node, self._token, *arguments)
        return asked.addErrback(self._refused)

    def _call(self, script: Script, *arguments: object) -> Deferred[object]:
        try:
            asked: Deferred[object] = self._connections[0].execute_command("EVALSHA", script.digest, 0, *arguments)
        except RedisError:  # lost, and nobody has been told
            return fail()
        return asked

    def _refused(self, failure: Failure) -> None:
        if self._why:
            raise Away(self._why)
        failure.trap(RedisError)
        text = failure.getErrorMessage().strip()
        if not failure.check(ResponseError) or text.partition(" ")[0] in NOT_NOW:
            self.fail(text.removeprefix("FENCED "))
            raise Away(text)
        raise Unavailable("the directory cannot do that", f"{self._store.place} says {text}")

    def _believed(self, answer: object) -> object:
        """@raise Away: it came too late: this process has stood still, and the lease has ended meanwhile."""
        if not self._lasts():
            raise Away(self._why)
        return answer

    def _lasts(self) -> bool:
        if not self._why and self._pace.monotonic() > self._until:
            self.fail("the lease of this node has ended before it was renewed")
        return not self._why

    # The lease

    def _renew(self) -> None:
        now = self._pace.monotonic()
        if self._sent is not None and now - self._sent > self._pace.patience:
            self.fail(f"it has not answered for {now - self._sent:.1f} seconds")
        if self._why or self._leaving:
            return
        self._later.set(self._pace.renewed, self._renew)
        if self._sent is None:
            self._sent = now
            # Whoever is back first after an outage leaves the others time to come.
            reaped = REAPED if now - self._since > self._pace.lease else 0
            self._ask(LEASE, self._milliseconds, reaped).addCallback(self._renewed, now).addErrback(_quietly)

    def _renewed(self, answer: object, sent: float) -> None:
        assert isinstance(answer, list)
        sequence, more = answer
        self._sent = None
        self._until = sent + self._pace.lease
        self._believed(answer)
        expected, since = self._expected
        if self._position >= expected:
            self._expected = sequence, sent
        elif sent - since > self._pace.patience:
            self.fail("changes are not heard of any more")
        if more:
            self._renew()

    # Hearing

    def _heard(self, message: str) -> None:
        changes = [Change.parse(line) for line in message.split("\n")]
        if self._position < 0:
            self._early.append(changes)
        else:
            self._come(changes)

    def _come(self, changes: Sequence[Change]) -> None:
        first, last = changes[0].sequence, changes[-1].sequence
        if last <= self._position or not self._lasts():
            return
        if first != self._position + 1:
            self.fail(f"changes were missed: {self._position + 1} to {first - 1}")
            return
        self._position = last
        self._changed(changes)
        reached = [each for each in self._reaching if each[0] <= last]
        self._reaching = [each for each in self._reaching if each[0] > last]
        for _, reaching in reached:
            reaching.callback(None)

    def reaches(self, sequence: int) -> Deferred[None]:
        """@return: fires when all changes up to this one were told; fails with L{Away}."""
        if self._why:
            return fail(Away(self._why))
        if self._position >= sequence:
            return succeed(None)
        reaching: Deferred[None] = Deferred()
        self._reaching.append((sequence, reaching))
        return reaching


def _quietly(failure: Failure) -> None:
    """Of a stay that has ended others are told."""
    failure.trap(Away, Unavailable)
