"""One client and several servers, all at once; and visitors, in either mode."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.client.visitorsite import ANSWER
from frp.errors import ConfigError
from frp.test.client.several import ALL_THREE, BOTH, A, B, C, ServersTestCase
from frp.testing.natlab import NATLab
from frp.testing.network import User


class AllTests(ServersTestCase):
    """All servers at once."""

    def start(self, *servers: Any, **settings: Any) -> FRPClient:
        return super().start(*servers, serverMode="all", **settings)

    def test_every(self) -> None:
        """Each proxy is at each server, and a lost session is nobody else's affair."""
        for port in (A, B):
            self.server(port)
        client = self.start()
        self.assertEqual(self.there(client), ["a", "b"])
        user = self.served(B)
        self.lose(A)
        self.assertEqual(self.there(client), ["b"])
        self.network.advance(60)
        self.says(user, b"still here")
        self.network.allow(A)
        self.network.advance(3)
        self.assertEqual(self.there(client), ["a", "b"])
        self.served(A)

    def test_refused(self) -> None:
        """One that refuses us is asked seldom, and does not end the client, first or last."""
        self.server(A, auth={"token": "other"})
        self.server(B)
        self.server(C, auth={"token": "other"})
        client = self.start(*ALL_THREE)
        self.network.advance(100)
        self.assertEqual(self.there(client), ["b"])
        self.assertEqual(self.network.failures, {})
        self.assertLess(self.logged("[a] try to connect"), 14)

    def test_nobody(self) -> None:
        """A client that nobody lets in gives up."""
        client = self.start()
        self.assertIn(client, self.network.failures)

    def test_slow(self) -> None:
        """It does not while one of them still may."""
        self.server(B, auth={"token": "second"})
        self.network.silence(B)
        client = self.start(BOTH[0], {**BOTH[1], "auth": {"token": "second"}})
        self.network.advance(5)
        self.assertEqual(self.network.failures, {})
        self.network.advance(6)
        self.assertIn(client, self.network.failures)

    def test_update(self) -> None:
        """A new set of proxies counts everywhere."""
        for port in (A, B):
            self.server(port)
        client = self.start()
        client.update([])
        self.network.settle()
        self.assertEqual([session.proxies for _, session in client.present], [{}, {}])

    def test_stop(self) -> None:
        """All users may finish."""
        for port in (A, B):
            self.server(port)
        client = self.start(gracePeriod=10)
        users = [self.served(port) for port in (A, B)]
        stopped = client.stopService()
        self.network.advance(5)
        for user in users:
            self.says(user, b"still here")
        self.assertEqual([self.network.user(port - 1000).refused is None for port in (A, B)], [False, False])
        users[0].close()
        self.network.advance(1)
        self.assertFalse(stopped.called)
        users[1].close()
        self.network.advance(1)
        self.assertTrue(stopped.called)


class BrokenTests(ServersTestCase):
    """What cannot be had for one of the servers."""

    def test_named(self) -> None:
        """The error says which one it is about."""
        source = {"type": "file", "file": {"path": "/no/such/token"}}
        second = {**BOTH[1], "auth": {"tokenSource": source}}
        client = self.network.client(servers=[BOTH[0], second])
        error = self.network.failures[client].value
        self.assertIsInstance(error, ConfigError)
        self.assertTrue(str(error).startswith("server b: "), str(error))
        self.assertIn("/no/such/token", str(error))


class VisitorTests(ServersTestCase):
    """A visitor's port is there once, whichever server leads to the visited proxy."""

    visitor: dict[str, Any] = {"name": "v", "type": "stcp", "serverName": "s", "secretKey": "x", "bindPort": 9000}

    def publish(self, port: int) -> None:
        """The visited proxy, at one server."""
        secret = {"name": "s", "type": "stcp", "localPort": self.echo.port, "secretKey": "x"}
        self.network.client(serverPort=port, proxies=[secret])

    def visits(self) -> User:
        """Somebody who uses the port, and is answered."""
        user = self.network.user(9000)
        self.says(user, b"hello")
        return user

    def publishAtBoth(self) -> None:
        """The visited proxy is at both servers."""
        for port in (A, B):
            self.server(port)
            self.publish(port)

    def visitAs(self, **settings: Any) -> FRPClient:
        """@return: a client that visits."""
        return self.network.client(servers=list(BOTH), visitors=[self.visitor], **settings)

    def users(self, client: FRPClient) -> dict[str, int]:
        """How many users of a client go by each server."""
        return {remote.name: len(session.flowing) for remote, session in client.present}

    def test_all(self) -> None:
        """The first of several sessions is taken; when it is lost, the next one, at once."""
        self.publishAtBoth()
        client = self.visitAs(serverMode="all")
        user = self.visits()
        self.assertEqual(self.users(client), {"a": 1, "b": 0})
        self.network.refuse(A)
        self.network.links(A)[-1].cut()
        self.network.settle()
        self.assertTrue(user.closed)
        self.visits()
        self.assertEqual(self.users(client), {"b": 1})

    def test_back(self) -> None:
        """Who visits by the old server goes on when a better one has taken over; others take that one."""
        self.publishAtBoth()
        self.network.refuse(A)
        client = self.visitAs(failbackInterval=1, gracePeriod=100)
        user = self.visits()
        self.network.allow(A)
        self.network.advance(2)
        self.assertEqual(self.users(client), {"a": 0})
        self.says(user, b"still here")
        self.visits()
        self.assertEqual(self.users(client), {"a": 1})
        self.says(user, b"and now")
        user.close()
        self.network.advance(1)
        self.assertEqual(self.logged("the session has ended"), 0)

    def test_elsewhere(self) -> None:
        """Where the first server does not have the visited proxy the next one is asked; each user asks anew."""
        for port in (A, B):
            self.server(port)
        self.publish(B)
        client = self.visitAs(serverMode="all")
        self.visits()
        self.assertEqual(self.users(client), {"a": 0, "b": 1})
        self.publish(A)
        self.visits()
        self.assertEqual(self.users(client), {"a": 1, "b": 1})

    def test_nowhere(self) -> None:
        """When every server says no, all that they said is told."""
        for port in (A, B):
            self.server(port)
        secret = {"name": "s", "type": "stcp", "localPort": self.echo.port, "secretKey": "other"}
        self.network.client(serverPort=B, proxies=[secret])
        self.visitAs(serverMode="all")
        self.assertTrue(self.network.user(9000).closed)
        said = next(line for line in self.log if "[v] the visited proxy cannot be reached" in line)
        self.assertLess(said.index("custom listener for [s] doesn't exist"), said.index("[s] auth failed"))

    def test_sameAnswer(self) -> None:
        """What several say is told once."""
        for port in (A, B):
            self.server(port)
        self.visitAs(serverMode="all")
        self.assertTrue(self.network.user(9000).closed)
        said = next(line for line in self.log if "[v] the visited proxy cannot be reached" in line)
        self.assertEqual(said.count("doesn't exist"), 1)

    def test_silent(self) -> None:
        """A server that does not answer is passed over after ten seconds."""
        self.publishAtBoth()
        client = self.visitAs(serverMode="all")
        self.network.links(A)[-1].silence()
        user = self.network.user(9000)
        user.send(b"early")
        self.network.advance(ANSWER + 1)
        self.assertEqual(user.received, b"early")
        self.assertEqual(self.users(client)["b"], 1)

    def test_ledWhenBack(self) -> None:
        """Who is being led by the old server when a better one takes over is led by that one."""
        self.publishAtBoth()
        self.network.refuse(A)
        client = self.visitAs(failbackInterval=1, gracePeriod=100)
        self.network.links(B)[-1].silence()
        user = self.network.user(9000)
        user.send(b"early")
        self.network.allow(A)
        self.network.advance(3)
        self.assertEqual(user.received, b"early")
        self.assertEqual(self.users(client), {"a": 1})

    def test_hole(self) -> None:
        """A xtcp visitor digs with the help of the server that knows its proxy."""
        lab = NATLab(self.network.reactor)
        for port in (A, B):
            self.server(port)
        self.network.client(
            host=lab.host(None),
            natHoleStunServer=lab.stun,
            serverPort=B,
            proxies=[{"name": "s", "type": "xtcp", "localPort": self.echo.port, "secretKey": "x"}],
        )
        visitor = {**self.visitor, "type": "xtcp", "protocol": "kcp"}
        self.network.client(
            host=lab.host(None),
            natHoleStunServer=lab.stun,
            servers=list(BOTH),
            serverMode="all",
            visitors=[visitor],
        )
        user = self.network.user(9000)
        user.send(b"hello")
        self.network.advance(5)
        self.assertEqual(user.received, b"hello")
        for client in self.network.clients:
            client.stopService()
        self.network.advance(60)
