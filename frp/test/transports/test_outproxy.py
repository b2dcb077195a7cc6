"""Reaching frps through a proxy."""

from __future__ import annotations

import os
from itertools import product
from typing import Any
from unittest import mock

from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import ConfigError, Refused, RemoteWireError
from frp.kinds import Registry
from frp.sockets.tlsside import serverContext
from frp.test.sockets.authority import Authority
from frp.test.transports.ntlmguard import URL_USER, NTLMGuard
from frp.test.transports.proxying import OutProxyCase, TinyProxy
from frp.testing.cases import NetworkTestCase
from frp.testing.recording import Recorders
from frp.transports.outproxy import OutProxy, serverProxy

AUTHORITY = Authority()
REGISTRY = Registry()
_NO = b"HTTP/1.1 %d No\r\n\r\n<html>"


def trust(test: SynchronousTestCase) -> None:
    """The system trusts our authority for the time of this test."""
    patched = mock.patch.dict(os.environ, {"SSL_CERT_FILE": AUTHORITY.caFile})
    patched.start()
    test.addCleanup(patched.stop)


class URLTests(SynchronousTestCase):
    """What C{transport.proxyURL} may say."""

    def test_whole(self) -> None:
        """Scheme, user, password, host and port are taken from it; what follows is ignored."""
        self.assertEqual(
            serverProxy("HTTP://al%40ice:p%3Aa%2Fss@Gate.example:3128/x?y#z"),
            OutProxy("http", "gate.example", 3128, (b"al@ice", b"p:a/ss")),
        )
        self.assertEqual(serverProxy("socks5://[::1]:1080"), OutProxy("socks5", "::1", 1080))
        self.assertEqual(serverProxy("https://alice@gate.example:443").credentials, (b"alice", b""))
        self.assertEqual(serverProxy("socks5://[::1]:1080").address, "[::1]:1080")

    def test_otherSchemes(self) -> None:
        """Another scheme is refused in the reference's words."""
        error = self.assertRaises(ConfigError, serverProxy, "socks4://gate:1")
        self.assertEqual(error.problem, "ProxyType must be http, https, socks5 or ntlm, not [socks4]")

    def test_incomplete(self) -> None:
        """Each part that is missing is named."""
        for url, words in (
            ("gate:3128", "has no scheme"),
            ("http://", "has no host"),
            ("http://:3128", "has no host"),
            ("http://gate", "has no port"),
            ("http://gate:0", "has no port"),
            ("http://gate:99999", "cannot be read"),
            ("http://[::1:1", "cannot be read"),
        ):
            error = self.assertRaises(ConfigError, serverProxy, url)
            self.assertEqual((error.path, error.problem), ("transport.proxyURL", f"transport.proxyURL {words}"))
            self.assertIn("one of http, https, socks5, ntlm; ", error.detail)

    def test_keepsSecrets(self) -> None:
        """No text about a URL shows its user or its password, however it is broken."""
        for url in (
            "alice:sesame@gate:1",
            "http://alice:se/same@gate:1",
            "http://alice:sesame@gate",
            "http://a:sesame@[:",
        ):
            error = self.assertRaises(ConfigError, serverProxy, url)
            self.assertNotIn("same", error.detail)
            self.assertIsNone(error.__cause__)
            self.assertTrue(error.__suppress_context__ or error.__context__ is None)
        self.assertNotIn("sesame", repr(serverProxy("http://alice:sesame@gate:1")))


class OutProxyTests(OutProxyCase):
    """One connection through a proxy in memory."""

    def test_http(self) -> None:
        """An HTTP proxy is asked, and connects us."""
        proxy = self.proxy()
        self.talks(self.dial("http://alice:sesame@127.0.0.1:3128"))
        self.assertTrue(proxy.heard[0].startswith(b"CONNECT 127.0.0.1:7000 HTTP/1.1\r\n"))
        self.assertIn(b"Proxy-Authorization: Basic YWxpY2U6c2VzYW1l\r\n", proxy.heard[0])

    def test_socks5(self) -> None:
        """A SOCKS5 proxy is asked, with and without a user."""
        proxy = self.proxy()
        self.talks(self.dial("socks5://127.0.0.1:3128"))
        self.server.built.clear()
        self.talks(self.dial("socks5://alice:sesame@127.0.0.1:3128"))
        self.assertEqual([b"\x05alice\x06sesame" in heard for heard in proxy.heard], [False, True])

    def test_https(self) -> None:
        """TLS to the proxy comes first."""
        trust(self)
        proxy = self.proxy(side=serverContext(AUTHORITY.fields("gate", addresses=["127.0.0.1"])))
        self.talks(self.dial("https://127.0.0.1:3128"))
        self.assertTrue(proxy.heard[0].startswith(b"CONNECT 127.0.0.1:7000 HTTP/1.1\r\n"))

    def test_untrusted(self) -> None:
        """A proxy that the system does not trust, or that has another name, hears no request."""
        for trusted, address, words in ((False, "127.0.0.1", "unknown authority"), (True, "10.0.0.1", "10.0.0.1, not")):
            if trusted:
                trust(self)
            self.reactor.ports.clear()
            proxy = self.proxy(side=serverContext(AUTHORITY.fields("gate", addresses=[address])))
            error = self.refused(self.dial("https://alice:sesame@127.0.0.1:3128"))
            self.assertTrue(
                error.brief.startswith("TLS handshake with HTTPS proxy: tls: failed to verify"), error.brief
            )
            self.assertIn(words, error.brief)
            self.assertIn("authorities of this system", error.detail)
            self.assertEqual(proxy.heard, [b""])

    def test_noTLS(self) -> None:
        """A proxy without TLS is told from one with it."""
        self.proxy([_NO % 400])
        error = self.refused(self.dial("https://127.0.0.1:3128"))
        self.assertTrue(error.brief.startswith("TLS handshake with HTTPS proxy: "))
        self.assertIn("write http:// in place of https://", error.detail)

    def test_earlyBytes(self) -> None:
        """What comes in one piece with the answer belongs to the stream."""
        for url in ("http://127.0.0.1:3128", "socks5://127.0.0.1:3128"):
            self.reactor.ports.pop(3128, None)
            self.proxy().behind = b"early"
            client = self.successResultOf(self.dial(url))
            self.assertEqual(bytes(client.received), b"early")

    def test_no(self) -> None:
        """A proxy that says no is quoted, in the reference's words, with what to do."""
        self.proxy([_NO % 407, _NO % 403])
        error = self.refused(self.dial("http://127.0.0.1:3128"), Refused)
        self.assertEqual(error.brief, "DialTcpByHttpProxy error, StatusCode [407]")
        self.assertIn("proxy 127.0.0.1:3128: ", error.detail)
        self.assertIn("http://USER:PASSWORD@", error.detail)
        self.assertIn("443", self.refused(self.dial("http://127.0.0.1:3128")).detail)

    def test_socksNo(self) -> None:
        """The same with SOCKS5."""
        self.proxy([b"\x05\x00", b"\x05\x05\x00\x01" + bytes(6)])
        error = self.refused(self.dial("socks5://127.0.0.1:3128"))
        self.assertEqual(error.brief, "socks connect tcp: unknown error connection refused")

    def test_hostile(self) -> None:
        """Endless heads, garbage and wrong versions end the connection, and name the proxy."""
        for url, said in (
            ("http://127.0.0.1:3128", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000),
            ("http://127.0.0.1:3128", b"HTTP/1.1 200 " + b"x" * 100_000),
            ("http://127.0.0.1:3128", b"\x00" * 1000),
            ("http://127.0.0.1:3128", b"SSH-2.0-OpenSSH\r\n"),
            ("socks5://127.0.0.1:3128", b"\x04\x5a" + bytes(6)),
            ("socks5://127.0.0.1:3128", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            ("socks5://127.0.0.1:3128", b"\x05\x02"),
        ):
            self.reactor.ports.pop(3128, None)
            self.proxy([said])
            self.assertIn("proxy 127.0.0.1:3128: ", self.refused(self.dial(url), RemoteWireError).detail)

    def test_silent(self) -> None:
        """A proxy that says nothing, or only a part, is given up after C{dialServerTimeout}."""
        for url, script in (
            ("http://127.0.0.1:3128", []),
            ("http://127.0.0.1:3128", [b"HTTP/1.1 200"]),
            ("socks5://127.0.0.1:3128", [b"\x05\x00"]),
        ):
            self.reactor.ports.pop(3128, None)
            self.proxy(script)
            dialled = self.dial(url, timeout=3)
            self.reactor.advance(2.9)
            self.assertNoResult(dialled)
            self.reactor.advance(0.2)
            self.assertIn("no answer within 3 s", self.refused(dialled).detail)

    def test_silentTLS(self) -> None:
        """The time that TLS to the proxy takes is part of it."""
        self.proxy([])
        dialled = self.dial("https://127.0.0.1:3128", timeout=3)
        self.reactor.advance(3.1)
        self.assertIn("TLS handshake with HTTPS proxy: tls: handshake not done", self.refused(dialled).brief)
        self.reactor.ports.pop(3128)
        trust(self)
        self.proxy([], side=serverContext(AUTHORITY.fields("gate", addresses=["127.0.0.1"])))
        dialled = self.dial("https://127.0.0.1:3128", timeout=3)
        self.reactor.advance(3.1)
        self.assertIn("no answer within 3 s", self.refused(dialled).detail)

    def test_gone(self) -> None:
        """A proxy that hangs up, and one that is not there, are told apart."""
        proxy = self.proxy([])
        dialled = self.dial("http://127.0.0.1:3128")
        proxy.clients[0].transport.loseConnection()
        self.settle()
        self.assertIn("closed before it answered", self.refused(dialled).brief)
        self.reactor.ports.pop(3128)
        self.assertIn("the environment variable http_proxy", self.refused(self.dial("http://127.0.0.1:3128")).detail)

    def test_cancelled(self) -> None:
        """Whoever stops in the middle leaves nothing behind."""
        for url in ("http://127.0.0.1:3128", "https://127.0.0.1:3128"):
            self.reactor.ports.pop(3128, None)
            self.proxy([])
            dialled = self.dial(url)
            dialled.cancel()
            self.refused(dialled, CancelledError)

    def test_nobodyAnswers(self) -> None:
        """A factory that wants no connection gets none, and the proxy's is closed."""
        proxy = self.proxy([b"HTTP/1.1 200 OK\r\n\r\n"])
        self.answered = Recorders(lambda: None)
        failure: Failure = self.failureResultOf(self.dial("http://127.0.0.1:3128"))
        self.assertIn("nobody answers", str(failure.value))
        self.settle()
        self.assertEqual([client.lost for client in proxy.clients], [True])

    def test_whatCannotBeAsked(self) -> None:
        """A user that SOCKS5 cannot express is a fault of the configuration, before anything is dialled."""
        error = self.assertRaises(ConfigError, self.dial, "socks5://:sesame@127.0.0.1:3128")
        self.assertEqual((error.path, error.problem), ("transport.proxyURL", "invalid username/password"))


class TunnelTests(NetworkTestCase):
    """Both programs, with a proxy between them."""

    def through(self, number: int, url: str, proxy: TinyProxy, **transport: Any) -> None:
        """Use a tunnel through this proxy."""
        network, tcpMux = self.network, transport.get("tcpMux", True)
        listening = network.reactor.listenTCP(3128, proxy)
        server = network.server(bindPort=7000 + number, transport={"tcpMux": tcpMux})
        client = network.client(
            serverAddr="127.0.0.1",
            transport={"proxyURL": url, **transport},
            proxies=[{"name": "a", "type": "tcp", "localPort": network.echo().port, "remotePort": 6000 + number}],
        )
        user = network.user(6000 + number)
        user.send(b"hello")
        network.advance(1)
        self.assertEqual(user.received, b"hello", (url, transport))
        self.assertGreater(len(network.links(7000 + number)), 0)
        self.assertEqual(len(network.links(7000 + number)), len(network.links(3128)))
        listening.stopListening()
        user.close()
        client.stopService()
        server.stopService()
        network.advance(1)

    def test_throughProxy(self) -> None:
        """A tunnel is what it is without, over all that begins with TCP; the log never shows the password."""
        trust(self)
        within = serverContext(AUTHORITY.fields("gate", addresses=["127.0.0.1"]))
        transports = [{"protocol": name} for name in ("tcp", "websocket", "wss")] + [{"tcpMux": False}]
        for number, (scheme, transport) in enumerate(product(("http", "https", "socks5", "ntlm"), transports)):
            proxy = TinyProxy(self.network.reactor, within if scheme == "https" else None)
            if scheme == "ntlm":
                proxy.guard = NTLMGuard
            self.through(number, f"{scheme}://{URL_USER}@127.0.0.1:3128", proxy, **transport)
        self.assertEqual(self.logged("Password"), 0)

    def test_passedOver(self) -> None:
        """What is sent in datagrams does not go through a proxy."""
        ports = {"kcp": 7100, "quic": 7101}
        self.network.server(kcpBindPort=ports["kcp"], quicBindPort=ports["quic"])
        for protocol, port in ports.items():
            transport = {"protocol": protocol, "proxyURL": f"ntlm://{URL_USER}@127.0.0.1:3128"}
            client = self.network.client(serverAddr="127.0.0.1", serverPort=port, transport=transport)
            self.network.advance(1)
            self.assertIsNotNone(client.session, protocol)

    def test_refused(self) -> None:
        """A proxy that says no is in the log, and frpc tries again."""
        proxy = TinyProxy(self.network.reactor, script=[_NO % 502])
        listening = self.network.reactor.listenTCP(3128, proxy)
        url = "http://alice:sesame@127.0.0.1:3128"
        self.network.client(serverAddr="127.0.0.1", loginFailExit=False, transport={"proxyURL": url})
        self.network.advance(40)
        self.assertEqual(self.logged("DialTcpByHttpProxy error, StatusCode [502]; the proxy does not reach frps"), 1)
        self.assertGreater(len(proxy.clients), 1)
        self.assertEqual(self.logged("sesame"), 0)
        listening.stopListening()

    def test_unwelcome(self) -> None:
        """A proxy that does not want us is asked seldom, as frps is that does not: else it would lock the account."""
        answers = [
            (f"ntlm://{URL_USER}!@127.0.0.1:3128", None),
            ("http://alice:sesame@127.0.0.1:3128", _NO % 407),
            ("socks5://alice:sesame@127.0.0.1:3128", b"\x05\xff"),
        ]
        for url, answer in answers:
            proxy = TinyProxy(self.network.reactor, script=None if answer is None else [answer] * 99)
            proxy.guard = NTLMGuard
            listening = self.network.reactor.listenTCP(3128, proxy)
            client = self.network.client(serverAddr="127.0.0.1", loginFailExit=False, transport={"proxyURL": url})
            self.network.advance(90)
            self.assertIn(len(proxy.clients), range(8, 13), url)
            client.stopService()
            listening.stopListening()
            self.network.advance(1)
