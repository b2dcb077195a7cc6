"""
C{http2http}, C{http2https}, C{https2http} and C{https2https}: HTTP is passed on to a local service, with or without TLS
on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.config.common import HeaderOperations
from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.errors import ConfigError, FRPError
from frp.http.exchange import IExchange
from frp.http.forwarding import Destination, badGateway, connect, forward
from frp.http.inspecting.tables import InspectedConfig, inspected
from frp.http.pool import Pool
from frp.http.rewriting import Forwarded, Rules, configuredFields
from frp.interfaces import IClientPlugin, IClientPluginSite, IStream
from frp.plugins.certificates import HANDSHAKE_SECONDS, CertificateConfig, certificate, unverified
from frp.plugins.tables import hostPort, localAddrKey
from frp.plugins.users import HTTPUsers
from frp.session.greeting import Once
from frp.sockets.tlsends import TLSEndpoint, TLSFactory
from frp.wire.address import authority
from frp.wire.http.error import HTTPWireError
from frp.wire.http.target import readTarget, splitAuthority

__all__ = [
    "HTTP2HTTP",
    "HTTP2HTTPS",
    "HTTPS2HTTP",
    "HTTPS2HTTPS",
    "BridgeConfig",
    "HTTP2HTTPConfig",
    "HTTP2HTTPSConfig",
    "HTTPS2HTTPConfig",
    "HTTPS2HTTPSConfig",
    "SecureBridgeConfig",
    "bridge",
    "connecting",
    "joining",
    "passing",
    "secureBridge",
]

#: Seconds until the response of a service begins. The reference waits without end, and some services make use of that.
ANSWER_SECONDS = 3600


@table(inline=True)
class BridgeConfig(InspectedConfig, PluginConfig):
    """HTTP is passed on to a local service."""

    localAddr: str = key("", "The local service, HOST:PORT.")
    hostHeaderRewrite: str = key("", "What the service is told as Host.", shown="what the user has asked for")
    requestHeaders: HeaderOperations = key(HeaderOperations, "What is done to the headers of requests.")


@table(inline=True)
class SecureBridgeConfig(CertificateConfig, BridgeConfig):
    """TLS ends here, and what is inside is passed on to a local service."""

    enableHTTP2: bool = key(True, "Whether HTTP/2 is offered to users.")


def connecting(endpoint: IStreamClientEndpoint) -> Callable[[Protocol, IExchange], Deferred[IProtocol]]:
    """@return: what L{Destination.dial} wants, for a service of its own."""

    def dial(protocol: Protocol, _exchange: IExchange) -> Deferred[IProtocol]:
        return endpoint.connect(Once(protocol))

    return dial


def joining(site: IClientPluginSite) -> Callable[[IStream, bytes, IStream, bytes], object]:
    """@return: what L{Destination.tunnel} wants."""

    def join(user: IStream, fromUser: bytes, service: IStream, fromService: bytes) -> None:
        service.unread(fromService)
        site.join(user, service, fromUser)

    return join


def secureBridge(config: SecureBridgeConfig, site: IClientPluginSite, *, secure: bool) -> Factory:
    """The same as L{bridge} for users who come over TLS."""
    protocols = (b"h2", b"http/1.1") if config.enableHTTP2 else (b"http/1.1",)
    try:
        side = certificate(config).speaking(*protocols)
    except ConfigError as error:
        raise error.behind("gen TLS config error") from error
    http2 = config.enableHTTP2
    users = bridge(config, site, Forwarded.ADDED, secure=secure, usersSecure=True, http2=http2)
    return TLSFactory(
        users,
        side,
        site.clock,
        lambda error: site.log.info("tls handshake error: {reason}", reason=str(error)),
        HANDSHAKE_SECONDS,
    )


def bridge(
    config: BridgeConfig,
    site: IClientPluginSite,
    forwarded: Forwarded,
    *,
    secure: bool,
    usersSecure: bool = False,
    http2: bool = False,
) -> HTTPUsers:
    """@param secure: whether the service is spoken to over TLS; whoever it is."""
    host, port = hostPort(config.localAddr, 443 if secure else 80)
    endpoint = site.local(host, port)
    if secure:
        endpoint = TLSEndpoint(endpoint, unverified(host), site.clock)
    rules = Rules(
        host=config.hostHeaderRewrite.encode(),
        request=configuredFields(config.requestHeaders.set, "plugin.requestHeaders.set"),
        forwarded=forwarded,
    )
    service = f"{'https' if secure else 'http'}://{authority(host, port)}"
    return passing(endpoint, rules, config, site, service, usersSecure=usersSecure, http2=http2)


def passing(
    endpoint: IStreamClientEndpoint,
    rules: Rules,
    config: InspectedConfig,
    site: IClientPluginSite,
    service: str,
    *,
    usersSecure: bool = False,
    http2: bool = False,
    connects: bool = False,
    failed: Callable[[IExchange, FRPError], object] = badGateway,
) -> HTTPUsers:
    """
    @param service: its URL, for people; empty where nobody knows it.
    @param connects: whether C{CONNECT} is for the service.
    @param failed: answers in place of a service that does not.
    @return: what answers users with what a service says.
    """
    pool = Pool(site.clock)

    def toldAndFailed(exchange: IExchange, error: FRPError) -> None:
        site.log.warn("http: proxy error: {reason}", reason=error.detail)
        failed(exchange, error)

    destination = Destination(
        pool,
        connecting(site.service(endpoint)),
        rules,
        joining(site),
        site.log,
        failed=toldAndFailed,
        timeout=ANSWER_SECONDS,
    )
    handler = inspected(partial(_pass, destination, connects), config, site, service)
    return HTTPUsers(handler, site, secure=usersSecure, pool=pool, http2=http2)


def _pass(destination: Destination, connects: bool, exchange: IExchange) -> None:
    try:
        target = readTarget(exchange.head)
        if _misdirected(exchange, target.authority):
            exchange.reply(421)
            return
    except HTTPWireError as error:
        exchange.reply(error.status)
        return
    if exchange.head.method != b"CONNECT":
        forward(exchange, target, destination)
    elif connects:
        connect(exchange, destination)
    else:
        exchange.reply(502)


def _misdirected(exchange: IExchange, authority: bytes) -> bool:
    """Whether the user asks another host than the one that it has told TLS. Browsers reuse connections for others."""
    name = exchange.serverName
    if not name:
        return False
    asked = authority or exchange.head.fields.get(b"host") or b""
    host = splitAuthority(asked)[0] if asked else b""
    return host.rstrip(b".") != name.lower().rstrip(".").encode("ascii", "replace")


@table
class HTTP2HTTPConfig(BridgeConfig):
    """HTTP is passed on to a local service."""


@implementer(IClientPlugin)
class HTTP2HTTP:
    schema = HTTP2HTTPConfig
    examples = (
        """
type = "http2http"
localAddr = "127.0.0.1:8080"
hostHeaderRewrite = "app.internal"
requestHeaders.set.x-from-where = "frp"
""",
    )

    def factory(self, config: HTTP2HTTPConfig, site: IClientPluginSite) -> Factory:
        return bridge(config, site, Forwarded.DROPPED, secure=False)


@table
class HTTP2HTTPSConfig(BridgeConfig):
    """HTTP is passed on to a local service that wants TLS. Its certificate is not verified."""

    localAddr: str = localAddrKey()


@implementer(IClientPlugin)
class HTTP2HTTPS:
    schema = HTTP2HTTPSConfig
    examples = (
        """
type = "http2https"
localAddr = "127.0.0.1:8443"
hostHeaderRewrite = "app.internal"
""",
    )

    def factory(self, config: HTTP2HTTPSConfig, site: IClientPluginSite) -> Factory:
        return bridge(config, site, Forwarded.PASSED, secure=True)


@table
class HTTPS2HTTPConfig(SecureBridgeConfig):
    """TLS ends here, and HTTP is passed on to a local service."""

    localAddr: str = localAddrKey()


@implementer(IClientPlugin)
class HTTPS2HTTP:
    schema = HTTPS2HTTPConfig
    examples = (
        """
type = "https2http"
localAddr = "127.0.0.1:8080"
crtPath = "server.crt"
keyPath = "server.key"
""",
    )

    def factory(self, config: HTTPS2HTTPConfig, site: IClientPluginSite) -> Factory:
        return secureBridge(config, site, secure=False)


@table
class HTTPS2HTTPSConfig(SecureBridgeConfig):
    """TLS ends here, and HTTP is passed on to a local service over TLS, whatever its certificate."""

    localAddr: str = localAddrKey()


@implementer(IClientPlugin)
class HTTPS2HTTPS:
    schema = HTTPS2HTTPSConfig
    examples = (
        """
type = "https2https"
localAddr = "127.0.0.1:8443"
crtPath = "server.crt"
keyPath = "server.key"
""",
    )

    def factory(self, config: HTTPS2HTTPSConfig, site: IClientPluginSite) -> Factory:
        return secureBridge(config, site, secure=True)
