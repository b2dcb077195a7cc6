"""Hooks in the way of a user's bytes."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Refused
from frp.hooks.wrapper import StreamWrapper
from frp.joining.splice import LINGER
from frp.test.hooks.hooked import Connecting, Telling, TunnelTestCase
from frp.testing.network import User
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder


class Shouting(StreamWrapper):
    """Makes what the service says loud, and keeps what it is told."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.told: list[str] = []

    def fromUser(self, data: bytes) -> None:
        self.toService(b"<" + data + b">")

    def fromService(self, data: bytes) -> None:
        self.toUser(data.upper())

    def userEnded(self) -> None:
        self.told.append("user")
        self.toService(b"(u)")

    def serviceEnded(self) -> None:
        self.told.append("service")
        self.toUser(b"(s)")

    def ended(self, reason: Failure) -> None:
        self.told.append("all")


class Sorry(StreamWrapper):
    """Says something in place of a service that is not there."""

    def unanswered(self) -> None:
        self.toUser(b"sorry")


class Saying(Protocol):
    """Says what was said."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"said " + data + b",")


class Line(LineReceiver):
    """A protocol that knows nothing of hooks."""

    transport: Any

    def connectionMade(self) -> None:
        self.sendLine(b"hello")

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(b"you said " + line)
        if line == b"bye":
            self.transport.loseConnection()


class WrapperTests(TunnelTestCase):
    """A wrapper around the user."""

    def shouting(self, **proxy: Any) -> tuple[list[Shouting], User]:
        """@return: the wrappers, and a user who has said hello."""
        made: list[Shouting] = []

        def wrap(stream: Any) -> Shouting:
            made.append(Shouting(stream))
            return made[-1]

        self.tunnel(Connecting(wrap), **proxy)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        return made, user

    def test_bothWays(self) -> None:
        """It changes what passes, whatever the tunnel makes of the bytes."""
        for transport in ({}, {"useEncryption": True, "useCompression": True}, {"bandwidthLimit": "1MB"}):
            _, user = self.shouting(transport=transport)
            self.assertEqual(user.received, b"<HELLO>")
            self.doCleanups()
            self.setUp()

    def test_default(self) -> None:
        """One that overrides nothing changes nothing."""
        self.tunnel(Connecting(StreamWrapper))
        user = self.network.user(6000)
        user.send(b"x" * 1_000_000)
        self.network.settle()
        self.assertEqual(len(user.received), 1_000_000)

    def test_userEnds(self) -> None:
        """It hears of the user's half-close before the service does, may add to it, and the answer arrives."""
        [wrapper], user = self.shouting()
        user.end()
        self.network.settle()
        self.assertEqual(user.received, b"<HELLO>(U)(s)")
        self.assertEqual(wrapper.told, ["user", "service", "all"])

    def test_serviceEnds(self) -> None:
        """It hears of the end of the service before the user does."""

        def once(service: User, data: bytes) -> None:
            service.send(data)
            service.close()

        [wrapper], user = self.shouting(localPort=self.network.service(once).port)
        self.assertEqual(user.received, b"<HELLO>(s)")
        self.assertTrue(user.closed)
        user.close()
        self.network.settle()
        self.assertEqual(wrapper.told[0], "service")
        self.assertEqual(wrapper.told[-1], "all")

    def test_userCloses(self) -> None:
        """When the user is gone it hears that, once, and the service is let go."""
        [wrapper], user = self.shouting()
        user.abort()
        self.network.settle()
        self.assertEqual(wrapper.told, ["all"])
        self.assertEqual(len(self.network.servers[0].flowing), 0)

    def test_slowUser(self) -> None:
        """A user who does not read slows the service down; nothing grows without bound between the two."""

        def flood(service: User, data: bytes) -> None:
            service.transport.registerProducer(_Flood(service), False)

        self.tunnel(Connecting(StreamWrapper), localPort=self.network.service(flood).port)
        user = self.network.dial(6000, _Counting())
        user.transport.pauseProducing()
        user.send(b"go")
        self.network.settle()
        self.assertLess(_Flood.sent, 32 << 20)
        user.transport.resumeProducing()
        self.network.settle()
        self.assertEqual(user.count, _Flood.total)

    def test_many(self) -> None:
        """Each gets what the one before it made: the first stands next to the user."""
        one = Connecting(lambda stream: _Tag(stream, b"1"))
        two = Connecting(lambda stream: _Tag(stream, b"2"))
        self.tunnel(one, two)
        user = self.network.user(6000)
        user.send(b"a")
        self.network.settle()
        self.assertEqual(user.received, b"a1221")

    def test_later(self) -> None:
        """A hook may take its time; what the user sends meanwhile waits."""
        waiting: list[Any] = []

        def later(stream: Any) -> Any:
            waiting.append(Deferred())
            return waiting[-1].addCallback(lambda _: Shouting(stream))

        self.tunnel(Connecting(later))
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"")
        waiting[0].callback(None)
        self.network.settle()
        self.assertEqual(user.received, b"<HELLO>")

    def test_refused(self) -> None:
        """It may still refuse; the user is closed, also behind another wrapper."""

        def refuse(stream: Any) -> Any:
            raise Refused("not you")

        telling = Telling()
        self.tunnel(Connecting(Shouting), Connecting(refuse), telling)
        user = self.network.user(6000)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("was rejected, err:not you"), 1)
        self.assertEqual([one.reason for one in telling.closed()], ["refused"])

    def test_bug(self) -> None:
        """An error in either direction ends this connection, with a traceback, and no other."""

        class Broken(StreamWrapper):
            def fromUser(self, data: bytes) -> None:
                if data == b"user":
                    raise ZeroDivisionError
                self.toService(data)

            def fromService(self, data: bytes) -> None:
                if data == b"service":
                    raise ZeroDivisionError
                self.toUser(data)

        client = self.tunnel(Connecting(Broken))
        good = self.network.user(6000)
        for text in (b"user", b"service"):
            user = self.network.user(6000)
            user.send(text)
            self.network.settle()
            self.assertTrue(user.closed, text)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
        good.send(b"still")
        self.network.settle()
        self.assertEqual((good.received, len(self.network.servers[0].flowing)), (b"still", 1))
        self.assertTrue(client.running)

    def test_bugAtTheEnd(self) -> None:
        """So does one when the service has ended, or there is none; whatever counts it lets it go."""
        settings: list[tuple[str, dict[str, Any]]] = [("serviceEnded", {}), ("unanswered", {"localPort": 1})]
        for method, setting in settings:
            broken = type("Broken", (StreamWrapper,), {method: _fail})
            telling = Telling()
            self.tunnel(Connecting(broken), telling, **setting)
            user = self.network.user(6000)
            user.send(b"a")
            self.network.settle()
            user.end()
            self.network.advance(LINGER + 1)
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
            self.assertEqual((user.closed, len(telling.closed()), len(self.network.servers[0].flowing)), (True, 1, 0))
            self.doCleanups()
            self.setUp()

    def test_bugAtTheBeginning(self) -> None:
        """So does one of a wrapper, or of a protocol that answers, when it is put to use."""
        wrapper = type("Broken", (StreamWrapper,), {"registerProducer": _fail})
        protocol = type("Broken", (Protocol,), {"makeConnection": _fail})
        for act in (wrapper, lambda _: protocol()):
            telling = Telling()
            self.tunnel(Connecting(act), telling)
            user = self.network.user(6000)
            self.network.settle()
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
            self.assertEqual(self.logged("ends by an error of a hook"), 1)
            self.assertEqual([one.reason for one in telling.closed()], ["reset"])
            self.assertEqual((user.closed, len(self.network.servers[0].flowing)), (True, 0))
            self.doCleanups()
            self.setUp()


def _fail(*_: object) -> None:
    raise ZeroDivisionError


class VisitorTests(TunnelTestCase):
    """Users who come through another frpc."""

    def test_stcp(self) -> None:
        """A wrapper sees what the visitor's user says, without the visitor's and the proxy's encryption."""
        transport = {"useEncryption": True, "useCompression": True}
        telling = Telling()
        self.tunnel(
            Connecting(Shouting),
            telling,
            type="stcp",
            secretKey="s",
            allowUsers=["*"],
            transport=transport,
            remotePort=None,
        )
        visitor = {"name": "v", "type": "stcp", "serverName": "web", "serverUser": "alice", "secretKey": "s"}
        self.network.client(visitors=[{**visitor, "bindPort": 6100, "transport": transport}])
        user = self.network.user(6100)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"<HELLO>")
        user.end()
        self.network.settle()
        self.assertEqual(user.received, b"<HELLO>(U)(s)")
        user.close()
        self.network.settle()
        self.assertEqual([(one.proxy_type, one.reason) for one in telling.closed()], [("stcp", "done")])


class EarlyTests(TunnelTestCase):
    """Users who have been listened to before there was a proxy for them, as those of an https proxy have."""

    def test_first(self) -> None:
        """What they have said comes first, through every wrapper, or to a protocol that answers."""
        for act, expected in (
            (Shouting, b"<EARLY><LATE>"),
            (lambda stream: stream, b"earlylate"),
            (lambda stream: Saying(), b"said early,said late,"),
        ):
            self.tunnel(Connecting(act))
            [control] = self.network.servers[0].clients.online()
            site = control.published.proxies["alice.web"].site

            class Early(Protocol):
                site: Any
                transport: Any

                def dataReceived(self, data: bytes) -> None:
                    self.site.join(self.transport, data)

            Early.site = site
            port = self.network.reactor.listenTCP(6200, Factory.forProtocol(Early))
            user = self.network.user(6200)
            user.send(b"early")
            self.network.settle()
            user.send(b"late")
            self.network.settle()
            self.assertEqual(user.received, expected)
            port.stopListening()
            self.doCleanups()
            self.setUp()


class _Tag(StreamWrapper):
    def __init__(self, stream: Any, tag: bytes) -> None:
        super().__init__(stream)
        self._tag = tag

    def fromUser(self, data: bytes) -> None:
        self.toService(data + self._tag)

    def fromService(self, data: bytes) -> None:
        self.toUser(data + self._tag)


class _Counting(User):
    """A user who keeps nothing."""

    count = 0

    def dataReceived(self, data: bytes) -> None:
        self.count += len(data)


class _Flood:
    """A pull producer of much."""

    total = 64 << 20
    sent = 0

    def __init__(self, service: User) -> None:
        self._service = service
        _Flood.sent = 0

    def resumeProducing(self) -> None:
        if _Flood.sent < self.total:
            _Flood.sent += 1 << 20
            self._service.send(bytes(1 << 20))
        else:
            self._service.transport.unregisterProducer()

    def stopProducing(self) -> None:
        """No more."""


class AloneTests(SynchronousTestCase):
    """A wrapper around a user whom nobody serves."""

    def test_rest(self) -> None:
        """What the user had said is nobody's when it is over before there is a service."""
        pipe = Pipe()
        pipe.client.protocol = Recorder()
        wrapper = Shouting(pipe.server)
        wrapper.unread(b"hello")
        wrapper.abortConnection()
        pipe.pump()
        self.assertTrue(pipe.client.lost)
        self.assertEqual("all", wrapper.told[-1])
