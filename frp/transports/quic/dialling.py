"""frpc's side: one connection, on a UDP socket of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from frp.errors import TunnelLost, reasonOf
from frp.interfaces import IDialSite, ISession
from frp.transports.quic.interfaces import Address
from frp.transports.quic.runs import ROOM
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import Settings
from frp.transports.quic.single import Single
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.common import QUICConfig

__all__ = ["dialled"]


def dialled(site: IDialSite, settings: Settings, table: QUICConfig, address: Address) -> Deferred[ISession]:
    """
    @param address: of frps: an IP address, and the port.
    @return: fires when the handshake is done.
    """
    single = Single(site.reactor, site.log, settings, table, address, site.config.transport.dialServerTimeout)
    # As with the reference, the system chooses where it leaves from: transport.connectServerLocalIP is for TCP.
    try:
        port: Any = site.reactor.listenUDP(0, single, "::" if ":" in address[0] else "", ROOM)
    except OSError as error:
        raise _fault(address, error) from None
    try:
        port.connect(*address)
    except OSError as error:
        port.stopListening()
        raise _fault(address, error) from None
    return single.dial().ready.addCallback(_asSession)


def _fault(address: Address, error: OSError) -> TunnelLost:
    return TunnelLost(f"dial udp {authority(*address)}: {reasonOf(error)}")


def _asSession(session: QUICSession) -> ISession:
    return session
