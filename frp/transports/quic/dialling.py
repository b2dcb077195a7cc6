"""frpc's side: one connection, on a UDP socket of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred

from frp.errors import TunnelLost, reasonOf
from frp.interfaces import IDialSite, ISession
from frp.transports.quic.engine import Engine
from frp.transports.quic.faults import refusedFault, slowFault
from frp.transports.quic.headers import shortRuns
from frp.transports.quic.interfaces import Address, Datagram
from frp.transports.quic.runs import ROOM, RunProtocol
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import NAME, Settings
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.common import QUICConfig

__all__ = ["dialled"]


def dialled(site: IDialSite, settings: Settings, table: QUICConfig, address: Address) -> Deferred[ISession]:
    """
    @param address: of frps: an IP address, and the port.
    @return: fires when the handshake is done.
    """
    dialling = _Dialling(site, address)
    # As with the reference, the system chooses where it leaves from: transport.connectServerLocalIP is for TCP.
    try:
        port: Any = site.reactor.listenUDP(0, dialling, "::" if ":" in address[0] else "", ROOM)
    except OSError as error:
        raise _fault(address, error) from None
    try:
        port.connect(*address)
    except OSError as error:
        port.stopListening()
        raise _fault(address, error) from None
    engine = Engine(settings)
    wide = ":" in address[0]
    kind = IPv6Address if wide else IPv4Address
    session = QUICSession(
        site.reactor,
        site.log,
        engine,
        dialling,
        (kind("UDP", "::" if wide else "0.0.0.0", port.getHost().port), kind("UDP", *address)),
        handshake=site.config.transport.dialServerTimeout,
        slow=slowFault(settings.side, shaken=False),
        keepalive=table.keepalivePeriod,
    )
    dialling.begin(session)
    engine.connect(address, site.reactor.seconds())
    session.flush()
    return session.ready.addCallback(_asSession)


def _fault(address: Address, error: OSError) -> TunnelLost:
    return TunnelLost(f"dial udp {authority(*address)}: {reasonOf(error)}")


def _asSession(session: QUICSession) -> ISession:
    return session


class _Dialling(RunProtocol):
    """The socket of one session, which it closes in the end."""

    def __init__(self, site: IDialSite, address: Address) -> None:
        self._site = site
        self._address = address
        self._session: QUICSession | None = None
        self._heard = False

    def begin(self, session: QUICSession) -> None:
        self._session = session

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        self._heard = True
        for name, run in shortRuns(datagrams, NAME):
            if self._session is not None:
                self._session.receive(name, run, self._address)

    def connectionRefused(self) -> None:
        """
        The system says that nobody listens there. Anybody may have sent it that; so it only counts while there is no
        connection that could be ended by it.
        """
        if not self._heard and self._session is not None:
            self._session.fail(refusedFault(authority(*self._address)))

    # What the session asks of it

    def leave(self, datagrams: Sequence[bytes], receiver: Address | None) -> None:
        super().leave(datagrams, None)

    def named(self, session: QUICSession, name: bytes) -> None:
        """Nobody else uses the socket."""

    unnamed = named

    def welcome(self, session: QUICSession) -> None:
        """Nobody else wants its place."""

    def gone(self, session: QUICSession) -> None:
        self._session = None
        self.transport.stopListening()
