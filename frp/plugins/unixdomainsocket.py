"""
C{type = "unix_domain_socket"}: users are passed on to a Unix socket.
"""

from __future__ import annotations

from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.errors import FRPError, LocalWireError
from frp.interfaces import IClientPlugin, IClientPluginSite, IStream
from frp.plugins.onward import Onward
from frp.plugins.tables import required

__all__ = ["UnixDomainSocket", "UnixDomainSocketConfig"]


@table
class UnixDomainSocketConfig(PluginConfig):
    """Users are passed on to a Unix socket."""

    unixPath: str = key(
        "",
        'The path of the socket; one that begins with "@" is a name in the abstract namespace of Linux.',
        check=required("unixPath"),
    )


@implementer(IClientPlugin)
class UnixDomainSocket:
    """The kind."""

    schema = UnixDomainSocketConfig
    examples = (
        """
type = "unix_domain_socket"
unixPath = "/run/app.sock"
""",
    )

    def factory(self, config: UnixDomainSocketConfig, site: IClientPluginSite) -> Factory:
        """As L{IClientPlugin.factory<frp.interfaces.IClientPlugin.factory>}."""
        path = config.unixPath
        path = "\0" + path[1:] if path.startswith("@") else path
        return _Users(site, site.endpoint(f"unix:{quoteStringArgument(path)}"))


class _Users(Factory):
    noisy = False

    def __init__(self, site: IClientPluginSite, endpoint: IStreamClientEndpoint) -> None:
        self._site = site
        self._endpoint = endpoint

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self._site, self._endpoint)


class _User(Onward):
    def __init__(self, site: IClientPluginSite, endpoint: IStreamClientEndpoint) -> None:
        super().__init__(site)
        self._endpoint = endpoint

    def connectionMade(self) -> None:
        self.dial(self._endpoint)

    def reached(self, local: IStream) -> None:
        """As L{Onward.reached}."""
        try:
            local.write(self.site.header(self.transport))
        except LocalWireError as error:
            local.abortConnection()
            self.unreached(error)
        else:
            self.site.join(self.transport, local)

    def unreached(self, error: FRPError) -> None:
        """As L{Onward.unreached}."""
        self.site.log.warn("dial to uds error: {reason}", reason=error.detail)
        self.transport.abortConnection()
