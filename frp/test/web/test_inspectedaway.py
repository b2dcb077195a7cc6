"""Tests of a service that cannot be reached: the inspector knows why, and users do not notice it."""

from __future__ import annotations

from pathlib import Path

from frp.test.web.inspecting import PORT, InspectorCase


class AwayCase(InspectorCase):
    """A service that cannot be reached."""

    def setUp(self) -> None:
        page = self.mktemp()
        Path(page).write_text("nobody home")
        self.settings = {"custom404Page": page, "vhostHTTPUnavailableStatus": 503}
        super().setUp()
        self.port = self.network.reactor.ports.pop(self.web.port)

    def check(self) -> None:
        """Its user gets what frps is configured to say."""
        answer = self.use("/gone", method="POST", body=b"x")
        self.assertEqual((answer.status, answer.body), (503, b"nobody home"))
        self.assertEqual(answer.fields["retry-after"], "10")


class AwayTests(AwayCase):
    """It is looked into."""

    inspect = {"bodySize": 100}

    def test_answer(self) -> None:
        """Users do not notice."""
        self.check()

    def test_reason(self) -> None:
        """Why is for the developer alone."""
        self.use("/gone")
        found = self.shown()["items"][0]
        self.assertEqual((found["status"], found["outcome"]), (0, "unanswered"))
        self.assertIn("connection refused", found["trouble"])

    def test_body(self) -> None:
        """What its user has sent is kept, to be sent again when the service is there."""
        self.use("/gone", method="POST", body=b"x" * 40)
        self.assertEqual(self.shown("/api/v2/requests/1")["body"]["text"], "x" * 40)
        self.replay(1)
        again = self.shown("/api/v2/requests/2")
        self.assertEqual((again["body"]["text"], again["body"]["whole"]), ("x" * 40, True))
        self.network.reactor.ports[self.web.port] = self.port
        self.assertEqual(self.replay(2)["data"]["summary"]["status"], 200)
        self.assertEqual(self.web.asked[0].body, b"x" * 40)

    def test_long(self) -> None:
        """No more is read of it than is kept: its user is answered while most is still to come."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 100000\r\n\r\n" + b"x" * 150)
        self.network.advance(0.1)
        self.assertTrue(user.received.startswith(b"HTTP/1.1 503 "), user.received)
        body = self.shown("/api/v2/requests/1")["body"]
        self.assertEqual((body["kept"], body["ended"], body["whole"]), (100, False, False))

    def test_slow(self) -> None:
        """What is under way is waited for, for a second."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 6\r\n\r\nab")
        self.network.advance(0.5)
        user.send(b"cd")
        self.network.advance(0.4)
        self.assertEqual((user.received, self.shown()["items"][0]["outcome"]), (b"", ""))
        self.network.advance(0.2)
        self.assertTrue(user.received.startswith(b"HTTP/1.1 503 "), user.received)
        found = self.shown("/api/v2/requests/1")
        self.assertEqual((found["body"]["text"], found["body"]["ended"]), ("abcd", False))
        self.assertEqual(found["summary"]["outcome"], "unanswered")

    def test_expecting(self) -> None:
        """Who waits to be asked for the body is answered at once."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        self.network.advance(0.1)
        self.assertTrue(user.received.startswith(b"HTTP/1.1 503 "), user.received)

    def test_left(self) -> None:
        """A user who leaves meanwhile would have got no answer."""
        user = self.network.user(PORT)
        user.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 6\r\n\r\nab")
        self.network.advance(0.5)
        user.abort()
        self.network.advance(0.1)
        self.assertEqual(self.shown()["items"][0]["outcome"], "unanswered")

    def test_again(self) -> None:
        """A request that is sent again says so, too."""
        self.use("/gone")
        found = self.replay(1)["data"]["summary"]
        self.assertEqual((found["outcome"], found["again"]), ("unanswered", 1))
        self.assertIn("connection refused", found["trouble"])


class AwayUnseenTests(AwayCase):
    """Nobody looks."""

    inspect = None

    def test_answer(self) -> None:
        """Users get the same."""
        self.check()
