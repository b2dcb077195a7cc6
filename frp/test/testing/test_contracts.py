"""
What the contracts find.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.reporter import TestResult
from twisted.trial.unittest import SynchronousTestCase

from frp.client.service import FRPClient
from frp.errors import Refused
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract
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
