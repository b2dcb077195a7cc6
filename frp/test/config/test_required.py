"""Keys without which a table cannot be used, and those that say where a server is."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.config.schema import explain, jsonSchema, key, table
from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors, PluginError
from frp.interfaces import IProxyKind
from frp.kinds.places import NOT_INSTALLED
from frp.test.transports.test_unix import UNIX, UnixConfig
from frp.testing.misbehaving import registryWith

_LACKING: tuple[dict[str, Any], ...] = ({}, {"unix": {}}, {"unix": {"path": ""}})

REGISTRY = registryWith(UNIX)
PATH = {"path": "/run/frps.sock"}


class RequiredTests(SynchronousTestCase):
    """A transport that needs a path."""

    def problems(self, load: Any, **transport: object) -> list[tuple[str, str, str]]:
        """@return: what is wrong: where, in which words, and with which hint."""
        try:
            load({"transport": transport}, registry=REGISTRY)
        except ConfigErrors as errors:
            return [(one.path, one.problem, one.hint) for one in errors.problems]
        return []

    def test_lacks(self) -> None:
        """It is told whether there is a table or none, whole: no name of an entry stands before it."""
        lacks = [("transport.unix.path", "transport.unix.path is required", "The socket's path.")]
        for own in _LACKING:
            self.assertEqual(self.problems(clientFromValues, protocol="unix", **own), lacks)
        self.assertEqual(self.problems(serverFromValues, unix={}), lacks)

    def test_there(self) -> None:
        """It is, or nobody uses the transport."""
        self.assertEqual(self.problems(clientFromValues, protocol="unix", unix=PATH), [])
        self.assertEqual(self.problems(clientFromValues), [])
        self.assertEqual(self.problems(serverFromValues), [])

    def test_entry(self) -> None:
        """In a proxy, the proxy and its plugin are named, in the words of the reference."""
        proxy = {"name": "a", "type": "tcp", "plugin": {"type": "unix_domain_socket"}}
        errors = self.assertRaises(ConfigErrors, clientFromValues, {"proxies": [proxy]}, registry=REGISTRY)
        self.assertEqual(errors.brief, "proxy a: plugin unix_domain_socket: unixPath is required")

    def test_told(self) -> None:
        """People and editors see that it is."""
        self.assertIn("path (string, required)\n", explain(UnixConfig))
        schema = jsonSchema(UnixConfig, REGISTRY)
        self.assertEqual(schema["required"], ["path"])
        self.assertNotIn("default", schema["properties"]["path"])


class PlaceTests(SynchronousTestCase):
    """What stands beside a place is not where frpc goes."""

    def said(self, protocol: str = "unix", **keys: Any) -> tuple[str, ...]:
        """What is doubted."""
        transport = {"protocol": protocol, "unix": PATH, **keys.pop("transport", {})}
        return clientFromValues({"transport": transport, **keys}, registry=REGISTRY).doubts

    def test_beside(self) -> None:
        """A word for each of both keys, where they are said."""
        self.assertEqual(
            self.said(serverAddr="frps.example.com", serverPort=7001),
            (
                "serverAddr: frpc goes where transport.unix.path says; this is only shown before the ports of proxies",
                "serverPort: frpc goes where transport.unix.path says, and not to a port",
            ),
        )
        self.assertEqual(self.said(), ())

    def test_certificate(self) -> None:
        """The address has a use where it is the name in a certificate."""
        tls = {"trustedCaFile": "ca.pem"}
        self.assertEqual(self.said(serverAddr="frps.example.com", transport={"tls": tls}), ())
        tls["serverName"] = "frps"
        self.assertEqual(len(self.said(serverAddr="frps.example.com", transport={"tls": tls})), 1)

    def test_elsewhere(self) -> None:
        """A transport that is not in use says nothing."""
        self.assertEqual(self.said("tcp", serverAddr="frps.example.com", serverPort=7001), ())


@table
class _Doubtful:
    """Says that it is odd."""

    odd: str = key("", "Odd.", doubt=lambda value, _table: value and f"{value} is odd")


class DoubtTests(SynchronousTestCase):
    """The doubts of a transport's own table."""

    def test_said(self) -> None:
        """They are told, with where it stands."""
        kind: Any = UNIX.target
        self.patch(type(kind), "schema", _Doubtful)
        transport = {"protocol": "unix", "unix": {"odd": "one"}}
        loaded = clientFromValues({"transport": transport}, registry=REGISTRY)
        self.assertEqual(loaded.doubts, ("transport.unix.odd: one is odd",))


class InstalledTests(SynchronousTestCase):
    """A file speaks of a plugin that is not there."""

    def hints(self, **values: Any) -> dict[str, str]:
        """@return: what is asked, by where."""
        errors = self.assertRaises(ConfigErrors, clientFromValues, values, registry=registryWith())
        return {problem.path: problem.hint for problem in errors.problems}

    def test_asked(self) -> None:
        """Whether it is installed is asked wherever a kind is named, or has its table."""
        hints = self.hints(
            transport={"protocol": "unix", "unix": PATH},
            auth={"method": "ldap"},
            proxies=[{"name": "a", "type": "http3", "plugin": {"type": "unix_domain_socket"}}],
        )
        for path in ("transport.protocol", "transport.unix", "auth.method"):
            self.assertEqual(hints[path], NOT_INSTALLED, path)
        self.assertTrue(hints["proxies[0].type"].startswith("did you mean 'http'?"))
        self.assertTrue(hints["proxies[0].type"].endswith(f"; {NOT_INSTALLED}"))
        kind = self.hints(proxies=[{"name": "a", "type": "tcp", "plugin": {"type": "teapot"}}])
        self.assertTrue(kind["proxies[0].plugin.type"].endswith(f"; {NOT_INSTALLED}"), kind)
        self.assertIn(NOT_INSTALLED, self.assertRaises(PluginError, registryWith().get, IProxyKind, "teapot").detail)

    def test_near(self) -> None:
        """It is asked besides, where there is one of a similar name; not where only capital letters differ."""
        hints = self.hints(transport={"protocol": "quick", "quicc": {}}, auth={"method": "Token"})
        self.assertEqual(hints["transport.protocol"], f"did you mean 'quic'? or {NOT_INSTALLED}")
        self.assertEqual(hints["transport.quicc"], f"did you mean 'quic'? or {NOT_INSTALLED}")
        self.assertEqual(hints["auth.method"], "did you mean 'token'?")
        for name, asked in (("htttp", True), ("HTTP", False)):
            said = self.hints(proxies=[{"name": "a", "type": name}])["proxies[0].type"]
            self.assertTrue(said.startswith("did you mean 'http'?"), said)
            self.assertEqual(NOT_INSTALLED in said, asked, said)
            detail = self.assertRaises(PluginError, registryWith().get, IProxyKind, name).detail
            self.assertEqual(NOT_INSTALLED in detail, asked or "mean" not in detail, detail)
