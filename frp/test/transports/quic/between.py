"""Two QUIC sessions, and the network between them, in the hands of a test."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from frp.config.common import QUICConfig
from frp.errors import TunnelLost
from frp.interfaces import ITLSSide
from frp.sockets.tlsside import clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields
from frp.testing.recording import Lines
from frp.transports.quic.engine import Engine
from frp.transports.quic.headers import longHeader, shortRuns
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import NAME, settingsOf

__all__ = ["AUTHORITY", "CLIENT", "SERVER", "Between", "Wire"]

AUTHORITY = Authority()
SERVER = serverContext(AUTHORITY.fields("server", names=["frps.example"]))
CLIENT = clientContext(Fields(), "frps.example")

_CLIENT_AT, _SERVER_AT = ("192.0.2.1", 1111), ("192.0.2.2", 2222)


class Wire:
    """
    One direction: the door of one session.

    @ivar queue: the datagrams that are under way.
    @ivar lose: is asked about each; what it likes is lost.
    @ivar sizes: of all that was sent; @ivar keep: all of it.
    """

    def __init__(self) -> None:
        self.queue: deque[bytes] = deque()
        self.lose: Callable[[bytes], bool] = lambda datagram: False
        self.sizes: list[int] = []
        self.keep: list[bytes] = []
        self.mtuKnown = 0
        self.gones = 0
        self.names: set[bytes] = set()

    def leave(self, datagrams: Sequence[bytes], receiver: tuple[str, int]) -> None:
        self.sizes += map(len, datagrams)
        self.keep += datagrams
        self.queue += [each for each in datagrams if not self.lose(each)]

    def mtu(self, receiver: tuple[str, int]) -> int:
        return self.mtuKnown

    def named(self, session: QUICSession, name: bytes) -> None:
        self.names.add(name)

    def unnamed(self, session: QUICSession, name: bytes) -> None:
        self.names.discard(name)

    def welcome(self, session: QUICSession) -> None:
        pass

    def gone(self, session: QUICSession) -> None:
        self.gones += 1


class Between:
    """
    A client and a server.

    @ivar forth: the wire to the server; @ivar back: to the client.
    @ivar mixes: whether datagrams overtake each other.
    """

    def __init__(
        self,
        clock: Clock,
        client: ITLSSide = CLIENT,
        server: ITLSSide = SERVER,
        table: QUICConfig | None = None,
        seed: int | None = None,
        loss: float = 0.0,
        most: int = 0xFFFF,
        mtu: int = 0,
    ) -> None:
        """
        @param loss: which part of the datagrams is lost.
        @param most: larger ones are lost, too.
        @param mtu: what both systems believe in.
        """
        self.clock = clock
        self.lines = Lines()
        self.forth, self.back = Wire(), Wire()
        self._random = random.Random(seed)
        self.forth.lose = self.back.lose = lambda each: len(each) > most or (loss > 0 and self._random.random() < loss)
        self.forth.mtuKnown = self.back.mtuKnown = mtu
        self.mixes = seed is not None
        self._server = server
        self._table = table or QUICConfig()
        engine = Engine(settingsOf(client, self._table))
        self.client = self._session(engine, self.forth, _CLIENT_AT, _SERVER_AT)
        self._accepted: QUICSession | None = None
        self.outcomes: list[Any] = []
        self.client.ready.addBoth(self.outcomes.append)
        engine.connect(_SERVER_AT, clock.seconds())
        self.client.flush()
        self.spend(3 if loss else 0)

    def _session(self, engine: Engine, door: Wire, ours: tuple[str, int], theirs: tuple[str, int]) -> QUICSession:
        return QUICSession(
            self.clock,
            self.lines.log,
            engine,
            door,
            (IPv4Address("UDP", *ours), IPv4Address("UDP", *theirs)),
            handshake=10,
            slow=TunnelLost("slow"),
            keepalive=self._table.keepalivePeriod,
        )

    @property
    def server(self) -> QUICSession:
        """What has come of the client's first datagram."""
        assert self._accepted is not None, "nothing has arrived"
        return self._accepted

    def pump(self) -> None:
        """Let arrive what is under way, and what comes of it."""
        while self.forth.queue or self.back.queue:
            forth, self.forth.queue = list(self.forth.queue), deque()
            self._arrive(forth, _CLIENT_AT, forward=True)
            back, self.back.queue = list(self.back.queue), deque()
            self._arrive(back, _SERVER_AT, forward=False)

    def _arrive(self, datagrams: list[bytes], sender: tuple[str, int], *, forward: bool) -> None:
        if self.mixes:
            for at in range(0, len(datagrams) - 4, 5):
                part = datagrams[at : at + 5]
                self._random.shuffle(part)
                datagrams[at : at + 5] = part
        for name, run in shortRuns(datagrams, NAME):
            if forward and self._accepted is None:
                header = longHeader(run[0])
                assert header is not None, "the first one has a long header"
                engine = Engine(settingsOf(self._server, self._table), original_destination_connection_id=header[2])
                self._accepted = self._session(engine, self.back, _SERVER_AT, _CLIENT_AT)
                self._accepted.ready.addErrback(self.outcomes.append)
            (self.server if forward else self.client).receive(name, run, sender)

    def spend(self, seconds: float) -> None:
        """Let time pass, a millisecond at a time."""
        self.pump()
        for _ in range(int(seconds * 1000)):
            self.clock.advance(0.001)
            self.pump()

    def abort(self) -> None:
        """The end of both."""
        self.client.abort()
        if self._accepted is not None:
            self._accepted.abort()
