"""One stream, as the packets know it: what is to be sent of it, and what has come."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Protocol

from zope.interface import implementer

from frp.transports.quic.beside import Beside, Carrying
from frp.transports.quic.early import Early
from frp.transports.quic.faults import Broken
from frp.transports.quic.interfaces import IFlow, IFlowUser
from frp.transports.quic.varint import varint

__all__ = ["Flow", "Flows"]

#: A flow whose queue was full has room again from here on: one turn of a busy link.
LOW = 64 * 1024

#: Larger pieces are cut where packets end, without a copy each time.
SLICED = 1024

Lost = tuple[int, bytes | memoryview, bool]


class Flows(Carrying, Protocol):
    """
    What a flow asks of its engine.

    @ivar received: bytes that the peer has sent, of all flows.
    @ivar receiveLimit: how many it may send in all.
    """

    received: int
    receiveLimit: int

    def wants(self, flow: Flow) -> None: ...

    def credits(self, flow: Flow) -> None: ...

    def resets(self, flow: Flow) -> None: ...

    def stops(self, flow: Flow) -> None: ...

    def touched(self, flow: Flow) -> None: ...

    def keeps(self, size: int) -> None: ...

    def widened(self) -> None: ...

    def done(self, flow: Flow) -> None: ...


@implementer(IFlow)
class Flow(Beside):
    """
    @ivar head: the number on the wire.
    @ivar sendLimit: how many bytes the peer lets us send.
    @ivar receiveLimit: how many we let the peer send; what was said last.
    @ivar finalSize: how many the peer sends in all, once it has said so.
    @ivar turn: bytes that it has sent since others had their turn.
    @ivar full: whether its user waits for room.
    @ivar code: of the reset that ended our direction; None while there was none.
    """

    user: IFlowUser
    _engine: Flows

    __slots__ = (
        "_chunks",
        "_consumed",
        "_early",
        "_engine",
        "_finAcked",
        "_finished",
        "_lost",
        "_next",
        "_pieces",
        "_receiveDone",
        "_resetComing",
        "_sendDone",
        "_stopComing",
        "_stopped",
        "_told",
        "_window",
        "code",
        "finPending",
        "finalSize",
        "full",
        "head",
        "highest",
        "id",
        "queued",
        "receiveLimit",
        "sendLimit",
        "sent",
        "turn",
        "unacked",
        "user",
    )

    def __init__(self, engine: Flows, id: int, sendLimit: int, window: int) -> None:
        """@param window: how much the peer may have under way; it knows already."""
        self.id = id
        self.head = varint(id)
        self._engine = engine
        self.sendLimit = sendLimit
        self.queued = self.sent = self.unacked = self.turn = 0
        self._chunks: deque[bytes | memoryview] = deque()
        self._lost: deque[Lost] | None = None
        self.full = self.finPending = self._finished = self._finAcked = self._sendDone = False
        self.code: int | None = None
        self._window = self.receiveLimit = window
        self._pieces: list[bytes] = []
        self._early: Early | None = None
        self._next = self.highest = self._consumed = 0
        self.finalSize: int | None = None
        self._resetComing = self._stopComing = self._stopped = self._told = self._receiveDone = False

    def __repr__(self) -> str:
        return f"<QUIC stream {self.id}>"

    # Sending

    def write(self, data: bytes) -> None:
        if self._finished or self.code is not None or not data:
            return
        size = len(data)
        self._chunks.append(memoryview(data) if size > SLICED else data)
        self.queued += size
        self._engine.wants(self)

    def finish(self) -> None:
        if not self._finished and self.code is None:
            self._finished = self.finPending = True
            self._engine.wants(self)

    def reset(self) -> None:
        if self.code is None and not self._sendDone:
            self._drop(0)

    def _drop(self, code: int) -> None:
        self.code = code
        self._chunks.clear()
        self._lost = None
        self.queued = self.unacked = 0
        self.finPending = False
        self._engine.resets(self)

    def sendable(self, room: int) -> bool:
        """@param room: bytes that the peer lets us send on all flows. @return: whether there is something to send."""
        if self._lost:
            return True
        if self.queued:
            return room > 0 and self.sent < self.sendLimit
        return self.finPending

    def take(self, most: int, room: int) -> Lost:
        """
        The next bytes for a packet, where there are some.

        @param most: how many fit; at least 1.
        @param room: as in L{sendable}.
        @return: where they stand in the stream, the bytes, and whether they are the last.
        """
        if self._lost:
            return self._again(most)
        at = self.sent
        data = self._cut(min(most, room, self.sendLimit - at)) if self.queued else b""
        self.sent = at + len(data)
        self.unacked += len(data)
        fin = self.finPending and not self.queued
        if fin:
            self.finPending = False
        return at, data, fin

    def _again(self, most: int) -> Lost:
        lost = self._lost
        assert lost, "nothing was lost"
        at, data, fin = lost.popleft()
        if len(data) > most:
            lost.appendleft((at + most, data[most:], fin))
            return at, data[:most], False
        return at, data, fin

    def _cut(self, size: int) -> bytes | memoryview:
        chunks = self._chunks
        first = chunks[0]
        held = len(first)
        if held > size:
            chunks[0] = first[size:]
            self.queued -= size
            return first[:size]
        chunks.popleft()
        if held < size and chunks:
            gathered = [first]
            while chunks and held < size:
                part = chunks.popleft()
                if held + len(part) > size:
                    chunks.appendleft(part[size - held :])
                    part = part[: size - held]
                gathered.append(part)
                held += len(part)
            first = b"".join(gathered)
        self.queued -= held
        return first

    def acked(self, size: int, fin: bool) -> None:
        """The peer has this part."""
        if self.code is not None:
            return
        self.unacked -= size
        self._finAcked = self._finAcked or fin
        if self._finAcked and not self.unacked:
            self.endSending()

    def lost(self, at: int, data: bytes | memoryview, fin: bool) -> None:
        """A packet with this part was lost."""
        if self.code is not None:
            return
        if self._lost is None:
            self._lost = deque()
        self._lost.append((at, data, fin))
        self._engine.wants(self)

    def endSending(self) -> None:
        """The peer has all, or knows of our reset."""
        self._sendDone = True
        if self._receiveDone:
            self._engine.done(self)

    def stopAsked(self, code: int) -> None:
        """The peer wants no more."""
        if self._sendDone or self._stopComing:
            return
        if self.code is None:
            self._drop(code)
        self._stopComing = True
        self._engine.touched(self)

    @property
    def relost(self) -> bool:
        """Whether something that was lost is to be sent again."""
        return bool(self._lost)

    @property
    def idle(self) -> bool:
        """Whether nothing of ours is on its way, or should be."""
        return not self.queued and not self.unacked and (not self._finished or self._finAcked or self.code is not None)

    # Receiving

    def came(self, at: int, data: bytes, fin: bool) -> None:
        """
        A part of the stream has come.

        @raise Broken: it cannot be one.
        """
        end = at + len(data)
        if end > self.highest:
            self._raise(end)
        if fin or self.finalSize is not None:
            self._sized(end, fin)
        if self._receiveDone:
            return
        if at == self._next and self._early is None:
            if data and not self._stopped:
                self._pieces.append(data)
            self._next = end
        elif not self._stopped:
            self._ahead(at, end, data)
        elif self.finalSize is not None:
            self._next = self.finalSize
        if self._next == self.finalSize:
            self._endReceiving()
        self._engine.touched(self)

    def _raise(self, end: int) -> None:
        if end > self.receiveLimit:
            raise Broken(3, f"{end} bytes on stream {self.id}, where {self.receiveLimit} are allowed")
        engine = self._engine
        engine.received += end - self.highest
        if engine.received > engine.receiveLimit:
            raise Broken(3, f"{engine.received} bytes on all streams, where {engine.receiveLimit} are allowed")
        self.highest = end

    def _sized(self, end: int, fin: bool) -> None:
        known = self.finalSize
        if known is not None and (end > known or (fin and end != known)):
            raise Broken(6, f"stream {self.id} ended at {known}, and goes on to {end}")
        if fin:
            if end < self.highest:
                raise Broken(6, f"stream {self.id} ends at {end}, and had {self.highest} bytes already")
            self.finalSize = end

    def _ahead(self, at: int, end: int, data: bytes) -> None:
        """A part that is not the next one, or comes while others wait for what is missing."""
        if end <= self._next:
            return
        early = self._early or Early()
        cost = early.cost
        early.put(at, data)
        for piece in early.take(self._next):
            self._next += len(piece)
            self._pieces.append(piece)
        self._early = early if early.cost else None
        self._engine.keeps(early.cost - cost)

    def _forget(self) -> None:
        """What came before its turn is not wanted any more."""
        if self._early is not None:
            self._engine.keeps(-self._early.cost)
            self._early = None

    def resetCame(self, finalSize: int) -> None:
        """
        The peer has given up.

        @raise Broken: it had sent more than that already.
        """
        if finalSize > self.highest:
            self._raise(finalSize)
        self._sized(finalSize, True)
        if not self._receiveDone:
            self._resetComing = True
            self._endReceiving()
            self._engine.touched(self)

    def _endReceiving(self) -> None:
        self._receiveDone = True
        self._forget()
        if self._sendDone:
            self._engine.done(self)

    def release(self) -> None:
        """The session is over: nothing is kept."""
        self._early = self._lost = None
        self._chunks.clear()
        self._pieces = []
        self._stopped = self._receiveDone = True
        with suppress(AttributeError):  # nobody has come for it
            del self.user

    def deliver(self) -> None:
        """Tell the user what has come since the last time."""
        user = self.user
        pieces = self._pieces
        if pieces:
            self._pieces = []
            if not self._stopped:
                user.received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._receiveDone and not self._told:
            self._told = True
            if not self._stopped:
                (user.wasReset if self._resetComing else user.ended)()
        if self._stopComing:
            self._stopComing = False
            user.stopped()

    def stop(self) -> None:
        if not self._receiveDone and not self._stopped:
            self._forget()
            if self.finalSize is None:
                self._engine.stops(self)
            else:
                self._endReceiving()
        self._stopped = True
        self._pieces.clear()

    @property
    def receiving(self) -> bool:
        """Whether more may come."""
        return not self._receiveDone

    def consume(self, size: int) -> None:
        self._consumed += size
        if self._consumed + self._window - self.receiveLimit >= self._window >> 3:
            self._credit()

    def widen(self, window: int) -> None:
        if window > self._window:
            self._window = window
            self._engine.widened()
            self._credit()

    def _credit(self) -> None:
        if not self._receiveDone and not self._stopped and self.finalSize is None:
            self.receiveLimit = self._consumed + self._window
            self._engine.credits(self)
