"""A UDP socket for one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address

from frp.errors import FRPError
from frp.logs import Log
from frp.transports.lookup import unreached
from frp.transports.quic.engine import Engine
from frp.transports.quic.faults import slowFault
from frp.transports.quic.headers import shortRuns
from frp.transports.quic.initial import initialOf
from frp.transports.quic.interfaces import Address, Datagram
from frp.transports.quic.runs import RunProtocol
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import NAME, Settings
from frp.wire.address import authority

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from frp.config.common import QUICConfig

__all__ = ["Answering", "Single"]


class Single(RunProtocol):
    """
    The session's door, which it closes in the end. The socket is connected to the peer.

    @ivar session: once there is one.
    """

    session: QUICSession | None = None

    def __init__(
        self, clock: IReactorTime, log: Log, settings: Settings, table: QUICConfig, address: Address, handshake: float
    ) -> None:
        """
        @param table: C{transport.quic}.
        @param address: of the peer: an IP address, and the port.
        @param handshake: seconds for it.
        """
        self._clock = clock
        self._log = log
        self._settings = settings
        self._table = table
        self._address = address
        self._patience = handshake
        self._heard = False

    def dial(self) -> QUICSession:
        """Begin the handshake."""
        engine = Engine(self._settings)
        session = self._made(engine)
        engine.connect(self._address, self._clock.seconds())
        session.flush()
        return session

    def _made(self, engine: Engine) -> QUICSession:
        wide = ":" in self._address[0]
        kind = IPv6Address if wide else IPv4Address
        self.session = session = QUICSession(
            self._clock,
            self._log,
            engine,
            self,
            (kind("UDP", "::" if wide else "0.0.0.0", self.transport.getHost().port), kind("UDP", *self._address)),
            handshake=self._patience,
            slow=self.slow(),
            keepalive=self._table.keepalivePeriod,
        )
        return session

    def slow(self) -> FRPError:
        """@return: what is wrong with a handshake that takes too long."""
        return slowFault(self._settings.side, shaken=False)

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        self._heard = True
        for name, run in shortRuns(datagrams, NAME):
            if self.session is not None:
                self.session.receive(name, run, self._address)

    def connectionRefused(self) -> None:
        """
        The system says that nobody listens there. Anybody may have sent it that; so it only counts while there is no
        connection that could be ended by it.
        """
        if not self._heard and self.session is not None:
            self.session.fail(unreached(authority(*self._address), "quicBindPort", refused=True))

    # What the session asks of it

    def leave(self, datagrams: Sequence[bytes], receiver: Address | None) -> None:
        super().leave(datagrams, None)

    def named(self, session: QUICSession, name: bytes) -> None:
        """Nobody else uses the socket."""

    unnamed = named

    def welcome(self, session: QUICSession) -> None:
        """Nobody else wants its place."""

    def gone(self, session: QUICSession) -> None:
        self.session = None
        self.transport.stopListening()


class Answering(Single):
    """
    The same for who waits until the peer begins.

    @ivar begun: is called with the session then, before its handshake is done.
    """

    begun: Callable[[QUICSession], object]
    _over = False

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        if self.session is None and not self._over:
            for datagram in datagrams:
                initial = initialOf(bytes(datagram))
                if initial is not None:
                    engine = Engine(self._settings, original_destination_connection_id=initial.name)
                    self.begun(self._made(engine))
                    break
        super().runReceived(datagrams, sender)

    def gone(self, session: QUICSession) -> None:
        self._over = True
        super().gone(session)
