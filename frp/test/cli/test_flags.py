"""Command lines, as L{frp.config.flags} reads them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.commandline import CLIENT, FRPC, FRPS, PROXY, SERVER, clientValues, serverValues
from frp.config.declare import keysOf
from frp.config.flags import BadFlag, Flag, boolean, flagsOf, readFlags, wordAt
from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import ServerConfig

_FRPS = (*FRPS, *SERVER)
_TCP = (*FRPC, *CLIENT, *PROXY)


def read(line: str, flags: tuple[Flag, ...] = _FRPS) -> dict[str, Any]:
    """The values of a line's flags."""
    return readFlags(line.split(), flags)[0]


class SpellingTests(SynchronousTestCase):
    """How flags may be written: what works with the reference works here."""

    def test_values(self) -> None:
        """A value stands after a space, after =, or right behind a letter."""
        for line in ("-p7000", "-p 7000", "-p=7000", "--bind-port 7000", "--bind-port=7000", "--bind_port=7000"):
            self.assertEqual(read(line), {"bind-port": 7000}, line)

    def test_numbers(self) -> None:
        """Numbers may be written as Go writes them."""
        for value, number in (("0x1f", 31), ("017", 15), ("1_000", 1000), ("-1", -1), ("+0b11", 3), ("0", 0)):
            self.assertEqual(read(f"-p={value}"), {"bind-port": number}, value)

    def test_switches(self) -> None:
        """A switch is turned off after = only; the next word is not its value."""
        self.assertEqual(read("--tls-only"), {"tls-only": True})
        self.assertEqual(read("--tls_only=F"), {"tls-only": False})
        self.assertEqual(readFlags(["--tls-only", "false"], _FRPS), ({"tls-only": True}, ["false"]))

    def test_letters(self) -> None:
        """Letters stand together; the last one may take a value."""
        self.assertEqual(read("-vp7000"), {"version": True, "bind-port": 7000})

    def test_lists(self) -> None:
        """A list takes commas, repetition and quotes."""
        self.assertEqual(
            readFlags(["--allow-unsafe", 'a,"b,c"', "--allow_unsafe=d"], _FRPS)[0], {"allow-unsafe": ["a", "b,c", "d"]}
        )

    def test_pairs(self) -> None:
        """Metadata is given as pairs."""
        self.assertEqual(
            read("--metadatas a=1,b=x=y --metadatas c=", _TCP), {"metadatas": {"a": "1", "b": "x=y", "c": ""}}
        )
        self.assertEqual(read('--metadatas "a=1,2"', _TCP), {"metadatas": {"a": "1,2"}})

    def test_lines(self) -> None:
        """What stands below the first line of a list is left out."""
        self.assertEqual(readFlags(["--allow-unsafe", "a,b\nc"], _FRPS)[0], {"allow-unsafe": ["a", "b"]})

    def test_last(self) -> None:
        """Of a flag that is given twice, the last counts."""
        self.assertEqual(read("-p1 -p2"), {"bind-port": 2})

    def test_others(self) -> None:
        """Words that are no flags stay, in order, and -- ends the flags."""
        self.assertEqual(
            readFlags(["a", "-p1", "-", "", "--", "-p2"], _FRPS), ({"bind-port": 1}, ["a", "-", "", "-p2"])
        )


class ErrorTests(SynchronousTestCase):
    """What is said of a command line that cannot be read: the reference's words."""

    def fault(self, line: str, flags: tuple[Flag, ...] = _FRPS) -> str:
        """The text."""
        error: BadFlag = self.assertRaises(BadFlag, read, line, flags)
        return error.brief

    def test_texts(self) -> None:
        """My scripts look for these."""
        for line, text in (
            ("--nope=1", "unknown flag: --nope"),
            ("--no_pe", "unknown flag: --no_pe"),
            ("-vX", "unknown shorthand flag: 'X' in -X"),
            ("-vp", "flag needs an argument: 'p' in -p"),
            ("--bind_port", "flag needs an argument: --bind_port"),
            ("---", "bad flag syntax: ---"),
            ("--=x", "bad flag syntax: --=x"),
            (
                "-px",
                'invalid argument "x" for "-p, --bind-port" flag: strconv.ParseInt: parsing "x": invalid syntax',
            ),
            (
                "--kcp_bind_port=99999999999999999999",
                'invalid argument "99999999999999999999" for "--kcp-bind-port" flag: '
                'strconv.ParseInt: parsing "99999999999999999999": value out of range',
            ),
            (
                "--tls-only=maybe",
                'invalid argument "maybe" for "--tls-only" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
            ),
            (
                "--allow_ports a-b",
                'invalid argument "a-b" for "--allow-ports" flag: '
                'range number is invalid, strconv.ParseInt: parsing "a": invalid syntax',
            ),
            ("--allow_ports 2-1", 'invalid argument "2-1" for "--allow-ports" flag: range number is invalid'),
        ):
            self.assertEqual(self.fault(line), text)

    def test_quotes(self) -> None:
        """A quote that stands where none may stand in a list is found."""
        wrong = 'extraneous or missing " in quoted-field'
        for value, column, problem in (
            ('"a', 3, wrong),
            ('a,"b', 5, wrong),
            ('"é"x', 4, wrong),
            ('a,b"c', 4, 'bare " in non-quoted-field'),
        ):
            text = self.fault(f"--allow-unsafe {value}")
            self.assertTrue(text.endswith(f"parse error on line 1, column {column}: {problem}"), text)

    def test_clientTexts(self) -> None:
        """The same for a proxy."""
        self.assertEqual(
            self.fault("--metadatas x", _TCP),
            'invalid argument "x" for "--metadatas" flag: x must be formatted as key=value',
        )
        self.assertEqual(
            self.fault("--bandwidth_limit 1", _TCP),
            'invalid argument "1" for "--bandwidth-limit" flag: unit not support',
        )

    def test_near(self) -> None:
        """A slip is pointed out."""
        self.assertIn("--bind-port", self.assertRaises(BadFlag, read, "--bind-prot 1").detail)

    @given(st.lists(st.text(max_size=8) | st.from_regex(r"-{1,3}[a-zA-Z=_,-]{0,9}", fullmatch=True), max_size=6))
    def test_anyWords(self, words: list[str]) -> None:
        """No command line crashes the command."""
        try:
            readFlags(words, (*_FRPS, Flag("pairs", "m", "", "", PROXY[1].kind)))
        except BadFlag as error:
            self.assertTrue(error.brief)


class WordTests(SynchronousTestCase):
    """Where a sub-command stands."""

    def test_places(self) -> None:
        """Flags and their values may stand before it."""
        for line, place in (
            ("verify", 0),
            ("-c x verify", 2),
            ("-cx verify", 1),
            ("--config=x verify", 1),
            ("--config x verify", 2),
            ("--strict_config verify", 1),
            ("-v verify", 1),
            ("--nope verify", None),
            ("-- verify", None),
            ("-c x", None),
        ):
            self.assertEqual(wordAt(line.split(), _FRPS), place, line)


class MeaningTests(SynchronousTestCase):
    """Which configuration the flags mean."""

    def test_keysExist(self) -> None:
        """Every flag sets a key that there is."""
        for flags, schema in ((SERVER, ServerConfig), (CLIENT, ClientConfig), (PROXY, ProxyConfig)):
            for flag in flags:
                place: Any = schema
                for part in flag.key.split(".") if flag.key else ():
                    self.assertIn(part, keysOf(place), flag.key)
                    place = keysOf(place)[part].shape.type

    def test_serverDefaults(self) -> None:
        """An frps without a file opens its dashboard to everybody, as the reference's does."""
        self.assertEqual(serverValues({})["webServer"], {"addr": "0.0.0.0", "user": "admin", "password": "admin"})

    def test_server(self) -> None:
        """A flag lands in its table."""
        values = serverValues(read("--tls_only --allow_ports 1-2,3 -t secret --max_ports_per_client 5"))
        self.assertEqual(values["transport"], {"tls": {"force": True}})
        self.assertEqual(values["allowPorts"], [{"start": 1, "end": 2}, {"single": 3}])
        self.assertEqual((values["auth"], values["maxPortsPerClient"]), ({"token": "secret"}, 5))

    def test_noDashboardTLS(self) -> None:
        """The flags for the dashboard's TLS have no effect in the reference, and none here."""
        values = serverValues(read("--dashboard_tls_mode true --dashboard_tls_cert_file c --dashboard_tls_key_file k"))
        self.assertEqual(values, serverValues({}))

    def test_client(self) -> None:
        """A client from flags has one proxy."""
        values = clientValues(read("-n web -l 80 --ue -s example.org", _TCP), "tcp", PROXY)
        self.assertEqual(values["serverAddr"], "example.org")
        self.assertEqual(values["transport"], {"protocol": "tcp", "tls": {"enable": True}})
        self.assertEqual(
            values["proxies"],
            [
                {
                    "type": "tcp",
                    "name": "web",
                    "localIP": "127.0.0.1",
                    "localPort": 80,
                    "transport": {"useEncryption": True, "bandwidthLimitMode": "client"},
                }
            ],
        )


@table
class EchoConfig(ProxyConfig):
    """Of a third party."""

    remotePort: int = key(0, "port")
    customDomains: list[str] = key(list, "domains")
    answerByHTTPUser: str = key("", "an answer")
    loud: bool = key(False, "shout")
    labels: dict[str, str] = key(dict, "labels")
    deeper: ServerConfig = key(ServerConfig, "does not fit in a word")


class DerivedTests(SynchronousTestCase):
    """The flags of a proxy type."""

    def test_derived(self) -> None:
        """A new type has its flags without saying so; those of the reference have their known spellings."""
        flags = flagsOf(EchoConfig, ProxyConfig)
        self.assertEqual(
            [flag.spelling for flag in flags],
            ["-r, --remote-port", "-d, --custom-domain", "--answer-by-http-user", "--loud", "--labels"],
        )
        self.assertEqual(
            readFlags(["-r", "1", "-d", "a,b", "--loud", "--labels=x=y", "--answer_by_http_user=z"], flags)[0],
            {
                "remote-port": 1,
                "custom-domain": ["a", "b"],
                "loud": True,
                "labels": {"x": "y"},
                "answer-by-http-user": "z",
            },
        )
        self.assertIs(flags[3].kind, boolean)
