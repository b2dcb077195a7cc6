"""Sending a file, or pieces of it, as fast as the user takes it and no faster."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from frp.http.exchange import IExchange
from frp.plugins.files.opening import Opened

__all__ = ["FileSender"]

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
        @param packed: whether the whole is packed with gzip.
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
