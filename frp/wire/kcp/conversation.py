"""
One conversation: the two directions, the shards that carry both, and its end.

It has no clock and no socket: datagrams go in with the time, and what is due comes out. Whatever is wrong with a
datagram, nothing comes of it, for anybody may have sent it in the peer's name; nothing here raises for what came.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from struct import Struct

from frp.wire.kcp.inbound import Inbound
from frp.wire.kcp.outbound import Outbound
from frp.wire.kcp.roundtrip import LONGEST
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
    Control,
)
from frp.wire.kcp.shards import ShardReader, ShardWriter

__all__ = ["Conversation"]

_WRAP = CLOCK - 1
_HALF = CLOCK >> 1

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

#: Milliseconds after the first, the second and the third time that our end is told. Then nobody is awaited any more:
#: the reference never answers.
_END_WAITS = (100, 200, 300)

# The size of a data shard, and the head of a segment.
_BODY = Struct("<HIBBHIIII")
_FULL_BODY = FULL - SHARD_SIZE + 2

_head = HEAD.pack
_readHead = HEAD.unpack_from
_readShard = SHARD.unpack_from


class Conversation:
    """
    @ivar number: what both ends call it.
    @ivar inbound: what comes; @ivar outbound: what goes.
    @ivar gone: whether the peer says that it knows of no such conversation.
    @ivar over: whether nothing is left to do after L{end}.
    """

    __slots__ = (
        "_ackDue", "_askAt", "_askWait", "_endAt", "_ending", "_heardAt", "_parity", "_peerEnd", "_plain", "_quietAt",
        "_reader", "_say", "_tries", "_writer", "gone", "inbound", "number", "outbound", "over",
    )  # fmt: skip

    def __init__(self, number: int, now: int, *, sends: int, receives: int) -> None:
        """
        @param now: milliseconds, as everywhere here; from any beginning, which strangers cannot guess.
        @param sends: how many segments we may have under way; @param receives: and the peer.
        """
        self.number = number
        self.inbound = Inbound(receives)
        self.outbound = Outbound(sends)
        self.gone = self.over = False
        self._reader = ShardReader()
        self._writer = ShardWriter()
        self._heardAt = now
        self._quietAt = now + _QUIET
        self._ackDue = inf
        self._askAt = inf
        self._askWait = 0
        self._say: set[int] = set()  # ASK, TELL
        self._plain: list[bytes] = []  # datagrams of controls
        self._parity = False
        self._ending = False
        self._endAt = inf
        self._tries = 0
        self._peerEnd: int | None = None

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
        reader, inbound, conversation = self._reader, self.inbound, self.number
        expected, following, ready = reader.expected, inbound.nxt, inbound.ready
        room = 0 if inbound.gap else inbound.room
        first, last, lastUna, lastWindow, at = following, (0, 0), -1, 0, 0
        append = ready.append
        for shard, kind, _, theirs, command, _, window, stamp, number, una, length, payload in WHOLE.iter_unpack(train):
            if shard == expected:
                expected += 1
            else:
                reader.expected = expected
                reader.skipped(shard)
                expected = reader.expected
            if kind == PARITY_SHARD:
                self._parity = True
            elif command == PUSH and length == MSS and theirs == conversation and kind == DATA_SHARD:
                if room and number == following & _WRAP:
                    append(payload)
                    following += 1
                    room -= 1
                    last = number, stamp
                else:
                    inbound.nxt = following
                    inbound.push(number, stamp, payload)
                    following = inbound.nxt
                    room = 0 if inbound.gap else inbound.room
                lastUna, lastWindow = una, window
            elif kind == DATA_SHARD:
                inbound.nxt = following
                self._shard(train, at, at + FULL, now)
                following = inbound.nxt
                room = 0 if inbound.gap else inbound.room
            at += FULL
        reader.expected = expected
        inbound.nxt = following
        if lastUna >= 0:
            self._heard(now)
            self.outbound.window = lastWindow
            self.outbound.expects(lastUna)
        if last != (0, 0) or following != first:
            self._countIn(last, following - first)

    def _countIn(self, last: tuple[int, int], many: int) -> None:
        inbound = self.inbound
        inbound.fresh += many
        if last != (0, 0):
            inbound.last = last
            inbound.heard = last[1]

    def _heard(self, now: int) -> None:
        self._heardAt = now
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
            self._control(kind >> 8, train, at, now)
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
                inbound.push(number, stamp, data[at : at + length])
            elif command == ACK:
                acks.append((number, stamp))
            else:
                inbound.heard = stamp
                if command == ASK:
                    self._say.add(TELL)
            at += length
        if acks:
            outbound.acknowledged(acks, now, regular)

    def _control(self, what: int, train: bytes, at: int, now: int) -> None:
        theirs, _, _, _, stamp, number, _, _ = _readHead(train, at)
        if theirs != self.number:
            return
        if what == Control.END:
            ahead = number - self.inbound.nxt & _WRAP
            if ahead <= self.inbound.window:
                self._peerEnd = self.inbound.nxt + ahead
                self._heard(now)
            self._plain.append(_head(theirs, CONTROL, Control.ENDED, 0, stamp, number, self.inbound.nxt & _WRAP, 0))
        elif what == Control.ENDED:
            if self._tries:
                self.over = True
                self._endAt = inf
        elif what == Control.GONE and self._believes(stamp, now):
            self.gone = True

    @property
    def ended(self) -> bool:
        """Whether the peer has ended it, and all that it sent has come."""
        return self._peerEnd is not None and self.inbound.nxt >= self._peerEnd

    # What goes

    def tell(self) -> None:
        """Let the peer know how much room we have."""
        self._say.add(TELL)

    def end(self) -> None:
        """Say, when all has arrived that was written, that there is no more."""
        self._ending = True

    def drop(self, now: int) -> bytes:
        """
        End it now.

        @return: the datagram that says so to the peer.
        """
        stamp = now if self.inbound.heard is None else self.inbound.heard
        return _head(self.number, CONTROL, Control.GONE, 0, stamp & _WRAP, 0, 0, 0)

    def _believes(self, stamp: int, now: int) -> bool:
        """Whether a time stamp is one that we have sent of late, or the next of the peer: nobody else knows either."""
        heard = self.inbound.heard
        return (now - stamp & _WRAP) <= 2 * LONGEST or (heard is not None and (stamp - heard & _WRAP) <= 2 * LONGEST)

    def dead(self, now: int) -> bool:
        """Whether nobody is there any more."""
        return now - self._heardAt >= _DEAD

    @property
    def due(self) -> float:
        """When L{flush} has something to do, if nothing comes before."""
        due = min(self._ackDue, self._askAt, self._quietAt, self._endAt)
        return min(due, self.outbound.due) if self.outbound.flying else due

    def hasty(self) -> bool:
        """Whether L{flush} has something to do at once."""
        inbound = self.inbound
        outbound = self.outbound
        return bool(
            inbound.urgent
            or inbound.fresh >= _ACK_EVERY
            or self._say
            or self._plain
            or outbound.ready
            or (not outbound.window and outbound.waiting and not self._askWait)
            or (self._ending and not self._tries and outbound.empty)
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
        plain, self._plain = self._plain, []
        self._tellEnd(now, plain)
        return self._writer.write(bodies) + plain if plain else self._writer.write(bodies)

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

    def _tellEnd(self, now: int, plain: list[bytes]) -> None:
        if not self._ending or self.over or not self.outbound.empty:
            return
        if self._tries and now < self._endAt:
            return
        if self._tries == len(_END_WAITS):
            self.over = True
            self._endAt = inf
            return
        self._endAt = now + _END_WAITS[self._tries]
        self._tries += 1
        end = self.outbound.nxt & _WRAP
        plain.append(_head(self.number, CONTROL, Control.END, 0, now & _WRAP, end, self.inbound.nxt & _WRAP, 0))
