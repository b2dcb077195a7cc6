"""What stands between a server and one hook at one operation: turns, a deadline, a barrier for errors and nonsense."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, DeferredSemaphore, TimeoutError
from twisted.internet.interfaces import IProtocol, ITransport

from frp.errors import PluginError, Refused, WireError
from frp.hooks.guard import Guard
from frp.interfaces import IStream
from frp.interfaces.operations import Operation
from frp.kinds.awaiting import Abandoned, later, within
from frp.wire.gojson import fromJSON, toJSON

__all__ = ["AT_ONCE", "WAITING", "Watching"]

AT_ONCE = 64
"""
How many questions about one operation are with one hook at the same time; the others wait. Each may be a connection,
and a stranger can cause as many as he likes.
"""

WAITING = 10_000
"""How many may wait, each for the time that it would have for its answer. What comes then is not asked about."""

_NO_ANSWER = object()


class Watching:
    __slots__ = ("_counters", "_method", "_seconds", "_silence", "_told", "_turns", "guard")

    def __init__(self, guard: Guard, method: Callable[..., object], *, told: bool) -> None:
        """@param told: whether the hook is only told, so that any answer will do."""
        self.guard = guard
        self._counters = guard.counters
        self._method = method
        self._told = told
        self._silence: object = None if told else _NO_ANSWER
        self._seconds = guard.clock.seconds
        # One for each operation, so that who cannot log in does not keep clients from their heartbeats.
        self._turns = DeferredSemaphore(AT_ONCE)

    def ask(self, operation: Operation[object]) -> object:
        """
        @return: what goes on: a message of the same class; or a Deferred of it, where the hook does not answer at once.
            Where the hook is only told it may be anything.
            Where that is cancelled the hook is not asked any more, which is no failure of the hook's.
        @raise Refused: (at once or in the Deferred) it said no, or could not answer. The text is that for the client.
        """
        # By far most hooks answer at once that all is well, and there may be ten for every user: nothing more than
        # that takes.
        guard = self.guard
        if guard.resting or not self._turns.tokens:
            return self.show(operation, None)
        counters = self._counters
        counters.calls += 1
        began = self._seconds()
        try:
            answer = self._method(operation)
        except Exception as error:
            return self._raised(error, began, operation, operation.message)
        if answer is operation.message or answer is self._silence:
            guard.failures = 0
            counters.seconds += self._seconds() - began
            return answer
        return self._held(self._taken(answer, began, operation, operation.message))

    def show(self, operation: Operation[object], stream: IStream | None) -> object:
        """The same for a hook that is given a user's stream, and answers with a stream or a protocol."""
        if self._turns.tokens:
            return self._held(self._begin(operation, stream))
        if len(self._turns.waiting) < WAITING:
            return Deferred.fromCoroutine(self._wait(operation, stream))
        return self._passOver(operation, stream, f"{WAITING} questions wait for it already")

    async def _wait(self, operation: Operation[object], stream: IStream | None) -> object:
        seconds, began = self.guard.terms.timeout, self._seconds()
        try:
            await within(self._turns.acquire(), seconds, self.guard.clock)
        except TimeoutError:
            return self._passOver(operation, stream, f"it was busy with others for {seconds:g} s")
        except Abandoned as error:
            return self._raised(error, began, operation, None)
        try:
            answer = self._begin(operation, stream)
            return await answer if isinstance(answer, Deferred) else answer
        finally:
            self._answered(None)

    def _held(self, answer: object) -> object:
        """An answer that does not come at once takes a turn until it comes."""
        if isinstance(answer, Deferred):
            self._turns.acquire()
            answer.addBoth(self._answered)
        return answer

    def _answered(self, result: object) -> object:
        if self._turns.waiting:
            # Not from here: where hooks answer at once, each that waits would be a call within the one before.
            self.guard.clock.callLater(0, self._turns.release)
        else:
            self._turns.release()
        return result

    def _begin(self, operation: Operation[object], stream: IStream | None) -> object:
        guard = self.guard
        if guard.resting and not guard.ready():
            return self._passOver(operation, stream)
        passing = operation.message if stream is None else stream
        self._counters.calls += 1
        began = self._seconds()
        try:
            answer = self._method(operation) if stream is None else self._method(stream, operation)
        except Exception as error:
            return self._raised(error, began, operation, passing)
        return self._taken(answer, began, operation, passing)

    def _passOver(self, operation: Operation[object], stream: IStream | None, why: str = "") -> object:
        return self.guard.skip(operation, operation.message if stream is None else stream, why)

    def _taken(self, answer: object, began: float, operation: Operation[object], passing: object) -> object:
        waiting = later(answer)
        if waiting is not None:
            return Deferred.fromCoroutine(self._finish(waiting, began, operation, passing))
        try:
            answer = self._checked(answer, operation, passing)
        except PluginError as error:
            return self._raised(error, began, operation, passing)
        self.guard.answered(began)
        return answer

    async def _finish(
        self, waiting: Deferred[object], began: float, operation: Operation[object], passing: object
    ) -> object:
        guard = self.guard
        try:
            answer = self._checked(await within(waiting, guard.terms.timeout, guard.clock), operation, passing)
        except Exception as error:
            return self._raised(error, began, operation, passing)
        guard.answered(began)
        return answer

    def _raised(self, error: Exception, began: float, operation: Operation[object], passing: object) -> object:
        if isinstance(error, Refused):
            self._counters.refusals += 1
            self.guard.answered(began)
            raise error
        if isinstance(error, Abandoned):
            raise self.guard.abandoned(began) from error
        return self.guard.failed(began, error, operation, passing)

    def _checked(self, answer: object, operation: Operation[object], passing: object) -> object:
        """
        @return: the answer; a message that was changed as it would have come over the wire.
        @raise PluginError: it is no answer.
        """
        if answer is passing or self._told:
            return answer
        if passing is not operation.message:
            if ITransport.providedBy(answer) or IProtocol.providedBy(answer):
                return answer
            wanted = "a stream or a protocol"
        elif isinstance(answer, type(passing)):
            try:
                changed = fromJSON(type(passing), toJSON(answer))
            except WireError as error:
                raise PluginError(f"a hook made {operation.name} into what is no message: {error.brief}") from error
            self.guard.changed(operation, changed)
            return changed
        else:
            wanted = type(passing).__name__
        raise PluginError(f"a hook answered {operation.name} with {type(answer).__name__}, not with {wanted}")
