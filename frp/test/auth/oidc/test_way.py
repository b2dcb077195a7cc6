"""Tests of the way from frpc to its provider: proxies, and certificates."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.protocol import Factory, Protocol

from frp.auth.oidc.kind import OIDC
from frp.config.clientfile import clientFromValues
from frp.logs import Log
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import TLSSide, serverContext
from frp.test.auth.oidc.providing import PORT, ProviderTestCase
from frp.test.sockets.authority import Authority
from frp.test.transports.proxying import TinyProxy
from frp.testing.contracts.outcomes import failure, result
from frp.wire.messages import Login

SECURE = 8443
PROXY = 3128


class _Site:
    def __init__(self, reactor: Any) -> None:
        self.reactor = self.clock = reactor
        self.log = Log("test")


class _Secured(Factory):
    """Puts TLS before what another factory answers."""

    noisy = False

    def __init__(self, inner: Factory, side: TLSSide, clock: Any) -> None:
        self.inner, self.side, self.clock = inner, side, clock

    def buildProtocol(self, addr: Any) -> Protocol:
        return _Start(self)


class _Start(Protocol):
    transport: Any

    def __init__(self, secured: _Secured) -> None:
        self._secured = secured

    def connectionMade(self) -> None:
        secured = self._secured
        inner = secured.inner.buildProtocol(None)
        startTLS(self.transport, secured.side, secured.clock, inner).ready.addErrback(lambda _: None)


class WayTestCase(ProviderTestCase):
    """The provider is at port 8443 with TLS, too."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()
        self.side = serverContext(self.authority.fields("provider", addresses=["127.0.0.1"]))
        reactor = self.network.reactor
        reactor.listenTCP(SECURE, _Secured(self.provider.factory(), self.side, reactor))
        self.secure = f"https://127.0.0.1:{SECURE}/token"

    def sign(self, **oidc: Any) -> Any:
        values = {"auth": self.clientAuth(**oidc)}
        config = clientFromValues(values, registry=self.network.registry).config
        bearer = OIDC().client(config.auth, _Site(self.network.reactor))
        return maybeDeferred(bearer.sign, Login())

    def get(self, **oidc: Any) -> None:
        """A token comes."""
        before = self.provider.granted
        result(self.network, self.sign(**oidc))
        self.assertEqual(self.provider.granted, before + 1)

    def fail(self, **oidc: Any) -> str:  # type: ignore[override]  # nobody calls the other one here
        """@return: why none comes."""
        return str(failure(self.network, self.sign(**oidc)).value)


class CertificateTests(WayTestCase):
    """Whom frpc believes."""

    def test_authorities(self) -> None:
        """A provider's certificate comes from the system's authorities, or from those in a file."""
        self.assertIn("x509: certificate signed by unknown authority", self.fail(tokenEndpointURL=self.secure))
        self.get(tokenEndpointURL=self.secure, trustedCaFile=self.authority.caFile)
        other = Authority().caFile
        self.assertIn("x509", self.fail(tokenEndpointURL=self.secure, trustedCaFile=other))

    def test_name(self) -> None:
        """It is for the host of the URL."""
        side = serverContext(self.authority.fields("provider", addresses=["127.0.0.2"]))
        reactor = self.network.reactor
        reactor.listenTCP(8444, _Secured(self.provider.factory(), side, reactor))
        said = self.fail(tokenEndpointURL="https://127.0.0.1:8444/token", trustedCaFile=self.authority.caFile)
        self.assertIn("127.0.0.2", said)

    def test_unchecked(self) -> None:
        """Unless nobody is to look, which wins over a file."""
        self.get(tokenEndpointURL=self.secure, insecureSkipVerify=True, trustedCaFile=Authority().caFile)

    def test_noTLS(self) -> None:
        """A provider without TLS is told as such."""
        plain = TinyProxy(self.network.reactor, script=[b"HTTP/1.1 400 Bad Request\r\n\r\n"])
        self.network.reactor.listenTCP(8445, plain)
        said = self.fail(tokenEndpointURL="https://127.0.0.1:8445/token", insecureSkipVerify=True)
        self.assertIn("TLS", said)


class ProxyTests(WayTestCase):
    """What leaves the network through a proxy."""

    def proxy(self, side: TLSSide | None = None) -> TinyProxy:
        proxy = TinyProxy(self.network.reactor, side)
        self.network.reactor.listenTCP(PROXY, proxy)
        return proxy

    def through(self, scheme: str, side: TLSSide | None = None) -> bytes:
        """Get a token through a proxy of this kind. @return: what the proxy heard."""
        proxy = self.proxy(side)
        self.get(
            tokenEndpointURL=self.secure,
            trustedCaFile=self.authority.caFile,
            proxyURL=f"{scheme}://bob:sesame@127.0.0.1:{PROXY}",
        )
        (heard,) = proxy.heard
        return heard

    def test_http(self) -> None:
        """An HTTP proxy is asked for a tunnel to an https provider."""
        self.assertTrue(self.through("http").startswith(b"CONNECT 127.0.0.1:8443 HTTP/1.1\r\n"))

    def test_https(self) -> None:
        """So is one that is reached over TLS; it is trusted as the provider is, as in the reference."""
        self.assertTrue(self.through("https", self.side).startswith(b"CONNECT 127.0.0.1:8443 HTTP/1.1\r\n"))

    def test_plainThroughHTTPS(self) -> None:
        """And for an http provider's URL, too."""
        reactor = self.network.reactor
        reactor.listenTCP(PROXY, _Secured(self.provider.factory(), self.side, reactor))
        self.network.refuse(PORT)
        self.get(proxyURL=f"https://127.0.0.1:{PROXY}", trustedCaFile=self.authority.caFile)
        self.assertIn("x509", self.fail(proxyURL=f"https://127.0.0.1:{PROXY}"))

    def test_environment(self) -> None:
        """The environment's proxies count while nothing else is configured."""
        proxy = self.proxy()
        self.patch(os, "environ", {"HTTPS_PROXY": f"http://127.0.0.1:{PROXY}"})
        self.assertIn("x509", self.fail(tokenEndpointURL=self.secure.replace("127.0.0.1", "10.0.0.1")))
        self.assertTrue(proxy.heard[0].startswith(b"CONNECT 10.0.0.1:8443 HTTP/1.1\r\n"))
        unchecked = {"tokenEndpointURL": self.secure.replace("127.0.0.1", "10.0.0.1"), "insecureSkipVerify": True}
        self.get(**unchecked)
        self.assertEqual(len(proxy.heard), 1)

    def test_socks(self) -> None:
        """A SOCKS proxy, by either of its names."""
        self.assertIn(b"\x03bob\x06sesame", self.through("socks5"))

    def test_socksWithNames(self) -> None:
        """And by the other one."""
        self.assertIn(b"\x03bob\x06sesame", self.through("socks5h"))

    def test_plainThroughSocks(self) -> None:
        """A SOCKS proxy makes tunnels to http providers, too."""
        proxy = self.proxy()
        self.get(proxyURL=f"socks5://127.0.0.1:{PROXY}")
        self.assertEqual(len(proxy.heard), 1)

    def test_plainThroughHTTP(self) -> None:
        """An HTTP proxy is asked for an http provider's URL itself, with who we are to it."""
        self.network.reactor.listenTCP(PROXY, self.provider.factory())
        self.network.refuse(PORT)
        self.get(proxyURL=f"http://bob:sesame@127.0.0.1:{PROXY}")
        self.assertEqual(self.provider.requests[-1].headers["proxy-authorization"], "Basic Ym9iOnNlc2FtZQ==")
        self.get(proxyURL=f"http://127.0.0.1:{PROXY}")
        self.assertNotIn("proxy-authorization", self.provider.requests[-1].headers)

    def test_refused(self) -> None:
        """A proxy that says no is told as such, without the password."""
        proxy = self.proxy()
        proxy.script = [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]
        proxyURL = f"http://bob:sesame@127.0.0.1:{PROXY}"
        said = self.fail(tokenEndpointURL=self.secure, insecureSkipVerify=True, proxyURL=proxyURL)
        self.assertIn(f"proxy 127.0.0.1:{PROXY}", said)
        self.assertIn("407", said)
        self.assertNotIn("sesame", said)

    def test_hangs(self) -> None:
        """One that says nothing is given up."""
        self.proxy().script = []
        said = self.fail(proxyURL=f"socks5://127.0.0.1:{PROXY}")
        self.assertIn("no answer within 10 s", said)
        self.assertEqual(self.network.links(PROXY), [])
