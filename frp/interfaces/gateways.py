"""Gateways: doors of frps that many proxies share; and ports that many doors share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import attrs
from twisted.internet.interfaces import IProtocolFactory
from zope.interface import Attribute, Interface

from frp.interfaces.sites import ISite
from frp.values import frozen

if TYPE_CHECKING:
    from frp.config.server import ServerConfig
    from frp.interfaces.flowing import Flowing
    from frp.interfaces.operations import Caller
    from frp.interfaces.registries import IClaims, IMemberships
    from frp.interfaces.streams import IStream

__all__ = [
    "MAX_SNIFF",
    "Claim",
    "IElsewhere",
    "IGateway",
    "IGatewayKind",
    "IGatewaySite",
    "IReceivingGateway",
    "ISharedPort",
]

MAX_SNIFF = 64
"""No claim may ask for more bytes than this."""


@frozen
class Claim:
    """
    Which connections of a shared port belong to a protocol.

    @ivar priority: lower ones are asked first; a later claim is not asked before the earlier ones have said no.
    @ivar need: how many bytes C{matches} gets at least.
    @ivar answer: builds the protocol that gets the connection, and all of its bytes.
    @ivar could: gets fewer than C{need}, at least one: whether C{matches} may still say yes when there are more. A no
        lets later claims be asked at once; without this they wait until there are as many as this one needs.
    """

    name: str
    priority: int
    need: int = attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(MAX_SNIFF)])
    matches: Callable[[bytes], bool]
    answer: IProtocolFactory
    could: Callable[[bytes], bool] = lambda first: True


class ISharedPort(Interface):
    """One listening port, many protocols."""

    def claim(claim: Claim) -> None:
        """Claim connections. Between equal priorities, the claim that needs fewer bytes is asked first."""


class IGatewayKind(Interface):
    """
    C{gateways[].type}: a door of frps that many proxies share. One that provides L{IConfigured} is made for each table
    of its type, and never without one; others, such as that of C{vhostHTTPPort}, are made once. That is when the server
    starts, before clients come; proxies ask for it by its name (L{IServerSite.gateway}). Where making or opening one
    raises an L{FRPError<frp.errors.FRPError>}, the server does not start.
    """

    def gateway(config: Any, site: IGatewaySite) -> IGateway | None:
        """
        @return: nothing is opened yet; None where the configuration asks for none.
        @param config: an instance of C{schema}; None for a kind that has none.
        """


class IGateway(Interface):
    """The door, on one server."""

    def open() -> None:
        """Take users from now on."""

    def close() -> Awaitable[object] | None:
        """The server stops: users that are served were given their time. The ports are closed by then."""


class IReceivingGateway(IGateway):
    """A door that serves users whom another process has accepted, if they are passed on to this one."""

    def receive(user: IStream, said: bytes) -> None:
        """
        @param user: paused; it cannot be passed on again.
        @param said: all that the user has said.
        """


class IElsewhere(Interface):
    """
    Where users of a proxy are better served than here: by the process of the same machine where its client is. It
    serves them as if they had come there, with hooks and limits of its own, and nothing crosses between the two.

    A no is nothing to worry about: the other process does not take users now, or the user's stream is not an
    L{IPassable<frp.interfaces.IPassable>}. Who hears it serves the user here. After a yes the stream is gone, and its
    protocol hears nothing of it.
    """

    def join(user: IStream, rest: bytes) -> bool:
        """Have the user joined with this very proxy there, as L{IServerSite.join} does it; which asks this itself."""

    def receive(gateway: str, user: IStream, said: bytes) -> bool:
        """
        Have the user begin anew at a gateway there.

        @param gateway: its name; it is an L{IReceivingGateway}.
        @param said: all that the user has said.
        """


class IGatewaySite(ISite):
    """All that a gateway may ask of its server."""

    name: str = Attribute("of the gateway: no other one of the server has it")
    config: ServerConfig = Attribute("the server's configuration")
    flowing: Flowing = Attribute("users that are being served; the server lets them finish (C{gracePeriod})")
    routes: IClaims = Attribute("which routes are taken, of all gateways: claim them together with L{name}")
    memberships: IMemberships = Attribute("of load-balancing groups, of all gateways: the same")

    def watches(name: str) -> bool:
        """Whether any hook is told of this event: look before making what it is told."""

    def tell(name: str, message: object, caller: Caller = ...) -> None:
        """
        Tell the hooks that watch, in the background.

        @param name: one of L{EVENTS<frp.interfaces.operations.EVENTS>}.
        @param caller: L{IServerSite.caller} of the proxy concerned; nobody, where there is none.
        """

    def shares(port: int) -> bool:
        """Whether clients come to this port: it is C{bindPort}, and C{proxyBindAddr} is C{bindAddr}."""

    def listen(port: int, claim: Claim) -> int:
        """
        Take the connections of a TCP port of C{proxyBindAddr}: of one that is shared (L{shares}), those that begin as
        the claim says; else the port is opened, and all of its connections are for C{claim.answer}. Returns the port.

        @raise frp.errors.PortTaken: it cannot be had.
        """
