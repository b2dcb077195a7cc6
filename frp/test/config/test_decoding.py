"""From mappings to tables."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.proxy import ProxyConfig
from frp.config.schema import decode, key, keysOf, redacted, table, toDict
from frp.config.server import ServerConfig
from frp.config.values import Bandwidth
from frp.errors import ConfigError, ConfigErrors
from frp.test.config.kinds import TCPConfig, registry, withVisitors

NAMES = [*keysOf(ServerConfig), *keysOf(ClientConfig), *keysOf(TCPConfig), "certFile", "file", "exec", "set", "x"]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["tcp", "file", "exec"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4) | st.integers(), inner, max_size=5)
    ),
    max_leaves=20,
)
MAPPINGS = st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=6)


def problems(schema: type, mapping: Any, **options: Any) -> tuple[ConfigError, ...]:
    """What is wrong with a mapping."""
    try:
        decode(schema, mapping, **{"registry": registry(), **options})
    except ConfigErrors as error:
        return error.problems
    return ()


class DecodingTests(SynchronousTestCase):
    """The rules that every table has."""

    def test_caseOfKeys(self) -> None:
        """Nobody remembers whether it is vhostHTTPPort or vhostHttpPort: any case will do."""
        self.assertEqual(decode(ServerConfig, {"VHOSThttpPORT": 80}).vhostHTTPPort, 80)

    def test_twoSpellings(self) -> None:
        """Of two spellings of one key the lower-case one wins, as it does in Go."""
        self.assertEqual(decode(ServerConfig, {"bindport": 2, "BINDPORT": 1}).bindPort, 2)

    def test_emptySpelling(self) -> None:
        """So it does where it is empty: the key has its default then."""
        self.assertEqual(decode(ServerConfig, {"bindport": 0, "BINDPORT": 1}).bindPort, 7000)

    def test_zeroIsUnset(self) -> None:
        """A zero or an empty text is the same as nothing."""
        config = decode(ServerConfig, {"bindPort": 0, "bindAddr": "", "log": {"maxDays": 0}})
        self.assertEqual((config.bindPort, config.bindAddr, config.log.maxDays), (7000, "0.0.0.0", 3))

    def test_zeroIsValue(self) -> None:
        """Unless a key says that zero is one of its values."""

        @table
        class Kept:
            size: int = key(10, "How much.", zero=True)

        self.assertEqual([decode(Kept, given).size for given in ({}, {"size": 0}, {"size": None})], [10, 0, 10])
        self.assertEqual(toDict(decode(Kept, {"size": 0})), {"size": 0})

    def test_written(self) -> None:
        """A key that the reference does not know says how it is written, in place of the reference's words."""

        @table
        class Named:
            names: dict[str, str] = key(dict, "Some.", spelled="names = {}")

        (found,) = problems(Named, {"names": True}, path="proxies[0]")
        self.assertEqual(found.problem, "proxies[0].names cannot be a bool: write names = {}")

    def test_falseIsFalse(self) -> None:
        """A false does turn off what is on by default."""
        self.assertFalse(decode(ServerConfig, {"transport": {"tcpMux": False}}).transport.tcpMux)

    def test_nullIsAbsent(self) -> None:
        """A null leaves the default alone."""
        self.assertEqual(decode(ServerConfig, {"bindPort": None, "auth": None}), ServerConfig())

    def test_everythingAtOnce(self) -> None:
        """Ten mistakes are shown at once, not one for each start."""
        found = problems(
            ServerConfig,
            {
                "bindPort": "x",
                "bogus": 1,
                "log": {"level": "INFO"},
                "transport": {"tls": {"force": 1}},
                "kcpBindPort": -1,
            },
        )
        self.assertEqual(
            [p.path for p in found], ["bindPort", "bogus", "transport.tls.force", "log.level", "kcpBindPort"]
        )

    def test_didYouMean(self) -> None:
        """A key that is nearly right comes with the right one."""
        (found,) = problems(ServerConfig, {"transport": {"tcpMx": True}})
        self.assertEqual((found.path, found.hint), ("transport.tcpMx", "did you mean 'tcpMux'?"))

    def test_misplaced(self) -> None:
        """What stands below the header of a table is a key of that table; often one above is meant."""
        proxy = {
            "name": "a",
            "type": "tcp",
            "gracePeriod": 3,
            "plugin": {"type": "socks5", "REMOTEPORT": 1, "user": "u"},
        }
        found = problems(ClientConfig, {"proxies": [proxy]}, registry=withVisitors())
        self.assertEqual(
            [(problem.path, problem.hint) for problem in found],
            [
                (
                    "proxies[0].gracePeriod",
                    "gracePeriod is a key of the whole file, not of proxies[0]: write it before proxies",
                ),
                (
                    "proxies[0].plugin.REMOTEPORT",
                    "remotePort is a key of proxies[0], not of proxies[0].plugin: write it before plugin",
                ),
                (
                    "proxies[0].plugin.user",
                    "user is a key of the whole file, not of proxies[0].plugin: write it before proxies; or did you"
                    " mean 'username'?",
                ),
            ],
        )

    def test_didYouMeanValue(self) -> None:
        """So does a value."""
        (found,) = problems(ServerConfig, {"log": {"level": "Warning"}})
        self.assertEqual(found.hint, "did you mean 'warn'?")

    def test_lenient(self) -> None:
        """Without strictness unknown keys are passed over, wrong types are not."""
        self.assertEqual(problems(ServerConfig, {"bogus": 1}, strict=False), ())
        self.assertEqual(len(problems(ServerConfig, {"bogus": 1, "bindPort": "x"}, strict=False)), 1)

    def test_consequences(self) -> None:
        """A mistake is reported, and not what follows from it."""
        found = problems(ClientConfig, {"proxies": [{"name": 1, "type": "tcp", "localPort": 70000, "plugin": 1}]})
        self.assertEqual([p.path for p in found], ["proxies[0].name", "proxies[0].plugin"])

    def test_dependentDefaults(self) -> None:
        """Heartbeats are off while the multiplexer keeps the connection alive."""
        config = decode(ClientConfig, {})
        self.assertEqual((config.transport.heartbeatInterval, config.transport.heartbeatTimeout), (-1, -1))
        config = decode(ClientConfig, {"transport": {"tcpMux": False}})
        self.assertEqual((config.transport.heartbeatInterval, config.transport.heartbeatTimeout), (30, 90))

    def test_addressOfProxies(self) -> None:
        """Ports of proxies open where the server listens, unless it is said otherwise."""
        self.assertEqual(decode(ServerConfig, {"bindAddr": "::1"}).proxyBindAddr, "::1")

    def test_caForcesTLS(self) -> None:
        """A server that checks client certificates takes no client without TLS."""
        self.assertTrue(decode(ServerConfig, {"transport": {"tls": {"trustedCaFile": "ca.pem"}}}).transport.tls.force)

    def test_madeInPython(self) -> None:
        """A table that is made by hand is as complete as one from a file."""
        self.assertEqual(ServerConfig(bindAddr="::1"), decode(ServerConfig, {"bindAddr": "::1"}))

    def test_unknownType(self) -> None:
        """An unknown type of proxy comes with the known ones."""
        (found,) = problems(ClientConfig, {"proxies": [{"type": "TCP"}]})
        self.assertEqual(found.problem, "decode proxy at index 0: unknown proxy type: TCP")
        self.assertEqual(found.hint, "did you mean 'tcp'? known: tcp")
        (found,) = problems(ClientConfig, {"proxies": [{"name": "a"}]})
        self.assertEqual(found.hint, "it has no type; known: tcp")

    def test_ownTable(self) -> None:
        """A table of a third party is checked like a built-in one, with the rules of what it is derived from."""
        found = problems(ClientConfig, {"proxies": [{"type": "tcp", "name": "a", "localPort": -1, "remotPort": 1}]})
        self.assertEqual(found[0].hint, "did you mean 'remotePort'?")
        self.assertEqual(len(problems(ClientConfig, {"proxies": [{"type": "tcp", "name": "a", "localPort": -1}]})), 1)

    def test_mixedTables(self) -> None:
        """Keys that several tables share stand in a table of their own."""
        self.assertLess({"name", "localPort", "domain", "extra"}, set(keysOf(_Mixed)))
        self.assertEqual(decode(_Mixed, {"name": "a", "domain": "b"}), _Mixed(name="a", domain="b"))

    def test_unusableType(self) -> None:
        """A key of a type that no file can give is a bug of whoever declared it, and says so."""
        self.assertRaises(TypeError, keysOf, _Wrong)

    @given(MAPPINGS)
    def test_junk(self, mapping: dict[str, Any]) -> None:
        """Whatever stands in a file, there is a configuration or a list of problems."""
        for schema in (ServerConfig, ClientConfig):
            for found in problems(schema, mapping):
                self.assertTrue(found.problem)

    @given(MAPPINGS)
    def test_roundTrip(self, mapping: dict[str, Any]) -> None:
        """What is written back reads the same."""
        for schema in (ServerConfig, ClientConfig):
            try:
                config = decode(schema, mapping, registry=registry(), strict=False)
            except ConfigErrors:
                continue
            self.assertEqual(decode(schema, toDict(config), registry=registry()), config)
            self.assertEqual(decode(schema, toDict(config, defaults=True), registry=registry()), config)


class DumpTests(SynchronousTestCase):
    """Tables written back."""

    def test_onlyWhatIsSet(self) -> None:
        """The dump of a configuration is as short as its file."""
        given = {"name": "a", "type": "tcp", "remotePort": 6000, "transport": {"bandwidthLimit": "1.5MB"}}
        config = decode(TCPConfig, given)
        self.assertEqual(config.transport.bandwidthLimit, Bandwidth("1.5MB", 1572864))
        self.assertEqual(toDict(config), given)

    def test_presence(self) -> None:
        """An empty table that means something is kept."""
        config = ServerConfig()
        config.webServer.tls = keysOf(type(config.webServer))["tls"].shape.type()
        self.assertEqual(toDict(config), {"webServer": {"tls": {}}})

    def test_secrets(self) -> None:
        """A configuration can be shown to others."""
        mapping = {"auth": {"token": "s3cret"}, "webServer": {"password": "s3cret", "port": 1, "user": "u"}}
        shown = redacted(decode(ServerConfig, mapping))
        self.assertNotIn("s3cret", repr(shown))
        self.assertEqual(shown["webServer"], {"password": "******", "port": 1, "user": "u"})


@table
class _Domains:
    """Shared keys."""

    domain: str = key("", "A domain.")


@table
class _Mixed(ProxyConfig, _Domains):
    """A table of two."""

    extra: int = key(0, "More.")


@table
class _Wrong:
    """Cannot be read from a file."""

    at: complex = key(0j, "A place.")
