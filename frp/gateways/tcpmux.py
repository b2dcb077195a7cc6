"""C{tcpmuxHTTPConnectPort}: users ask for a proxy by C{CONNECT}, as they would ask an HTTP proxy for a host."""

from __future__ import annotations

from hmac import compare_digest

from twisted.internet.interfaces import IAddress
from zope.interface import implementer

from frp.errors import PortTaken, RemoteWireError
from frp.gateways.arrivals import Arrival, Door
from frp.gateways.grouped import Route
from frp.gateways.notfound import NotFoundPage
from frp.gateways.routes import canonicalHost
from frp.interfaces import Claim, IGateway, IGatewayKind, IGatewaySite
from frp.wire.address import authority
from frp.wire.http.connectrequest import ConnectRequest, connectReader

__all__ = ["TCPMux", "TCPMuxGateway"]

_BEGINNING = b"CONN"
_CONNECTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_UNPROVEN = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="Restricted"\r\nContent-Length: 0\r\n\r\n'
)


@implementer(IGatewayKind)
class TCPMux:
    def gateway(self, config: None, site: IGatewaySite) -> TCPMuxGateway | None:
        port = site.config.tcpmuxHTTPConnectPort
        return TCPMuxGateway(site, port) if port > 0 else None


class _User(Arrival):
    """Somebody whose request is not whole yet."""

    def __init__(self, door: TCPMuxGateway) -> None:
        super().__init__(door)
        self._mux = door
        self._reader = connectReader()
        self._received = b""  # of which a passed-on request is made

    def heard(self, data: bytes) -> None:
        if self._mux.passthrough:
            self._received += data
        try:
            request = self._reader.receive(data)
        except RemoteWireError as error:
            # Without an answer, as in the reference: this is for programs that say nothing else.
            self.refuse(error.detail)
            return
        if request is not None:
            self._decide(request)

    def _decide(self, request: ConnectRequest) -> None:
        host = canonicalHost(request.host)
        target = self.door.routes.find(host, request.user)
        if target is None:
            self.refuse(f"CONNECT to [{host[:255]}] by user [{request.user[:255]}] not found", self._mux.notFound())
            return
        if not self._mux.passthrough:
            # Before the proof is looked at, as in the reference: who fails it hears both.
            self.transport.write(_CONNECTED)
        if not _proven(request, target.route):
            self.refuse(f"the user [{request.user[:255]}] did not prove who it is", _UNPROVEN)
            return
        # What came behind the request is the service's; the reference loses it.
        self.give(target.serve, self._received if self._mux.passthrough else self._reader.rest)


def _proven(request: ConnectRequest, route: Route) -> bool:
    """Whether the user may come in, said in the same time for any wrong password."""
    user, password = route.login
    given = f"{request.user}:{request.password}".encode("utf-8", "surrogateescape")
    return not user or compare_digest(given, f"{user}:{password}".encode("utf-8", "surrogateescape"))


@implementer(IGateway)
class TCPMuxGateway(Door):
    """
    The door.

    @ivar passthrough: whether services get the requests themselves, and answer them.
    """

    def __init__(self, site: IGatewaySite, port: int) -> None:
        super().__init__(site, port)
        self.passthrough = site.config.tcpmuxPassthrough
        self._page = NotFoundPage(site.config.custom404Page, site.log)

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self)

    def open(self) -> None:
        site = self.site
        where = authority(site.config.proxyBindAddr, self.port)
        if site.shares(self.port) and site.shares(site.config.vhostHTTPPort):
            # A CONNECT would be for either of them.
            brief = f"create server listener error, listen tcp {where}: bind: address already in use"
            raise PortTaken(brief, f"{brief}: vhostHTTPPort has it, too")
        begins = _BEGINNING.startswith
        claim = Claim("tcpmuxHTTPConnectPort", 1, 4, lambda first: first.startswith(_BEGINNING), self, begins)
        site.listen(self.port, claim)
        site.log.info(
            "tcpmux httpconnect multiplexer listen on {where}, passthrough: {passthrough}",
            where=where,
            passthrough="true" if self.passthrough else "false",
        )

    def notFound(self) -> bytes:
        """@return: the whole answer to who asks for an unknown host."""
        return self._page.response()
