"""SIGHUP: the configuration is read again, where nothing has hung up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.logs import Log

if TYPE_CHECKING:
    from frp.interfaces import IReactor

    #: Sets what a signal does, as L{signal.signal} does.
    Watch = Callable[[int, Callable[[int, FrameType | None], object] | signal.Handlers], object]

__all__ = ["Hangup"]

_log = Log("frp.cli.hangup")


class Hangup:
    """
    Has a program read its configuration again when SIGHUP comes.

    Whoever was started on a terminal gets the same signal when that goes away; it ends then.
    """

    def __init__(
        self,
        reactor: IReactor,
        reload: Callable[[], Coroutine[Deferred[object], object, None]],
        leave: Callable[[], object],
        *,
        watch: Watch = signal.signal,
        terminal: Callable[[int], bool] = os.isatty,
    ) -> None:
        """
        @param reload: makes the program read its configuration again.
        @param leave: ends the program in good order.
        @param watch: sets what a signal does.
        @param terminal: whether a descriptor is one that has not hung up.
        """
        self._reactor = reactor
        self._reload = reload
        self._leave = leave
        self._terminal = terminal
        self._terminals = [number for number in range(3) if terminal(number)]
        if hasattr(signal, "SIGHUP"):
            watch(signal.SIGHUP, self._signalled)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._act)

    def _act(self) -> None:
        if self._terminals and not any(map(self._terminal, self._terminals)):
            self._leave()
        else:
            Deferred.fromCoroutine(self._reload()).addErrback(self._broken)

    def _broken(self, failure: Failure) -> None:
        _log.failure("the configuration is not read again: this is a bug", failure)
