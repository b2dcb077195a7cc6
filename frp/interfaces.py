"""
The interfaces of frp: few, and used by the built-ins themselves.

House rule: no interface where Twisted has one. A tunnel stream is an L{ITransport<twisted.internet.interfaces.ITransport>}, what dials is
an L{IStreamClientEndpoint<twisted.internet.interfaces.IStreamClientEndpoint>}, what answers is an
L{IProtocolFactory<twisted.internet.interfaces.IProtocolFactory>}, what lives is an L{IService<twisted.application.service.IService>}.

A I{kind} is a stateless singleton that users name in a configuration. It makes I{things}, which have a life.
"""

from __future__ import annotations

from twisted.internet.interfaces import IConsumer, IPushProducer, IStreamClientEndpoint, ITransport
from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

__all__ = [
    "IAuthenticator",
    "IAuthenticatorKind",
    "IClientProxy",
    "IClientSite",
    "IConfigured",
    "IContribution",
    "IProxyKind",
    "IServerProxy",
    "IServerSite",
    "ISession",
    "IStream",
    "ITunnelTransport",
]


class IContribution(IPlugin):
    """
    What stands in C{twisted/plugins}: the announcement of one kind. Cheap to import; the kind behind it is loaded, and verified against
    its family's interface, when it is first asked for.
    """

    family: type = Attribute("the interface which the kind provides, such as L{IProxyKind}")
    name: str = Attribute("what users write in a configuration, unique in the family")
    summary: str = Attribute("one line for C{frps plugins}")
    target: str = Attribute("dotted name of the kind: a class without constructor arguments, or an object")


class IConfigured(Interface):
    """A kind that users configure."""

    schema: type = Attribute(
        "the declared configuration class (L{frp.config.schema}), whose fields are the table's keys"
    )
    examples: tuple[str, ...] = Attribute(
        "TOML texts, each a complete table of this kind; a test parses them, the reference shows them"
    )


class IStream(ITransport, IConsumer, IPushProducer):
    """
    One logical connection between frpc and frps: a yamux stream, a QUIC stream, or a whole TCP connection where nothing is multiplexed.

    A stream may be half-closed where its carrier can: C{loseWriteConnection()} ends our direction, and a protocol that provides
    L{IHalfCloseableProtocol<twisted.internet.interfaces.IHalfCloseableProtocol>} hears of the end of the peer's. C{abortConnection()} drops it at once.
    As with any Twisted transport, C{protocol} may be replaced; the new one then gets C{makeConnection} and what was left over.
    """

    protocol = Attribute("what receives: dataReceived, connectionLost and, when paused, nothing")

    def loseWriteConnection() -> None:
        """Say that no more bytes will come from us; keep receiving."""

    def abortConnection() -> None:
        """End it now: what is not sent is lost, and the peer sees a reset."""


class ISession(IStreamClientEndpoint):
    """
    Many streams between one frpc and one frps. C{connect(factory)} opens a stream; its Deferred fires with the protocol.
    """

    lost = Attribute("Deferred that fires, once, with the error that ended the session, itself and not in a Failure; never errbacks")

    def close() -> None:
        """Flush what is queued, then end every stream and the carrier."""

    def abort() -> None:
        """End every stream and the carrier now. Never waits for the peer."""


class ITunnelTransport(Interface):
    """
    C{transport.protocol}: how frpc reaches frps. Not named ITransport, for half of the modules here import Twisted's.
    """

    def dial(site):
        """
        On frpc: reach the server.

        @param site: L{frp.transports.sites.DialSite}: the reactor, the configuration, the log.
        @return: a Deferred of an L{ISession}; it fails with L{FRPError<frp.errors.FRPError>} that says what the peer looks like when it is not frps.
        """

    def listen(site):
        """
        On frps, once at start: claim what this transport needs.

        @param site: L{frp.transports.sites.ListenSite}: claims bytes on the shared port, opens ports of its own, and answers carriers and streams.
            Handshakes run per connection; a slow peer never holds up others.
        """


class IProxyKind(IConfigured):
    """C{proxies[].type}."""

    def announce(config):
        """
        @param config: an instance of C{schema}.
        @return: the L{NewProxy<frp.wire.messages.NewProxy>} message that asks frps for this proxy, C{proxy_name} as configured.
        """

    def ports(message):
        """@return: how many of the server's ports this proxy takes; counted against C{maxPortsPerClient}."""

    def check(message, server):
        """
        What frps refuses before anything is opened.

        @param message: the L{NewProxy<frp.wire.messages.NewProxy>} of an untrusted client.
        @param server: the L{ServerConfig<frp.config.server.ServerConfig>}.
        @raise frp.errors.Refused: with the reference's text.
        """

    def serverProxy(message, site):
        """@return: frps' half, an L{IServerProxy}. Nothing is opened yet."""

    def clientProxy(config, site):
        """@return: frpc's half, an L{IClientProxy}. Nothing is opened yet."""


class IServerProxy(Interface):
    """frps' half of one proxy: it takes users and joins them with work streams."""

    def open():
        """
        Take users from now on.

        @return: a Deferred of the remote address for the client, such as C{":6000"}.
        @raise frp.errors.FRPError: (in the Deferred) why not; nothing stays open.
        """

    def close():
        """
        Take no more users, give back names and ports at once. Joined users live on.

        @return: a Deferred that fires when ports can be bound again.
        """


class IClientProxy(Interface):
    """frpc's half of one proxy: it answers the work streams."""

    def open():
        """
        frps has accepted the proxy.

        @return: None or a Deferred; a failure with L{FRPError<frp.errors.FRPError>} is shown as C{start error} and withdraws the proxy.
        """

    def serve(stream, start, rest):
        """
        Answer one user.

        @param stream: an L{IStream} that is paused; it belongs to the proxy from here.
        @param start: the L{StartWorkConn<frp.wire.messages.StartWorkConn>} that says who the user is.
        @param rest: what the user has sent already; a protocol gets it with L{handOver<frp.session.greeting.handOver>}.
        """

    def close():
        """Take no more work streams. Users that are being served live on."""


class IServerSite(Interface):
    """All that frps' half of a proxy may ask of its server. Nothing here names another proxy."""

    clock = Attribute("L{IReactorTime<twisted.internet.interfaces.IReactorTime>}")
    log = Attribute("a logger that knows the client and the proxy")
    meter = Attribute("L{frp.session.meter.Meter}: counts this proxy's connections and bytes")

    def workStream(source, destination):
        """
        A work stream of the client, told to serve this proxy.

        @param source: C{(host, port)} of the user, or None; @param destination: C{(host, port)} that the user reached, or None.
        @return: a Deferred of an L{IStream}, paused; or of L{NoWorkStream<frp.errors.NoWorkStream>}.
        """

    def join(user):
        """
        Fetch a work stream for this user's transport, and splice the two with the limits, encryption and compression of the proxy.
        The user is paused until then, and dropped when there is no work stream.
        """

    def listen(port, factory):
        """
        Open a TCP port for this proxy, reserved for its name; shared, when the proxy is in a load-balancing group.

        @param port: 0 lets the server choose.
        @return: the port that was opened.
        @raise frp.errors.PortTaken: with the reference's text.
        """

    def bind(port, protocol):
        """The same for UDP."""

    def release():
        """
        Give back all that was listened to or bound.

        @return: a Deferred that fires when the ports are free.
        """


class IClientSite(Interface):
    """All that frpc's half of a proxy may ask of its client."""

    clock = Attribute("L{IReactorTime<twisted.internet.interfaces.IReactorTime>}")
    log = Attribute("a logger that knows the session and the proxy")

    def local(host, port):
        """@return: an L{IStreamClientEndpoint<twisted.internet.interfaces.IStreamClientEndpoint>} for a local service; its failures are
        L{LocalServiceDown<frp.errors.LocalServiceDown>}."""

    def join(stream, local, rest):
        """Splice a work stream, of which C{rest} was read already, and a connected transport, with the limits, encryption and compression of the proxy."""


class IAuthenticatorKind(Interface):
    """C{auth.method}."""

    def client(auth, site):
        """@return: a Deferred or an L{IAuthenticator} that signs."""

    def server(auth, site):
        """@return: a Deferred or an L{IAuthenticator} that verifies."""


class IAuthenticator(Interface):
    """Proves and checks who a client is."""

    key = Attribute("bytes: what the encryption of control connections and payload is derived from; may be empty")

    def sign(message):
        """
        Fill in the proof.

        @param message: a Login, Ping or NewWorkConn; changed in place where the configuration's scopes ask for it.
        @return: None or a Deferred.
        """

    def verify(message):
        """
        @param message: a Login, Ping or NewWorkConn of an untrusted client.
        @return: None or a Deferred.
        @raise frp.errors.AuthError: with the reference's text.
        """
