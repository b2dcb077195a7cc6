"""The tcpmux proxy, and the door that all of them share."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from frp.client.service import FRPClient
from frp.config.server import ServerConfig
from frp.errors import ConfigErrors, PortTaken, Refused
from frp.gateways.arrivals import PATIENCE
from frp.proxies.tcpmux import TCPMux
from frp.test.proxies.doors import DoorTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User
from frp.wire.messages import NewProxy

PORT = 5002
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
UNPROVEN = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="Restricted"\r\nContent-Length: 0\r\n\r\n'
)
MULTIPLEXER = {"multiplexer": "httpconnect"}


def connect(host: str, user: str = "", *fields: str, version: str = "1.1") -> bytes:
    """
    What somebody says who wants this host.

    @param user: and the password, with a colon in between.
    """
    lines = [f"CONNECT {host} HTTP/{version}", f"Host: {host}", *fields]
    if user:
        lines.append(f"Proxy-Authorization: Basic {b64encode(user.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()


class TCPMuxTests(ProxyKindContract, NetworkTestCase):
    """It is a proxy as all are."""

    name = "tcpmux"
    table = {"customDomains": ["host.example.com"], **MULTIPLEXER}
    serverSettings = {"tcpmuxHTTPConnectPort": PORT}

    def use(self, client: FRPClient, proxy: str) -> None:
        """What is said in one breath with the request is not lost; the service gets nothing of the request."""
        user = self.network.user(PORT)
        user.send(connect("host.example.com:22") + b"early ")
        self.network.advance(0.1)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, OK + b"early " + b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)


class TCPMuxTestCase(DoorTestCase):
    """Users who say CONNECT."""

    kind = "tcpmux"
    more = MULTIPLEXER

    def visit(self, host: str = "", user: str = "", *fields: str) -> User:
        """Ask for a host, and say something in the same breath."""
        return self.said(connect(host, user, *fields) + b"hello", PORT)


class RoutingTests(TCPMuxTestCase):
    """Who gets to which proxy."""

    def test_domains(self) -> None:
        """Hosts have no case and no port; wildcards and subdomains are as everywhere."""
        self.network.server(tcpmuxHTTPConnectPort=PORT, subDomainHost="frps.net")
        self.publish(
            self.table("exact", "www.example.com"),
            self.table("wild", "*.example.com"),
            self.table("sub", subdomain="sub"),
            self.table("unicode", "B\u00fccher.example"),
        )
        for host, proxy in (
            ("www.example.com:22", b"exact"),
            ("WWW.example.com", b"exact"),
            ("www.example.com.:22", b"exact"),
            ("a.b.example.com:80", b"wild"),
            ("sub.frps.net:1", b"sub"),
            ("b\u00fccher.example:22", b"unicode"),
        ):
            self.assertEqual(self.answered(host), OK + proxy, host)

    def test_users(self) -> None:
        """Users go by the name that they say, whatever the password; others to whoever takes all."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(
            self.table("one", "a.org", routeByHTTPUser="user1"),
            self.table("two", "a.org", routeByHTTPUser="us\u00e9r2"),
            self.table("all", "a.org"),
        )
        for user, proxy in (("user1:x", b"one"), ("us\u00e9r2:", b"two"), ("user3:x", b"all"), ("", b"all")):
            self.assertEqual(self.answered("a.org", user), OK + proxy, user)

    def test_otherField(self) -> None:
        """Only Proxy-Authorization counts."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(self.table("one", "a.org", routeByHTTPUser="user1"))
        proof = f"Authorization: Basic {b64encode(b'user1:x').decode()}"
        self.assertTrue(self.answered("a.org", "", proof).startswith(b"HTTP/1.1 404 Not Found\r\n"))

    def test_password(self) -> None:
        """Who does not prove the name hears 200 and then 407, as from the reference, and is disconnected."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(self.table("a", "a.org", httpUser="alice", httpPassword="secret"))
        for user in ("", "alice:wrong", "alice:", "alic:esecret", "bob:secret", "\u00e9:x"):
            visitor = self.visit("a.org", user)
            self.assertEqual((visitor.received, visitor.closed), (OK + UNPROVEN, True))
        self.assertEqual(self.answered("a.org", "alice:secret"), OK + b"a")

    def test_noUser(self) -> None:
        """A password without a user asks for nothing."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(self.table("a", "a.org", httpPassword="secret"))
        self.assertEqual(self.answered("a.org"), OK + b"a")

    def test_unknown(self) -> None:
        """Who asks for a host that nobody has gets a page that says so."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        user = self.visit("a.org")
        head, _, page = user.received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        self.assertEqual(lines[0], b"HTTP/1.1 404 Not Found")
        self.assertIn(b"Content-Length: %d" % len(page), lines)
        self.assertIn(b"Content-Type: text/html", lines)
        self.assertTrue(user.closed)

    def test_page(self) -> None:
        """The page may be the administrator's; it is read anew each time, and has a spare."""
        path = self.mktemp()
        self.network.server(tcpmuxHTTPConnectPort=PORT, custom404Page=path)
        self.assertIn(b"<h1>", self.answered("a.org"))
        self.assertEqual(self.logged("read custom 404 page error: "), 1)
        with open(path, "wb") as file:
            file.write(b"nobody is here")
        self.assertTrue(self.answered("a.org").endswith(b"\r\n\r\nnobody is here"))

    def test_pageNotTaken(self) -> None:
        """Who does not read the page to its end is disconnected, and not waited for to the end of time."""
        path = self.mktemp()
        with open(path, "wb") as file:
            file.write(b"nobody is here" * 50_000)
        server = self.network.server(tcpmuxHTTPConnectPort=PORT, custom404Page=path)
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(connect("a.org") + b"more")
        self.network.advance(PATIENCE - 1)
        waiting = server.gateways.get("tcpmux").waiting
        self.assertEqual(len(waiting), 1)
        user.send(connect("a.org"))
        self.network.advance(2)
        self.assertEqual(waiting, {})
        user.transport.resumeProducing()
        self.network.settle()
        self.assertIsNotNone(user.lost)

    def test_address(self) -> None:
        """The client is told where its proxy is found, and the log tells it, too."""
        self.network.server(tcpmuxHTTPConnectPort=PORT, proxyBindAddr="127.0.0.1")
        client = self.network.client(proxies=[self.table("a", "a.org", "b.org", routeByHTTPUser="u")])
        self.assertEqual(sessionOf(client).proxies["a"].remoteAddress, "a.org:5002,b.org:5002")
        said = "tcpmux httpconnect multiplexer listens for host [b.org], group [] routeByHTTPUser [u]"
        self.assertEqual(self.logged(said), 1)
        self.assertEqual(self.logged("tcpmux httpconnect multiplexer listen on 127.0.0.1:5002, passthrough: false"), 1)

    def test_conflict(self) -> None:
        """The same domain for the same user is refused; for another user it is not."""
        self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(self.table("a", "a.org", routeByHTTPUser="u"))
        errors = self.publish(
            self.table("b", "A.org", routeByHTTPUser="u"), self.table("c", "a.org", routeByHTTPUser="v")
        )
        why = "router config conflict: domain [A.org], routeByHTTPUser [u] is taken"
        self.assertEqual(errors, {"b": why, "c": ""})
        self.assertEqual(self.logged("domain [A.org], routeByHTTPUser [u] is that of proxy [a]"), 1)


class SharedPortTests(TCPMuxTestCase):
    """tcpmuxHTTPConnectPort may be bindPort."""

    def test_shared(self) -> None:
        """Clients and users come to one port."""
        self.network.server(bindPort=PORT, tcpmuxHTTPConnectPort=PORT)
        self.assertEqual(self.publish(self.table("a", "a.org")), {"a": ""})
        self.assertEqual(self.answered("a.org"), OK + b"a")

    def test_http(self) -> None:
        """Not where http proxies share it, too: a CONNECT would be for either."""
        for port in (PORT, PORT + 1):
            settings = {"bindPort": PORT, "vhostHTTPPort": port, "tcpmuxHTTPConnectPort": port}
            error: PortTaken = self.assertRaises(PortTaken, self.network.server, **settings)
            self.assertEqual(
                error.brief, f"create server listener error, listen tcp 0.0.0.0:{port}: bind: address already in use"
            )
            self.network.reactor.ports.clear()


class PassthroughTests(TCPMuxTestCase):
    """tcpmuxPassthrough."""

    def setUp(self) -> None:
        super().setUp()
        self.network.server(tcpmuxHTTPConnectPort=PORT, tcpmuxPassthrough=True)

    def test_request(self) -> None:
        """The service gets the request as it was said, with all behind it, and answers it."""
        self.publish(self.table("a", "a.org"))
        user = self.network.user(PORT)
        data = connect("a.org", "user:x", "x-odd:  Spelling ") + b"early"
        for at in range(len(data)):
            user.send(data[at : at + 1])
            self.network.settle()
        self.assertEqual(user.received, b"a")
        self.assertEqual(self.services["a"].users[0].received, data)

    def test_password(self) -> None:
        """Who does not prove the name hears 407 alone."""
        self.publish(self.table("a", "a.org", httpUser="alice", httpPassword="secret"))
        self.assertEqual(self.answered("a.org", "alice:wrong"), UNPROVEN)


class UserTests(TCPMuxTestCase):
    """Users who say more, less, or something else."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server(tcpmuxHTTPConnectPort=PORT)
        self.publish(self.table("a", "a.org"))

    def waiting(self) -> int:
        """How many have not said whom they want."""
        return len(self.server.gateways.get("tcpmux").waiting)

    def test_loose(self) -> None:
        """A request without Host, or of HTTP/1.0, as simple programs send it."""
        for request in (b"CONNECT a.org:22 HTTP/1.1\r\n\r\n", b"CONNECT a.org:22 HTTP/1.0\r\n\r\n"):
            self.assertEqual(self.said(request + b"hello", PORT).received, OK + b"a")

    def test_otherMethods(self) -> None:
        """Other requests, and what is no request, end without an answer."""
        for said in (
            b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n",
            b"connect a.org HTTP/1.1\r\n\r\n",
            b"CONNECT a.org\r\n\r\n",
            b"CONNECT a.org SPDY/3\r\n\r\n",
            b"CONNECT a.org HTTP/1.1\r\nbad line\r\n\r\n",
            b"CONNECT a.org HTTP/1.1\nHost: a.org\n\n",
            b"\x16\x03\x01\x02\x00",
            b"\0" * 100,
        ):
            user = self.said(said, PORT)
            self.assertEqual((user.received, user.closed), (b"", True), said)

    def test_long(self) -> None:
        """A head without end is not read for ever, nor is one with thousands of fields."""
        for filler in (b"X: " + b"y" * 100_000, b"X: y\r\n" * 20_000, b"x" * 70_000):
            user = self.said(b"CONNECT a.org HTTP/1.1\r\n" + filler, PORT)
            self.assertTrue(user.closed)
        self.assertEqual(self.waiting(), 0)

    def test_silent(self) -> None:
        """Who says nothing, or never all, is disconnected after 30 seconds, and holds nobody up."""
        users = [self.said(said, PORT) for said in (b"CONNECT", b"CONNECT a.org HTTP/1.1\r\nX: ") for _ in range(20)]
        self.network.advance(PATIENCE - 1)
        self.assertEqual(self.answered("a.org"), OK + b"a")
        self.assertFalse(any(user.closed for user in users))
        self.network.advance(2)
        self.assertTrue(all(user.closed for user in users))
        self.assertEqual(self.waiting(), 0)

    def test_oddHosts(self) -> None:
        """Hosts that mean nothing are nobody's."""
        for host in ("", "[", "[::1:80", ":", "*", "a.org:1:2", "/path"):
            self.assertNotIn(b"200", self.answered(host)[:20], host)

    def test_noClient(self) -> None:
        """A user whose proxy has gone between the answer and the service is disconnected."""
        client = self.network.clients[0]
        self.network.carrier(client).silence()
        user = self.visit("a.org")
        self.assertEqual(user.received, OK)
        self.network.advance(20)
        self.assertTrue(user.closed)


class GroupTests(TCPMuxTestCase):
    """Several proxies behind one name."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server(tcpmuxHTTPConnectPort=PORT)

    def test_inTurn(self) -> None:
        """Users come to all of them in turn; the last one takes the name with it."""
        for name in "abc":
            self.assertEqual(self.member(name, "a.org", httpUser="u", httpPassword="p"), "")
        self.assertEqual(
            [self.answered("a.org", "u:p") for _ in range(6)], [OK + name for name in (b"a", b"b", b"c")] * 2
        )
        for client in self.network.clients:
            client.stopService()
        self.network.settle()
        self.assertEqual(len(self.server.gateways.get("tcpmux").routes), 0)

    def test_errors(self) -> None:
        """What they ask of users must be the same, then the key."""
        self.assertEqual(self.member("a", "a.org"), "")
        different: list[tuple[str, dict[str, Any]]] = [
            ("b.org", {}),
            ("a.org", {"routeByHTTPUser": "u"}),
            ("a.org", {"httpUser": "u"}),
            ("a.org", {"httpPassword": "p"}),
        ]
        for number, (domain, more) in enumerate(different):
            self.assertEqual(self.member(f"b{number}", domain, key="wrong", **more), "group params invalid")
        self.assertEqual(self.member("c", "a.org", key="wrong"), "group auth failed")
        self.assertEqual(self.member("d", "a.org"), "")


class RuleTests(TCPMuxTestCase):
    """What cannot be had."""

    def test_configuration(self) -> None:
        """frpc knows one multiplexer, and has no default."""
        for value in ("", "other"):
            error: ConfigErrors = self.assertRaises(
                ConfigErrors, self.network.proxies, self.table("a", "a.org", multiplexer=value)
            )
            self.assertEqual(
                [problem.problem for problem in error.problems], [f"proxy a: not support multiplexer: {value}"]
            )

    def test_unknownMultiplexer(self) -> None:
        """So does frps."""
        message = NewProxy(custom_domains=["a.org"], multiplexer="other")
        error: Refused = self.assertRaises(Refused, TCPMux().check, message, ServerConfig(tcpmuxHTTPConnectPort=1))
        self.assertEqual(error.brief, "unknown multiplexer [other]")

    def test_off(self) -> None:
        """Without tcpmuxHTTPConnectPort there are no such proxies."""
        self.network.server()
        self.assertEqual(
            self.publish(self.table("a", "a.org"))["a"],
            "tcpmux with multiplexer httpconnect not supported because this feature is not enabled in server",
        )
