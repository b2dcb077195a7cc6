"""A proxy gives back some of what it has opened."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import table
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.kinds import Contribution
from frp.proxies.local import LocalService
from frp.proxies.registration import Portless
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import registryWith
from frp.wire.messages import NewProxy


@table
class ThreeConfig(ProxyConfig):
    """Three ports."""


@implementer(IServerProxy)
class ThreePorts:
    """Two ports of TCP, and one of UDP."""

    def __init__(self, site: IServerSite) -> None:
        self.site = site
        self.first, self.second = Factory.forProtocol(Protocol), Factory.forProtocol(Protocol)
        self.datagrams = DatagramProtocol()

    def open(self) -> Deferred[str]:
        """Open all of them."""
        site = self.site
        opening: list[Deferred[Any]] = [site.listen(6000, self.first), site.listen(6001, self.second)]
        return gatherResults([*opening, site.bind(6002, self.datagrams)]).addCallback(lambda _: ":6000")

    def close(self) -> Deferred[None]:
        """Close those that are left."""
        return self.site.release()


@implementer(IProxyKind)
class Three(Portless):
    """The kind, which keeps what it made."""

    schema = ThreeConfig
    examples = ('name = "a"\ntype = "three"\nlocalPort = 22\n',)
    clientProxy = LocalService

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        self.made = ThreePorts(site)
        return self.made


class ReleaseTests(NetworkTestCase):
    """Ports that are given back while their proxy lives."""

    def setUp(self) -> None:
        super().setUp()
        kind = Three()
        self.network.registry = registryWith(Contribution(IProxyKind, "three", "three ports", kind))
        self.network.server()
        proxy = {"name": "a", "type": "three", "localPort": 22}
        self.client = self.network.client(proxies=[proxy])
        self.proxy = kind.made

    def open(self) -> tuple[list[int], list[int]]:
        """@return: the ports of TCP and of UDP that are open."""
        reactor = self.network.reactor
        return [port for port in (6000, 6001) if port in reactor.ports], list(reactor.udpPorts)

    def test_one(self) -> None:
        """The port of one factory closes, and nothing else; another proxy can have it."""
        self.assertEqual(self.open(), ([6000, 6001], [6002]))
        closing = self.proxy.site.release(self.proxy.first)
        self.network.settle()
        self.successResultOf(closing)
        self.assertEqual(self.open(), ([6001], [6002]))
        self.network.client(proxies=[{"name": "b", "type": "tcp", "localPort": 22, "remotePort": 6000}])
        self.assertEqual(self.open(), ([6000, 6001], [6002]))

    def test_datagrams(self) -> None:
        """So does that of a protocol for datagrams."""
        closing = self.proxy.site.release(self.proxy.datagrams)
        self.network.settle()
        self.successResultOf(closing)
        self.assertEqual(self.open(), ([6000, 6001], []))

    def test_again(self) -> None:
        """What was given back may be opened again, and is closed with the proxy."""
        site, factory = self.proxy.site, self.proxy.first
        site.release(factory)
        self.network.settle()
        opening = site.listen(6000, factory)
        self.network.settle()
        self.assertEqual(self.successResultOf(opening), 6000)
        self.client.stopService()
        self.network.advance(1)
        self.assertEqual(self.open(), ([], []))

    def test_unknown(self) -> None:
        """What nothing was opened for closes nothing."""
        self.successResultOf(self.proxy.site.release(Factory()))
        self.assertEqual(self.open(), ([6000, 6001], [6002]))
