"""Datagrams in trains, on loopback, and where the system cannot."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.selectreactor import SelectReactor
from twisted.trial.unittest import SynchronousTestCase

from frp.sockets.datagram import TrainProtocol, mtuOf, sendMany
from frp.sockets.eager import eager
from frp.sockets.trains import LONGEST, MOST, Train, TrainSocket, cut, runs
from frp.testing.live import needIPv6

#: Its turns are the tests' to make.
SYSTEM = SelectReactor()


class CutTests(SynchronousTestCase):
    """What goes together."""

    @given(
        st.lists(
            st.sampled_from((b"a" * 1358, b"b" * 1358, b"c" * 700, b"d" * 32, b"e" * 33, b"f" * 1400)), max_size=300
        )
    )
    def test_any(self, datagrams: list[bytes]) -> None:
        """All in order; in a train one size, but for a shorter last one, and no more than the system takes."""
        trains = cut(datagrams)
        self.assertEqual([datagram for train in trains for datagram in train], datagrams)
        for train in trains:
            sizes = [len(datagram) for datagram in train]
            self.assertEqual(sizes[:-1], [sizes[0]] * (len(train) - 1))
            self.assertLessEqual(sizes[-1], sizes[0])
            self.assertLessEqual(len(train), MOST)
            self.assertLessEqual(sum(sizes), LONGEST)

    def test_few(self) -> None:
        """Bulk with a short end is one train."""
        self.assertEqual(len(cut([bytes(1358)] * 20 + [b"end"])), 1)


class RunsTests(SynchronousTestCase):
    """What came together, again."""

    def test_senders(self) -> None:
        """Datagrams of one sender that follow each other, whatever trains they came in; a lone one as it is."""
        a, b = ("192.0.2.1", 1), ("192.0.2.2", 2)
        trains = [(b"aabbc", 2, a), (b"dd", 2, a), (b"ee", 9, b), (b"ff", 1, a)]
        found = [([bytes(each) for each in datagrams], sender) for datagrams, sender in runs(trains)]
        self.assertEqual(found, [([b"aa", b"bb", b"c", b"dd"], a), ([b"ee"], b), ([b"f", b"f"], a)])


class Hearing(TrainProtocol):
    """Remembers what has come, datagram by datagram."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.senders: set[tuple[str, int]] = set()
        self.trains = 0
        self.refusals = 0

    def trainsReceived(self, trains: list[Train]) -> None:
        for train, size, sender in trains:
            self.trains += 1
            self.senders.add(sender)
            self.heard += [train[at : at + size] for at in range(0, len(train), size)]

    def connectionRefused(self) -> None:
        self.refusals += 1


class Whole(Hearing):
    """Wants nothing in fragments."""

    whole = True


class PortTests(SynchronousTestCase):
    """Ports of our reactor."""

    host = "127.0.0.1"
    bound = "127.0.0.1"

    def setUp(self) -> None:
        if ":" in self.host:
            needIPv6()
        self.reactor: Any = eager(SYSTEM)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        for selectable in SYSTEM.removeAll():
            selectable.socket.close()

    def port(self, bound: str = "", kind: type[Hearing] = Hearing) -> tuple[Hearing, Any]:
        """One, and who has it."""
        hearing = kind()
        return hearing, self.reactor.listenUDP(0, hearing, bound or self.bound, 1500)

    def settled(self) -> Iterator[None]:
        """Turns, as many as anything may take."""
        for _ in range(200):
            yield
            SYSTEM.iterate(0.01)

    def test_many(self) -> None:
        """Much arrives whole, whatever its sizes; and the sender is known."""
        hearing, port = self.port()
        _, sending = self.port()
        sent = [bytes([n]) * 1358 for n in range(100)] + [b"short", b"longer than that", bytes(1358)]
        sendMany(sending, sent, (self.host, port.getHost().port))
        for _ in self.settled():
            if len(hearing.heard) == len(sent):
                break
        self.assertEqual(hearing.heard, sent)
        self.assertEqual(hearing.senders, {(self.host, sending.getHost().port)})

    def test_answers(self) -> None:
        """Who has come can be answered, whatever his family."""
        _, port = self.port("0.0.0.0")
        hearing, sending = self.port()
        sendMany(port, [b"one", b"two"], (self.host, sending.getHost().port))
        for _ in self.settled():
            if len(hearing.heard) == 2:
                break
        self.assertEqual(hearing.heard, [b"one", b"two"])
        self.assertEqual(hearing.senders, {(self.host, port.getHost().port)})

    def test_whole(self) -> None:
        """Where datagrams are to be whole, one that is too large for the way is lost, and the others arrive."""
        hearing, port = self.port()
        _, sending = self.port(kind=Whole)
        largest = mtuOf(sending, (self.host, port.getHost().port))
        self.assertGreater(largest, 1500)
        sendMany(sending, [b"one", bytes(largest), b"two"], (self.host, port.getHost().port))
        for _ in self.settled():
            if len(hearing.heard) == 2:
                break
        self.assertEqual(hearing.heard, [b"one", b"two"])

    def test_connected(self) -> None:
        """A connected port needs no address."""
        hearing, port = self.port()
        _, sending = self.port(self.host)
        sending.connect(self.host, port.getHost().port)
        sendMany(sending, [b"one", b"two"], None)
        for _ in self.settled():
            if len(hearing.heard) == 2:
                break
        self.assertEqual(hearing.heard, [b"one", b"two"])

    def test_empty(self) -> None:
        """Empty datagrams are passed over."""
        hearing, port = self.port()
        _, sending = self.port()
        sendMany(sending, [b"", b"one", b""], (self.host, port.getHost().port))
        for _ in self.settled():
            if hearing.heard:
                break
        self.assertEqual(hearing.heard, [b"one"])

    def test_refused(self) -> None:
        """A connected port hears that nobody is there."""
        _, gone = self.port()
        number = gone.getHost().port
        gone.socket.close()
        SYSTEM.removeReader(gone)
        hearing, sending = self.port(self.host)
        sending.connect(self.host, number)
        sendMany(sending, [b"one"], None)
        for _ in self.settled():
            if hearing.refusals:
                break
        self.assertEqual(hearing.refusals, 1)


class IPv6PortTests(PortTests):
    """The same where both families come."""

    host = "::1"
    bound = "::"


class MappedPortTests(PortTests):
    """A port for both families, and IPv4."""

    bound = "::"


class _Refusing:
    """A socket whose system knows no trains, or not for this way."""

    def __init__(self, number: int) -> None:
        self.sent: list[bytes] = []
        self.tried = 0
        self._number = number

    def setsockopt(self, *args: object) -> None:
        """It does not know that either."""
        raise OSError(errno.ENOPROTOOPT, "Protocol not available")

    def sendmsg(self, *args: object) -> None:
        """It cannot."""
        self.tried += 1
        raise OSError(self._number, "")

    def sendto(self, datagram: bytes, address: object) -> None:
        """This it can."""
        self.sent.append(datagram)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        """And this."""
        return b"hello", ("127.0.0.1", 1)


class FallbackTests(SynchronousTestCase):
    """Where the system cannot, each goes alone."""

    def sent(self, number: int) -> _Refusing:
        """Send two trains where the system says this."""
        refusing = _Refusing(number)
        train = TrainSocket(refusing)  # type: ignore[arg-type]  # as far as it needs one
        for _ in range(2):
            train.send([b"12", b"34"], ("127.0.0.1", 1))
        self.assertEqual(train.receive(), (b"hello", 5, ("127.0.0.1", 1)))
        return refusing

    def test_never(self) -> None:
        """Where it never can, it is not asked again."""
        for number in (errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP):
            refusing = self.sent(number)
            self.assertEqual((refusing.sent, refusing.tried), ([b"12", b"34"] * 2, 1))

    def test_notThere(self) -> None:
        """Where it cannot on this way, it is asked again: other peers have other ways."""
        for number in (errno.EINVAL, errno.EMSGSIZE):
            refusing = self.sent(number)
            self.assertEqual((refusing.sent, refusing.tried), ([b"12", b"34"] * 2, 2))

    def test_others(self) -> None:
        """Whatever else is wrong is told."""
        train = TrainSocket(_Refusing(errno.ENETUNREACH))  # type: ignore[arg-type]  # the same
        self.assertRaises(OSError, train.send, [b"12", b"34"], ("127.0.0.1", 1))

    def test_otherPorts(self) -> None:
        """A port of Twisted's sends them one by one."""
        written: list[tuple[bytes, object]] = []

        class Plain:
            def write(self, datagram: bytes, address: object) -> None:
                written.append((datagram, address))

        sendMany(Plain(), [b"1", b"2"], ("127.0.0.1", 9))
        self.assertEqual(mtuOf(Plain(), ("127.0.0.1", 9)), 0)
        self.assertEqual(written, [(b"1", ("127.0.0.1", 9)), (b"2", ("127.0.0.1", 9))])
