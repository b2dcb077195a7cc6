"""
What a QUIC connection is to the session above it, so that another library can take the place of the one that is used.

An engine does no I/O and has no clock: datagrams and the time go in, datagrams and calls come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frp.errors import FRPError

__all__ = ["Address", "Datagram", "IFlow", "IFlowUser", "IQuicEngine", "IQuicUser"]

Address = tuple[str, int]
Datagram = bytes | memoryview


class IFlow(Interface):
    """One bidirectional stream. Nothing leaves before the engine is asked what there is to send."""

    user: IFlowUser = Attribute("hears what comes")
    queued: int = Attribute("bytes that were written and have not been sent once")
    full: bool = Attribute("may be set: the user is to hear when there is room in the queue")
    unacked: int = Attribute("bytes that were sent, and of which the peer has not said that it has them")
    sent: int = Attribute("bytes that were sent, each counted once")
    highest: int = Attribute("bytes that the peer has sent")
    datagramSize: int = Attribute(
        "bytes of the longest datagram that can go beside the stream now; 0 where the peer takes none"
    )

    def write(data: bytes) -> None:
        """Queue bytes. How many are queued is for the caller to bound."""

    def sendDatagrams(datagrams: Sequence[bytes]) -> int:
        """@return: how many of them, the first ones, there was room for in the queue."""

    def finish() -> None:
        """No more bytes are written: the end follows the queue. Done twice, it changes nothing."""

    def reset() -> None:
        """Drop what is queued, and what the peer does not have yet; send the peer a reset of our direction."""

    def stop() -> None:
        """Ask the peer to send no more; what comes is thrown away."""

    def consume(size: int) -> None:
        """So many of the received bytes are out of memory: let the peer send as many again."""

    def widen(window: int) -> None:
        """Let the peer have this many bytes under way from now on."""


class IFlowUser(Interface):
    """Whoever has a flow. All calls come from within C{receive}, C{timerDue} or C{send} of the engine."""

    def received(data: bytes) -> None:
        """All that has come in order in one go, never nothing."""

    def datagramsReceived(datagrams: list[bytes]) -> object:
        """So many have come beside the stream, after the bytes that came with them."""

    def ended() -> None:
        """The peer sends no more."""

    def wasReset() -> None:
        """The peer has given up its direction; bytes may be missing."""

    def stopped() -> None:
        """The peer wants no more bytes; our direction was reset for it, and what was queued is dropped."""

    def drained() -> None:
        """There is room in the queue of a flow that was C{full}, which it is no more."""


class IQuicUser(Interface):
    """Whoever has an engine. Calls come as those of L{IFlowUser} do."""

    def shaken() -> None:
        """The handshake is done, and the peer is whom it should be."""

    def opened(flow: IFlow) -> None:
        """The peer has opened a stream. C{flow.user} is to be set."""

    def moreFlows() -> None:
        """The peer lets us open more streams."""

    def named(name: bytes) -> None:
        """From now on packets for this connection may carry this connection id."""

    def unnamed(name: bytes) -> None:
        """This connection id is used no more."""

    def over(error: FRPError) -> None:
        """The connection is over, once. Datagrams may still be there to be sent."""


class IQuicEngine(Interface):
    """One connection."""

    user: IQuicUser = Attribute("hears what happens; to be set before anything else is asked")
    size: int = Attribute("bytes of the largest datagram that it sends")
    roundTrip: float = Attribute("the shortest round trip until now, in seconds; 0 where nobody knows")
    heard: float = Attribute("when the peer has said something last; what others have sent does not count")
    idleTimeout: float = Attribute("seconds of silence after which both ends give up")
    settled: bool = Attribute("whether nothing is queued, and the peer has all that was sent")
    serverName: str = Attribute("the name that the peer asked for; empty without")

    def receive(name: bytes, datagrams: Sequence[Datagram], sender: Address, now: float) -> None:
        """
        Datagrams have come, all from one sender.

        @param name: the connection id that they all carry, where they have a short header; else empty.
        """

    def send(now: float) -> list[tuple[Address, list[bytes]]]:
        """@return: the datagrams to send, and where to."""

    def timer(now: float) -> float | None:
        """@return: when L{timerDue} is to be called, at the latest; None for never."""

    def timerDue(now: float) -> None:
        """That time has come."""

    def open() -> IFlow | None:
        """@return: a new stream, or None where the peer allows no more for now."""

    def ping() -> None:
        """Have the peer answer something."""

    def probe(size: int) -> None:
        """Find out whether datagrams of up to so many bytes reach the peer, and send them so large from then on."""

    def end(error: FRPError) -> None:
        """End it without a fault. The peer is told with the next C{send}; the user is told now."""

    def release() -> None:
        """It is over, and its last words have been sent: let go of everything. Nothing is called after that."""

    def breach(error: FRPError) -> None:
        """The peer has done what it may not: the same, and the peer is told so."""
