"""C{type = "tcpmux"}: a host that users ask for by C{CONNECT} on C{tcpmuxHTTPConnectPort}, and a service for it."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.gateways.routes import Route
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.domains import DomainConfig, DomainKind, DomainProxy, checkDomains
from frp.wire.messages import NewProxy

__all__ = ["TCPMux", "TCPMuxConfig"]

_MULTIPLEXERS = ("httpconnect",)


@table
class TCPMuxConfig(DomainConfig, ProxyConfig):
    """A local service that users ask for by the request CONNECT."""

    httpUser: str = key("", "The user that is asked for; nobody is asked while this is empty.")
    httpPassword: str = key("", "The password that is asked for.", secret=True)
    routeByHTTPUser: str = key("", "Only for users who say this name; empty takes everybody.")
    multiplexer: str = key(
        "",
        'How users say whom they want: "httpconnect".',
        oneOf=_MULTIPLEXERS,
        refusal="not support multiplexer: {value}",
    )


@implementer(IProxyKind)
class TCPMux(DomainKind):
    schema = TCPMuxConfig
    examples = (
        """
name = "ssh"
type = "tcpmux"
multiplexer = "httpconnect"
localPort = 22
customDomains = ["machine.example.com"]
""",
    )

    def announce(self, config: TCPMuxConfig) -> NewProxy:
        message = super().announce(config)
        message.http_user = config.httpUser
        message.http_pwd = config.httpPassword
        message.route_by_http_user = config.routeByHTTPUser
        message.multiplexer = config.multiplexer
        return message

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        if message.multiplexer == "httpconnect" and server.tcpmuxHTTPConnectPort == 0:
            brief = "tcpmux with multiplexer httpconnect not supported because this feature is not enabled in server"
            raise Refused(brief, f"{brief}: set tcpmuxHTTPConnectPort in frps")
        checkDomains(message, server)
        if message.multiplexer not in _MULTIPLEXERS:
            raise Refused(f"unknown multiplexer [{message.multiplexer}]")

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return DomainProxy(
            message,
            site,
            "tcpmux",
            "tcpmux httpconnect multiplexer listens for host [{host}], group [{group}] routeByHTTPUser [{user}]",
            site.join,
            lambda domain: [Route(domain, message.route_by_http_user, (message.http_user, message.http_pwd))],
        )
