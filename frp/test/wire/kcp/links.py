"""Two ends of a conversation, and a bad way between them, in a time of their own."""

from __future__ import annotations

import random
from heapq import heappop, heappush

from frp.wire.kcp.conversation import Conversation

__all__ = ["Way"]


class Way:
    """
    @ivar ends: the client's and the server's, with the reference's windows.
    @ivar received: what each has got.
    @ivar now: milliseconds.
    @ivar sent: how many datagrams were sent.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        loss: float = 0,
        delay: int = 0,
        jitter: int = 0,
        twice: float = 0,
        shards: bool = True,
        start: int = 5000,
    ) -> None:
        """
        @param loss: the share of datagrams that is lost; @param twice: and that comes twice.
        @param delay: milliseconds, one way, and up to C{jitter} more: then some overtake others.
        @param shards: whether parity comes through.
        """
        self.now = start
        self.sent = 0
        self.ends = (
            Conversation(7, self.now, sends=128, receives=512),
            Conversation(7, self.now, sends=1024, receives=1024),
        )
        self.received = (bytearray(), bytearray())
        self._chance = random.Random(seed)
        self._loss = loss
        self._delay = delay
        self._jitter = jitter
        self._twice = twice
        self._shards = shards
        self._under: list[tuple[int, int, int, bytes]] = []

    def write(self, end: int, data: bytes) -> None:
        """One end has something to say."""
        self.ends[end].outbound.write(data)
        self._act(end)

    def _act(self, end: int) -> None:
        conversation = self.ends[end]
        while conversation.inbound.ready:
            self.received[end].extend(conversation.inbound.take())
        while conversation.hasty() or conversation.due <= self.now:
            for datagram in conversation.flush(self.now):
                self._send(1 - end, datagram)

    def _send(self, to: int, datagram: bytes) -> None:
        chance = self._chance
        if chance.random() < self._loss or (not self._shards and datagram[4] == 0xF2):
            return
        for _ in range(2 if chance.random() < self._twice else 1):
            self.sent += 1
            arrives = self.now + self._delay + int(chance.random() * self._jitter)
            heappush(self._under, (arrives, self.sent, to, datagram))

    def run(self, until: int | None = None) -> None:
        """Until nothing is under way and nobody waits for anything, or until a time."""
        while until is None or self.now < until:
            waiting = any(not end.outbound.empty for end in self.ends)
            if until is None and not waiting and not self._under:
                return
            due = min(self._under[0][0] if self._under else float("inf"), *(end.due for end in self.ends))
            if until is not None and due > until:
                self.now = until
                return
            self.now = max(self.now, int(due))
            while self._under and self._under[0][0] <= self.now:
                _, _, to, datagram = heappop(self._under)
                self.ends[to].receive(datagram, len(datagram), self.now)
                self._act(to)
            for end in (0, 1):
                self._act(end)
