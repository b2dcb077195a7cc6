"""What people are told of their NAT."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.nathole.classification import NATFeature
from frp.nathole.explaining import Chance, chance, explained
from frp.nathole.filtering import Lets

_PUBLIC = NATFeature("BehaviorNoChange", publicNetwork=True)
_EASY = NATFeature("BehaviorNoChange")
_REGULAR = NATFeature("BehaviorPortChanged", 1, True)
_HARD = NATFeature("BehaviorBothChanged")
_KINDS = (_PUBLIC, _EASY, _REGULAR, _HARD)

_EXPLAINED = """\
Everybody is shown another port, and the ports lie close together: the next one can be guessed.
It lets in only who was spoken to, port by port; or the STUN server did not answer from elsewhere.

A hole (xtcp) to a partner with
  no NAT                         yes
  EasyNAT                        yes
  HardNAT, ports close together  only if one of the two shows all ports of a partner the same port
  HardNAT, any other             only if one of the two shows all ports of a partner the same port

What to change:
  Let the router keep ports for all destinations ("full cone", "endpoint-independent" or "static port" NAT).
  Or make this machine the one that the router sends everything to (exposed host, DMZ).
  If the provider shares one address among customers, ask for a public one, or for IPv6: that has no NAT.
  Without that, set fallbackTo: where no hole can be punched, a stcp visitor does it through frps."""


class ExplainedTests(SynchronousTestCase):
    """By kind."""

    def test_text(self) -> None:
        """What it does, whom it reaches, what would help."""
        self.assertEqual("\n".join(explained(_REGULAR, Lets.PORTS)), _EXPLAINED)

    def test_public(self) -> None:
        """Who has no NAT is told nothing of its filter, and reaches everybody."""
        text = "\n".join(explained(_PUBLIC, Lets.EVERYBODY))
        self.assertIn("public address", text)
        self.assertNotIn("lets in", text)
        self.assertEqual({chance(_PUBLIC, partner) for partner in _KINDS}, {Chance.YES})

    def test_unknown(self) -> None:
        """What could not be tried is said to be unknown."""
        self.assertIn("no second address", "\n".join(explained(_EASY, None)))

    def test_symmetric(self) -> None:
        """It does not matter which of the two asks."""
        for one in _KINDS:
            for other in _KINDS:
                self.assertIs(chance(one, other), chance(other, one))
