"""
What plugins --check says.
"""

from __future__ import annotations

import sys

from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase

import twisted.plugins
from frp.config.faults import faults
from frp.plugin import Registry
from frp.test.plugin.files import GOOD, write


class FaultTests(SynchronousTestCase):
    """A person has made a mistake in a plugin."""

    def setUp(self) -> None:
        before = set(sys.modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in set(sys.modules) - before if "plugin_" in name])

    def check(self, *changes: tuple[str, str], name: str = "hello") -> str:
        """What is said of a plugin file with these changes."""
        text = GOOD
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        registry = Registry(files=[write(self.mktemp(), text)])
        found = [fault for one in registry.contributions() if one.name == name for fault in faults(one, registry)]
        return "\n".join(map(str, found))

    def test_good(self) -> None:
        """Where all is well nothing is said, of the built-in ones neither."""
        self.assertEqual(self.check(), "")
        registry = Registry()
        self.assertEqual([str(f) for one in registry.contributions() for f in faults(one, registry)], [])

    def test_method(self) -> None:
        """A method with other parameters: its line, and how it should be."""
        said = self.check(("schema = HelloConfig", "schema = HelloConfig\n\n        def check(self, message): ..."))
        self.assertIn("hello.py:20: IProxyKind 'hello': Hello.check is not as its interface says", said)
        self.assertIn("expected: check(message, server): What frps refuses before anything is opened.", said)
        self.assertIn("see: docs/extending/proxy.md", said)

    def test_missing(self) -> None:
        """A method that is not there: the line of the class."""
        said = self.check(("class Hello(TCP)", "class Hello"))
        self.assertIn("hello.py:16: IProxyKind 'hello': Hello has no serverProxy", said)
        self.assertIn("expected: serverProxy(message, site): frps' half. Nothing is opened yet.", said)

    def test_undeclared(self) -> None:
        """A class that does not say what it implements."""
        said = self.check(("    @implementer(IProxyKind)\n", ""), ("class Hello(TCP)", "class Hello"))
        self.assertIn("Hello does not provide frp.interfaces.IProxyKind", said)
        self.assertIn("expected: @implementer(IProxyKind) before class Hello", said)

    def test_constructor(self) -> None:
        """A constructor that raises: the line that did."""
        said = self.check(
            ("schema = HelloConfig", "schema = HelloConfig\n\n        def __init__(self):\n            1 / 0")
        )
        self.assertIn("hello.py:21: IProxyKind 'hello'", said)
        self.assertIn("ZeroDivisionError", said)
        said = self.check(("schema = HelloConfig", "schema = HelloConfig\n\n        def __init__(self, x): ..."))
        self.assertIn("missing 1 required positional argument: 'x'", said)

    def test_schema(self) -> None:
        """A schema that is no table, or not one of this family, or has keys of no known type."""
        self.assertIn("expected: a class with @table", self.check(("schema = HelloConfig", "schema = dict")))
        said = self.check(("(TCPConfig)", ""))
        self.assertIn("derived from frp.config.proxy.ProxyConfig", said)
        self.assertIn("hello.py:9: ", said)
        said = self.check(("greeting: str = key(", "greeting: float = key("))
        self.assertIn("cannot have a key of type <class 'float'>", said)

    def test_example(self) -> None:
        """An example with an unknown option, of another type, or that is no TOML at all."""
        said = self.check(("localPort = 1", "greting = 1"))
        self.assertIn(
            'examples[0]: greting: json: unknown field "greting" (did you mean ', said.replace("proxies[0].", "")
        )
        self.assertIn("it is 'tcp', not 'hello'", self.check(('type = "hello"', 'type = "tcp"')))
        self.assertIn("examples[0]: Expected '=' after a key", self.check(("localPort = 1", "localPort 1")))
        self.assertIn("expected: a tuple of TOML texts", self.check(("localPort = 1',)", "localPort = 1')")))

    def test_twoOwners(self) -> None:
        """A name that is taken: both owners."""
        said = self.check(('IProxyKind, "hello"', 'IProxyKind, "tcp"'), name="tcp")
        self.assertIn("frp.proxies.tcp.TCP (announced in twisted.plugins.frp_proxies)", said)
        self.assertIn("Hello (announced in plugin_hello)", said)

    def test_target(self) -> None:
        """A target that is not there: the line of the announcement."""
        said = self.check(('like tcp", Hello)', 'like tcp", "frpx_missing.Hello")'))
        self.assertRegex(said, r"hello\.py:22: .* importing frpx_missing\.Hello failed")

    def test_module(self) -> None:
        """A module in twisted/plugins that cannot be imported: its file and line, though Twisted only logs it."""
        folder = self.mktemp()
        write(folder, "x = 1\nimport nowhere_to_be_found\n", "twisted/plugins/frpx_lost.py")
        self.patch(
            twisted.plugins,
            "__path__",
            [*twisted.plugins.__path__, FilePath(folder).child("twisted").child("plugins").path],
        )
        registry = Registry()
        list(registry.contributions())
        (broken,) = registry.broken
        self.flushLoggedErrors()
        self.assertEqual(broken.module, "twisted.plugins.frpx_lost")
        self.assertIn("twisted/plugins/frpx_lost.py:2: ", str(broken.fault))
