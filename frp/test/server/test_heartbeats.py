"""What clients say while they have nothing to say."""

from __future__ import annotations

from frp.test.server.talking import ServerTestCase
from frp.wire.messages import Ping, Pong


class HeartbeatTests(ServerTestCase):
    """A client that falls silent."""

    def test_timeout(self) -> None:
        """After heartbeatTimeout without a Ping it is gone, and its port is free."""
        server = self.server(transport={"heartbeatTimeout": 90})
        self.register(self.login(run_id="r"))
        self.network.advance(89)
        self.assertEqual(len(server.clients), 1)
        self.network.advance(3)
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(self.logged("[r] heartbeat timeout"), 1)
        self.assertIsNotNone(self.network.user(6000).refused)

    def test_halfClosed(self) -> None:
        """Without multiplexing its users live on, but those that have closed, or do so later, end at once."""
        server = self.network.server(transport={"tcpMux": False, "heartbeatTimeout": 90})
        service = self.network.service()
        table = {"name": "a", "type": "tcp", "localPort": service.port, "remotePort": 6000}
        self.network.client(proxies=[table], transport={"tcpMux": False})
        users = [self.network.user(6000) for _ in range(2)]
        for link in self.network.links(7000):
            link.silence()
        users[0].end()
        self.network.advance(80)
        self.assertEqual(len(server.flowing), 2)
        self.network.advance(12)
        self.assertGreater(self.logged("heartbeat timeout"), 0)
        self.assertEqual(len(server.flowing), 1)
        users[1].end()
        self.network.settle()
        self.assertEqual(len(server.flowing), 0)

    def test_defaults(self) -> None:
        """90 seconds without multiplexing; with it none, for the session has its own."""
        bare = self.network.server(transport={"tcpMux": False})
        self.assertEqual(bare.config.transport.heartbeatTimeout, 90)
        muxed = self.network.server(bindPort=7001)
        self.assertEqual(muxed.config.transport.heartbeatTimeout, -1)

    def test_pings(self) -> None:
        """A client that pings stays, and each Ping has its Pong."""
        server = self.server(transport={"heartbeatTimeout": 5})
        talk = self.login()
        for _ in range(10):
            self.network.advance(4)
            talk.say(Ping())
        self.network.settle()
        self.assertEqual(len(server.clients), 1)
        self.assertEqual([pong.error for pong in talk.of(Pong)], [""] * 10)

    def test_badProof(self) -> None:
        """Where heartbeats are to be proven, one without a proof is answered by why not, and does not count."""
        auth = {"token": "secret", "additionalScopes": ["HeartBeats"]}
        server = self.server(auth=auth, transport={"heartbeatTimeout": 5})
        talk = self.login(b"secret")
        for _ in range(3):
            talk.say(Ping())
            self.network.advance(3)
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(talk.of(Pong)[0].error, "token in heartbeat doesn't match token from configuration")
