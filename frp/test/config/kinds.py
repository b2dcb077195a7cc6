"""A registry for tests of the configuration: proxies of the type tcp, which carry nothing, and those with visitors."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.interfaces import IClientPlugin, IProxyKind, IVisitorKind, IVisitorPlugin
from frp.kinds import Contribution, Registry

__all__ = ["TCPConfig", "registry", "withVisitors"]


@table
class TCPConfig(ProxyConfig):
    """A TCP port of the server, passed on to a local service."""

    remotePort: int = key(0, "The port on the server.")


@implementer(IProxyKind)
class Kind:
    """A kind that can only be configured."""

    schema = TCPConfig
    examples = ('name = "a"\ntype = "tcp"\n',)

    def announce(self, config: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def addresses(self, message: Any, remote: Any, public: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def ports(self, message: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def check(self, message: Any, server: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def serverProxy(self, message: Any, site: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def clientProxy(self, config: Any, site: Any) -> Any:
        """Never called here."""
        raise NotImplementedError


def registry() -> Registry:
    """Knows the type tcp."""
    return Registry(find=lambda: [_tcp()])


def withVisitors() -> Registry:
    """Knows the types with domains and those with visitors, too, the visitors, and the plugins of both."""
    return Registry(
        find=lambda: [
            _tcp(),
            *Registry().contributions(IClientPlugin),
            *Registry().contributions(IVisitorPlugin),
            Contribution(IProxyKind, "http", "by domain", "frp.proxies.http.HTTP"),
            Contribution(IProxyKind, "https", "by domain", "frp.proxies.https.HTTPS"),
            Contribution(IProxyKind, "tcpmux", "by domain", "frp.proxies.tcpmux.TCPMux"),
            Contribution(IProxyKind, "stcp", "for visitors", "frp.proxies.stcp.STCP"),
            Contribution(IProxyKind, "sudp", "for visitors", "frp.proxies.sudp.SUDP"),
            Contribution(IVisitorKind, "stcp", "a visitor", "frp.visitors.stcp.STCP"),
            Contribution(IVisitorKind, "sudp", "a visitor", "frp.visitors.sudp.SUDP"),
        ]
    )


def _tcp() -> Contribution:
    return Contribution(IProxyKind, "tcp", "a TCP port", "frp.test.config.kinds.Kind")
