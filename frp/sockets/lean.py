"""
A reactor with a short loop, which says when it has handled all that was ready.

It is Twisted's epoll reactor in everything but one method. Anybody may install it, by C{install()} or by
C{twistd --reactor frp}; the commands of frp run on it where there is epoll. All else of frp runs on any reactor, with
more system calls.
"""

from __future__ import annotations

from collections.abc import Callable
from select import EPOLLIN, epoll
from typing import Protocol

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.main import installReactor
from twisted.logger import Logger
from zope.interface import implementer

from frp.interfaces import IPasses

__all__ = ["LeanReactor", "install"]

_log = Logger("frp.sockets.lean")


class _Selectable(Protocol):
    """What Twisted calls a reader or a writer."""

    def doRead(self) -> BaseException | None: ...


@implementer(IPasses)
class LeanReactor(EPollReactor):
    """
    What is readable is read at once: without a log context, and without the questions whether the descriptor is still
    valid, which a transport that is closed answers by leaving the reactor. All other events take Twisted's own way.
    """

    # Twisted's private names, in this class only.
    _poller: epoll
    _selectables: dict[int, _Selectable]
    _doReadOrWrite: Callable[[_Selectable, int, int], None]
    _disconnectSelectable: Callable[..., None]

    def __init__(self) -> None:
        self._passed: list[Callable[[], object]] = []
        EPollReactor.__init__(self)

    def endOfPass(self, act: Callable[[], object]) -> None:
        self._passed.append(act)

    def _endPass(self) -> None:
        passed, self._passed = self._passed, []
        for act in passed:
            try:
                act()
            except Exception:
                _log.failure("the end of a pass")

    def disconnectAll(self) -> None:
        """What was sent when the reactor was told to stop leaves before its connections end."""
        self._endPass()
        super().disconnectAll()

    def doPoll(self, timeout: float | None) -> None:
        if self._passed:  # by a delayed call
            self._endPass()
            timeout = 0
        selectables = self._selectables
        for number, event in self._poller.poll(-1 if timeout is None else timeout, len(selectables)):
            selectable = selectables.get(number)
            if selectable is None:
                continue  # an earlier event of this pass has closed it
            if event != EPOLLIN:
                self._doReadOrWrite(selectable, number, event)
                continue
            try:
                why = selectable.doRead()
            except BaseException as error:
                why = error
                _log.failure("a reader has failed")
            if why:
                self._disconnectSelectable(selectable, why, True)
        if self._passed:
            self._endPass()

    doIteration = doPoll


def install() -> None:
    """Make it the reactor of this process."""
    installReactor(LeanReactor())
