"""What C{plugins --interface} prints."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp import interfaces
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.cli.interface import described
from frp.errors import FRPError
from frp.test.cli.test_programs import Programs


class CommandTests(Programs):
    """Somebody who has only installed frp writes a plugin."""

    def test_site(self) -> None:
        """I can read what a site has, with its arguments, its errors and what it all means, from either program."""
        shown = self.run_(frps, "plugins", "--interface", "IServerSite")
        self.assertIn("IServerSite (frp.interfaces)\n", shown)
        self.assertIn("  clock: IReactorTime\n      the time\n", shown)
        self.assertIn("  listen(port: int, factory: IProtocolFactory) -> Deferred[int]\n      Open a TCP port", shown)
        self.assertIn("raises PortTaken: ", shown)
        self.assertEqual(self.run_(frpc, "plugins", "--interface=frp.interfaces.iserversite"), shown)

    def test_message(self) -> None:
        """I can read the fields of what a hook is told, those of its base too."""
        shown = self.run_(frps, "plugins", "--interface", "ConnectionClosed")
        self.assertIn("  proxy_name: str\n", shown)
        self.assertIn("  bytes_out: int\n", shown)
        self.assertIn("no work stream", shown)
        self.assertNotIn("v1Type", self.run_(frps, "plugins", "--interface", "NewProxy"))

    def test_slip(self) -> None:
        """A slip is answered with what there is."""
        out = self.run_(frps, "plugins", "--interface", "IServerSight", code=1)
        self.assertTrue(out.startswith("no interface IServerSight: did you mean IServerSite"), out)
        self.assertIn("there are: ", self.run_(frps, "plugins", "--interface", "xyz", code=1))


class DescribedTests(SynchronousTestCase):
    """The text."""

    def test_all(self) -> None:
        """Every interface of frp can be described, with all its members, and without marks that mean nothing there."""
        for name in filter(lambda name: name.startswith("I"), interfaces.__all__):
            shown = described(name)
            for member in getattr(interfaces, name).names():
                self.assertRegex(shown, rf"(?m)^  {member}[:(]", name)
            self.assertNotRegex(shown, r"[CLI]\{|@(param|return|raise|ivar)")

    def test_bases(self) -> None:
        """What it has from an interface of Twisted's is named."""
        self.assertIn("Besides these it has all of IStreamClientEndpoint.", described("IVisitorSite"))

    def test_implementation(self) -> None:
        """Of a class only what is its own is shown."""
        shown = described("StreamWrapper")
        self.assertIn("  fromUser(data: bytes) -> None\n", shown)
        self.assertNotIn("dataReceived(", shown)

    def test_none(self) -> None:
        """There is no such name."""
        self.assertRaises(FRPError, described, "")
