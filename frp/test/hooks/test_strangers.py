"""
Services written for the reference's frps, as others have published them: played by hand, with the bytes of their
servers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User

Judge = Callable[[dict[str, Any]], str]


def plain(body: bytes) -> bytes:
    """How Go's HTTP server answers."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


def chunked(body: bytes) -> bytes:
    """How many others do."""
    head = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])


def closing(body: bytes) -> bytes:
    """How old ones do; the connection ends behind it."""
    return b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body


class StrangerTests(NetworkTestCase):
    """An operator brings the services that he has."""

    def stranger(self, judge: Judge, answer: Callable[[bytes], bytes] = plain) -> str:
        """
        Start a service. All keys are always there, as Go writes them.

        @param judge: gives the reason for a no.
        @return: its address.
        """
        waiting: dict[User, bytes] = {}

        def heard(user: User, data: bytes) -> None:
            waiting[user] = waiting.get(user, b"") + data
            head, end, body = waiting[user].partition(b"\r\n\r\n")
            if not end:
                return
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            if len(body) < int(fields[b"content-length"]):
                return
            del waiting[user]
            self.heads.append(head)
            reason = judge(json.loads(body))
            said = {"reject": bool(reason), "reject_reason": reason, "unchange": not reason, "content": None}
            user.send(answer(json.dumps(said).encode()))
            if answer is closing:
                user.close()

        self.heads: list[bytes] = []
        return f"127.0.0.1:{self.network.service(heard).port}"

    def server(self, address: str, *ops: str) -> None:
        """Start frps as their pages say."""
        self.network.server(httpPlugins=[{"name": "theirs", "addr": address, "path": "/handler", "ops": list(ops)}])

    def client(self, user: str, token: str, port: int = 6000) -> FRPClient:
        """Start frpc as their pages say."""
        table = {"name": "ssh", "type": "tcp", "localPort": 22, "remotePort": port}
        made = self.network.client(user=user, metadatas={"token": token}, proxies=[table])
        self.network.advance(1)
        return made

    def users(self, request: dict[str, Any]) -> str:
        """What a service for many users says: their names and tokens are in a file."""
        content = request["content"]
        token = (content["metas"] or {}).get("token", "")
        if not content["user"] or not token:
            return "user or meta token can not be empty"
        return "" if {"user1": "123"}.get(content["user"]) == token else "invalid meta token"

    def ports(self, request: dict[str, Any]) -> str:
        """What a service for ports says: who may have which is in a file."""
        content = request["content"]
        allowed = {"user1": {6000}}.get(content["user"]["user"], set())
        return "" if content["remote_port"] in allowed else "Client is not allowed => Port or subdomain false"

    def test_users(self) -> None:
        """Who knows his token is in, others are told why not; however the service frames its answers."""
        for answer in (plain, chunked, closing):
            self.server(self.stranger(self.users, answer), "Login")
            for token, lines in (("123", 0), ("124", 1)):
                self.client("user1", token)
                self.assertEqual(self.logged("register control error: invalid meta token"), lines)
            self.assertEqual(self.logged("start proxy success"), 1, answer)
            self.assertTrue(self.heads[0].startswith(b"POST /handler?op=Login&version=0.1.0 HTTP/1.1\r\n"))
            self.doCleanups()
            self.setUp()

    def test_ports(self) -> None:
        """Whoever wants a port that is another's is told so, and the rest of his proxies work."""
        self.server(self.stranger(self.ports), "NewProxy")
        self.client("user1", "", 6000)
        self.assertIsNone(self.network.user(6000).refused)
        self.client("user1", "", 6001)
        self.assertEqual(self.logged("start error: Client is not allowed => Port or subdomain false"), 1)
        self.assertIsNotNone(self.network.user(6001).refused)

    def test_both(self) -> None:
        """Two services beside each other, and hooks of frps behind them, are asked in order."""
        users = {"name": "a", "addr": self.stranger(self.users), "path": "/handler", "ops": ["Login"]}
        ports = {"name": "b", "addr": self.stranger(self.ports), "path": "/handler", "ops": ["NewProxy"]}
        limits = {"name": "c", "type": "limits", "connectionsPerProxy": 1}
        self.network.server(httpPlugins=[users, ports], hooks=[limits])
        self.client("user1", "123")
        self.assertEqual(self.logged("start proxy success"), 1)
