"""
Making a hole: each of two clients sends where the other is thought to be, so that its own NAT lets in what comes from
there, until one hears the other.

What is sent, and by whom, the server has said. It is the server's word, so that no more is done than is useful.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from frp.errors import RemoteWireError, TunnelLost
from frp.logs import Log
from frp.nathole.behaviours import SENDER
from frp.nathole.port import HolePort
from frp.values import frozen
from frp.wire.address import parted
from frp.wire.messages import NatHoleResp, NatHoleSid
from frp.wire.probes import Probes

__all__ = ["Hole", "Punching"]

Address = tuple[str, int]

#: How many addresses, ports nearby and ports at random are probed at most, and from how many ports. Twice what the
#: reference's server ever asks for.
MAX_TARGETS = 32
MAX_NEAR = 256
MAX_RANDOM = 2000
MAX_PORTS = 512

#: Seconds between two probes of ports nearby, of ports at random, and of the same address again. The reference sends
#: each once, and hopes that it is not lost.
_NEAR = 0.002
_RANDOM = 0.015
_AGAIN = 0.5

#: Seconds by which probes of IPv6 are ahead of the others.
_AHEAD = 0.3

#: How often a probe is answered: with the first answer the port belongs to the session, and no other can follow.
_COPIES = 3

#: Seconds that it may take, if the server does not say; and at most.
_PATIENCE = 5
_MOST = 60


@frozen
class Hole:
    """
    @ivar port: where the other one has been heard.
    @ivar peer: where it is.
    @ivar halfClose: whether it passes on the end of one direction of a stream.
    """

    port: HolePort
    peer: Address
    halfClose: bool


class Punching:
    """
    One attempt.

    @ivar made: fires with the hole; fails with L{TunnelLost}. Cancelled, nothing more is sent.
    """

    def __init__(
        self,
        clock: IReactorTime,
        log: Log,
        first: HolePort,
        answer: NatHoleResp,
        secret: bytes,
        more: Callable[[], HolePort | None],
    ) -> None:
        """
        @param first: where the server has been told that we are.
        @param answer: what the server says.
        @param more: opens one more port, where the system has one.
        """
        self.made: Deferred[Hole] = Deferred(lambda _: self._stop())
        self._clock = clock
        self._log = log
        self._behaviour = answer.detect_behavior
        self._sid = answer.sid
        self._candidates, _ = _literal(answer.candidate_addrs)
        self._assisted, self._beyond = _literal(answer.assisted_addrs)
        self._probes = Probes(secret)
        self._ports = [first]
        self._more = more
        self._sending: list[Deferred[None]] = []
        self._timer: IDelayedCall | None = None

    def begin(self) -> Deferred[Hole]:
        """@return: L{made}."""
        behaviour = self._behaviour
        seconds = min(behaviour.read_timeout / 1000 or _PATIENCE, _MOST) + min(behaviour.send_delay_ms / 1000, _MOST)
        self._timer = self._clock.callLater(seconds, self._tooLong)
        if behaviour.role != SENDER:
            for _ in range(min(behaviour.listen_random_ports, MAX_PORTS)):
                port = self._more()
                if port is None:
                    break
                self._ports.append(port)
        for port in self._ports:
            port.heard = self._heard
        self._start(self._probe())
        return self.made

    # Sending

    def _start(self, sending: Any) -> None:
        self._sending.append(Deferred.fromCoroutine(sending).addErrback(self._broken))

    async def _probe(self) -> None:
        behaviour = self._behaviour
        sends = behaviour.role == SENDER
        if self._beyond and self._ports[0].wide:
            # There is no NAT, only firewalls that open for whoever is spoken to: both send, at once.
            self._start(self._again(self._ports[:1], self._beyond))
            await self._pause(_AHEAD)
        if sends and behaviour.send_delay_ms:
            await self._pause(min(behaviour.send_delay_ms / 1000, _MOST))
        targets = self._assisted + self._candidates if sends else [] if behaviour.candidate_ports else self._candidates
        if targets:
            self._start(self._again(self._ports, targets, behaviour.ttl))
        for port in self._ports:
            for target in self._near():
                self._send(port, target, behaviour.ttl)
                await self._pause(_NEAR)
        if behaviour.send_random_ports:
            for port in self._ports:
                self._start(self._guess(port))

    async def _again(self, ports: list[HolePort], targets: list[Address], ttl: int = 0) -> None:
        while True:
            for target in targets:
                for port in ports:
                    self._send(port, target, ttl)
            await self._pause(_AGAIN)

    async def _guess(self, port: HolePort) -> None:
        hosts = self._hosts()
        for number in random.sample(range(1024, 65535), min(self._behaviour.send_random_ports, MAX_RANDOM)):
            for host in hosts:
                self._send(port, (host, number), self._behaviour.ttl)
                await self._pause(_RANDOM)

    def _near(self) -> Iterator[Address]:
        left = MAX_NEAR
        for host in self._hosts():
            for span in self._behaviour.candidate_ports:
                for number in range(max(span.from_, 1), min(span.to + 1, span.from_ + left)):
                    left -= 1
                    yield host, number

    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(host for host, _ in self._candidates))

    def _pause(self, seconds: float) -> Deferred[None]:
        return deferLater(self._clock, seconds)

    def _send(self, port: HolePort, target: Address, ttl: int) -> None:
        message = NatHoleSid(sid=self._sid, nonce="0" * random.randrange(20), half_close=True)
        port.send(self._probes.encode(message), target, ttl)

    def _broken(self, failure: Failure) -> None:
        if not failure.check(CancelledError) and not self.made.called:
            self._stop()
            self.made.errback(failure)

    # Hearing

    def _heard(self, port: HolePort, datagram: bytes, sender: Address) -> None:
        if self.made.called:
            return
        try:
            message = self._probes.decode(datagram)
        except RemoteWireError:
            return  # anybody may send anything here
        if message.sid != self._sid:
            return
        sends, beyond = self._behaviour.role == SENDER, ":" in sender[0]
        if sends and not message.response:
            return
        if not message.response or (beyond and sends):
            for _ in range(_COPIES):
                port.send(self._probes.encode(attrs.evolve(message, response=True, half_close=True)), sender)
        if beyond and not message.response:
            return  # whoever hears us says so; if nobody does, IPv4 may do
        self._stop(port)
        self.made.callback(Hole(port, sender, message.half_close))

    def _tooLong(self) -> None:
        self._timer = None
        self._stop()
        self.made.errback(TunnelLost("wait detect message timeout", "nothing of the other client came through"))

    def _stop(self, kept: HolePort | None = None) -> None:
        """Send no more, and give back all ports but one."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        sending, self._sending = self._sending, []
        for one in sending:
            one.cancel()
        for port in self._ports:
            if port is not kept:
                port.close()


def _literal(addresses: list[str]) -> tuple[list[Address], list[Address]]:
    """@return: those of IPv4, and those of IPv6, each once: no name is looked up because a stranger says it."""
    found: dict[int, list[Address]] = {4: [], 6: []}
    for text in dict.fromkeys(addresses):
        try:
            host, port = parted(text)
            those = found[ip_address(host).version]
        except ValueError:
            continue
        if port and len(those) < MAX_TARGETS:
            those.append((host, port))
    return found[4], found[6]
