"""C{type = "unix_domain_socket"}: users are passed on to a Unix socket."""

from __future__ import annotations

from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.onward import OnwardFactory

__all__ = ["UnixDomainSocket", "UnixDomainSocketConfig"]


@table
class UnixDomainSocketConfig(PluginConfig):
    """Users are passed on to a Unix socket."""

    unixPath: str = key(
        "",
        'The path of the socket; one that begins with "@" is a name in the abstract namespace of Linux.',
        required=True,
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
        path = config.unixPath
        path = "\0" + path[1:] if path.startswith("@") else path
        endpoint = site.endpoint(f"unix:{quoteStringArgument(path)}")
        return OnwardFactory(site, endpoint, "dial to uds error: {reason}", "dial to uds error: {reason}")
