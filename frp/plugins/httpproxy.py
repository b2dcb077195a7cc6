"""C{type = "http_proxy"}: users reach the network of frpc, as through any HTTP proxy."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.errors import FRPError, LocalServiceDown, Refused
from frp.http.exchange import IExchange, IReceiver
from frp.http.forwarding import Destination, forward
from frp.http.pool import Pool
from frp.http.rewriting import Forwarded, Rules
from frp.interfaces import IClientPlugin, IClientPluginSite, IStream
from frp.plugins.bridges import ANSWER_SECONDS, connecting, joining
from frp.plugins.reach import ReachConfig, isLocal
from frp.plugins.users import WRONG_PAUSE, CredentialsConfig, HTTPUsers, fail, known
from frp.session.carrier import carrierOf
from frp.sockets.tlsends import TLSEndpoint
from frp.sockets.tlsside import systemContext
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.target import Target, readTarget, splitAuthority

__all__ = ["HTTPProxy", "HTTPProxyConfig"]

# The reference's words, to the byte.
_WHO = b"HTTP/1.1 407 Not authorized\r\nConnection: close\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
_DENIED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

_PORTS = {b"http": 80, b"https": 443}


@table
class HTTPProxyConfig(CredentialsConfig, ReachConfig, PluginConfig):
    """An HTTP proxy: users reach the network of frpc."""


@implementer(IClientPlugin)
class HTTPProxy:
    schema = HTTPProxyConfig
    examples = (
        """
type = "http_proxy"
httpUser = "alice"
httpPassword = "change me"
denyLocal = true
""",
    )

    def factory(self, config: HTTPProxyConfig, site: IClientPluginSite) -> Factory:
        proxy = _Proxy(config, site)
        return HTTPUsers(proxy.handle, site, pool=proxy.pool)


class _Proxy:
    def __init__(self, config: HTTPProxyConfig, site: IClientPluginSite) -> None:
        self.pool = Pool(site.clock)
        self._config = config
        self._site = site
        self._rules = Rules(forwarded=Forwarded.PASSED)

    def handle(self, exchange: IExchange) -> None:
        proof = exchange.head.fields.get(b"proxy-authorization")
        if known(self._config, proof):
            self._pass(exchange)
        elif proof is None:
            self._refuse(exchange)
        else:
            self._site.clock.callLater(WRONG_PAUSE, self._refuse, exchange)

    def _refuse(self, exchange: IExchange) -> None:
        if exchange.over:
            return
        if exchange.head.method == b"CONNECT":
            _end(exchange, _WHO)
        else:
            exchange.reply(407, Fields([(b"Proxy-Authenticate", b"Basic")]))

    def _pass(self, exchange: IExchange) -> None:
        try:
            target = readTarget(exchange.head)
        except HTTPWireError as error:
            fail(exchange, error.status, error.brief)
            return
        if exchange.head.method == b"CONNECT":
            host, port = splitAuthority(target.authority)
            _Connecting(exchange, self._site).dial(self.endpoint(host.decode("latin-1"), port or 0))
            return
        usual = _PORTS.get(target.scheme)
        if usual is None:
            fail(exchange, 500, f'unsupported protocol scheme "{target.scheme.decode("latin-1")}"')
            return
        forward(exchange, Target(b"", target.authority, target.path), self._destination(target, usual))

    def _destination(self, target: Target, usual: int) -> Destination:
        name, port = splitAuthority(target.authority)
        host = name.decode("latin-1")
        endpoint = self.endpoint(host, port or usual)
        if target.scheme == b"https":
            endpoint = TLSEndpoint(endpoint, systemContext(host), self._site.clock)
        return Destination(
            self.pool,
            connecting(endpoint),
            self._rules,
            joining(self._site),
            self._site.log,
            key=(target.scheme, host, port or usual),
            failed=_failed,
            timeout=ANSWER_SECONDS,
        )

    def endpoint(self, host: str, port: int) -> IStreamClientEndpoint:
        """What leads there, unless it may not."""
        return _Allowed(self._site, host, port) if self._config.denyLocal else self._site.local(host, port)


@implementer(IStreamClientEndpoint)
class _Allowed:
    """An endpoint that does not lead to this machine."""

    def __init__(self, site: IClientPluginSite, host: str, port: int) -> None:
        self._site = site
        self._host = host
        self._port = port

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:

        def resolved(address: str) -> Deferred[IProtocol]:
            if isLocal(address):
                raise Refused("Forbidden", f"{self._host} is {address}, and denyLocal is set")
            return self._site.local(address, self._port).connect(factory)

        return self._site.resolve(self._host).addCallback(resolved)


def _failed(exchange: IExchange, error: FRPError) -> None:
    if isinstance(error, Refused):
        fail(exchange, 403, error.brief)
    else:
        fail(exchange, 500, error.detail if isinstance(error, LocalServiceDown) else error.brief)


def _end(exchange: IExchange, said: bytes) -> None:
    """Answer a CONNECT with this, and close."""
    user, _ = exchange.takeOver()
    user.write(said)
    user.loseConnection()


@implementer(IReceiver)
class _Connecting:
    def __init__(self, exchange: IExchange, site: IClientPluginSite) -> None:
        self._exchange = exchange
        self._site = site
        self._dialling: Deferred[IStream] | None = None

    def dial(self, endpoint: IStreamClientEndpoint) -> None:
        if not self._exchange.canTakeOver:
            self._exchange.reply(501)
            return
        self._exchange.receive(self)
        self._dialling = dialling = carrierOf(endpoint)
        dialling.addCallbacks(self._reached, self._unreached).addErrback(self._broke)

    def _reached(self, target: IStream) -> None:
        self._dialling = None
        if self._exchange.over:
            target.abortConnection()
            return
        user, sent = self._exchange.takeOver(200)
        self._site.join(user, target, sent)

    def _unreached(self, failure: Failure) -> None:
        self._dialling = None
        if self._exchange.over:
            return
        failure.trap(FRPError)
        self._site.log.debug("a user of http_proxy is not connected: {reason}", reason=str(failure.value))
        _end(self._exchange, _DENIED if failure.check(Refused) else _BAD)

    def _broke(self, failure: Failure) -> None:
        self._site.log.failure("a user could not be connected", failure)
        self._exchange.abort()

    def bodyReceived(self, data: bytes) -> None:
        """A CONNECT has no body; what is behind it is for the target."""

    def bodyEnded(self, trailers: Fields | None) -> None:
        """A CONNECT has no body."""

    def exchangeLost(self, reason: Failure) -> None:
        dialling, self._dialling = self._dialling, None
        if dialling is not None:
            dialling.cancel()
