"""Tests of the inspector: what a developer sees of the requests of users."""

from __future__ import annotations

import gzip
import json

from frp.test.http.web import Web, ok
from frp.test.web.inspecting import PORT, InspectorCase
from frp.testing.web import WebTestCase


def part(size: int, kept: int) -> dict[str, object]:
    """What is said of a body that has come whole."""
    return {"encoding": "utf-8", "size": size, "kept": kept, "ended": True, "whole": size == kept}


class KeepingTests(InspectorCase):
    """What is kept."""

    inspect = {"requests": 3, "bodySize": 10, "redact": ["X-Api-Key"]}

    def test_summary(self) -> None:
        """The latest request is the first, with what it was and what came of it; its user notices nothing."""
        self.assertEqual(self.use("/first").body, b"hello")
        answer = self.use("/second?x=1", method="POST", body=b"12345")
        self.assertEqual((answer.status, answer.body, answer.fields["set-cookie"]), (200, b"hello", "secret"))
        found = self.shown()
        self.assertEqual((found["total"], [one["target"] for one in found["items"]]), (2, ["/second?x=1", "/first"]))
        latest = found["items"][0]
        self.assertGreater(latest.pop("at"), 0)
        self.assertLess(latest.pop("answered"), 0.1)
        self.assertLess(latest.pop("took"), 0.1)
        self.assertTrue(latest.pop("peer"))
        self.assertEqual(
            latest,
            {
                "id": 2,
                "proxy": "site",
                "method": "POST",
                "host": "example.test",
                "target": "/second?x=1",
                "status": 200,
                "outcome": "whole",
                "size": 5,
                "responseSize": 5,
            },
        )

    def test_details(self) -> None:
        """Heads and bodies; secrets are not kept, and of a long body the beginning."""
        self.use("/", "Authorization: Basic secret", "X-API-Key: secret", "X-Other: kept", method="PUT", body=b"x" * 25)
        details = self.shown("/api/v2/requests/1")
        headers = {name.lower(): value for name, value in details["headers"]}
        self.assertEqual([headers[name] for name in ("authorization", "x-api-key", "x-other")], ["***", "***", "kept"])
        self.assertNotIn("secret", json.dumps(details))
        self.assertIn(["Set-Cookie", "***"], details["responseHeaders"])
        self.assertEqual(details["body"], {"text": "x" * 10, **part(25, 10)})
        self.assertEqual(details["responseBody"], {"text": "hello", **part(5, 5)})
        self.assertEqual(self.web.asked[0].body, b"x" * 25)

    def test_bounded(self) -> None:
        """The oldest one makes room; a request that is gone is said to be."""
        for number in range(5):
            self.use(f"/{number}")
        self.assertEqual([one["target"] for one in self.shown()["items"]], ["/4", "/3", "/2"])
        for unknown in ("1", "6", "x", "9" * 30):
            self.assertEqual(self.get(f"/api/v2/requests/{unknown}").code, 404)

    def test_filters(self) -> None:
        """They are found by method, status, and what stands in their target."""
        self.answer = lambda asked: ok(b"Hello", status=404 if b"no" in asked.head.target else 200)
        self.use("/yes", "X-Marked: 1")
        self.use("/no", method="DELETE")
        for query, count in (
            ("", 2),
            ("?method=delete", 1),
            ("?status=404", 1),
            ("?status=4xx", 1),
            ("?status=5xx", 0),
            ("?q=YES", 1),
            ("?q=example.test/", 2),
            ("?q=http://EXAMPLE.test/no", 1),
            ("?q=http://example.test/", 2),
            ("?q=https://example.test/", 0),
            ("?q=get", 1),
            ("?q=404", 1),
            ("?q=delete+404+/no", 1),
            ("?q=get+404", 0),
            ("?q=elete", 0),
            ("?proxy=other", 0),
            ("?status=failed", 1),
            ("?status=whole", 2),
            ("?q=text/plain", 0),
            ("?q=HELLO", 2),
            ("?q=hello+get", 1),
            ("?q=x-marked", 1),
            ("?slower=0", 2),
            ("?slower=0.5", 0),
            ("?pageSize=1&page=2", 1),
        ):
            self.assertEqual(len(self.shown(f"/api/v2/requests{query}")["items"]), count, query)

    def test_refused(self) -> None:
        """A number that is none."""
        for slower in ("x", "-1", "nan", "inf"):
            self.assertEqual(self.get(f"/api/v2/requests?slower={slower}").code, 400, slower)

    def test_neighbours(self) -> None:
        """What stands beside one in the list that somebody looks at."""
        self.answer = lambda asked: ok(status=404 if b"no" in asked.head.target else 200)
        for target in ("/yes1", "/no", "/yes2"):
            self.use(target)
        for path, beside in (
            ("2/neighbours", {"newer": 3, "older": 1}),
            ("3/neighbours", {"older": 2}),
            ("3/neighbours?q=yes", {"older": 1}),
            ("1/neighbours?status=2xx", {"newer": 3}),
            ("2/neighbours?q=nothing", {}),
        ):
            self.assertEqual(self.shown(f"/api/v2/requests/{path}"), beside, path)
        self.assertEqual(self.get("/api/v2/requests/9/neighbours").code, 404)

    def test_inspecting(self) -> None:
        """How many there are in all, whose, and in which files."""
        self.use()
        self.assertEqual(self.shown("/api/v2/inspecting"), {"total": 1, "proxies": ["site"], "files": []})

    def test_forget(self) -> None:
        """All are forgotten when that is asked for."""
        self.use()
        self.assertEqual(self.ask("DELETE", "/api/v2/requests").code, 200)
        self.assertEqual(self.shown()["total"], 0)

    def test_outcomes(self) -> None:
        """A user who leaves, sooner or later."""
        self.answer = lambda asked: None
        user = self.network.user(PORT)
        user.send(b"GET /wait HTTP/1.1\r\nHost: example.test\r\n\r\n")
        self.network.advance(0.1)
        self.assertEqual(self.shown()["items"][0]["outcome"], "")
        self.network.advance(3)
        self.assertEqual(self.shown("/api/v2/requests?slower=2&q=open")["total"], 1)
        user.abort()
        self.network.advance(0.1)
        self.assertEqual(self.shown()["items"][0]["outcome"], "left")

    def test_brokenOff(self) -> None:
        """A response that breaks off is told from one that never came, each with the reason."""
        self.answer = lambda asked: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour"
        user = self.network.user(PORT)
        user.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        self.network.advance(0.1)
        self.web.asked[0].user.abort()
        self.network.advance(0.1)
        self.answer = lambda asked: b"SSH-2.0-x\r\n"
        self.assertEqual(self.use("/").status, 404)
        odd, broken = self.shown()["items"]
        self.assertEqual((broken["outcome"], broken["status"], broken["responseSize"]), ("aborted", 200, 4))
        self.assertEqual((odd["outcome"], odd["status"]), ("unanswered", 0))
        self.assertTrue(broken["trouble"])
        for query, found in (("2xx", []), ("failed", [odd, broken]), ("aborted", [broken]), ("unanswered", [odd])):
            self.assertEqual(self.shown(f"/api/v2/requests?status={query}")["items"], found, query)
        self.assertIn("SSH-2.0", odd["trouble"])

    def test_websocket(self) -> None:
        """A user that changes the protocol is passed on, and said to be."""
        upgrade = b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nwelcome"
        self.answer = lambda asked: upgrade
        user = self.network.user(PORT)
        user.send(b"GET / HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        self.network.advance(0.1)
        self.assertTrue(user.received.endswith(b"welcome"), user.received)
        found = self.shown()["items"][0]
        self.assertEqual((found["status"], found["outcome"]), (101, "upgraded"))

    def test_packed(self) -> None:
        """A body that is packed is shown as people read it."""
        packed = gzip.compress(b"x")
        self.answer = lambda asked: ok(packed, b"Content-Encoding: gzip")
        self.use("/", "Accept-Encoding: gzip")
        # The limit cuts it, and what there is of it is shown.
        self.assertEqual(self.shown("/api/v2/requests/1")["responseBody"]["size"], len(packed))

    def test_shared(self) -> None:
        """Users whose requests came by one connection are told from each other, as frps does; a user's word is none."""
        self.use("/", "X-Forwarded-For: 192.0.2.99")
        self.assertEqual(self.shown()["items"][0]["peer"], "127.0.0.1")


class BodilessTests(InspectorCase):
    """Where bodies are nobody's business."""

    inspect = {"bodySize": 0}

    def test_none(self) -> None:
        """None is kept, and that there was one is known."""
        self.use("/", method="POST", body=b"12345")
        details = self.shown("/api/v2/requests/1")
        self.assertEqual(details["body"], {"text": "", **part(5, 0)})
        self.assertEqual(details["responseBody"], {"text": "", **part(5, 0)})
        self.assertIn("only 0 of the 5 bytes", self.replay(1)["msg"])


class CutLetterTests(InspectorCase):
    """A text that is kept to the middle of a letter."""

    inspect = {"bodySize": 4}

    def test_letter(self) -> None:
        """It is a text still."""
        self.use("/", method="POST", body="a\u00e4\u00f6".encode())
        self.assertEqual(self.shown("/api/v2/requests/1")["body"]["text"], "a\u00e4")


class OffTests(WebTestCase):
    """Where nobody looks."""

    def test_off(self) -> None:
        """Nothing is kept, and the list is empty."""
        self.network.server(vhostHTTPPort=PORT)
        web = Web(self.network)
        self.admin(proxies=[{"name": "site", "type": "http", "localPort": web.port, "customDomains": ["example.test"]}])
        self.network.advance(1)
        user = self.network.user(PORT)
        user.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        self.network.advance(0.1)
        self.assertIn(b"200", user.received)
        self.assertEqual(self.get("/api/v2/requests").json["data"]["items"], [])
