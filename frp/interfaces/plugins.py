"""Client plugins: what answers users in place of a local service. Parts: what kinds of one client share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IConfigured, ILocalSite, IReachingSite, ISharingSite

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.interfaces import IProtocolFactory
    from twisted.internet.protocol import DatagramProtocol

    from frp.config.client import ClientConfig
    from frp.interfaces.streams import IStream

__all__ = ["IClientPart", "IClientPartKind", "IClientPartSite", "IClientPlugin", "IClientPluginSite"]


class IClientPlugin(IConfigured):
    """C{proxies[].plugin.type}. C{config} is an instance of C{schema}."""

    def factory(config: Any, site: IClientPluginSite) -> IProtocolFactory:
        """
        Called when frps has accepted the proxy. The factory is started (C{doStart}) then, and stopped (C{doStop}) when
        the proxy closes, while users that are being served live on. It builds a protocol for each user, None for one
        who is to be dropped; the transport is an L{IStream} whose C{getPeer} is the user and whose C{getHost} is what
        the user reached, where frps says so.

        @raise frp.errors.FRPError: it is shown as the proxy's C{start error}, and tried again later.
        """


class IClientPluginSite(IReachingSite, ILocalSite, ISharingSite):
    """All that a client plugin may ask of its client."""

    name: str = Attribute("of the proxy")
    type: str = Attribute("of the proxy, such as C{tcp}")

    def join(user: IStream, local: IStream, rest: bytes = b"") -> None:
        """
        Splice a user's transport and another one, and step aside. The user's is the one that a protocol of the plugin's
        factory got, or one on top of it, such as TLS; best paused since C{rest} came, which the user has sent already.
        """

    def header(user: IStream) -> bytes:
        """
        @return: the PROXY protocol header that the proxy's C{proxyProtocolVersion} asks for; empty where it asks for
            none, or where nobody says who the user is.
        @param user: the transport that a protocol of the plugin's factory got.
        @raise frp.errors.LocalWireError: the addresses cannot be said in that version.
        """

    def bind(host: str, port: int, protocol: DatagramProtocol) -> None:
        """
        Open a UDP port of this machine, for whole datagrams of any length. It is the protocol's C{transport}, which
        closes it with C{stopListening}.

        @param host: an IP address; C{"0.0.0.0"} and C{"::"} are all of a family.
        @param port: 0 takes any.
        @raise frp.errors.PortTaken: it cannot be had.
        """

    def sender(port: int) -> tuple[str, int] | None:
        """
        Who stands behind a datagram that came from this port of C{127.0.0.1}: IP address and port of a user of one of
        this client's udp proxies; None where it is no such port. It is looked up, not told by the datagram: nobody can
        claim to be another, and nothing that gets lost changes it.
        """


class IClientPartSite(IReachingSite):
    """All that a part may ask of its client."""

    table: Any = Attribute(
        "the kind's own table, C{[NAME]} in a configuration of frpc, with all defaults where there is none; None for a"
        " kind that does not provide L{IConfigured}"
    )


class IClientPartKind(Interface):
    """
    Something that several proxies, plugins or visitors of one client share, and that is there once for each client.
    They ask for it by its name: C{site.part(name)}. Where making or starting one raises an
    L{FRPError<frp.errors.FRPError>}, at once or when it is awaited, the client does not start.
    """

    def part(config: ClientConfig, site: IClientPartSite) -> IClientPart | None:
        """@return: not started yet; None where the configuration asks for none."""


class IClientPart(Interface):
    """The part, of one client."""

    def start() -> Awaitable[None] | None:
        """The client starts; sessions come later."""

    def stop() -> Awaitable[None] | None:
        """The client has stopped, and nobody uses the part any more."""
