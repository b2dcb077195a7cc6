"""Warnings about values that are taken all the same."""

from __future__ import annotations

import os
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.clientfile import clientFromValues
from frp.config.load import Loaded
from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors
from frp.kinds import Registry
from frp.test.kinds.files import GOOD, forgetAfter, write


class PortTests(SynchronousTestCase):
    """Ports that there are not, where the reference does not look at them."""

    def said(self, **values: Any) -> tuple[str, ...]:
        """What is said of a client."""
        return clientFromValues(values, registry=Registry()).doubts

    def test_server(self) -> None:
        """The port of frps."""
        self.assertEqual(self.said(serverPort=70000), ("serverPort: there is no port 70000: ports go from 0 to 65535",))
        self.assertEqual(self.said(serverPort=65535), ())

    def test_servers(self) -> None:
        """Each of several has its place."""
        servers = [{"addr": "a"}, {"addr": "b", "port": -1}]
        self.assertEqual(
            self.said(servers=servers), ("servers[1].port: there is no port -1: ports go from 0 to 65535",)
        )

    def test_proxy(self) -> None:
        """A proxy is named, for it may come from another file."""
        proxy = {"name": "web", "type": "tcp", "localPort": 80, "remotePort": 65536}
        self.assertEqual(
            self.said(proxies=[proxy]), ("proxy web: remotePort: there is no port 65536: ports go from 0 to 65535",)
        )

    def test_inspectFile(self) -> None:
        """A file that cannot be made, because there is no folder for it."""
        folder = os.path.abspath(self.mktemp())
        for file, doubts in (
            ("", ()),
            ("here.db", ()),
            (
                f"{folder}/there.db",
                (f"proxy web: inspect.file: there is no folder {folder}: requests are kept in memory only",),
            ),
        ):
            proxy = {"name": "web", "type": "http", "localPort": 80, "subdomain": "x", "inspect": {"file": file}}
            self.assertEqual(self.said(proxies=[proxy]), doubts)

    def test_visitor(self) -> None:
        """So is a visitor; one that listens nowhere has a negative port."""
        visitor = {"type": "stcp", "serverName": "s", "secretKey": "k"}
        visitors = [{**visitor, "name": "none", "bindPort": -1}, {**visitor, "name": "far", "bindPort": 99999}]
        self.assertEqual(
            self.said(visitors=visitors),
            ("visitor far: bindPort: there is no port 99999: ports go from 0 to 65535",),
        )

    def test_gateway(self) -> None:
        """frps looks at the port of its SSH gateway."""
        loaded = serverFromValues(
            {"auth": {"token": "t"}, "sshTunnelGateway": {"bindPort": 70000}}, registry=Registry()
        )
        self.assertEqual(
            loaded.doubts, ("sshTunnelGateway.bindPort: there is no port 70000: ports go from 0 to 65535",)
        )


class ServiceTests(SynchronousTestCase):
    """Proxies that lead nowhere, which the reference takes."""

    def test_none(self) -> None:
        """A port, an endpoint or a plugin is a service."""
        plugin = {"type": "static_file", "localPath": "/srv"}
        services: list[dict[str, Any]] = [{}, {"localPort": 80}, {"localEndpoint": "unix:/run/a"}, {"plugin": plugin}]
        proxies = [{"name": f"p{n}", "type": "tcp", **one} for n, one in enumerate(services)]
        self.assertEqual(
            clientFromValues({"proxies": proxies}, registry=Registry()).doubts,
            ("proxy p0: localPort: there is no service for users: set localPort, localEndpoint or a plugin",),
        )


class ZeroTests(SynchronousTestCase):
    """A zero for a key of somebody else's kind."""

    def setUp(self) -> None:
        forgetAfter(self)

    def loaded(self, declared: str, *, before: str = "", **values: Any) -> Loaded[ClientConfig]:
        """
        A client with a proxy whose table has a key besides those of tcp.

        @param before: a table that stands before this one.
        """
        text = GOOD.replace('greeting: str = key("", "Said first.")', declared)
        text = text.replace("@table\n", f"{before}@table\n")
        registry = Registry(files=[write(self.mktemp(), text)])
        proxy = {"name": "p", "type": "hello", "localPort": 80, **values}
        return clientFromValues({"proxies": [proxy]}, registry=registry)

    def test_told(self) -> None:
        """It counts as not set where the default is another: whoever has written it is told."""
        for declared, value, told in (
            ("closes: int = key(24, 'When.')", 0, "closes: 0 counts as not set: 24 is used"),
            ("closes: str = key('late', 'When.')", "", 'closes: "" counts as not set: "late" is used'),
            ("closes: str = key('x', 'When.', secret=True)", "", 'closes: "" counts as not set: the default is used'),
            ("closes: int = key(0, 'When.')", 0, None),
            ("closes: int = key(24, 'When.')", 1, None),
            ("closes: int = key(24, 'When.', zero=True)", 0, None),
            ("closes: bool = key(True, 'When.')", False, None),
        ):
            found = self.loaded(declared, Closes=value)
            self.assertEqual(found.doubts, () if told is None else (f"proxy p: {told}",))

    def test_none(self) -> None:
        """For a key that may be None a zero is a zero."""
        for default in (None, 5):
            cases: list[tuple[dict[str, Any], int | None]] = [({"closes": 0}, 0), ({}, default)]
            for value, kept in cases:
                found = self.loaded(f"closes: int | None = key({default}, 'When.')", **value)
                self.assertEqual(vars(found.config.proxies[0])["closes"], kept)
                self.assertEqual(found.doubts, ())

    def test_below(self) -> None:
        """So it is in a table below; where the value is wrong, only that is told."""
        inner = "@table\n    class Inner:\n        closes: int = key(24, 'When.')\n\n    "
        declared = "hours: Inner = key(Inner, 'Which.')"
        found = self.loaded(declared, before=inner, hours={"closes": 0})
        self.assertEqual(found.doubts, ("proxy p: hours.closes: 0 counts as not set: 24 is used",))
        self.assertRaises(ConfigErrors, self.loaded, declared, before=inner, hours={"closes": ""})

    def test_own(self) -> None:
        """Of frp's own keys nothing is said: the reference does not either."""
        proxy = {"name": "p", "type": "tcp", "localIP": "", "localPort": 80}
        self.assertEqual(clientFromValues({"proxies": [proxy], "serverPort": 0}, registry=Registry()).doubts, ())


class HostTests(SynchronousTestCase):
    """Hosts that are more than that."""

    def said(self, **values: Any) -> tuple[str, ...]:
        return clientFromValues(values, registry=Registry()).doubts

    def test_more(self) -> None:
        """A port behind it, a scheme before it, or both."""
        for host, alone in (
            ("frps.example.com:7000", "frps.example.com"),
            ("192.0.2.1:7000", "192.0.2.1"),
            ("[2001:db8::1]:7000", "2001:db8::1"),
            ("https://frps.example.com", "frps.example.com"),
            ("tcp://frps.example.com:7000/", "frps.example.com"),
        ):
            told = (f'serverAddr: {host} is no host: write "{alone}", and the port in its own key',)
            self.assertEqual(self.said(serverAddr=host), told)

    def test_hosts(self) -> None:
        """Names and addresses of both families are hosts."""
        for host in ("frps.example.com", "192.0.2.1", "2001:db8::1", "::1", "[::1]", "fe80::1%eth0", ""):
            self.assertEqual(self.said(serverAddr=host), ())


class OpenTests(SynchronousTestCase):
    """A server that lets everybody in."""

    def said(self, **values: Any) -> tuple[str, ...]:
        return serverFromValues(values, registry=Registry()).doubts

    def test_open(self) -> None:
        """It is told once what that means, and what to do."""
        text = "auth: no token: whoever reaches port 7000 can open ports here; set auth.token on frps and on frpc"
        self.assertEqual(self.said(), (text,))

    def test_closed(self) -> None:
        """Nothing is said where something else decides who comes, or nobody else can reach it."""
        login = {"name": "who", "addr": "127.0.0.1:9", "path": "/", "ops": ["Login"]}
        for values in (
            {"auth": {"token": "secret"}},
            {"auth": {"tokenSource": {"type": "file", "file": {"path": "/run/token"}}}},
            {"transport": {"tls": {"trustedCaFile": "ca.pem"}}},
            {"httpPlugins": [login]},
            {"hooks": [{"type": "users", "path": "users.toml"}]},
            {"bindAddr": "127.0.0.1"},
        ):
            self.assertEqual(self.said(**values), (), values)

    def test_others(self) -> None:
        """A plugin that is asked about other things does not let anybody in."""
        ping = {"name": "who", "addr": "127.0.0.1:9", "path": "/", "ops": ["Ping"]}
        self.assertEqual(len(self.said(httpPlugins=[ping])), 1)


class StartTests(SynchronousTestCase):
    """Names in C{start}."""

    def said(self, *start: str, **values: Any) -> tuple[str, ...]:
        proxies = [{"name": "web", "type": "tcp", "localPort": 80}]
        visitors = [{"name": "in", "type": "stcp", "serverName": "s", "bindPort": 1, "enabled": False}]
        values = {"start": list(start), "proxies": proxies, "visitors": visitors, **values}
        return clientFromValues(values, registry=Registry()).doubts

    def test_unknown(self) -> None:
        """Nothing has the name; something has one like it."""
        self.assertEqual(
            self.said("web", "wev", "zz", "zz"),
            (
                "start: no proxy and no visitor has the name 'wev': did you mean 'web'?",
                "start: no proxy and no visitor has the name 'zz'",
            ),
        )

    def test_disabled(self) -> None:
        """What is not enabled does not start."""
        self.assertEqual(self.said("in"), ("start: in has enabled = false, and does not start",))

    def test_store(self) -> None:
        """A store may have it."""
        self.assertEqual(self.said("zz", store={"path": "store.json"}), ())


class PairTests(SynchronousTestCase):
    """A certificate and its key."""

    def test_half(self) -> None:
        """One without the other is not used; both are."""
        for one, other in ("certFile", "keyFile"), ("keyFile", "certFile"):
            tls = {"transport": {"tls": {one: "some.pem"}}}
            told = (f"transport.tls.{one}: has no effect without {other}",)
            self.assertEqual(clientFromValues(tls, registry=Registry()).doubts, told)
            self.assertIn(*told, serverFromValues(tls, registry=Registry()).doubts)
            tls["transport"]["tls"][other] = "other.pem"
            self.assertEqual(clientFromValues(tls, registry=Registry()).doubts, ())

    def test_webServer(self) -> None:
        """There one without the other is wrong, and the hint says of which table the text is."""
        with self.assertRaises(ConfigErrors) as caught:
            clientFromValues({"webServer": {"tls": {"certFile": "some.pem"}}}, registry=Registry())
        text = "tls.keyFile must be specified when tls is enabled"
        self.assertEqual(caught.exception.brief, text)
        self.assertTrue(
            caught.exception.more.startswith("webServer.tls.keyFile: HTTPS takes webServer.tls.certFile and")
        )
