"""C{vhostHTTPPort}: users say in the C{Host} of a request which site they want. Each request finds its own route."""

from __future__ import annotations

from functools import partial
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from zope.interface import implementer

from frp.errors import FRPError
from frp.gateways.httproutes import HTTPRoutes, Member, Publication, Served
from frp.gateways.notfound import NotFoundPage
from frp.gateways.routes import canonicalHost, otherPaths
from frp.http.exchange import IExchange
from frp.http.forwarding import Destination, connect, forward
from frp.http.h2.connection import HTTP2Connection
from frp.http.server import HTTPServer
from frp.http.tunnel import tunnelling
from frp.http.upstream import AnswerTimeout
from frp.interfaces import Claim, IGatewaySite, IReceivingGateway, IStream
from frp.interfaces.operations import REQUEST_ANSWERED
from frp.session.greeting import handOver
from frp.values import define
from frp.wire.address import authority
from frp.wire.http.connection import keepsAlive
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead
from frp.wire.http.target import Target, readBasic, readTarget

__all__ = ["HTTPGateway"]

#: What a connection on a shared port begins with; as in the reference, and the beginning of HTTP/2.
_METHODS = frozenset((b"GET", b"HEA", b"POS", b"PUT", b"DEL", b"CON", b"OPT", b"TRA", b"PAT", b"PRI"))

#: Seconds after which a user may try again.
RETRY_AFTER = b"10"

_HTML = b"text/html; charset=utf-8"
_TEXT = b"text/plain; charset=utf-8"


@define
class _Wanted:
    """
    What a request is for, and who asks. What is routed by is what access is decided by.

    @ivar proxied: whether the user takes us for a proxy: the target names the host.
    @ivar user: whose routes are looked at.
    """

    target: Target
    proxied: bool
    host: str
    path: str
    user: str
    login: tuple[bytes, bytes] | None


def _wanted(head: RequestHead) -> _Wanted:
    """@raise HTTPWireError: the request asks for nothing that makes sense."""
    fields = head.fields
    target = readTarget(head)
    authority = target.authority
    proxied = bool(authority)
    login = None
    named: tuple[bytes, bytes] | None = None
    if proxied and b"proxy-authorization" in fields:
        named = login = readBasic(fields.get(b"proxy-authorization"))
    elif b"authorization" in fields:
        named = readBasic(fields.get(b"authorization"))
        # Of a proxy's user this is the site's affair. It finds the route, as in the reference, and opens none.
        login = None if proxied else named
    host = canonicalHost((authority or fields.get(b"host") or b"").decode("utf-8", "surrogateescape"))
    user = named[0].decode("utf-8", "surrogateescape") if named is not None else ""
    return _Wanted(target, proxied, host, _pathOf(target), user, login)


def _pathOf(target: Target) -> str:
    """@raise HTTPWireError: the path has a percent sign that escapes nothing."""
    path = target.path.partition(b"?")[0]
    if b"%" in path:
        pieces = path.split(b"%")[1:]
        if any(len(piece) < 2 or not all(c in b"0123456789abcdefABCDEF" for c in piece[:2]) for piece in pieces):
            raise HTTPWireError(400, "malformed request target", f"the path is {path[:100]!r}")
        path = unquote_to_bytes(path)
    return path.decode("utf-8", "surrogateescape")


@implementer(IReceivingGateway)
class HTTPGateway:
    """The door."""

    def __init__(self, site: IGatewaySite, port: int) -> None:
        config = site.config
        self.site = site
        self.port = port
        self.subDomainHost = config.subDomainHost
        self._unavailable = config.vhostHTTPUnavailableStatus
        self._timeout = config.vhostHTTPTimeout if config.vhostHTTPTimeout > 0 else 60
        self._page = NotFoundPage(config.custom404Page, site.log)
        self._tunnel = tunnelling(site.clock, site.log, site.flowing)
        self._server = HTTPServer(self._answer, site.clock, site.log, flowing=site.flowing, http2=HTTP2Connection)
        self.routes = HTTPRoutes(site, self._destination, remembers=self._unavailable == 503)

    def open(self) -> None:
        site = self.site
        site.listen(self.port, Claim("vhostHTTPPort", 1, 3, lambda first: first[:3] in _METHODS, self._server, _begins))
        site.log.info("http service listen on {where}", where=authority(site.config.proxyBindAddr, self.port))

    def receive(self, user: IStream, said: bytes) -> None:
        handOver(user, self._server.buildProtocol(user.getPeer()), said)

    def close(self) -> None:
        self._server.shut()

    # Requests

    def _answer(self, exchange: IExchange) -> None:
        try:
            wanted = _wanted(exchange.head)
        except HTTPWireError as error:
            exchange = self._shown(exchange, None)
            exchange.reply(error.status, Fields([(b"Content-Type", _TEXT)]), f"{error.brief}\n".encode())
            return
        served = self.routes.find(wanted.host, wanted.path, wanted.user)
        if served is None:
            self._notFound(self._shown(exchange, None), wanted)
            return
        if not served.publication.admits(wanted.login) or self._evades(wanted, served):
            _refuse(self._shown(exchange, served.first), wanted.proxied)
            return
        turn = served.next()
        if turn is None:
            self._notFound(self._shown(exchange, None), wanted)
            return
        member, destination = turn
        if self._isMoved(exchange, member):
            return
        self._forward(self._shown(exchange, member), wanted.target, member, destination)

    def _isMoved(self, exchange: IExchange, member: Member) -> bool:
        """
        Whether the user goes on elsewhere. Of a group each request is another one's, who may be anywhere; and for one
        request alone a connection is not worth passing on: it would be accepted and read twice.
        """
        elsewhere = member.site.elsewhere
        if elsewhere is None or member.proxy.group or not keepsAlive(exchange.head):
            return False
        return exchange.move(partial(elsewhere.receive, self.site.name))

    def _shown(self, exchange: IExchange, member: Member | None) -> IExchange:
        """@return: the exchange as it is to be answered, so that hooks hear of it."""
        if not self.site.watches(REQUEST_ANSWERED):
            return exchange
        # Imported here, for few have such hooks.
        from frp.gateways.requests import observed

        return observed(exchange, self.site, member)

    def _forward(self, exchange: IExchange, target: Target, member: Member, destination: Destination) -> None:
        if exchange.head.method == b"CONNECT":
            member.site.together(lambda: connect(exchange, destination))
        elif len(member.pool):
            forward(exchange, target, destination)
        else:
            # A new work stream, what starts it and the request leave together.
            member.site.together(lambda: forward(exchange, target, destination))

    def _evades(self, wanted: _Wanted, served: Served) -> bool:
        """
        Whether the path is written so that it finds a route without a password, and a service may take it for one of a
        route with one. The reference lets it pass.
        """
        others = (self.routes.find(wanted.host, path, wanted.user) for path in otherPaths(wanted.path))
        return any(o is not None and o is not served and not o.publication.admits(wanted.login) for o in others)

    def _notFound(self, exchange: IExchange, wanted: _Wanted) -> None:
        self.site.log.warn(
            "do http proxy request [host: {host}] error: {reason}",
            host=wanted.host[:255],
            reason=f"no route found: {wanted.host[:255]} {wanted.path[:255]} {wanted.user[:255]}",
        )
        away = self.routes.wasThere(wanted.host, wanted.path, wanted.user)
        self._show(exchange, 503 if away else 404)

    def _show(self, exchange: IExchange, status: int) -> None:
        fields = Fields([(b"Content-Type", _HTML)])
        if status == 503:
            fields.add(b"Retry-After", RETRY_AFTER)
        exchange.reply(status, fields, self._page.content())

    def _failed(self, exchange: IExchange, error: FRPError) -> None:
        """The service, or the way to it, has failed. The user learns no more than that, as in the reference."""
        host = exchange.head.fields.get(b"host") or b""
        self.site.log.warn(
            "do http proxy request [host: {host}] error: {reason}",
            host=host[:255].decode("ascii", "backslashreplace"),
            reason=error.detail,
        )
        if isinstance(error, AnswerTimeout):
            exchange.reply(504)
        else:
            self._show(exchange, self._unavailable)

    # Proxies

    def _destination(self, publication: Publication, member: Member) -> Destination:
        site = member.site

        def dial(protocol: IProtocol, exchange: IExchange) -> Deferred[None]:
            def started(stream: IStream) -> None:
                site.handOver(stream, protocol, counted=True)

            peer = exchange.peer
            return site.workStream((peer.host, peer.port), None).addCallback(started)

        return Destination(
            pool=member.pool,
            dial=dial,
            rules=publication.rules,
            tunnel=self._tunnel,
            log=site.log,
            failed=self._failed,
            timeout=self._timeout,
        )


def _begins(first: bytes) -> bool:
    return any(method.startswith(first) for method in _METHODS)


def _refuse(exchange: IExchange, proxied: bool) -> None:
    """The user has not proven who it is."""
    status, asks, why = (407, b"Proxy", b"Proxy Authentication Required") if proxied else (401, b"WWW", b"Unauthorized")
    fields = Fields([(b"Content-Type", _TEXT), (b"X-Content-Type-Options", b"nosniff")])
    fields.add(asks + b"-Authenticate", b'Basic realm="Restricted"')
    exchange.reply(status, fields, why + b"\n")
