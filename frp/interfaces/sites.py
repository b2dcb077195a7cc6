"""
What all kinds have in common: how they are announced and configured, and their sites. A I{site} is all that a kind, or
a thing that it made, may ask of its service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IReactorCore,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorThreads,
    IReactorTime,
    IReactorUDP,
    IStreamClientEndpoint,
)
from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

from frp.logs import Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

__all__ = [
    "IConfigured",
    "IContribution",
    "ILocalSite",
    "IPasses",
    "IReachingSite",
    "IReactor",
    "ISharingSite",
    "ISite",
]


class IContribution(IPlugin):
    """
    What stands in C{twisted/plugins}: the announcement of one kind. Cheap to import; the kind behind it is loaded, and
    verified against its family's interface, when it is first asked for.
    """

    family: type = Attribute("the interface which the kind provides, such as C{IProxyKind}")
    name: str = Attribute("what users write in a configuration, unique in the family")
    summary: str = Attribute("one line for C{frps plugins}")
    target: str = Attribute("dotted name of the kind: a class without constructor arguments, or an object")
    onlyWith: str = Attribute(
        "of a gateway, a door or a part: the key without which it is not imported, C{virtualNet.address}; or empty"
    )
    onDemand: bool = Attribute("of a part: whether it is not made before somebody asks for it")


class IConfigured(Interface):
    """
    A kind that users configure. Proxy types, client plugins, visitors and hooks are; a gateway, a transport or an
    authenticator provides this besides, if it has keys of its own.
    """

    schema: type = Attribute("the declared configuration class (L{frp.config.schema})")
    examples: tuple[str, ...] = Attribute("TOML texts, each a complete table; tested, and shown in the reference")


class IReactor(IReactorCore, IReactorThreads, IReactorTCP, IReactorUDP, IReactorTime, IReactorPluggableNameResolver):
    """
    What frp asks of a reactor. Nobody declares to provide it: every reactor that has these interfaces is one, and so is
    an L{eager<frp.sockets.eager.eager>} one.
    """

    def listenTCP(port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> IListeningPort:
        """As Twisted has it, which asks for a class where any factory will do."""


class IPasses(Interface):
    """
    A reactor that says when it has handled all that was ready. Only L{frp.sockets.lean} is one; whoever would gather
    what leaves until then asks for this interface, and does without where there is none.
    """

    def endOfPass(act: Callable[[], object]) -> None:
        """Call this once, when all that is ready now has been handled, and before the reactor waits again."""


class ISite(Interface):
    """Every site."""

    clock: IReactorTime = Attribute(
        "the time; of the halves of a proxy it is the reactor, also for C{deferToThreadPool}"
    )
    log: Log = Attribute("a logger that knows whose site it is: the client, the proxy, the visitor")


class IReachingSite(ISite):
    """The site of something that may reach others over the network."""

    reactor: IReactor = Attribute("the reactor, which is the clock as well")


class ISharingSite(ISite):
    """The site of something on frpc that uses parts."""

    def part(name: str) -> Any:
        """
        This client's C{IClientPart} of that name. A kind and the parts that it uses know each other's methods.

        @raise frp.errors.Unavailable: the client has none.
        """


class ILocalSite(ISite):
    """
    The site of something on frpc that reaches local services. Where one cannot be reached, it fails with
    L{LocalServiceDown<frp.errors.LocalServiceDown>}.
    """

    datagramSize: int = Attribute("bytes of a datagram that a proxy passes on: C{udpPacketSize}")

    def local(host: str, port: int) -> IStreamClientEndpoint:
        """@return: for a local service."""

    def endpoint(description: str) -> IStreamClientEndpoint:
        """
        The same, described as for Twisted's L{clientFromString<twisted.internet.endpoints.clientFromString>}. What
        means nothing raises the same error at once.
        """

    def service(endpoint: IStreamClientEndpoint) -> IStreamClientEndpoint:
        """
        Say that this is the one service behind the proxy. Whoever keeps frpc is shown when a user does not reach it,
        and can test it. Not for what users choose themselves.

        @return: the same, to connect users with.
        """

    def resolve(host: str) -> Deferred[str]:
        """@return: the IP address of a name; an IP address is its own."""
