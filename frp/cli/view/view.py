"""The view: it looks at the clients a few times a second, and draws when something is other than before."""

from __future__ import annotations

import atexit
import os
import signal
from collections import defaultdict
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Protocol, TypeVar

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorTime
from twisted.logger import globalLogPublisher

from frp import logs
from frp.cli.view.layout import drawn
from frp.cli.view.notes import Notes
from frp.cli.view.scene import Scene, sceneOf
from frp.cli.view.text import Line
from frp.client.service import FRPClient
from frp.joining.traffic import Traffic
from frp.session.deadline import Later

if TYPE_CHECKING:
    from frp.cli.hangup import Watch

__all__ = ["Screen", "View"]

T = TypeVar("T")

#: Seconds between two looks, and so at least between two frames. The size of the terminal is looked at as well.
PAUSE = 0.25


class Screen(Protocol):
    """What a view needs of a L{Terminal<frp.cli.view.terminal.Terminal>}."""

    @property
    def size(self) -> tuple[int, int]: ...

    def draw(self, lines: list[Line]) -> bool: ...

    def leave(self) -> None: ...


class View(Service):
    """Has the terminal from its start to its end; the log is not written there meanwhile."""

    def __init__(self, clock: IReactorTime, screen: Screen, *, watch: Watch = signal.signal) -> None:
        """@param watch: sets what a signal does."""
        self._screen = screen
        self._watch = watch
        self._clients: list[FRPClient] = []
        self._notes = Notes()
        self._timer = Later(clock)
        self._last: tuple[tuple[int, int], Scene] | None = None
        self._settings: logs.LogSettings | None = None

    def show(self, client: FRPClient) -> FRPClient:
        """@return: the same client, which is not started yet; from now on it is seen."""
        client.traffic = defaultdict(Traffic)
        self._clients.append(client)
        return client

    def aside(self, act: Callable[[str, T], int]) -> Callable[[str, T], int]:
        """@return: the same, for something that prints: the terminal is as it was before while it does."""

        def printing(path: str, what: T) -> int:
            self._leave()
            return act(path, what)

        return printing

    def setLog(self, settings: logs.LogSettings) -> None:
        """Let the log go where a configuration wants it, but not to the terminal."""
        self._settings = settings
        if settings.to == "console":
            logs.stop()
            logs.hush()
            logs.setLevel(settings.level)
        else:
            logs.start(settings, alone=False)

    def startService(self) -> None:
        Service.startService(self)
        globalLogPublisher.addObserver(self._notes)
        atexit.register(self._screen.leave)
        self._watch(signal.SIGTSTP, self._suspended)
        self._timer.set(0, self._look)

    def stopService(self) -> None:
        """From now on the log is written where it would be without a view."""
        Service.stopService(self)
        self._timer.stop()
        self._leave()
        self._watch(signal.SIGTSTP, signal.SIG_DFL)
        atexit.unregister(self._screen.leave)
        globalLogPublisher.removeObserver(self._notes)
        if self._settings is not None:
            logs.start(self._settings)

    def _look(self) -> None:
        self._timer.set(PAUSE, self._look)
        columns, rows = size = self._screen.size
        scene = sceneOf(self._clients, self._notes, rows)
        if (size, scene) != self._last:
            taken = self._screen.draw(drawn(scene, columns, rows))
            self._last = (size, scene) if taken else None

    def _leave(self) -> None:
        self._last = None
        self._screen.leave()

    def _suspended(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl+Z: the shell finds its terminal as it was. When we go on, the next look draws."""
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)
