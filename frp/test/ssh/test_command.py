"""The command of an SSH client."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.flags import BadFlag
from frp.errors import Refused
from frp.interfaces import IProxyKind
from frp.kinds import Registry
from frp.plugin import Contribution
from frp.ssh.command import asked


class CommandTests(SynchronousTestCase):
    """What it says, and in which words."""

    registry = Registry()

    def values(self, line: str) -> dict[str, Any]:
        """@return: the configuration that a command means."""
        return asked(line, self.registry).values

    def proxy(self, line: str) -> dict[str, Any]:
        """@return: the table of the proxy."""
        (table,) = self.values(line)["proxies"]
        found: dict[str, Any] = table
        return found

    def test_reference(self) -> None:
        """Flags as the reference's users write them."""
        tcp = {"type": "tcp", "name": "web", "remotePort": 9090}
        for line in (
            "tcp --proxy_name web --remote_port 9090",
            "tcp --proxy-name=web --remote-port=9090",
            "tcp -n web -r 9090",
            " tcp -n web -r 9090".strip() + " ",
            "tcp  -n web  -r 9090 word",
        ):
            self.assertEqual(self.proxy(line), tcp)

    def test_kinds(self) -> None:
        """Each kind has its flags, and those of all."""
        self.assertEqual(
            self.proxy("http -n w -d a.example,b.example --sd s --locations /a,/b --http_user u --http_pwd p"),
            {
                "type": "http",
                "name": "w",
                "customDomains": ["a.example", "b.example"],
                "subdomain": "s",
                "locations": ["/a", "/b"],
                "httpUser": "u",
                "httpPassword": "p",
            },
        )
        self.assertEqual(
            self.proxy("tcpmux --mux=httpconnect --custom_domain t.example -n w --metadatas a=1,b=2"),
            {
                "type": "tcpmux",
                "name": "w",
                "multiplexer": "httpconnect",
                "customDomains": ["t.example"],
                "metadatas": {"a": "1", "b": "2"},
            },
        )

    def test_quotes(self) -> None:
        """Words end at spaces, and quotes are a part of them."""
        self.assertEqual(self.proxy('stcp -n w --sk=abc --allow-users="*"')["allowUsers"], ["*"])
        self.assertEqual(self.proxy("tcp -n 'a b'")["name"], "'a")

    def test_identity(self) -> None:
        """Who the client is."""
        values = self.values("tcp -n w -u ann -t sesame --client-id me")
        self.assertEqual((values["user"], values["auth"], values["clientID"]), ("ann", {"token": "sesame"}, "me"))

    def test_name(self) -> None:
        """A proxy without a name gets one."""
        self.assertRegex(self.proxy("https -d a.example")["name"], r"^sshtunnel-https-[0-9a-f]{8}$")

    def test_notHere(self) -> None:
        """What is about a local service, or about reaching frps, has no place here."""
        for flag in "--local-port", "--ue", "--server-addr", "--tls-enable":
            error = self.assertRaises(BadFlag, asked, f"tcp {flag} 1", self.registry)
            self.assertEqual(error.brief, f"unknown flag: {flag}")

    def test_types(self) -> None:
        """The reference's five types, in its words."""
        for line in "", "xyz", "udp", "sudp -n a", "TCP":
            error = self.assertRaises(Refused, asked, line, self.registry)
            type_ = line.split(" ")[0]
            self.assertEqual(error.brief, f"invalid proxy type: {type_}, support types: [tcp http https tcpmux stcp]")

    def test_long(self) -> None:
        """A command has a bound, for what is wrong with it is shown and logged."""
        error = self.assertRaises(Refused, asked, "x" * 8193, self.registry)
        self.assertEqual(error.brief, "the command is too long: 8193 characters, at most 8192")

    def test_ofOthers(self) -> None:
        """Types of other packages can be had, if their users are passed on to a local service."""
        from frp.proxies.stcp import STCP
        from frp.proxies.udp import UDP

        registry = Registry(
            lambda: (
                Contribution(IProxyKind, "mine", "passed on", STCP),
                Contribution(IProxyKind, "datagrams", "not passed on", UDP),
                Contribution(IProxyKind, "broken", "not there", "frp.nowhere"),
            )
        )
        (table,) = asked("mine -n a --sk b", registry).values["proxies"]
        self.assertEqual(table, {"type": "mine", "name": "a", "secretKey": "b"})
        error = self.assertRaises(Refused, asked, "datagrams", registry)
        self.assertEqual(error.brief, "invalid proxy type: datagrams, support types: [mine]")

    def test_help(self) -> None:
        """Help names the flags of the kind, in their order."""
        for line in "tcp --help", "tcp -n a -h":
            lines = asked(line, self.registry).help.splitlines()
            self.assertEqual(lines[:4], ["Usage:", "  ssh v0@{address} [command] [flags]", "", "Flags:"])
            self.assertEqual(
                lines[4],
                "      --annotations key=value,...   annotation key-value pairs (e.g., key1=value1,key2=value2)",
            )
            self.assertEqual(lines[6], "  -h, --help                        help for this command")
