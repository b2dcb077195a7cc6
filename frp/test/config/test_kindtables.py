"""The keys of others' gateways, authentication methods and transports."""

from __future__ import annotations

import inspect
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.client import ClientConfig
from frp.config.faults import faults
from frp.config.schema import decode, explain, jsonSchema, redacted, toDict
from frp.config.server import AuthServerConfig, GatewayConfig, ServerConfig
from frp.config.serverfile import loadServer
from frp.errors import ConfigError, ConfigErrors
from frp.interfaces import IAuthenticatorKind, IGatewayKind
from frp.kinds import Contribution
from frp.test.config.ownkinds import DoorConfig, LDAPConfig, PigeonConfig, contribution, ownRegistry

URL = "ldap://example.com"
MISSING = contribution(IAuthenticatorKind, "missing", "frp.test.config.nowhere.Missing")


def problems(schema: type, mapping: Any, *more: Contribution, **options: Any) -> tuple[ConfigError, ...]:
    """What is wrong with a mapping."""
    try:
        decode(schema, mapping, registry=ownRegistry(*more), **options)
    except ConfigErrors as error:
        return error.problems
    return ()


class TableTests(SynchronousTestCase):
    """A person configures an authentication method, or a transport, that somebody else has written."""

    def test_read(self) -> None:
        """Its keys stand in a table with its name, in any case, for frps and for frpc."""
        schemas: tuple[Any, ...] = (ServerConfig, ClientConfig)
        for schema in schemas:
            config = decode(schema, {"auth": {"method": "ldap", "LDAP": {"URL": URL}}}, registry=ownRegistry())
            self.assertEqual(config.auth.table, LDAPConfig(url=URL))
            config = decode(schema, {"transport": {"carrierpigeon": {"birds": 3}}}, registry=ownRegistry())
            self.assertEqual(config.transport.tables, {"carrierpigeon": PigeonConfig(birds=3)})

    def test_noSource(self) -> None:
        """Reading a configuration reads no source code: each proxy, and each reload, would pay for it."""
        self.patch(inspect, "getsourcelines", lambda thing: self.fail(f"the source of {thing} was read"))
        decode(ServerConfig, {"auth": {"method": "ldap", "ldap": {"url": URL}}}, registry=ownRegistry())

    def test_defaults(self) -> None:
        """The method in use has its table also where nothing is said, and is checked all the same."""
        config = decode(ClientConfig, {"transport": {"protocol": "carrierpigeon"}}, registry=ownRegistry())
        self.assertEqual(config.transport.tables, {"carrierpigeon": PigeonConfig()})
        (found,) = problems(ServerConfig, {"auth": {"method": "ldap"}})
        self.assertEqual((found.path, found.problem), ("auth.ldap.url", "auth.ldap.url must be an LDAP URL"))

    def test_notInUse(self) -> None:
        """The table of a method that is not in use may stay, as that of oidc may; where there is none, none is made."""
        auth = decode(ServerConfig, {"auth": {"ldap": {"url": URL}}}, registry=ownRegistry()).auth
        self.assertEqual((auth.method, auth.tables, auth.table), ("token", {"ldap": LDAPConfig(url=URL)}, None))
        self.assertEqual(decode(ServerConfig, {}, registry=ownRegistry()).auth, AuthServerConfig())
        self.assertEqual(decode(ServerConfig, {"auth": {"method": "plain"}}, registry=ownRegistry()).auth.tables, {})

    def test_unknown(self) -> None:
        """A table for what is not installed, or has no keys, is an unknown key; what is nearly right is offered."""
        found = problems(ServerConfig, {"auth": {"kerberos": {}, "plain": {}, "ldapp": {}}})
        self.assertEqual([p.path for p in found], ["auth.kerberos", "auth.ldapp", "auth.plain"])
        self.assertEqual(found[0].problem, 'json: unknown field "kerberos"')
        self.assertEqual(
            [p.hint for p in found],
            [
                "is its plugin installed, or its file named with --plugin?",
                "did you mean 'ldap'? or is its plugin installed, or its file named with --plugin?",
                "plain has no keys of its own",
            ],
        )
        self.assertEqual(problems(ServerConfig, {"auth": {"kerberos": {}}}, strict=False), ())

    def test_checked(self) -> None:
        """Unknown keys, wrong types and unusable values in it are found as in every table."""
        for strict in (True, False):
            found = problems(
                ServerConfig,
                {"auth": {"ldap": {"url": "http://", "passwd": ""}}, "transport": {"carrierpigeon": {"birds": "two"}}},
                strict=strict,
            )
            paths = ["auth.ldap.passwd"] * strict + ["transport.carrierpigeon.birds", "auth.ldap.url"]
            self.assertEqual([p.path for p in found], paths)
        self.assertEqual(found[0].problem, 'field "transport.carrierpigeon.birds": cannot unmarshal string into int')
        (wrong,) = problems(ServerConfig, {"auth": {"method": "ldap", "ldap": 1}})
        self.assertEqual(wrong.path, "auth.ldap")

    def test_line(self) -> None:
        """An error says its line."""
        path = self.mktemp()
        with open(path, "w") as file:
            file.write('[auth]\nmethod = "ldap"\n\n[auth.ldap]\nurl = "http://"\n')
        error = self.assertRaises(ConfigErrors, loadServer, path, registry=ownRegistry(), environ={})
        self.assertEqual([problem.line for problem in error.problems], [5])

    def test_broken(self) -> None:
        """A method that cannot be loaded says why, whether it is in use or has a table."""
        tables: tuple[dict[str, Any], ...] = ({"method": "missing"}, {"missing": {}})
        for auth in tables:
            (found,) = problems(ServerConfig, {"auth": auth}, MISSING)
            self.assertIn(found.path, ("auth.method", "auth.missing"))
            self.assertIn("frp.test.config.nowhere", found.hint)
        untabled = contribution(IAuthenticatorKind, "untabled", "Untabled")
        (found,) = problems(ServerConfig, {"auth": {"untabled": {}}}, untabled)
        self.assertEqual(found.problem, "IAuthenticatorKind 'untabled' has no table of keys")

    def test_shown(self) -> None:
        """Its secrets are hidden, and what is written back reads the same."""
        mappings: tuple[dict[str, Any], ...] = (
            {"auth": {"method": "ldap", "ldap": {"url": URL, "password": "s3cret"}}},
            {"transport": {"carrierpigeon": {}}},
        )
        for mapping in mappings:
            config = decode(ServerConfig, mapping, registry=ownRegistry())
            self.assertEqual(toDict(config), mapping)
            for defaults in (True, False):
                again = decode(ServerConfig, toDict(config, defaults=defaults), registry=ownRegistry())
                self.assertEqual(again, config)
                self.assertNotIn("s3cret", repr(redacted(config, defaults=defaults)))

    def test_pages(self) -> None:
        """It is explained, and an editor knows it; what cannot be loaded is left out."""
        page = explain(AuthServerConfig, ownRegistry(MISSING))
        self.assertIn("\nldap (table LDAPConfig)\n    For ldap: of a test.\n", page)
        self.assertNotIn("plain", page)
        made = jsonSchema(ServerConfig, ownRegistry(MISSING))["$defs"]
        self.assertEqual(made["AuthServerConfig"]["properties"]["ldap"]["$ref"], "#/$defs/LDAPConfig")
        self.assertTrue(made["LDAPConfig"]["properties"]["password"]["writeOnly"])
        self.assertIn("carrierpigeon", made["ServerTransportConfig"]["properties"])


class GatewayTests(SynchronousTestCase):
    """A person configures gateways."""

    def gateways(self, *tables: dict[str, Any]) -> list[GatewayConfig]:
        """They are read."""
        return decode(ServerConfig, {"gateways": list(tables)}, registry=ownRegistry()).gateways

    def test_read(self) -> None:
        """Each table is read by the keys of its type; one without a name is called like its type."""
        found = self.gateways({"type": "door", "port": 1}, {"type": "door", "name": "back"})
        self.assertEqual(
            found, [DoorConfig(type="door", name="door", port=1), DoorConfig(type="door", name="back", port=7070)]
        )

    def test_twice(self) -> None:
        """Two of one name are a mistake."""
        (found,) = problems(ServerConfig, {"gateways": [{"type": "door"}, {"type": "door"}]})
        self.assertEqual((found.path, found.problem), ("gateways[1].name", "gateway name [door] is duplicated"))

    def test_otherKeys(self) -> None:
        """Those that the reference knows have keys of their own already, and are not offered."""
        (found,) = problems(ServerConfig, {"gateways": [{"type": "https"}]})
        self.assertEqual(found.problem, "decode gateway at index 0: unknown gateway type: https")
        self.assertEqual(found.hint, "known: door; is its plugin installed, or its file named with --plugin?")

    def test_schema(self) -> None:
        """An editor offers those that are configured so."""
        made = jsonSchema(ServerConfig, ownRegistry())
        self.assertEqual(made["properties"]["gateways"]["items"], {"oneOf": [{"$ref": "#/$defs/DoorConfig"}]})


class FaultTests(SynchronousTestCase):
    """A person has made a mistake in such a kind, and asks plugins --check."""

    def check(self, family: Any, name: str, target: str) -> str:
        """What is said of one."""
        one = contribution(family, name, target)
        return "\n".join(map(str, faults(one, ownRegistry(one))))

    def test_good(self) -> None:
        """Where all is well nothing is said."""
        registry = ownRegistry()
        self.assertEqual([str(f) for one in registry.contributions() for f in faults(one, registry)], [])

    def test_silent(self) -> None:
        """A schema of a kind that does not say that it is configured would never be read."""
        said = self.check(IAuthenticatorKind, "silent", "Silent")
        self.assertIn("it has a schema, and does not say that it is configured", said)
        self.assertIn("expected: @implementer(IAuthenticatorKind, IConfigured)", said)

    def test_bare(self) -> None:
        """What is configured has a schema, which is one, and examples, which are its own."""
        self.assertIn("Plain has no schema", self.check(IAuthenticatorKind, "bare", "bare"))
        self.assertIn("expected: a class with @table", self.check(IAuthenticatorKind, "untabled", "Untabled"))
        said = self.check(IGatewayKind, "doors", "Door")
        self.assertIn("type: it is 'door', not 'doors'", said)

    def test_taken(self) -> None:
        """A name that is a key beside its table already."""
        said = self.check(IAuthenticatorKind, "token", "LDAP")
        self.assertIn("its table would be the key token of AuthClientConfig", said)
