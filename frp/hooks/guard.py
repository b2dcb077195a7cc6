"""
What stands between a server and one of its hooks: a deadline, a barrier for errors, a breaker, and counters.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

import attrs
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, TimeoutError
from twisted.internet.interfaces import IProtocol, IReactorTime, ITransport
from twisted.python.failure import Failure

from frp.config.server import HookConfig
from frp.errors import FRPError, PluginError, Refused, Unavailable
from frp.hooks.operation import NEW_USER_CONN, Operation
from frp.interfaces import IServerHook, IStream
from frp.logs import Log

__all__ = ["AT_ONCE", "DEADLINE", "Counters", "Guard", "Terms", "Watching"]

AT_ONCE = 64
"""
How many questions about one operation are with one hook at the same time; the others wait. Each may be a connection,
and a stranger can cause as many as he likes.
"""

DEADLINE = 10.0
"""
Seconds that one hook has for one operation, where its configuration says nothing else. The reference sets no limit:
there one plugin that hangs keeps clients out until it answers.
"""


@attrs.frozen
class Terms:
    """
    What a hook is held to.

    @ivar timeout: seconds for one operation.
    @ivar passes: whether an operation goes on without the hook when that fails; else it is refused.
    @ivar maxFailures: in a row, after which the hook is left alone; 0 for never, since a failure that one client can
        cause would then shut out, or let in, all the others.
    @ivar retryAfter: seconds for which it is left alone.
    """

    timeout: float = DEADLINE
    passes: bool = False
    maxFailures: int = 0
    retryAfter: float = 30

    @classmethod
    def of(cls, config: object) -> Terms:
        """@param config: an entry of C{hooks}, or of C{httpPlugins}, which has no such keys."""
        if not isinstance(config, HookConfig):
            return cls()
        return cls(config.timeout, config.onError == "pass", config.maxFailures, config.retryAfter)


@attrs.define
class Counters:
    """
    What one hook has done.

    @ivar calls: how often it was asked or told.
    @ivar refusals: how often it said no.
    @ivar failures: how often it raised an error or answered nonsense.
    @ivar timeouts: how often it gave no answer in time.
    @ivar skipped: how often it was not asked, because it had failed too often.
    @ivar seconds: how long all its answers took together.
    """

    calls: int = 0
    refusals: int = 0
    failures: int = 0
    timeouts: int = 0
    skipped: int = 0
    seconds: float = 0.0


class Guard:
    """
    One hook.

    @ivar hook: whom it guards.
    @ivar counters: what it has done.
    @ivar failures: how often it has failed in a row.
    @ivar resting: whether it has failed too often, and is asked only now and then.
    """

    def __init__(self, hook: IServerHook, terms: Terms, clock: IReactorTime, log: Log) -> None:
        self.hook = hook
        self.terms = terms
        self.clock = clock
        self.counters = Counters()
        self._log = log
        self.failures = 0
        self.resting = False
        self._restsUntil = 0.0
        self._probing = False

    def ready(self) -> bool:
        """Whether it may be asked although it is L{resting}: after a while the first one who asks finds out for all."""
        if self._probing or self.clock.seconds() < self._restsUntil:
            return False
        self._probing = True
        return True

    def skip(self, operation: Operation[Any], passing: Any) -> Any:
        """
        It is not ready.

        @param passing: what goes on without it.
        @raise Refused: nothing does.
        """
        self.counters.skipped += 1
        if self.terms.passes:
            return passing
        raise Refused(_apology(operation))

    def answered(self, began: float) -> None:
        """It has said something, be it yes or no."""
        self.counters.seconds += self.clock.seconds() - began
        self.failures = 0
        if self.resting:
            self.resting = self._probing = False
            self._log.info("hook [{hook}] works again", hook=self.hook.name)

    def failed(self, began: float, error: Exception, operation: Operation[Any], passing: Any) -> Any:
        """
        It has not.

        @param passing: what goes on without it.
        @raise Refused: nothing does.
        """
        self.counters.seconds += self.clock.seconds() - began
        if isinstance(error, TimeoutError):
            self.counters.timeouts += 1
            error = Unavailable(f"no answer within {self.terms.timeout:g} s")
        else:
            self.counters.failures += 1
        self._report(operation, error)
        self._rest(error)
        if self.terms.passes:
            return passing
        raise Refused(_apology(operation)) from error

    def _rest(self, error: Exception) -> None:
        terms = self.terms
        self.failures += 1
        if self._probing:
            self._probing = False
            self._restsUntil = self.clock.seconds() + terms.retryAfter
        elif terms.maxFailures and self.failures >= terms.maxFailures and not self.resting:
            self.resting = True
            self._restsUntil = self.clock.seconds() + terms.retryAfter
            self._log.warn(
                "hook [{hook}] has failed {count} times in a row, the last time with: {reason}. It is not asked until "
                "it works again, which is tried every {seconds:g} s; {fate} meanwhile",
                hook=self.hook.name,
                count=self.failures,
                reason=str(error) or type(error).__name__,
                seconds=terms.retryAfter,
                fate="everything passes" if terms.passes else "what it watches is refused",
            )

    def _report(self, operation: Operation[Any], error: Exception) -> None:
        log = self._log.about(f"reqid: {operation.id}")
        name, hook = operation.name, self.hook.name
        text = "send {name} request to plugin [{hook}] error: {reason}"
        if not isinstance(error, FRPError):
            reason = f"{type(error).__name__}: {error}"
            log.failure(text, Failure(error), name=name, hook=hook, reason=reason)
        elif name == NEW_USER_CONN:
            log.info(text, name=name, hook=hook, reason=error.detail)
        else:
            log.warn(text, name=name, hook=hook, reason=error.detail)


def _apology(operation: Operation[Any]) -> str:
    return f"send {operation.name} request to plugin error"


_NO_ANSWER = object()


class Watching:
    """One hook at one operation."""

    def __init__(self, guard: Guard, method: Callable[..., Any], *, told: bool) -> None:
        """@param told: whether the hook is only told, so that any answer will do."""
        self.guard = guard
        self._method = method
        self._told = told
        self._silence: object = None if told else _NO_ANSWER
        self._seconds = guard.clock.seconds
        # One for each operation, so that who cannot log in does not keep clients from their heartbeats.
        self._turns = DeferredSemaphore(AT_ONCE)

    def ask(self, operation: Operation[Any], stream: IStream | None = None) -> Any:
        """
        @param stream: of a user, where the hook is given it.
        @return: what goes on: a message of the same class, or a stream, or a protocol in place of one; or a Deferred of
            it, where the hook does not answer at once.
        @raise Refused: (at once or in the Deferred) it said no, or could not answer. The text is that for the client.
        """
        if not self._turns.tokens:
            return Deferred.fromCoroutine(self._inTurn(operation, stream))
        answer = self._begin(operation, stream)
        if isinstance(answer, Deferred):
            self._turns.acquire()
            answer.addBoth(self._answered)
        return answer

    async def _inTurn(self, operation: Operation[Any], stream: IStream | None) -> Any:
        await self._turns.acquire()
        try:
            answer = self._begin(operation, stream)
            return await answer if isinstance(answer, Deferred) else answer
        finally:
            self._answered(None)

    def _answered(self, result: Any) -> Any:
        if self._turns.waiting:
            # Not from here: where hooks answer at once, each that waits would be a call within the one before.
            self.guard.clock.callLater(0, self._turns.release)
        else:
            self._turns.release()
        return result

    def _begin(self, operation: Operation[Any], stream: IStream | None) -> Any:
        guard = self.guard
        passing = operation.message if stream is None else stream
        if guard.resting and not guard.ready():
            return guard.skip(operation, passing)
        counters = guard.counters
        counters.calls += 1
        began = self._seconds()
        try:
            answer = self._method(operation) if stream is None else self._method(stream, operation)
            if (answer is passing or answer is self._silence) and not guard.resting:
                # By far the most, and there may be ten hooks for every user: nothing more than it takes.
                guard.failures = 0
                counters.seconds += self._seconds() - began
                return answer
            waiting = Deferred.fromCoroutine(answer) if iscoroutine(answer) else answer
            if not isinstance(waiting, Deferred):
                self._check(answer, operation, passing)
                guard.answered(began)
                return answer
        except Refused:
            counters.refusals += 1
            guard.answered(began)
            raise
        except Exception as error:
            return guard.failed(began, error, operation, passing)
        return Deferred.fromCoroutine(self._finish(waiting, began, operation, passing))

    async def _finish(self, waiting: Deferred[Any], began: float, operation: Operation[Any], passing: Any) -> Any:
        guard = self.guard
        try:
            answer = await waiting.addTimeout(guard.terms.timeout, guard.clock)
            self._check(answer, operation, passing)
        except Refused:
            guard.counters.refusals += 1
            guard.answered(began)
            raise
        except Exception as error:
            if self._told and isinstance(error, CancelledError):
                raise  # the server stops, and has waited for long enough
            return guard.failed(began, error, operation, passing)
        guard.answered(began)
        return answer

    def _check(self, answer: object, operation: Operation[Any], passing: Any) -> None:
        if answer is passing or self._told:
            return
        if passing is operation.message:
            right, wanted = isinstance(answer, type(passing)), type(passing).__name__
        else:
            right = ITransport.providedBy(answer) or IProtocol.providedBy(answer)
            wanted = "a stream or a protocol"
        if not right:
            raise PluginError(f"a hook answered {operation.name} with {type(answer).__name__}, not with {wanted}")
