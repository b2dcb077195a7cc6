"""Clients that come back while the server still believes in their old connection."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from frp.test.server.talking import ServerTestCase
from frp.testing.misbehaving import MisbehavingProxy
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, NewProxy
from frp.wire.v2.dialect import V2


class TakeoverTests(ServerTestCase):
    """A client comes back while the server still believes in its old connection."""

    def test_halfOpen(self) -> None:
        """It is in at once, and its proxy has its port again."""
        self.server()
        old = self.login(run_id="r")
        self.assertEqual(self.register(old).error, "")
        self.network.links(self.network.bindPort)[0].silence()
        new = self.login(run_id="r")
        self.assertEqual(new.last(LoginResp).error, "")
        answer = self.register(new)
        self.assertEqual((answer.error, answer.remote_addr), ("", ":6000"))
        self.assertEqual(self.logged("replaced by client [r]"), 1)

    def test_oldOneIsTold(self) -> None:
        """The old connection is closed, and the proxies that only it had are gone."""
        self.server()
        old = self.login(run_id="r")
        self.register(old, "old", 6001)
        self.login(run_id="r")
        self.assertIsNotNone(old.lost)
        self.assertIsNotNone(self.network.user(6001).refused)

    def test_usersLiveOn(self) -> None:
        """Users that the old connection serves go on."""
        self.server()
        old = self.login(run_id="r", pool_count=1)
        self.register(old)
        work = self.bring(old)
        user = self.network.user(6000)
        self.login(run_id="r")
        work.sayBytes(b"still here")
        self.network.settle()
        self.assertEqual((user.received, user.closed), (b"still here", False))

    def test_inTurn(self) -> None:
        """However often it comes, the last one is the client."""
        server = self.server()
        talks = [self.login(run_id="r") for _ in range(5)]
        self.assertEqual([talk.lost is None for talk in talks], [False] * 4 + [True])
        self.assertEqual(len(server.clients), 1)
        self.assertEqual(self.register(talks[-1]).error, "")

    def test_slowPorts(self) -> None:
        """However many come while the ports of the first are being given back, nobody is in before they are free."""
        kind, closing = MisbehavingProxy(), Deferred[None]()
        kind.serverClose = lambda: closing
        self.network.registry = kind.registry
        server = self.server()
        self.register(self.login(run_id="r", client_id="laptop"))
        second, third = (self.login(run_id="r", client_id="laptop") for _ in range(2))
        self.assertEqual((second.heard, third.heard), ([], []))
        closing.callback(None)
        self.network.settle()
        self.assertEqual(second.last(LoginResp).error, "control was replaced during login")
        self.assertEqual(third.last(LoginResp).error, "")
        self.assertEqual((len(server.clients), server.shared.names.held()), (1, 0))

    def test_halfRegistered(self) -> None:
        """A proxy that the old connection is just opening is waited for, and closed."""
        kind, opening = MisbehavingProxy(), Deferred[str]()
        kind.serverOpen = lambda: opening
        self.network.registry = kind.registry
        server = self.server()
        old = self.login(run_id="r")
        old.say(NewProxy(proxy_name="web", proxy_type="tcp", remote_port=6000))
        self.network.settle()
        new = self.login(run_id="r")
        self.assertEqual(new.heard, [])
        opening.callback(":6000")
        self.network.settle()
        self.assertEqual(new.last(LoginResp).error, "")
        self.assertEqual(server.shared.names.held(), 0)

    def test_atOnce(self) -> None:
        """Logins that come in one moment end with one client."""
        server = self.server()
        talks = [self.connect() for _ in range(4)]
        for talk in talks:
            talk.say(Login(run_id="r", privilege_key=privilegeKey(b"", 0)))
        self.network.settle()
        self.assertEqual(len(server.clients), 1)
        self.assertEqual([talk.lost is None for talk in talks].count(True), 1)


class TakeoverV2Tests(TakeoverTests):
    """The same in version 2."""

    dialect = V2
