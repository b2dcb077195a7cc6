"""Who reaches a secret proxy, and how: the same for TCP and for datagrams."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.errors import Refused
from frp.interfaces import IStream
from frp.interfaces.operations import NEW_USER_CONN
from frp.test.hooks.recording import Recording
from frp.test.visitors.visiting import TREATMENTS, DatagramVisitingTestCase, VisitingTestCase


@implementer(IHalfCloseableProtocol)
class _Answering(Protocol):
    transport: IStream

    def readConnectionLost(self) -> None:
        self.transport.write(b"x" * 1000000)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


class _AnswersAtTheEnd(Factory):
    """A service that answers when it has heard everything."""

    noisy = False
    protocol = _Answering


class Visits(VisitingTestCase):
    """A mix-in: the cases of the reference's own suite, and then some."""

    def test_treatments(self) -> None:
        """Each of the two ways may be encrypted, compressed or both: the server translates."""
        for here in TREATMENTS.values():
            for there in TREATMENTS.values():
                self.setUp()
                self.network.server()
                self.network.client(
                    proxies=[
                        {
                            "name": "secret",
                            "type": self.type,
                            "secretKey": self.key,
                            "localPort": self.echo(),
                            "transport": here,
                        }
                    ]
                )
                self.network.client(visitors=[{**self.table(), "transport": there}])
                self.assertTrue(self.served(), (here, there))
                self.assertEqual(self.network.stop(), [])

    def test_alone(self) -> None:
        """It works where every stream is a connection of its own."""
        self.network.server(transport={"tcpMux": False})
        self.publish(transport={"tcpMux": False})
        self.visit(transport={"tcpMux": False})
        self.assertTrue(self.served())

    def test_token(self) -> None:
        """Encryption to the visitor is made from the secret, that to the proxy from the token."""
        auth = {"token": "a token"}
        self.network.server(auth=auth)
        encrypted = {"transport": {"useEncryption": True}}
        proxy = {"name": "secret", "type": self.type, "secretKey": self.key, "localPort": self.echo(), **encrypted}
        self.network.client(auth=auth, proxies=[proxy])
        self.network.client(auth=auth, visitors=[{**self.table(), **encrypted}])
        self.assertTrue(self.served())

    def test_wrongKey(self) -> None:
        """Who does not know the secret is refused."""
        self.both(visitor={"secretKey": "a guess"})
        self.assertFalse(self.served())
        self.assertEqual(self.logged("visitor connection of [secret] auth failed"), 2)

    def test_ownUser(self) -> None:
        """Without a list of users only those of the own user may come."""
        self.both({"user": "ann"}, {"user": "ann"})
        self.assertTrue(self.served())

    def test_otherUser(self) -> None:
        """Another user may not, whatever the secret."""
        self.both({"user": "ann"}, {"user": "bob", "serverUser": "ann"})
        self.assertFalse(self.served())
        self.assertEqual(self.logged("visitor connection of [ann.secret] user [bob] not allowed"), 2)

    def test_allowedUser(self) -> None:
        """A user who is on the list may come."""
        self.both({"user": "ann", "allowUsers": ["carol", "bob"]}, {"user": "bob", "serverUser": "ann"})
        self.assertTrue(self.served())

    def test_unlistedUser(self) -> None:
        """With a list, one who is not on it may not; not even the own user."""
        self.both({"user": "ann", "allowUsers": ["carol"]}, {"user": "ann"})
        self.assertFalse(self.served())

    def test_everybody(self) -> None:
        """A star lets everybody in who knows the secret."""
        self.both({"user": "ann", "allowUsers": ["*"]}, {"user": "bob", "serverUser": "ann"})
        self.assertTrue(self.served())

    def test_later(self) -> None:
        """The visitor may be there before the proxy."""
        self.network.server()
        self.visit()
        self.assertFalse(self.served())
        self.assertEqual(self.logged("custom listener for [secret] doesn't exist"), 2)
        self.publish()
        self.network.advance(1)
        self.assertTrue(self.served())

    def test_sameClient(self) -> None:
        """One client may publish a service and visit it."""
        self.network.server()
        table = {"name": "secret", "type": self.type, "secretKey": self.key, "localPort": self.echo()}
        self.network.client(proxies=[table], visitors=[self.table()])
        self.assertTrue(self.served())

    def test_limited(self) -> None:
        """The proxy's bandwidth limit holds for visitors, on either side."""
        for mode in ("client", "server"):
            self.setUp()
            self.network.server()
            limit = {"bandwidthLimit": "1MB", "bandwidthLimitMode": mode}
            table = {"name": "secret", "type": self.type, "secretKey": self.key, "localPort": self.echo()}
            self.network.client(proxies=[{**table, "transport": limit}])
            self.visit()
            self.assertTrue(self.served(), mode)
            self.assertEqual(self.network.stop(), [])


class STCPVisitsTests(Visits):
    """stcp."""

    def test_answerAfterEnd(self) -> None:
        """The answer to a user who has ended arrives whole."""
        for transport in TREATMENTS.values():
            self.setUp()
            self.network.server()
            service = self.network.reactor.listenTCP(0, _AnswersAtTheEnd()).getHost().port
            self.publish(localPort=service)
            self.network.client(visitors=[{**self.table(), "transport": transport}])
            user = self.network.user(6000)
            user.send(b"question")
            user.end()
            self.network.advance(0.5)
            self.assertEqual(len(user.received), 1000000, transport)
            self.assertTrue(user.closed)
            self.assertEqual(self.network.stop(), [])

    def test_hooks(self) -> None:
        """A hook is asked about each user; what the user sends meanwhile waits, and who is refused is closed."""
        for transport in TREATMENTS.values():
            self.setUp()
            answers: list[Deferred[Any]] = []

            def later(operation: Any, answers: list[Deferred[Any]] = answers) -> Deferred[Any]:
                answers.append(Deferred())
                return answers[-1].addCallback(lambda _: operation.message)

            server = self.network.server()
            server.hooks.add(Recording(later, [NEW_USER_CONN]))
            self.publish()
            self.network.client(visitors=[{**self.table(), "transport": transport}])
            first, second = self.network.user(6000), self.network.user(6000)
            first.send(b"hello")
            self.network.advance(0.1)
            self.assertEqual((len(answers), first.received), (2, b""))
            answers[0].callback(None)
            answers[1].errback(Refused("not you"))
            self.network.advance(0.1)
            self.assertEqual((first.received, first.closed, second.closed), (b"hello", False, True), transport)
            self.assertEqual(self.network.stop(), [])


class SUDPVisitsTests(DatagramVisitingTestCase, Visits):
    """sudp."""


# Only its subclasses are to run.
del Visits
