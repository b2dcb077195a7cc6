"""Tests of the inspector: what a developer sees of the requests of users, and how they are sent again."""

from __future__ import annotations

import gzip
import json
import shlex
from collections.abc import Callable
from typing import Any

from frp.test.http.web import Asked, Web, ok
from frp.test.plugins.asking import Heard, heard
from frp.testing.web import WebTestCase

PORT = 8080


class InspectorCase(WebTestCase):
    """A site behind an http proxy that is looked into."""

    inspect: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.network.server(vhostHTTPPort=PORT)
        self.answer: Callable[[Asked], bytes | None] = lambda asked: ok(
            b"hello", b"Set-Cookie: secret", b"Content-Type: text/plain"
        )
        self.web = Web(self.network, lambda asked: self.answer(asked))
        proxy = {
            "name": "site",
            "type": "http",
            "localPort": self.web.port,
            "customDomains": ["example.test"],
            "inspect": self.inspect,
        }
        self.admin(proxies=[proxy])
        self.network.advance(1)

    def use(self, target: str = "/", *fields: str, method: str = "GET", body: bytes = b"") -> Heard:
        """Somebody asks the site."""
        user = self.network.user(PORT)
        lines = [f"{method} {target} HTTP/1.1", "Host: example.test", *fields]
        lines += [f"Content-Length: {len(body)}"] if body else []
        user.send("\r\n".join([*lines, "", ""]).encode() + body)
        self.network.advance(0.1)
        found = heard(user, method)
        user.close()
        self.network.settle()
        return found

    def shown(self, path: str = "/api/v2/requests") -> Any:
        """What the API says."""
        return self.get(path).json["data"]

    def replay(self, number: int, **edit: Any) -> Any:
        """Send one again. @return: what the API says."""
        user = self.begin("POST", f"/api/v2/requests/{number}/replay", json.dumps(edit).encode())
        self.network.advance(0.1)
        return self.reply(user).json


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
        self.assertEqual(details["body"], {"text": "x" * 10, "encoding": "utf-8", "size": 25, "whole": False})
        self.assertEqual(details["responseBody"], {"text": "hello", "encoding": "utf-8", "size": 5, "whole": True})
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
        self.answer = lambda asked: ok(status=404 if b"no" in asked.head.target else 200)
        self.use("/yes")
        self.use("/no", method="DELETE")
        for query, count in (
            ("", 2),
            ("?method=delete", 1),
            ("?status=404", 1),
            ("?status=4xx", 1),
            ("?status=5xx", 0),
            ("?q=YES", 1),
            ("?q=example.test/", 2),
            ("?proxy=other", 0),
            ("?pageSize=1&page=2", 1),
        ):
            self.assertEqual(len(self.shown(f"/api/v2/requests{query}")["items"]), count, query)

    def test_forget(self) -> None:
        """All are forgotten when that is asked for."""
        self.use()
        self.assertEqual(self.ask("DELETE", "/api/v2/requests").code, 200)
        self.assertEqual(self.shown()["total"], 0)

    def test_outcomes(self) -> None:
        """A service that is not there, and a user who leaves."""
        self.answer = lambda asked: None
        user = self.network.user(PORT)
        user.send(b"GET /wait HTTP/1.1\r\nHost: example.test\r\n\r\n")
        self.network.advance(0.1)
        self.assertEqual(self.shown()["items"][0]["outcome"], "")
        user.abort()
        self.network.advance(0.1)
        self.assertEqual(self.shown()["items"][0]["outcome"], "left")
        del self.network.reactor.ports[self.web.port]
        self.assertEqual(self.use("/gone").status, 502)
        self.assertEqual(self.shown()["items"][0]["status"], 502)

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


class ReplayTests(InspectorCase):
    """The same again."""

    def test_again(self) -> None:
        """The service gets it again, and what came of it is told, and kept."""
        self.use("/form?x=1", "Content-Type: a/b", method="POST", body=b"answer=42")
        told = self.replay(1)["data"]
        first, second = self.web.asked
        self.assertEqual((second.head.method, second.head.target, second.body), (b"POST", b"/form?x=1", b"answer=42"))
        self.assertEqual(second.field(b"content-type"), b"a/b")
        self.assertEqual(second.field(b"host"), first.field(b"host"))
        self.assertEqual((told["summary"]["again"], told["summary"]["id"], told["summary"]["status"]), (1, 2, 200))
        self.assertEqual(told["responseBody"]["text"], "hello")
        self.assertEqual((told["summary"]["outcome"], told["responseBody"]["whole"]), ("whole", True))
        self.assertEqual(self.shown()["total"], 2)

    def test_edited(self) -> None:
        """What the developer changes is another."""
        self.use("/a", method="POST", body=b"old")
        self.replay(1, method="PUT", target="/b", headers=[["Host", "x"], ["X-New", "1"]], body="new body")
        asked = self.web.asked[1]
        self.assertEqual((asked.head.method, asked.head.target, asked.body), (b"PUT", b"/b", b"new body"))
        self.assertEqual((asked.field(b"x-new"), asked.field(b"host")), (b"1", b"x"))
        self.replay(1, body="AP8=", encoding="base64")
        self.assertEqual(self.web.asked[2].body, b"\x00\xff")

    def test_hidden(self) -> None:
        """A secret that was not kept is not sent as stars."""
        self.use("/", "Cookie: secret")
        self.replay(1)
        self.assertIsNone(self.web.asked[1].field(b"cookie"))

    def test_refused(self) -> None:
        """What cannot be sent is said."""
        self.use()
        for edit, text in (
            ({"method": "G ET"}, "the request cannot be sent"),
            ({"target": "/a b"}, "the request cannot be sent"),
            ({"headers": [["X\r\nY", "1"]]}, "a header field cannot be sent"),
            ({"headers": [["X"]]}, "headers[0] must be a list of 2"),
            ({"headers": [["X", 1]]}, "headers[0][1] must be a text"),
            ({"headers": "x"}, "headers must be a list"),
            ({"body": "x", "encoding": "base64"}, "no base64"),
            ({"encoding": "utf-16"}, "encoding must be one of"),
            ({"method": 1}, "method must be a text"),
            ({"other": 1}, "other is not known here; there may be method, target, headers, body, encoding"),
        ):
            answer = self.replay(1, **edit)
            self.assertEqual(answer["code"], 400, edit)
            self.assertIn(text, answer["msg"])
        self.assertEqual(self.reply(self.begin("POST", "/api/v2/requests/1/replay", b"[]")).code, 400)
        self.assertEqual(len(self.web.asked), 1)

    def test_silent(self) -> None:
        """A service that says nothing is not waited for without end."""
        self.use()
        self.answer = lambda asked: None
        user = self.begin("POST", "/api/v2/requests/1/replay", b"{}")
        self.network.advance(59)
        self.assertEqual(user.received, b"")
        self.network.advance(2)
        self.assertEqual(self.reply(user).json["data"]["summary"]["outcome"], "left")


class TruncatedTests(InspectorCase):
    """A request of which not all was kept."""

    inspect = {"bodySize": 3}

    def test_truncated(self) -> None:
        """It is not sent again as if that were all; another body is."""
        self.use("/", method="POST", body=b"12345")
        answer = self.replay(1)
        self.assertEqual(answer["code"], 400)
        self.assertIn("only 3 of the 5 bytes of the body were kept", answer["msg"])
        self.replay(1, body="12345")
        self.assertEqual(self.web.asked[1].body, b"12345")


class CutTests(InspectorCase):
    """A request that breaks off."""

    def test_cut(self) -> None:
        """What has not come whole is not taken for whole: neither sent again nor made a command."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 1000\r\n\r\nfour")
        self.network.advance(0.1)
        user.abort()
        self.network.advance(0.1)
        self.assertFalse(self.shown("/api/v2/requests/1")["body"]["whole"])
        self.assertEqual(self.replay(1)["code"], 400)
        self.assertEqual(self.get("/api/v2/requests/1/curl").code, 400)


class CurlTests(InspectorCase):
    """The command."""

    def line(self) -> list[str]:
        """The words of the command for the last request, as a shell takes it."""
        number = self.shown()["items"][0]["id"]
        return shlex.split(self.get(f"/api/v2/requests/{number}/curl").body.decode())

    def test_file(self) -> None:
        """No body of a stranger names a file of the developer."""
        self.use("/", method="POST", body=b"@/etc/passwd")
        words = self.line()
        self.assertEqual(words[words.index("--data-raw") + 1], "@/etc/passwd")
        self.assertNotIn("--data-binary", words)

    def test_targets(self) -> None:
        """An address within an address, and brackets, are part of the path."""
        self.use("/login?next=https://x/&a[1-3]=b")
        words = self.line()
        self.assertEqual(words[-1], "http://example.test/login?next=https://x/&a[1-3]=b")
        self.assertIn("-g", words)

    def test_head(self) -> None:
        """HEAD is a word of its own for curl, which would wait for a body."""
        self.use("/", method="HEAD")
        self.assertEqual(self.line()[:4], ["curl", "-i", "-g", "-I"])

    def test_binary(self) -> None:
        """Bytes that are no text come through a pipe."""
        self.use("/", method="POST", body=b"\x00\xff")
        words = self.line()
        self.assertEqual(words[:6], ["echo", "AP8=", "|", "base64", "-d", "|"])
        self.assertEqual(words[words.index("--data-binary") + 1], "@-")

    def test_headers(self) -> None:
        """Empty headers are said in curl's way; packed answers are unpacked."""
        self.use("/", "X-Empty:", "Accept-Encoding: gzip, br")
        words = self.line()
        self.assertIn("X-Empty;", words)
        self.assertIn("--compressed", words)

    def test_curl(self) -> None:
        """A shell takes it apart as it was, whatever stands in it."""
        self.use("/a?b='c'&d=$(e)", 'X-Odd: it\'s "$x" `y`', "Cookie: secret", method="POST", body=b"it's\n$1")
        line = self.get("/api/v2/requests/1/curl").body.decode()
        words = shlex.split(line)
        self.assertEqual(words[:5], ["curl", "-i", "-g", "-X", "POST"])
        self.assertEqual(words[-1], "http://example.test/a?b='c'&d=$(e)")
        self.assertEqual(words[words.index("--data-raw") + 1], "it's\n$1")
        self.assertIn('X-Odd: it\'s "$x" `y`', words)
        self.assertNotIn("secret", line)


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
