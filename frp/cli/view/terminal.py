"""A terminal on which something is drawn in place, and which is as it was afterwards."""

from __future__ import annotations

import os
import select
import sys
import termios
from collections.abc import Iterable
from contextlib import suppress

from frp.cli.view.text import Line

__all__ = ["Terminal", "standardOutput"]

_STYLES = {"": "", "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}

#: Another screen, no cursor, no new line by itself at the end of one; and all of that undone.
_ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = b"\x1b[?7h\x1b[?25h\x1b[?1049l"

#: To the first cell; the rest of a line; the rest of the screen.
_HOME, _LINE, _BELOW = b"\x1b[H", b"\x1b[K", b"\x1b[J"

#: Seconds that a terminal which takes nothing more, for its reader is slow or somebody has pressed Ctrl+S, has at the
#: end.
_PATIENCE = 1


class Terminal:
    """
    Nobody waits for it: where it does not take a frame, the rest of that is dropped.

    Keys that somebody presses are not shown, but for those that send signals.
    """

    def __init__(self, name: str) -> None:
        """
        @param name: of its device.
        @raise OSError: it cannot be opened.
        """
        # A description of our own: what we set on it does not concern those who have the terminal as well.
        self._fd = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._before: list[int | list[bytes | int]] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        try:
            columns, rows = os.get_terminal_size(self._fd)
        except OSError:
            columns = rows = 0
        return columns or 80, rows or 24

    def draw(self, lines: Iterable[Line]) -> bool:
        """
        Show these, and nothing else.

        @return: whether the terminal has taken all of it.
        """
        *above, last = list(lines) or [()]
        # Erased before it is written: behind a line that is full the cursor is still on its last cell.
        frame = _HOME + b"".join(_LINE + _coded(line) + b"\r\n" for line in above) + _BELOW + _coded(last)
        return self._write(self._entered() + frame)

    def _write(self, data: bytes) -> bool:
        try:
            return os.write(self._fd, data) == len(data)
        except BlockingIOError:
            return False
        except OSError:
            return True  # It has gone. There is nothing to be tried again.

    def _entered(self) -> bytes:
        """@return: what is to be written before a frame."""
        if self._before is not None:
            return b""
        self._before = []
        with suppress(termios.error):
            self._before = termios.tcgetattr(self._fd)
            mode = termios.tcgetattr(self._fd)
            mode[3] &= ~termios.ECHO
            termios.tcsetattr(self._fd, termios.TCSANOW, mode)
        return _ENTER

    def leave(self) -> None:
        """Let all be as it was before the first frame. The next one begins anew."""
        before, self._before = self._before, None
        if before is None:
            return
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        poll.poll(_PATIENCE * 1000)
        self._write(_LEAVE)
        if before:
            with suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSANOW, before)


def _coded(line: Line) -> bytes:
    spans = (f"\x1b[{_STYLES[style]}m{text}\x1b[m" if style and text else text for text, style in line)
    return "".join(spans).encode("utf-8", "replace")


def standardOutput() -> str:
    """@return: the device behind standard output; empty where that is no terminal to draw on, or not ours now."""
    try:
        ours = os.isatty(1) and sys.stdout.isatty() and os.tcgetpgrp(1) == os.getpgrp()
        return os.ttyname(1) if ours and os.environ.get("TERM", "dumb") != "dumb" else ""
    except OSError:
        return ""
