"""C{nathole discover} behind the kernel's NATs: what we say of each, and what the reference says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.programs import MISSING, REFERENCE, pick
from frp.testing.natlab.namespaces import Namespaces, missing

#: By the rule of the NAT, where there is one.
_LINES = {
    "masquerade": ("EasyNAT", "BehaviorNoChange", "false"),
    "masquerade random": ("HardNAT", "BehaviorPortChanged", "false"),
    "masquerade fully-random": ("HardNAT", "BehaviorPortChanged", "false"),
    "": ("EasyNAT", "BehaviorNoChange", "true"),
}


class _Discovering(SynchronousTestCase):
    skip = missing() or None

    def setUp(self) -> None:
        self.lab = Namespaces()
        self.addCleanup(self.lab.close)

    def said(self, maker: str, place: str, *flags: str) -> list[str]:
        """The lines of one program."""
        asked = ["nathole", "discover", f"--nat_hole_stun_server={self.lab.stun}", *flags]
        return self.lab.run(place, [*pick(maker, "frpc"), *asked]).splitlines()

    def holds(self, maker: str) -> None:
        """Every NAT is classified, and the rest of the lines is as it must be."""
        for rule, (kind, behavior, public) in _LINES.items():
            place = self.lab.natted(rule) if rule else self.lab.host()
            lines = self.said(maker, place, "-l", ":5000")
            self.assertEqual(
                lines[:3], [f"STUN server: {self.lab.stun}", f"Your NAT type is: {kind}", f"Behavior is: {behavior}"]
            )
            self.assertEqual(lines[4:], ["Local address is: 0.0.0.0:5000", f"Public Network: {public}"])
            self.assertRegex(lines[3], r"^External address is: \[198\.51\.100\.\d+:\d+ 198\.51\.100\.\d+:\d+\]$")


class OurTests(_Discovering):
    """Ours."""

    def test_lines(self) -> None:
        """What we say."""
        self.holds("ours")

    def test_explained(self) -> None:
        """The kernel lets in who was spoken to, and nobody else."""
        text = "\n".join(self.said("ours", self.lab.natted(), "--explain"))
        self.assertIn("It lets in only who was spoken to, port by port", text)
        text = "\n".join(self.said("ours", self.lab.host(), "--explain"))
        self.assertIn("This machine has a public address.", text)


class ReferenceTests(_Discovering):
    """The reference's."""

    skip = missing() or MISSING or None

    def test_lines(self) -> None:
        """What it says is the same, line by line."""
        self.holds("go")

    def test_errors(self) -> None:
        """Errors are the same, too."""
        place = self.lab.host()
        for server, local in (("198.51.100.1", ":0"), ("198.51.100.99:1", ":0"), (self.lab.stun, "5000")):
            asked = f"nathole discover --nat_hole_stun_server={server} -l {local}".split()
            theirs, ours = (
                self.lab.start(place, [*pick(maker, "frpc", REFERENCE), *asked]) for maker in ("go", "ours")
            )
            self.assertEqual(ours.communicate()[0], theirs.communicate()[0])
            self.assertEqual((ours.returncode, theirs.returncode), (1, 1))
