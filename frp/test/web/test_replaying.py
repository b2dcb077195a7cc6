"""Tests of requests that are sent again, and made commands."""

from __future__ import annotations

import gzip
import shlex

from frp.test.web.inspecting import PORT, InspectorCase
from frp.testing.web import PORT as ADMIN


class ReplayTests(InspectorCase):
    """The same again."""

    def test_again(self) -> None:
        """The service gets it again, and what came of it is told, and kept."""
        self.use("/form?x=1", "Content-Type: a/b", method="POST", body=b"answer=42")
        told = self.replay(1)["data"]
        first, second = self.web.asked[:2]
        self.assertEqual((second.head.method, second.head.target, second.body), (b"POST", b"/form?x=1", b"answer=42"))
        self.assertEqual(second.field(b"content-type"), b"a/b")
        self.assertEqual(second.field(b"host"), first.field(b"host"))
        self.assertEqual((told["summary"]["again"], told["summary"]["id"], told["summary"]["status"]), (1, 2, 200))
        self.assertEqual(told["responseBody"]["text"], "hello")
        self.assertEqual((told["summary"]["outcome"], told["responseBody"]["whole"]), ("whole", True))
        self.replay(2)
        self.replay(1)
        self.assertEqual(self.shown("/api/v2/requests/1")["repeats"], [4, 2])
        self.assertNotIn("repeats", self.shown("/api/v2/requests/3"))
        self.assertEqual(self.shown()["total"], 4)

    def test_packed(self) -> None:
        """What was shown unpacked is packed again when it is edited, and only where that is asked for."""
        self.use("/", "Content-Encoding: gzip", method="POST", body=gzip.compress(b"old"))
        shown = self.shown("/api/v2/requests/1")["body"]
        self.assertEqual((shown["text"], shown["packed"]), ("old", "gzip"))
        self.replay(1, body="new", pack=True)
        self.assertEqual(gzip.decompress(self.web.asked[1].body), b"new")
        self.replay(1, body="new")
        self.replay(1, body="new", pack=True, headers=[["Host", "x"]])
        self.assertEqual([one.body for one in self.web.asked[2:]], [b"new", b"new"])

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
        again = self.replay(1)["data"]["summary"]
        self.assertIsNone(self.web.asked[1].field(b"cookie"))
        self.assertEqual(again["without"], ["Cookie"])
        again = self.replay(1, headers=[["Host", "x"], ["Cookie", "mine"]])["data"]["summary"]
        self.assertEqual(self.web.asked[2].field(b"cookie"), b"mine")
        self.assertNotIn("without", again)
        self.assertNotIn("without", self.shown("/api/v2/requests/1")["summary"])

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
            ({"other": 1}, "other is not known here; there may be method, target, headers, body, encoding, pack"),
        ):
            answer = self.replay(1, **edit)
            self.assertEqual(answer["code"], 400, edit)
            self.assertIn(text, answer["msg"])
        wrong = self.replay(1, target="/a b", headers=[["Host", "x"], ["X Y", "1"]])["problems"]
        self.assertEqual([one["path"] for one in wrong], ["target", "headers[1]"])
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
        found = self.reply(user).json["data"]["summary"]
        self.assertEqual((found["outcome"], found["took"]), ("left", 60))
        self.assertEqual(found["trouble"], "there was no whole answer within 60 seconds")

    def test_foreign(self) -> None:
        """A page from elsewhere cannot have one sent again."""
        self.use()
        user = self.network.user(ADMIN)
        user.send(
            b"POST /api/v2/requests/1/replay HTTP/1.1\r\nHost: frp\r\nOrigin: http://evil.test\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        self.network.advance(1)
        self.assertTrue(user.received.startswith(b"HTTP/1.1 403"), user.received)
        self.assertEqual(len(self.web.asked), 1)


class ParameterTests(InspectorCase):
    """Secrets in queries."""

    inspect = {"redact": ["Token"]}

    def test_hidden(self) -> None:
        """They are neither kept nor sent as stars, and can be said anew."""
        self.use("/a?x=1&token=secret&y=token")
        self.assertEqual(self.web.asked[0].head.target, b"/a?x=1&token=secret&y=token")
        self.assertEqual(self.shown()["items"][0]["target"], "/a?x=1&token=***&y=token")
        self.assertIn("/a?x=1&token=...&y=token", self.get("/api/v2/requests/1/curl").body.decode())
        again = self.replay(1)["data"]["summary"]
        self.assertEqual((again["target"], again["without"]), ("/a?x=1&y=token", ["?token"]))
        self.assertEqual(self.web.asked[1].head.target, b"/a?x=1&y=token")
        again = self.replay(2, target="/a?token=mine")["data"]["summary"]
        self.assertEqual(self.web.asked[2].head.target, b"/a?token=mine")
        self.assertEqual((again["target"], again.get("without")), ("/a?token=***", None))


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

    def test_keys(self) -> None:
        """What a terminal takes for keys is in no line that somebody may paste."""
        self.use("/", method="POST", body=b"a\x03\nrm -r x\n")
        line = self.get("/api/v2/requests/1/curl").body.decode()
        self.assertTrue(line.startswith("echo YQMKcm0gLXIgeAo= | base64 -d | curl "), line)

    def test_headers(self) -> None:
        """Empty headers are said in curl's way; packed answers are unpacked."""
        self.use("/", "X-Empty:", "Accept-Encoding: gzip, br")
        words = self.line()
        self.assertIn("X-Empty;", words)
        self.assertIn("--compressed", words)

    def test_service(self) -> None:
        """The service behind the proxy can be asked without it, by the name that its user has said."""
        self.use("/a?b")
        where = f"http://127.0.0.1:{self.web.port}"
        self.assertEqual(self.shown("/api/v2/requests/1")["service"], where)
        words = shlex.split(self.get("/api/v2/requests/1/curl?to=service").body.decode())
        self.assertEqual(words[-1], f"{where}/a?b")
        self.assertIn("Host: example.test", words)
        self.assertEqual(self.get("/api/v2/requests/1/curl?to=x").code, 400)

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
