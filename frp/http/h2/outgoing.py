"""What leaves by an HTTP/2 connection: the responses take turns, and nothing is written that nobody takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from h2.exceptions import StreamClosedError

from frp.http.h2.frames import HTTP2Frames
from frp.interfaces import IStream
from frp.wire.http.h2head import Block

__all__ = ["Outgoing", "Sender"]

#: Bytes of frames that the user has provoked, written while the transport takes no more.
OVERFULL = 1024 * 1024

_PIECE = 65536


class Sender(Protocol):
    """
    A response with a body.

    @ivar number: its stream.
    @ivar waits: bytes that could be sent.
    """

    number: int
    waits: int

    def send(self, room: int) -> bool:
        """
        Send a frame of what waits.

        @param room: bytes that the windows and the size of frames allow; more than none.
        @return: whether more waits.
        """


class Outgoing:
    """
    Sends for all the streams. Used as a context, it lets what is sent meanwhile leave in one write.

    @ivar full: whether the transport takes no more for now.
    @ivar closed: nothing is sent any more.
    """

    __slots__ = ("_blocked", "_depth", "_frames", "_overfull", "_overrun", "_ready", "closed", "full", "transport")

    transport: IStream

    def __init__(self, frames: HTTP2Frames, overrun: Callable[[], None]) -> None:
        """@param overrun: called when the user makes us say ever more and takes nothing."""
        self.full = self.closed = False
        self._frames = frames
        self._overrun = overrun
        self._overfull = 0
        self._depth = 0
        self._ready: dict[int, Sender] = {}  # with something to send and, maybe, room for it
        self._blocked: dict[int, Sender] = {}  # with something to send and no room in the windows

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *exc: object) -> None:
        self._depth -= 1
        self.pump()

    def head(self, number: int, block: Block, end: bool) -> None:
        if not self.closed:
            with self:
                self._frames.send_headers(number, block, end_stream=end)

    def data(self, number: int, data: bytes | memoryview, end: bool) -> None:
        """Send a part of a response for which there is room. It leaves with what comes next."""
        if not self.closed:
            self._frames.send_data(number, data, end_stream=end)

    def reset(self, number: int, code: int) -> None:
        """End a stream, unless its end has come already in the read that is looked at."""
        if not self.closed:
            with self:
                try:
                    self._frames.reset_stream(number, code)
                except StreamClosedError:
                    pass

    def taken(self, number: int, size: int) -> None:
        """So much of a request's body is off our hands, and the user may send more."""
        if size and not self.closed:
            with self:
                self._frames.acknowledge_received_data(size, number)

    def ready(self, sender: Sender) -> None:
        if sender.number not in self._blocked:
            self._ready[sender.number] = sender

    def forget(self, number: int) -> None:
        """A response has nothing to send any more."""
        self._ready.pop(number, None)
        self._blocked.pop(number, None)

    def windowUpdated(self, number: int) -> None:
        """There may be room again: in one stream, or for all with number 0."""
        blocked = self._blocked
        if not blocked:
            return
        if not number:
            self._ready.update(blocked)
            blocked.clear()
        elif number in blocked:
            self._ready[number] = blocked.pop(number)

    def filled(self) -> None:
        """The transport takes no more for now."""
        self.full = True
        self._overfull = 0

    def drained(self) -> None:
        """The transport takes more."""
        self.full = False
        self.pump()

    def pump(self) -> None:
        """Send what may be sent, a frame of each response in turn."""
        if self._depth:
            return
        self._depth += 1
        gathered = 0
        ready, frames = self._ready, self._frames
        while ready and not self.full and not self.closed:
            number = next(iter(ready))
            sender = ready.pop(number)
            if not sender.waits:
                continue
            room = min(frames.local_flow_control_window(number), frames.max_outbound_frame_size)
            if room <= 0:
                self._blocked[number] = sender
                continue
            if sender.send(room):
                ready[number] = sender
            gathered += room
            if gathered >= _PIECE:
                gathered = 0
                self.flush()
        self._depth -= 1
        self.flush()

    def flush(self) -> None:
        data = self._frames.data_to_send()
        if not data:
            return
        if self.full:
            self._overfull += len(data)
            if self._overfull > OVERFULL:
                if not self.closed:
                    self.close()
                    self._overrun()
                return
        self.transport.write(data)

    def close(self) -> None:
        """Send nothing any more."""
        self.closed = True
        self._ready.clear()
        self._blocked.clear()
