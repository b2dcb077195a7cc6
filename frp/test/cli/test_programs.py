"""frps and frpc, as far as they do not serve."""

from __future__ import annotations

import contextlib
import io
import json
import os

from twisted.trial.unittest import SynchronousTestCase

from frp.cli import run as serving
from frp.cli.command import Group, run
from frp.cli.files import ONE_PROXY
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.kinds.places import NOT_INSTALLED
from frp.version import COMPATIBLE, __version__


class _Printed(io.TextIOWrapper):
    """@ivar terminal: whether it says that it is one."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


class Programs(SynchronousTestCase):
    """
    Runs them.

    @ivar onTerminal: whether they print on a terminal.
    """

    onTerminal = False

    def run_(self, program: Group, *words: str, code: int = 0, warned: str = "") -> str:
        """
        Run one; gives what it printed. Standard error, which C{hints} has as well, must be C{warned} where all goes
        well.
        """
        out, err = _Printed(io.BytesIO(), "utf-8"), io.StringIO()
        out.terminal = self.onTerminal
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            found = run(program, words)
        out.seek(0)
        printed = out.read()
        self.hints = err.getvalue()
        self.assertEqual((found, warned if code else self.hints), (code, warned), printed)
        return printed

    def file(self, text: str) -> str:
        """The path of a file with this text."""
        path: str = self.mktemp()
        with open(path, "w") as file:
            file.write(text)
        return path


class VersionTests(Programs):
    """Which version it is."""

    def test_ours(self) -> None:
        """C{version} says ours beside the compatible one, which C{--version} says alone."""
        for program in frps, frpc:
            first = self.run_(program, "version").splitlines()[0]
            self.assertEqual(first, f"txfrp {__version__}, compatible with frp {COMPATIBLE}")
            self.assertEqual(self.run_(program, "--version"), f"{COMPATIBLE}\n")


class VerifyTests(Programs):
    """C{verify}: what my deployment scripts call before a restart."""

    def test_good(self) -> None:
        """A good file is called so, wherever -c stands."""
        server = self.file("auth.token = 't'")
        client = self.file('[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 80\n')
        self.assertEqual(
            self.run_(frps, "verify", "-c", server), f"frps: the configuration file {server} syntax is ok\n"
        )
        self.assertEqual(
            self.run_(frpc, "-c", client, "verify"), f"frpc: the configuration file {client} syntax is ok\n"
        )

    def test_doubtful(self) -> None:
        """What the reference takes, and what cannot work, is told where no script compares it."""
        path = self.file("serverPort = 70000")
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(run(frpc, ["verify", path]), 0)
        self.assertEqual(out.getvalue(), f"frpc: the configuration file {path} syntax is ok\n")
        self.assertEqual(err.getvalue(), "WARNING: serverPort: there is no port 70000: ports go from 0 to 65535\n")

    def test_bad(self) -> None:
        """What is wrong stands on standard output, in the reference's words, and the exit code is 1."""
        path = self.file("bindPort = 99999")
        text = "bindPort: port number 99999 must be in the range 0..65535\n"
        self.assertEqual(self.run_(frps, "verify", "-c", path, code=1), text)
        self.assertEqual(self.run_(frps, "-c", path, code=1), text)

    def test_explained(self) -> None:
        """Standard error says where, so that scripts are not disturbed."""
        path = self.file("[transport.tls]\ncertFil = 'x'")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            run(frps, ["verify", "-c", path])
        self.assertEqual(out.getvalue(), 'json: unknown field "certFil"\n')
        self.assertIn("transport.tls.certFil: ", err.getvalue())
        self.assertIn("certFile", err.getvalue())

    def test_expected(self) -> None:
        """So it says what should have stood in place of a value of another type, and in which line."""
        for text, expected in (
            ("enablePrometheus = 1", "line 1, enablePrometheus: expected: true or false"),
            ("bindPort = '7000'", "line 1, bindPort: expected: a whole number, without quotes"),
            ("\nbindAddr = 1", "line 2, bindAddr: expected: a text in quotes"),
            ("auth = 1", "line 1, auth: expected: a table"),
            ("allowPorts = 1", "line 1, allowPorts: expected: a list, such as [...]"),
        ):
            err = io.StringIO()
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
                run(frps, ["verify", "-c", self.file(text)])
            self.assertEqual(err.getvalue(), f"  {expected}\n")

    def test_strict(self) -> None:
        """An unknown key is an error unless I allow it."""
        path = self.file("auth.token = 't'\nbindPrt = 7000")
        self.assertEqual(self.run_(frps, "verify", "-c", path, code=1), 'json: unknown field "bindPrt"\n')
        self.assertEqual(self.hints, "  line 2, bindPrt: did you mean 'bindPort'?\n")
        self.assertIn("syntax is ok", self.run_(frps, "verify", "-c", path, "--strict_config=false"))

    def test_missing(self) -> None:
        """A file that is not there."""
        text = "open /no/file: no such file or directory\n"
        self.assertEqual(self.run_(frps, "verify", "-c", "/no/file", code=1), text)
        self.assertEqual(self.run_(frps, "-c", "/no/file", code=1), text)
        self.assertEqual(self.run_(frpc, "-c", "/no/file", code=1), text)

    def test_none(self) -> None:
        """Without a file frps has nothing to verify, and frpc looks for its default."""
        for program, words in (frps, ()), (frpc, ("-c", "")):
            said = f"{program.name} verify -c FILE names it"
            warned = f"  no configuration was named, so nothing was looked at: {said}\n"
            printed = self.run_(program, "verify", *words, warned=warned)
            self.assertEqual(printed, f"{program.name}: the configuration file is not specified\n")
        self.assertEqual(self.run_(frpc, "verify", code=1), "open ./frpc.ini: no such file or directory\n")

    def test_noneThere(self) -> None:
        """Standard error says where the default was looked for, and the two ways on."""
        text = "open ./frpc.ini: no such file or directory\n"
        looked = f"  no configuration was named, so ./frpc.ini was looked for in {os.getcwd()}: "
        for command in "verify", "status", "reload", "stop", "health":
            self.assertEqual(self.run_(frpc, command, code=1), text)
            self.assertEqual(self.hints, f"{looked}frpc {command} -c FILE names it\n")
        self.assertEqual(self.run_(frpc, code=1), text)
        self.assertEqual(self.hints, f"{looked}frpc -c FILE names it; {ONE_PROXY}\n")
        with open("frpc.toml", "w"):
            self.addCleanup(os.remove, "frpc.toml")
        self.run_(frpc, code=1)
        self.assertIn("frpc -c frpc.toml reads the one that is here; ", self.hints)

    def test_namedNotThere(self) -> None:
        """A file that was named is said with the whole path."""
        self.assertEqual(self.run_(frps, "-c", "no.toml", code=1), "open no.toml: no such file or directory\n")
        folder = os.getcwd()
        self.assertEqual(
            self.hints,
            f"  there is no {folder}/no.toml: put it there, or write its whole path; this one begins where frp starts,"
            f" in {folder}\n",
        )

    def test_serverUnnamed(self) -> None:
        """frps starts without a file and without flags, and says that nobody has told it anything."""
        started: list[object] = []

        def serve(*given: object) -> int:
            started.append(given)
            return 0

        self.patch(serving, "serveServer", serve)
        said = "no configuration was named, so everything has its default: frps -c FILE names it"
        for words, hinted in ((), True), (("--token", "t"), False):
            self.run_(frps, *words, warned=self.doubt(words) + f"  {said}; flags do without (frps --help)\n" * hinted)
        self.assertEqual(len(started), 2)

    def doubt(self, words: tuple[str, ...]) -> str:
        """What frps says of a server without a token."""
        text = "whoever reaches port 7000 can open ports here; set auth.token on frps and on frpc"
        return "" if words else f"WARNING: auth: no token: {text}\n"


class FlagConfigurationTests(Programs):
    """Configurations from flags that cannot be used."""

    def test_server(self) -> None:
        """A port that there is not."""
        self.assertEqual(
            self.run_(frps, "-p", "70000", code=1), "bindPort: port number 70000 must be in the range 0..65535\n"
        )

    def test_proxy(self) -> None:
        """There is but one proxy, so its name is not said."""
        self.assertEqual(self.run_(frpc, "tcp", code=1), "name should not be empty\n")
        self.assertEqual(
            self.hints,
            "  -n, --proxy-name: it follows from the service, as in frpc tcp 8080 -s frps.example.com:7000 -r 6000, or "
            "is given by -n NAME\n",
        )
        self.assertEqual(
            self.run_(frpc, "tcp", "-n", "a", "--bandwidth_limit_mode", "x", code=1),
            "bandwidth limit mode should be client or server\n",
        )

    def test_visitor(self) -> None:
        """The same for a visitor, with the client's flags before or behind the word."""
        self.assertEqual(self.run_(frpc, "stcp", "visitor", code=1), "name is required\n")
        self.assertIn("as in frpc stcp visitor -n NAME --server-name PROXY", self.hints)
        self.assertEqual(
            self.run_(frpc, "sudp", "-s", "example.org", "visitor", "-n", "v", code=1), "server name is required\n"
        )
        self.assertEqual(
            self.run_(frpc, "stcp", "--ue", "visitor", "-n", "v", "--server_name=x", "-P", "7001", code=1),
            "bind port is required\n",
        )
        self.assertEqual(
            self.run_(frpc, "stcp", "visitor", "-p", "x", code=1),
            "invalid transport.protocol, optional values are [tcp kcp quic websocket wss]\n",
        )

    def test_visitedProxy(self) -> None:
        """A kind with visitors publishes without the word; another word is left alone, as in the reference."""
        self.assertEqual(self.run_(frpc, "stcp", code=1), "name should not be empty\n")
        self.assertEqual(self.run_(frpc, "stcp", "junk", code=1), "name should not be empty\n")

    def test_noPort(self) -> None:
        """Where the word is no port, the hint is about it, and not about the name that follows from one."""
        for word in "abc", "99999", "host:0":
            self.assertEqual(self.run_(frpc, "tcp", word, code=1), "name should not be empty\n")
            self.assertTrue(self.hints.startswith(f"  [HOST:]PORT: {word} is no port from 1 to 65535"), self.hints)

    def test_flags(self) -> None:
        """What is to be done names flags: there is no file with keys."""
        self.run_(frpc, "http", "8080", code=1)
        self.assertRegex(self.hints, "^  -d, --custom-domain: set customDomains, such as [^\n]*\n$")

    def test_clientFirst(self) -> None:
        """What is wrong with the client is said before its proxy is looked at."""
        self.assertEqual(
            self.run_(frpc, "tcp", "-p", "x", code=1),
            "invalid transport.protocol, optional values are [tcp kcp quic websocket wss]\n",
        )


class FileWordTests(Programs):
    """A file where a command should stand."""

    def test_configuration(self) -> None:
        """Whoever leaves -c out is told of it, unless there is no such file."""
        path = self.file("")
        for program in frps, frpc:
            self.run_(program, path, code=1)
            self.assertTrue(self.hints.endswith(f" --help' for usage.\n  did you mean -c {path}?\n"), self.hints)
            self.run_(program, f"{path}x", code=1)
            self.assertTrue(self.hints.endswith(" --help' for usage.\n"), self.hints)


class ShownTests(Programs):
    """What the programs tell about themselves."""

    def test_version(self) -> None:
        """--version prints the release that this one is compatible with, and nothing else."""
        for program in (frps, frpc):
            self.assertEqual(self.run_(program, "-v"), COMPATIBLE + "\n")

    def test_help(self) -> None:
        """frpc's help names a command for each proxy type."""
        self.assertRegex(self.run_(frpc, "--help"), r"\n  tcp +Run frpc with a single tcp proxy\n")
        self.assertEqual(self.run_(frpc, "help", "tcp"), self.run_(frpc, "tcp", "--help"))
        self.assertIn("-r, --remote-port INTEGER", self.run_(frpc, "tcp", "-h"))
        self.assertIn("--bind-port INTEGER", self.run_(frpc, "stcp", "visitor", "-h"))
        self.assertEqual(self.run_(frpc, "help", "stcp", "visitor"), self.run_(frpc, "stcp", "visitor", "--help"))

    def test_plugins(self) -> None:
        """I can see what is installed, and who brought it."""
        shown = self.run_(frps, "plugins")
        self.assertRegex(shown, r"IProxyKind\n(.*\n)*  tcp +frp +a TCP port")
        self.assertIn("FAILED", self.broken())

    def broken(self) -> str:
        """What C{plugins --check} prints where one cannot be loaded."""
        folder = self.mktemp()
        os.mkdir(folder)
        path = os.path.join(folder, "breaks.py")
        with open(path, "w") as file:
            file.write(
                "from frp.interfaces import IProxyKind\n"
                "from frp.kinds import Contribution\n"
                'bad = Contribution(IProxyKind, "bad", "breaks", "frpx_missing.Bad")\n'
            )
        return self.run_(frps, "plugins", "--check", "--plugin", path, code=1)

    def test_schema(self) -> None:
        """Editors get a JSON Schema."""
        for program, key in ((frps, "bindPort"), (frpc, "serverPort")):
            self.assertIn(key, json.loads(self.run_(program, "schema"))["properties"])

    def test_explain(self) -> None:
        """I can read what a table takes without opening a browser; keys in any case."""
        self.assertIn("certFile", self.run_(frps, "--explain", "transport.TLS"))
        self.assertIn("certFile", self.run_(frps, "verify", "--explain", "transport.tls"))
        self.assertIn("remotePort", self.run_(frpc, "--explain", "proxies.tcp"))
        self.assertIn("loadBalancer", self.run_(frpc, "--explain", "proxies"))
        self.assertIn("bindPort", self.run_(frps, "--explain="))

    def test_explainKey(self) -> None:
        """The same of a single key."""
        out = self.run_(frpc, "--explain", "Proxies.tcp.remoteport")
        self.assertRegex(out, r"\AremotePort \(integer, default 0\)\n    \S[^\n]*\n\Z")
        self.assertRegex(self.run_(frpc, "--explain", "serverPort"), r"\AserverPort \(integer, default 7000\)\n    ")
        self.run_(frpc, "--explain", "serverPort.x", code=1)

    def test_explainNothing(self) -> None:
        """A slip is answered with what there is."""
        out = self.run_(frps, "--explain", "transport.tsl", code=1)
        self.assertEqual(out, f"no table and no key [tsl] in [transport]: did you mean tls? or {NOT_INSTALLED}\n")
        out = self.run_(frpc, "--explain", "Auth.tokn", code=1)
        self.assertEqual(out.partition("?")[0], "no table and no key [tokn] in [Auth]: did you mean token")
        self.assertIn(f"; {NOT_INSTALLED}\n", self.run_(frpc, "--explain", "transport.unix", code=1))
        self.assertIn(f"; {NOT_INSTALLED}\n", self.run_(frpc, "--explain", "proxies.unix", code=1))
        self.assertIn(
            "no table and no key [nosuch] in the configuration: its tables are: ",
            self.run_(frps, "--explain", "nosuch", code=1),
        )

    def test_explainElsewhere(self) -> None:
        """A key's own name is answered with where it is, also where that is the other program."""
        for program, name, hint in (
            (frpc, "remotePort", "did you mean proxies.tcp.remotePort or proxies.udp.remotePort?"),
            (frpc, "proxies.https.frist", "its tables are: plugin, transport, loadBalancer, healthCheck"),
            (frpc, "transport.serverAddr", "did you mean serverAddr?"),
            (frps, "serverAddr", "a key of frpc: frpc --explain serverAddr"),
            (frpc, "vhostHTTPPort", "a key of frps: frps --explain vhostHTTPPort"),
        ):
            out = self.run_(program, "--explain", name, code=1)
            self.assertEqual(out.partition("]")[2].partition(": ")[2], f"{hint}\n")
        self.assertIn("remotePort", self.run_(frpc, "--explain", "proxies.udp.remotePort"))

    def test_explainPlainly(self) -> None:
        """What a table is for is said without the markup of docstrings."""
        out = self.run_(frps, "--explain", "allowPorts")
        self.assertTrue(out.startswith("Ports: either `single`, or `start` to `end`.\n"), out)
        for program in (frps, frpc):
            self.assertNotRegex(self.run_(program, "schema"), r"\b[A-Z]\{")
