"""A reactor of our own, in a thread of its own: for programs without one, or with one of another kind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TypeVar

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.python import threadable

from frp.kinds.awaiting import asked

__all__ = ["ReactorThread", "reactorThread"]

T = TypeVar("T")


def _newReactor() -> ReactorBase:
    """A reactor that is not installed: the program's own, if it has one, is left alone."""
    try:
        from frp.sockets.lean import LeanReactor as Reactor
    except ImportError:
        from twisted.internet.selectreactor import SelectReactor as Reactor
    return Reactor()


class ReactorThread:
    """
    Runs until the program ends, and does not keep it from ending.

    @ivar reactor: to be used in its thread only.
    @ivar alive: whether it runs. In a process that was forked off it does not.
    """

    def __init__(self) -> None:
        self.reactor = _newReactor()
        self._thread = Thread(target=self._run, name="frp.expose", daemon=True)
        started = Event()
        before = threadable.ioThread
        self.reactor.callWhenRunning(started.set)
        self._thread.start()
        started.wait()
        # A reactor that starts says that its thread is the one that does I/O. If the program has one, that stays so.
        threadable.ioThread = before

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        self.reactor.run(installSignalHandlers=False)

    def call(self, begin: Callable[[], Deferred[T]]) -> Future[T]:
        """
        Call a function in the thread.

        @return: its result, or that of the Deferred that it returns. When it is cancelled, so is that Deferred.
        """
        future: Future[T] = Future()

        def called() -> None:
            deferred = asked(begin)

            def cancelled(_: object) -> None:
                if future.cancelled():
                    self.reactor.callFromThread(deferred.cancel)

            future.add_done_callback(cancelled)
            deferred.addCallbacks(
                _giving(future.set_result), _giving(lambda failure: future.set_exception(failure.value))
            )

        self.reactor.callFromThread(called)
        return future


def _giving(setting: Callable[[T], None]) -> Callable[[T], None]:
    def give(outcome: T) -> None:
        with suppress(InvalidStateError):  # whoever waited has gone
            setting(outcome)

    return give


class _Shared:
    lock = Lock()
    thread: ReactorThread | None = None


def reactorThread() -> ReactorThread:
    """The one of this process."""
    with _Shared.lock:
        thread = _Shared.thread
        if thread is None or not thread.alive:
            _Shared.thread = thread = ReactorThread()
        return thread
