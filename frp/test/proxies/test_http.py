"""The http proxy, and the gateway that all of them share."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from frp.client.service import FRPClient
from frp.errors import PortTaken
from frp.test.http.web import Told, Web, ok, told
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User

PORT = 8080


def basic(login: str) -> str:
    """A proof."""
    return "Basic " + b64encode(login.encode()).decode()


class HTTPTests(ProxyKindContract, NetworkTestCase):
    """It is a proxy as all are."""

    name = "http"
    table = {"customDomains": ["www.example.com"]}
    serverSettings = {"vhostHTTPPort": PORT}

    def use(self, client: FRPClient, proxy: str) -> None:
        """A request comes to the service, and its body comes back."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 5000\r\n\r\n" + b"hello" * 1000)
        self.network.advance(0.1)
        # The echo that stands behind the proxy says no HTTP; that it is reached is what is looked at.
        self.assertIn(b"404", user.received)


class HTTPTestCase(NetworkTestCase):
    """Users of a gateway, and sites behind it."""

    settings: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.network.server(vhostHTTPPort=PORT, **self.settings)
        self.sites: dict[str, Web] = {}

    def site(self, name: str, *domains: str, **more: Any) -> dict[str, Any]:
        """The table of a proxy whose service answers with its name."""
        web = self.sites[name] = Web(self.network, lambda asked: ok(name.encode()))
        return {"name": name, "type": "http", "localPort": web.port, "customDomains": list(domains), **more}

    def publish(self, *tables: dict[str, Any]) -> dict[str, str]:
        """@return: what is wrong with each proxy of a new client."""
        session = sessionOf(self.network.client(proxies=tables))
        return {name: proxy.error for name, proxy in session.proxies.items()}

    def send(self, text: str | bytes, user: User | None = None) -> User:
        """Send a request as it is."""
        user = user or self.network.user(PORT)
        user.send(text.encode() if isinstance(text, str) else text)
        self.network.settle()
        return user

    def ask(self, host: str, target: str = "/", method: str = "GET", **fields: str) -> Told:
        """@return: the response to a request on a connection of its own."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        user = self.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")
        responses = told(user.received, method.encode())
        self.assertEqual(len(responses), 1, user.received)
        user.close()
        return responses[0]

    def answers(self, host: str, target: str = "/", **fields: str) -> bytes | int:
        """@return: the name of the site that answers, or the status of an error."""
        response = self.ask(host, target, **fields)
        return response.body if response.status == 200 else response.status


class RoutingTests(HTTPTestCase):
    """Who gets to which site."""

    settings = {"subDomainHost": "frps.net"}

    def test_domains(self) -> None:
        """Exact names come before wildcards, and the one that takes all comes last; case and port do not count."""
        self.publish(
            self.site("exact", "www.example.com", "Other.Example.COM"),
            self.site("wild", "*.example.com"),
            self.site("sub", subdomain="sub"),
            self.site("all", "*"),
        )
        for host, site in (
            ("www.example.com", b"exact"),
            ("WWW.Example.com:8080", b"exact"),
            ("www.example.com.", b"exact"),
            ("other.example.com", b"exact"),
            ("a.b.example.com", b"wild"),
            ("example.com", b"all"),
            ("sub.frps.net:8080", b"sub"),
            ("10.0.0.1", b"all"),
            ("", b"all"),
        ):
            self.assertEqual(self.answers(host), site, host)

    def test_locations(self) -> None:
        """The longest location that begins the path wins; the path is compared as it is meant, not as it is written."""
        self.publish(
            self.site("foo", "a.com", locations=["/", "/foo"]),
            self.site("bar", "a.com", locations=["/bar"]),
            self.site("space", "a.com", locations=["/a b"]),
        )
        for path, site in (
            ("/", b"foo"),
            ("/foo/x", b"foo"),
            ("/bar/x?y=/foo", b"bar"),
            ("/b%61r", b"bar"),
            ("/a%20b", b"space"),
            ("/ba", b"foo"),
        ):
            self.assertEqual(self.answers("a.com", path), site, path)
        self.assertEqual(self.ask("a.com", "/b%zz").status, 400)
        self.assertEqual(self.sites["bar"].last.head.target, b"/b%61r")

    def test_addresses(self) -> None:
        """The client is told of every domain and location."""
        client = self.network.client(proxies=[self.site("a", "a.com", "b.com", subdomain="s", locations=["/x", "/y"])])
        self.assertEqual(
            sessionOf(client).proxies["a"].remoteAddress,
            "a.com:8080,a.com:8080,b.com:8080,b.com:8080,s.frps.net:8080,s.frps.net:8080",
        )
        self.assertTrue(self.logged("http proxy listen for host [a.com] location [/x] group [], routeByHTTPUser []"))

    def test_users(self) -> None:
        """A user may have a site of its own; others get that of everybody."""
        self.publish(
            self.site("one", "a.com", routeByHTTPUser="one"),
            self.site("two", "a.com", routeByHTTPUser="two", httpUser="two", httpPassword="p"),
            self.site("rest", "a.com"),
        )
        self.assertEqual(self.answers("a.com", Authorization=basic("one:any")), b"one")
        self.assertEqual(self.answers("a.com", Authorization=basic("two:p")), b"two")
        self.assertEqual(self.answers("a.com", Authorization=basic("two:q")), 401)
        self.assertEqual(self.answers("a.com", Authorization=basic("three:p")), b"rest")
        self.assertEqual(self.answers("a.com"), b"rest")

    def test_conflict(self) -> None:
        """A route belongs to one proxy; the other one is told, and the routes that it had are gone."""
        self.publish(self.site("first", "a.com"))
        errors = self.publish(self.site("second", "b.com", "a.com"))
        self.assertEqual(errors, {"second": "router config conflict: domain [a.com] is taken"})
        self.assertEqual(self.logged("router config conflict: domain [a.com] is that of proxy [first]"), 1)
        self.assertEqual(self.answers("b.com"), 404)
        self.assertEqual(self.answers("a.com"), b"first")

    def test_closed(self) -> None:
        """A proxy that is closed leaves no route, and its idle connections to the service end."""
        client = self.network.client(proxies=[self.site("a", "a.com")])
        self.assertEqual(self.answers("a.com"), b"a")
        self.assertFalse(self.sites["a"].service.users[0].closed)
        client.update([], [])
        self.network.advance(1)
        self.assertTrue(self.sites["a"].service.users[0].closed)
        self.assertEqual(self.answers("a.com"), 404)

    def test_badSettings(self) -> None:
        """Headers that would break a message are refused when the proxy is opened."""
        bad = self.site("a", "a.com", requestHeaders={"set": {"x": "a\r\nb: c"}})
        self.assertIn("headers", self.publish(bad)["a"])

    def test_notEnabled(self) -> None:
        """A server without the port refuses the type."""
        self.network.server(bindPort=7001)
        self.assertEqual(
            self.publish(self.site("a", "a.com")),
            {"a": "type [http] not supported when vhost http port is not set"},
        )


class AccessTests(HTTPTestCase):
    """Who is let in."""

    def setUp(self) -> None:
        super().setUp()
        self.publish(self.site("a", "a.com", httpUser="u", httpPassword="p"))

    def test_site(self) -> None:
        """A site's user proves itself by Authorization, and by nothing else."""
        self.assertEqual(self.answers("a.com", Authorization=basic("u:p")), b"a")
        for fields in (
            {},
            {"Authorization": basic("u:q")},
            {"Authorization": basic("v:p")},
            {"Authorization": "Basic ?"},
            {"Proxy_Authorization": basic("u:p")},
        ):
            response = self.ask("a.com", **fields)
            self.assertEqual(response.status, 401)
            self.assertEqual(response.field(b"www-authenticate"), b'Basic realm="Restricted"')
            self.assertEqual(response.body, b"Unauthorized\n")

    def test_proxied(self) -> None:
        """Who takes us for a proxy proves itself by Proxy-Authorization, and by nothing else."""
        target = "http://a.com/x"
        self.assertEqual(self.answers("other", target, Proxy_Authorization=basic("u:p")), b"a")
        asked = self.sites["a"].last
        self.assertEqual(asked.head.target, target.encode())
        self.assertEqual(asked.field(b"host"), b"a.com")
        self.assertIsNone(asked.field(b"proxy-authorization"))
        for fields in ({}, {"Authorization": basic("u:p")}, {"Proxy_Authorization": basic("u:q")}):
            response = self.ask("a.com", target, **fields)
            self.assertEqual(response.status, 407)
            self.assertEqual(response.field(b"proxy-authenticate"), b'Basic realm="Restricted"')
            self.assertEqual(response.body, b"Proxy Authentication Required\n")


class EvasionTests(HTTPTestCase):
    """A location with a password on a host without one."""

    def setUp(self) -> None:
        super().setUp()
        self.publish(
            self.site("all", "a.com"),
            self.site("admin", "a.com", locations=["/admin"], httpUser="u", httpPassword="p"),
            self.site("open", "a.com", locations=["/open"]),
        )

    def test_paths(self) -> None:
        """No other way to write a path leads around the password."""
        for path in (
            "/admin/",
            "/x/../admin",
            "//admin",
            "/./admin",
            "/x//../../admin",
            "/%2e/admin",
            "/x%2F..%2fadmin",
        ):
            self.assertEqual(self.answers("a.com", path), 401, path)
            self.assertIn(self.answers("a.com", path, Authorization=basic("u:p")), (b"all", b"admin"))
        for path in ("/x/..;a=b/admin", "/open/../admin"):
            self.assertEqual(self.answers("a.com", path), 401, path)

    def test_others(self) -> None:
        """Where no password is asked for, the path is taken as it is."""
        for path in ("//x", "/x/../open", "/x/..", "/.well-known/x", "/a/./b//c"):
            self.assertEqual(self.answers("a.com", path), b"all", path)
        self.assertEqual(self.answers("a.com", "/open/../x"), b"open")


class PasswordOnlyTests(HTTPTestCase):
    """A password without a user."""

    def test_password(self) -> None:
        """It is asked for."""
        self.publish(self.site("a", "a.com", httpPassword="p"))
        self.assertEqual(self.answers("a.com"), 401)
        self.assertEqual(self.answers("a.com", Authorization=basic(":p")), b"a")


class GroupTests(HTTPTestCase):
    """Proxies that share a route."""

    def member(self, name: str, *domains: str, key: str = "k", **more: Any) -> str:
        """Add a proxy to the group. @return: what is wrong with it."""
        return self.publish(self.site(name, *domains, loadBalancer={"group": "g", "groupKey": key}, **more))[name]

    def test_turns(self) -> None:
        """Each request is for the next one, whoever asks; the second is the first."""
        for name in ("one", "two", "three"):
            self.assertEqual(self.member(name, "a.com"), "")
        self.assertEqual([self.answers("a.com") for _ in range(6)], [b"two", b"three", b"one"] * 2)
        user = self.send("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n" * 3)
        self.network.settle()
        self.assertEqual([response.body for response in told(user.received)], [b"two", b"three", b"one"])
        self.assertEqual([len(site.service.users) for site in self.sites.values()], [1, 1, 1])

    def test_rules(self) -> None:
        """All have one domain, location and user in common, and the key; the reference's texts say what is missing."""
        self.member("one", "a.com")
        self.assertEqual(self.member("two", "b.com"), "group params invalid")
        self.assertEqual(self.member("three", "a.com", locations=["/x"]), "group params invalid")
        self.assertEqual(self.member("four", "a.com", routeByHTTPUser="u"), "group params invalid")
        self.assertEqual(self.member("five", "a.com", key="other"), "group auth failed")
        self.assertEqual(self.answers("a.com"), b"one")

    def test_twoDomains(self) -> None:
        """A proxy of a group has one domain."""
        self.assertEqual(self.member("one", "a.com", "b.com"), "group params invalid")
        self.assertEqual(self.answers("a.com"), 404)

    def test_leaving(self) -> None:
        """The last one takes the route with it."""
        clients = []
        for name in ("one", "two"):
            table = self.site(name, "a.com", loadBalancer={"group": "g", "groupKey": "k"})
            clients.append(self.network.client(proxies=[table]))
        clients[0].update([], [])
        self.network.advance(1)
        self.assertEqual([self.answers("a.com") for _ in range(2)], [b"two", b"two"])
        clients[1].update([], [])
        self.network.advance(1)
        self.assertEqual(self.answers("a.com"), 404)


class SharedPortTests(NetworkTestCase):
    """C{vhostHTTPPort} and C{bindPort} may be one."""

    def test_shared(self) -> None:
        """Users and clients come to the same port."""
        self.network.server(vhostHTTPPort=7000)
        web = Web(self.network)
        self.network.client(proxies=[{"name": "a", "type": "http", "localPort": web.port, "customDomains": ["a.com"]}])
        user = self.network.user(7000)
        for piece in (b"G", b"ET /x HTT", b"P/1.1\r\nHost: a.com\r\n", b"\r\n"):
            user.send(piece)
            self.network.settle()
        self.assertEqual([response.body for response in told(user.received)], [b"/x"])

    def test_taken(self) -> None:
        """A port that another program has is told by the server that does not start."""
        self.network.reactor.taken.add(PORT)
        self.assertRaises(PortTaken, self.network.server, vhostHTTPPort=PORT)
