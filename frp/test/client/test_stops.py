"""How a client ends."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from frp.test.client.talking import TCP, ClientTestCase
from frp.testing.misbehaving import MisbehavingToken
from frp.testing.network import Network
from frp.wire.messages import CloseProxy


class StopTests(ClientTestCase):
    """The client is asked to stop."""

    def test_beforeItsSecret(self) -> None:
        """One that still waits for its secret never dials."""
        kind, secret = MisbehavingToken(), Deferred[None]()
        kind.clientWaits = secret
        self.network.registry = kind.registry
        server = self.played()
        client = self.start(TCP)
        stopped = client.stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        secret.callback(None)
        self.network.advance(10)
        self.assertEqual(server.talks, [])

    def test_withdraws(self) -> None:
        """Its proxies are closed, then its connection."""
        server = self.played()
        client = self.start(TCP)
        talk = self.accept(server)
        stopped = client.stopService()
        self.network.settle()
        self.assertEqual(talk.last(CloseProxy).proxy_name, "web")
        self.assertIsNotNone(talk.lost)
        self.assertTrue(stopped.called)

    def test_atOnce(self) -> None:
        """Without gracePeriod users are cut off, whatever carries them."""
        for tcpMux in (True, False):
            self.network.server(bindPort=7000 + tcpMux, transport={"tcpMux": tcpMux})
            echo = self.network.echo()
            proxy = {**TCP, "name": f"{tcpMux}", "localPort": echo.port, "remotePort": 6000 + tcpMux}
            client = self.network.client(proxies=[proxy], transport={"tcpMux": tcpMux})
            user = self.network.user(6000 + tcpMux)
            self.assertFalse(user.closed)
            stopped = client.stopService()
            self.network.settle()
            self.assertTrue(stopped.called)
            self.assertTrue(user.closed)

    def test_grace(self) -> None:
        """With gracePeriod users finish, and the client ends with the last one."""
        self.network.server()
        self.network.echo(8000)
        client = self.network.client(proxies=[TCP], gracePeriod=30)
        user = self.network.user(6000)
        stopped = client.stopService()
        self.network.advance(10)
        self.assertIsNotNone(self.network.user(6000).refused)
        user.send(b"still here")
        self.network.settle()
        self.assertEqual(user.received, b"still here")
        self.assertFalse(stopped.called)
        user.close()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertEqual(self.network.links(7000), [])

    def test_full(self) -> None:
        """A user who does not read, and much on its way to it, hold up neither program."""
        for tcpMux in (True, False):
            for first in ("server", "client"):
                network = Network()
                server = network.server(transport={"tcpMux": tcpMux})
                service = network.service()
                proxy = {**TCP, "localPort": service.port}
                client = network.client(proxies=[proxy], transport={"tcpMux": tcpMux})
                user = network.user(6000)
                user.transport.pauseProducing()
                service.users[0].send(b"x" * 20_000_000)
                user.send(b"x" * 1000)
                network.settle()
                stopped = (server if first == "server" else client).stopService()
                network.advance(3)
                self.assertTrue(stopped.called)
                service.users[0].abort()
                self.assertEqual(network.stop(), [])

    def test_whileWaiting(self) -> None:
        """A client that waits for its server stops at once."""
        client = self.start(loginFailExit=False)
        stopped = client.stopService()
        self.assertTrue(stopped.called)
        self.network.advance(60)
        self.assertEqual(self.network.reactor.getDelayedCalls(), [])

    def test_whileDialling(self) -> None:
        """So does one that dials."""
        self.network.silence(7000)
        client = self.start()
        stopped = client.stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertEqual(self.network.reactor.getDelayedCalls(), [])

    def test_whileLoggingIn(self) -> None:
        """And one whose login is not answered yet; the connection is closed."""
        server = self.played()
        client = self.start()
        stopped = client.stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertIsNotNone(server.talks[0].lost)
