"""C{frpc nathole discover}."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.frpc import frpc
from frp.cli.nathole import discovered
from frp.test.cli.test_programs import Programs
from frp.testing.memory import MemoryReactor
from frp.testing.natlab import CONE, POOL, NATLab

_STUN = "198.51.100.1:3478"

_EASY = """\
STUN server: 198.51.100.1:3478
Your NAT type is: EasyNAT
Behavior is: BehaviorNoChange
External address is: [198.51.100.3:5000 198.51.100.3:5000]
Local address is: 0.0.0.0:5000
Public Network: false
"""


class DiscoveredTests(SynchronousTestCase):
    """In the laboratory."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.lab = NATLab(self.reactor)
        self.assertEqual(self.lab.stun, _STUN)

    def said(self, host: Any, server: str, code: int = 0, **options: Any) -> str:
        """Ask from a host; gives what is printed."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            done = Deferred.fromCoroutine(discovered(host, server, **options))
            self.reactor.spend(8)
        self.assertEqual((self.successResultOf(done), host.ports), (code, {}))
        return out.getvalue()

    def test_lines(self) -> None:
        """The reference's six lines."""
        host = self.lab.host(self.lab.nat(CONE))
        self.assertEqual(self.said(host, _STUN, local=":5000"), _EASY)

    def test_classes(self) -> None:
        """A hard NAT, and none."""
        text = self.said(self.lab.host(self.lab.nat(POOL)), _STUN)
        self.assertIn("Your NAT type is: HardNAT\nBehavior is: BehaviorBothChanged\n", text)
        self.assertIn("Public Network: true\n", self.said(self.lab.host(), _STUN))

    def test_explained(self) -> None:
        """The same six lines, and then plain words."""
        host = self.lab.host(self.lab.nat(CONE))
        text = self.said(host, _STUN, local=":5000", explain=True)
        self.assertEqual(text[: len(_EASY) + 1], _EASY + "\n")
        self.assertIn("It lets in hosts that this machine has spoken to", text)
        self.assertIn("EasyNAT                        yes\n", text)

    def test_errors(self) -> None:
        """What went wrong, in the reference's words."""
        host = self.lab.host()
        for server, options, why in (
            ("203.0.113.1:3478", {}, "wait response from stun server timeout"),
            ("203.0.113.1", {}, "address 203.0.113.1: missing port in address"),
            (_STUN, {"local": "5000"}, "address 5000: missing port in address"),
        ):
            self.assertEqual(self.said(host, server, 1, **options), f"discover error: {why}\n")


class CommandTests(Programs):
    """The command itself."""

    def test_help(self) -> None:
        """Alone it prints its help."""
        self.assertIn("Discover nathole information from stun server", self.run_(frpc, "nathole"))
        self.assertIn("--nat-hole-local-addr", self.run_(frpc, "nathole", "discover", "--help"))
