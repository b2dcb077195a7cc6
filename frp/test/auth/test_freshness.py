"""Tests of how old a proof may be."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.auth.freshness import Freshness
from frp.auth.oidc.kind import OIDC
from frp.client.life import LASTING
from frp.config.serverfile import serverFromValues
from frp.errors import AuthError, ConfigErrors
from frp.kinds import Registry
from frp.test.auth.oidc.providing import ProviderTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import failure, result
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, NewWorkConn, Ping

NOW = 1_700_000_000


class FreshnessTests(SynchronousTestCase):
    """A server whose operator wants no old proofs."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)

    def test_window(self) -> None:
        """A clock may be off by the window, before and behind."""
        freshness = Freshness(self.clock, 300, once=False)
        for off in (-300, 0, 300):
            freshness.check(NOW + off, "login")
        for off, words in ((-301, "301 seconds behind our clock"), (301, "301 seconds ahead of our clock")):
            error = self.assertRaises(AuthError, freshness.check, NOW + off, "login")
            assert isinstance(error, AuthError)
            self.assertEqual(error.brief, "timestamp in login is too far from the time of the server")
            self.assertIn(words, error.detail)

    def test_crowd(self) -> None:
        """Clients that log in within one second have the same proof, and may come one behind the other."""
        freshness = Freshness(self.clock, 300, once=True)
        for _ in range(100):
            freshness.check(NOW, "login")
            self.clock.advance(0.3)

    def test_replay(self) -> None:
        """What was overheard is worth nothing half a minute later."""
        freshness = Freshness(self.clock, 300, once=True)
        freshness.check(NOW, "login")
        self.clock.advance(31)
        error = self.assertRaises(AuthError, freshness.check, NOW, "login")
        self.assertIn("31 seconds ago", str(error))
        freshness.check(NOW + 31, "login")

    def test_memory(self) -> None:
        """However many come, there is one entry for each second of the window, and none is missed."""
        freshness = Freshness(self.clock, 30, once=True)
        for second in range(1000):
            for off in range(-30, 31, 10):
                stamp = NOW + second + off
                if freshness._seen.get(stamp, NOW + second) >= NOW + second - Freshness.GRACE:
                    freshness.check(stamp, "login")
                else:
                    self.assertRaises(AuthError, freshness.check, stamp, "login")
            self.assertLessEqual(len(freshness._seen), 4 * 30 + 2)
            self.clock.advance(1)

    def test_configuration(self) -> None:
        """Settings that would keep honest clients out, or help nobody, are refused."""
        for auth, text in (
            ({"clockWindow": 29}, "invalid auth.clockWindow, it is 0 or from 30 to 86400 seconds"),
            ({"clockWindow": -1}, "invalid auth.clockWindow, it is 0 or from 30 to 86400 seconds"),
            ({"refuseReplays": True}, "auth.refuseReplays needs auth.clockWindow"),
            (
                {"refuseReplays": True, "clockWindow": 60, "method": "oidc"},
                "auth.refuseReplays is for the method token",
            ),
        ):
            errors = self.assertRaises(ConfigErrors, serverFromValues, {"auth": auth}, registry=Registry())
            assert isinstance(errors, ConfigErrors)
            self.assertEqual([problem.problem for problem in errors.problems], [text])


class TokenServerTests(NetworkTestCase):
    """A whole frps with the method token."""

    def verify(self, server: Any, message: Login | Ping | NewWorkConn, stamp: int) -> None:
        message.timestamp = stamp
        message.privilege_key = privilegeKey(b"secret", stamp)
        server.authenticator.verify(message)

    def test_messages(self) -> None:
        """Old logins, heartbeats and work connections are refused."""
        scopes = ["HeartBeats", "NewWorkConns"]
        auth = {"token": "secret", "additionalScopes": scopes, "clockWindow": 60, "refuseReplays": True}
        server = self.network.server(auth=auth)
        for message in (Login(), Ping(), NewWorkConn()):
            self.verify(server, message, NOW + 1)
            self.assertRaises(AuthError, self.verify, server, message, NOW - 61)

    def test_honest(self) -> None:
        """A client with a right clock stays in for days, loses its connection, and gets in again."""
        scopes = ["HeartBeats", "NewWorkConns"]
        auth = {"token": "secret", "additionalScopes": scopes}
        self.network.server(auth={**auth, "clockWindow": 30, "refuseReplays": True})
        echo = self.network.echo()
        proxy = {"name": "a", "type": "tcp", "localPort": echo.port, "remotePort": 6000}
        client = self.network.client(auth=auth, proxies=[proxy], transport={"heartbeatInterval": 30, "poolCount": 5})
        for _ in range(20):
            self.network.carrier(client).cut()
            self.network.advance(LASTING + 1)
            self.assertIsNotNone(client.session)
            user = self.network.user(6000)
            user.send(b"hello")
            self.network.settle()
            self.assertEqual(user.received, b"hello")
        self.network.advance(1000)
        self.assertEqual(self.logged("too far from") + self.logged("used before"), 0)


class OIDCServerTests(ProviderTestCase):
    """The same with the method oidc."""

    def test_login(self) -> None:
        """A login is held to the window; heartbeats, which have no time, are not."""
        config = serverFromValues(
            {"auth": {**self.serverAuth("HeartBeats"), "clockWindow": 60}}, registry=self.network.registry
        ).config
        site: Any = type("Site", (), {})()
        site.reactor = site.clock = self.network.reactor
        site.log = self.network.server(bindPort=7001).log
        examiner = result(self.network, OIDC().server(config.auth, site))
        now = int(self.network.reactor.seconds())
        key = self.provider.token()
        result(self.network, examiner.verify(Login(privilege_key=key, timestamp=now)))
        result(self.network, examiner.verify(Ping(privilege_key=key)))
        reason = failure(self.network, examiner.verify(Login(privilege_key=key, timestamp=now - 61)))
        self.assertIn("timestamp in login is too far", str(reason.value))
