"""What C{plugins --interface} prints."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp import interfaces
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.cli.interface import described
from frp.cli.public import PUBLIC, names
from frp.errors import FRPError
from frp.test.cli.test_programs import Programs


class CommandTests(Programs):
    """Somebody who has only installed frp writes a plugin."""

    def test_site(self) -> None:
        """I can read what a site has, with its arguments, its errors and what it all means, from either program."""
        shown = self.run_(frps, "plugins", "--interface", "IServerSite")
        self.assertIn("IServerSite (frp.interfaces)\n", shown)
        self.assertIn("  clock: IReactorTime\n      the time; of the halves of a proxy it is the reactor", shown)
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


class PublicTests(Programs):
    """Everything that plugins may use."""

    def described(self, *words: str) -> str:
        """What is printed of a name."""
        return self.run_(frpc, "plugins", "--interface", *words)

    def test_class(self) -> None:
        """A class is shown with how it is made, and functions with their arguments."""
        shown = self.described("WSGIServer")
        self.assertIn("WSGIServer (frp.http.apps.wsgi)\n", shown)
        self.assertIn("  WSGIServer(app: WSGI, site: IClientPluginSite)\n", shown)
        self.assertNotIn("  HTTPServer(", shown)
        self.assertIn("  shut() -> None\n", shown)
        self.assertIn("  tcpEndpoint(site: IDialSite) -> IStreamClientEndpoint\n", self.described("tcpEndpoint"))

    def test_services(self) -> None:
        """The services have what is theirs, and nothing of another class that is called like a base of theirs."""
        for name, method in (("FRPClient", "update("), ("FRPServer", "listen(hook: IServerHook)")):
            shown = self.described(name)
            self.assertIn(f"  {method}", shown)
            self.assertNotIn("buildProtocol", shown)

    def test_constant(self) -> None:
        """A constant has its value, and what is said beside it."""
        self.assertEqual(
            self.described("THREADS"),
            "THREADS (frp.http.apps.wsgi)\n\n  THREADS = 20\n      How many requests are answered at a time.\n",
        )

    def test_testing(self) -> None:
        """Contracts and what else tests have; where two things have one name, both, or that of a module."""
        self.assertIn("HookContract (frp.testing.contracts)\n", self.described("HookContract"))
        both = self.described("fieldsOf")
        self.assertEqual(both.count("fieldsOf (frp."), 2)
        self.assertEqual(self.described("frp.web.shaping.fieldsOf").count("fieldsOf (frp."), 1)

    def test_module(self) -> None:
        """All that a module has, and each with its first sentence; a package has what its modules have."""
        self.assertIn("  WebTestCase  Web servers in the network of a test.\n", self.described("frp.testing.web"))
        whole = self.described("frp.testing")
        for title in ("frp.testing.web\n", "frp.testing.contracts\n", "frp.testing.natlab\n"):
            self.assertIn(title, whole)

    def test_every(self) -> None:
        """Every public name can be described, without marks that mean nothing there, and each module has some."""
        for one in names():
            self.assertNotRegex(
                described(f"{one.module}.{one.name}"), r"[CLI]\{\w|@(param|return|raise|ivar)", one.name
            )
        for module in PUBLIC:
            self.assertTrue([one for one in names() if f"{one.module}.".startswith(f"{module}.")], module)
