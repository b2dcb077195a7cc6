"""C{type = "unix_domain_socket"}: users are passed on to a Unix socket."""

from __future__ import annotations

from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.onward import OnwardFactory
from frp.wire.address import unixFault

__all__ = ["UnixDomainSocket", "UnixDomainSocketConfig"]


def _name(path: str) -> str:
    """@return: as the system takes it."""
    return "\0" + path[1:] if path.startswith("@") else path


def _tooLong(path: str, _plugin: object) -> str:
    """The reference takes it, and users come for nothing."""
    fault = unixFault(_name(path))
    return f"users are dropped: {fault}" if fault else ""


@table
class UnixDomainSocketConfig(PluginConfig):
    """Users are passed on to a Unix socket."""

    unixPath: str = key(
        "",
        'The path of the socket; one that begins with "@" is a name in the abstract namespace of Linux.',
        required=True,
        doubt=_tooLong,
    )


@implementer(IClientPlugin)
class UnixDomainSocket:
    schema = UnixDomainSocketConfig
    examples = (
        """
type = "unix_domain_socket"
unixPath = "/run/app.sock"
""",
    )

    def factory(self, config: UnixDomainSocketConfig, site: IClientPluginSite) -> Factory:
        endpoint = site.endpoint(f"unix:{quoteStringArgument(_name(config.unixPath))}")
        return OnwardFactory(site, endpoint, "dial to uds error: {reason}", "dial to uds error: {reason}")
