"""Tests of the method oidc on the side of frps: which tokens count."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import maybeDeferred

from frp.auth.oidc.kind import OIDC
from frp.auth.oidc.server import Examiner
from frp.config.serverfile import serverFromValues
from frp.errors import AuthError, ConfigError, FRPError, Unavailable
from frp.logs import Log
from frp.server.service import FRPServer
from frp.test.auth.oidc.providing import PORT, ProviderTestCase
from frp.testing.contracts.outcomes import failure, result
from frp.testing.provider import DISCOVERY, Provider, reply
from frp.wire.messages import Login, NewWorkConn, Ping


class _Site:
    def __init__(self, reactor: Any) -> None:
        self.reactor = self.clock = reactor
        self.log = Log("test")


def part(said: object) -> str:
    """A part of a token."""
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class ServerTestCase(ProviderTestCase):
    """Has frps' side of the method."""

    def examiner(self, *scopes: str, **oidc: Any) -> Examiner:
        """@return: one with these scopes, and these keys in C{auth.oidc}."""
        values = {"auth": self.serverAuth(*scopes, **oidc)}
        config = serverFromValues(values, registry=self.network.registry).config
        made: Examiner = result(self.network, OIDC().server(config.auth, _Site(self.network.reactor)))
        return made

    def accept(self, examiner: Examiner, token: str) -> None:
        """The token counts."""
        result(self.network, maybeDeferred(examiner.verify, Login(privilege_key=token)))

    def refuse(self, examiner: Examiner, token: str) -> AuthError:
        """@return: why the token does not count."""
        error = failure(self.network, maybeDeferred(examiner.verify, Login(privilege_key=token))).value
        assert isinstance(error, AuthError), error
        self.assertTrue(error.brief.startswith("invalid OIDC token in login: "), error.brief)
        return error


class DiscoveryTests(ServerTestCase):
    """What keeps frps from starting."""

    def refused(self, answer: bytes | None, kind: type[FRPError] = Unavailable) -> str:
        self.provider.says[DISCOVERY] = answer
        error = self.assertRaises(kind, self.examiner)
        assert isinstance(error, FRPError)
        return error.brief

    def test_away(self) -> None:
        """A provider that is not there, or hangs, is named."""
        self.assertIn("no answer within 10 s", self.refused(None))
        self.network.refuse(PORT)
        brief = self.refused(None)
        self.assertIn("failed to discover the OIDC provider of auth.oidc.issuer: ", brief)
        self.assertIn(
            f'Get "http://127.0.0.1:{PORT}{DISCOVERY}": dial tcp 127.0.0.1:{PORT}: connect: connection refused', brief
        )

    def test_otherIssuer(self) -> None:
        """One that calls itself something else."""
        said = {**self.provider.discovery(), "issuer": "https://other"}
        brief = self.refused(reply(said), ConfigError)
        text = (
            'issuer did not match the issuer returned by provider, expected "http://127.0.0.1:8080" got "https://other"'
        )
        self.assertIn(text, brief)

    def test_nonsense(self) -> None:
        """One that says nothing that can be understood."""
        self.assertIn("404 Not Found", self.refused(reply({}, "404 Not Found")))
        for answer in (reply(b"<html>"), reply([]), reply(b"[" * 100_000), b"\x00\r\n\r\n", b""):
            self.refused(answer)
        self.refused(reply({}), ConfigError)
        self.refused(reply({**self.provider.discovery(), "jwks_uri": None}))

    def test_none(self) -> None:
        """An issuer that is not configured."""
        error = self.assertRaises(ConfigError, self.examiner, issuer="")
        self.assertIn("auth.oidc.issuer is required", str(error))

    def test_stopped(self) -> None:
        """frps that is stopped while the provider hangs stops at once, and opens nothing afterwards."""
        self.provider.says[DISCOVERY] = None
        registry = self.network.registry
        config = serverFromValues({"auth": self.serverAuth(), "bindPort": 7000}, registry=registry).config
        server = FRPServer(self.network.reactor, config, registry)
        server.startService()
        self.network.settle()
        self.assertEqual(len(self.network.links(PORT)), 1)
        stopped = server.stopService()
        self.network.settle()
        self.successResultOf(stopped)
        self.failureResultOf(server.started, Unavailable)
        self.assertEqual((self.network.links(PORT), self.network.reactor.ports.get(7000)), ([], None))

    def test_redirects(self) -> None:
        """Redirects are followed where nothing secret is asked, but not for ever."""
        self.provider.says[DISCOVERY] = reply(b"", "301 Moved", "text/plain", "Location: /found")
        self.provider.says["/found"] = reply(self.provider.discovery())
        self.examiner()
        self.provider.says["/found"] = reply(b"", "302 Found", "text/plain", f"Location: {DISCOVERY}")
        self.assertIn("stopped after 5 redirects", self.refused(self.provider.says[DISCOVERY]))

    def test_keysComeLater(self) -> None:
        """A provider that does not tell its keys at start is asked again when a token comes."""
        self.provider.says["/jwks"] = reply({}, "500 Oops")
        examiner = self.examiner()
        self.assertEqual(self.logged("no OIDC keys yet"), 1)
        del self.provider.says["/jwks"]
        self.accept(examiner, self.provider.token())

    def test_algorithms(self) -> None:
        """Whatever the provider offers, only signatures that it alone can make count; RS256 where it says nothing."""
        for offered, expected in (
            (["HS256", "none", "ES384"], '["ES384"]'),
            (["HS256"], '["RS256"]'),
            ("x", '["RS256"]'),
        ):
            said = {**self.provider.discovery(), "id_token_signing_alg_values_supported": offered}
            self.provider.says[DISCOVERY] = reply(said)
            error = self.refuse(self.examiner(), self.provider.token())
            self.assertIn(f'unsupported algorithm, expected {expected} got "ES256"', error.brief)


class ClaimTests(ServerTestCase):
    """What a token must say."""

    def test_each(self) -> None:
        """Every algorithm that the reference knows."""
        for algorithm in ("RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"):
            self.provider.algorithm = algorithm
            self.provider.rotate()
            self.accept(self.examiner(), self.provider.token())

    def test_issuer(self) -> None:
        """The issuer must be ours, unless that is not asked for."""
        token = self.provider.token(iss="https://other")
        error = self.refuse(self.examiner(), token)
        text = "oidc: id token issued by a different provider, "
        self.assertIn(text + f'expected "{self.provider.issuer}" got "https://other"', error.brief)
        self.accept(self.examiner(skipIssuerCheck=True), token)

    def test_audience(self) -> None:
        """The token must be for us, among others or alone, unless no audience is configured."""
        self.accept(self.examiner(), self.provider.token(aud=["mail", "frps"]))
        for audience in ("mail", ["mail"], [], None, 5, "frps2"):
            error = self.refuse(self.examiner(), self.provider.token(aud=audience))
            self.assertIn('oidc: expected audience "frps" got [', error.brief)
            self.accept(self.examiner(audience=""), self.provider.token(aud=audience))

    def test_times(self) -> None:
        """It must not have expired, and not begin in more than five minutes, unless that is not asked for."""
        now = int(self.network.reactor.seconds())
        strict, lax = self.examiner(), self.examiner(skipExpiryCheck=True)
        for claims in ({"exp": now}, {"exp": now + 0.9}, {"nbf": now + 300}):
            self.accept(strict, self.provider.token(**claims))
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"exp": now - 1}, "oidc: token is expired (Token Expiry: 2023-11-14 22:13:19 +0000 UTC)"),
            ({"exp": None}, "oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)"),
            ({"nbf": now + 301}, "before the nbf (not before) time: 2023-11-14 22:18:21 +0000 UTC"),
            ({"exp": "never"}, "oidc: failed to unmarshal claims"),
            ({"exp": True}, "oidc: failed to unmarshal claims"),
            ({"exp": -(10**30)}, "oidc: token is expired"),
        ]
        for said, words in wrong:
            token = self.provider.token(**said)
            self.assertIn(words, self.refuse(strict, token).brief)
            self.accept(lax, token)
        for never in (float("nan"), float("inf")):
            self.refuse(strict, self.provider.token(exp=never))

    def test_noToken(self) -> None:
        """A client without a token hears so, and the log tells what it should change."""
        self.assertIn("the client does not use OIDC", self.refuse(self.examiner(), "").detail)
        examiner = self.examiner("HeartBeats")
        error = failure(self.network, maybeDeferred(examiner.verify, Ping())).value
        self.assertIn('auth.additionalScopes of the client lacks "HeartBeats"', str(error))

    def test_subjects(self) -> None:
        """Heartbeats and work connections carry tokens of somebody who has logged in."""
        examiner = self.examiner("HeartBeats", "NewWorkConns")
        alice, bob = self.provider.token(), self.provider.token(sub="bob")
        self.accept(examiner, alice)
        for kind in (Ping, NewWorkConn):
            result(self.network, maybeDeferred(examiner.verify, kind(privilege_key=alice)))
            error = failure(self.network, maybeDeferred(examiner.verify, kind(privilege_key=bob))).value
            text = "received different OIDC subject in login and ping. new subject: bob"
            self.assertEqual(str(error), text)
            error = failure(self.network, maybeDeferred(examiner.verify, kind(privilege_key="x"))).value
            self.assertIn("invalid OIDC token in ping: oidc: malformed jwt", str(error))
        self.accept(examiner, bob)
        result(self.network, maybeDeferred(examiner.verify, Ping(privilege_key=bob)))


class HostileTests(ServerTestCase):
    """Tokens of people who have none."""

    def test_unsigned(self) -> None:
        """A token that says that it needs no signature."""
        examiner = self.examiner()
        header, claims, _ = self.provider.token().split(".")
        for algorithm in ("none", "None", "nOnE", "", None):
            token = f"{part({'alg': algorithm})}.{claims}."
            self.assertIn("unsupported algorithm", self.refuse(examiner, token).brief)
        self.refuse(examiner, f"{header}.{claims}.")
        self.refuse(examiner, f"{part({})}.{claims}.")

    def test_publicKeyAsSecret(self) -> None:
        """A token signed with HMAC, the provider's public key being the secret."""
        self.provider.algorithm = "RS256"
        self.provider.rotate()
        examiner = self.examiner()
        public = self.provider.privateKey.public_key()
        _, claims, _ = self.provider.token().split(".")
        secrets = [
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(self.provider.keys[0]).encode(),
        ]
        for secret in secrets:
            signed = f"{part({'alg': 'HS256', 'kid': self.provider.keyId})}.{claims}"
            signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            error = self.refuse(examiner, f"{signed}.{part(signature)}")
            self.assertIn('unsupported algorithm, expected ["RS256"] got "HS256"', error.brief)

    def test_keyInTheToken(self) -> None:
        """A token that brings its own key, or names where to get it: nobody looks there."""
        examiner = self.examiner()
        stranger = Provider("http://127.0.0.1:8080", self.network.reactor.seconds)
        for header in ({"jwk": stranger.keys[0]}, {"jku": "http://127.0.0.1:8080/other"}, {"x5u": "http://a"}):
            self.refuse(examiner, stranger.token(header))
        self.assertEqual(self.provider.asked("/other"), 0)

    def test_changed(self) -> None:
        """A token in which something was changed after it was signed."""
        examiner = self.examiner()
        header, claims, signature = self.provider.token().split(".")
        other = self.provider.token(sub="root").split(".")
        self.refuse(examiner, f"{header}.{other[1]}.{signature}")
        self.refuse(examiner, f"{header}.{claims}.{part(bytes(64))}")
        self.refuse(examiner, f"{header}.{claims}.{signature}.{signature}")

    def test_long(self) -> None:
        """A token of a megabyte costs nothing."""
        for token in ("x" * 1_000_000, "." * 1_000_000, f"{'x' * 500_000}.{'x' * 500_000}.x"):
            self.assertIn("more than 16384 characters", self.refuse(self.examiner(), token).brief)

    def test_critical(self) -> None:
        """A token that demands what nobody understands."""
        self.refuse(self.examiner(), self.provider.token({"crit": ["x"], "x": 1}))

    def test_halves(self) -> None:
        """Claims may hold what is no character."""
        examiner = self.examiner("HeartBeats")
        error = failure(
            self.network, maybeDeferred(examiner.verify, Ping(privilege_key=self.provider.token(sub="\ud800")))
        ).value
        str(error).encode()

    @given(
        st.one_of(
            st.text(max_size=200),
            st.lists(
                st.one_of(st.binary(max_size=50), st.dictionaries(st.text(max_size=5), st.text(max_size=5))), max_size=4
            ).map(lambda parts: ".".join(map(part, parts))),
        )
    )
    def test_junk(self, token: str) -> None:
        """Whatever a stranger sends is refused, and nothing else happens."""
        if not hasattr(self, "made"):
            self.made = self.examiner()
        self.refuse(self.made, token)
