"""Connections in memory behave as those of the system do."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost, TimeoutError
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.interfaces import IListeningPort, IReactorTCP, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.errors import FRPError
from frp.testing.links import CAPACITY
from frp.testing.network import Network, User


class Heard(Protocol):
    """A producer that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class LinkTests(SynchronousTestCase):
    """A connection between a user and a service, without frp."""

    def setUp(self) -> None:
        self.network = Network()
        self.service = self.network.service()
        self.user = self.network.user(self.service.port)
        self.other = self.service.users[0]
        (self.link,) = self.network.links(self.service.port)

    def reasons(self) -> list[type | None]:
        """Why either side thinks that it is over."""
        self.network.settle()
        return [side.lost.type if side.lost is not None else None for side in (self.user, self.other)]

    def test_interfaces(self) -> None:
        """They provide what they promise."""
        verifyObject(ITCPTransport, self.user.transport)
        verifyObject(IReactorTCP, self.network.reactor)
        verifyObject(IListeningPort, self.network.reactor.listenTCP(0, self.service))

    def test_bytes(self) -> None:
        """Bytes arrive in their order, also more than fit at once."""
        self.user.send(b"1" * CAPACITY + b"2" * CAPACITY + b"3")
        self.network.settle()
        self.assertEqual(self.other.received, b"1" * CAPACITY + b"2" * CAPACITY + b"3")

    def test_pieces(self) -> None:
        """Bytes can be made to arrive in small pieces, for who counts on more."""
        pieces: list[bytes] = []
        self.other.dataReceived = pieces.append  # type: ignore[method-assign,assignment]
        self.link.piece = 2
        self.user.send(b"hello")
        self.network.settle()
        self.assertEqual(pieces, [b"he", b"ll", b"o"])

    def test_close(self) -> None:
        """Who closes is done at once, behind what it sent; the other side hears of the end, and closes by itself."""
        self.user.send(b"bye")
        self.user.close()
        self.assertEqual(self.reasons(), [ConnectionDone, ConnectionDone])
        self.assertEqual(self.other.received, b"bye")
        self.assertEqual(self.network.reactor.links, [])

    def test_halfClose(self) -> None:
        """The end of one way leaves the other open."""
        other = self.network.user(self.network.service(lambda user, data: None).port)
        service = self.network.links(other.transport.getPeer().port)[0].server.protocol
        service.end()
        self.network.settle()
        self.assertEqual((other.ended, other.lost), (True, None))
        other.send(b"still")
        self.network.settle()
        self.assertEqual(service.received, b"still")

    def test_abort(self) -> None:
        """Who aborts hears of it in a later turn; the other side sees a reset."""
        self.user.abort()
        self.assertIsNone(self.user.lost)
        self.assertEqual(self.reasons(), [ConnectionAborted, ConnectionLost])

    def test_cut(self) -> None:
        """A link that is cut is lost for both."""
        self.link.cut()
        self.assertEqual(self.reasons(), [ConnectionLost, ConnectionLost])

    def test_silence(self) -> None:
        """A silent link swallows bytes and ends, and tells nobody; healed, it brings them."""
        self.link.silence()
        self.user.send(b"hello")
        self.user.close()
        self.assertEqual(self.reasons(), [ConnectionDone, None])
        self.assertEqual(self.other.received, b"")
        self.link.heal()
        self.assertEqual(self.reasons(), [ConnectionDone, ConnectionDone])
        self.assertEqual(self.other.received, b"hello")

    def test_delay(self) -> None:
        """Bytes take their time, and do not overtake each other when the time gets shorter."""
        self.link.delay = 2
        self.user.send(b"1")
        self.link.delay = 0
        self.user.send(b"2")
        self.network.advance(1.9)
        self.assertEqual(self.other.received, b"")
        self.network.advance(0.2)
        self.assertEqual(self.other.received, b"12")

    def test_backPressure(self) -> None:
        """A side that does not read holds up who writes, at a bound; reading lets it go on."""
        producer = Heard()
        self.user.transport.registerProducer(producer, True)
        self.other.transport.pauseProducing()
        self.user.send(b"x" * CAPACITY * 2)
        self.assertEqual(producer.told, ["pause"])
        self.other.transport.resumeProducing()
        self.network.settle()
        self.assertEqual(producer.told, ["pause", "resume"])

    def test_pausedEnd(self) -> None:
        """A side that does not read does not notice the end, and hears of it when it reads again."""
        self.other.transport.pauseProducing()
        self.user.close()
        self.assertEqual(self.reasons(), [ConnectionDone, None])
        self.other.transport.resumeProducing()
        self.assertEqual(self.reasons(), [ConnectionDone, ConnectionDone])

    def test_brokenProtocol(self) -> None:
        """What a protocol raises is logged, and ends its connection."""

        class Broken(Protocol):
            def dataReceived(self, data: bytes) -> None:
                raise ValueError("no")

        user = self.network.dial(self.network.service(User.send).port, Broken())
        transport: Any = user.transport
        transport.write(b"x")
        self.network.settle()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertFalse(transport.connected)


class DialTests(SynchronousTestCase):
    """Reaching a port."""

    def test_nobody(self) -> None:
        """Where nobody listens, or answers, it is refused at once."""
        network = Network()
        port = network.echo().port
        network.refuse(port)
        for each in (port, 1):
            refused = network.user(each).refused
            assert refused is not None
            refused.trap(Refused)
        network.allow(port)
        self.assertIsNone(network.user(port).refused)

    def test_silent(self) -> None:
        """Where everything is swallowed it fails by its time-out."""
        network = Network()
        network.silence(9)
        user = network.user(9)
        network.advance(29)
        self.assertIsNone(user.refused)
        network.advance(2)
        assert user.refused is not None
        user.refused.trap(TimeoutError)

    def test_taken(self) -> None:
        """A port is listened to once, and by no other program."""
        network = Network()
        network.server()
        self.assertIn("address already in use", str(self.assertRaises(FRPError, network.server)))
        network.reactor.taken.add(7005)
        self.assertRaises(FRPError, network.server, bindPort=7005)
        self.assertEqual(network.stop(), [])
