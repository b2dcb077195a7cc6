"""
One hook as its server sees it: what it is held to, what becomes of an operation when it fails, and when it is left
alone.
"""

from __future__ import annotations

from twisted.internet.defer import CancelledError, TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.config.server import HookConfig
from frp.errors import FRPError, Refused, Unavailable
from frp.interfaces import IServerHook
from frp.interfaces.operations import NEW_USER_CONN, Operation
from frp.logs import Log
from frp.values import define, frozen
from frp.wire.messages import Login, NewProxy

__all__ = ["DEADLINE", "Counters", "Guard", "Terms"]

DEADLINE = 10.0
"""
Seconds that one hook has for one operation, where its configuration says nothing else. The reference sets no limit:
there one plugin that hangs keeps clients out until it answers.
"""


@frozen
class Terms:
    """
    What a hook is held to.

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


@define
class Counters:
    """
    What one hook has done.

    @ivar failures: how often it raised an error or answered nonsense.
    @ivar skipped: how often it was not asked, because it had failed too often, or too many were waiting for it.
    @ivar seconds: how long all its answers took together.
    """

    calls: int = 0
    refusals: int = 0
    failures: int = 0
    timeouts: int = 0
    skipped: int = 0
    seconds: float = 0.0


class Guard:
    """One hook. It is C{resting} when it has failed too often in a row, and is asked only now and then."""

    def __init__(self, hook: IServerHook, terms: Terms, clock: IReactorTime, log: Log, name: str = "") -> None:
        self.hook = hook
        self.name = name or hook.name
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

    def skip(self, operation: Operation[object], passing: object, why: str = "") -> object:
        """
        It is not asked.

        @param passing: what goes on without it, or else L{Refused} is raised.
        @param why: empty where the log has said so already.
        """
        self.counters.skipped += 1
        error = Unavailable(why or f"it has failed {self.failures} times in a row, and is not asked now")
        if why:
            self._report(operation, error)
        if self.terms.passes:
            return passing
        raise self._refused(operation, error) from error

    def answered(self, began: float) -> None:
        """It has said something, be it yes or no."""
        self.counters.seconds += self.clock.seconds() - began
        self.failures = 0
        if self.resting:
            self.resting = self._probing = False
            self._log.info("hook [{hook}] works again", hook=self.hook.name)

    def abandoned(self, began: float) -> Refused:
        """
        Who asked has gone, and does not wait for it any more: nothing is known of it.

        @return: what there is to say all the same.
        """
        self.counters.seconds += self.clock.seconds() - began
        self._probing = False
        why = "the client has gone, or the server stops"
        return Refused(why, f"hook [{self.name}] is not waited for: {why}")

    def failed(self, began: float, error: Exception, operation: Operation[object], passing: object) -> object:
        """It has not. The same as L{skip}."""
        self.counters.seconds += self.clock.seconds() - began
        if isinstance(error, TimeoutError):
            self.counters.timeouts += 1
            error = Unavailable(f"no answer within {self.terms.timeout:g} s")
        else:
            self.counters.failures += 1
            if isinstance(error, CancelledError):
                error = Unavailable("what it waited for was cancelled")
        self._report(operation, error)
        self._rest(error)
        if self.terms.passes:
            return passing
        raise self._refused(operation, error) from error

    def changed(self, operation: Operation[object], answer: object) -> None:
        """It has put another message in the place of one. What nobody can want is worth a word."""
        if _emptied(operation.message, answer):
            self._log.about(f"reqid: {operation.id}").warn(
                "hook [{hook}] has answered {name} with an empty message, which takes the place of what the client has "
                "said; one that changes nothing has to say so (an HTTP service: unchange)",
                hook=self.name,
                name=operation.name,
            )

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
                hook=self.name,
                count=self.failures,
                reason=_reason(error),
                seconds=terms.retryAfter,
                fate="everything passes" if terms.passes else "what it watches is refused",
            )

    def _report(self, operation: Operation[object], error: Exception) -> None:
        log = self._log.about(f"reqid: {operation.id}")
        name, hook = operation.name, self.name
        text = "send {name} request to plugin [{hook}] error: {reason}"
        if not isinstance(error, FRPError):
            log.failure(text, Failure(error), name=name, hook=hook, reason=_reason(error))
        elif name == NEW_USER_CONN:
            log.info(text, name=name, hook=hook, reason=error.detail)
        else:
            log.warn(text, name=name, hook=hook, reason=error.detail)

    def _refused(self, operation: Operation[object], error: Exception) -> Refused:
        """@return: what the client is told is the reference's; which hook it was, and why, is for the operator."""
        brief = f"send {operation.name} request to plugin error"
        return Refused(brief, f"{brief}: hook [{self.name}]: {_reason(error)}")


def _reason(error: Exception) -> str:
    return error.detail if isinstance(error, FRPError) else f"{type(error).__name__}: {error}"


def _emptied(before: object, after: object) -> bool:
    """@return: whether a login has lost all that it said, or a proxy its name."""
    if isinstance(before, NewProxy) and isinstance(after, NewProxy):
        return bool(before.proxy_name) and not after.proxy_name
    return isinstance(before, Login) and after == Login() != before
