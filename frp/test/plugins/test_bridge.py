"""The plugins that pass HTTP on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frp.client.running import Phase
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import TLSSide, clientContext, serverContext
from frp.test.http.h2.asking import AskingHTTP2
from frp.test.plugins.asking import Heard, answered, heard
from frp.test.sockets.authority import Authority, Fields
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import Service, User


class _SecureService(Service):
    """Speaks TLS, and remembers what it was called."""

    def __init__(self, answer: Any, side: TLSSide, clock: Any) -> None:
        super().__init__(answer)
        self.names: list[str] = []
        self._side = side
        self._clock = clock

    def buildProtocol(self, addr: object) -> Any:
        below = User()
        below.connectionMade = lambda: self._secure(below)  # type: ignore[method-assign]
        return below

    def _secure(self, below: User) -> None:
        inner = super().buildProtocol(None)
        layer = startTLS(below.transport, self._side, self._clock, inner)
        layer.ready.addCallbacks(lambda done: self.names.append(done.serverName), lambda _: None)


class BridgeTests(ClientPluginContract):
    """
    A mix-in: HTTP goes in, and comes out at a service.

    @cvar usersSecure: whether users speak TLS.
    @cvar serviceSecure: whether the service does.
    @cvar forwarded: the X-Forwarded headers that the service gets when the user says nothing, and when it says all.
    """

    usersSecure = False
    serviceSecure = False
    forwarded: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()
        self.files = self.authority.fields("example", ["example.test"])
        self.asked: list[bytes] = []
        self.instead: Callable[[User, bytes], object] | None = None
        self.service: Service
        if self.serviceSecure:
            self.service = _SecureService(self.answer, serverContext(self.files), self.network.reactor)
            self.service.port = self.network.reactor.listenTCP(0, self.service).getHost().port
        else:
            self.service = self.network.service(self.answer)
        self.table: dict[str, Any] = {"localAddr": f"127.0.0.1:{self.service.port}"}
        if self.usersSecure:
            self.table |= {"crtPath": self.files.certFile, "keyPath": self.files.keyFile}

    def answer(self, user: User, data: bytes) -> None:
        """A web server that says what it was asked, unless a test has put something in its place."""
        if self.instead is not None:
            self.instead(user, data)
            return
        self.asked.append(data)
        user.send(answered(200, data))

    def connected(self, name: str = "example.test") -> User:
        """@return: a user; the name is for TLS."""
        if not self.usersSecure:
            return self.network.user(self.port)
        below, user = self.network.user(self.port), User()
        trusted = Fields(trustedCaFile=self.authority.caFile) if name else Fields()
        startTLS(below.transport, clientContext(trusted, name), self.network.reactor, user)
        self.network.advance(0.2)
        return user

    def ask(self, *fields: str, user: User | None = None, host: str = "example.test", target: str = "/x") -> Heard:
        """@return: the response to one request."""
        leaves = user is None
        user = user or self.connected()
        user.send("\r\n".join([f"GET {target} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode())
        self.network.advance(1)
        found = heard(user)
        if leaves:
            user.close()
            self.network.advance(0.1)
        return found

    def use(self) -> None:
        self.assertIn(b"GET /x HTTP/1.1\r\nHost: example.test\r\n", self.ask().body)

    def seen(self, *fields: str) -> dict[str, str]:
        """@return: the X-Forwarded headers that the service gets."""
        lines = self.ask(*fields).body.decode().splitlines()
        return {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if "orwarded" in k}

    def test_forwarded(self) -> None:
        """The service is told of the user as the reference's plugin does."""
        self.start()
        self.assertEqual(self.seen(), self.forwarded[0])
        said = ("X-Forwarded-For: 2.2.2.2", "X-Forwarded-Host: h", "X-Forwarded-Proto: p", "Forwarded: for=1.1.1.1")
        self.assertEqual(self.seen(*said), self.forwarded[1])

    def test_headers(self) -> None:
        """The host may be rewritten, and headers set."""
        self.start(hostHeaderRewrite="inner.test", requestHeaders={"set": {"x-from-where": "frp"}})
        asked = self.ask("X-From-Where: elsewhere").body
        self.assertIn(b"\r\nHost: inner.test\r\n", asked)
        self.assertIn(b"\r\nx-from-where: frp\r\n", asked)
        self.assertNotIn(b"elsewhere", asked)

    def test_keepAlive(self) -> None:
        """Many requests share connections on both sides."""
        self.start()
        user = self.connected()
        for _ in range(5):
            self.assertEqual(self.ask(user=user).status, 200)
        self.assertEqual(len(self.service.users), 1)

    def test_body(self) -> None:
        """A large body goes through, both ways."""
        got = bytearray()

        def take(user: User, data: bytes) -> None:
            got.extend(data)
            if len(got) >= 1000000:
                user.send(answered(200, bytes(1000000)))

        self.instead = take
        self.start()
        user = self.connected()
        user.send(b"POST /x HTTP/1.1\r\nHost: example.test\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000000))
        self.network.advance(1)
        self.assertEqual(len(heard(user).body), 1000000)
        self.assertTrue(got.endswith(bytes(1000000)))

    def test_upgrade(self) -> None:
        """After an upgrade, bytes flow as they are."""

        def switch(user: User, data: bytes) -> None:
            if data.startswith(b"GET"):
                user.send(b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst")
            else:
                user.send(data)

        self.instead = switch
        self.start()
        user = self.connected()
        user.send(b"GET / HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        self.network.advance(0.1)
        self.assertTrue(user.received.endswith(b"\r\n\r\nfirst"))
        user.send(b"more")
        self.network.advance(0.1)
        self.assertTrue(user.received.endswith(b"firstmore"))
        user.close()
        self.network.advance(0.1)

    def test_nobodyThere(self) -> None:
        """Where the service does not answer, or talks nonsense, the user gets a 502 without a body."""
        self.start()
        self.instead = lambda user, data: user.send(b"nonsense\r\n\r\n")
        found = self.ask()
        self.assertEqual((found.status, found.body), (502, b""))
        self.network.refuse(self.service.port)
        found = self.ask()
        self.assertEqual((found.status, found.body), (502, b""))
        self.assertGreater(self.logged("http: proxy error:"), 0)

    def test_replaced(self) -> None:
        """A request that is being answered while the proxy is replaced gets its answer; the next one what is new."""
        client = self.start()
        services: list[User] = []
        self.instead = lambda user, _: services.append(user)
        user = self.connected()
        user.send(b"GET /slow HTTP/1.1\r\nHost: example.test\r\n\r\n")
        self.network.advance(1)
        client.update(self.network.proxies(self.tables(hostHeaderRewrite="new.test")))
        self.network.advance(1)
        services[0].send(answered(200, b"slow"))
        self.network.advance(1)
        self.assertEqual(heard(user).body, b"slow")
        self.assertTrue(user.closed)
        self.instead = None
        self.assertIn(b"Host: new.test\r\n", self.ask().body)

    def test_slowHead(self) -> None:
        """A request whose head does not come within a minute is given up."""
        self.start()
        user = self.connected()
        user.send(b"GET / HTTP/1.1\r\nHost: ")
        self.network.advance(62)
        self.assertEqual(heard(user).status, 408)
        self.assertEqual(self.asked, [])
        user.abort()


class SecureBridgeTests(BridgeTests):
    """A mix-in: TLS ends in the plugin."""

    usersSecure = True
    forwarded = (
        {"x-forwarded-for": "127.0.0.1", "x-forwarded-host": "example.test", "x-forwarded-proto": "https"},
        {"x-forwarded-for": "2.2.2.2, 127.0.0.1", "x-forwarded-host": "example.test", "x-forwarded-proto": "https"},
    )

    def test_misdirected(self) -> None:
        """Who asks another host than TLS was told is sent away."""
        self.start()
        for host, status in (
            *(("example.test:8443", 200), ("EXAMPLE.test.", 200), ("other.test", 421), ("", 421)),
            ("127.0.0.1", 421),
        ):
            found = self.ask(host=host)
            self.assertEqual((found.status, found.body == b""), (status, status == 421), host)
        self.assertEqual(self.ask(target="http://other.test/").status, 421)
        self.assertEqual(self.ask(user=self.connected(""), host="any.test").status, 200)

    def speaks(self, *protocols: bytes) -> tuple[User, bytes]:
        """@return: a user who offers these protocols, and the one that was chosen."""
        below, user = self.network.user(self.port), User()
        side = clientContext(Fields(trustedCaFile=self.authority.caFile), "example.test")
        side.context.set_alpn_protos(list(protocols))
        layer = startTLS(below.transport, side, self.network.reactor, user)
        chosen: list[bytes] = []
        layer.ready.addCallback(lambda done: chosen.append(done.chosen))
        self.network.advance(0.2)
        return user, chosen[0]

    def test_http2(self) -> None:
        """HTTP/2 is offered to users, and what they ask comes out as HTTP/1.1."""
        self.start()
        user, protocol = self.speaks(b"h2", b"http/1.1")
        self.assertEqual(protocol, b"h2")
        asking = AskingHTTP2(user, self.network)
        for number in (1, 3):
            status, body = asking.ask(number, [("x-test", "1"), ("cookie", "a=1"), ("cookie", "b=2")])
            self.assertEqual(status, "200")
            self.assertTrue(body.startswith(b"GET /x HTTP/1.1\r\nHost: example.test\r\n"), body)
            self.assertIn(b"cookie: a=1; b=2\r\n", body)
            self.assertIn(b"X-Forwarded-Proto: https\r\n", body)

    def test_http2Off(self) -> None:
        """Unless it is turned off."""
        self.start(enableHTTP2=False)
        self.assertEqual(self.speaks(b"h2", b"http/1.1")[1], b"http/1.1")

    def test_generated(self) -> None:
        """Without files a certificate is generated."""
        self.start(crtPath="", keyPath="")
        self.assertEqual(self.ask(user=self.connected("")).status, 200)

    def test_badPair(self) -> None:
        """A certificate that cannot be used shows as start error."""
        self.network.server()
        client = self.network.client(proxies=[self.tables(crtPath="/nowhere.crt")])
        running = sessionOf(client).proxies["p"]
        self.assertIs(running.phase, Phase.START_ERROR)
        self.assertEqual(running.error, "gen TLS config error: open /nowhere.crt: no such file or directory")

    def test_noPair(self) -> None:
        """Log and status name both files where both are missing, in one form."""
        self.network.server()
        client = self.network.client(proxies=[self.tables(crtPath="/no.crt", keyPath="/no.key")])
        one, other = (f"open /no.{end}: no such file or directory" for end in ("crt", "key"))
        error = f"gen TLS config error: {one}"
        self.assertEqual(sessionOf(client).proxies["p"].error, f"{error}; {other}")
        hint = "put it there, or correct the path"
        first = f"{error} (plugin.crtPath: there is no /no.crt: {hint})"
        second = f"{other} (plugin.keyPath: there is no /no.key: {hint})"
        self.assertEqual(self.logged(f"start error: {first}; {second}\n"), 1)


class HTTP2HTTPTests(BridgeTests, NetworkTestCase):
    """http2http."""

    name = "http2http"


class HTTP2HTTPSTests(BridgeTests, NetworkTestCase):
    """http2https."""

    name = "http2https"
    serviceSecure = True
    forwarded = ({}, {"x-forwarded-for": "2.2.2.2", "x-forwarded-host": "h", "x-forwarded-proto": "p"})

    def test_name(self) -> None:
        """The service's TLS is told the name in localAddr, and an address is not told."""
        self.start()
        self.ask()
        assert isinstance(self.service, _SecureService)
        self.assertEqual(self.service.names, [""])


class HTTPS2HTTPTests(SecureBridgeTests, NetworkTestCase):
    """https2http."""

    name = "https2http"


class HTTPS2HTTPSTests(SecureBridgeTests, NetworkTestCase):
    """https2https."""

    name = "https2https"
    serviceSecure = True


# Only their subclasses are to run.
del BridgeTests, SecureBridgeTests
