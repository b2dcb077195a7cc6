"""The https proxy, and the door that all of them share."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from frp.client.service import FRPClient
from frp.errors import PortTaken, Refused
from frp.gateways import arrivals
from frp.gateways.arrivals import PATIENCE
from frp.test.hooks.recording import Recording
from frp.test.proxies.doors import DoorTestCase
from frp.test.wire.hellos import clientHello, record
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User

PORT = 8443
ALERT = bytes.fromhex("15030300020270")


def hello(name: str = "", size: int = 16384) -> bytes:
    """What a client says that wants this host."""
    return record(clientHello(name.encode() if name else None, [b"h2"]), size)


class HTTPSTests(ProxyKindContract, NetworkTestCase):
    """It is a proxy as all are."""

    name = "https"
    table = {"customDomains": ["www.example.com"]}
    serverSettings = {"vhostHTTPSPort": PORT}

    def use(self, client: FRPClient, proxy: str) -> None:
        """Every byte comes to the service, that of the hello too, and those of the service come back."""
        user = self.network.user(PORT)
        user.send(hello("www.example.com") + b"and more")
        self.network.advance(0.1)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, hello("www.example.com") + b"and more" + b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)


class HTTPSTestCase(DoorTestCase):
    """Users who speak TLS."""

    kind = "https"

    def visit(self, name: str = "", port: int = PORT) -> User:
        """Ask for a host."""
        return self.said(hello(name), port)


class RoutingTests(HTTPSTestCase):
    """Who gets to which proxy."""

    def test_domains(self) -> None:
        """Exact names come before wildcards, the nearest first, and then the one that takes all."""
        self.network.server(vhostHTTPSPort=PORT, subDomainHost="frps.net")
        self.publish(
            self.table("exact", "www.example.com", "Other.Example.COM"),
            self.table("wild", "*.example.com"),
            self.table("sub", subdomain="sub"),
            self.table("unicode", "B\u00fccher.example"),
            self.table("all", "*"),
        )
        for host, proxy in (
            ("www.example.com", b"exact"),
            ("WWW.EXAMPLE.com", b"exact"),
            ("other.example.com", b"exact"),
            ("a.b.example.com", b"wild"),
            ("example.com", b"all"),
            ("sub.frps.net", b"sub"),
            ("b\u00fccher.example", b"unicode"),
            ("10.0.0.1", b"all"),
            ("", b"all"),
        ):
            self.assertEqual(self.answered(host), proxy, host)

    def test_unknown(self) -> None:
        """Who asks for a name that nobody has, or for none, hears the alert of TLS, and is disconnected."""
        self.network.server(vhostHTTPSPort=PORT)
        self.publish(self.table("a", "www.example.com"))
        for host in ("example.com", "x.www.example.com", ""):
            user = self.visit(host)
            self.assertEqual((user.received, user.closed), (ALERT, True))
        self.assertEqual(self.logged("https request for host [example.com] not found"), 1)

    def test_gone(self) -> None:
        """A proxy that was closed is nobody's, and another may have its name."""
        self.network.server(vhostHTTPSPort=PORT)
        table = self.table("a", "www.example.com")
        client = self.network.client(proxies=[table])
        client.update([])
        self.network.settle()
        self.assertEqual(self.answered("www.example.com"), ALERT)
        self.assertEqual(self.publish(self.table("b", "www.example.com")), {"b": ""})
        self.assertEqual(self.answered("www.example.com"), b"b")

    def test_addresses(self) -> None:
        """The client is told where its proxy is found."""
        for port, address in ((PORT, "a.org:8443,*.b.org:8443,c.frps.net:8443"), (443, "a.org,*.b.org,c.frps.net")):
            self.network.bindPort += 1
            server = self.network.server(vhostHTTPSPort=port, subDomainHost="frps.net")
            client = self.network.client(proxies=[self.table("a", "a.org", "", "*.b.org", subdomain="c")])
            self.assertEqual(sessionOf(client).proxies["a"].remoteAddress, address)
            self.assertEqual(len(server.gateways.get("https").routes), 3)
            self.assertEqual(self.logged("https proxy listen for host [*.b.org] group []"), 1)
            self.log.clear()
            self.network.stop()

    def test_conflict(self) -> None:
        """A name that another proxy has is refused, and nothing of the second one stays."""
        server = self.network.server(vhostHTTPSPort=PORT)
        self.publish(self.table("a", "www.example.com"))
        errors = self.publish(self.table("b", "b.example.com", "WWW.example.com"))
        self.assertEqual(errors, {"b": "router config conflict: domain [WWW.example.com] is taken"})
        self.assertEqual(self.answered("b.example.com"), ALERT)
        self.assertEqual(server.shared.names.held(), 1)

    def test_off(self) -> None:
        """Without vhostHTTPSPort there are no such proxies."""
        server = self.network.server()
        self.assertEqual(
            self.publish(self.table("a", "a.org")),
            {"a": "type [https] not supported when vhost https port is not set"},
        )
        self.assertRaises(Refused, server.gateways.get, "https")


class UserTests(HTTPSTestCase):
    """Users who say more, less, or something else."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server(vhostHTTPSPort=PORT)
        self.publish(self.table("a", "www.example.com"))

    def test_slow(self) -> None:
        """A hello may come byte by byte, and in many records."""
        user = self.network.user(PORT)
        data = hello("www.example.com", 10)
        for at in range(len(data)):
            user.send(data[at : at + 1])
            self.network.advance(0.05)
        self.assertEqual(user.received, b"a")
        self.assertEqual(self.services["a"].users[0].received, data)

    def test_junk(self) -> None:
        """Who speaks no TLS, or what means nothing in it, is disconnected without a word."""
        for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x00", record(b"\x01\x00\x00\x02ab"), bytes(100)):
            user = self.network.user(PORT)
            user.send(junk)
            self.network.settle()
            self.assertEqual((user.received, user.closed), (b"", True))

    def test_silent(self) -> None:
        """Who says nothing, or never all, is disconnected after 30 seconds, and holds nobody up."""
        users = [self.network.user(PORT) for _ in range(100)]
        for user in users[50:]:
            user.send(hello("www.example.com")[:50])
        self.network.advance(PATIENCE - 1)
        self.assertEqual(self.answered("www.example.com"), b"a")
        self.assertFalse(any(user.closed for user in users))
        self.network.advance(2)
        self.assertTrue(all(user.closed for user in users))
        self.assertEqual(self.server.gateways.get("https").waiting, {})

    def test_many(self) -> None:
        """Where too many say nothing, the oldest of them go, and who says a name is served."""
        self.patch(arrivals, "MAX_WAITING", 10)
        users = [self.network.user(PORT) for _ in range(15)]
        self.network.settle()
        self.assertEqual([user.closed for user in users], [True] * 5 + [False] * 10)
        self.assertEqual(self.answered("www.example.com"), b"a")
        self.assertEqual(len(self.server.gateways.get("https").waiting), 9)

    def test_long(self) -> None:
        """64 KiB of a hello that never ends are not waited for to the end of time."""
        user = self.network.user(PORT)
        user.send(record(b"\x01\x01\x00\x00" + bytes(60_000), 1)[:300_000])
        self.network.settle()
        self.assertTrue(user.closed)
        self.assertEqual(self.server.gateways.get("https").waiting, {})

    def test_leaves(self) -> None:
        """Who goes before the hello is whole leaves nothing behind."""
        user = self.network.user(PORT)
        user.send(hello("www.example.com")[:50])
        self.network.settle()
        user.abort()
        self.network.advance(1)
        self.assertEqual(self.server.gateways.get("https").waiting, {})

    def test_meters(self) -> None:
        """The bytes of the hello are counted as all others."""
        (control,) = self.server.clients.online()
        meter = control.published.proxies["a"].site.meter
        user = self.visit("www.example.com")
        user.close()
        self.network.advance(1)
        self.assertEqual(self.logged("get a user connection ["), 1)
        self.assertEqual((meter.total, meter.current), (1, 0))
        self.assertEqual((meter.bytesIn, meter.bytesOut), (len(hello("www.example.com")), 1))

    def test_stop(self) -> None:
        """A server that stops lets served users finish, and waits for nobody who has not said whom they want."""
        server = self.server
        server.config.gracePeriod = 10
        served, waiting = self.visit("www.example.com"), self.network.user(PORT)
        stopped = server.stopService()
        self.network.advance(5)
        self.assertFalse(served.closed)
        served.close()
        self.network.advance(1)
        self.assertTrue(waiting.closed)
        self.assertTrue(stopped.called)

    def test_hooks(self) -> None:
        """Hooks are asked about users, and what the user has said is not lost meanwhile."""
        coming: Deferred[object] = Deferred()
        recording = Recording(lambda asked: coming.addCallback(lambda _: asked.message), ["NewUserConn"])
        self.server.hooks.add(recording)
        self.publish(self.table("b", "b.example.com"))
        user = self.visit("b.example.com")
        user.send(b"more")
        self.network.settle()
        self.assertEqual(user.received, b"")
        coming.callback(None)
        self.network.settle()
        self.assertEqual(user.received, b"b")
        self.assertEqual(self.services["b"].users[0].received, hello("b.example.com") + b"more")


class SharedPortTests(HTTPSTestCase):
    """vhostHTTPSPort may be bindPort."""

    def test_shared(self) -> None:
        """Clients without TLS, clients whose TLS begins with 0x17, and users come to one port."""
        self.network.server(vhostHTTPSPort=7000)
        self.publish(self.table("a", "a.org"))
        errors = sessionOf(
            self.network.client(
                proxies=[self.table("b", "b.org")],
                transport={"tls": {"enable": True, "disableCustomTLSFirstByte": False}},
            )
        ).proxies["b"]
        self.network.advance(1)
        self.assertEqual(errors.error, "")
        self.assertEqual(self.answered("a.org", 7000), b"a")
        self.assertEqual(self.answered("b.org", 7000), b"b")
        self.assertEqual(self.answered("c.org", 7000), ALERT)
        self.assertEqual(self.logged("https service listen on"), 0)

    def test_all(self) -> None:
        """Requests of HTTP, users of TLS and clients come to one port, and the beginnings of neither."""
        self.network.server(vhostHTTPSPort=7000, vhostHTTPPort=7000)
        web = self.network.service(lambda user, data: user.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nweb"))
        http = {"name": "web", "type": "http", "localPort": web.port, "customDomains": ["a.org"]}
        self.assertEqual(self.publish(self.table("a", "a.org"), http), {"a": "", "web": ""})
        self.assertEqual(self.answered("a.org", 7000), b"a")
        user = self.said(b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n", 7000)
        self.network.advance(1)
        self.assertTrue(user.received.startswith(b"HTTP/1.1 200 OK\r\n"), user.received)
        user.close()
        silent = [self.said(first, 7000) for first in (b"", b"\x16", b"GE")]
        self.network.advance(100)
        self.assertTrue(all(user.closed for user in silent))

    def test_otherAddress(self) -> None:
        """On another address it is another port."""
        self.network.server(vhostHTTPSPort=PORT, proxyBindAddr="127.0.0.1")
        self.assertEqual(self.logged(f"https service listen on 127.0.0.1:{PORT}"), 1)
        self.assertEqual(self.network.reactor.ports[PORT].getHost().host, "127.0.0.1")

    def test_taken(self) -> None:
        """The server does not start where the port is another program's."""
        self.network.reactor.taken.add(PORT)
        error: PortTaken = self.assertRaises(PortTaken, self.network.server, vhostHTTPSPort=PORT)
        self.assertEqual(
            error.brief, f"create server listener error, listen tcp 0.0.0.0:{PORT}: bind: address already in use"
        )


class GroupTests(HTTPSTestCase):
    """Several proxies behind one name."""

    def test_inTurn(self) -> None:
        """Users come to all of them in turn, whoever's they are; the last one takes the name with it."""
        server = self.network.server(vhostHTTPSPort=PORT)
        for name in "abc":
            self.assertEqual(self.member(name, "a.org"), "")
        self.assertEqual([self.answered("a.org") for _ in range(6)], [b"a", b"b", b"c"] * 2)
        self.network.clients[1].stopService()
        self.network.settle()
        self.assertEqual(sorted(self.answered("a.org") for _ in range(2)), [b"a", b"c"])
        for client in (self.network.clients[0], self.network.clients[2]):
            client.stopService()
        self.network.settle()
        self.assertEqual(self.answered("a.org"), ALERT)
        self.assertEqual(len(server.gateways.get("https").routes), 0)

    def test_errors(self) -> None:
        """Another name, then another key, is refused in the reference's words; so is a second name for one proxy."""
        self.network.server(vhostHTTPSPort=PORT)
        self.assertEqual(self.member("a", "a.org"), "")
        self.assertEqual(self.member("b", "b.org", key="wrong"), "group params invalid")
        self.assertEqual(self.member("c", "a.org", key="wrong"), "group auth failed")
        self.assertEqual(self.member("d", "a.org", "d.org"), "group params invalid")
        self.assertEqual([self.answered("a.org") for _ in range(2)], [b"a", b"a"])

    def test_conflict(self) -> None:
        """A group cannot have the name of a proxy outside."""
        self.network.server(vhostHTTPSPort=PORT)
        self.publish(self.table("a", "a.org"))
        self.assertEqual(self.member("b", "a.org"), "router config conflict: domain [a.org] is taken")
        self.assertEqual(self.member("c", "c.org"), "")
