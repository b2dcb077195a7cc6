"""
The interfaces of frp: few, and used by the built-ins themselves.

House rule: no interface where Twisted has one. A tunnel stream is an
L{ITransport<twisted.internet.interfaces.ITransport>}, what dials is an
L{IStreamClientEndpoint<twisted.internet.interfaces.IStreamClientEndpoint>}, what answers is an
L{IProtocolFactory<twisted.internet.interfaces.IProtocolFactory>}, what lives is an
L{IService<twisted.application.service.IService>}.

A I{kind} is a stateless singleton that users name in a configuration. It makes I{things}, which have a life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IConsumer, IPushProducer, IStreamClientEndpoint, ITransport
from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from typing import TypeVar

    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime
    from twisted.internet.protocol import DatagramProtocol

    from frp.config.client import AuthClientConfig
    from frp.config.proxy import ProxyConfig
    from frp.config.server import AuthServerConfig, ServerConfig
    from frp.hooks.operation import (
        ClientClosed,
        ConnectionClosed,
        LoginAnswered,
        NewUserConn,
        Operation,
        ProxyAnswered,
    )
    from frp.logs import Log
    from frp.session.flowing import Flowing
    from frp.session.meter import Meter
    from frp.transports.port import Claim
    from frp.transports.sites import DialSite, ListenSite
    from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping, StartWorkConn

    T = TypeVar("T")

__all__ = [
    "IAuthenticationSite",
    "IAuthenticator",
    "IAuthenticatorKind",
    "IClientPlugin",
    "IClientPluginSite",
    "IClientProxy",
    "IClientSite",
    "IConfigured",
    "IContribution",
    "IGateway",
    "IGatewayKind",
    "IGatewaySite",
    "IProxyKind",
    "IServerHook",
    "IServerHookKind",
    "IServerHookSite",
    "IServerProxy",
    "IServerSite",
    "ISession",
    "IStream",
    "ITunnelTransport",
    "IVisitor",
    "IVisitorKind",
    "IVisitorSite",
]


class IContribution(IPlugin):
    """
    What stands in C{twisted/plugins}: the announcement of one kind. Cheap to import; the kind behind it is loaded, and
    verified against its family's interface, when it is first asked for.
    """

    family: type = Attribute("the interface which the kind provides, such as L{IProxyKind}")
    name: str = Attribute("what users write in a configuration, unique in the family")
    summary: str = Attribute("one line for C{frps plugins}")
    target: str = Attribute("dotted name of the kind: a class without constructor arguments, or an object")


class IConfigured(Interface):
    """
    A kind that users configure. Proxy types, client plugins, visitors and hooks are; a gateway, a transport or an
    authenticator provides this besides, if it has keys of its own.
    """

    schema: type = Attribute(
        "the declared configuration class (L{frp.config.schema}), whose fields are the table's keys"
    )
    examples: tuple[str, ...] = Attribute(
        "TOML texts, each a complete table of this kind; a test parses them, the reference shows them"
    )


class IStream(ITransport, IConsumer, IPushProducer):
    """
    One logical connection between frpc and frps: a yamux stream, a QUIC stream, or a whole TCP connection where nothing
    is multiplexed. Twisted's transports for TCP and TLS have all of it, though they do not say so.

    A stream may be half-closed where its carrier can: C{loseWriteConnection()} ends our direction, and a protocol that
    provides L{IHalfCloseableProtocol<twisted.internet.interfaces.IHalfCloseableProtocol>} hears of the end of the
    peer's. C{abortConnection()} drops it at once. As with any Twisted transport, C{protocol} may be replaced; the new
    one then gets C{makeConnection} and what was left over.
    """

    protocol: IProtocol = Attribute("what receives: dataReceived, connectionLost and, when paused, nothing")

    def getPeer() -> IPv4Address | IPv6Address:
        """@return: the far end of what carries the stream: always an IP address, which the log and the hooks show."""

    def getHost() -> IPv4Address | IPv6Address:
        """@return: our end of what carries the stream."""

    def loseWriteConnection() -> None:
        """Say that no more bytes will come from us; keep receiving."""

    def abortConnection() -> None:
        """End it now: what is not sent is lost, and the peer sees a reset."""


class ISession(IStreamClientEndpoint):
    """
    Many streams between one frpc and one frps. C{connect(factory)} opens a stream; its Deferred fires with the
    protocol.
    """

    lost: Deferred[BaseException] = Attribute(
        "Deferred that fires, once, with the error that ended the session, itself and not in a Failure; never errbacks"
    )

    def close() -> None:
        """Flush what is queued, then end every stream and the carrier."""

    def abort() -> None:
        """End every stream and the carrier now. Never waits for the peer."""


class ITunnelTransport(Interface):
    """
    C{transport.protocol}: how frpc reaches frps. Not named ITransport, for half of the modules here import Twisted's.

    One that provides L{IConfigured} has a table with its name below C{transport}, in both programs: C{site.table}.
    """

    def dial(site: DialSite) -> Deferred[ISession]:
        """
        On frpc: reach the server.

        @param site: the reactor, the configuration, the log; the transport's own table.
        @return: fails with L{FRPError<frp.errors.FRPError>} that says what the peer looks like when it is not frps.
        """

    def listen(site: ListenSite) -> None:
        """
        On frps, once at start: claim what this transport needs.

        @param site: claims bytes on the shared port, opens ports of its own, and answers carriers and streams.
            Handshakes run per connection; a slow peer never holds up others.
        """


class IProxyKind(IConfigured):
    """C{proxies[].type}."""

    def announce(config: Any) -> NewProxy:
        """
        @param config: an instance of C{schema}.
        @return: the message that asks frps for this proxy, C{proxy_name} as configured.
        """

    def ports(message: NewProxy) -> int:
        """@return: how many of the server's ports this proxy takes; counted against C{maxPortsPerClient}."""

    def check(message: NewProxy, server: ServerConfig) -> None:
        """
        What frps refuses before anything is opened.

        @param message: of an untrusted client.
        @raise frp.errors.Refused: with the reference's text.
        """

    def serverProxy(message: NewProxy, site: IServerSite) -> IServerProxy:
        """@return: frps' half. Nothing is opened yet."""

    def clientProxy(config: Any, site: IClientSite) -> IClientProxy:
        """
        @param config: an instance of C{schema}.
        @return: frpc's half. Nothing is opened yet.
        """


class IServerProxy(Interface):
    """frps' half of one proxy: it takes users and joins them with work streams."""

    def open() -> str | Deferred[str]:
        """
        Take users from now on.

        @return: the remote address for the client, such as C{":6000"}.
        @raise frp.errors.FRPError: (at once or in the Deferred) why not; nothing stays open.
        """

    def close() -> Deferred[Any] | None:
        """
        Take no more users, give back names and ports at once. Joined users live on.

        @return: fires, with whatever, when ports can be bound again.
        """


class IClientProxy(Interface):
    """frpc's half of one proxy: it answers the work streams."""

    def open() -> Deferred[None] | None:
        """
        frps has accepted the proxy.

        @raise frp.errors.FRPError: (at once or in the Deferred) it is shown as C{start error} and withdraws the proxy.
        """

    def serve(stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        """
        Answer one user.

        @param stream: paused; it belongs to the proxy from here.
        @param start: says who the user is.
        @param rest: what the user has sent already; a protocol gets it with
            L{handOver<frp.session.greeting.handOver>}.
        """

    def close() -> None:
        """Take no more work streams. Users that are being served live on."""


class IServerSite(Interface):
    """All that frps' half of a proxy may ask of its server. Nothing here names another proxy."""

    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("a logger that knows the client and the proxy")
    meter: Meter = Attribute("counts this proxy's connections and bytes")
    datagramSize: int = Attribute("bytes of a datagram that are passed on: C{udpPacketSize}")

    def workStream(source: tuple[str, int] | None, destination: tuple[str, int] | None) -> Deferred[IStream]:
        """
        A work stream of the client, told to serve this proxy.

        @param source: host and port of the user, where there is one.
        @param destination: host and port that the user reached.
        @return: fires with a stream that is paused; fails with L{NoWorkStream<frp.errors.NoWorkStream>}.
        """

    def join(user: IStream, rest: bytes = b"") -> None:
        """
        Fetch a work stream for this user's transport, and splice the two with the limits, encryption and compression of
        the proxy. The user is paused until then, and dropped when there is no work stream.

        The transport's protocol is replaced, and hears no more. To learn of the end, join a
        L{StreamWrapper<frp.hooks.wrapper.StreamWrapper>} around the transport.

        @param rest: what the user has sent already: it goes before all that comes.
        """

    def handOver(stream: IStream, protocol: IProtocol, *, counted: bool = False) -> None:
        """
        Give a work stream to a protocol of ours, with the limits, encryption and compression of the proxy in between.
        The protocol's transport is an L{IStream}, too.

        @param counted: it is a connection of the proxy for the meter, which gets the protocol's bytes at its end.
        """

    def together(act: Callable[[], T]) -> T:
        """Do something that sends to the client, in one write where the client's streams share a carrier."""

    def listen(port: int, factory: IProtocolFactory) -> int:
        """
        Open a TCP port for this proxy, reserved for its name; shared, when the proxy is in a load-balancing group.

        @param port: 0 lets the server choose.
        @return: the port that was opened.
        @raise frp.errors.PortTaken: with the reference's text.
        """

    def bind(port: int, protocol: DatagramProtocol) -> int:
        """
        The same for UDP, without groups.

        @param protocol: gets one byte more than C{datagramSize} of a datagram that is longer, so that it can tell. A
            L{BurstProtocol<frp.transports.datagram.BurstProtocol>} gets many at a time.
        """

    def welcome(factory: IProtocolFactory, secretKey: str, users: Collection[str]) -> None:
        """
        Take visitors: connections that other clients bring, and that reach the factory as those of a port do. The
        visitor's own encryption and compression are undone by then.

        @param secretKey: what a visitor must know.
        @param users: whose visitors may come, C{"*"} for everybody's; when empty, those of this client's user.
        @raise frp.errors.NameTaken: the proxy's name takes visitors already; with the reference's text.
        """

    def gateway(name: str) -> Any:
        """
        @param name: as it is configured; or the name of the kind, where the server has one gateway of it.
        @return: the server's L{IGateway} of that name. A kind of proxy and its gateway know each other's methods.
        @raise frp.errors.Refused: the server has none, or more than one.
        """

    def release() -> Deferred[Any]:
        """
        Give back all that was listened to, bound or welcomed.

        @return: fires, with whatever, when the ports are free.
        """


class IClientSite(Interface):
    """All that frpc's half of a proxy may ask of its client."""

    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("a logger that knows the session and the proxy")
    datagramSize: int = Attribute("bytes of a datagram that are passed on: C{udpPacketSize}")

    def local(host: str, port: int) -> IStreamClientEndpoint:
        """@return: for a local service; its failures are L{LocalServiceDown<frp.errors.LocalServiceDown>}."""

    def endpoint(description: str) -> IStreamClientEndpoint:
        """As L{IClientPluginSite.endpoint}."""

    def resolve(host: str) -> Deferred[str]:
        """
        @param host: a name or an IP address.
        @return: its IP address; fails with L{LocalServiceDown<frp.errors.LocalServiceDown>}.
        """

    def localDatagrams(
        address: str, port: int, protocol: DatagramProtocol, user: tuple[str, int] | None = None
    ) -> None:
        """
        Open a UDP socket towards a local service, and only that. It is the protocol's C{transport}, which closes it
        with C{stopListening}.

        @param address: an IP address.
        @param protocol: as for L{IServerSite.bind}.
        @param user: for whom it is, where the server says so: for L{IClientPluginSite.sender}.
        @raise frp.errors.LocalServiceDown: there is no way, or no socket left.
        """

    def join(stream: IStream, local: IStream, rest: bytes) -> None:
        """
        Splice a work stream, of which C{rest} was read already, and a connected transport, with the limits, encryption
        and compression of the proxy.
        """

    def handOver(stream: IStream, protocol: IProtocol, rest: bytes, start: StartWorkConn | None = None) -> None:
        """
        Give a work stream, of which C{rest} was read already, to a protocol of ours, with the limits, encryption and
        compression of the proxy in between. The protocol's transport is an L{IStream}, too. It flows from here, unless
        the protocol pauses it.

        @param start: where it says who the user is, and what the user reached, these are the transport's C{getPeer} and
            C{getHost}.
        """

    def plugin(config: ProxyConfig) -> IProtocolFactory:
        """
        @param config: the proxy's table, with a C{plugin} in it.
        @return: what answers the users in place of a local service. Not started.
        @raise frp.errors.FRPError: why there is none; it is shown as the proxy's C{start error}.
        """


class IClientPlugin(IConfigured):
    """C{proxies[].plugin.type}: what answers the users of a proxy in place of a local service."""

    def factory(config: Any, site: IClientPluginSite) -> IProtocolFactory:
        """
        Called when frps has accepted the proxy. The factory is started (C{doStart}) then, and stopped (C{doStop}) when
        the proxy closes, while users that are being served live on. It builds a protocol for each user, None for one
        who is to be dropped; the transport is an L{IStream} whose C{getPeer} is the user and whose C{getHost} is what
        the user reached, where frps says so.

        @param config: an instance of C{schema}.
        @raise frp.errors.FRPError: it is shown as the proxy's C{start error}, and tried again later.
        """


class IClientPluginSite(Interface):
    """All that a client plugin may ask of its client."""

    reactor: Any = Attribute("the reactor, for plugins that reach others")
    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("a logger that knows the session and the proxy")
    datagramSize: int = Attribute("bytes of a datagram that a proxy passes on: C{udpPacketSize}")

    def local(host: str, port: int) -> IStreamClientEndpoint:
        """@return: for a local service; its failures are L{LocalServiceDown<frp.errors.LocalServiceDown>}."""

    def endpoint(description: str) -> IStreamClientEndpoint:
        """
        @param description: as for Twisted's L{clientFromString<twisted.internet.endpoints.clientFromString>}.
        @return: its failures are L{LocalServiceDown<frp.errors.LocalServiceDown>}.
        @raise frp.errors.LocalServiceDown: the description means nothing.
        """

    def resolve(host: str) -> Deferred[str]:
        """
        @param host: a name or an IP address.
        @return: its IP address; fails with L{LocalServiceDown<frp.errors.LocalServiceDown>}.
        """

    def join(user: IStream, local: IStream, rest: bytes = b"") -> None:
        """
        Splice a user's transport and another one, and step aside.

        @param user: the transport that a protocol of the plugin's factory got, or one on top of it, such as TLS; best
            paused since C{rest} came.
        @param rest: what the user has sent already.
        """

    def header(user: IStream) -> bytes:
        """
        @param user: the transport that a protocol of the plugin's factory got.
        @return: the PROXY protocol header that the proxy's C{proxyProtocolVersion} asks for; empty where it asks for
            none, or where nobody says who the user is.
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
        Who stands behind a datagram that came from this port of C{127.0.0.1}. It is looked up, not told by the
        datagram: nobody can claim to be another, and nothing that gets lost changes it.

        @return: IP address and port of a user of one of this client's udp proxies; None where it is no such port.
        """


class IVisitorKind(IConfigured):
    """C{visitors[].type}: a door on this machine to a proxy that somebody publishes in secret."""

    def visitor(config: Any, site: IVisitorSite) -> IVisitor:
        """
        @param config: an instance of C{schema}.
        @return: nothing is opened yet.
        """


class IVisitor(Interface):
    """
    One visitor of frpc. It is opened when there is a session, and outlives it: users who come between two sessions wait
    for the next one.
    """

    def open() -> Deferred[None] | None:
        """
        Take users from now on.

        @raise frp.errors.FRPError: (at once or in the Deferred) it is logged, and tried again later; nothing stays
            open.
        """

    def close() -> Deferred[Any] | None:
        """
        Take no more users. Those that are being served live on.

        @return: fires, with whatever, when ports can be bound again.
        """


class IVisitorSite(IStreamClientEndpoint):
    """
    All that a visitor may ask of its client. It is the endpoint of the visited proxy: C{connect} opens a connection to
    it, with the visitor's encryption and compression in between; the protocol's transport is an L{IStream}. It fails
    with L{FRPError<frp.errors.FRPError>}. Where there is no session it waits for the next one, for a while.
    """

    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("a logger that knows the visitor")
    datagramSize: int = Attribute("bytes of a datagram that are passed on: C{udpPacketSize}")

    def join(user: IStream) -> None:
        """
        Connect to the visited proxy for this user, and splice the two. The user is paused until then, and dropped when
        the server refuses.
        """

    def listen(host: str, port: int, factory: IProtocolFactory) -> None:
        """
        Open a TCP port of this machine.

        @raise frp.errors.PortTaken: it cannot be had.
        """

    def bind(host: str, port: int, protocol: DatagramProtocol) -> None:
        """The same for UDP. C{protocol} is as for L{IServerSite.bind}."""

    def release() -> Deferred[Any]:
        """
        Give back all that was listened to or bound.

        @return: fires, with whatever, when the ports are free.
        """


class IGatewayKind(Interface):
    """
    C{gateways[].type}: a door of frps that many proxies share. One that provides L{IConfigured} is made for each table
    of its type, and never without one; others, such as that of C{vhostHTTPPort}, are made once. That is when the server
    starts, before clients come; proxies ask for it by its name (L{IServerSite.gateway}).
    """

    def gateway(config: Any, site: IGatewaySite) -> IGateway | None:
        """
        @param config: an instance of C{schema}; None for a kind that has none.
        @return: nothing is opened yet; None where the configuration asks for none.
        @raise frp.errors.FRPError: the server does not start without it.
        """


class IGateway(Interface):
    """The door, on one server."""

    def open() -> None:
        """
        Take users from now on.

        @raise frp.errors.FRPError: the server does not start without it.
        """

    def close() -> Deferred[Any] | None:
        """The server stops: users that are served were given their time. The ports are closed by then."""


class IGatewaySite(Interface):
    """All that a gateway may ask of its server."""

    clock: IReactorTime = Attribute("the time")
    config: ServerConfig = Attribute("the server's configuration")
    log: Log = Attribute("the server's logger")
    flowing: Flowing = Attribute("users that are being served; the server lets them finish (C{gracePeriod})")

    def shares(port: int) -> bool:
        """@return: whether clients come to this port: it is C{bindPort}, and C{proxyBindAddr} is C{bindAddr}."""

    def listen(port: int, claim: Claim) -> int:
        """
        Take the connections of a TCP port of C{proxyBindAddr}: of one that is shared (L{shares}), those that begin as
        the claim says; else the port is opened, and all of its connections are for C{claim.answer}.

        @return: the port.
        @raise frp.errors.PortTaken: it cannot be had.
        """


class IAuthenticationSite(Interface):
    """What an authenticator may ask of the service that uses it."""

    reactor: Any = Attribute("the reactor, for authenticators that reach others")
    clock: IReactorTime = Attribute("the time; its seconds are those since 1970")
    log: Log = Attribute("the service's logger")


class IAuthenticatorKind(Interface):
    """
    C{auth.method}. One that provides L{IConfigured} has a table with its name below C{auth}, in both programs:
    C{auth.table}.
    """

    def client(auth: AuthClientConfig, site: IAuthenticationSite) -> IAuthenticator | Deferred[IAuthenticator]:
        """
        @return: one that signs.
        @raise frp.errors.FRPError: (at once or in the Deferred) frpc does not start without it.
        """

    def server(auth: AuthServerConfig, site: IAuthenticationSite) -> IAuthenticator | Deferred[IAuthenticator]:
        """
        @return: one that verifies. A Deferred is cancelled when frps is stopped meanwhile.
        @raise frp.errors.FRPError: (at once or in the Deferred) frps does not start without it.
        """


class IAuthenticator(Interface):
    """Proves and checks who a client is."""

    key: bytes = Attribute("what the encryption of control connections and payload is derived from; may be empty")

    def sign(message: Login | Ping | NewWorkConn) -> Deferred[None] | None:
        """
        Fill in the proof.

        @param message: changed in place where the configuration's scopes ask for it.
        """

    def verify(message: Login | Ping | NewWorkConn) -> Deferred[None] | None:
        """
        @param message: of an untrusted client.
        @raise frp.errors.AuthError: with the reference's text.
        """

    def close() -> None:
        """The service stops: give up what is under way. Who waits for it gets an L{FRPError<frp.errors.FRPError>}."""


class IServerHookSite(Interface):
    """What a hook may ask of its server."""

    reactor: Any = Attribute("the reactor, for hooks that reach others")
    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("the server's logger")


class IServerHookKind(IConfigured):
    """C{hooks[].type}. An entry of C{httpPlugins} is of the kind C{http}."""

    def hook(config: Any, site: IServerHookSite) -> IServerHook:
        """
        @param config: an instance of C{schema}.
        @raise frp.errors.FRPError: the server does not start without it.
        """


class IServerHook(Interface):
    """
    Is asked before a server does something, and may change or refuse it; and is told of what has happened.

    Only methods of C{operations} that it watches are called, and only these need be there: derive from
    L{ServerHook<frp.hooks.base.ServerHook>}, which has them all.

    Each method that is asked returns what goes on: the message that it was given, changed or not, or another one of the
    same class; or a coroutine or Deferred that gives it. It raises L{Refused<frp.errors.Refused>} with what the client
    is told. Any other error, a message that could not have come over the wire, and no answer in the time that
    C{hooks[].timeout} gives, is a failure: the one operation is refused, or goes on without the hook
    (C{hooks[].onError}); what is still awaited is cancelled then.

    What is returned by a method that is told is ignored; it may be something to await, for which the time counts, too.
    """

    name: str = Attribute("stands in the log and in the metrics")
    operations: Collection[str] = Attribute(
        "the operations that it watches, by the names in L{frp.hooks.operation}; read once, nothing else is asked"
    )

    def login(operation: Operation[Login]) -> Login | Awaitable[Login]:
        """A client wants to log in. What it says of itself is not proven yet: that is looked at afterwards."""

    def newProxy(operation: Operation[NewProxy]) -> NewProxy | Awaitable[NewProxy]:
        """A client wants a proxy; nothing of the message has been checked."""

    def closeProxy(operation: Operation[CloseProxy]) -> CloseProxy | Awaitable[CloseProxy]:
        """Told: a proxy was closed."""

    def ping(operation: Operation[Ping]) -> Ping | Awaitable[Ping]:
        """A heartbeat, before it is verified. A client whose heartbeat is refused ends its session."""

    def newWorkConn(operation: Operation[NewWorkConn]) -> NewWorkConn | Awaitable[NewWorkConn]:
        """A client brings a work connection, before it is verified."""

    def newUserConn(operation: Operation[NewUserConn]) -> NewUserConn | Awaitable[NewUserConn]:
        """Somebody uses a proxy whose connections have one user each. The answer counts only as yes or no."""

    def userConnected(
        stream: IStream, operation: Operation[NewUserConn]
    ) -> IStream | IProtocol | Awaitable[IStream | IProtocol]:
        """
        The same user, whom no hook has refused, before there is a work stream.

        @param stream: the user's, or what the hook before this one made of it; paused.
        @return: what the tunnel shall take for the user's stream, such as a
            L{StreamWrapper<frp.hooks.wrapper.StreamWrapper>} around it, or the same; or a protocol (which is no
            transport) that answers in place of the service: it is connected to the stream, no further hook sees it, and
            no work stream is needed.
        """

    def loginAnswered(operation: Operation[LoginAnswered]) -> Awaitable[None] | None:
        """Told: a client was let in, or refused."""

    def clientClosed(operation: Operation[ClientClosed]) -> Awaitable[None] | None:
        """Told: a client that was let in is gone."""

    def proxyAnswered(operation: Operation[ProxyAnswered]) -> Awaitable[None] | None:
        """Told: a proxy was opened, or refused."""

    def connectionClosed(operation: Operation[ConnectionClosed]) -> Awaitable[None] | None:
        """Told: a user is gone; also one that was refused."""

    def close() -> Deferred[None] | None:
        """The server stops: let go of what is held."""
