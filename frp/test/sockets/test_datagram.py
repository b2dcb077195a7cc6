"""UDP ports on real sockets of this machine."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import InvalidAddressError
from twisted.internet.protocol import DatagramProtocol
from twisted.trial.unittest import TestCase

from frp.sockets.datagram import BURST, BurstProtocol
from frp.sockets.eager import eager


class Listener(BurstProtocol):
    """Keeps what it gets, until it is enough."""

    transport: Any

    def __init__(self, enough: int = 1) -> None:
        self.bursts: list[list[tuple[bytes, tuple[str, int]]]] = []
        self.refused = 0
        self.heard: Deferred[list[bytes]] = Deferred()
        self._enough = enough

    @property
    def received(self) -> list[bytes]:
        """Every datagram."""
        return [datagram for burst in self.bursts for datagram, _ in burst]

    def burstReceived(self, burst: list[tuple[bytes, tuple[str, int]]]) -> None:
        self.bursts.append(burst)
        if len(self.received) >= self._enough and not self.heard.called:
            self.heard.callback(self.received)

    def connectionRefused(self) -> None:
        self.refused += 1
        if not self.heard.called:
            self.heard.callback([])


class _Failing(Listener):
    """Fails with each burst."""

    def burstReceived(self, burst: list[tuple[bytes, tuple[str, int]]]) -> None:
        raise AttributeError("a bug")


class Ordinary(DatagramProtocol):
    """A protocol that knows nothing of bursts."""

    def __init__(self) -> None:
        self.heard: Deferred[bytes] = Deferred()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if not self.heard.called:
            self.heard.callback(datagram)


class PortTests(TestCase):
    """Datagrams of other programs arrive, and ours leave."""

    timeout = 20

    def listen(self, protocol: Any, interface: str = "127.0.0.1", size: int = 2000) -> Any:
        """@return: a port, for the time of this test."""
        port = eager(reactor).listenUDP(0, protocol, interface, size)
        self.addCleanup(port.stopListening)
        return port

    def socket(self, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
        """Somebody else's socket."""
        made = socket.socket(family, socket.SOCK_DGRAM)
        self.addCleanup(made.close)
        made.settimeout(10)
        made.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        return made

    @inlineCallbacks
    def test_bursts(self) -> Any:
        """What has come is given at once, in order and with the senders, empty ones too, but never too much at once."""
        listener = Listener(BURST + 10)
        port = self.listen(listener)
        other = self.socket()
        sent = [b"%d" % number if number else b"" for number in range(BURST + 10)]
        for datagram in sent:
            other.sendto(datagram, ("127.0.0.1", port.getHost().port))
        self.assertEqual((yield listener.heard), sent)
        self.assertEqual([len(burst) for burst in listener.bursts], [BURST, 10])
        self.assertEqual(listener.bursts[0][0][1], other.getsockname())
        port.write(b"answer", other.getsockname())
        self.assertEqual(other.recvfrom(100), (b"answer", ("127.0.0.1", port.getHost().port)))

    @inlineCallbacks
    def test_ordinary(self) -> Any:
        """A protocol that knows nothing of bursts is served as by Twisted's own ports."""
        ordinary = Ordinary()
        port = self.listen(ordinary)
        self.socket().sendto(b"hello", ("127.0.0.1", port.getHost().port))
        self.assertEqual((yield ordinary.heard), b"hello")

    @inlineCallbacks
    def test_elsewhere(self) -> Any:
        """A protocol for bursts works on Twisted's own ports, too."""
        listener = Listener()
        port: Any = reactor.listenUDP(0, listener, "127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        self.socket().sendto(b"hello", ("127.0.0.1", port.getHost().port))
        self.assertEqual((yield listener.heard), [b"hello"])

    @inlineCallbacks
    def test_refused(self) -> Any:
        """A connected port hears that nobody is there, and lives; an unconnected one does not mind."""
        gone = self.socket()
        address = gone.getsockname()
        gone.close()
        free, connected = Listener(), Listener()
        self.listen(free).write(b"hello", address)
        port = self.listen(connected)
        port.connect(*address)
        port.write(b"hello")
        self.assertEqual((yield connected.heard), [])
        self.assertEqual((connected.refused, free.refused), (1, 0))
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(there.close)
        there.bind(address)
        there.settimeout(10)
        port.write(b"again")
        self.assertEqual(there.recv(100), b"again")

    @inlineCallbacks
    def test_failure(self) -> Any:
        """A protocol that fails is heard of, and goes on getting what comes."""
        listener = _Failing()
        port = self.listen(listener)
        self.socket().sendto(b"one", ("127.0.0.1", port.getHost().port))
        soon: Deferred[None] = Deferred()
        reactor.callLater(0.05, soon.callback, None)
        yield soon
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)

    def test_names(self) -> None:
        """Names are refused and not looked up: everybody would wait."""
        port = self.listen(Listener())
        self.assertRaises(InvalidAddressError, port.write, b"hello", ("localhost", 9))
        self.assertRaises(InvalidAddressError, port.write, b"hello", ("::1", 9))

    @inlineCallbacks
    def test_wide(self) -> Any:
        """An IPv6 port serves users of both families."""
        try:
            other = self.socket(socket.AF_INET6)
        except OSError:
            raise self.skipTest("this machine has no IPv6") from None
        small = self.socket()
        listener = Listener(2)
        port = self.listen(listener, "::")
        other.sendto(b"six", ("::1", port.getHost().port))
        small.sendto(b"four", ("127.0.0.1", port.getHost().port))
        self.assertEqual(sorted((yield listener.heard)), [b"four", b"six"])
        port.write(b"for six", other.getsockname()[:2])
        port.write(b"for four", ("::ffff:127.0.0.1", small.getsockname()[1]))
        self.assertEqual((other.recv(100), small.recv(100)), (b"for six", b"for four"))
