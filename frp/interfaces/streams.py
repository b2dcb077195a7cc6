"""Streams, and the sessions that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IConsumer, IPushProducer, IStreamClientEndpoint, ITransport
from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from socket import socket
    from typing import TypeVar

    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocol

    from frp.errors import RemoteWireError
    from frp.interfaces.ending import Ending

    T = TypeVar("T")

__all__ = ["IDatagramsProtocol", "IGuest", "IPassable", "ISession", "IStream"]


class IStream(ITransport, IConsumer, IPushProducer):
    """
    One logical connection between frpc and frps: a yamux stream, a QUIC stream, or a whole TCP connection where nothing
    is multiplexed; and whatever stands before one: TLS, an encryption, a wrapper of a hook. The sockets of users and of
    local services are streams, too, so that any two can be joined.

    What only some carriers can do, all streams answer for: where there is nothing to do, nothing is done. Nobody asks a
    stream for its class. L{PlainStream<frp.sockets.plain.PlainStream>} makes one of any transport of Twisted;
    L{Unmultiplexed<frp.session.unmultiplexed.Unmultiplexed>} is a base with the answers of a stream that has its
    carrier for itself; C{frp.testing.contracts.StreamContract} tests one.

    A stream may be half-closed where its carrier can: C{loseWriteConnection()} ends our direction, and a protocol that
    provides L{IHalfCloseableProtocol<twisted.internet.interfaces.IHalfCloseableProtocol>} hears of the end of the
    peer's. C{abortConnection()} drops it at once. As with any Twisted transport, C{protocol} may be replaced; whoever
    does it calls C{makeConnection} of the new one, and puts back with L{unread} what came for it already
    (L{handOver<frp.session.greeting.handOver>} does all of it).
    """

    protocol: IProtocol = Attribute("what receives: dataReceived, connectionLost and, when paused, nothing")
    closed: bool = Attribute(
        "whether it is closed, or being closed by us: a protocol that is put on it now would not hear of the end"
    )
    source: IPv4Address | IPv6Address | None = Attribute("the user, where the peer has said so; C{getPeer()} then, too")
    destination: IPv4Address | IPv6Address | None = Attribute("the same of what the user reached, and C{getHost()}")
    serverName: str = Attribute("the name that the peer asked for in TLS (SNI); empty without")
    chosen: bytes = Attribute("the protocol that was agreed on in TLS (ALPN); empty without")
    resets: bool = Attribute(
        "may be set: the peer keeps what it has received when the stream is reset, as ours does and the reference's"
        " does not; what comes after we have closed is answered with a reset"
    )
    halfClose: bool = Attribute("whether the end of one direction leaves the other; the reference has no half-close")
    lossless: bool = Attribute("whether C{abortConnection()} costs the peer no written byte: L{resets}, and no queue")
    datagramSize: int = Attribute(
        "bytes of the longest datagram that can go beside the stream now; 0 where its carrier has none, which stays so"
    )

    def getPeer() -> IPv4Address | IPv6Address:
        """@return: the far end of what carries the stream: always an IP address, which the log and the hooks show."""

    def getHost() -> IPv4Address | IPv6Address:
        """@return: our end of what carries the stream."""

    def writeVector(head: bytes, body: bytes) -> None:
        """Write two pieces that belong together; they are not joined where the carrier can do without."""

    def sendDatagrams(datagrams: Sequence[bytes]) -> int:
        """
        Send datagrams beside the stream: each arrives whole or not at all, in any order, and none waits for bytes of
        the stream or for another one. The peer's protocol gets them if it is an L{IDatagramsProtocol}.

        @param datagrams: none longer than L{datagramSize}.
        @return: how many of them, the first ones, there was room for.
        """

    def loseWriteConnection() -> None:
        """Say that no more bytes will come from us; keep receiving."""

    def abortConnection() -> None:
        """End it now: what is not sent is lost, and the peer sees a reset."""

    def unread(data: bytes) -> None:
        """
        Put back the end of what was received last. The stream is paused by this. What was put back is the first that
        comes when it is resumed; put back twice, the later comes first. A protocol that pauses while it gets it gets no
        more until it resumes.
        """

    def release() -> tuple[IStream, Ending | None]:
        """
        Step out from between what carries this stream and whoever gives it away, where nothing is lost by that: it
        neither decodes, nor limits, nor watches.

        @return: the stream to use in this one's place, which may be this one; and what is to hear of its end, or None.
            When this one has stepped out, the other is paused, what was received and not delivered is put back there,
            and nothing more is heard from this one.
        """

    def widen() -> None:
        """The stream is in use from now on: let the peer send ahead as much as a stream may have under way."""

    def together(act: Callable[[], T]) -> T:
        """Do something that writes to this stream or to others: what goes by the same carrier leaves in one write."""

    def counts() -> tuple[int, int] | None:
        """@return: the bytes of payload sent and received, so far; None where the stream keeps no count."""

    def roundTrip() -> float:
        """
        @return: the shortest round trip between the systems at both ends of the connection that carries this, in
            seconds; 0 where nobody knows. What stands in between may end the connection of its own, and hide the rest
            of the way.
        """

    def keepAlive(seconds: int) -> None:
        """
        Have the system probe the carrier when it was silent for so long, where it is a TCP connection of this stream's
        alone; negative turns that off, as in the C{transport} tables.
        """


class IGuest(Interface):
    """
    What a stream, or a session, provides besides that takes one of the few places of its transport for peers who have
    proven nothing. Over datagrams their addresses may be made up; and one who only says something, and waits, as a work
    connection does for its user, never shows that it hears us.
    """

    def welcome() -> None:
        """What the peer has said proves who it is, and its place is free for another."""


class IPassable(Interface):
    """
    What a stream provides besides that is a connection of the system's, and nothing else, and that this process has
    accepted: another process may go on with it (L{IElsewhere<frp.interfaces.IElsewhere>}).
    """

    def depart(give: Callable[[socket], bool]) -> bool:
        """
        @param give: gives a copy of the descriptor to another process, or does not.
        @return: whether it did: the stream is gone then, and its protocol hears nothing of it. False as well where
            something is written that the system has not got, or the peer has ended.
        """


class IDatagramsProtocol(Interface):
    """A protocol of an L{IStream} that takes the datagrams beside it, too."""

    datagramSize: int = Attribute("bytes of the longest datagram that it takes now; 0 for none")

    def datagramsReceived(datagrams: Sequence[bytes]) -> int:
        """
        They have come, all that there are at a time; also while the stream is paused.

        @return: how many of them, the first ones, there was room for.
        """


class ISession(IStreamClientEndpoint):
    """Many streams between one frpc and one frps. C{connect(factory)} opens a stream, and fires with the protocol."""

    lost: Deferred[BaseException] = Attribute("fires, once, with the error that ended the session; never errbacks")

    def getPeer() -> IPv4Address | IPv6Address:
        """@return: the far end of the carrier, for the log."""

    def breach(error: RemoteWireError) -> None:
        """The peer does what it may not: tell it so where the carrier can, and end the session with this error."""

    def close() -> None:
        """Flush what is queued, then end every stream and the carrier."""

    def abort() -> None:
        """End every stream and the carrier now. Never waits for the peer."""
