"""The kcp transport, with and without TLS and multiplexing, as every transport."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.test.transports.kcp.test_listening import push
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract
from frp.testing.datagrams import DatagramUser, MemoryUDPPort
from frp.testing.network import User
from frp.testing.recording import Recorders
from frp.transports.kcp import listening


class _KCP(TransportContract, NetworkTestCase):
    """The port has the number of that for TCP."""

    __test__ = False

    name = "kcp"
    serverSettings = {"kcpBindPort": 7000}

    def door(self) -> MemoryUDPPort:
        """The server's."""
        return self.network.reactor.udpPorts[7000]

    def cut(self, client: FRPClient) -> None:
        """Nobody says that it is gone: yamux finds out, or KCP itself."""
        self.door().silent = True
        self.network.advance(90)
        self.door().silent = False
        self.network.advance(20)


class PlainTests(_KCP):
    """Without TLS."""

    __test__ = True

    def test_forgotten(self) -> None:
        """Of a client that vanishes, nothing is left on the server after a while."""
        self.server()
        client = self.client()
        self.served()
        self.assertEqual(len(self.door().protocol._streams), 1)
        for number, port in self.network.reactor.udpPorts.items():
            port.silent = number != 7000
        client.stopService()
        self.network.advance(50)
        self.assertEqual(len(self.door().protocol._streams), 0)
        self.assertEqual(self.door().protocol._peers, {})


class TLSTests(_KCP):
    """With TLS."""

    __test__ = True
    clientSettings = {"tls": {"enable": True}}

    def test_unreached(self) -> None:
        """Where no server is, the port is named that was dialled, and the key that opens it; not TLS."""
        ask = "is frps running, and is this its kcpBindPort?"
        self.client(loginFailExit=True)
        self.network.advance(11)
        where = "dial udp 0.0.0.0:7000"
        self.assertEqual(self.logged(f"{where}: connect: connection refused; nothing listens there: {ask}"), 1)
        self.network.reactor.silent.add("0.0.0.0")
        self.client(loginFailExit=True)
        self.network.advance(11)
        self.assertEqual(self.logged(f"{where}: i/o timeout; nothing came back; a firewall may drop UDP: {ask}"), 1)


class FirstByteTests(_KCP):
    """With frp's own byte before TLS."""

    __test__ = True
    clientSettings = {"tls": {"enable": True, "disableCustomTLSFirstByte": False}}


class BareTests(_KCP):
    """With a conversation for each stream."""

    __test__ = True
    clientSettings = {"tcpMux": False}
    serverSettings = {"kcpBindPort": 7000, "transport": {"tcpMux": False}}

    def test_halfClose(self) -> None:
        """A user who has said all still gets his answer, which the service gives when it knows that."""
        self.server()
        services = Recorders(User)
        port = self.network.reactor.listenTCP(0, services)
        proxy = {"name": "h", "type": "tcp", "localPort": port.getHost().port, "remotePort": 6001}
        self.network.client(proxies=[proxy], transport={"protocol": "kcp", "tcpMux": False})
        for size in (0, 1, 100_000):
            user = self.network.user(6001)
            user.send(b"q" * size)
            user.end()
            self.network.advance(1)
            self.assertFalse(user.closed)
            service = services.built[-1]
            self.assertEqual((len(service.received), service.ended), (size, True))
            service.send(b"a" * size)
            service.close()
            self.network.advance(1)
            self.assertEqual((len(user.received), user.closed), (size, True))
        port.stopListening()

    def test_pool(self) -> None:
        """Work connections that wait have proven whose they are, and do not make room for strangers."""
        self.patch(listening, "MAX_UNPROVEN", 3)
        self.server()
        self.client(transport={"poolCount": 5})
        self.network.advance(1)
        for _ in range(6):
            stranger = DatagramUser(7000)
            self.network.reactor.listenUDP(0, stranger)
            stranger.send(push(5))
        self.network.advance(1)
        self.assertEqual(len(self.door().protocol._unproven), 3)
        self.assertEqual(self.logged("a work connection ended before it was used"), 0)
        self.served()
        self.network.advance(45)
        self.assertEqual(self.door().protocol._unproven, {})

    def test_ends(self) -> None:
        """As of every session; and the end of a service reaches its user, with all that was said before."""
        super().test_ends()

        def answer(user: User, data: bytes) -> None:
            user.send(data * 100_000)
            user.close()

        service = self.network.service(answer)
        proxy = {"name": "e", "type": "tcp", "localPort": service.port, "remotePort": 6001}
        self.network.client(proxies=[proxy], transport={"protocol": "kcp", "tcpMux": False})
        user = self.network.user(6001)
        user.send(b"x")
        self.network.advance(2)
        self.assertEqual(len(user.received), 100_000)
        self.assertTrue(user.closed)
