"""How long associations of SOCKS5 live."""

from __future__ import annotations

from frp.client.running import Phase
from frp.plugins.socks5.relay import IDLE, MOST
from frp.test.plugins.socks5.test_udp import OPENED, SOCKS5UDPTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.datagrams import DatagramUser
from frp.wire.socks5.udp import Carried, writeDatagram


class LivesTests(SOCKS5UDPTestCase):
    """How long users are served, and who is not."""

    def test_withoutConnection(self) -> None:
        """Who has no connection that asked for UDP is not served, before and after; nor who only connects."""
        self.tunnel()
        sender = self.sender()
        self.assertEqual(self.ask(sender, b"one"), [])
        self.network.user(6000).send(b"\x05\x01\x00")
        self.assertEqual(self.ask(sender, b"one"), [])
        user = self.associate()
        self.assertEqual(self.ask(sender, b"one"), self.heard(b"one"))
        user.close()
        self.network.settle()
        self.assertEqual(self.ask(sender, b"one"), [])
        self.assertEqual(self.targets() & set(self.network.reactor.udpPorts), set())

    def test_forgery(self) -> None:
        """Who is on the machine of frpc, and claims to be somebody else, is not served: the header counts nothing."""
        self.tunnel()
        self.associate()
        forger = DatagramUser(7011)
        self.network.reactor.listenUDP(0, forger)
        header = b"\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c" + bytes([127, 0, 0, 1] * 2) + bytes(4)
        good = writeDatagram(Carried("127.0.0.1", self.echo.port, b"good"))
        forger.send(header + good, good)
        self.network.settle()
        self.assertEqual(self.echo.received, [])
        self.assertEqual(self.logged("they do not come from a udp proxy of this frpc"), 1)

    def test_ports(self) -> None:
        """One connection serves one port of the user at a time: the newest."""
        self.tunnel()
        self.associate()
        first, second = self.sender(), self.sender()
        self.ask(first, b"one")
        old = self.targets()
        self.assertEqual(self.ask(second, b"two"), self.heard(b"two"))
        self.assertEqual(old & set(self.network.reactor.udpPorts), set())
        self.assertEqual(len(self.targets()), 2)

    def test_twoConnections(self) -> None:
        """Two connections of one user serve two ports; when one ends, the longest silent port is let go."""
        self.tunnel()
        one, _ = self.associate(), self.associate()
        first, second = self.sender(), self.sender()
        for _ in range(2):
            self.assertEqual(self.ask(first, b"one"), self.heard(b"one"))
            self.assertEqual(self.ask(second, b"two"), self.heard(b"two"))
        self.assertEqual(len(self.targets()), 2)
        one.abort()
        self.network.settle()
        self.assertEqual(len(self.targets() & set(self.network.reactor.udpPorts)), 1)

    def test_idle(self) -> None:
        """A minute of silence closes the sockets; the connection stays, and what is sent then is served again."""
        self.tunnel()
        user = self.associate()
        sender = self.sender()
        self.ask(sender, b"one")
        self.network.advance(IDLE + 1)
        self.assertEqual(self.targets() & set(self.network.reactor.udpPorts), set())
        self.assertFalse(user.closed)
        self.assertEqual(self.ask(sender, b"two"), self.heard(b"two"))

    def test_forgottenByTheProxy(self) -> None:
        """When the udp proxy has forgotten the user, answers are dropped, not given to whoever has the port now."""
        self.tunnel()
        self.associate()
        sender = self.sender()
        self.ask(sender, b"one")
        self.network.advance(31)
        self.echo.transport.write(b"late", ("127.0.0.1", self.echo.senders[0]))
        self.network.settle()
        self.assertEqual(sender.received[1:], [])
        self.assertEqual(self.logged("the udp proxy has forgotten the user meanwhile"), 1)

    def test_tooMany(self) -> None:
        """There is a bound to the users, and room again when one leaves."""
        self.tunnel()
        *users, late = [self.associate() for _ in range(MOST + 1)]
        self.assertEqual(users[-1].received, OPENED)
        self.assertEqual(late.received[2:4], b"\x05\x01")
        self.assertTrue(late.closed)
        users[0].abort()
        self.network.settle()
        self.assertEqual(self.associate().received, OPENED)

    def test_reload(self) -> None:
        """When the proxy is replaced its UDP users are closed, and the new one serves."""
        client = self.tunnel()
        user = self.associate()
        self.ask(self.sender(), b"one")
        client.update(self.network.proxies(*self.tables(username="alice")))
        self.network.advance(1)
        self.assertTrue(user.closed)
        self.assertEqual(self.targets() & set(self.network.reactor.udpPorts), set())
        client.update(self.network.proxies(*self.tables()))
        self.network.advance(1)
        self.associate()
        self.assertEqual(self.ask(self.sender(), b"one"), self.heard(b"one"))

    def test_healthCheck(self) -> None:
        """A proxy that was withdrawn for a while, since its health check failed, comes back with its port."""
        service = self.network.service()
        self.network.server()
        socks, datagrams = self.tables()
        check = {"type": "tcp", "intervalSeconds": 5, "timeoutSeconds": 1}
        client = self.network.client(proxies=[{**socks, "localPort": service.port, "healthCheck": check}, datagrams])
        running = sessionOf(client).proxies["socks"]
        self.network.advance(10)
        self.assertIs(running.phase, Phase.RUNNING)
        self.network.refuse(service.port)
        self.network.advance(10)
        self.assertIs(running.phase, Phase.CHECK_FAILED)
        self.network.allow(service.port)
        self.network.advance(10)
        self.assertIs(running.phase, Phase.RUNNING)
        self.associate()
        self.assertEqual(self.ask(self.sender(), b"one"), self.heard(b"one"))

    def test_portTaken(self) -> None:
        """Where another program has the port the proxy says so, and comes up when it is free."""
        other = self.network.reactor.listenUDP(7011, DatagramUser())
        client = self.tunnel()
        running = sessionOf(client).proxies["socks"]
        self.assertIs(running.phase, Phase.START_ERROR)
        self.assertEqual(running.error, "listen udp 127.0.0.1:7011: bind: address already in use")
        other.stopListening()
        self.network.advance(31)
        self.assertIs(running.phase, Phase.RUNNING)

    def test_noSocketLeft(self) -> None:
        """When the system has no sockets any more datagrams are dropped, and the user stays."""
        self.tunnel()
        user = self.associate()
        sender = self.sender()
        self.network.reactor.taken.update(range(40000, 60000))
        self.ask(sender, b"one")
        self.network.reactor.taken.clear()
        self.assertFalse(user.closed)

    def test_deaf(self) -> None:
        """When the system does not send, the datagram is dropped, and the next one is not."""
        self.tunnel()
        self.associate()
        sender = self.sender()
        self.ask(sender, b"one")
        ports = self.network.reactor.udpPorts
        for number in (*self.targets(), 7011):
            ports[number].deaf = True
            self.assertEqual(self.ask(sender, b"two"), [])
            ports[number].deaf = False
        self.assertEqual(self.ask(sender, b"three"), self.heard(b"three"))
