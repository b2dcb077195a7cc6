"""Authenticators: proving and checking who a client is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IReachingSite

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.interfaces import IReactorTime

    from frp.config.client import AuthClientConfig
    from frp.config.server import AuthServerConfig
    from frp.wire.messages import Login, NewWorkConn, Ping

__all__ = ["IAuthenticationSite", "IAuthenticator", "IAuthenticatorKind"]


class IAuthenticationSite(IReachingSite):
    """What an authenticator may ask of the service that uses it."""

    clock: IReactorTime = Attribute("the time; its seconds are those since 1970")


class IAuthenticatorKind(Interface):
    """
    C{auth.method}. One that provides L{IConfigured} has a table with its name below C{auth}, in both programs:
    C{auth.table}. Where it raises an L{FRPError<frp.errors.FRPError>}, at once or when it is awaited, the program does
    not start.
    """

    def client(auth: AuthClientConfig, site: IAuthenticationSite) -> IAuthenticator | Awaitable[IAuthenticator]:
        """@return: one that signs."""

    def server(auth: AuthServerConfig, site: IAuthenticationSite) -> IAuthenticator | Awaitable[IAuthenticator]:
        """@return: one that verifies. What is awaited is cancelled when frps is stopped meanwhile."""


class IAuthenticator(Interface):
    """Proves and checks who a client is."""

    key: bytes = Attribute("what the encryption of control connections and payload is derived from; may be empty")

    def sign(message: Login | Ping | NewWorkConn) -> Awaitable[None] | None:
        """
        Fill in the proof.

        The message is changed in place, where the configuration's scopes ask for it.
        """

    def verify(message: Login | Ping | NewWorkConn) -> Awaitable[None] | None:
        """
        What is awaited is cancelled after eight seconds, which refuses the message, and when nobody needs it any more:
        the connection of a login or a work connection has ended.

        @raise frp.errors.AuthError: with the reference's text.
        """

    def close() -> None:
        """The service stops: give up what is under way. Who waits for it gets an L{FRPError<frp.errors.FRPError>}."""
