"""
Kinds that do what they should not, when a test says so: what the services owe everybody else then, is tested with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.auth.token import SharedSecret, Token
from frp.config.server import AuthServerConfig
from frp.interfaces import (
    IAuthenticatorKind,
    IClientProxy,
    IClientSite,
    IProxyKind,
    IServerProxy,
    IServerSite,
    IStream,
)
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP, TCPConfig
from frp.wire.messages import NewProxy, StartWorkConn

__all__ = ["MisbehavingProxy", "MisbehavingToken", "registryWith"]

Deed = Callable[[], Any]


def registryWith(*contributions: Contribution) -> Registry:
    """@return: all that is installed, and these in the place of those of their names."""
    named = {(one.family, one.name) for one in contributions}
    installed = Registry()
    return Registry(
        find=lambda: [
            *(one for one in installed.contributions() if (one.family, one.name) not in named),
            *contributions,
        ]
    )


@implementer(IProxyKind)
class MisbehavingProxy(TCP):
    """
    The proxy type C{tcp}, whose halves do something else where a test has set it::

        kind = MisbehavingProxy()
        network = Network(kind.registry)
        kind.serverOpen = lambda: 1 / 0

    @ivar serverOpen: in place of C{IServerProxy.open}; C{serverClose}: in place of C{IServerProxy.close}.
    @ivar clientClose: in place of C{IClientProxy.close}.
    @ivar clientMake: called with the configuration before frpc's half is made; may raise.
    @ivar registry: where this is C{tcp}.
    """

    def __init__(self) -> None:
        self.serverOpen: Deed | None = None
        self.serverClose: Deed | None = None
        self.clientClose: Deed | None = None
        self.clientMake: Callable[[TCPConfig], object] | None = None
        self.registry = registryWith(Contribution(IProxyKind, "tcp", "a TCP port that may misbehave", self))

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _ServerHalf(self, super().serverProxy(message, site))

    def clientProxy(self, config: TCPConfig, site: IClientSite) -> IClientProxy:  # type: ignore[override]  # TCP's is a class
        if self.clientMake is not None:
            self.clientMake(config)
        return _ClientHalf(self, TCP.clientProxy(config, site))


@implementer(IServerProxy)
class _ServerHalf:
    def __init__(self, kind: MisbehavingProxy, half: IServerProxy) -> None:
        self._kind = kind
        self._half = half

    def open(self) -> Any:
        return self._half.open() if self._kind.serverOpen is None else self._kind.serverOpen()

    def close(self) -> Any:
        return self._half.close() if self._kind.serverClose is None else self._kind.serverClose()


@implementer(IClientProxy)
class _ClientHalf:
    def __init__(self, kind: MisbehavingProxy, half: IClientProxy) -> None:
        self._kind = kind
        self._half = half

    def open(self) -> Any:
        return self._half.open()

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        self._half.serve(stream, start, rest)

    def close(self) -> None:
        (self._half.close if self._kind.clientClose is None else self._kind.clientClose)()


@implementer(IAuthenticatorKind)
class MisbehavingToken(Token):
    """
    The authenticator C{token}, which is made, and verifies, as a test has set it.

    @ivar clientWaits: frpc has its secret when this has fired.
    @ivar serverVerify: in place of C{IAuthenticator.verify} of frps.
    @ivar registry: where this is C{token}.
    """

    def __init__(self) -> None:
        self.clientWaits: Deferred[None] | None = None
        self.serverVerify: Callable[[object], Any] | None = None
        self.registry = registryWith(Contribution(IAuthenticatorKind, "token", "a token that may misbehave", self))

    def client(self, auth: Any, site: Any) -> Any:
        if self.clientWaits is None:
            return super().client(auth, site)
        return self.clientWaits.addCallback(lambda _: Token.client(self, auth, site))

    def server(self, auth: AuthServerConfig, site: Any) -> SharedSecret:
        secret = super().server(auth, site)
        if self.serverVerify is not None:
            secret.verify = self.serverVerify  # type: ignore[assignment]
        return secret
