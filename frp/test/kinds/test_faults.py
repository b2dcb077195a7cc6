"""What plugins --check says."""

from __future__ import annotations

from textwrap import dedent, indent

from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase

import twisted.plugins
from frp.config.clientfile import clientFromValues
from frp.config.faults import faults
from frp.errors import ConfigErrors, PluginError
from frp.interfaces import IServerHookKind
from frp.kinds import Registry
from frp.test.kinds.files import GOOD, forgetAfter, write


class FaultTests(SynchronousTestCase):
    """A person has made a mistake in a plugin."""

    def setUp(self) -> None:
        forgetAfter(self)

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
        self.assertIn("see: frpc docs extending/proxy", said)

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

    def test_keys(self) -> None:
        """A key of a type that there is not, without a type, or without key(): its name, its line, what can be."""
        said = self.check(("greeting: str = key(", "greeting: float = key("))
        self.assertIn("hello.py:13: IProxyKind 'hello': HelloConfig.greeting: a configuration table cannot", said)
        self.assertIn("cannot have a key of type float\n    expected: a type that a key can have: str, int, bool", said)
        self.assertIn("of type set[str]", self.check(("greeting: str = key(", "greeting: set[str] = key(")))
        said = self.check(("greeting: str = key(", "greeting = key("))
        self.assertIn("hello.py:13: IProxyKind 'hello': HelloConfig.greeting: it has no type", said)
        said = self.check(('greeting: str = key("", "Said first.")', "within: int = 5"))
        self.assertIn("hello.py:13: IProxyKind 'hello': HelloConfig.within: it is no key", said)
        self.assertIn("expected: within: ... = key(default, help)", said)
        said = self.check(("greeting: str = key(", "greeting: 'Nowhere' = key("))
        self.assertIn("HelloConfig.greeting: its type means nothing: name 'Nowhere' is not defined", said)

    def test_inherited(self) -> None:
        """A key that is called like one of the base table, and is another: its name, its line, whose it is."""
        field, key = 'greeting: str = key("", "Said first.")', 'key({}, "Said first.")'
        for declared, default, whose in (
            ("transport: str", '""', "it is called like a key of ProxyConfig, which is ProxyTransportConfig"),
            ("name: int", "0", "it is called like a key of ProxyConfig, which is str"),
            ("loadBalancer: bool", "False", "it is called like a key of ProxyConfig, which is LoadBalancerConfig"),
            ("metadatas: dict[str, bool]", "dict", "it is called like a key of ProxyConfig, which is dict[str, str]"),
            ("problems: list[str]", "list", "it is called like the rules of a table"),
            ("localport: int", "0", "it is called like the key localPort: capital letters count for nothing"),
        ):
            said = self.check((field, f"{declared} = {key.format(default)}"))
            name = declared.partition(":")[0]
            self.assertIn(f"hello.py:13: IProxyKind 'hello': HelloConfig.{name}: {whose}\n    expected: another", said)
            self.assertEqual(said.count("IProxyKind"), 1, said)
        loud = (
            "class LoudConfig(HelloConfig):\n        greeted: str = key('', 'Said.')\n\n\n    @implementer(IProxyKind)"
        )
        said = self.check(
            (field, "def greeted(self): ...\n\n    @table"), ("@implementer(IProxyKind)", loud), ("= Hello", "= Loud")
        )
        self.assertIn("hello.py:19: IProxyKind 'hello': LoudConfig.greeted: it is called like a method, or an", said)

    def test_refused(self) -> None:
        """A configuration that uses such a kind is refused with the same words."""
        registry = Registry(files=[write(self.mktemp(), GOOD.replace("greeting: str", "transport: str"))])
        proxy = {"name": "a", "type": "hello", "localPort": 1}
        with self.assertRaises(ConfigErrors) as caught:
            clientFromValues({"proxies": [proxy]}, registry=registry)
        said = "hello.py:13: IProxyKind 'hello': HelloConfig.transport: it is called like a key of ProxyConfig"
        self.assertIn(said, caught.exception.detail)

    def test_inheritedAnew(self) -> None:
        """One of the same type takes the place of that key, with its default and its rules."""
        for declared in ('localIP: str = key("::1", "Where.")', 'name: str = key("", "Whose.")'):
            self.assertEqual(self.check(('greeting: str = key("", "Said first.")', declared)), "")

    def test_defaults(self) -> None:
        """A default of another type, and one of a key that must be given."""
        field = 'greeting: str = key("", "Said first.")'
        for declared, default, named in (
            ("rate: int", "'many'", "int"),
            ("loud: bool", "0", "bool"),
            ("rate: int", "True", "int"),
            ("word: str", "None", "str"),
            ("words: list[str]", "dict", "list[str]"),
            ("words: list[str]", "('a',)", "list[str]"),
            ("words: list[int]", "lambda: None", "list[int]"),
        ):
            said = self.check((field, f'{declared} = key({default}, "Said first.")'))
            name = declared.partition(":")[0]
            self.assertIn(f"hello.py:13: IProxyKind 'hello': HelloConfig.{name}: its default is ", said)
            self.assertIn(f", and its type {named}\n    expected: a default of that type", said)
        for right in ("rate: int | None = key(None", "words: list[str] = key(list", "rate: int | None = key(5"):
            self.assertEqual(self.check((field, f'{right}, "Said first.")')), "")
        said = self.check((field, 'word: str = key("hello", "Said first.", required=True)'))
        self.assertIn("hello.py:13: IProxyKind 'hello': HelloConfig.word: it is required, and has a default", said)

    def test_nestedKeys(self) -> None:
        """The same of a table below the table."""
        field = 'greeting: str = key("", "Said first.")'
        inner = '@table\n    class Inner:\n        "Below."\n\n        {}\n\n\n    @table\n    class HelloConfig'
        for wrong, what in (
            ("rate: float = key(1, 'Most.')", "Inner.rate: a configuration table cannot have a key of type float"),
            ("rate: int = key('1', 'Most.')", "Inner.rate: its default is '1', and its type int"),
        ):
            said = self.check(
                ("@table\n    class HelloConfig", inner.format(wrong)), (field, "inner: Inner = key(Inner, 'Below.')")
            )
            self.assertIn(f"hello.py:13: IProxyKind 'hello': {what}", said)

    def test_failingTable(self) -> None:
        """A table that fails when it is made is a fault of its examples."""
        made = "def __attrs_post_init__(self):\n            1 / 0"
        said = self.check(('greeting: str = key("", "Said first.")', made))
        self.assertIn("examples[0]: reading it failed: ZeroDivisionError: division by zero", said)

    def test_sharedDefault(self) -> None:
        """A default that all tables would share is refused where it stands."""
        text = GOOD.replace('greeting: str = key("", ', "greetings: list[str] = key([], ")
        registry = Registry(files=[write(self.mktemp(), text)])
        list(registry.contributions())
        (broken,) = registry.broken
        self.assertIn("hello.py:13: ", str(broken.fault))
        self.assertIn("use list, without brackets", str(broken.fault))

    def test_checks(self) -> None:
        """A check that cannot be called with a value and its table."""
        said = self.check(('"Said first.")', '"Said first.", check=lambda value: "")'))
        self.assertIn("hello.py:13: ", said)
        self.assertIn("the check of HelloConfig.greeting cannot be called with (value, table)", said)

    def things(self, thing: str, *changes: tuple[str, str]) -> str:
        """What is said when the server's half is of this class."""
        return self.check(
            (
                "schema = HelloConfig",
                f"class serverProxy:\n{indent(dedent(thing), ' ' * 12)}\n        schema = HelloConfig",
            ),
            *changes,
        )

    def test_things(self) -> None:
        """A class that a kind names in place of a method: its constructor, and what it has to be."""
        said = self.things("def __init__(self, message): ...")
        self.assertIn("serverProxy is serverProxy, which is called with (message, site), and takes (message)", said)
        self.assertRegex(
            said, r"hello\.py:19: .*\n    expected: def __init__\(self, message, site\)\n    see: frpc docs ext"
        )
        said = self.things("def __init__(self, message, site): ...")
        self.assertIn("serverProxy does not provide frp.interfaces.IServerProxy", said)
        self.assertIn("serverProxy has no open\n    expected: open(): Take users from now on.", said)
        self.assertIn("serverProxy has no close\n", said)

    def test_hookThings(self) -> None:
        """The class of a hook: what it watches must be there, each method takes the operation, and has its name."""
        text = """
            from zope.interface import implementer
            from frp.config.schema import table
            from frp.config.server import HookConfig
            from frp.hooks.base import ServerHook
            from frp.interfaces import IServerHookKind
            from frp.kinds import Contribution

            @table
            class OwnerConfig(HookConfig):
                "Mine."

            class OwnerHook(ServerHook):
                operations = ("Login", "NewProxi", "NewProxy", "Ping")
                def __init__(self, config): ...
                def newproxy(self, operation): ...
                def login(self): ...
                def ping(self, operation): ...

            @implementer(IServerHookKind)
            class Owner:
                schema = OwnerConfig
                examples = ('type = "owner"',)
                hook = OwnerHook

            owner = Contribution(IServerHookKind, "owner", "mine", Owner)
        """
        registry = Registry(files=[write(self.mktemp(), text, "owner.py")])
        found = [fault for one in registry.contributions() if one.name == "owner" for fault in faults(one, registry)]
        texts = [
            (fault.place.rpartition(":")[2], fault.what.removeprefix("IServerHookKind 'owner': ")) for fault in found
        ]
        self.assertEqual(
            texts,
            [
                ("14", "hook is OwnerHook, which is called with (config, site), and takes (config)"),
                ("16", "OwnerHook.login is not as its interface says: it doesn't allow enough arguments"),
                ("12", "OwnerHook watches 'NewProxi', which there is not (did you mean NewProxy?)"),
                ("12", "OwnerHook watches NewProxy, but does not define newProxy (is newproxy meant for it?)"),
            ],
        )
        error = self.assertRaises(PluginError, registry.make, IServerHookKind, "owner", "hook", None, None)
        self.assertRegex(
            error.detail, r"owner\.py:14: IServerHookKind 'owner': hook is OwnerHook, which is called with "
        )

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
        self.assertRegex(
            said, r"hello\.py:22: .* importing frpx_missing\.Hello failed: there is no module frpx_missing\n"
        )
        self.assertIn("if frpx_missing is not installed, name its folder in PYTHONPATH", said)

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
