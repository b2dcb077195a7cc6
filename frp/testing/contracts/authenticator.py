"""What every authenticator must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from zope.interface.verify import verifyObject

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.errors import AuthError, FRPError
from frp.interfaces import (
    IAuthenticator,
    IAuthenticatorKind,
)
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.examples import examplesOf
from frp.testing.contracts.outcomes import failure, result
from frp.wire.messages import Login, NewWorkConn, Ping

__all__ = ["AuthenticatorContract"]

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object


class AuthenticatorContract(_Base):
    """
    A way to prove who a client is.

    @cvar name: what stands in C{auth.method}.
    @cvar clientSettings: the client's C{auth} table, besides C{method}.
    @cvar serverSettings: the server's.
    @cvar strangerSettings: the C{auth} table of a client that shall be refused.
    """

    name = ""
    clientSettings: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}
    strangerSettings: dict[str, Any] = {}

    def sides(self, *scopes: str) -> tuple[Any, Any, Any]:
        """@return: what the client, the server and a stranger have; these messages are to be proven, too."""
        more = {"method": self.name, "additionalScopes": list(scopes)}
        registry = self.network.registry
        kind = registry.get(IAuthenticatorKind, self.name)
        ours, others = (
            clientFromValues({"auth": {**more, **settings}}, registry=registry).config
            for settings in (self.clientSettings, self.strangerSettings)
        )
        server = serverFromValues({"auth": {**more, **self.serverSettings}}, registry=registry).config
        made = (
            kind.client(ours.auth, FRPClient(self.network.reactor, ours, registry)),
            kind.server(server.auth, FRPServer(self.network.reactor, server, registry)),
            kind.client(others.auth, FRPClient(self.network.reactor, others, registry)),
        )
        client, verifier, stranger = (
            result(self.network, side if isinstance(side, Deferred) else succeed(side)) for side in made
        )
        return client, verifier, stranger

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IAuthenticatorKind, self.network.registry.get(IAuthenticatorKind, self.name))
        for side in self.sides():
            verifyObject(IAuthenticator, side)

    def test_examples(self) -> None:
        """If it has keys of its own, every example can be used as it stands."""
        registry = self.network.registry
        for table in examplesOf(registry.get(IAuthenticatorKind, self.name)):
            auth = {"method": self.name, self.name: table}
            for read in (clientFromValues, serverFromValues):
                read({"auth": auth}, registry=registry)

    def test_login(self) -> None:
        """A login of our client is verified, one of a stranger and one without a proof are not."""
        client, server, stranger = self.sides()
        login = Login()
        result(self.network, maybeDeferred(client.sign, login))
        result(self.network, maybeDeferred(server.verify, login))
        for wrong, sign in ((Login(), True), (Login(), False)):
            if sign:
                result(self.network, maybeDeferred(stranger.sign, wrong))
            failure(self.network, maybeDeferred(server.verify, wrong)).trap(AuthError)

    def test_scopes(self) -> None:
        """So it is with the messages that C{additionalScopes} names."""
        client, server, _stranger = self.sides("HeartBeats", "NewWorkConns")
        login = Login()
        result(self.network, maybeDeferred(client.sign, login))
        result(self.network, maybeDeferred(server.verify, login))
        for kind in (Ping, NewWorkConn):
            message = kind()
            result(self.network, maybeDeferred(client.sign, message))
            result(self.network, maybeDeferred(server.verify, message))
            failure(self.network, maybeDeferred(server.verify, kind())).trap(AuthError)

    def test_noScopes(self) -> None:
        """Where they are not named, no proof is made or asked for."""
        client, server, _stranger = self.sides()
        for kind in (Ping, NewWorkConn):
            message = kind()
            result(self.network, maybeDeferred(client.sign, message))
            self.assertEqual(message, kind())
            result(self.network, maybeDeferred(server.verify, message))

    def test_keys(self) -> None:
        """Both sides derive the same encryption."""
        client, server, _stranger = self.sides()
        self.assertIsInstance(client.key, bytes)
        self.assertEqual(client.key, server.key)

    def test_close(self) -> None:
        """What is not needed any more lets go of what it holds; nothing hangs on it."""
        client, server, stranger = self.sides("HeartBeats")
        signed = maybeDeferred(client.sign, Login())
        signed.addErrback(lambda failure: failure.trap(FRPError))
        for side in (client, server, stranger):
            side.close()
        result(self.network, signed)

    def test_use(self) -> None:
        """A client is let in by it, a stranger is not."""
        self.network.server(auth={"method": self.name, **self.serverSettings})
        client = self.network.client(auth={"method": self.name, **self.clientSettings})
        self.assertIsNotNone(client.session)
        stranger = self.network.client(auth={"method": self.name, **self.strangerSettings})
        self.assertIsNone(stranger.session)
        self.assertIn(stranger, self.network.failures)
