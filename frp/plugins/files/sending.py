"""Sending a file, or pieces of it, as fast as the user takes it and no faster."""

from __future__ import annotations

import errno
import os
import stat
import zlib
from collections.abc import Iterable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from frp.http.exchange import IExchange
from frp.values import define

__all__ = ["FileSender", "NotAllowed", "NotThere", "Opened", "openBelow"]

_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Whoever opens a pipe without the second waits for somebody who writes into it.
_LAST = _STEP | os.O_NONBLOCK


class NotThere(Exception):
    """There is no such file or folder, or it is outside, or something that cannot be sent."""


class NotAllowed(Exception):
    """It may not be read."""


@define(eq=False)
class Opened:
    """An open file or folder; its descriptor is -1 once it is closed."""

    descriptor: int
    isFolder: bool
    size: int
    modified: int

    def close(self) -> None:
        """Let go of it. May be called again."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def openBelow(folder: str, path: str) -> Opened:
    """
    @param path: relative, its parts separated by slashes; empty for the folder itself.
    @raise NotThere: also where a part of it is C{".."}, or a link leads outside.
    """
    try:
        return _opened(folder, path)
    except PermissionError:
        raise NotAllowed from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL, or what the file system's encoding does not have.
        if getattr(error, "errno", 0) in (errno.EMFILE, errno.ENFILE, errno.EIO):
            raise
        raise NotThere from None


def _opened(folder: str, path: str) -> Opened:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        raise NotThere
    root = os.path.realpath(folder)
    # Links are followed here, on paper. Then every step is taken without following any, so that nobody who changes
    # the tree meanwhile leads us outside.
    real = os.path.realpath(os.path.join(root, *parts))
    inside = os.path.relpath(real, root)
    steps = [] if inside == "." else inside.split(os.sep)
    if steps[:1] == [os.pardir]:
        raise NotThere
    descriptor = os.open(root, _LAST if not steps else _STEP | os.O_DIRECTORY)
    try:
        for number, step in enumerate(steps):
            flags = _STEP | os.O_DIRECTORY
            if number == len(steps) - 1:
                # Merely to open a device, or a pipe for which somebody waits, may do something.
                _refuseOthers(os.stat(step, dir_fd=descriptor, follow_symlinks=False).st_mode)
                flags = _LAST
            below = os.open(step, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        found = os.fstat(descriptor)
        isFolder = _refuseOthers(found.st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return Opened(descriptor, isFolder, found.st_size, int(found.st_mtime))


def _refuseOthers(mode: int) -> bool:
    """@return: whether it is a folder; else it is a file."""
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise NotThere
    return stat.S_ISDIR(mode)


#: Bytes that are read at a time. More is slower: larger pieces get fresh memory of the system each time.
PIECE = 64 * 1024

#: Bytes that one user gets before others have their turn.
TURN = 16 * PIECE

#: How hard is packed. One process packs for all users.
LEVEL = 1


@implementer(IPushProducer)
class FileSender:
    """The producer of a response's body."""

    def __init__(
        self,
        exchange: IExchange,
        file: Opened,
        parts: Iterable[bytes | tuple[int, int]],
        clock: IReactorTime,
        *,
        packed: bool = False,
    ) -> None:
        """
        @param exchange: is answered, and finished here.
        @param file: closed here.
        @param parts: what is sent: bytes, or offset and length of a piece of the file.
        """
        self._exchange: Any = exchange
        self._file = file
        self._parts = iter(parts)
        self._clock = clock
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 31) if packed else None
        self._offset = self._left = 0
        self._paused = False
        self._over = False
        self._turn: IDelayedCall | None = None

    def start(self) -> None:
        self._exchange.registerProducer(self, True)
        if not self._over:
            self._send()

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        """The user takes more. What is sent from here goes in a turn of its own: this is called from a write."""
        self._paused = False
        if self._turn is None and not self._over:
            self._turn = self._clock.callLater(0, self._send)

    def stopProducing(self) -> None:
        self._end()

    def _end(self) -> None:
        self._over = True
        self._file.close()
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.cancel()

    def _send(self) -> None:
        self._turn = None
        given = 0
        while not self._paused and not self._over:
            if given >= TURN:
                self._turn = self._clock.callLater(0, self._send)
                return
            data = self._next()
            if data is None:
                return
            given += PIECE
            self._exchange.write(data)

    def _next(self) -> bytes | None:
        """@return: what is sent next, None where it is over."""
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                self._finish()
                return None
            if isinstance(part, bytes):
                return part
            self._offset, self._left = part
        data = os.pread(self._file.descriptor, min(self._left, PIECE), self._offset)
        if not data:
            # It was longer when we looked, and the user must not take what has come for the whole.
            self._end()
            self._exchange.unregisterProducer()
            self._exchange.abort()
            return None
        self._offset += len(data)
        self._left -= len(data)
        return data if self._packer is None else self._packer.compress(data)

    def _finish(self) -> None:
        self._end()
        exchange = self._exchange
        if self._packer is not None:
            exchange.write(self._packer.flush())
        exchange.unregisterProducer()
        exchange.finish()
