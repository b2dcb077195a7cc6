"""The quic transport keeps the promises of all transports."""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

from frp.client.service import FRPClient
from frp.errors import ConfigError, PortTaken
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract
from frp.testing.datagrams import DatagramUser, MemoryUDPPort

SERVER = {"quicBindPort": 7000}


class QUICTests(TransportContract, NetworkTestCase):
    """As it is by default, but for the time in which a dead peer is noticed."""

    name = "quic"
    clientSettings = {"quic": {"maxIdleTimeout": 5}}
    serverSettings = SERVER
    notices = 6.0

    def sockets(self) -> list[MemoryUDPPort]:
        """The UDP sockets of clients."""
        return [port for number, port in self.network.reactor.udpPorts.items() if number != 7000]

    def cut(self, client: FRPClient) -> None:
        """Its socket neither sends nor receives."""
        for port in self.sockets():
            port.deaf = True
            del self.network.reactor.udpPorts[port.number]

    def test_moves(self) -> None:
        """A client whose address changes, as behind a NAT that forgets, keeps its session and its users."""
        self.server()
        self.client()
        user = self.served()
        (port,) = self.sockets()
        ports = self.network.reactor.udpPorts
        del ports[port.number]
        port.number += 5000
        ports[port.number] = port
        user.send(b" again")
        self.network.advance(6)  # until the client says something
        self.assertEqual(user.received, b"hello again")
        user.send(b"x" * 300_000)
        self.network.advance(2)
        self.assertEqual(len(user.received), 300_011)
        self.assertEqual(self.logged("login to server success"), 1)

    def test_idle(self) -> None:
        """A session at rest is kept alive."""
        self.server()
        self.client()
        user = self.served()
        self.network.advance(300)
        user.send(b" again")
        self.network.advance(1)
        self.assertEqual(user.received, b"hello again")
        self.assertEqual(self.logged("login to server success"), 1)

    def test_socketsClose(self) -> None:
        """Who stops closes his socket, and tells the other side at once."""
        server = self.server()
        client = self.client()
        self.served()
        client.stopService()
        self.network.advance(0.5)
        self.assertEqual(list(self.network.reactor.udpPorts), [7000])
        self.assertEqual(self.logged("client exit success"), 1)
        server.stopService()
        self.network.advance(2)
        self.assertEqual(list(self.network.reactor.udpPorts), [])

    def killed(self, **settings: Any) -> None:
        """A client of a server that dies without a word, and is started again at once."""
        self.server(**settings)
        self.client(transport={"quic": {}}, **settings)
        self.served()
        reactor = self.network.reactor
        del reactor.ports[7000], reactor.ports[6000]
        reactor.udpPorts.pop(7000).silent = True
        self.server(**settings)

    def test_restart(self) -> None:
        """A server that was killed and started again says so to who asks whether it lives."""
        self.killed(auth={"token": "secret"})
        self.network.advance(12)
        self.assertEqual(self.logged("login to server success"), 2)
        self.assertEqual(self.logged("the peer knows nothing of the session"), 1)
        self.served()

    def test_restartWithoutSecret(self) -> None:
        """Without a secret it has no way to be believed, and is missed after the time of silence."""
        self.killed()
        self.network.advance(12)
        self.assertEqual(self.logged("login to server success"), 1)
        self.network.advance(30)
        self.assertEqual(self.logged("login to server success"), 2)

    def test_taken(self) -> None:
        """Where another program has the port, frps does not start, and says so."""
        self.network.reactor.listenUDP(7000, DatagramUser())
        error = self.assertRaises(PortTaken, self.server)
        self.assertEqual(error.brief, "listen on quic udp address 0.0.0.0:7000 error: address already in use")

    def test_listens(self) -> None:
        """The log says where; without C{quicBindPort} there is no socket."""
        self.server()
        self.assertEqual(self.logged("frps quic listen on 0.0.0.0:7000"), 1)
        self.network.server(bindPort=7001)
        self.assertEqual(list(self.network.reactor.udpPorts), [7000])

    def test_plain(self) -> None:
        """Without TLS it is QUIC all the same, which always has TLS; frps may demand TLS."""
        self.server(transport={"tls": {"force": True}})
        self.client(transport={"tls": {"enable": False}})
        self.served()

    def test_noStreams(self) -> None:
        """A server that allows no streams is given up in the time that dialServerTimeout gives."""
        self.server(transport={"quic": {"maxIncomingStreams": -1}})
        self.client(loginFailExit=True, transport={"dialServerTimeout": 4})
        self.network.advance(5)
        self.assertEqual(len(self.network.failures), 1)
        self.assertEqual(self.logged("quic stream: no answer within 4 s: the peer allows no more of them"), 1)

    def test_missing(self) -> None:
        """Without aioquic both sides say what to install."""
        with mock.patch.dict(sys.modules, {"aioquic": None}):
            error = self.assertRaises(ConfigError, self.server)
            self.network.client(transport={"protocol": "quic"}, loginFailExit=True)
            self.network.advance(1)
        (gaveUp,) = self.network.failures.values()
        self.assertEqual(error.path, "quicBindPort")
        for text in (error.detail, str(gaveUp.value)):
            self.assertIn("QUIC needs the package aioquic", text)
            self.assertIn('pip install "aioquic', text)
