"""
One conversation: the two directions, the shards that carry both, and its end.

It has no clock and no socket: datagrams go in with the time, and what is due comes out. Whatever is wrong with a
datagram, nothing comes of it, for anybody may have sent it in the peer's name; nothing here raises for what came.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from struct import Struct

from frp.wire.kcp.ending import Ending
from frp.wire.kcp.inbound import Inbound
from frp.wire.kcp.outbound import Outbound
from frp.wire.kcp.segments import (
    ACK,
    ASK,
    CLOCK,
    CONTROL,
    DATA_SHARD,
    FULL,
    HEAD,
    HEAD_SIZE,
    MSS,
    MTU,
    PARITY_SHARD,
    PUSH,
    SHARD,
    SHARD_SIZE,
    TELL,
    WHOLE,
)
from frp.wire.kcp.shards import ShardReader, ShardWriter

__all__ = ["Conversation"]

_WRAP = CLOCK - 1

#: Milliseconds that an acknowledgement may wait for others, and for data that goes the same way. The reference's waits
#: for 20, and its peers take a segment for lost after 30.
_ACK_DELAY = 10

#: So many segments are acknowledged at once: a quarter of what the reference's clients have under way.
_ACK_EVERY = 32

#: Milliseconds until a peer without room is asked whether it has some, and between later questions. The reference
#: waits for 7 s, and up to 120.
_ASK_FIRST = 1_000
_ASK_LAST = 30_000

#: Milliseconds after which a silent peer is asked whether it is there; between questions; and until it is given up.
_QUIET = 40_000
_QUIET_AGAIN = 10_000
_DEAD = 75_000

# The size of a data shard, and the head of a segment.
_BODY = Struct("<HIBBHIIII")
_FULL_BODY = FULL - SHARD_SIZE + 2

_head = HEAD.pack
_readHead = HEAD.unpack_from
_readShard = SHARD.unpack_from


class Conversation:
    """
    @ivar number: what both ends call it.
    @ivar inbound: what comes; @ivar outbound: what goes; @ivar ending: and how that ends.
    @ivar heardAt: when something of the peer has come last, or when it began; in milliseconds.
    """

    __slots__ = (
        "_ackDue", "_askAt", "_askWait", "_parity", "_quietAt", "_reader", "_say", "_writer", "ending", "heardAt",
        "inbound", "number", "outbound",
    )  # fmt: skip

    def __init__(self, number: int, now: int, *, sends: int, receives: int) -> None:
        """
        @param now: milliseconds, as everywhere here; from any beginning, which strangers cannot guess.
        @param sends: how many segments we may have under way; @param receives: and the peer.
        """
        self.number = number
        self.inbound = Inbound(receives)
        self.outbound = Outbound(sends)
        self.ending = Ending(number, self.inbound, self.outbound)
        self._reader = ShardReader()
        self._writer = ShardWriter()
        self.heardAt = now
        self._quietAt = now + _QUIET
        self._ackDue = inf
        self._askAt = inf
        self._askWait = 0
        self._say: set[int] = set()  # ASK, TELL
        self._parity = False

    # What comes

    def receive(self, train: bytes, size: int, now: int) -> None:
        """
        @param train: datagrams of C{size} bytes each, the last of which may be shorter; all from one sender.
        """
        if size < HEAD_SIZE or len(train) < HEAD_SIZE:
            return
        self._parity = False
        if size == FULL:
            whole = len(train) - len(train) % FULL
            if whole:
                self._bulk(train if whole == len(train) else train[:whole], now)
            if whole < len(train):
                self._datagram(train, whole, len(train), now)
        else:
            for at in range(0, len(train), size):
                self._datagram(train, at, min(at + size, len(train)), now)
        reader = self._reader
        if train[5] == 0 and train[4] >= DATA_SHARD:
            reader.came(train, size)
            if reader.recoverable and self._parity:
                for segments in reader.recovered():
                    self._segments(segments, 0, len(segments), now, regular=False)
        if self._ackDue == inf and (self.inbound.last is not None or self.inbound.acks):
            self._ackDue = now + _ACK_DELAY

    def _bulk(self, train: bytes, now: int) -> None:
        """
        Datagrams of full size: nearly all of a stream that moves much. What each of them says besides its payload
        matters in the last one only.
        """
        reader, inbound, ours = self._reader, self.inbound, self.number
        expected, first, following = reader.expected, inbound.nxt, inbound.nxt
        append = inbound.ready.append
        room = 0 if inbound.gap else inbound.room
        last, at = (-1, 0, 0), 0
        for shard, kind, _, theirs, command, _, window, stamp, number, una, length, payload in WHOLE.iter_unpack(train):
            if shard == expected:
                expected += 1
            else:
                reader.expected = expected
                reader.skipped(shard)
                expected = reader.expected
            if kind == PARITY_SHARD:
                self._parity = True
            elif kind == DATA_SHARD:
                if room and number == following & _WRAP and command == PUSH and length == MSS and theirs == ours:
                    append(payload)
                    following += 1
                    room -= 1
                    last = una, window, stamp
                else:
                    inbound.came(following - first, last[2])
                    self._shard(train, at, at + FULL, now)
                    first = following = inbound.nxt
                    room = 0 if inbound.gap else inbound.room
            at += FULL
        reader.expected = expected
        inbound.came(following - first, last[2])
        if last[0] >= 0:
            self._heard(now)
            self.outbound.window = last[1]
            self.outbound.expects(last[0])

    def _heard(self, now: int) -> None:
        self.heardAt = now
        self._quietAt = now + _QUIET

    def _datagram(self, train: bytes, at: int, end: int, now: int) -> None:
        """Any datagram."""
        if end - at < HEAD_SIZE:
            return
        shard, kind, _ = _readShard(train, at)
        if kind in (DATA_SHARD, PARITY_SHARD):
            reader = self._reader
            if shard == reader.expected:
                reader.expected = shard + 1
            else:
                reader.skipped(shard)
            if kind == PARITY_SHARD:
                self._parity = True
            else:
                self._shard(train, at, end, now)
        elif kind & 0xFF == CONTROL:
            theirs, _, what, _, stamp, number, _, _ = _readHead(train, at)
            if theirs == self.number and self.ending.received(what, stamp, number, now):
                self._heard(now)
        else:
            self._segments(train, at, end, now)

    def _shard(self, train: bytes, at: int, end: int, now: int) -> None:
        """A data shard that is counted."""
        size = _readShard(train, at)[2]
        at += SHARD_SIZE
        if 2 < size <= end - at + 2:
            self._segments(train, at, at - 2 + size, now)

    def _segments(self, data: bytes, at: int, end: int, now: int, regular: bool = True) -> None:
        """
        Segments from one place to another; the first that is wrong ends it.

        @param regular: whether they came by themselves, and were not made from parity.
        """
        inbound, outbound = self.inbound, self.outbound
        acks: list[tuple[int, int]] = []
        while end - at >= HEAD_SIZE:
            theirs, command, _, window, stamp, number, una, length = _readHead(data, at)
            at += HEAD_SIZE
            if theirs != self.number or length > end - at or not PUSH <= command <= TELL:
                break
            if regular:
                outbound.window = window
                self._heard(now)
            outbound.expects(una)
            if command == PUSH:
                inbound.push(number, stamp, data[at : at + length], regular)
            elif command == ACK:
                acks.append((number, stamp))
            else:
                inbound.heard = stamp
                if command == ASK:
                    self._say.add(TELL)
            at += length
        if acks:
            outbound.acknowledged(acks, now, regular)

    # What goes

    def tell(self) -> None:
        """Let the peer know how much room we have."""
        self._say.add(TELL)

    def dead(self, now: int) -> bool:
        """Whether nobody is there any more."""
        return now - self.heardAt >= _DEAD

    @property
    def due(self) -> float:
        """When L{flush} has something to do, if nothing comes before."""
        due = min(self._ackDue, self._askAt, self._quietAt, self.ending.due)
        return min(due, self.outbound.due) if self.outbound.flying else due

    def hasty(self) -> bool:
        """Whether L{flush} has something to do at once."""
        inbound = self.inbound
        outbound = self.outbound
        return bool(
            inbound.urgent
            or inbound.fresh >= _ACK_EVERY
            or self._say
            or outbound.ready
            or (not outbound.window and outbound.waiting and not self._askWait)
            or self.ending.hasty
        )

    def flush(self, now: int) -> list[bytes]:
        """
        @return: the datagrams that are to be sent now. Acknowledgements go with data; alone, when they are due.
        """
        self._look(now)
        outbound, inbound = self.outbound, self.inbound
        again = outbound.again(now)
        number = outbound.nxt
        fresh = outbound.fresh(now)
        bodies: list[bytes] = []
        small: list[bytes] = []
        if again or fresh:
            segments: Iterable[tuple[int, bytes]] = enumerate(fresh, number)
            if again:
                segments = [*((each, sent.payload) for each, sent in again), *segments]
            self._push(segments, now, bodies, small)
        if again or fresh or inbound.urgent or inbound.fresh >= _ACK_EVERY or self._ackDue <= now:
            self._ackDue = inf
            small += [self._segment(ACK, each, stamp) for each, stamp in inbound.acknowledge()]
        if self._say:
            small += [self._segment(command, 0, now & _WRAP) for command in sorted(self._say)]
            self._say.clear()
        if small:
            self._gather(small, bodies)
        return self._writer.write(bodies) + self.ending.say(now)

    def _push(self, segments: Iterable[tuple[int, bytes]], now: int, bodies: list[bytes], small: list[bytes]) -> None:
        pack, conversation = _BODY.pack, self.number
        stamp, una, room = now & _WRAP, self.inbound.nxt & _WRAP, self.inbound.room
        for number, payload in segments:
            if len(payload) == MSS:
                head = pack(_FULL_BODY, conversation, PUSH, 0, room, stamp, number & _WRAP, una, MSS)
                bodies.append(head + payload)
            else:
                head = _head(conversation, PUSH, 0, room, stamp, number & _WRAP, una, len(payload))
                small.append(head + payload)

    def _segment(self, command: int, number: int, stamp: int) -> bytes:
        inbound = self.inbound
        return _head(self.number, command, 0, inbound.room, stamp, number & _WRAP, inbound.nxt & _WRAP, 0)

    def _gather(self, small: list[bytes], bodies: list[bytes]) -> None:
        """As many segments as fit in each shard."""
        held: list[bytes] = []
        size = 0
        for segment in small:
            if size + len(segment) > MTU:
                bodies.append((size + 2).to_bytes(2, "little") + b"".join(held))
                held, size = [], 0
            held.append(segment)
            size += len(segment)
        bodies.append((size + 2).to_bytes(2, "little") + b"".join(held))

    def _look(self, now: int) -> None:
        """Is there something to be asked?"""
        outbound = self.outbound
        if outbound.window or not outbound.waiting:
            self._askAt, self._askWait = inf, 0
        elif now >= self._askAt or not self._askWait:
            if self._askWait:
                self._say.add(ASK)
            self._askWait = min(self._askWait * 3 // 2 or _ASK_FIRST, _ASK_LAST)
            self._askAt = now + self._askWait
        if now >= self._quietAt:
            self._say.add(ASK)
            self._quietAt = now + _QUIET_AGAIN
