"""C{auth.method = "oidc"}: tokens of an OpenID Connect provider. frpc gets them, frps looks at their signatures."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.config.client import AuthClientConfig
from frp.config.server import AuthServerConfig
from frp.interfaces import IAuthenticator, IAuthenticatorKind, IReactor
from frp.logs import Log

__all__ = ["OIDC"]


class _Site(Protocol):
    @property
    def reactor(self) -> IReactor: ...

    @property
    def clock(self) -> IReactorTime: ...

    @property
    def log(self) -> Log: ...


@implementer(IAuthenticatorKind)
class OIDC:
    """The kind. Each program imports its own side only: the other one has nothing for it."""

    def client(self, auth: AuthClientConfig, site: _Site) -> IAuthenticator:
        """
        The provider is asked for the first time when frpc logs in, so that one that is away is asked again.

        @raise ConfigError: the way to the provider is none.
        """
        from frp.auth.oidc.client import bearer

        return bearer(auth, site.reactor, site.clock)

    def server(self, auth: AuthServerConfig, site: _Site) -> Deferred[IAuthenticator]:
        """
        The provider is asked at once where its keys are.

        @raise FRPError: (in the Deferred) it does not say so.
        """
        from frp.auth.oidc.server import examiner

        return Deferred.fromCoroutine(examiner(auth, site.reactor, site.clock, site.log))
