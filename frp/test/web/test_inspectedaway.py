"""Tests of a service that cannot be reached: the inspector knows why, and users do not notice it."""

from __future__ import annotations

from pathlib import Path

from frp.test.web.inspecting import InspectorCase


class AwayCase(InspectorCase):
    """A service that cannot be reached."""

    def setUp(self) -> None:
        page = self.mktemp()
        Path(page).write_text("nobody home")
        self.settings = {"custom404Page": page, "vhostHTTPUnavailableStatus": 503}
        super().setUp()
        del self.network.reactor.ports[self.web.port]

    def check(self) -> None:
        """Its user gets what frps is configured to say."""
        answer = self.use("/gone", method="POST", body=b"x")
        self.assertEqual((answer.status, answer.body), (503, b"nobody home"))
        self.assertEqual(answer.fields["retry-after"], "10")


class AwayTests(AwayCase):
    """It is looked into."""

    def test_answer(self) -> None:
        """Users do not notice."""
        self.check()

    def test_reason(self) -> None:
        """Why is for the developer alone."""
        self.use("/gone")
        found = self.shown()["items"][0]
        self.assertEqual((found["status"], found["outcome"]), (0, "unanswered"))
        self.assertIn("connection refused", found["trouble"])

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
