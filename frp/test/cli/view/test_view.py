"""The view, of clients in memory."""

from __future__ import annotations

import os
import re
import signal
from types import SimpleNamespace
from typing import Any

from frp import logs
from frp.cli.view.text import Line
from frp.cli.view.view import PAUSE, View
from frp.logs import Log
from frp.testing.cases import NetworkTestCase


class FakeScreen:
    """
    Keeps what is drawn.

    @ivar takes: whether it takes all of a frame.
    """

    def __init__(self) -> None:
        self.size = (80, 24)
        self.frames: list[str] = []
        self.left = 0
        self.takes = True

    def draw(self, lines: list[Line]) -> bool:
        self.frames.append("\n".join("".join(text for text, _ in line) for line in lines))
        return self.takes

    def leave(self) -> None:
        self.left += 1


class ViewTests(NetworkTestCase):
    """What is seen, and when."""

    def setUp(self) -> None:
        super().setUp()
        self.screen = FakeScreen()
        self.signals: dict[int, Any] = {}
        self.view = View(self.network.reactor, self.screen, watch=self.signals.__setitem__)
        self.view.startService()
        self.addCleanup(self.end)

    def end(self) -> None:
        """Stop it, unless it was stopped."""
        if self.view.running:
            self.view.stopService()

    def client(self, *proxies: dict[str, Any], **settings: Any) -> None:
        """Start one that is shown."""
        self.network.client(proxies=proxies, unstarted=self.view.show, **settings)

    def seen(self) -> str:
        """@return: what is to be seen after a while."""
        self.network.advance(PAUSE)
        return self.screen.frames[-1]

    def test_proxy(self) -> None:
        """Where it is, and what it carries; a frame when that changes, and none otherwise."""
        self.network.server()
        echo = self.network.echo()
        self.client({"name": "p", "type": "tcp", "remotePort": 6000, "localPort": echo.port})
        shown = self.seen()
        self.assertIn("0.0.0.0:7000  connected", shown)
        self.assertRegex(shown, r"p +running +0 +0 +0 B +0 B")
        self.assertIn(f"tcp://127.0.0.1:6000 → 127.0.0.1:{echo.port}", shown)
        before = len(self.screen.frames)
        self.network.advance(60)
        self.assertEqual(len(self.screen.frames), before)
        user = self.network.user(6000)
        user.send(b"abc")
        self.assertRegex(self.seen(), r"p +running +1 +1 +3 B +3 B")
        user.close()
        self.assertRegex(self.seen(), r"p +running +0 +1 +3 B +3 B")

    def test_visitor(self) -> None:
        """Where it listens, whom it leads to, and its users."""
        self.network.server()
        echo = self.network.echo()
        self.network.client(proxies=[{"name": "p", "type": "stcp", "secretKey": "k", "localPort": echo.port}])
        visitor = {"name": "v", "type": "stcp", "secretKey": "k", "serverName": "p", "bindPort": 6001}
        self.client(visitors=[visitor, {**visitor, "name": "w", "secretKey": "no", "bindPort": -1}])
        self.assertRegex(
            self.seen(), r"Visitors 2/2 .*\nv +running +0 +0 +0 B +0 B\n  127.0.0.1:6001 → stcp:p\nw +running"
        )
        user = self.network.user(6001)
        user.send(b"abc")
        self.assertRegex(self.seen(), r"v +running +1 +1 +3 B +3 B")
        user.close()
        self.assertRegex(self.seen(), r"v +running +0 +1 +3 B +3 B")

    def test_seldom(self) -> None:
        """However much happens, there are four frames a second at most."""
        self.network.server()
        echo = self.network.echo()
        self.client({"name": "p", "type": "tcp", "remotePort": 6000, "localPort": echo.port})
        user = self.network.user(6000)
        self.seen()
        before = len(self.screen.frames)
        for _ in range(100):
            user.send(b"x")
            self.network.advance(0.01)
        self.assertIn(len(self.screen.frames) - before, (3, 4))

    def test_requests(self) -> None:
        """Requests of proxies with an inspector, the latest first."""
        self.network.server(vhostHTTPPort=8080)
        answer = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        service = self.network.service(lambda user, data: user.send(answer))
        self.client(
            {"name": "w", "type": "http", "customDomains": ["a.b"], "localPort": service.port, "inspect": {}},
        )
        self.assertIn("http://a.b:8080", self.seen())
        user = self.network.user(8080)
        for path in (b"/one", b"/two"):
            user.send(b"GET " + path + b" HTTP/1.1\r\nHost: a.b\r\n\r\n")
            self.network.advance(1)
        self.assertRegex(self.seen(), r"Requests\n\S+  404 +\d+ ms  GET /two\n\S+  404 +\d+ ms  GET /one")

    def test_warnings(self) -> None:
        """The log's, each once, the latest first; what is no warning is not here."""
        self.client()
        log = Log("test")
        for text in ("one", "two", "one"):
            log.warn("{text}!", text=text)
        log.info("three")
        log.error("four")
        found = re.findall(r"^\S{8}  (\w+!?)$", self.seen(), re.MULTILINE)
        self.assertEqual(found, ["four", "one!", "two!"])

    def test_servers(self) -> None:
        """A server that is not there, and why."""
        self.client({"name": "p", "type": "tcp", "remotePort": 1, "localPort": 1}, loginFailExit=False)
        shown = self.seen()
        self.assertRegex(shown, r"0.0.0.0:7000  waiting: .*connection ref")
        self.assertRegex(shown, r"Proxies 0/1.*\np +new ")

    def test_size(self) -> None:
        """When the window has another size, the next frame fits into it."""
        self.client()
        self.seen()
        self.screen.size = (20, 2)
        self.assertEqual(self.seen(), "frpc  Ctrl+C ends it\nServer    0.0.0.0:7…")

    def test_stuck(self) -> None:
        """What a terminal has not taken is drawn again."""
        self.client()
        self.screen.takes = False
        self.seen()
        before = len(self.screen.frames)
        self.seen()
        self.assertEqual(len(self.screen.frames), before + 1)

    def test_aside(self) -> None:
        """Whoever prints finds the terminal as it was; the next frame comes for all that."""
        self.client()
        self.seen()
        before = len(self.screen.frames)
        said: list[Any] = []

        def failed(path: str, what: str) -> int:
            said.append((path, what, self.screen.left))
            return 3

        self.assertEqual((self.view.aside(failed)("file", "failure"), said), (3, [("file", "failure", 1)]))
        self.seen()
        self.assertEqual(len(self.screen.frames), before + 1)

    def test_suspended(self) -> None:
        """Ctrl+Z gives the terminal back before we stop."""
        killed: list[Any] = []
        self.patch(os, "kill", lambda *what: killed.append((*what, self.screen.left)))
        self.seen()
        self.signals[signal.SIGTSTP](signal.SIGTSTP, None)
        self.assertEqual(killed, [(os.getpid(), signal.SIGSTOP, 1)])

    def test_end(self) -> None:
        """At the end the terminal is given back, the log goes to it again, and nobody looks any more."""
        started: list[Any] = []
        self.patch(logs, "start", started.append)
        self.patch(logs, "hush", lambda: None)
        self.patch(logs, "stop", lambda: None)
        console = SimpleNamespace(to="console", level=logs.setLevel("info"), maxDays=3, disablePrintColor=True)
        self.view.setLog(console)
        self.assertEqual(started, [])
        self.view.stopService()
        self.assertEqual((started, self.screen.left, self.signals), ([console], 1, {signal.SIGTSTP: signal.SIG_DFL}))
        before = len(self.screen.frames)
        self.network.advance(60)
        self.assertEqual(len(self.screen.frames), before)
