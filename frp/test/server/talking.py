"""Clients that the tests of the server play by hand."""

from __future__ import annotations

from typing import Any

from frp import COMPATIBLE
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase
from frp.testing.talk import Talk
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, NewProxy, NewProxyResp, NewWorkConn
from frp.wire.v1 import V1

__all__ = ["ServerTestCase"]


class ServerTestCase(NetworkTestCase):
    """
    A server without multiplexing, whose clients speak for themselves.

    @cvar dialect: what they speak.
    """

    dialect = V1

    def connect(self, token: bytes = b"") -> Talk:
        """@return: a connection of a client that has said nothing."""
        return self.network.dial(self.network.bindPort, Talk(token, self.dialect))

    def server(self, **settings: Any) -> FRPServer:
        """Start one."""
        transport = {"tcpMux": False, "heartbeatTimeout": -1, **settings.pop("transport", {})}
        return self.network.server(**settings, transport=transport)

    def login(self, token: bytes = b"", **fields: Any) -> Talk:
        """Say Login, and wait for the answer."""
        talk = self.connect(token)
        talk.say(Login(version=COMPATIBLE, privilege_key=privilegeKey(token, 0), **fields))
        self.network.settle()
        return talk

    def refusal(self, **fields: Any) -> str:
        """@return: why a login is refused; its connection must be closed."""
        talk = self.login(**fields)
        self.assertIsNotNone(talk.lost)
        return talk.last(LoginResp).error

    def bring(self, talk: Talk, **fields: Any) -> Talk:
        """Open a work connection for a client."""
        work = self.connect()
        work.say(NewWorkConn(run_id=talk.last(LoginResp).run_id, **fields))
        self.network.settle()
        return work

    def register(self, talk: Talk, name: str = "web", port: int = 6000, **fields: Any) -> NewProxyResp:
        """Register a proxy, and wait for the answer."""
        talk.say(NewProxy(proxy_name=name, proxy_type=fields.pop("type", "tcp"), remote_port=port, **fields))
        self.network.settle()
        return talk.last(NewProxyResp)
