"""Transports: how frpc and frps reach each other. Doors: where clients come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IReachingSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from OpenSSL import SSL
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IListeningPort, IProtocolFactory

    from frp.config.client import ClientConfig
    from frp.config.server import ServerConfig
    from frp.interfaces.authentication import IAuthenticator
    from frp.interfaces.gateways import ISharedPort
    from frp.interfaces.streams import ISession

__all__ = ["IClientDoor", "IDialSite", "IListenSite", "IPlace", "ITLSSide", "ITunnelTransport", "ITurnstile"]


class IClientDoor(Interface):
    """
    Where clients come in to frps, and nobody of ours dials: clients that speak something else, such as SSH.

    One that provides C{IConfigured} has a table with its name below C{transport}: C{site.table}.
    """

    def listen(site: IListenSite) -> None:
        """
        On frps, once at start: claim what this door needs.

        Handshakes run per connection; a slow peer never holds up others.

        @raise frp.errors.FRPError: the server does not start. It does not either where Twisted cannot open a socket
            (L{CannotListenError<twisted.internet.error.CannotListenError>}, C{OSError}): the error names the door, the
            place, and the keys of the table that have it for their value. Anything else is a bug, and the door is
            passed over.
        """


class ITunnelTransport(IClientDoor):
    """
    C{transport.protocol}: how frpc reaches frps, both ends. Not named ITransport, for half of the modules here import
    Twisted's. One that provides C{IConfigured} has its table in both programs.
    """

    def dial(site: IDialSite) -> Deferred[ISession]:
        """
        On frpc: reach the server.

        @return: fails with L{FRPError<frp.errors.FRPError>} that says what the peer looks like when it is not frps.
            Errors of Twisted and of the system are told by their own words, without the place that was dialled.
        """


class ITLSSide(Interface):
    """One end of TLS."""

    server: bool = Attribute("whether we answer handshakes")
    name: str = Attribute("the name that the peer's certificate must carry; empty for servers")
    verified: bool = Attribute("whether the peer must prove who it is")
    path: str = Attribute("the table of the configuration that it is made of, for errors: C{transport.tls}")
    pair: tuple[PrivateKeyTypes, list[x509.Certificate]] | None = Attribute(
        "our key, and our certificate with those above it; None where we show none"
    )
    sentName: str = Attribute("what is sent as SNI: the name, in ASCII; empty for an IP literal")

    def speaking(*protocols: bytes) -> ITLSSide:
        """@return: the same, for these application protocols, the best first. Who knows none is answered without."""

    def checkName(connection: SSL.Connection) -> None:
        """@raise frp.errors.RemoteWireError: the peer's certificate, shown in the handshake, is not for L{name}."""

    def checkChain(certificate: x509.Certificate, others: list[x509.Certificate]) -> None:
        """
        Both checks, for a handshake that is not OpenSSL's.

        @param certificate: the peer's, which has proven that it has the key; @param others: what came with it.
        @raise frp.errors.RemoteWireError: it is not to be trusted.
        """

    def connection() -> SSL.Connection:
        """@return: a new connection over memory BIOs, before its first flight."""


class IPlace(Interface):
    """Where a piece of work stands in a L{turnstile<ITurnstile>}."""

    waiting: bool = Attribute("whether its turn is yet to come")

    def leave() -> None:
        """It is not to be done any more, if it has not been."""


class ITurnstile(Interface):
    """Where work for which no user waits is done piece by piece, so that a crowd at once is in nobody's way."""

    def enter(act: Callable[[], object]) -> IPlace:
        """Do something that takes some milliseconds at most, now or in its turn."""


class IDialSite(IReachingSite):
    """All that a transport may ask on frpc."""

    config: ClientConfig = Attribute("where the server is: C{serverAddr}, C{serverPort} and the C{transport} table")
    tls: ITLSSide | None = Attribute("the client's side of TLS, or None where it is off")
    table: Any = Attribute("the transport's own table, where it is in use and has a schema; else None")
    turnstile: ITurnstile = Attribute(
        "where the clients of this process wait for their turn with what takes long, such as a handshake"
    )
    silent: set[str] = Attribute(
        "addresses of the server that did not answer the last time: for transports that cannot dial several at once"
    )


class IListenSite(IReachingSite):
    """All that a door may ask on frps."""

    config: ServerConfig = Attribute("the server's configuration")
    registry: Any = Attribute("the L{Registry<frp.kinds.Registry>} of what is installed where frps runs")
    shared: ISharedPort = Attribute("C{bindPort}: a door claims the connections that begin as its own do")
    withinTLS: ISharedPort = Attribute(
        "the same of what C{carriers} has undone the TLS of; what nobody claims is served as what comes without TLS"
    )
    carriers: IProtocolFactory = Attribute("answers a byte stream of a client: it looks for TLS, then for streams")
    secured: IProtocolFactory = Attribute(
        "the same for a byte stream that C{carriers} has undone the TLS of already: it looks for streams alone"
    )
    streams: IProtocolFactory = Attribute("answers one logical connection that belongs to no session")
    tls: ITLSSide = Attribute("the server's side of TLS")
    secret: bytes = Attribute("what only the users of this server know, also after it was started again; may be empty")
    table: Any = Attribute("the door's own table, with all defaults where it is not written; None without a schema")

    def opened(port: IListeningPort, said: str = "") -> None:
        """
        The door has opened a port of its own: it is closed when the server stops, and the log says where it is.

        @param said: what the log says of it after C{frps}, where that is not its name and what the port says of itself.
        """

    def admit(session: ISession, authenticator: IAuthenticator | None = None) -> IProtocolFactory:
        """
        A session has come in, of a peer that has not proven who it is. It is held to the same terms whatever carries
        it: it must bring a proof in time, only so many of its streams may be refused before that, and it is closed
        when the server stops.

        @param authenticator: is asked in place of the server's own, by a door that knows better who its peers are.
        @return: answers the streams that the peer opens.
        """
