"""One worker, whichever process it is: the next one is started when one has died."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from frp.cli.workers.life import WELL, Life
from frp.cli.workers.pulse import SILENCE, TICK, Pulse
from frp.errors import FRPError
from frp.logs import Log
from frp.session.deadline import Later

if TYPE_CHECKING:
    from frp.config.server import ServerConfig

__all__ = ["FIRST", "LONGEST", "STEADY", "Worker"]

#: Seconds before a worker is started that has died soon after its start: twice as many each time, up to the longest.
FIRST = 1.0
LONGEST = 30.0

#: One that has lived for so many seconds is started again at once.
STEADY = 30.0


class Worker:
    """
    @ivar number: which it is, from 1.
    @ivar gone: its process has ended, and there is to be no other.
    """

    def __init__(self, number: int, clock: IReactorTime, begin: Callable[[int], Life], log: Log) -> None:
        """@param begin: starts its process."""
        self.number = number
        self.gone = False
        self._clock = clock
        self._begin = begin
        self._log = log
        self._life: Life | None = None
        self._again = Later(clock)
        self._wait = 0.0
        self._leaving = False
        self._over: Callable[[], object] = lambda: None

    def start(self) -> Deferred[None]:
        """
        @return: fires when it has its ports, and knows the other workers; fails with an L{FRPError} that says why it
            has not.
        """
        life = self._life = self._begin(self.number)
        started: Deferred[None] = Deferred()
        life.ready.addCallback(self._serves, life).chainDeferred(started)

        def ended(how: str) -> str:
            if not started.called:
                brief = f"worker {self.number} has ended {how} before it could serve"
                started.errback(life.fault or FRPError(brief))
            return how

        life.ended.addCallback(ended)
        return started

    def _serves(self, _: None, life: Life) -> None:
        self._log.info("worker {number} (process {process}) serves", number=self.number, process=life.number)
        pulse = Pulse(self._clock, life.ask, lambda: self._hangs(life))
        life.heard, life.left = pulse.heard, pulse.stop
        pulse.start()

    def _hangs(self, life: Life) -> None:
        self._log.error(
            "worker {number} (process {process}) has done nothing for {seconds:g} s, and is killed",
            number=self.number,
            process=life.number,
            seconds=SILENCE * TICK,
        )
        life.kill()

    def keep(self, over: Callable[[], object]) -> None:
        """
        Let it take users and clients, and from now on start it again when it has died.

        @param over: is called when it has ended as it was to.
        """
        self._over = over
        assert self._life is not None, "it was started"
        self._life.take()
        self._life.ended.addCallback(self._ended, self._life, self._clock.seconds())

    def _ended(self, how: str, life: Life, since: float) -> None:
        if self._leaving:
            self.gone = True
            self._over()
            return
        if self._clock.seconds() - since >= STEADY:
            self._wait = 0.0
        why = f": {life.fault.oneLine}" if life.fault is not None else ""
        when = f"in {self._wait:g} s" if self._wait else "at once"
        say = self._log.info if how == WELL else self._log.error
        say(
            "worker {number} (process {process}) has ended {how}, and is started again {when}{why}",
            number=self.number,
            process=life.number,
            how=how,
            when=when,
            why=why,
        )
        self._again.set(self._wait, self._restart)
        self._wait = min(2 * self._wait, LONGEST) or FIRST

    def _restart(self) -> None:
        # What is wrong with one that does not start is said when it has ended.
        self.start().addErrback(lambda failure: failure.trap(FRPError))
        self.keep(self._over)

    def become(self, config: ServerConfig) -> Deferred[object]:
        """@return: fires when it has taken what it can take of a configuration."""
        return succeed(None) if self._life is None else self._life.become(config)

    def drain(self, seconds: float) -> None:
        """Let its clients go, and end."""
        self._leaving = True
        if self._again.waiting:
            self._again.stop()
            self.gone = True
            self._over()
        elif self._life is not None:
            self._life.drain(seconds)

    def stop(self) -> Deferred[object]:
        """@return: fires when its process has ended in good order."""
        self._leaving = True
        self._again.stop()
        life = self._life
        if life is None or life.ended.called:
            return succeed(None)
        life.stop()
        gone: Deferred[object] = Deferred()

        def ended(how: str) -> str:
            gone.callback(None)
            return how

        life.ended.addCallback(ended)
        return gone
