"""The addresses of a server that is reached by datagrams."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.errors import TunnelLost
from frp.interfaces import IReactor
from frp.logs import Log
from frp.transports.lookup import lookUp, reached
from frp.transports.sites import DialSite


class Names(Clock):
    """A clock that is asked for names, and answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, host: str) -> None:
        self.asked.append(host)
        self.receiver = receiver

    def answer(self, *addresses: IPv4Address | IPv6Address) -> None:
        for address in addresses:
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


class LookUpTests(SynchronousTestCase):
    """What a host means."""

    def setUp(self) -> None:
        self.names: Any = Names()

    def test_literal(self) -> None:
        """An address is its own, and nobody is asked."""
        for host in ("127.0.0.1", "::1", "fe80::1%eth0"):
            self.assertEqual(self.successResultOf(lookUp(self.names, host, 5)), [host])
        self.assertEqual(self.names.asked, [])

    def test_name(self) -> None:
        """The addresses of a name are taken once each, those of IPv4 first."""
        found = lookUp(self.names, "frps.example", 5)
        wide, first, second = IPv6Address("TCP", "::1", 0), *(IPv4Address("TCP", f"10.0.0.{n}", 0) for n in (2, 1))
        self.names.answer(wide, first, second, first)
        self.assertEqual(self.successResultOf(found), ["10.0.0.2", "10.0.0.1", "::1"])

    def test_address(self) -> None:
        """Who has put the port behind the host is told where it belongs."""
        for host in ("127.0.0.1:7000", "frps.example:7000", "http://frps.example"):
            error = self.failureResultOf(lookUp(self.names, host, 5), TunnelLost).value
            self.assertEqual(
                error.detail,
                f"dial udp: lookup {host}: no such host; serverAddr is a host alone, and its port stands in serverPort",
            )
        self.assertEqual(self.names.asked, [])

    def test_unknown(self) -> None:
        """A number is no host, a name may be unknown, and nobody is waited for longer than he was given."""
        number = lookUp(self.names, "24805", 5)
        self.assertEqual(self.names.asked, [])
        unknown = lookUp(self.names, "frps.invalid", 5)
        self.names.answer()
        slow = lookUp(self.names, "slow.example", 5)
        self.names.advance(5)
        for host, found in (("24805", number), ("frps.invalid", unknown), ("slow.example", slow)):
            failure = self.failureResultOf(found, TunnelLost)
            self.assertEqual(failure.value.brief, f"dial udp: lookup {host}: no such host")
        self.names.answer(IPv4Address("TCP", "10.0.0.1", 0))


class ReachedTests(SynchronousTestCase):
    """Which of the addresses are dialled, attempt by attempt."""

    def setUp(self) -> None:
        self.names = Names()
        self.site = DialSite(cast(IReactor, self.names), ClientConfig(), None, Log("test"))
        self.up: set[str] = set()
        self.dialled: list[str] = []

    def dial(self, host: str) -> Deferred[str]:
        """Only who is up answers."""
        self.dialled.append(host)
        return succeed(host) if host in self.up else fail(TunnelLost(f"{host} is silent"))

    def attempt(self, *hosts: str) -> object:
        """@return: what an attempt gives, or what it fails with; the name has these addresses now."""
        self.dialled.clear()
        attempt = Deferred.fromCoroutine(reached(self.site, "frps.example", self.dial))
        self.names.answer(*(IPv4Address("TCP", host, 0) for host in hosts))
        outcome: list[Any] = []
        attempt.addBoth(outcome.append)
        (only,) = outcome
        return str(only.value) if isinstance(only, Failure) else only

    def test_next(self) -> None:
        """The next one is dialled where one does not answer, and the attempt after that begins with it."""
        self.up = {"2"}
        self.assertEqual((self.attempt("1", "2"), self.dialled), ("2", ["1", "2"]))
        self.up = {"1", "2"}
        self.assertEqual((self.attempt("1", "2"), self.dialled), ("2", ["2"]))

    def test_none(self) -> None:
        """Where none answers, the last one says why, and the next attempt begins with another."""
        for first, last in (("1", "2"), ("2", "1"), ("1", "2")):
            self.assertEqual((self.attempt("1", "2"), self.dialled), (f"{last} is silent", [first, last]))

    def test_late(self) -> None:
        """One that was found to be silent later on is passed over in the next attempt, and so is the one after it."""
        self.up = {"1", "2"}
        for expected in ("1", "2", "1"):
            self.assertEqual(self.attempt("1", "2"), expected)
            self.site.silent.add(expected)

    def test_changes(self) -> None:
        """A name is asked for anew in each attempt; what it no longer leads to is forgotten."""
        self.assertEqual(self.attempt("1", "2"), "2 is silent")
        self.up = {"3"}
        self.assertEqual((self.attempt("3", "1"), self.dialled), ("3", ["3"]))
        self.assertEqual(self.site.silent, {"1"})
        self.assertEqual(self.names.asked, ["frps.example"] * 2)
        self.attempt("3")
        self.assertEqual(self.site.silent, set())
