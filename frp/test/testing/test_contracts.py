"""What the contracts find."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IProducer
from twisted.internet.protocol import Protocol
from twisted.trial.reporter import TestResult
from twisted.trial.unittest import SynchronousTestCase

from frp.client.service import FRPClient
from frp.errors import Refused
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract, StreamContract
from frp.testing.pipe import End, Pipe
from frp.wire.messages import NewProxy


class Good(TCP):
    """A type of proxy that is like tcp."""

    examples = ('name = "a"\ntype = "own"\nlocalPort = 1',)

    def check(self, message: NewProxy, server: object) -> None:
        """Refuse one port more."""
        if message.remote_port == 6666:
            raise Refused("not that port")

    def announce(self, config: Any) -> NewProxy:
        """With one thing more."""
        message = super().announce(config)
        message.metas["greeting"] = "hello"
        return message


class Keeping(Good):
    """Gives nothing back."""

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        """One that only says that it has closed."""
        made: Any = super().serverProxy(message, site)
        made.close = lambda: None
        proxy: IServerProxy = made
        return proxy


class Trusting(Good):
    """Takes it that every client says what ours says, and refuses nothing."""

    def check(self, message: NewProxy, server: object) -> None:
        """All is well."""

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        """With a look at what need not be there."""
        self.greeting = message.metas["greeting"]
        return super().serverProxy(message, site)


class OwnTests(ProxyKindContract, NetworkTestCase):
    """The tests of an author."""

    __test__ = False

    name = "own"
    table = {"remotePort": 6000}
    refused = ({"remotePort": 6666},)

    def use(self, client: FRPClient, proxy: str) -> None:
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(1)
        self.assertEqual(user.received, b"hello")


class ProxyKindTests(SynchronousTestCase):
    """An author has forgotten something."""

    def failing(self, kind: type[TCP]) -> str:
        """@return: which tests fail for this kind."""
        registry = Registry()
        own = Contribution(IProxyKind, "own", "for tests", kind)
        case = type("Own", (OwnTests,), {"registry": Registry(find=lambda: [*registry.contributions(), own])})
        failed = []
        for name in ("test_use", "test_comesAndGoes", "test_close", "test_refused", "test_stranger"):
            result = TestResult()
            case(name).run(result)
            failed += [name] if result.failures or result.errors else []
        return " ".join(failed)

    def test_good(self) -> None:
        """Where nothing is, all pass."""
        self.assertEqual(self.failing(Good), "")

    def test_keeps(self) -> None:
        """A proxy that leaves its ports to frps."""
        self.assertEqual(self.failing(Keeping), "test_close")

    def test_trusts(self) -> None:
        """One that refuses nothing, and breaks where a client says less than ours."""
        self.assertEqual(self.failing(Trusting), "test_refused test_stranger")


class Backwards(End):
    """A stream that gives what was put back in the wrong order."""

    def unread(self, data: bytes) -> None:
        self.paused = True
        self._unread += data


class Forgetful(End):
    """A stream that has room for one producer, and forgets the one before."""

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self.producer = None
        super().registerProducer(producer, streaming)


class Cut(End):
    """A stream that ends both directions when one of them ends."""

    def loseWriteConnection(self) -> None:
        self.loseConnection()


class StreamTests(SynchronousTestCase):
    """The author of a stream has made a mistake."""

    def failing(self, kind: type[End]) -> str:
        """@return: which tests fail for streams of this class."""

        class Case(StreamContract, SynchronousTestCase):
            pipe: Pipe

            def connect(self, near: Protocol, far: Protocol) -> None:
                self.pipe = pipe = Pipe(1 << 16)
                pipe.client = end = kind(1 << 16)
                pipe.server.other, end.other = end, pipe.server
                for side, protocol in ((end, near), (pipe.server, far)):
                    side.protocol = protocol
                    protocol.makeConnection(side)

            def settle(self) -> None:
                self.pipe.pump()

        failed = []
        for name in ("test_interface", "test_unread", "test_oneProducer", "test_halfClose", "test_close"):
            result = TestResult()
            Case(name).run(result)
            failed += [name] if result.failures or result.errors else []
        return " ".join(failed)

    def test_right(self) -> None:
        """Where there is none, all pass."""
        self.assertEqual(self.failing(End), "")

    def test_wrong(self) -> None:
        """What is wrong is found by its test."""
        self.assertEqual(self.failing(Backwards), "test_unread")
        self.assertEqual(self.failing(Forgetful), "test_oneProducer")
        self.assertEqual(self.failing(Cut), "test_halfClose")
