"""Proxy types, the two halves of a proxy, and what each half may ask of its service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.messages import ICorrespondence
from frp.interfaces.sites import IConfigured, ILocalSite, ISharingSite, ISite

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from typing import TypeVar

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocol, IProtocolFactory
    from twisted.internet.protocol import DatagramProtocol

    from frp.config.proxy import ProxyConfig
    from frp.config.public import PublicConfig
    from frp.config.server import ServerConfig
    from frp.interfaces.flowing import Meter
    from frp.interfaces.gateways import IElsewhere
    from frp.interfaces.operations import Caller
    from frp.interfaces.streams import IStream
    from frp.wire.dialect import Dialect
    from frp.wire.messages import NewProxy, StartWorkConn

    T = TypeVar("T")

__all__ = ["IClientProxy", "IClientSite", "IProxyKind", "IServerProxy", "IServerSite"]


class IProxyKind(IConfigured):
    """C{proxies[].type}. C{config} is an instance of C{schema}."""

    def announce(config: Any) -> NewProxy:
        """@return: the message that asks frps for this proxy, C{proxy_name} as configured."""

    def ports(message: NewProxy) -> int:
        """@return: how many of the server's ports this proxy takes; counted against C{maxPortsPerClient}."""

    def check(message: NewProxy, server: ServerConfig) -> None:
        """
        What frps refuses before anything is opened.

        @raise frp.errors.Refused: with the reference's text.
        """

    def addresses(message: NewProxy, remote: str, public: PublicConfig) -> list[str]:
        """
        Where users find this proxy: C{http://web.example.com:8080}, C{tcp://frps.example.com:6000}; without a place of
        its own, by what they ask for: C{stcp:ann.ssh}. For people: they stand in the log and on the pages.

        @param remote: what L{IServerProxy.open} has answered.
        @param public: what is known of the server.
        """

    def serverProxy(message: NewProxy, site: IServerSite) -> IServerProxy:
        """@return: frps' half. Nothing is opened yet."""

    def clientProxy(config: Any, site: IClientSite) -> IClientProxy:
        """@return: frpc's half. Nothing is opened yet."""


class IServerProxy(Interface):
    """frps' half of one proxy: it takes users and joins them with work streams."""

    def open() -> str | Awaitable[str]:
        """
        Take users from now on.

        @return: the remote address for the client, such as C{":6000"}.
        @raise frp.errors.FRPError: (at once or when it is awaited) why not; nothing stays open.
        """

    def close() -> Awaitable[object] | None:
        """
        Take no more users, give back names and ports at once. Joined users live on.

        Fires, with whatever, when ports can be bound again.
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
        @param rest: what the user has sent already; a protocol gets it with
            L{handOver<frp.session.greeting.handOver>}.
        """

    def close() -> None:
        """Take no more work streams. Users that are being served live on."""


class IServerSite(ISite, ICorrespondence):
    """All that frps' half of a proxy may ask of its server. Nothing here names another proxy."""

    user: str = Attribute("whose client it is; empty for nobody's")
    caller: Caller = Attribute("this proxy's client, as hooks know it")
    dialect: Dialect = Attribute("what this proxy's client speaks")
    meter: Meter = Attribute("counts this proxy's connections and bytes")
    datagramSize: int = Attribute("bytes of a datagram that are passed on: C{udpPacketSize}")
    elsewhere: IElsewhere | None = Attribute("where users are better served than here; None where its client is here")

    def workStream(source: tuple[str, int] | None, destination: tuple[str, int] | None) -> Deferred[IStream]:
        """
        A work stream of the client, told to serve this proxy: for which user, if there is one, and what the user has
        reached. It is paused. Fails with L{NoWorkStream<frp.errors.NoWorkStream>}; where the client is at another node
        the stream may end with that instead.
        """

    def join(user: IStream, rest: bytes = b"") -> None:
        """
        Fetch a work stream for this user's transport, and splice the two with the limits, encryption and compression of
        the proxy. The user is paused until then, and dropped when there is no work stream. What the user has sent
        already, C{rest}, goes before all that comes. Where users are better served L{elsewhere} it goes there instead.

        The transport's protocol is replaced, and hears no more. To learn of the end, join a
        L{StreamWrapper<frp.hooks.wrapper.StreamWrapper>} around the transport.
        """

    def handOver(stream: IStream, protocol: IProtocol, *, counted: bool = False) -> None:
        """
        Give a work stream to a protocol of ours, with the limits, encryption and compression of the proxy in between.
        The protocol's transport is an L{IStream}, too.

        @param counted: it is a connection for the meter, which gets the protocol's bytes at its end.
        """

    def together(act: Callable[[], T]) -> T:
        """Do something that sends to the client, in one write where the client's streams share a carrier."""

    def listen(port: int, factory: IProtocolFactory) -> Deferred[int]:
        """
        Open a TCP port for this proxy, reserved for its name; shared, when the proxy is in a load-balancing group. For
        0 the server chooses. Fires with the port.

        @raise frp.errors.PortTaken: (in the Deferred) with the reference's text.
        """

    def bind(port: int, protocol: DatagramProtocol) -> Deferred[int]:
        """
        The same for UDP, without groups. Of a datagram that is longer than C{datagramSize} the protocol gets one byte
        more than that, so that it can tell. A L{BurstProtocol<frp.sockets.datagram.BurstProtocol>} gets many at a time.
        """

    def welcome(
        factory: IProtocolFactory, secretKey: str, users: Collection[str], *, datagrams: bool = False
    ) -> Deferred[None]:
        """
        Take visitors: connections that other clients bring, and that reach the factory as those of a port do. The
        visitor's own encryption and compression are undone by then.

        @param secretKey: what a visitor must know.
        @param users: whose visitors may come, C{"*"} for everybody's; when empty, those of this client's user.
        @param datagrams: the visitors' bytes are datagrams. Those of a client that speaks another dialect than this one
            are translated, both ways.
        @return: fires when they can come; fails with L{NameTaken<frp.errors.NameTaken>} where the proxy's name takes
            visitors already, with the reference's text.
        """

    def gateway(name: str) -> Any:
        """
        The server's L{IGateway} of that name, as it is configured; or of that kind, where the server has one of it. A
        kind of proxy and its gateway know each other's methods.

        @raise frp.errors.Refused: the server has none, or more than one.
        """

    def release(answering: IProtocolFactory | DatagramProtocol | None = None) -> Deferred[None]:
        """
        Give back all that was listened to, bound or welcomed. Fires when the ports are free.

        @param answering: only what was opened for this factory or protocol.
        """


class IClientSite(ILocalSite, ISharingSite, ICorrespondence):
    """All that frpc's half of a proxy may ask of its client."""

    dialect: Dialect = Attribute("what the session is in")

    def localDatagrams(
        address: str, port: int, protocol: DatagramProtocol, user: tuple[str, int] | None = None
    ) -> None:
        """
        Open a UDP socket towards a local service, by its IP address, and only that. It is the protocol's C{transport},
        which closes it with C{stopListening}, and gets datagrams as L{IServerSite.bind} says.

        @param user: for whom it is, where the server says so: for L{IClientPluginSite.sender}.
        @raise frp.errors.LocalServiceDown: there is no way, or no socket left.
        """

    def answered(why: str = "") -> None:
        """
        Say whether the service takes what goes there by L{localDatagrams}. Whoever keeps frpc is shown when it does
        not. Of connections that is known by L{ILocalSite.service}.

        @param why: it does not; empty where it does.
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

    def keyed(secret: str, *, halfClose: bool) -> IClientSite:
        """
        @return: the same, for streams that come without the server: they are encrypted with a key made of this secret,
            and share the proxy's limit.
        @param halfClose: whether the peer passes on the end of one direction of a stream.
        """

    def plugin(config: ProxyConfig) -> IProtocolFactory:
        """
        What the C{plugin} in the proxy's table makes to answer the users. Not started.

        @raise frp.errors.FRPError: why there is none; it is shown as the proxy's C{start error}.
        """
