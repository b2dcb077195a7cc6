"""Datagrams of udp and sudp proxies beside the streams of QUIC, on whole ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from frp.hooks.wrapper import StreamWrapper
from frp.interfaces.operations import NEW_USER_CONN
from frp.joining.coded import CodedStream
from frp.server.service import FRPServer
from frp.test.hooks.hooked import Connecting
from frp.test.hooks.recording import Recording
from frp.test.proxies.test_udp import TREATMENTS, UDPTestCase
from frp.test.visitors.visiting import DatagramVisitingTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import DatagramUser, MemoryUDPPort
from frp.transports.quic.beside import COST, QUEUE
from frp.transports.quic.engine import Engine
from frp.transports.quic.stream import QUICStream

QUIC: dict[str, Any] = {"protocol": "quic"}

RECEIVE = QUICStream.datagramsReceived


class _Watching(NetworkTestCase):
    """
    Counts what comes beside streams.

    @ivar beside: packets of users, by who got them.
    """

    def setUp(self) -> None:
        super().setUp()
        self.beside: Counter[str] = Counter()

        def received(stream: QUICStream, datagrams: list[bytes]) -> None:
            engine = stream._session._engine  # type: ignore[attr-defined]
            assert isinstance(engine, Engine)
            self.beside["frpc" if engine._is_client else "frps"] += sum(map(bool, datagrams))
            RECEIVE(stream, datagrams)

        self.patch(QUICStream, "datagramsReceived", received)


class UDPTests(_Watching, UDPTestCase):
    """A udp proxy."""

    def begin(self, treatment: dict[str, Any] | None = None, seconds: float = 0.6) -> FRPServer:
        """Both services, on QUIC, with one proxy that has its work stream after so long."""
        server = self.network.server(quicBindPort=7000)
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000}
        self.network.client(proxies=[{**table, "transport": treatment or {}}], transport=QUIC)
        self.network.advance(seconds)
        return server

    def test_carried(self) -> None:
        """What fits goes beside the stream, both ways, from the first on; what is longer goes over it."""
        self.begin()
        sent = [b"one", b"", bytes(1400), bytes(1500), b"last"]
        self.assertCountEqual(self.ask(self.user(), *sent), sent)
        self.assertEqual(self.beside, {"frpc": 4, "frps": 4})

    def test_early(self) -> None:
        """What waits for the work stream goes over it, and is not lost."""
        self.begin(seconds=0)
        user = self.user()
        user.send(b"early")
        self.network.advance(0.6)
        self.assertEqual(user.received, [b"early"])
        self.assertEqual(self.beside["frpc"], 0)

    def test_treated(self) -> None:
        """Where a proxy encrypts, compresses or limits, that holds for all of it: nothing goes beside the stream."""
        sent = [b"one", b"", bytes(1400), b"last"]
        for name, transport in TREATMENTS.items():
            self.setUp()
            self.begin(transport)
            self.assertEqual(self.ask(self.user(), *sent), sent, name)
            self.assertEqual(sum(self.beside.values()), 8 if name == "plain" else 0, name)
            self.assertEqual(self.network.stop(), [])

    def test_lost(self) -> None:
        """A packet that is lost costs what was in it, and nothing behind it waits."""
        self.begin()
        user = self.user()
        self.ask(user, b"first")
        (client,) = (port for number, port in self.network.reactor.udpPorts.items() if self.isClients(number))
        comes, losing = client.comes, [True]

        def lossy(datagram: bytes, sender: int, delay: float = 0.0) -> None:
            if not losing or not losing.pop():
                comes(datagram, sender, delay)

        client.comes = lossy  # type: ignore[method-assign]
        self.assertEqual(self.ask(user, b"lost"), [])
        self.assertEqual(self.ask(user, b"second", b"third"), [b"second", b"third"])
        self.network.advance(5)
        self.assertEqual(user.received, [b"second", b"third"])

    def isClients(self, number: int) -> bool:
        """Whether this is the port of frpc's session."""
        port: MemoryUDPPort = self.network.reactor.udpPorts[number]
        return port._peer == 7000

    def test_counted(self) -> None:
        """Bytes are counted as they are over the stream, and what there was no room for as well."""
        server = self.begin()
        user = self.user()
        self.ask(user, bytes(10), bytes(20), bytes(1500))
        [control] = server.clients.online()
        meter = control.published.proxies["a"].site.meter
        self.assertEqual((meter.bytesIn, meter.bytesOut, meter.dropped), (1530, 1530, 0))
        user.send(*[bytes(1000)] * 1000)
        self.network.advance(5)
        self.assertEqual(meter.dropped, 1000 - len(user.received) + 3)
        self.assertGreaterEqual(len(user.received), QUEUE // (COST + 1007))
        self.assertEqual(self.logged("datagrams dropped: the tunnel is full"), 1)

    def test_kept(self) -> None:
        """After an hour without users it is as before."""
        self.begin()
        self.network.advance(3600)
        self.assertEqual(self.ask(self.user(), b"a"), [b"a"])
        self.assertEqual(self.beside, {"frpc": 1, "frps": 1})
        self.assertEqual(self.logged("read from workConn for udp error"), 0)

    def test_again(self) -> None:
        """A work stream that ends is followed by another one, and it begins anew beside that."""
        self.begin()
        user = self.user()
        self.ask(user, b"one")
        self.network.advance(2)
        session: Any = self.network.clients[0].session
        (stream,) = (each for each in session._session._streams if isinstance(each.protocol, CodedStream))
        stream.abortConnection()
        self.network.advance(2)
        self.assertEqual(self.ask(user, b"two"), [b"two"])
        self.assertEqual(self.beside, {"frpc": 2, "frps": 2})


class SUDPTests(_Watching, DatagramVisitingTestCase):
    """A sudp proxy and its visitor, each with a leg of its own."""

    sent = (b"one", b"", bytes(1500), b"last")

    def begin(self, proxy: dict[str, Any], visitor: dict[str, Any]) -> FRPServer:
        """
        Start everything.

        @param proxy: its client's C{transport}; a C{treatment} in it is the proxy's own.
        @param visitor: the same.
        """
        server = self.network.server(quicBindPort=7000)
        self.publishTreated(**proxy)
        self.visitTreated(**visitor)
        return server

    def publishTreated(self, treatment: dict[str, Any] | None = None, **transport: Any) -> None:
        """Start the proxy's client."""
        table = {"name": "secret", "type": "sudp", "secretKey": self.key, "localPort": self.echo()}
        self.network.client(proxies=[{**table, "transport": treatment or {}}], transport=transport)

    def visitTreated(self, treatment: dict[str, Any] | None = None, **transport: Any) -> None:
        """Start the visitor's."""
        self.network.client(visitors=[self.table(transport=treatment or {})], transport=transport)

    def carries(self) -> dict[str, int]:
        """
        Datagrams of all sizes come back, three times.

        @return: what went beside streams, from the second time on.
        """
        user = self.user()
        for turn in range(3):
            self.assertCountEqual(self.ask(user, *self.sent), self.sent)
            if not turn:
                self.beside.clear()
        return dict(self.beside)

    def test_legs(self) -> None:
        """
        Each leg over QUIC has its datagrams beside the stream, whatever the other leg is, and whatever dialects the two
        clients speak.
        """
        for proxy, visitor, beside in (
            ("quic", "quic", {"frps": 12, "frpc": 12}),
            ("quic", "tcp", {"frps": 6, "frpc": 6}),
            ("tcp", "quic", {"frps": 6, "frpc": 6}),
            ("tcp", "tcp", {}),
        ):
            for dialects in (("v1", "v1"), ("v1", "v2")):
                self.setUp()
                ours, theirs = dialects
                self.begin({"protocol": proxy, "wireProtocol": ours}, {"protocol": visitor, "wireProtocol": theirs})
                self.assertEqual(self.carries(), beside, (proxy, visitor, dialects))
                self.assertEqual(self.network.stop(), [])

    def test_treatments(self) -> None:
        """A leg that is encrypted has none beside its stream; the other one does not mind."""
        for number in range(2):
            self.setUp()
            legs: list[dict[str, Any]] = [dict(QUIC), dict(QUIC)]
            legs[number]["treatment"] = {"useEncryption": True}
            self.begin(*legs)
            self.assertEqual(self.carries(), {"frps": 6, "frpc": 6}, number)
            self.assertEqual(self.network.stop(), [])

    def test_hooks(self) -> None:
        """A hook that sees the bytes of users sees all of them."""
        seen: list[bytes] = []

        class Seeing(StreamWrapper):
            def fromUser(self, data: bytes) -> None:
                seen.append(data)
                super().fromUser(data)

        server = self.network.server(quicBindPort=7000)
        server.hooks.add(Connecting(Seeing))
        self.publishTreated(**QUIC)
        self.visitTreated(**QUIC)
        self.assertEqual(self.carries(), {"frps": 6, "frpc": 6})
        self.assertEqual(b"".join(seen).count(b'"c":"b25l"'), 3)  # one

    def test_counted(self) -> None:
        """The proxy's bytes are counted at the end of the visit, whoever watches."""
        for watched in (False, True):
            self.setUp()
            server = self.network.server(quicBindPort=7000)
            if watched:
                server.hooks.add(Recording(operations=[NEW_USER_CONN]))
            self.publishTreated(**QUIC)
            self.visitTreated(**QUIC)
            user = self.user()
            self.ask(user, b"first")
            self.ask(user, *[bytes(1000)] * 50)
            control = next(each for each in server.clients.online() if each.published.proxies)
            meter = control.published.proxies["secret"].site.meter
            self.assertGreaterEqual(self.beside["frpc"], 100)
            self.network.clients[1].stopService()
            self.network.advance(1)
            self.assertEqual((meter.current, meter.total), (0, 1))
            self.assertIn(meter.bytesIn, range(50_000, 52_000))
            self.assertIn(meter.bytesOut, range(50_000, 52_000))
            self.assertEqual(self.network.stop(), [])

    def test_fullProxy(self) -> None:
        """
        Where the leg of the proxy takes no more, what comes beside the visitor's stream is dropped, and told; when it
        takes some again, later ones pass.
        """
        self.begin({"protocol": "tcp"}, QUIC)
        user = self.user()
        self.floods(user, 0, lambda: user.send(*[bytes(1400)] * 10))

    def test_fullVisitor(self) -> None:
        """The same the other way: the service talks, and the leg of the visitor takes no more."""
        self.begin(QUIC, {"protocol": "tcp"})
        user = self.user()

        def talk() -> None:
            for _ in range(10):
                self.service.transport.write(bytes(1400), ("127.0.0.1", self.service.senders[0]))

        self.floods(user, 1, talk)

    def floods(self, user: DatagramUser, number: int, flood: Callable[[], object]) -> None:
        """@param number: of the client whose connection takes nothing for a while."""
        self.ask(user, b"first")
        carrier = self.network.carrier(self.network.clients[number])
        carrier.silence()
        for _ in range(400):
            flood()
            self.network.advance(0.005)
        self.assertEqual(self.logged("datagrams dropped: the tunnel is full"), 1)
        carrier.heal()
        self.network.advance(1)
        self.assertEqual(self.ask(user, b"later"), [b"later"])
