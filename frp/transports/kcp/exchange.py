"""One UDP port with all its conversations, and one timer for them."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from frp.logs import Log
from frp.sockets.datagram import TrainProtocol, sendMany
from frp.transports.kcp.stream import KCPStream
from frp.wire.address import hostPort

__all__ = ["LONGEST_DATAGRAM", "Exchange", "address"]

_log = Log("frp.transports.kcp")

#: Longer datagrams are none of KCP, which never sends more than 1358 bytes.
LONGEST_DATAGRAM = 1500

_UNREACHABLE = (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH)


def address(host: str, port: int) -> IPv4Address | IPv6Address:
    """@return: of a UDP port."""
    return IPv6Address("UDP", host, port) if ":" in host else IPv4Address("UDP", host, port)


class Exchange(TrainProtocol):
    """
    What both ends have in common. Where datagrams go, and to whom those belong that come, is for what derives from
    this.

    @ivar clock: the time.
    """

    transport: Any

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        # Who answers with a time stamp has seen one of ours: they begin anywhere.
        self._base = random.getrandbits(32)
        self._numbers = count()
        self._streams: dict[KCPStream, int] = {}
        self._numbered: dict[int, KCPStream] = {}
        self._waking: list[tuple[float, int]] = []
        self._timer: IDelayedCall | None = None
        self._wakesAt = inf

    def now(self) -> int:
        """The time in milliseconds, from a secret beginning."""
        return int(self.clock.seconds() * 1000) + self._base

    def add(self, stream: KCPStream) -> None:
        """A conversation has begun."""
        number = next(self._numbers)
        self._streams[stream] = number
        self._numbered[number] = stream
        self.schedule(stream)

    def welcome(self, stream: KCPStream) -> None:
        """A conversation's peer has proven who it is, or where."""

    def forget(self, stream: KCPStream) -> None:
        """A conversation is over."""
        number = self._streams.pop(stream, None)
        if number is not None:
            del self._numbered[number]
        if not self._streams:
            self._rest()

    def fault(self, stream: KCPStream, reason: Exception) -> Exception:
        """@return: what the protocol of a conversation is told when it is over."""
        return reason

    def _rest(self) -> None:
        """Nobody is left."""
        self._waking.clear()
        timer, self._timer = self._timer, None
        self._wakesAt = inf
        if timer is not None:
            timer.cancel()

    # Time

    def schedule(self, stream: KCPStream) -> None:
        """Wake a conversation when something is due. Being woken too early costs little."""
        due = stream.conversation.due
        if due >= stream.scheduled:
            return
        number = self._streams.get(stream)
        if number is None:
            return
        stream.scheduled = due
        waking = self._waking
        if len(waking) > 2 * len(self._streams) + 64:
            self._waking = waking = [(each.scheduled, n) for n, each in self._numbered.items() if each.scheduled < inf]
            heapify(waking)
        else:
            heappush(waking, (due, number))
        if due < self._wakesAt:
            self._wakeAt(due)

    def _wakeAt(self, due: float) -> None:
        self._wakesAt = due
        seconds = max(0, due - self.now()) / 1000
        if self._timer is None:
            self._timer = self.clock.callLater(seconds, self._wake)
        else:
            self._timer.reset(seconds)

    def _wake(self) -> None:
        self._timer = None
        self._wakesAt = inf
        now = self.now()
        waking = self._waking
        due: list[KCPStream] = []
        while waking and waking[0][0] <= now:
            at, number = heappop(waking)
            stream = self._numbered.get(number)
            if stream is not None and stream.scheduled == at:
                stream.scheduled = inf
                due.append(stream)
        for stream in due:
            if stream in self._streams:
                self.guarded(stream, stream.step, now)
        if self._waking:
            self._wakeAt(self._waking[0][0])

    def guarded(self, stream: KCPStream, act: Callable[..., object], *args: object) -> None:
        """Do something that one conversation's protocol has a part in. If it fails, only that conversation ends."""
        try:
            act(*args)
        except Exception:
            _log.failure("a conversation with {peer} has failed", peer=hostPort(stream.getPeer()))
            stream.abortConnection()

    # Datagrams

    def way(self, stream: KCPStream) -> tuple[str, int] | None:
        """@return: where a conversation's peer is; None where the port is connected."""
        raise NotImplementedError

    def send(self, stream: KCPStream, datagrams: Sequence[bytes]) -> None:
        """Send datagrams. What the system does not take now is lost, and sent again in time."""
        try:
            sendMany(self.transport, datagrams, self.way(stream))
        except OSError as error:
            if error.errno in _UNREACHABLE:
                stream.refused()
