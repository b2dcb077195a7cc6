"""Tests that run programs, for as many pairings as one likes."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.pairings import OURS, Pairing
from frp.test.interop.programs import MISSING, Program
from frp.test.interop.services import Answer, Service, exchangeOver, received
from frp.test.interop.stage import Stage
from frp.testing.live import needIPv6

__all__ = ["ProgramsTestsBuilder"]

if TYPE_CHECKING:
    _Case = SynchronousTestCase
else:
    # So that what is built from is no test itself.
    _Case = object


class ProgramsTestsBuilder(_Case):
    """
    What every pairing of the two programs can do. Test cases are made of it as of Twisted's C{ReactorBuilder}::

        globals().update(DoorTests.makeTestCaseClasses(*PAIRINGS))

    @cvar enough: what tests our two programs besides, so that they need not be run here where the reference's are
        missing; empty if nothing does.
    @cvar pairing: whose programs are run, and how.
    @ivar stage: where they are.
    """

    enough = ""
    pairing: Pairing = OURS

    @classmethod
    def makeTestCaseClasses(cls, *pairings: Pairing) -> dict[str, type[SynchronousTestCase]]:
        """@return: a test case for each of them, by its name."""
        made = {}
        for pairing in pairings:
            name = re.sub(r"\W+", "_", f"{cls.__name__} {pairing}")
            space: dict[str, object] = {"__module__": cls.__module__, "__doc__": cls.__doc__, "pairing": pairing}
            reason = MISSING and (MISSING if "go" in pairing.makers else cls.enough)
            if reason:
                space["skip"] = reason
            made[name] = type(name, (cls, SynchronousTestCase), space)
        return made

    def setUp(self) -> None:
        if ":" in self.pairing.host:
            needIPv6()
        self.stage = Stage(self.pairing)
        self.addCleanup(self.stage.close)

    def service(self, answer: Answer, port: int = 0) -> Service:
        """L{Stage.service}, and so on."""
        return self.stage.service(answer, port)

    def start(self, maker: str, name: str, text: str, within: Iterable[str] = ()) -> Program:
        return self.stage.start(maker, name, text, within)

    def frps(self, more: str = "", port: int = 0) -> tuple[Program, int]:
        return self.stage.frps(more, port)

    def frpc(self, port: int, more: str = "", proxies: str = "", **changes: Any) -> Program:
        return self.stage.frpc(port, more, proxies, **changes)

    def dial(self, port: int) -> socket.socket:
        return self.stage.dial(port)

    def said(self, port: int) -> bytes:
        """@return: what is said by who can be reached on a port of frps, until he hangs up."""
        with self.dial(port) as user:
            return received(user)

    def exchange(self, port: int, size: int) -> None:
        """Send so many bytes to an echo behind a port of frps, and see that they come back."""
        with self.dial(port) as user:
            sent, back = exchangeOver(user, size)
        self.assertEqual(sent, back)
