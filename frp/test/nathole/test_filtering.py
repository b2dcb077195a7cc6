"""Whom a NAT lets in."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Unavailable
from frp.nathole.asking import Asker
from frp.nathole.filtering import Lets, filtering
from frp.testing.memory import MemoryReactor
from frp.testing.natlab import BUSY, CONE, FULL_CONE, PORT_CONE, By, Host, NATKind, NATLab, Ports
from frp.wire.stun import Binding, decodeQuestion, encodeAnswer


class _Single(Asker):
    """A STUN server with one address, which answers from there whatever it is asked for."""

    other: tuple[str, int] | None = None

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        number = decodeQuestion(datagram).number
        self.transport.write(encodeAnswer(number, Binding(addr, self.other)), addr)


class FilteringTests(SynchronousTestCase):
    """In the laboratory."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.lab = NATLab(self.reactor)

    def found(self, host: Host, server: str) -> Lets | None:
        """Try it, and leave nothing behind."""
        tried = Deferred.fromCoroutine(filtering(host, server))
        self.reactor.spend(4)
        self.assertEqual((host.ports, self.reactor.getDelayedCalls()), ({}, []))
        return self.successResultOf(tried)

    def test_kinds(self) -> None:
        """Each kind of filter is recognized, whatever the ports are like; and where there is none."""
        for kind, lets in (
            (FULL_CONE, Lets.EVERYBODY),
            (CONE, Lets.HOSTS),
            (PORT_CONE, Lets.PORTS),
            (NATKind(By.PORT, By.NOTHING, Ports.ANY), Lets.EVERYBODY),
            (BUSY, Lets.PORTS),
        ):
            self.assertIs(self.found(self.lab.host(self.lab.nat(kind)), self.lab.stun), lets)
        self.assertIs(self.found(self.lab.host(), self.lab.stun), Lets.EVERYBODY)

    def test_unable(self) -> None:
        """A server without another address cannot tell; one that claims to have it shows no more than a strict NAT."""
        server, user = self.lab.host(), self.lab.host()
        single = _Single(self.reactor)
        server.listenUDP(3478, single)
        self.assertIsNone(self.found(user, f"{server.address}:3478"))
        single.other = ("203.0.113.9", 3479)
        self.assertIs(self.found(user, f"{server.address}:3478"), Lets.PORTS)

    def test_silent(self) -> None:
        """Where nobody answers nothing is said."""
        host = self.lab.host()
        tried = Deferred.fromCoroutine(filtering(host, "203.0.113.9:1"))
        self.reactor.spend(4)
        self.failureResultOf(tried, Unavailable)
        self.assertEqual(host.ports, {})
