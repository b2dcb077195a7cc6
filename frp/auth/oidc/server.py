"""
frps' side of OpenID Connect: whose token this is, and whether it counts.

The rules and texts are those of the library that the reference uses, go-oidc.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NoReturn

from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.auth.freshness import Freshness
from frp.auth.oidc.keys import KeySet, Provider, discover
from frp.auth.scopes import Proven, asks, scopeOf
from frp.config.server import AuthServerConfig, OIDCServerConfig
from frp.errors import AuthError, FRPError, Unavailable
from frp.http.fetch import Fetcher
from frp.interfaces import IAuthenticator, IReactor
from frp.logs import Log
from frp.transports.outward import environment
from frp.values import frozen
from frp.wire.messages import Login

__all__ = ["LONGEST", "SKEW", "Examiner", "Rules", "examiner"]

#: Characters of a token. A message has less room for one.
LONGEST = 16384

#: Seconds that a token may be ahead of its time (C{nbf}).
SKEW = 300

_GOOGLE = "https://accounts.google.com"


async def examiner(auth: AuthServerConfig, reactor: IReactor, clock: IReactorTime, log: Log) -> Examiner:
    """@raise FRPError: the provider does not say where its keys are."""
    fetcher = Fetcher.once(reactor, environment())
    provider = await discover(auth.oidc.issuer, fetcher)
    keys = KeySet(provider.keysURL, fetcher, clock, log)
    try:
        await keys.refresh()
    except Unavailable as error:
        log.warn("no OIDC keys yet: {reason}", reason=error.detail)
    key = auth.token.encode("utf-8", "surrogateescape")
    freshness = Freshness(clock, auth.clockWindow, once=False)
    return Examiner(Rules(auth.oidc, provider, clock), keys, auth.additionalScopes, freshness, key)


@implementer(IAuthenticator)
class Examiner:
    """
    Looks at the tokens in messages.

    Heartbeats and work connections may carry the token of anybody who has ever logged in to this frps, as in the
    reference.
    """

    def __init__(
        self, rules: Rules, keys: KeySet, scopes: Collection[str], freshness: Freshness, key: bytes = b""
    ) -> None:
        """
        @param freshness: looks at the time in a login. It is not signed, and tells of clocks that are wrong, no more.
        @param key: as L{IAuthenticator.key<frp.interfaces.IAuthenticator>}.
        """
        self.key = key
        self._rules = rules
        self._keys = keys
        self._scopes = frozenset(scopes)
        self._freshness = freshness
        self._subjects: set[str] = set()

    def sign(self, message: Proven) -> None:
        """frps is not asked to."""
        raise NotImplementedError("a server signs nothing")

    def verify(self, message: Proven) -> Deferred[None] | None:
        """
        Where the key of a token is not known, the provider is asked for its keys, and the answer takes that long.

        @raise AuthError: (in the Deferred) the token does not count.
        """
        return Deferred.fromCoroutine(self._verify(message)) if asks(self._scopes, message) else None

    async def _verify(self, message: Proven) -> None:
        # The reference says so of work connections, too.
        name = "login" if isinstance(message, Login) else "ping"
        try:
            subject = await self._subject(message.privilege_key)
        except FRPError as error:
            brief = f"invalid OIDC token in {name}: "
            hint = "" if message.privilege_key else f"; {_noToken(message)}"
            raise AuthError(brief + error.brief, brief + error.detail + hint) from error
        if isinstance(message, Login):
            self._freshness.check(message.timestamp, name)
            self._subjects.add(subject)
        elif subject not in self._subjects:
            raise AuthError(f"received different OIDC subject in login and ping. new subject: {subject}")

    async def _subject(self, token: str) -> str:
        """@raise FRPError: the token does not count."""
        claimed = self._rules.claims(token)
        if not self._isSigned(token, claimed):
            try:
                await self._keys.refresh()
            except Unavailable as error:
                raise AuthError(
                    f"failed to verify signature: {error.brief}",
                    f"failed to verify signature: {error.detail}; no key that is known is that of the token",
                ) from error
            if not self._isSigned(token, claimed):
                text = "failed to verify signature: failed to verify id token signature"
                named = json.dumps(claimed.keyId)
                raise AuthError(text, f"{text}: no key {named} of the provider is that of the token")
        return claimed.subject

    def _isSigned(self, token: str, claimed: Claimed) -> bool:
        for key in self._keys.find(claimed.keyId, claimed.algorithm):
            try:
                _SIGNATURES.decode_complete(token, key.public, algorithms=[claimed.algorithm])
            except PyJWTError:
                continue
            return True
        return False

    def close(self) -> None:
        self._keys.close()


_SIGNATURES = PyJWS()


def _noToken(message: Proven) -> str:
    scope = scopeOf(message)
    return f'auth.additionalScopes of the client lacks "{scope}"' if scope else "the client does not use OIDC"


@frozen
class Claimed:
    """What a token says that is not proven yet."""

    subject: str
    algorithm: str
    keyId: str


class Rules:
    """What a token must say. It costs little, so it is looked at before the signature is."""

    def __init__(self, oidc: OIDCServerConfig, provider: Provider, clock: IReactorTime) -> None:
        self._oidc = oidc
        self._provider = provider
        self._clock = clock

    def claims(self, token: str) -> Claimed:
        """
        @param token: of anybody.
        @raise AuthError: it breaks a rule.
        """
        if len(token) > LONGEST:
            raise AuthError(f"oidc: malformed jwt: more than {LONGEST} characters")
        try:
            # The signature is looked at when it is known whose it should be.
            read = _SIGNATURES.decode_complete(token, options={"verify_signature": False})
            claims = json.loads(read["payload"], parse_constant=_noConstant)
        except (PyJWTError, ValueError, RecursionError) as error:
            raise AuthError("oidc: malformed jwt", f"oidc: malformed jwt: {error}") from error
        subject = claims.get("sub", "") if isinstance(claims, dict) else None
        if not isinstance(subject, str):
            raise AuthError("oidc: failed to unmarshal claims")
        self._checkIssuer(claims.get("iss", ""))
        self._checkAudience(claims.get("aud", []))
        if not self._oidc.skipExpiryCheck:
            self._checkTimes(claims)
        algorithm = read["header"].get("alg")
        if algorithm not in self._provider.algorithms:
            expected = _quoted(self._provider.algorithms)
            raise AuthError(
                f"oidc: id token signed with unsupported algorithm, expected {expected} got {_quote(algorithm)}"
            )
        # JSON can name halves of characters, which nobody could write anywhere.
        return Claimed(subject.encode("utf-8", "replace").decode(), algorithm, read["header"].get("kid", ""))

    def _checkIssuer(self, issuer: object) -> None:
        expected = self._provider.issuer
        # Google leaves the scheme away at times.
        if self._oidc.skipIssuerCheck or issuer == expected or (expected == _GOOGLE and issuer == _GOOGLE[8:]):
            return
        brief = f"oidc: id token issued by a different provider, expected {_quote(expected)} got {_quote(issuer)}"
        raise AuthError(brief, f"{brief} (auth.oidc.issuer)")

    def _checkAudience(self, audience: object) -> None:
        wanted = self._oidc.audience
        found = audience if isinstance(audience, list) else [audience]
        if wanted and wanted not in found:
            brief = f"oidc: expected audience {_quote(wanted)} got {_quoted(found)}"
            raise AuthError(brief, f"{brief} (auth.oidc.audience)")

    def _checkTimes(self, claims: dict[str, object]) -> None:
        now = self._clock.seconds()
        expiry = _time(claims, "exp")
        if expiry is None or expiry < now:
            brief = f"oidc: token is expired (Token Expiry: {_shown(expiry)})"
            raise AuthError(brief, f"{brief}; our clock says {_shown(now)}")
        begin = _time(claims, "nbf")
        if begin is not None and now + SKEW < begin:
            raise AuthError(f"oidc: current time {_shown(now)} before the nbf (not before) time: {_shown(begin)}")


def _noConstant(name: str) -> NoReturn:
    # An expiry of NaN would never come.
    raise ValueError(f"{name} is no JSON")


def _time(claims: dict[str, object], name: str) -> float | None:
    """@raise AuthError: it is no time."""
    value = claims.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return int(value)
    except OverflowError:
        pass
    raise AuthError("oidc: failed to unmarshal claims", f"oidc: failed to unmarshal claims: {name} is no time")


def _shown(seconds: float | None) -> str:
    """A time as Go shows it."""
    if seconds is None:
        return "0001-01-01 00:00:00 +0000 UTC"
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"
    except (ValueError, OverflowError, OSError):
        return str(int(seconds))


def _quote(value: object) -> str:
    """What a stranger claims, in one line and short."""
    text = json.dumps(value if isinstance(value, str) else str(value))
    return text if len(text) <= 200 else f'{text[:200]}..."'


def _quoted(values: Collection[object]) -> str:
    return f"[{' '.join(_quote(value) for value in list(values)[:10])}]"
