"""C{[[servers]]}: several servers in one file of frpc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.clientfile import clientFromValues, loadClient
from frp.config.describe import redacted, toDict
from frp.errors import ConfigErrors
from frp.kinds import Registry

_registry = Registry()

TWO = """
serverPort = 7500
auth.token = "common"
transport.poolCount = 3
transport.tls.trustedCaFile = "common.pem"

[[servers]]
addr = "a.example"

[[servers]]
name = "backup"
addr = "::1"
port = 7501
AUTH.Token = "own"
transport.tcpMux = false
transport.TLS.serverName = "b.example"
"""


def read(values: dict[str, Any], **environ: str) -> ClientConfig:
    """A configuration of values."""
    return clientFromValues(values, registry=_registry, environ=environ).config


class ServersTests(SynchronousTestCase):
    """What each of them has."""

    def load(self, text: str, name: str = "frpc.toml") -> ClientConfig:
        """A configuration of a file."""
        path = Path(self.mktemp())
        path.mkdir(parents=True)
        path = path / name
        path.write_text(text)
        return loadClient(str(path), registry=_registry, environ={}).config

    def errors(self, text: str) -> list[tuple[str, str, int]]:
        """What is wrong with a file: where, what, and in which line."""
        found = self.assertRaises(ConfigErrors, self.load, text)
        return [(one.path, one.problem, one.line) for one in found.problems]

    def test_none(self) -> None:
        """A configuration without servers is that of its one server."""
        config = read({"serverAddr": "frps.example", "auth": {"token": "x"}})
        self.assertEqual(config.each(), [config])

    def test_instead(self) -> None:
        """A token, and where to get one, stand for each other: what one server has hides the other of all."""
        source = 'auth.tokenSource = { type = "file", file = { path = "common.token" } }'
        config = self.load(f'{source}\n[[servers]]\naddr = "a"\n[[servers]]\naddr = "b"\nauth.token = "own"\n')
        first, second = config.each()
        self.assertIsNotNone(first.auth.tokenSource)
        self.assertEqual((second.auth.token, second.auth.tokenSource), ("own", None))
        own = 'auth.tokenSource = { type = "file", file = { path = "own.token" } }'
        (only,) = self.load(f'auth.token = "common"\n[[servers]]\naddr = "a"\n{own}\n').each()
        self.assertEqual((only.auth.token, only.auth.tokenSource is None), ("", False))

    def test_handedDown(self) -> None:
        """Each has the common keys where it says nothing else, key by key and in any case."""
        first, second = self.load(TWO).each()
        self.assertEqual((first.serverAddr, first.serverPort, first.auth.token), ("a.example", 7500, "common"))
        self.assertEqual((second.serverAddr, second.serverPort, second.auth.token), ("::1", 7501, "own"))
        self.assertEqual([one.transport.poolCount for one in (first, second)], [3, 3])
        tables = [one.transport.tls for one in (first, second)]
        self.assertEqual([tls.trustedCaFile for tls in tables], ["common.pem", "common.pem"])
        self.assertEqual([tls.serverName for tls in tables], ["", "b.example"])

    def test_dependent(self) -> None:
        """A default that depends on other keys follows those of the server."""
        intervals = [one.transport.heartbeatInterval for one in self.load(TWO).each()]
        self.assertEqual(intervals, [-1, 30])

    def test_unset(self) -> None:
        """An empty value takes a common key away."""
        servers = [{"addr": "a", "auth": {"token": ""}, "transport": {"tls": {"enable": False}}}]
        (only,) = read({"auth": {"token": "x"}, "servers": servers}).each()
        self.assertEqual((only.auth.token, only.transport.tls.enable), ("", False))

    def test_names(self) -> None:
        """A server that has no name is called as it is dialled."""
        config = self.load(TWO)
        self.assertEqual([one.name for one in config.servers], ["a.example:7500", "backup"])
        self.assertEqual(read({"servers": [{"addr": "::1"}]}).servers[0].name, "[::1]:7000")

    def test_formats(self) -> None:
        """The other formats say the same."""
        yaml = "auth: {token: x}\nservers:\n- addr: a\n  auth: ~\n- {addr: b, auth: {token: z}}\n"
        json = '{"auth": {"token": "x"}, "servers": [{"addr": "a"}, {"addr": "b", "auth": {"token": "z"}}]}'
        for name, text in (("frpc.yaml", yaml), ("frpc.json", json)):
            found = [(one.serverAddr, one.auth.token) for one in self.load(text, name).each()]
            self.assertEqual(found, [("a", "x"), ("b", "z")])

    def test_written(self) -> None:
        """What is read can be written, and read again; secrets are hidden."""
        config = self.load(TWO)
        self.assertEqual(read(toDict(config)), config)
        hidden: Any = redacted(config)
        self.assertEqual([one["auth"]["token"] for one in hidden["servers"]], ["******", "******"])

    def test_environment(self) -> None:
        """The proxy of the environment is for all that name none."""
        servers = [{"addr": "a"}, {"addr": "b", "transport": {"proxyURL": "socks5://own"}}]
        config = read({"servers": servers}, http_proxy="http://proxy")
        self.assertEqual([one.transport.proxyURL for one in config.each()], ["http://proxy", "socks5://own"])

    def test_wrong(self) -> None:
        """A fault is told where it was written, and once, if it is common to all."""
        text = 'transport.protocol = "quack"\nauth.token = 5\n[[servers]]\naddr = "a"\n[[servers]]\naddr = "b"\n'
        broken = 'field "ClientCommonConfig.servers.auth.token": cannot unmarshal number into string'
        unknown = "invalid transport.protocol, optional values are [tcp kcp quic websocket wss]"
        self.assertEqual(self.errors(text), [("auth.token", broken, 2), ("transport.protocol", unknown, 1)])
        own = '[[servers]]\naddr = "a"\n[[servers]]\naddr = "b"\ntransport.protocol = "quack"\n'
        self.assertEqual(self.errors(own), [("servers[1].transport.protocol", unknown, 5)])

    def test_mended(self) -> None:
        """What is common need not be whole by itself."""
        credentials = {"clientID": "me", "tokenEndpointURL": "https://id.example/token"}
        servers = [{"addr": "a", "auth": {"oidc": credentials}}, {"addr": "b", "auth": {"oidc": credentials}}]
        self.assertEqual(len(read({"auth": {"method": "oidc"}, "servers": servers}).each()), 2)

    def test_rules(self) -> None:
        """Each is somewhere, and has a name and the version of the others; the address of a single one is none."""
        for values, path, problem in (
            ([{"name": "x"}], "servers[0].addr", "server addr is required"),
            ([{"addr": "a"}, {"addr": "a"}], "servers[1].name", "server name [a:7000] is duplicated"),
            (
                [{"addr": "a"}, {"addr": "b", "transport": {"wireProtocol": "v2"}}],
                "servers[1].transport.wireProtocol",
                "transport.wireProtocol must be the same for all servers",
            ),
        ):
            found = self.assertRaises(ConfigErrors, read, {"servers": values}).problems
            self.assertEqual([(one.path, one.problem) for one in found], [(path, problem)])
        both = {"serverAddr": "c", "servers": [{"addr": "a"}]}
        (found,) = self.assertRaises(ConfigErrors, read, both).problems
        self.assertEqual(found.problem, "cannot specify both serverAddr and servers")

    def test_shapes(self) -> None:
        """What is no list of tables is complained of as everywhere."""
        for value in (5, {"addr": "a"}, [5], ["a"]):
            found = self.assertRaises(ConfigErrors, read, {"auth": {"token": "x"}, "servers": value}).problems
            self.assertEqual(len(found), 1)
            self.assertIn("cannot unmarshal", found[0].problem)
        self.assertEqual(read({"auth": {"token": "x"}, "servers": []}).auth.token, "x")

    def test_modes(self) -> None:
        """There are two."""
        self.assertEqual(read({}).serverMode, "failover")
        self.assertEqual(read({"serverMode": "all"}).serverMode, "all")
        (found,) = self.assertRaises(ConfigErrors, read, {"serverMode": "some"}).problems
        self.assertEqual(found.problem, "invalid serverMode, optional values are [failover all]")
