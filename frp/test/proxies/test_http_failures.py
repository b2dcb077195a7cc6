"""What users of the http proxy are told when something is not there."""

from __future__ import annotations

from pathlib import Path

from frp.test.http.web import Web, told
from frp.test.proxies.test_http import HTTPTestCase


class FailureTests(HTTPTestCase):
    """Services that do not answer."""

    settings = {"vhostHTTPTimeout": 7}

    def test_unknown(self) -> None:
        """An unknown host gets the page, and the log says what was asked for."""
        response = self.ask("nowhere.com", "/x")
        self.assertEqual(response.status, 404)
        self.assertEqual(response.field(b"content-type"), b"text/html; charset=utf-8")
        self.assertIn(b"<title>Not Found</title>", response.body)
        self.assertNotIn(b"nowhere.com", response.body)
        self.assertTrue(self.logged("do http proxy request [host: nowhere.com] error: no route found: nowhere.com /x"))

    def test_down(self) -> None:
        """A service that is down is a page that is not found, as in the reference."""
        self.publish(self.site("a", "a.com"))
        self.network.refuse(self.sites["a"].port)
        self.assertEqual(self.answers("a.com"), 404)
        self.assertTrue(self.logged("do http proxy request [host: a.com] error: "))
        self.network.allow(self.sites["a"].port)
        self.assertEqual(self.answers("a.com"), b"a")

    def test_silent(self) -> None:
        """A service that takes too long is 504, without a word; what it says later is for nobody."""
        web = Web(self.network, lambda asked: None)
        self.publish({"name": "a", "type": "http", "localPort": web.port, "customDomains": ["a.com"]})
        user = self.send("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n")
        self.network.advance(6.9)
        self.assertEqual(user.received, b"")
        self.network.advance(0.2)
        (response,) = told(user.received)
        self.assertEqual((response.status, response.body), (504, b""))
        self.assertTrue(web.last.user.closed)

    def test_nonsense(self) -> None:
        """A service that speaks no HTTP is a page that is not found."""
        self.publish(
            {
                "name": "a",
                "type": "http",
                "localPort": self.network.service(lambda user, data: user.send(b"220 smtp\r\n")).port,
                "customDomains": ["a.com"],
            }
        )
        self.assertEqual(self.answers("a.com"), 404)


class PageTests(HTTPTestCase):
    """The administrator's page."""

    def setUp(self) -> None:
        self.page = Path(self.mktemp())
        self.settings = {"custom404Page": str(self.page)}
        super().setUp()

    def test_page(self) -> None:
        """It is read each time; where it cannot be, the built-in one is shown."""
        self.page.write_bytes(b"one")
        self.assertEqual(self.ask("x.com").body, b"one")
        self.page.write_bytes(b"two")
        self.assertEqual(self.ask("x.com").body, b"two")
        self.page.unlink()
        self.assertIn(b"Not Found", self.ask("x.com").body)


class UnavailableTests(HTTPTestCase):
    """C{vhostHTTPUnavailableStatus = 503}."""

    settings = {"vhostHTTPUnavailableStatus": 503}

    def test_unavailable(self) -> None:
        """Who comes while the service or its client is away hears when to come again; unknown sites stay unknown."""
        client = self.network.client(proxies=[self.site("a", "a.com")])
        self.network.refuse(self.sites["a"].port)
        response = self.ask("a.com")
        self.assertEqual((response.status, response.field(b"retry-after")), (503, b"10"))
        client.stopService()
        self.network.advance(1)
        response = self.ask("a.com")
        self.assertEqual((response.status, response.field(b"retry-after")), (503, b"10"))
        self.assertEqual(self.ask("b.com").status, 404)
        self.network.allow(self.sites["a"].port)
        self.publish(self.site("a", "a.com"))
        self.assertEqual(self.answers("a.com"), b"a")

    def test_forgotten(self) -> None:
        """What was away for an hour is not found any more."""
        client = self.network.client(proxies=[self.site("a", "a.com")])
        client.stopService()
        self.network.advance(3601)
        self.assertEqual(self.answers("a.com"), 404)
