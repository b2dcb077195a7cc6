"""The keys of the C{transport} tables that are about time and number, on both sides, by each transport with them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import mock

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import MemoryUDPPort

MUXED = ("tcp", "websocket", "wss", "kcp")


class DialTimeTests(NetworkTestCase):
    """C{dialServerTimeout}."""

    def gaveUp(self, protocol: str) -> None:
        """frpc gives up after just the three seconds that it was given."""
        client = self.network.client(loginFailExit=True, transport={"protocol": protocol, "dialServerTimeout": 3})
        self.network.advance(2.9)
        self.assertNotIn(client, self.network.failures, protocol)
        self.network.advance(0.2)
        self.assertIn(client, self.network.failures, protocol)

    def test_swallowed(self) -> None:
        """Nothing comes of it."""
        self.network.silence(7000)
        for protocol in ("tcp", "websocket", "wss"):
            self.gaveUp(protocol)

    def test_handshakes(self) -> None:
        """A handshake before the session is part of it."""
        self.network.service(port=7000)
        self.network.reactor.listenUDP(7000, mock.MagicMock())
        for protocol in ("websocket", "quic"):
            self.gaveUp(protocol)


class SilenceTests(NetworkTestCase):
    """How soon somebody who is gone is missed: C{tcpMuxKeepaliveInterval}, C{quic.maxIdleTimeout}."""

    def session(self, protocol: str, server: dict[str, Any], client: dict[str, Any]) -> FRPClient:
        """@return: a client that has logged in; nothing gets through any more."""
        self.network.server(kcpBindPort=7000, quicBindPort=7001, transport=server)
        port = 7001 if protocol == "quic" else 7000
        made = self.network.client(serverPort=port, transport={"protocol": protocol, **client})
        self.network.advance(21)  # at first both measure the round trip
        self.assertIsNotNone(made.session, protocol)
        for each in self.network.reactor.udpPorts.values():
            each.silent = True
        for link in self.network.links(7000):
            link.silence()
        self.network.silence(7000)
        return made

    def end(self) -> None:
        """All is over, and the network is well again."""
        self.network.allow(7000)
        for each in self.network.reactor.udpPorts.values():
            each.silent = False
        for link in list(self.network.reactor.links):
            link.cut()
        services: list[Any] = [*self.network.clients, *self.network.servers]
        for service in services:
            service.stopService()
        self.network.advance(12)
        self.log.clear()

    def missed(self, client: FRPClient) -> tuple[bool, bool]:
        """Whether the client misses the server, and the server the client."""
        return client.session is None, self.logged("client exit success") > 0

    def test_pings(self) -> None:
        """A side asks the other one as often as it was told to, and gives it ten seconds for the answer."""
        for protocol in MUXED:
            for ours, theirs in ((4, 300), (300, 4)):
                client = self.session(protocol, {"tcpMuxKeepaliveInterval": theirs}, {"tcpMuxKeepaliveInterval": ours})
                self.network.advance(9.5)
                self.assertEqual(self.missed(client), (False, False), protocol)
                self.network.advance(6)
                self.assertEqual(self.missed(client), (ours == 4, theirs == 4), protocol)
                self.end()

    def test_idle(self) -> None:
        """The shorter one of both sides' times counts for both."""
        for ours, theirs in ((6, 100), (100, 6)):
            client = self.session("quic", {"quic": {"maxIdleTimeout": theirs}}, {"quic": {"maxIdleTimeout": ours}})
            self.network.advance(4)
            self.assertEqual(self.missed(client), (False, False))
            self.network.advance(4)
            self.assertEqual(self.missed(client), (True, True))
            self.end()


class QUICTests(NetworkTestCase):
    """C{transport.quic} at rest, and at its limit."""

    def rest(self, ours: int, theirs: int) -> Counter[bool]:
        """@return: what is sent in a minute and a half of rest, to the server and not."""
        sent: Counter[bool] = Counter()
        comes = MemoryUDPPort.comes

        def counted(port: MemoryUDPPort, *what: Any) -> None:
            sent[port.number == 7000] += 1
            comes(port, *what)

        quic = {"maxIdleTimeout": 300}
        server = self.network.server(quicBindPort=7000, transport={"quic": {**quic, "keepalivePeriod": theirs}})
        transport = {"protocol": "quic", "quic": {**quic, "keepalivePeriod": ours}}
        client = self.network.client(transport=transport)
        self.network.advance(5)
        with mock.patch.object(MemoryUDPPort, "comes", counted):
            self.network.advance(90)
        client.stopService()
        server.stopService()
        self.network.advance(1)
        return sent

    def test_keepalive(self) -> None:
        """Whoever is told to asks after so many seconds of silence, and is answered; nobody else says anything."""
        self.assertEqual(self.rest(-1, -1), {})
        for ours, theirs in ((9, -1), (-1, 9)):
            sent = self.rest(ours, theirs)
            for toServer in (True, False):
                self.assertAlmostEqual(sent[toServer], 10, delta=1)

    def test_streams(self) -> None:
        """A client has no more streams than the server allows; who needs another waits for the end of one."""
        self.network.server(quicBindPort=7000, transport={"maxPoolCount": 0, "quic": {"maxIncomingStreams": 4}})
        proxy = {"name": "a", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}
        self.network.client(proxies=[proxy], transport={"protocol": "quic"})
        self.network.advance(1)
        users = [self.network.user(6000) for _ in range(5)]
        for user in users:
            user.send(b"hello")
        self.network.advance(2)
        served = [user for user in users if user.received]
        self.assertEqual(len(served), 3)  # beside the control connection
        served[0].close()
        self.network.advance(2)
        self.assertEqual(len([user for user in users if user.received]), 4)
