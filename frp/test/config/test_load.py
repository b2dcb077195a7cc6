"""From files to configurations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig, checkFeatureGates
from frp.config.clientfile import clientFromValues, loadClient
from frp.config.formats import parse
from frp.config.load import Loaded
from frp.config.serverfile import loadServer, serverFromValues
from frp.errors import ConfigErrors
from frp.test.config.kinds import TCPConfig, registry

PROXY = '[[proxies]]\nname = "{}"\ntype = "tcp"\n'


class LoadTests(SynchronousTestCase):
    """Files, included files, flags."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def write(self, text: str, name: str = "frpc.toml") -> str:
        """Put a file into the folder."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)

    def client(self, text: str, name: str = "frpc.toml", **options: Any) -> Loaded[ClientConfig]:
        """Load a client's configuration."""
        return loadClient(self.write(text, name), registry=registry(), **{"environ": {}, **options})

    def refused(self, text: str, name: str = "frpc.toml") -> ConfigErrors:
        """What a client's configuration is refused with."""
        found = self.assertRaises(ConfigErrors, self.client, text, name)
        assert isinstance(found, ConfigErrors)
        return found

    def names(self, text: str) -> list[str]:
        """The proxies that would run."""
        return [proxy.name for proxy in self.client(text).config.proxies]

    def test_noFile(self) -> None:
        """A file that is missing is named, in the words of the Go programs."""
        for path, words in (
            (str(self.folder / "no.toml"), f"open {self.folder}/no.toml: no such file or directory"),
            (str(self.folder), f"read {self.folder}: is a directory"),
        ):
            found = self.assertRaises(ConfigErrors, loadServer, path, registry=registry(), environ={})
            self.assertEqual(found.brief, words)

    def test_kind(self) -> None:
        """Every proxy is read by the table of its kind."""
        (proxy,) = self.client(PROXY.format("a") + "remotePort = 6000\n").config.proxies
        self.assertEqual(proxy, TCPConfig(name="a", type="tcp", remotePort=6000))

    def test_start(self) -> None:
        """Only what is in start runs, if there is a start."""
        self.assertEqual(self.names('start = ["b"]\n' + PROXY.format("a") + PROXY.format("b")), ["b"])

    def test_enabled(self) -> None:
        """What is not enabled does not run, and may be wrong."""
        self.assertEqual(self.names(PROXY.format("a") + "enabled = false\nlocalPort = -1\n" + PROXY.format("b")), ["b"])

    def test_placeOfProblems(self) -> None:
        """A problem says where in the file it is, also when proxies before it do not run."""
        text = PROXY.format("a") + "enabled = false\n\n" + PROXY.format("b") + "localPort = -1\n"
        (found,) = self.refused(text).problems
        self.assertEqual((found.path, found.line), ("proxies[1].localPort", 9))

    def test_includes(self) -> None:
        """Proxies may stand in files of their own."""
        (self.folder / "more").mkdir()
        self.write("serverPort = 1\n" + PROXY.format("b"), "more/b.toml")
        self.write("proxies:\n- name: c\n  type: tcp\n", "more/c.yaml")
        self.write("no configuration", "more/readme.txt")
        loaded = self.client(f'includes = ["{self.folder}/more/*.[ty]*l"]\n' + PROXY.format("a"))
        self.assertEqual([p.name for p in loaded.config.proxies], ["a", "b", "c"])
        self.assertEqual(loaded.config.serverPort, 7000)

    def test_badInclude(self) -> None:
        """A problem in an included file names the file, the key and the line."""
        path = self.write(PROXY.format("b") + "\nremotePort = 'x'\n", "b.toml.part")
        (found,) = self.refused(f'includes = ["{self.folder}/*.part"]\n').problems
        self.assertEqual((found.path, found.line), (f"{path}: proxies[0].remotePort", 5))
        self.assertTrue(
            found.problem.startswith(f"load additional config from {path} error: decode proxy at index 0: ")
        )

    def test_duplicateInInclude(self) -> None:
        """A name is unique over all files."""
        path = self.write(PROXY.format("a"), "b.part")
        (found,) = self.refused(f'includes = ["{self.folder}/*.part"]\n' + PROXY.format("a")).problems
        self.assertEqual((found.path, found.problem), (f"{path}: proxies[0].name", "proxy name [a] is duplicated"))

    def test_everythingAtOnce(self) -> None:
        """Problems of the common keys and of several proxies are shown together, in the order of the reference."""
        text = 'log.level = "x"\n' + PROXY.format("a") + "localPort = -1\n" + PROXY.format("b") + "localPort = 'x'\n"
        self.assertEqual(
            self.refused(text).brief.splitlines(),
            [
                "decode proxy at index 1: unmarshal ProxyConfig error: json: cannot unmarshal string into Go struct "
                "field TCPProxyConfig.ProxyBaseConfig.ProxyBackend.localPort of type int",
                "invalid log level, optional values are [trace debug info warn error]",
                "proxy a: localPort: localPort: port number -1 must be in the range 0..65535",
            ],
        )

    def test_linesOfYAML(self) -> None:
        """YAML and JSON have lines as well."""
        (found,) = self.refused("user: a\ntransport:\n  poolCount: x\n", "a.yaml").problems
        self.assertEqual(found.line, 3)
        (found,) = self.refused('{"user": "a",\n"transport": {\n"poolCount": "x"}}', "a.json").problems
        self.assertEqual(found.line, 3)

    def test_linesOfTemplates(self) -> None:
        """Where a template made the lines no line is better than a wrong one."""
        text = '{{ range parseNumberRange "1-2" }}\n' + PROXY.format("p{{ . }}") + "localPort = -1\n{{ end }}"
        self.assertEqual({p.line for p in self.refused(text).problems}, {0})

    def test_environment(self) -> None:
        """Secrets may come from the environment; one that is not there is worth a warning."""
        loaded = self.client('auth.token = "{{ .Envs.T }}"\nuser = "{{ .Envs.U }}"\n', environ={"T": "s3cret"})
        self.assertEqual(loaded.config.auth.token, "s3cret")
        self.assertEqual(loaded.doubts, ('{{ .Envs.U }} is not set: "<no value>" stands in its place',))

    def test_absentSecret(self) -> None:
        """A secret that comes from a variable that is not set is none; the key is named."""
        loaded = self.client('auth.token = "{{ .Envs.T }}"\n[webServer]\npassword = "x{{ .Envs.P }}"\n')
        self.assertEqual(
            loaded.doubts[2:],
            tuple(
                f'{key}: "<no value>" is no secret: everybody can guess it'
                for key in ("auth.token", "webServer.password")
            ),
        )
        self.assertEqual(self.client('auth.token = "<no value>"').doubts, ())
        left = "enabled = false\nlocalPort = 1\n"
        kept = "localPort = 1\nloadBalancer = {group = 'g', groupKey = '{{ .Envs.P }}'}\n"
        loaded = self.client(PROXY.format("a") + left + PROXY.format("b") + kept)
        self.assertIn(
            'proxies[1].loadBalancer.groupKey: "<no value>" is no secret: everybody can guess it', loaded.doubts
        )

    def test_absentHint(self) -> None:
        """Where nothing stands in a line that is wrong, the variable is named, be it no TOML or a wrong type."""
        hint = '{{ .Envs.X }} is not set: "<no value>" stands in its place'
        for text, name in (
            ("user = 'a'\nserverPort = {{ .Envs.X }}\n", "a.toml"),
            ("user = 'a'\nserverPort = '{{ .Envs.X }}'\n", "a.toml"),
            ("user: a\nserverPort: {{ .Envs.X }}\n", "a.yaml"),
        ):
            (found,) = self.refused(text, name).problems
            self.assertEqual((found.line, found.hint), (2, hint))
        (found,) = self.refused("user = '{{ .Envs.X }}'\nserverPort = 'a'\n").problems
        self.assertEqual(found.hint, "expected: a whole number, without quotes")

    def test_unquoted(self) -> None:
        """A text is missed only where a key takes one: numbers, and true or false, stand without quotes."""
        number, truth = "a whole number, without quotes", "true or false"
        for line, hint in (
            ("serverPort = 7000x", f"serverPort takes {number}"),
            ("[[proxies]]\nremotePort = x", f"remotePort takes {number}"),
            ("transport.poolCount = x", f"transport.poolCount takes {number}"),
            ("transport.useEncryption = y", f"transport.useEncryption takes {truth}"),
            ("serverAddr = x", 'a text stands in quotes: serverAddr = "x"'),
            ("nobodyKnows = x", 'a text stands in quotes: nobodyKnows = "x"'),
        ):
            (found,) = self.refused(line).problems
            self.assertEqual(found.hint, hint)

    def test_proxyOfEnvironment(self) -> None:
        """The way to the server follows http_proxy, unless the file says otherwise."""
        environ = {"http_proxy": "http://proxy:1"}
        self.assertEqual(self.client("", environ=environ).config.transport.proxyURL, "http://proxy:1")
        text = 'transport.proxyURL = "socks5://x"'
        self.assertEqual(self.client(text, environ=environ).config.transport.proxyURL, "socks5://x")

    def test_legacy(self) -> None:
        """An INI file is recognised by its section [common], whatever it is called."""
        for name in ("frpc.ini", "frpc.toml", "frpc"):
            loaded = self.client("[common]\nserver_addr = 1.2.3.4\n[a]\nremote_port = 6000\n", name)
            self.assertEqual(loaded.config.serverAddr, "1.2.3.4")
            self.assertEqual(loaded.config.proxies, [TCPConfig(name="a", type="tcp", remotePort=6000)])
        self.assertIsNone(self.client("# [common]\nserverAddr = '1.2.3.4'\n").legacy)

    def test_encoding(self) -> None:
        """A file that is no UTF-8 says so."""
        path = self.folder / "a.toml"
        path.write_bytes(b'user = "\xff"\n')
        found = self.assertRaises(ConfigErrors, loadClient, str(path), registry=registry(), environ={})
        self.assertEqual(found.brief, "toml: line 1, column 9: toml: invalid UTF-8")

    def test_flags(self) -> None:
        """The flags of a command are a configuration, with the same rules."""
        self.assertEqual(serverFromValues({"bindPort": 7001}, registry=registry()).config.bindPort, 7001)
        values = {"proxies": [{"name": "a", "type": "tcp", "localPort": 70000}]}
        found = self.assertRaises(ConfigErrors, clientFromValues, values, registry=registry())
        self.assertEqual(found.brief, "proxy a: localPort: localPort: port number 70000 must be in the range 0..65535")

    def test_featureGates(self) -> None:
        """A gate that does not exist is found when frpc runs."""
        config = self.client("featureGates.Foo = true\n").config
        self.assertEqual(
            self.assertRaises(ConfigErrors, checkFeatureGates, config).brief, "unrecognized feature gate: Foo"
        )
        checkFeatureGates(self.client("featureGates.VirtualNet = true\n").config)

    def test_virtualNet(self) -> None:
        """An address without the length of its network is none."""
        gate = "featureGates.VirtualNet = true\n"
        for address in ("100.86.0.1", "100.86.0.1/33", "100.86.0.1/255.255.255.0", "/24", "fe80::1%eth0/64", "a/24"):
            text = f'{gate}virtualNet.address = "{address}"\n'
            self.assertEqual(self.refused(text).brief, f"invalid CIDR address: {address}")
        for address in ("100.86.0.1/24", "fd00::1/64"):
            self.client(f'{gate}virtualNet.address = "{address}"\n')

    def test_noReactor(self) -> None:
        """Looking at a configuration needs no reactor, which takes long to import."""
        code = (
            "import sys, frp.config.clientfile, frp.config.serverfile\n"
            "sys.exit(bool({'twisted.internet.reactor', 'yaml'} & set(sys.modules)))"
        )
        self.assertEqual(subprocess.run([sys.executable, "-c", code], cwd="/").returncode, 0)


class FormatTests(SynchronousTestCase):
    """Texts to mappings."""

    @given(st.text(alphabet="ab1{}[]:,=-\"'\n \\.#&*!|>%@`~0_", max_size=30), st.sampled_from(["", ".toml"]))
    def test_junk(self, text: str, extension: str) -> None:
        """Any text is a document or has a complaint."""
        try:
            parse(text, extension)
        except ConfigErrors as error:
            self.assertTrue(error.brief)

    def test_deep(self) -> None:
        """A text that nests endlessly is refused, in every format."""
        self.assertRaises(ConfigErrors, parse, "a = " + "[" * 100000, ".toml")
        for text in ('{"a":' * 100000, "[" * 100000, "- " * 100000 + "a", "a: " + "{a: " * 100000):
            self.assertRaises(ConfigErrors, parse, text)

    def test_manyReferences(self) -> None:
        """A small YAML text that stands for a billion values costs next to nothing."""
        rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
        self.assertEqual(parse("\n".join(rows)).format.name, "yaml")
