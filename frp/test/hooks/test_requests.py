"""What hooks are told of requests, and the lines that an access log makes of that."""

from __future__ import annotations

import json
import os
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.hooks.accesslog import combined
from frp.interfaces.operations import NOBODY, REQUEST_ANSWERED, RequestAnswered
from frp.test.hooks.hooked import Telling
from frp.test.http.web import Web
from frp.test.proxies.test_http import PORT, HTTPTestCase, basic
from frp.testing.network import User


class Hearing(Telling):
    """Hears of requests alone."""

    operations = (REQUEST_ANSWERED,)


class RequestsTests(HTTPTestCase):
    """A hook that is told of requests."""

    def setUp(self) -> None:
        super().setUp()
        self.hearing = Hearing()
        for server in self.network.servers:
            server.hooks.add(self.hearing)

    def told(self) -> RequestAnswered:
        """@return: what the hook was told of the one request that there was."""
        [operation] = self.hearing.told
        message: RequestAnswered = operation.message
        return message

    def test_whole(self) -> None:
        """It hears who wanted what, from which proxy, what came of it, how much and how long."""
        self.publish(self.site("web", "a.com"))
        user = self.send(
            "POST /x?y=1 HTTP/1.1\r\nHost: A.com:8080\r\nContent-Length: 5\r\nReferer: http://b.com/\r\n"
            f"User-Agent: Moth/1.0\r\nAuthorization: {basic('ann:secret')}\r\n\r\n"
        )
        self.assertEqual(self.hearing.told, [])
        self.network.advance(2)
        self.send("hello", user)
        self.assertIn(b"200 X", user.received)
        told = self.told()
        self.assertEqual(
            told,
            RequestAnswered(
                "web",
                "http",
                told.remote_addr,
                method="POST",
                target="/x?y=1",
                version="HTTP/1.1",
                host="A.com:8080",
                login="ann",
                referer="http://b.com/",
                user_agent="Moth/1.0",
                status=200,
                bytes_in=5,
                bytes_out=3,
                answered=2.0,
                seconds=2.0,
                reason="whole",
            ),
        )
        self.assertRegex(told.remote_addr, r"^127\.0\.0\.1:\d+$")
        self.assertTrue(self.hearing.told[0].caller.runId)

    def test_each(self) -> None:
        """Requests on one connection are told of one by one."""
        self.publish(self.site("web", "a.com"))
        user = self.network.user(PORT)
        for path in ("/1", "/2", "/3"):
            self.send(f"GET {path} HTTP/1.1\r\nHost: a.com\r\n\r\n", user)
        self.assertEqual([told.message.target for told in self.hearing.told], ["/1", "/2", "/3"])

    def test_nobody(self) -> None:
        """Of a host that nobody has, and of nonsense, it hears without a proxy."""
        self.send("GET / HTTP/1.1\r\nHost: nowhere.com\r\n\r\n")
        told = self.told()
        self.assertEqual((told.proxy_name, told.status, told.reason), ("", 404, "whole"))
        self.assertEqual(self.hearing.told[0].caller, NOBODY)
        self.send("GET /%zz HTTP/1.1\r\nHost: nowhere.com\r\n\r\n")
        self.assertEqual([told.message.status for told in self.hearing.told], [404, 400])

    def test_refused(self) -> None:
        """Of a user with a wrong password it hears who that claims to be."""
        self.publish(self.site("web", "a.com", httpUser="ann", httpPassword="x"))
        self.ask("a.com", Authorization=basic("ann:y"))
        told = self.told()
        self.assertEqual((told.proxy_name, told.login, told.status), ("web", "ann", 401))

    def test_left(self) -> None:
        """A user who leaves before there is an answer has no status."""
        web = Web(self.network, lambda asked: None)
        self.publish({"name": "web", "type": "http", "localPort": web.port, "customDomains": ["a.com"]})
        user = self.send("GET / HTTP/1.1\r\nHost: a.com\r\n\r\n")
        self.network.advance(1)
        user.abort()
        self.network.settle()
        told = self.told()
        self.assertEqual((told.status, told.reason, told.answered, told.seconds), (0, "left", 0.0, 1.0))

    def test_upgraded(self) -> None:
        """A connection that becomes another protocol's is told of then."""
        answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
        service = self.network.service(lambda user, data: user.send(answer))
        self.publish({"name": "web", "type": "http", "localPort": service.port, "customDomains": ["a.com"]})
        self.send("GET / HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        told = self.told()
        self.assertEqual((told.status, told.reason), (101, "upgraded"))


class LinesTests(HTTPTestCase):
    """C{accesslog}, where there are http proxies."""

    def setUp(self) -> None:
        self.paths = {name: os.path.abspath(self.mktemp()) for name in ("json", "combined")}
        hooks = [{"type": "accesslog", "name": name, "format": name, "path": path} for name, path in self.paths.items()]
        self.settings: dict[str, Any] = {"hooks": hooks}
        super().setUp()
        self.publish(self.site("web", "a.com"))

    def lines(self, name: str) -> list[str]:
        """@return: those of one of the files."""
        with open(self.paths[name], encoding="utf-8") as file:
            return file.read().splitlines()

    def use(self) -> User:
        """Somebody asks for a page."""
        return self.send('GET /x"y HTTP/1.1\r\nHost: a.com\r\nUser-Agent: Moth "1"\r\n\r\n')

    def test_json(self) -> None:
        """A request is a line of its own, beside those of logins."""
        self.use()
        login, request = map(json.loads, self.lines("json"))
        expected = {
            "event": "request",
            "proxy": "web",
            "type": "http",
            "runId": login["runId"],
            "method": "GET",
            "host": "a.com",
            "path": '/x"y',
            "version": "HTTP/1.1",
            "status": 200,
            "bytesIn": 0,
            "bytesOut": 3,
            "reason": "whole",
            "userAgent": 'Moth "1"',
        }
        self.assertEqual({key: request[key] for key in expected}, expected)

    def test_combined(self) -> None:
        """Requests are all that is there, in the words of other web servers."""
        self.use()
        [line] = self.lines("combined")
        self.assertEqual(
            line,
            r'127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] "GET /x\x22y HTTP/1.1" 200 3 "-" "Moth \x221\x22"',
        )


class CombinedTests(SynchronousTestCase):
    """What stands in a line."""

    def test_escaped(self) -> None:
        """Nobody can make a field or a line of his own; IPv6 has no brackets."""
        told = RequestAnswered(
            "web", "http", "[2001:db8::1]:5", method="GET", target="/", version="HTTP/1.0", login="a b\n", referer="\\"
        )
        line = combined(told, 0)
        self.assertEqual(line, r'2001:db8::1 - a_b\x0A [01/Jan/1970:00:00:00 +0000] "GET / HTTP/1.0" 0 0 "\x5C" "-"')
