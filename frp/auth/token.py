"""C{auth.method = "token"}: a secret that frps and frpc share."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.auth.freshness import Freshness
from frp.auth.scopes import Proven, asks, scopeOf
from frp.config.sources import resolve
from frp.errors import AuthError, ConfigError
from frp.interfaces import IAuthenticator, IAuthenticatorKind
from frp.wire.keys import privilegeKey, sameKey
from frp.wire.messages import Login, NewWorkConn, Ping

if TYPE_CHECKING:
    from frp.config.client import AuthClientConfig
    from frp.config.server import AuthServerConfig

__all__ = ["SharedSecret", "Token", "tokenOf"]

# What the reference calls a message.
_NAMES: dict[type[Proven], str] = {Login: "login", Ping: "heartbeat", NewWorkConn: "NewWorkConn"}


class _Site(Protocol):
    @property
    def clock(self) -> IReactorTime: ...


@implementer(IAuthenticatorKind)
class Token:
    """
    The kind. Both sides of it are the same.

    C{tokenSource} is resolved here, once: a token that changes is not seen before the next start, as in the reference.
    Where a program is to be asked, that blocks until it has answered.
    """

    def client(self, auth: AuthClientConfig, site: _Site) -> SharedSecret:
        """@raise ConfigError: the token source gave nothing."""
        return SharedSecret(tokenOf(auth), auth.additionalScopes, site.clock, Freshness(site.clock, 0, once=False))

    def server(self, auth: AuthServerConfig, site: _Site) -> SharedSecret:
        """@raise ConfigError: the token source gave nothing."""
        freshness = Freshness(site.clock, auth.clockWindow, once=auth.refuseReplays)
        return SharedSecret(tokenOf(auth), auth.additionalScopes, site.clock, freshness)


def tokenOf(auth: AuthClientConfig | AuthServerConfig) -> bytes:
    """@raise ConfigError: the token source gave nothing."""
    token = auth.token
    if auth.tokenSource is not None:
        try:
            token = resolve(auth.tokenSource, "auth.tokenSource")
        except ConfigError as error:
            raise error.behind("failed to resolve auth.tokenSource") from error
    # What a source printed may be no text; it is kept byte by byte.
    return token.encode("utf-8", "surrogateescape")


@implementer(IAuthenticator)
class SharedSecret:
    """
    Signs with the hash of the token and the time, and verifies that.

    @ivar key: the token.
    """

    def __init__(self, token: bytes, scopes: Collection[str], clock: IReactorTime, freshness: Freshness) -> None:
        """
        @param scopes: C{auth.additionalScopes}; a login is always signed and verified.
        @param clock: its seconds are those since 1970, as a reactor's are.
        @param freshness: looks how old a proof is.
        """
        self.key = token
        self._scopes = frozenset(scopes)
        self._clock = clock
        self._freshness = freshness

    def sign(self, message: Proven) -> None:
        """Fill in time and proof, where the scopes ask for them."""
        if not asks(self._scopes, message):
            return
        message.timestamp = int(self._clock.seconds())
        message.privilege_key = privilegeKey(self.key, message.timestamp)

    def verify(self, message: Proven) -> None:
        """@raise AuthError: the proof is wrong, missing or old, and the scopes ask for one."""
        if not asks(self._scopes, message):
            return
        name = _NAMES[type(message)]
        if sameKey(message.privilege_key, privilegeKey(self.key, message.timestamp)):
            self._freshness.check(message.timestamp, name)
            return
        brief = f"token in {name} doesn't match token from configuration"
        if message.privilege_key:
            raise AuthError(brief, f"{brief}: auth.token of the client is not ours")
        scope = scopeOf(message)
        why = f'auth.additionalScopes of the client lacks "{scope}"' if scope else "the client does not use tokens"
        raise AuthError(brief, f"{brief}: there is none; {why}")

    def close(self) -> None:
        """Nothing is held."""
