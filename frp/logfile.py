"""A log file that starts anew each midnight."""

from __future__ import annotations

import os
import time
from contextlib import suppress

__all__ = ["DailyFile"]

_DAY = 86400
_NAME = "%Y%m%d-%H%M%S"


class DailyFile:
    """
    A file for whole lines. What was written on an earlier day moves to C{NAME.YYYYMMDD-HHMMSS.EXT} (the reference's
    naming; the time is that of the move); moved files older than the given days are deleted.

    Several processes may write to one file: one of them moves it, and the others follow.

    It never raises: a full disk must not stop frp. A file that somebody moved or deleted is opened anew, and a line of
    which only a part found room is ended before the next.
    """

    def __init__(self, path: str, maxDays: int) -> None:
        """
        @param path: folders that are missing are made.
        @param maxDays: how long to keep moved files; 0 or less for ever.
        """
        self._path = path
        self._keep = maxDays * _DAY
        self._fd = -1
        self._second = -1
        self._day = 0
        self._torn = False

    def write(self, line: bytes, when: float) -> str:
        """
        @param line: with its end.
        @param when: seconds since the epoch: decides on which side of midnight the line belongs.
        @return: why the line is lost; empty when it is written.
        """
        second = int(when)
        try:
            if second != self._second:
                self._second = second
                self._look(second)
            if self._torn:
                line = b"\n" + line
            self._torn = os.write(self._fd, line) < len(line)
        except OSError as error:
            return error.strerror or str(error)
        return "there is no room" if self._torn else ""

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._fd >= 0:
            with suppress(OSError):
                os.close(self._fd)
        self._fd = -1
        self._second = -1

    def _look(self, now: int) -> None:
        """Once a second: is the file still there, and still today's?"""
        day = time.localtime(now).tm_yday
        if self._fd >= 0 and day != self._day:
            self._rotate(now)
        elif self._fd >= 0 and not self._there():
            self.close()
        if self._fd < 0:
            self._open()
        self._day = day
        self._second = now

    def _there(self) -> bool:
        try:
            ours, theirs = os.fstat(self._fd), os.stat(self._path)
        except OSError:
            return False
        return (ours.st_ino, ours.st_dev) == (theirs.st_ino, theirs.st_dev)

    def _open(self) -> None:
        flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC
        try:
            self._fd = os.open(self._path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), 0o755, exist_ok=True)
            self._fd = os.open(self._path, flags, 0o600)

    def _rotate(self, now: int) -> None:
        mode, moved = os.fstat(self._fd).st_mode & 0o777, not self._there()
        self.close()
        if moved:  # by another process that writes to it
            self._open()
            return
        stem, extension = os.path.splitext(self._path)
        with suppress(OSError):
            _move(self._path, stem + time.strftime("." + _NAME, time.localtime(now)) + extension)
        self._open()
        os.fchmod(self._fd, mode)
        if self._keep > 0:
            self._clear(now - self._keep)

    def _clear(self, before: float) -> None:
        """Delete the files that we moved away before this time, by their names."""
        folder, name = os.path.split(self._path)
        stem, extension = os.path.splitext(name)
        for found in os.listdir(folder or "."):
            if not (found.startswith(stem + ".") and found.endswith(extension) and found != name):
                continue
            moved = found[len(stem) + 1 : len(found) - len(extension)]
            try:
                if time.mktime(time.strptime(moved, _NAME)) < before:
                    os.remove(os.path.join(folder, found))
            except (ValueError, OverflowError, OSError):
                pass  # not one of ours, or not ours to delete


def _move(path: str, place: str) -> None:
    """
    Give a file another name, unless something has that by now: two processes do it in the same second.

    @raise OSError: it has the old name still, which whoever has given it the new one takes away.
    """
    try:
        os.link(path, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.rename(path, place)
    else:
        os.unlink(path)
