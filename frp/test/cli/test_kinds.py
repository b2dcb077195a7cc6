"""The commands of the kinds: what their flags mean."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import Group, run
from frp.cli.kinds import commandOf, kindNames
from frp.config.commandline import FRPC
from frp.interfaces import IProxyKind, IVisitorKind
from frp.kinds import Contribution, Registry

STCP = Contribution(IProxyKind, "stcp", "a proxy", "frp.proxies.stcp.STCP")
VISITOR = Contribution(IVisitorKind, "stcp", "a visitor", "frp.visitors.stcp.STCP")
TCP = Contribution(IProxyKind, "tcp", "a proxy", "frp.proxies.tcp.TCP")
XTCP = Contribution(IVisitorKind, "xtcp", "a visitor", "frp.visitors.xtcp.XTCP")
STRANGER = Contribution(IVisitorKind, "stranger", "visits only", "frp.visitors.stcp.STCP")


class KindTests(SynchronousTestCase):
    """Kinds of proxies and of visitors, with or without the other."""

    def setUp(self) -> None:
        self.served: list[Any] = []
        self.kinds = Registry(find=lambda: [STCP, VISITOR, TCP, XTCP, STRANGER])
        self.root = Group("frpc", "frpc", (), lambda _values: 0)
        for name in kindNames(self.kinds):
            command = commandOf(name, self.kinds, (), self.serve)
            assert command is not None
            self.root.add_command(command)

    def serve(self, clients: list[tuple[str, Any]], values: dict[str, Any], kinds: Registry) -> int:
        """Note what would run."""
        ((_, config),) = clients
        self.served.append(config)
        return 0

    def say(self, line: str) -> str:
        """Run it. @return: what it prints."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(run(self.root, line.split()), 0)
        self.doubts = err.getvalue()
        return out.getvalue()

    def test_names(self) -> None:
        """Every kind has a command, once."""
        self.assertEqual(kindNames(self.kinds), {"stcp", "tcp", "xtcp", "stranger"})
        self.assertIsNone(commandOf("other", self.kinds, (), self.serve))

    def test_service(self) -> None:
        """A word is the local service; the port of frps may stand behind its address."""
        self.say("tcp 8080 -s example.org:7001")
        self.say("tcp [::1]:8080 -s ::1 -n web")
        first, second = self.served
        self.assertEqual((first.serverAddr, first.serverPort), ("example.org", 7001))
        self.assertEqual((second.serverAddr, second.serverPort), ("::1", 7000))
        proxy, named = first.proxies[0], second.proxies[0]
        self.assertEqual((proxy.localIP, proxy.localPort), ("127.0.0.1", 8080))
        self.assertTrue(proxy.name.endswith("-tcp-8080"), proxy.name)
        self.assertEqual((named.name, named.localIP, named.localPort), ("web", "::1", 8080))

    def test_doubts(self) -> None:
        """What is taken and cannot work is told as it is of a file; the reference prints none of it."""
        self.assertEqual(self.say("tcp 8080 -n web -r 70000 --tls-enable=false -P 65536"), "")
        self.assertIn("WARNING: proxy web: remotePort: there is no port 70000", self.doubts)
        self.assertIn("WARNING: serverPort: there is no port 65536", self.doubts)
        self.say("tcp 8080 -n web -r 7000")
        self.assertEqual(self.doubts, "")

    def test_wordsBesideFlags(self) -> None:
        """Where the service stands in flags, words are left alone, as by the reference; each is told."""
        self.say("stcp -n a -l 22 --ue true 23")
        self.assertEqual(self.served[0].proxies[0].localPort, 22)
        told = ["true is not used: what is on or off has its value behind =, as in --ue=false", "23 is not used"]
        self.assertEqual(self.doubts.splitlines(), [f"WARNING: {text}" for text in told])

    def test_secondPort(self) -> None:
        """A second port may be meant for frps: its flag is told where the kind has one, and it is not given."""
        for line, told in (
            ("tcp 8000 6222", "6222 is not used: -r 6222 asks frps for this port"),
            ("tcp 8000 6222 -r 6000", "6222 is not used"),
            ("tcp 8000 70000", "70000 is not used"),
            ("stcp 8000 6222", "6222 is not used"),
            ("xtcp visitor -n a --server-name b --bind-port 6000 c", "c is not used"),
        ):
            self.assertEqual(self.say(line), "")
            self.assertEqual(self.doubts, f"WARNING: {told}\n")
        self.assertEqual([config.proxies[0].localPort for config in self.served[:4]], [8000] * 4)

    def test_unreadFile(self) -> None:
        """A file beside a type is left alone, as by the reference, and that is told."""
        self.root = Group("frpc", "frpc", FRPC, lambda _values: 0)
        for name in ("tcp", "xtcp"):
            command = commandOf(name, self.kinds, FRPC, self.serve)
            assert command is not None
            self.root.add_command(command)
        for line, told in (
            ("-c no.toml tcp 8000", "-c no.toml is not read: flags are all that a single proxy has"),
            ("tcp 8000 --config-dir conf", "--config-dir conf is not read: flags are all that a single proxy has"),
            (
                "xtcp visitor -c no.toml -n a --server-name b --bind-port 6000",
                "-c no.toml is not read: flags are all that a single visitor has",
            ),
        ):
            self.say(line)
            self.assertEqual(self.doubts, f"WARNING: {told}\n")

    def test_noService(self) -> None:
        """What is no port is left alone, too."""
        for word in "true", "0", "65536", "a:b", "99999999999":
            self.say(f"stcp {word} -n a")
            self.assertEqual(self.served.pop().proxies[0].localPort, 0)

    def test_ownNames(self) -> None:
        """A key has a flag of its own name as well."""
        self.say("stcp 22 --secret-key k")
        self.say("stcp 22 --sk k")
        self.assertEqual([config.proxies[0].secretKey for config in self.served], ["k", "k"])

    def test_visitor(self) -> None:
        """The flags of a visitor, and those of its client on either side of the word."""
        self.say(
            "stcp -s example.org -u ann visitor -n v --sk k --server_name web --server-user bob --bind-port 6000 "
            "--bind_addr ::1 --ue --uc -t secret"
        )
        (config,) = self.served
        (visitor,) = config.visitors
        self.assertEqual((config.serverAddr, config.user, config.auth.token), ("example.org", "ann", "secret"))
        self.assertEqual((visitor.name, visitor.type, visitor.secretKey), ("v", "stcp", "k"))
        self.assertEqual((visitor.serverName, visitor.serverUser), ("web", "bob"))
        self.assertEqual((visitor.bindAddr, visitor.bindPort), ("::1", 6000))
        self.assertTrue(visitor.transport.useEncryption and visitor.transport.useCompression)
        self.assertEqual(config.proxies, [])

    def test_negative(self) -> None:
        """A negative port is a value, and no flag."""
        self.say("stcp visitor -n v --server-name web --bind-port -1")
        self.assertEqual(self.served[0].visitors[0].bindPort, -1)

    def test_proxy(self) -> None:
        """Without the word it is the proxy."""
        self.say("stcp -n web --sk k --allow_users ann,bob -l 80 --allow-users carol")
        (proxy,) = self.served[0].proxies
        self.assertEqual((proxy.secretKey, proxy.allowUsers), ("k", ["ann", "bob", "carol"]))
        self.assertEqual(self.served[0].visitors, [])

    def test_sameName(self) -> None:
        """C{--protocol} is what the client speaks with frps, whatever key of that name a visitor has; as it was."""
        self.say("xtcp visitor -n v --server-name web --bind-port 1 --protocol websocket")
        (config,) = self.served
        self.assertEqual((config.transport.protocol, config.visitors[0].protocol), ("websocket", "quic"))

    def test_visitorOnly(self) -> None:
        """A kind that only visits has the word, and shows it without."""
        self.assertIn("visitor  Run frpc with a single stranger visitor", self.say("stranger"))
        self.say("stranger visitor -n v --server-name web --bind-port 1")
        self.assertEqual(self.served[0].visitors[0].type, "stranger")
