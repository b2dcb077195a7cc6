"""A provider, as frps sees it: what it says of itself (OpenID Connect Discovery), and its keys (JSON Web Key Sets)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from frp.auth.shared import Shared
from frp.errors import ConfigError, FRPError, Unavailable
from frp.http.fetch import Answer, Fetcher
from frp.logs import Log
from frp.values import frozen

__all__ = ["INTERVAL", "Key", "KeySet", "Provider", "discover"]

#: Seconds between two questions for the keys. Whoever knocks with a token can make us want them anew.
INTERVAL = 5.0

#: How many keys of a provider are looked at.
_MOST = 100

#: The signatures that the reference knows.
_CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
_ALGORITHMS = ("RS256", "RS384", "RS512", *_CURVES, "PS256", "PS384", "PS512", "EdDSA")

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_PATH = "auth.oidc.issuer"


@frozen
class Provider:
    """
    @ivar keysURL: where its keys are.
    @ivar algorithms: how it signs, as far as we know that.
    """

    issuer: str
    keysURL: str
    algorithms: tuple[str, ...]


async def discover(issuer: str, fetcher: Fetcher) -> Provider:
    """
    @raise ConfigError: there is no such provider.
    @raise Unavailable: it does not answer.
    """
    if not issuer:
        raise ConfigError(_PATH, "auth.oidc.issuer is required", hint='the method "oidc" asks it for keys')
    url = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
    failed = "failed to discover the OIDC provider of auth.oidc.issuer: "
    try:
        said = _object(await fetcher.get(url), "oidc: failed to decode provider discovery object")
    except Unavailable as error:
        raise Unavailable(failed + error.brief, failed + error.detail) from error
    if said.get("issuer") != issuer:
        found = json.dumps(said.get("issuer"))
        problem = "oidc: issuer did not match the issuer returned by provider, "
        problem += f"expected {json.dumps(issuer)} got {found}"
        raise ConfigError(_PATH, problem, hint="write it letter by letter as the provider does")
    keysURL = said.get("jwks_uri")
    if not isinstance(keysURL, str) or not keysURL:
        raise Unavailable(f"{failed}it names no jwks_uri")
    offered = said.get("id_token_signing_alg_values_supported")
    known = tuple(alg for alg in offered if alg in _ALGORITHMS) if isinstance(offered, list) else ()
    return Provider(issuer, keysURL, known or ("RS256",))


def _object(answer: Answer, what: str) -> dict[str, object]:
    """@raise Unavailable: the answer is no JSON object."""
    if answer.code != 200:
        said = answer.body[:200].decode("utf-8", "replace")
        raise Unavailable(answer.status, f"{answer.status}: {said!r}")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(what, f"{what}: {error}") from error
    if not isinstance(found, dict):
        raise Unavailable(what, f"{what}: it is no object")
    return found


@frozen
class Key:
    id: str
    public: PublicKey

    def fits(self, algorithm: str) -> bool:
        """@return: whether such a signature can be this key's."""
        if algorithm in _CURVES:
            return isinstance(self.public, ec.EllipticCurvePublicKey) and isinstance(
                self.public.curve, _CURVES[algorithm]
            )
        return isinstance(self.public, ed25519.Ed25519PublicKey if algorithm == "EdDSA" else rsa.RSAPublicKey)


class KeySet:
    """
    The keys of one provider. They stay until the provider gives others; when it is away, those that are known count.
    """

    def __init__(self, url: str, fetcher: Fetcher, clock: IReactorTime, log: Log) -> None:
        self._url = url
        self._fetcher = fetcher
        self._clock = clock
        self._log = log
        self._keys: tuple[Key, ...] = ()
        self._asked = float("-inf")
        self._asking = Shared(self._ask)

    def find(self, id: str, algorithm: str) -> Collection[Key]:
        """@param id: as the token names it; empty for any key."""
        return [key for key in self._keys if (not id or key.id == id) and key.fits(algorithm)]

    def refresh(self) -> Deferred[None]:
        """
        Ask the provider; not sooner than L{INTERVAL} after the last time. All who want that wait for the same answer.

        @raise Unavailable: (in the Deferred) it does not give any.
        """
        return self._asking.get()

    async def _ask(self) -> None:
        wait = self._asked + INTERVAL - self._clock.seconds()
        if 0 < wait <= INTERVAL:
            await deferLater(self._clock, wait)
        self._asked = self._clock.seconds()
        try:
            said = _object(await self._fetcher.get(self._url), "oidc: failed to decode keys")
        except Unavailable as error:
            raise Unavailable(f"fetching keys {error.brief}", f"fetching keys {error.detail}") from error
        given = said.get("keys")
        if not isinstance(given, list):
            raise Unavailable("fetching keys oidc: failed to decode keys", "fetching keys: there is no list of keys")
        self._keys = tuple(key for each in given[:_MOST] if (key := self._read(each)) is not None)
        self._log.debug("the OIDC provider has the keys {ids}", ids=[key.id for key in self._keys])

    def _read(self, given: object) -> Key | None:
        """@return: None where it is no key for signatures that we know."""
        if not isinstance(given, dict) or given.get("use", "sig") != "sig":
            return None
        id = given.get("kid", "")
        try:
            return Key(id if isinstance(id, str) else "", _public(given))
        except (FRPError, InvalidKeyError, UnsupportedAlgorithm, ValueError, TypeError, KeyError) as error:
            self._log.warn("the key {id} of the OIDC provider is passed over: {reason}", id=id, reason=str(error))
            return None

    def close(self) -> None:
        self._asking.close()


def _public(given: dict[str, Any]) -> PublicKey:
    """@raise Exception: it is no public key. PyJWT lets through whatever the numbers in it make cryptography raise."""
    kind = given.get("kty")
    found: object = None
    if kind == "RSA":
        found = RSAAlgorithm.from_jwk(given)
        # RFC 7518, 3.3; and OpenSSL takes no longer one, though it would be at it for long.
        if isinstance(found, rsa.RSAPublicKey) and not 2048 <= found.key_size <= 16384:
            raise Unavailable(f"RSA keys have 2048 to 16384 bits, not {found.key_size}")
    elif kind == "EC":
        found = ECAlgorithm.from_jwk(given)
    elif kind == "OKP":
        found = OKPAlgorithm.from_jwk(given)
    if not isinstance(found, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise Unavailable(f"it is no public key of RSA, an elliptic curve or Ed25519 (kty {kind!r})")
    return found
