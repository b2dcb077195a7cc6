"""Plugins in a single file."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import Group, run
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.cli.twistd import ClientOptions, ServerOptions
from frp.cli.twistd import frpc as twistdClient
from frp.errors import PluginError
from frp.interfaces import IProxyKind
from frp.kinds import Registry
from frp.test.kinds.files import GOOD, forgetAfter, write


class FileTests(SynchronousTestCase):
    """A person writes hello.py, and names it on the command line."""

    def setUp(self) -> None:
        forgetAfter(self)

    def run_(self, program: Group, *words: str, code: int = 0) -> tuple[str, str]:
        """Run a program; gives its two outputs."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(run(program, words), code, out.getvalue() + err.getvalue())
        return out.getvalue(), err.getvalue()

    def fails(self, text: str) -> str:
        """What frpc says about a file."""
        _, err = self.run_(frpc, "verify", "--plugin", write(self.mktemp(), text), code=1)
        return err

    def test_kind(self) -> None:
        """Its kind is there, beside the built-in ones, and it need not be packaged."""
        registry = Registry(files=[write(self.mktemp(), GOOD)])
        self.assertLessEqual({"hello", "tcp"}, set(registry.names(IProxyKind)))
        self.assertEqual(registry.get(IProxyKind, "hello").schema.__name__, "HelloConfig")

    def test_once(self) -> None:
        """The same file named twice is the same kind, not two owners; the same name elsewhere is another module."""
        first, second = write(self.mktemp(), GOOD), write(self.mktemp(), GOOD.replace('"hello"', '"other"'))
        registry = Registry(files=[first, first, second])
        self.assertIsNot(registry.get(IProxyKind, "hello").schema, registry.get(IProxyKind, "other").schema)

    def test_named(self) -> None:
        """The announcement may name the class, in quotes, before it is there."""
        announcement, text = GOOD.rsplit("\n\n\n", 1)[::-1]
        text = (
            "from frp.interfaces import IProxyKind\nfrom frp.plugin import Contribution\n"
            + announcement.replace(", Hello)", ', "Hello")').strip()
            + "\n"
            + "\n".join(line[4:] for line in text.splitlines())
        )
        self.assertEqual(Registry(files=[write(self.mktemp(), text)]).get(IProxyKind, "hello").ports(None), 1)

    def test_configuration(self) -> None:
        """Its keys are checked, explained, and in the schema for editors."""
        folder = self.mktemp()
        path = write(folder, GOOD)
        config = Path(folder, "frpc.toml")
        config.write_text('[[proxies]]\nname = "a"\ntype = "hello"\nlocalPort = 1\ngreting = "hi"\n')
        out, err = self.run_(frpc, "verify", "-c", str(config), "--plugin", path, "--strict-config=true", code=1)
        self.assertIn('unknown field "greting"', out)
        self.assertIn("did you mean 'greeting'?", err)
        self.assertIn("greeting (string", self.run_(frpc, "--plugin", path, "--explain", "proxies.hello")[0])
        self.assertIn('"greeting"', self.run_(frpc, "schema", "--plugin", path)[0])

    def test_command(self) -> None:
        """frpc has a command for it, wherever the flag stands."""
        path = write(self.mktemp(), GOOD)
        for words in (("hello", "--help", "--plugin", path), (f"--plugin={path}", "hello", "--help")):
            self.assertIn("--greeting", self.run_(frpc, *words)[0])
        self.assertIn("hello", self.run_(frpc, "--plugin", path, "--help")[0])

    def test_listed(self) -> None:
        """frps plugins lists it, and says which file has brought it."""
        path = write(self.mktemp(), GOOD)
        self.assertRegex(self.run_(frps, "plugins", "--check", "--plugin", path)[0], r"hello +hello\.py +like tcp\n")

    def test_twistd(self) -> None:
        """twistd takes the flag, too."""
        path = write(self.mktemp(), "import nowhere_to_be_found")
        for options in (ClientOptions(), ServerOptions()):
            options.parseOptions(["--plugin", path])
            self.assertEqual(options.given["plugin"], [path])
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertRaises(SystemExit, twistdClient.makeService, options)
        self.assertIn("hello.py:1: ", err.getvalue())

    def test_missing(self) -> None:
        """A file that is not there is an error, not silence."""
        _, err = self.run_(frpc, "verify", "--plugin", "nowhere/hello.py", code=1)
        self.assertIn("no such file or directory", err)
        self.assertIn("nowhere/hello.py: the plugin file", err)

    def test_broken(self) -> None:
        """A file that cannot be run is an error with its line, and the page to read."""
        self.assertIn("hello.py:2: ", self.fails("x = 1\nimport nowhere_to_be_found"))
        self.assertIn("hello.py:1: ", self.fails("x = ("))
        said = self.fails("from frp.kinds import Contribution\n\nc = Contribution('IProxyKind', 'a', 'b', 'C')")
        self.assertIn("hello.py:3: ", said)
        self.assertIn("family is an interface, such as IProxyKind", said)
        self.assertIn("see: frpc docs extending/index", said)

    def test_nothing(self) -> None:
        """A file without an announcement says what is missing."""
        said = self.fails("from frp.kinds import Contribution\n")
        self.assertIn("announces nothing", said)
        self.assertIn("expected: a line such as: hello = Contribution(", said)

    def test_otherCommands(self) -> None:
        """A broken one does not keep plugins --check from listing all."""
        path = write(self.mktemp(), "x = (")
        out, _ = self.run_(frpc, "plugins", "--check", "--plugin", path, code=1)
        self.assertIn("  tcp ", out)
        self.assertIn("hello.py:1: ", out)

    def test_used(self) -> None:
        """Who uses a broken kind in a configuration is told where it is broken, too."""
        folder = self.mktemp()
        path = write(folder, GOOD.replace("class Hello(TCP)", "class Hello"))
        config = Path(folder, "frpc.toml")
        config.write_text('[[proxies]]\nname = "a"\ntype = "hello"\n')
        out, err = self.run_(frpc, "verify", "-c", str(config), "--plugin", path, code=1)
        self.assertEqual(out, "decode proxy at index 0: IProxyKind 'hello' does not keep its promise\n")
        self.assertIn("hello.py:16: IProxyKind 'hello': Hello has no serverProxy", err)
        self.assertIn("see: frpc docs extending/proxy", err)

    def test_wrongBase(self) -> None:
        """A schema that is not derived from the table of its family is told, as plugins --check tells it."""
        folder = self.mktemp()
        path = write(folder, GOOD.replace("HelloConfig(TCPConfig)", "HelloConfig"))
        config = Path(folder, "frpc.toml")
        config.write_text('[[proxies]]\nname = "a"\ntype = "hello"\n')
        out, err = self.run_(frpc, "verify", "-c", str(config), "--plugin", path, code=1)
        self.assertEqual(out, "decode proxy at index 0: IProxyKind 'hello' has no table of keys\n")
        self.assertIn("hello.py:9: IProxyKind 'hello': the schema is plugin_hello", err)
        self.assertIn("expected: a class with @table, derived from frp.config.proxy.ProxyConfig", err)

    def test_brokenCheck(self) -> None:
        """A check of a key that fails is told with its line; it ends no program."""
        for check, line in (("lambda value: ''", 0), ("lambda value, table: 1 / 0 and ''", 13)):
            folder = self.mktemp()
            path = write(folder, GOOD.replace('"Said first."', f'"Said first.", check={check}'))
            config = Path(folder, "frpc.toml")
            config.write_text('[[proxies]]\nname = "a"\ntype = "hello"\nlocalPort = 1\n')
            out, err = self.run_(frpc, "verify", "-c", str(config), "--plugin", path, code=1)
            self.assertEqual(out, "proxy a: the check of greeting failed\n")
            self.assertIn("the check of greeting failed: ", err)
            self.assertIn("expected: check(value, table)", err)
            self.assertIn(f"hello.py:{line or ''}", err if line else path + ":")
            self.run_(frpc, "plugins", "--check", "--plugin", path, code=1)

    def test_error(self) -> None:
        """Programs that use the registry themselves find the faults in it, one by one."""
        registry = Registry(files=[write(self.mktemp(), GOOD.replace("class Hello(TCP)", "class Hello"))])
        error = self.assertRaises(PluginError, registry.get, IProxyKind, "hello")
        self.assertGreater(len(error.faults), 3)
        self.assertTrue(all(fault.place.endswith("hello.py:16") for fault in error.faults), error.detail)
