"""
C{vhostHTTPSPort}: users say in the first message of TLS whom they want, and get a connection to that proxy. TLS is
between the user and the service; nothing is decrypted here.
"""

from __future__ import annotations

from twisted.internet.interfaces import IAddress
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.gateways.arrivals import Arrival, Door
from frp.interfaces import Claim, IGateway, IGatewayKind, IGatewaySite
from frp.wire.address import authority
from frp.wire.clienthello import UNRECOGNIZED_NAME, ClientHelloReader

__all__ = ["HTTPS", "HTTPSGateway"]

_HANDSHAKE = b"\x16"


@implementer(IGatewayKind)
class HTTPS:
    def gateway(self, config: None, site: IGatewaySite) -> HTTPSGateway | None:
        port = site.config.vhostHTTPSPort
        return HTTPSGateway(site, port) if port > 0 else None


class _User(Arrival):
    """Somebody whose ClientHello is not whole yet."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self._reader = ClientHelloReader()

    def heard(self, data: bytes) -> None:
        try:
            hello = self._reader.receive(data)
        except RemoteWireError as error:
            self.refuse(error.detail)
            return
        if hello is None:
            return
        target = self.door.routes.find(hello.serverName)
        if target is None:
            self.refuse(f"https request for host [{hello.serverName[:255]}] not found", UNRECOGNIZED_NAME)
        else:
            self.give(target.serve, bytes(self._reader.received))


@implementer(IGateway)
class HTTPSGateway(Door):
    """The door."""

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self)

    def open(self) -> None:
        site = self.site
        # Before the transport, whose own TLS begins with the same byte unless frpc puts another one before it.
        claim = Claim("vhostHTTPSPort", 1, 1, lambda first: first.startswith(_HANDSHAKE), self)
        site.listen(self.port, claim)
        if not site.shares(self.port):
            site.log.info("https service listen on {where}", where=authority(site.config.proxyBindAddr, self.port))
