"""One end of a hole: from finding out where we are, over what the server says, to hearing the other one."""

from __future__ import annotations

from twisted.internet.error import CannotListenError

from frp.errors import TunnelLost, Unavailable
from frp.interfaces import ICorrespondence, IReactor
from frp.logs import Log
from frp.nathole.asking import Questions, found, seenBy
from frp.nathole.classification import classified
from frp.nathole.local import globalHosts, localHosts
from frp.nathole.port import ROOM, HolePort
from frp.nathole.punching import Hole, Punching
from frp.session.refused import explained
from frp.values import frozen
from frp.wire.address import authority
from frp.wire.messages import NatHoleClient, NatHoleResp, NatHoleVisitor

__all__ = ["ANSWER", "Digging", "prepared"]

#: Seconds for the server's answer, and for the address of the STUN server.
ANSWER = 5


@frozen(eq=False)
class Digging:
    """
    @ivar mapped: where others see us; @ivar assisted: where we are for those nearby. Hosts with ports.
    """

    mapped: list[str]
    assisted: list[str]
    _reactor: IReactor
    _log: Log
    _port: HolePort

    async def punch(
        self, messages: ICorrespondence, message: NatHoleClient | NatHoleVisitor, secret: str
    ) -> tuple[NatHoleResp, Hole]:
        """
        Tell the server where we are, do what it says, and wait for the other one.

        @return: what the server said, too.
        @raise frp.errors.FRPError: it says no, or nothing; or nobody came. All ports are closed then.
        """
        try:
            answer = await self._asked(messages, message)
            self._log.info(
                "get natHoleRespMsg, sid [{sid}], protocol [{protocol}], candidate address {candidates}, assisted "
                "address {assisted}, detectBehavior: {behavior}",
                sid=answer.sid,
                protocol=answer.protocol,
                candidates=_shown(answer.candidate_addrs),
                assisted=_shown(answer.assisted_addrs),
                behavior=answer.detect_behavior,
            )
        except BaseException:
            self.close()
            raise
        punching = Punching(self._reactor, self._log, self._port, answer, secret.encode(), self._another)
        return answer, await punching.begin()

    async def _asked(self, messages: ICorrespondence, message: NatHoleClient | NatHoleVisitor) -> NatHoleResp:
        message.mapped_addrs, message.assisted_addrs = self.mapped, self.assisted
        answer = await messages.ask(
            message, NatHoleResp, lambda one: one.transaction_id == message.transaction_id, timeout=ANSWER
        )
        if answer.error:
            brief = f"natHoleRespMsg get error info: {answer.error}"
            raise Unavailable(brief, explained(brief))
        if not answer.candidate_addrs:
            raise Unavailable("natHoleRespMsg get empty candidate addresses")
        return answer

    def _another(self) -> HolePort | None:
        try:
            return _opened(self._reactor)
        except Unavailable:
            return None

    def close(self) -> None:
        """Nobody is waited for."""
        self._port.close()


async def prepared(reactor: IReactor, log: Log, server: str, assisted: bool) -> Digging:
    """
    @param server: host and port of a STUN server.
    @raise frp.errors.FRPError: it does not say where we are.
    """
    beyond = globalHosts(reactor) if assisted else []
    port = _opened(reactor, "::" if beyond else "")
    questions = Questions(reactor, port.send)
    port.heard = lambda _, datagram, sender: questions.received(datagram, sender)
    try:
        seen = await seenBy(questions, await found(reactor, server))
        mapped = [authority(*address) for address in seen]
        hosts = localHosts(reactor)
        if len(mapped) < 2:
            raise TunnelLost("discover error: not enough addresses", _ONE.format(server=server, mapped=mapped))
        feature = classified(mapped, hosts)
    except BaseException:
        questions.close()
        port.close()
        raise
    port.heard = None
    number = port.transport.getHost().port
    nearby = [authority(one, number) for one in beyond + hosts] if assisted else []
    log.info(
        "nathole prepare success, nat type: {type}, behavior: {behavior}, addresses: {mapped}, assistedAddresses: "
        "{nearby}",
        type=feature.natType,
        behavior=feature.behavior,
        mapped=_shown(mapped),
        nearby=_shown(nearby),
    )
    return Digging(mapped, nearby, reactor, log, port)


_ONE = "discover error: the STUN server {server} says {mapped}: it must have two addresses (natHoleStunServer)"


def _shown(addresses: list[str]) -> str:
    return f"[{' '.join(addresses)}]"


def _opened(reactor: IReactor, host: str = "") -> HolePort:
    """@param host: C{::} for a port of both families."""
    port = HolePort()
    try:
        reactor.listenUDP(0, port, host, ROOM)
    except CannotListenError as error:
        raise Unavailable("no socket is left", f"no socket for a hole: {error}") from error
    return port
