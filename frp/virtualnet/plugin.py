"""C{plugin.type = "virtual_net"} of a proxy: visitors are peers in the virtual network."""

from __future__ import annotations

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.virtualnet.link import Link
from frp.virtualnet.part import VirtualNet

__all__ = ["VirtualNetPlugin", "VirtualNetPluginConfig"]


@table
class VirtualNetPluginConfig(PluginConfig):
    """Visitors are peers in the virtual network: the machine of frpc is reached at its virtualNet.address."""


class _Peers(Factory):
    noisy = False

    def __init__(self, config: VirtualNetPluginConfig, site: IClientPluginSite) -> None:
        """@raise frp.errors.Unavailable: C{virtualNet.address} is not set."""
        self._net: VirtualNet = site.part("virtualNet")
        self._links: set[Link] = set()

    def buildProtocol(self, addr: IAddress | None) -> Link:
        link = self._net.link(self._links.discard)
        self._links.add(link)
        return link

    def stopFactory(self) -> None:
        """Peers would stay for ever: they go with the proxy."""
        while self._links:
            self._links.pop().close()


@implementer(IClientPlugin)
class VirtualNetPlugin:
    schema = VirtualNetPluginConfig
    examples = ('type = "virtual_net"\n',)

    factory = _Peers
