"""The page about writing a hook."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any
from unittest import SkipTest

import tomli

from frp.kinds import Registry
from frp.test.hooks.hooked import TunnelTestCase
from frp.testing.network import Network, User

PAGE = Path(__file__).parents[3] / "docs" / "extending" / "hook.md"


class PageTests(TunnelTestCase):
    """A person copies the examples."""

    def setUp(self) -> None:
        super().setUp()
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        self.code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)

    def scope(self, place: int) -> dict[str, Any]:
        """@return: what an example defines."""
        found: dict[str, Any] = {"__name__": "example"}
        exec(self.code[place], found)
        return found

    def test_short(self) -> None:
        """The whole hook has less than 60 lines, and the scripts have about 30."""
        sizes = [len([line for line in code.splitlines() if line.strip()]) for code in self.code]
        self.assertLess(len(self.code[0].splitlines()), 60)
        self.assertTrue(all(size < 40 for size in sizes[1:]), sizes)

    def test_whole(self) -> None:
        """The whole hook is found, its example is sound, and it does what the page says."""
        folder = self.mktemp()
        os.makedirs(folder)
        Path(folder, "frpx_hours.py").write_text(self.code[0])
        self.patch(sys, "path", [os.path.abspath(folder), *sys.path])
        self.addCleanup(sys.modules.pop, "frpx_hours", None)
        hours = self.scope(1)["hours"]
        self.network = Network(Registry(find=lambda: [*Registry().contributions(), hours]))
        table = tomli.loads(hours.load().examples[0])
        self.network.server(hooks=[table])
        web = {"name": "web", "type": "tcp", "remotePort": 6000, "localPort": self.network.echo().port}
        self.network.client(proxies=[web])
        now = time.localtime(self.network.reactor.seconds())
        self.network.advance((32 - now.tm_hour) * 3600)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
        user.close()
        self.network.advance(11 * 3600)
        self.assertEqual(self.logged(" stayed 0 s"), 1)
        self.assertTrue(self.network.user(6000).closed)
        self.assertEqual(self.logged("web is closed"), 1)

    def test_headers(self) -> None:
        """A header is added to the request, wherever that is cut."""
        heard = self.network.service(lambda user, data: None)
        self.tunnel(self.scope(2)["Headers"](), localPort=heard.port)
        user = self.network.user(6000)
        for piece in (b"GET / HTTP/1.1\r\nHo", b"st: a\r\nConnection: keep-alive\r\n\r", b"\nbody"):
            user.send(piece)
            self.network.settle()
        user.send(b"more")
        self.network.settle()
        self.assertEqual(
            heard.users[0].received,
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Tunnel: alice.web\r\nConnection: close\r\n\r\nbodymore",
        )

    def test_recorder(self) -> None:
        """A session is written down, both sides of it."""
        folder = self.mktemp()
        os.makedirs(folder)
        self.tunnel(self.scope(3)["Recorder"](folder, self.network.reactor))
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        user.close()
        self.network.settle()
        [name] = os.listdir(folder)
        lines = [json.loads(line) for line in Path(folder, name).read_text().splitlines()]
        self.assertEqual([(line["who"], line["data"]) for line in lines], [("user", "hello"), ("service", "hello")])

    def test_excuse(self) -> None:
        """Where the service is down a page says so; where it is not, nothing is added."""
        self.tunnel(self.scope(4)["Tea"](), localPort=1)
        user = self.network.user(6000)
        user.send(b"GET / HTTP/1.1\r\n\r\n")
        self.network.settle()
        self.assertTrue(user.received.startswith(b"HTTP/1.1 503 "), user.received)
        self.assertTrue(user.received.endswith(b"ten minutes.\n"))
        self.assertTrue(user.closed)
        echo = self.network.service(User.send)
        self.network.client(proxies=[{"name": "w.web", "type": "tcp", "remotePort": 6001, "localPort": echo.port}])
        user = self.network.user(6001)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
