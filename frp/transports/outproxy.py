"""Proxies of the user's network: reading their URLs (C{transport.proxyURL} and others), and asking one for a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import ConfigError, LocalWireError, Refused, RemoteWireError, TunnelLost
from frp.extras import lacks
from frp.interfaces import IStream, ITLSSide
from frp.session.carrier import answer, carrierOf
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import systemContext
from frp.transports.asking import ask, inTime
from frp.values import frozen
from frp.wire.address import authority
from frp.wire.handshake import Handshake
from frp.wire.http.connect import HTTPConnect
from frp.wire.socks5.client import SOCKS5Connect

__all__ = ["OutProxy", "OutProxyEndpoint", "serverProxy"]

_PATH = "transport.proxyURL"
_SHAPE = "write SCHEME://HOST:PORT or SCHEME://USER:PASSWORD@HOST:PORT, where SCHEME is one of"
_WHENCE = "where the file does not set it, it is the environment variable http_proxy"


def _http(proxy: OutProxy, host: str, port: int) -> Handshake:
    return HTTPConnect(host, port, proxy.credentials)


def _socks5(proxy: OutProxy, host: str, port: int) -> Handshake:
    return SOCKS5Connect(host, port, proxy.credentials)


def _ntlm(proxy: OutProxy, host: str, port: int) -> Handshake:
    missing = lacks("ntlm")
    if missing:
        raise ConfigError(proxy.path, f"{proxy.path}: {missing}")
    from frp.transports.ntlm import ntlmConnect

    return ntlmConnect(proxy.host, proxy.credentials, host, port)


_HANDSHAKES = {"http": _http, "https": _http, "socks5": _socks5, "ntlm": _ntlm}

#: What the scheme of a URL means, and the port where the URL has none. Names are looked up by the proxy with either
#: spelling of socks5, as in the reference.
_SCHEMES = {"http": ("http", 80), "https": ("https", 443), "socks5": ("socks5", 1080), "socks5h": ("socks5", 1080)}

#: The same for C{transport.proxyURL}, which has the port.
_TO_SERVER = {scheme: (scheme, 0) for scheme in _HANDSHAKES}


def serverProxy(url: str) -> OutProxy:
    """
    Read C{transport.proxyURL}, which always names the port.

    @raise ConfigError: it names no proxy that we can use. The text never holds the URL, which may hold a password.
    """
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme and scheme not in _TO_SERVER:
        problem = f"ProxyType must be http, https, socks5 or ntlm, not [{scheme}]"
        raise ConfigError(_PATH, problem, hint=_WHENCE)
    return OutProxy.parse(url, _PATH, _TO_SERVER, needsPort=True, hint=_WHENCE)


def _credentials(parts: SplitResult) -> tuple[bytes, bytes] | None:
    if "@" not in parts.netloc:
        return None
    return unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or "")


@frozen
class OutProxy:
    """
    A proxy, and who we are to it.

    @ivar credentials: user and password, or None where the URL has none.
    @ivar path: where it stands in the configuration.
    """

    scheme: str
    host: str
    port: int
    credentials: tuple[bytes, bytes] | None = attrs.field(default=None, repr=False)
    path: str = _PATH

    @classmethod
    def parse(
        cls,
        url: str,
        path: str,
        schemes: Mapping[str, tuple[str, int]] = _SCHEMES,
        *,
        needsPort: bool = False,
        hint: str = "",
    ) -> OutProxy:
        """
        Read a URL. Whatever follows the port is ignored, as in the reference.

        @param path: where it stands in the configuration, or the variable of the environment.
        @param schemes: those that can be used, each with what it means and its usual port.
        @param needsPort: whether a URL without a port is refused; else it has that of its scheme.
        @param hint: what to look at besides, where it cannot be used.
        @raise ConfigError: it names no proxy that we can use. The text never holds the URL, which may hold a password.
        """
        names = ", ".join(schemes)

        def unusable(what: str) -> ConfigError:
            return ConfigError(path, f"{path} {what}", hint="; ".join(filter(None, (f"{_SHAPE} {names}", hint))))

        scheme, separator, _ = url.partition("://")
        if not separator:
            raise unusable("has no scheme")
        if scheme.lower() not in schemes:
            raise unusable(f"has another scheme than {names}")
        kind, usual = schemes[scheme.lower()]
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            # Its text shows parts of the URL.
            raise unusable("cannot be read") from None
        if not host:
            raise unusable("has no host")
        if needsPort and not port:
            raise unusable("has no port")
        return cls(kind, host, port or usual, _credentials(parts), path)

    @property
    def address(self) -> str:
        """Host and port, which may be shown."""
        return authority(self.host, self.port)

    def handshake(self, host: str, port: int) -> Handshake:
        """
        @return: what asks it for a stream to this host.
        @raise ConfigError: its protocol has no way to say that, or the package for it is not there.
        """
        try:
            return _HANDSHAKES[self.scheme](self, host, port)
        except LocalWireError as error:
            raise ConfigError(self.path, error.brief, hint=error.detail) from None


@implementer(IStreamClientEndpoint)
class OutProxyEndpoint:
    """Streams to a server that a proxy makes for us."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        proxy: OutProxy,
        host: str,
        port: int,
        clock: IReactorTime,
        timeout: float,
        side: ITLSSide | None = None,
    ) -> None:
        """
        @param endpoint: reaches the proxy.
        @param host: the server; names are looked up by the proxy.
        @param timeout: seconds for all that comes after the proxy is reached.
        @param side: what an https proxy is dialled with; else the authorities of this system are trusted.
        @raise ConfigError: the proxy cannot be asked for this host, or not by this user.
        """
        proxy.handshake(host, port)
        self._endpoint = endpoint
        self._proxy = proxy
        self._host = host
        self._port = port
        self._clock = clock
        self._timeout = timeout
        self._given = side is not None
        self._side = (side or systemContext(proxy.host)) if proxy.scheme == "https" else None

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """It fires when the proxy has said yes."""
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        carrier, rest = await self._agreed(self._proxy.handshake(self._host, self._port))
        return answer(factory, carrier, rest)

    async def _agreed(self, handshake: Handshake) -> tuple[IStream, bytes]:
        try:
            return await self._reached(await carrierOf(self._endpoint), handshake)
        except Refused:
            if handshake.instead is None:
                raise
            return await self._agreed(handshake.instead)

    def _reached(self, carrier: IStream, handshake: Handshake) -> Deferred[tuple[IStream, bytes]]:
        if self._side is None:
            asked = self._ask(carrier, handshake)
        else:
            secured = startTLS(carrier, self._side, self._clock, timeout=self._timeout).ready
            asked = secured.addCallbacks(self._ask, self._notSecured, callbackArgs=(handshake,))
        return inTime(asked, self._timeout, self._clock, self._whom, "is this a proxy?")

    def _ask(self, carrier: IStream, handshake: Handshake) -> Deferred[tuple[IStream, bytes]]:
        return ask(carrier, handshake, self._whom, "is this the right port, and the right scheme?")

    @property
    def _whom(self) -> str:
        return f"proxy {self._proxy.address}"

    def _notSecured(self, failure: Failure) -> NoReturn:
        failure.trap(RemoteWireError)
        error = failure.value
        assert isinstance(error, RemoteWireError)
        path = self._proxy.path
        brief = f"TLS handshake with HTTPS proxy: {error.brief}"
        if "x509" in brief:
            trusted = "an authority that is trusted" if self._given else "the authorities of this system"
            hint = f"the certificate is checked against {trusted}, and the host in {path}"
        else:
            hint = "is this a proxy that is reached over TLS? If it is not, write http:// in place of https://"
        raise TunnelLost(brief, f"{brief}; {hint} (proxy {self._proxy.address})")
