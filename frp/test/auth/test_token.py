"""Tests of the method token."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.auth.scopes import Proven
from frp.auth.token import SharedSecret, Token
from frp.config.client import AuthClientConfig
from frp.config.server import AuthServerConfig
from frp.config.sources import ExecSource, FileSource, TokenSource
from frp.errors import AuthError, ConfigError
from frp.interfaces import IAuthenticator, IAuthenticatorKind
from frp.wire.messages import Login, NewWorkConn, Ping

BOTH = ["HeartBeats", "NewWorkConns"]


@attrs.define
class Site:
    """A service that knows the time: 1,700,000,000.9 seconds since 1970."""

    clock: Clock = attrs.field(init=False, factory=Clock)

    def __attrs_post_init__(self) -> None:
        self.clock.advance(1_700_000_000.9)


def client(token: str = "token", scopes: list[str] | None = None) -> SharedSecret:
    return Token().client(AuthClientConfig(token=token, additionalScopes=scopes or []), Site())


def server(token: str = "token", scopes: list[str] | None = None) -> SharedSecret:
    return Token().server(AuthServerConfig(token=token, additionalScopes=scopes or []), Site())


class TokenTests(SynchronousTestCase):
    """What passes between a client and a server with a token."""

    def refused(self, message: Proven, scopes: list[str] | None = None) -> AuthError:
        error = self.assertRaises(AuthError, server(scopes=scopes).verify, message)
        assert isinstance(error, AuthError)
        return error

    def testPromises(self) -> None:
        """The kind and what it makes provide what they say."""
        self.assertTrue(verifyObject(IAuthenticatorKind, Token()))
        self.assertTrue(verifyObject(IAuthenticator, client()))

    def testLogin(self) -> None:
        """A login is always signed, as the reference signs it, and is accepted."""
        for token, key in (
            ("token", "47a54eb2b471fafd861fd25fc0bc5027"),
            ("", "24920decf83f6960b80f737a28eeafc1"),
        ):
            login = Login()
            client(token).sign(login)
            self.assertEqual((login.timestamp, login.privilege_key), (1_700_000_000, key))
            server(token).verify(login)

    def testOldProof(self) -> None:
        """Nobody minds how old a proof is, unless that is configured."""
        server().verify(Login(timestamp=1_700_000_000, privilege_key="47a54eb2b471fafd861fd25fc0bc5027"))

    def testOtherToken(self) -> None:
        """With another token nothing passes; the texts are the ones that users know."""
        for message, name in ((Login(), "login"), (Ping(), "heartbeat"), (NewWorkConn(), "NewWorkConn")):
            client("other", BOTH).sign(message)
            error = self.refused(message, BOTH)
            self.assertEqual(error.brief, f"token in {name} doesn't match token from configuration")
            self.assertEqual(error.detail, f"{error.brief}: auth.token of the client is not ours")

    def testNoScopes(self) -> None:
        """Without scopes only the login has a proof, and only there one is looked for."""
        for message in (Ping(), NewWorkConn(run_id="a")):
            client().sign(message)
            self.assertEqual((message.timestamp, message.privilege_key), (0, ""))
            server().verify(message)
            client("other", BOTH).sign(message)
            server().verify(message)

    def testScopes(self) -> None:
        """Each scope stands for one message."""
        for scope, covered, other in (("HeartBeats", Ping, NewWorkConn), ("NewWorkConns", NewWorkConn, Ping)):
            signed, unsigned = covered(), other()
            client(scopes=[scope]).sign(signed)
            client(scopes=[scope]).sign(unsigned)
            self.assertEqual((signed.privilege_key, unsigned.privilege_key), ("47a54eb2b471fafd861fd25fc0bc5027", ""))
            server(scopes=[scope]).verify(signed)
            server(scopes=[scope]).verify(unsigned)

    def testScopeOfTheServerOnly(self) -> None:
        """When only the server asks for proofs, the log tells what the client has to change."""
        error = self.refused(Ping(), BOTH)
        self.assertIn('auth.additionalScopes of the client lacks "HeartBeats"', error.detail)
        self.assertIn("the client does not use tokens", self.refused(Login()).detail)

    def testKey(self) -> None:
        """The encryption of the control connection comes from the token."""
        self.assertEqual((client("secret").key, server("").key), (b"secret", b""))

    def testTokenFromFile(self) -> None:
        """A token may stand in a file; spaces around it do not count, and the file is read once."""
        path = Path(self.mktemp())
        path.write_bytes(b"\n token \n")
        auth = AuthClientConfig(tokenSource=TokenSource(type="file", file=FileSource(path=str(path))))
        secret = Token().client(auth, Site())
        path.write_bytes(b"changed")
        login = Login()
        secret.sign(login)
        server().verify(login)

    def testTokenFromProgram(self) -> None:
        """A token may be printed by a program, whatever bytes it has."""
        program = ExecSource(command=sys.executable, args=["-c", r"import os; os.write(1, b'\xff\xfe\n')"])
        auth = AuthServerConfig(tokenSource=TokenSource(type="exec", exec=program))
        self.assertEqual(Token().server(auth, Site()).key, b"\xff\xfe")

    def testNoSource(self) -> None:
        """A source that gives nothing is an error that says where it stands."""
        source = TokenSource(type="file", file=FileSource(path="/nonexistent/token"))
        error = self.assertRaises(ConfigError, Token().client, AuthClientConfig(tokenSource=source), Site())
        assert isinstance(error, ConfigError)
        self.assertEqual(error.path, "auth.tokenSource.file.path")
        self.assertTrue(error.problem.startswith("failed to resolve auth.tokenSource: failed to read file"))

    @given(st.text(), st.integers(-(2**63), 2**63 - 1))
    def testJunk(self, key: str, timestamp: int) -> None:
        """Whatever a stranger sends is refused, and nothing else happens."""
        self.refused(Login(privilege_key=key, timestamp=timestamp))
