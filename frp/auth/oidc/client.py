"""frpc's side of OpenID Connect: getting a token, keeping it, and putting it in messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from functools import partial
from threading import Thread

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.auth.oidc.grant import Grant, Granted
from frp.auth.scopes import Proven, asks
from frp.auth.shared import Shared
from frp.config.client import AuthClientConfig, OIDCClientConfig
from frp.config.sources import TokenSource, resolve
from frp.errors import ConfigError, FRPError
from frp.http.fetch import Fetcher
from frp.interfaces import IAuthenticator, IReactor
from frp.sockets.tlsside import TLSSide, clientContext, systemContext
from frp.transports.outward import always, environment
from frp.wire.messages import Login

__all__ = ["EARLY", "Bearer", "bearer"]

#: A token that expires within so many seconds is not used any more.
EARLY = 10.0

Tokens = Callable[[], Coroutine[Deferred[object], object, str]]


def bearer(auth: AuthClientConfig, reactor: IReactor, clock: IReactorTime) -> Bearer:
    """@raise ConfigError: the way to the provider is none."""
    if auth.oidc.tokenSource is not None:
        tokens = _sourced(auth.oidc.tokenSource, reactor)
    else:
        tokens = _Kept(Grant(auth.oidc, _fetcher(auth.oidc, reactor)), clock).token
    return Bearer(tokens, auth.additionalScopes, clock, auth.token.encode("utf-8", "surrogateescape"))


@implementer(IAuthenticator)
class Bearer:
    def __init__(self, tokens: Tokens, scopes: Collection[str], clock: IReactorTime, key: bytes) -> None:
        """
        @param tokens: gets one; is not asked again before it has answered.
        @param key: as L{IAuthenticator.key<frp.interfaces.IAuthenticator>}: C{auth.token} counts for that, though not
            for the proof, as in the reference.
        """
        self.key = key
        self._tokens = Shared(tokens)
        self._scopes = frozenset(scopes)
        self._clock = clock

    def sign(self, message: Proven) -> Deferred[None] | None:
        """
        Fill in a token, where the scopes ask for one.

        @raise FRPError: (in the Deferred) there is none; with the reference's text.
        """
        if not asks(self._scopes, message):
            return None

        def got(token: str) -> None:
            # The token is a proof by itself; only a login says besides when it was made.
            if isinstance(message, Login):
                message.timestamp = int(self._clock.seconds())
            message.privilege_key = token

        return self._tokens.get().addCallback(got)

    def verify(self, message: Proven) -> None:
        """frpc is not asked to."""
        raise NotImplementedError("a client verifies nothing")

    def close(self) -> None:
        self._tokens.close()


class _Kept:
    """Asks a provider, and keeps its token as long as it is good. One without an end is used once."""

    def __init__(self, grant: Grant, clock: IReactorTime) -> None:
        self._grant = grant
        self._clock = clock
        self._kept: Granted | None = None

    async def token(self) -> str:
        kept = self._kept
        # Where the clock was set back, nobody knows how old it is.
        if kept is None or not 0 <= self._clock.seconds() - kept.since <= kept.lifetime - EARLY:
            try:
                kept = await self._grant.ask(self._clock)
            except FRPError as error:
                text = "couldn't generate OIDC token for login: "
                raise type(error)(text + error.brief, text + error.detail) from error
            self._kept = kept
        return kept.token


def _sourced(source: TokenSource, reactor: IReactor) -> Tokens:
    """A file is read, or a program asked, for each use; the program in a thread of its own, for it may take long."""

    get = partial(resolve, source, "auth.oidc.tokenSource")

    async def token() -> str:
        try:
            return get() if source.type == "file" else await _inThread(reactor, get)
        except ConfigError as error:
            raise error.behind("couldn't acquire OIDC token for login") from error

    return token


def _inThread(reactor: IReactor, work: Callable[[], str]) -> Deferred[str]:
    """The thread is none of the reactor's, whose end would wait for it."""
    done: Deferred[str] = Deferred(lambda _: None)

    def tell(outcome: str | Failure) -> None:
        if not done.called:
            done.callback(outcome)

    def run() -> None:
        outcome: str | Failure
        try:
            outcome = work()
        except Exception:
            outcome = Failure()
        reactor.callFromThread(tell, outcome)

    Thread(target=run, name="auth.oidc.tokenSource", daemon=True).start()
    return done


def _fetcher(oidc: OIDCClientConfig, reactor: IReactor) -> Fetcher:
    if not (oidc.trustedCaFile or oidc.insecureSkipVerify or oidc.proxyURL):
        return Fetcher.once(reactor, environment())
    try:
        way = always(oidc.proxyURL, "auth.oidc.proxyURL")
        side = _trusting(oidc)
        # Files are read now, so that a bad one is an error at start.
        side("localhost")
    except ConfigError as error:
        raise error.behind("failed to create OIDC HTTP client") from error
    return Fetcher.once(reactor, way, side)


def _trusting(oidc: OIDCClientConfig) -> Callable[[str], TLSSide]:
    if not (oidc.trustedCaFile or oidc.insecureSkipVerify):
        return systemContext
    fields = _Trust("" if oidc.insecureSkipVerify else oidc.trustedCaFile)
    return lambda host: clientContext(fields, host, "auth.oidc")


class _Trust:
    """Whom to trust, and no certificate of our own."""

    certFile = keyFile = serverName = ""

    def __init__(self, trustedCaFile: str) -> None:
        self.trustedCaFile = trustedCaFile
