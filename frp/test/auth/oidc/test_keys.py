"""The keys of a provider, which come and go."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from twisted.internet.defer import maybeDeferred

from frp.auth.oidc.keys import INTERVAL
from frp.errors import AuthError
from frp.test.auth.oidc.providing import PORT
from frp.test.auth.oidc.test_server import ServerTestCase
from frp.testing.provider import reply
from frp.wire.messages import Login


class KeyTests(ServerTestCase):
    """Keys change, and providers go away."""

    def test_rotation(self) -> None:
        """A token with a new key makes frps ask for the keys once; those that went do not count any more."""
        examiner = self.examiner()
        old = self.provider.token()
        self.accept(examiner, old)
        self.network.advance(INTERVAL)
        self.provider.rotate()
        for _ in range(5):
            self.accept(examiner, self.provider.token())
        self.assertEqual(self.provider.asked("/jwks"), 2)
        self.refuse(examiner, old)

    def test_sameName(self) -> None:
        """So does one with another key of the same name."""
        examiner = self.examiner()
        self.network.advance(INTERVAL)
        name = self.provider.keyId
        self.provider.rotate()
        self.provider.keys[0]["kid"] = self.provider.keyId = name
        self.accept(examiner, self.provider.token())

    def test_noName(self) -> None:
        """A token that names no key may be signed with any."""
        examiner = self.examiner()
        token = self.provider.token({"kid": None})
        self.accept(examiner, token)
        self.provider.keys[0].pop("kid")
        self.accept(self.examiner(), token)

    def test_vanished(self) -> None:
        """When the provider is gone, known keys count; a token with another key is refused, with the reason."""
        examiner = self.examiner()
        token = self.provider.token()
        self.network.refuse(PORT)
        self.network.advance(1000)
        self.accept(examiner, token)
        self.provider.rotate()
        error = self.refuse(examiner, self.provider.token())
        self.assertIn("failed to verify signature: fetching keys Get", error.brief)
        self.assertIn("connection refused", error.brief)
        self.provider.says["/jwks"] = reply(b"<html>")
        self.network.allow(PORT)
        self.assertIn("failed to decode keys", self.refuse(examiner, self.provider.token()).brief)
        del self.provider.says["/jwks"]
        self.accept(examiner, self.provider.token())

    def test_hangs(self) -> None:
        """When the provider hangs, who needs it is told so after ten seconds, and others are not held up."""
        examiner = self.examiner()
        known = self.provider.token()
        self.network.advance(INTERVAL)
        self.provider.rotate()
        self.provider.says["/jwks"] = None
        got: list[Any] = []
        verified = maybeDeferred(examiner.verify, Login(privilege_key=self.provider.token()))
        verified.addBoth(got.append)
        self.accept(examiner, known)
        self.assertEqual(got, [])
        self.network.advance(10)
        self.assertIn("no answer within 10 s", str(got[0].value))

    def test_junkKeys(self) -> None:
        """A thousand tokens with keys that nobody knows make frps ask once in five seconds, not a thousand times."""
        examiner = self.examiner()
        before = self.provider.asked("/jwks")
        verified = []
        for second in range(20):
            for n in range(50):
                token = self.provider.token({"kid": f"junk-{second}-{n}"})
                verified.append(maybeDeferred(examiner.verify, Login(privilege_key=token)))
            self.network.advance(1)
        self.network.advance(INTERVAL)
        for deferred in verified:
            self.failureResultOf(deferred, AuthError)
        self.assertLessEqual(self.provider.asked("/jwks") - before, 6)
        # Meanwhile, and with the same keys, everybody else comes in.
        self.accept(examiner, self.provider.token())

    def test_rotationUnderFire(self) -> None:
        """Even then a token with a new key is not refused: it waits for the next question."""
        examiner = self.examiner()
        self.network.advance(INTERVAL)
        junk = maybeDeferred(examiner.verify, Login(privilege_key=self.provider.token({"kid": "junk"})))
        self.network.settle()
        self.failureResultOf(junk, AuthError)
        self.provider.rotate()
        good = maybeDeferred(examiner.verify, Login(privilege_key=self.provider.token()))
        self.network.settle()
        self.assertNoResult(good)
        self.network.advance(INTERVAL)
        self.successResultOf(good)

    def test_strangeKeys(self) -> None:
        """Keys that cannot be used are passed over, and the others count."""
        (good,) = self.provider.keys
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        other = ec.generate_private_key(ec.SECP384R1())
        self.assertNotEqual(other.curve.name, "secp256r1")
        self.provider.keys = [
            {},
            5,  # type: ignore[list-item]  # what a provider must not say
            {"kty": "oct", "k": "c2VjcmV0", "kid": self.provider.keyId},
            {"kty": "RSA", "n": "!", "e": "AQAB"},
            {"kty": "RSA", "n": "AQ", "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": ["P-256"], "x": 5},
            {"kty": "OKP", "crv": "X25519", "x": "AA"},
            {**RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True), "kid": "weak"},
            {**good, "use": "enc"},
            good,
        ]
        self.accept(self.examiner(), self.provider.token())
        self.assertEqual(self.logged("RSA keys have 2048 to 16384 bits, not 1024"), 1)

    def test_manyKeys(self) -> None:
        """A provider with very many keys does not make a token that names none expensive: 100 are looked at."""
        self.provider.keys = self.provider.keys * 1000
        examiner = self.examiner()
        self.accept(examiner, self.provider.token())
        self.provider.says["/jwks"] = reply({"keys": [{"kid": "x" * 100}] * 100 + self.provider.keys})
        self.refuse(self.examiner(), self.provider.token())

    def test_stopped(self) -> None:
        """When frps stops, nobody waits for the provider."""
        examiner = self.examiner()
        verified = maybeDeferred(examiner.verify, Login(privilege_key=self.provider.token({"kid": "junk"})))
        examiner.close()
        self.failureResultOf(verified, AuthError)
