"""Servers that the tests of the client play by hand."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory

from frp.client.running import RunningProxy
from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.talk import Talk
from frp.wire.dialect import Dialect
from frp.wire.messages import Login, LoginResp, Message, NewWorkConn, StartWorkConn
from frp.wire.v1 import V1

__all__ = ["ClientTestCase", "Played"]

TCP = {"name": "web", "type": "tcp", "localPort": 8000, "remotePort": 6000}


class Played(Factory):
    """
    A server that says what the test says.

    @ivar dialect: what its clients speak.
    @ivar talks: every connection, the oldest first.
    """

    noisy = False

    def __init__(self, dialect: Dialect = V1) -> None:
        self.dialect = dialect
        self.talks: list[Talk] = []

    def buildProtocol(self, addr: object) -> Talk:
        talk = Talk(dialect=self.dialect, opener=False)
        self.talks.append(talk)
        return talk

    def logins(self) -> list[Talk]:
        """The connections that have said Login."""
        return [talk for talk in self.talks if talk.of(Login)]

    def works(self) -> list[Talk]:
        """The connections that have said NewWorkConn."""
        return [talk for talk in self.talks if talk.of(NewWorkConn)]


class ClientTestCase(NetworkTestCase):
    """
    A client without multiplexing, and a server that is played.

    @cvar dialect: what they speak.
    """

    dialect = V1

    def played(self) -> Played:
        """Start the server."""
        server = Played(self.dialect)
        self.network.reactor.listenTCP(7000, server)
        return server

    def start(self, *proxies: dict[str, Any], **settings: Any) -> FRPClient:
        """Start a client."""
        quiet = {"tcpMux": False, "heartbeatInterval": -1, "heartbeatTimeout": -1}
        transport = {"wireProtocol": self.dialect.name, **quiet, **settings.pop("transport", {})}
        return self.network.client(proxies=proxies, transport=transport, **settings)

    def accept(self, server: Played, runId: str = "r") -> Talk:
        """Accept the newest login."""
        talk = server.logins()[-1]
        talk.say(LoginResp(run_id=runId))
        self.network.settle()
        return talk

    def say(self, talk: Talk, *messages: Message) -> None:
        """Send messages, and let them be handled."""
        talk.say(*messages)
        self.network.settle()

    def proxy(self, client: FRPClient, name: str = "web") -> RunningProxy:
        """A proxy of the current session."""
        assert client.session is not None
        return client.session.proxies[name]

    def startWork(self, talk: Talk, name: str = "web") -> None:
        """Say that a user has come."""
        self.say(talk, StartWorkConn(proxy_name=name, src_addr="192.0.2.1", src_port=4711))
