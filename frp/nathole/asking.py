"""
Asking a STUN server what it sees: one datagram there, one back. Only the server that was asked is heard, and only about
that; everything else that comes is for somebody else, or from a stranger.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import DatagramProtocol

from frp.errors import FRPError, PortTaken, Unavailable, reasonOf
from frp.interfaces import IReactor
from frp.session.deadline import Later
from frp.sockets.taken import bindFault
from frp.transports.lookup import lookUp
from frp.values import define, frozen
from frp.wire.address import authority, parted
from frp.wire.stun import ID_SIZE, Binding, Question, Refusal, answers, decodeAnswer, encodeQuestion

__all__ = ["Asker", "Discovery", "Questions", "bound", "discover", "found", "seenBy"]

Address = tuple[str, int]

#: Seconds after each copy of a question: in case one is lost, as RFC 8489 has it. The reference sends one, and waits as
#: long as all of these.
_PAUSES = (0.5, 1.0, 1.5)

#: Bytes of a datagram that are read; what is longer is no answer.
_LONGEST = 2048

#: Seconds for the address of a name.
_LOOKUP = 5.0


@frozen
class Discovery:
    """
    What was found out about a UDP port.

    @ivar mapped: hosts with ports under which it was seen, one for each address that was asked; one if the server has
        only one.
    @ivar local: where it was bound; the host is C{0.0.0.0} or C{::} unless one was asked for.
    """

    mapped: list[str]
    local: Address


@define(eq=False)
class _Open:
    """A question that waits for its answer."""

    server: Address
    datagram: bytes
    elsewhere: bool
    again: Later
    answered: Deferred[Binding]


class Questions:
    """
    The questions that leave by one UDP port, whoever's that is: its owner hands over what comes, and L{close}s.
    """

    def __init__(self, clock: IReactorTime, send: Callable[[bytes, Address], object]) -> None:
        """@param send: writes one datagram to an address, as a port's C{write}."""
        self._clock = clock
        self._send = send
        self._open: dict[bytes, _Open] = {}

    def ask(self, server: Address, change: int = 0) -> Deferred[Binding]:
        """
        @param server: IP address and port.
        @param change: where the answer is wanted from, as L{Question} says; then it is taken from anywhere but there.
        @return: fails with L{Unavailable} where none comes, it is an error, or the question cannot be sent, and with
            L{RemoteWireError<frp.errors.RemoteWireError>} where it makes no sense.
        """
        number = os.urandom(ID_SIZE)
        asked = encodeQuestion(Question(number, change))
        answered: Deferred[Binding] = Deferred(lambda _: self._done(number))
        self._open[number] = _Open(server, asked, bool(change), Later(self._clock), answered)
        self._say(number, _PAUSES)
        return answered

    def received(self, datagram: bytes, sender: Address) -> bool:
        """@return: whether it was for us."""
        number = datagram[8:20]
        question = self._open.get(number)
        if question is None or not answers(datagram, number):
            return False
        if (sender != question.server) != question.elsewhere:
            return False
        self._done(number)
        try:
            answer = decodeAnswer(datagram)
            if isinstance(answer, Refusal):
                reason = "".join(letter if letter.isprintable() else "?" for letter in answer.reason)
                raise Unavailable(f"STUN binding error {answer.code}: {reason}")
        except FRPError as error:
            question.answered.errback(error)
        else:
            question.answered.callback(answer)
        return True

    def close(self) -> None:
        """Nobody waits any more: what is open is cancelled."""
        for question in list(self._open.values()):
            question.answered.cancel()

    def _say(self, number: bytes, pauses: tuple[float, ...]) -> None:
        question = self._open[number]
        if not pauses:
            self._fail(number, "wait response from stun server timeout")
            return
        question.again.set(pauses[0], self._say, number, pauses[1:])
        try:
            self._send(question.datagram, question.server)
        except (OSError, ValueError) as error:
            where = authority(*question.server)
            why = reasonOf(error) if isinstance(error, OSError) else str(error)
            self._fail(number, f"write udp {where}: {why}")

    def _fail(self, number: bytes, why: str) -> None:
        question = self._open[number]
        self._done(number)
        question.answered.errback(Unavailable(why))

    def _done(self, number: bytes) -> None:
        question = self._open.pop(number, None)
        if question is not None:
            question.again.stop()


class Asker(DatagramProtocol):
    """
    A UDP port that does nothing but ask.

    @ivar questions: what it asks.
    """

    noisy = False
    transport: Any

    def __init__(self, clock: IReactorTime) -> None:
        self.questions = Questions(clock, lambda datagram, server: self.transport.write(datagram, server))

    def datagramReceived(self, datagram: bytes, addr: Address) -> None:
        self.questions.received(datagram, addr[:2])

    def stopProtocol(self) -> None:
        self.questions.close()


async def seenBy(questions: Questions, server: Address) -> list[Address]:
    """
    @param server: IP address and port.
    @return: what the server sees of us at its address, and at its other one where it has that.
    @raise frp.errors.FRPError: as L{Questions.ask}, or it does not say what it sees.
    """
    first = await questions.ask(server)
    if first.mapped is None:
        raise Unavailable("no external address found")
    if first.other is None:
        return [first.mapped]
    second = await questions.ask(first.other)
    return [first.mapped, *([second.mapped] if second.mapped is not None else [])]


async def discover(reactor: IReactor, server: str, local: Address = ("", 0)) -> Discovery:
    """
    Ask from a port of its own, which is closed again: what is bound to L{Discovery.local} next is seen as that was.

    @param server: its host and port (C{natHoleStunServer}). Of a name's addresses one of IPv4 is asked.
    @param local: the IP address and the port to ask from; by default any.
    @raise frp.errors.FRPError: as L{seenBy}; or the server's address is none, or the port cannot be had.
    """
    where = await found(reactor, server)
    asker = Asker(reactor)
    port = bound(reactor, asker, where, local)
    try:
        host = port.getHost()
        seen = await seenBy(asker.questions, where)
    finally:
        await maybeDeferred(port.stopListening)
    return Discovery([authority(*address) for address in seen], (host.host, host.port))


async def found(reactor: IReactor, server: str) -> Address:
    """
    @return: the IP address and the port of a server.
    @raise frp.errors.FRPError: these are none.
    """
    try:
        name, port = parted(server)
    except ValueError as error:
        raise Unavailable(str(error)) from None
    hosts = await lookUp(reactor, name, _LOOKUP)
    # Answers come from the address as the system writes it.
    return str(ip_address(hosts[0])), port


def bound(reactor: IReactor, asker: Asker, server: Address, local: Address = ("", 0)) -> Any:
    """
    @param local: as for L{discover}.
    @return: a UDP port from which the server can be reached.
    @raise PortTaken: there is none.
    """
    host, port = local
    if host in ("", "0.0.0.0"):
        # Of one family: a socket for both would be answered by hosts that are written in another way.
        host = "::" if ":" in server[0] else ""
    try:
        return reactor.listenUDP(port, asker, host, _LONGEST)
    except CannotListenError as error:
        raise PortTaken(f"listen udp {authority(host or '0.0.0.0', port)}: bind: {bindFault(error)}") from error
