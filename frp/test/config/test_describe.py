"""Pages made from declarations."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.proxy import ProxyConfig
from frp.config.schema import explain, jsonSchema, keysOf
from frp.config.server import ServerConfig
from frp.config.sources import TokenSource
from frp.proxies.http import HTTPConfig
from frp.test.config.kinds import TCPConfig, registry


class ExplainTests(SynchronousTestCase):
    """For people."""

    def test_everyKey(self) -> None:
        """Every key is there, with a sentence about it."""
        page = explain(ServerConfig)
        for name, declared in keysOf(ServerConfig).items():
            self.assertIn(f"\n{name} (", page)
            self.assertIn(declared.meta.help, page)
        self.assertIn("userConnTimeout (integer of seconds, default 10)", page)

    def test_values(self) -> None:
        """Allowed values and defaults in words are there."""
        page = explain(type(ServerConfig().log))
        self.assertIn('level (string, one of trace | debug | info | warn | error, default "info")', page)
        self.assertIn("default -1 with tcpMux, else 90", explain(type(ServerConfig().transport)))

    def test_about(self) -> None:
        """What a docstring says to programmers alone is left out."""
        self.assertTrue(explain(ProxyConfig).partition("\n\n")[0].startswith("What every proxy has."))
        self.assertNotIn("@", explain(ProxyConfig) + jsonSchema(ProxyConfig, registry())["description"])

    def test_allHelp(self) -> None:
        """No key is without help, in any table."""

        def walk(schema: type) -> None:
            explain(schema)
            for name, declared in keysOf(schema).items():
                self.assertTrue(declared.meta.help.endswith("."), f"{schema.__name__}.{name}")
                shape = declared.shape.item or declared.shape
                if shape.kind == "table":
                    walk(shape.type)

        for schema in (ServerConfig, ClientConfig, TCPConfig, TokenSource):
            walk(schema)


class JSONSchemaTests(SynchronousTestCase):
    """For editors."""

    def test_schema(self) -> None:
        """An editor learns keys, types, values and the tables of the kinds."""
        made = jsonSchema(ClientConfig, registry())
        json.dumps(made)
        self.assertEqual(made["properties"]["proxies"]["items"], {"oneOf": [{"$ref": "#/$defs/TCPConfig"}]})
        self.assertEqual(made["$defs"]["TCPConfig"]["properties"]["type"], {"const": "tcp"})
        transport = made["$defs"]["ClientTransportConfig"]["properties"]
        self.assertEqual(transport["protocol"]["enum"], ["tcp", "kcp", "quic", "websocket", "wss"])

    def test_absent(self) -> None:
        """A table that counts as soon as it is there says that it need not be."""
        proxy = jsonSchema(HTTPConfig, registry())["properties"]
        self.assertIsNone(proxy["inspect"]["default"])
        self.assertNotIn("default", proxy["transport"])

    def test_references(self) -> None:
        """Every reference leads somewhere."""
        made = jsonSchema(ServerConfig, registry())

        def walk(part: Any) -> None:
            if isinstance(part, dict):
                if "$ref" in part:
                    self.assertIn(part["$ref"].rpartition("/")[2], made["$defs"])
                for value in part.values():
                    walk(value)

        walk(made)
