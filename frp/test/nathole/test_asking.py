"""Questions to STUN servers."""

from __future__ import annotations

from errno import ENETUNREACH
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import FRPError, PortTaken, RemoteWireError, Unavailable
from frp.nathole import local as hosts
from frp.nathole.asking import Discovery, Questions, discover, seenBy
from frp.nathole.local import globalHosts, localHosts
from frp.testing.datagrams import DatagramUser
from frp.testing.memory import MemoryReactor
from frp.wire.stun import CHANGE_PORT, Binding, Refusal, decodeQuestion, encodeAnswer

_SERVER = ("192.0.2.1", 3478)
_OTHER = ("192.0.2.2", 3479)
_SEEN = ("198.51.100.7", 40000)


class QuestionsTests(SynchronousTestCase):
    """Questions of a port, with a clock of the test's."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[tuple[bytes, Any]] = []
        self.questions = Questions(self.clock, lambda *sent: self.sent.append(sent))

    def answer(self, answer: Binding | Refusal, sender: tuple[str, int] = _SERVER) -> bool:
        """Answer the question that was sent last."""
        number = decodeQuestion(self.sent[-1][0]).number
        return self.questions.received(encodeAnswer(number, answer), sender)

    def test_answered(self) -> None:
        """Its answer ends a question, and leaves nothing behind."""
        asked = self.questions.ask(_SERVER)
        self.assertEqual([server for _, server in self.sent], [_SERVER])
        self.assertTrue(self.answer(Binding(_SEEN, _OTHER)))
        self.assertEqual(self.successResultOf(asked), Binding(_SEEN, _OTHER))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertFalse(self.answer(Binding(_SEEN)), "a second copy is for nobody")

    def test_again(self) -> None:
        """It is sent three times, always the same, and given up after three seconds."""
        asked = self.questions.ask(_SERVER)
        times: list[int] = []
        for tenth in range(31):
            times += [tenth] * (len(self.sent) - len(times))
            self.clock.advance(0.1)
        self.assertEqual(times, [0, 5, 15])
        self.assertEqual(len(set(self.sent)), 1)
        why = self.failureResultOf(asked, Unavailable)
        self.assertEqual(str(why.value), "wait response from stun server timeout")
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertFalse(self.answer(Binding(_SEEN)), "it comes too late")

    def test_strangers(self) -> None:
        """Answers from elsewhere, of other questions, and other datagrams are not ours; the true one still is."""
        asked = self.questions.ask(_SERVER)
        for sender in (_OTHER, ("192.0.2.1", 3479), ("192.0.2.9", 3478)):
            self.assertFalse(self.answer(Binding(_SEEN), sender))
        for stray in (b"", b"x" * 20, encodeAnswer(bytes(12), Binding(_SEEN)), self.sent[0][0]):
            self.assertFalse(self.questions.received(stray, _SERVER))
        self.assertNoResult(asked)
        self.answer(Binding(_SEEN))
        self.successResultOf(asked)

    def test_changed(self) -> None:
        """What was to be answered from elsewhere is: a server that cannot do that has not answered."""
        asked = self.questions.ask(_SERVER, CHANGE_PORT)
        self.assertFalse(self.answer(Binding(_SEEN)))
        self.assertEqual(decodeQuestion(self.sent[0][0]).change, CHANGE_PORT)
        self.assertTrue(self.answer(Binding(_SEEN), _OTHER))
        self.successResultOf(asked)

    def test_malformed(self) -> None:
        """An answer that makes no sense ends its question, and says so."""
        asked = self.questions.ask(_SERVER)
        number = decodeQuestion(self.sent[0][0]).number
        self.assertTrue(self.questions.received(encodeAnswer(number, Binding(_SEEN)) + b"x", _SERVER))
        self.failureResultOf(asked, RemoteWireError)

    def test_refused(self) -> None:
        """An error is told as the reference tells it, but for what would write over a terminal."""
        asked = self.questions.ask(_SERVER)
        self.answer(Refusal(420, "no\x1b[2J"))
        self.assertEqual(str(self.failureResultOf(asked, Unavailable).value), "STUN binding error 420: no?[2J")

    def test_unsent(self) -> None:
        """What the system does not send fails at once."""

        def send(datagram: bytes, server: object) -> None:
            raise OSError(ENETUNREACH, "Network is unreachable")

        asked = Questions(self.clock, send).ask(_SERVER)
        why = self.failureResultOf(asked, Unavailable)
        self.assertEqual(str(why.value), "write udp 192.0.2.1:3478: network is unreachable")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_closed(self) -> None:
        """With the port all questions end."""
        asked = [self.questions.ask(_SERVER), self.questions.ask(_OTHER)]
        self.questions.close()
        for one in asked:
            self.failureResultOf(one, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_both(self) -> None:
        """The server's other address is asked as well, from the same port; a server without one is not."""
        seen = Deferred.fromCoroutine(seenBy(self.questions, _SERVER))
        self.answer(Binding(_SEEN, _OTHER))
        self.assertEqual(self.sent[-1][1], _OTHER)
        self.answer(Binding(("198.51.100.7", 40001)), _OTHER)
        self.assertEqual(self.successResultOf(seen), [_SEEN, ("198.51.100.7", 40001)])
        seen = Deferred.fromCoroutine(seenBy(self.questions, _SERVER))
        self.answer(Binding(_SEEN))
        self.assertEqual(self.successResultOf(seen), [_SEEN])

    def test_unseen(self) -> None:
        """A server that does not say what it sees is of no use."""
        seen = Deferred.fromCoroutine(seenBy(self.questions, _SERVER))
        self.answer(Binding(None, _OTHER))
        self.assertEqual(str(self.failureResultOf(seen, Unavailable).value), "no external address found")


class _Answering(DatagramUser):
    """A server that sees everybody as he is."""

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        number = decodeQuestion(datagram).number
        self.transport.write(encodeAnswer(number, Binding(addr, ("127.0.0.1", 3479))), addr)


class DiscoverTests(SynchronousTestCase):
    """From a port of its own."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()

    def test_discover(self) -> None:
        """Both addresses are asked, and the port is free again."""
        for port in (3478, 3479):
            self.reactor.listenUDP(port, _Answering())
        found = Deferred.fromCoroutine(discover(self.reactor, "127.0.0.1:3478", ("127.0.0.1", 5000)))
        self.reactor.settle()
        self.assertEqual(self.successResultOf(found), Discovery(["127.0.0.1:5000"] * 2, ("127.0.0.1", 5000)))
        self.assertEqual(sorted(self.reactor.udpPorts), [3478, 3479])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_timeout(self) -> None:
        """Where nobody answers the port is free again, too."""
        found = Deferred.fromCoroutine(discover(self.reactor, "127.0.0.1:3478"))
        self.reactor.spend(3.1)
        self.failureResultOf(found, Unavailable)
        self.assertEqual(self.reactor.udpPorts, {})

    def test_unusable(self) -> None:
        """A server's address that is none, and a port that another program has."""
        self.reactor.taken.add(5000)
        for server, local, kind, why in (
            ("127.0.0.1", ("", 0), Unavailable, "address 127.0.0.1: missing port in address"),
            ("12345:1", ("", 0), FRPError, "dial udp: lookup 12345: no such host"),
            ("127.0.0.1:1", ("", 5000), PortTaken, "listen udp 0.0.0.0:5000: bind: address already in use"),
        ):
            found = Deferred.fromCoroutine(discover(self.reactor, server, local))
            self.assertEqual(str(self.failureResultOf(found, kind).value), why)


class LocalHostsTests(SynchronousTestCase):
    """The addresses of this machine."""

    def test_hosts(self) -> None:
        """None of them leads back here, and there are few."""
        found = localHosts(object())
        self.assertLessEqual(len(found), 10)
        self.assertEqual([host for host in found if host.startswith(("127.", "169.254."))], [])

    def test_global(self) -> None:
        """Of IPv6 those that are reached from everywhere, and are good for something new."""
        lines = [
            "20010db8000000000000000000000001 02 40 00 00     eth0",
            "20010db8000000000000000000000002 02 40 00 20     eth0",
            "20010db8000000000000000000000003 02 40 00 40     eth0",
            "20010db8000000000000000000000004 02 40 00 01     eth0",
            "fd000000000000000000000000000001 02 40 00 80     eth0",
            "fe800000000000000000000000000001 02 40 20 80     eth0",
            "00000000000000000000000000000001 01 80 10 80       lo",
        ]
        path = self.mktemp()
        Path(path).write_text("\n".join(lines))
        self.patch(hosts, "INET6", path)
        self.assertEqual(globalHosts(object()), ["2001:db8::1", "2001:db8::4"])
        self.patch(hosts, "INET6", path + "x")
        self.assertEqual(globalHosts(object()), [])
