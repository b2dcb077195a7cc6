"""Tests of the method oidc on the side of frpc: how it gets tokens."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from frp.auth.oidc.kind import OIDC
from frp.config.clientfile import clientFromValues
from frp.errors import ConfigError, ConfigErrors, FRPError, Refused, Unavailable
from frp.interfaces import IAuthenticator
from frp.logs import Log
from frp.test.auth.oidc.providing import PORT, ProviderTestCase
from frp.testing.contracts.outcomes import failure, result
from frp.testing.provider import Request, reply
from frp.wire.messages import Login, NewWorkConn, Ping


class _Site:
    def __init__(self, reactor: Any) -> None:
        self.reactor = self.clock = reactor
        self.log = Log("test")


class ClientTestCase(ProviderTestCase):
    """Has frpc's side of the method."""

    def bearer(self, *scopes: str, **oidc: Any) -> IAuthenticator:
        """@return: one with these scopes, and these keys in C{auth.oidc}."""
        values = {"auth": self.clientAuth(*scopes, **oidc)}
        config = clientFromValues(values, registry=self.network.registry).config
        return OIDC().client(config.auth, _Site(self.network.reactor))

    def ask(self, bearer: IAuthenticator, message: Login | Ping | NewWorkConn | None = None) -> str:
        """@return: the token that comes of it."""
        message = message or Login()
        result(self.network, maybeDeferred(bearer.sign, message))
        return message.privilege_key

    def fail(self, bearer: IAuthenticator) -> FRPError:  # type: ignore[override]  # nobody calls the other one here
        """@return: why there is no token."""
        error = failure(self.network, maybeDeferred(bearer.sign, Login())).value
        assert isinstance(error, FRPError)
        self.assertTrue(error.brief.startswith("couldn't generate OIDC token for login: "), error.brief)
        self.assertNotIn(self.provider.clientSecret, error.brief + error.detail)
        return error

    def tokenRequests(self) -> list[Request]:
        return [request for request in self.provider.requests if request.path == "/token"]


class GrantTests(ClientTestCase):
    """What frpc asks a provider, and what it makes of the answers."""

    def test_request(self) -> None:
        """The request is a form with what is configured; the credentials are escaped and in a header."""
        token = self.ask(self.bearer(scope="a b", audience="frps", additionalEndpointParams={"resource": "x&y"}))
        (request,) = self.tokenRequests()
        self.assertEqual(request.basic, ("client", "s3cr3t+/?"))
        self.assertEqual(request.headers["content-type"], "application/x-www-form-urlencoded")
        form = {"grant_type": "client_credentials", "scope": "a b", "audience": "frps", "resource": "x&y"}
        self.assertEqual(request.form, form)
        self.assertEqual(token.count("."), 2)

    def test_emptyScope(self) -> None:
        """The scope is there, though nothing is configured, as the reference has it."""
        self.ask(self.bearer())
        self.assertEqual(self.tokenRequests()[0].form, {"grant_type": "client_credentials", "scope": ""})

    def test_loginOnlyHasATime(self) -> None:
        """A login says when it was made; heartbeats and work connections carry the token alone."""
        bearer = self.bearer("HeartBeats", "NewWorkConns")
        login, ping = Login(), Ping()
        self.assertEqual(self.ask(bearer, login), self.ask(bearer, ping))
        self.assertEqual((login.timestamp, ping.timestamp), (1_700_000_000, 0))

    def test_credentialsInTheForm(self) -> None:
        """A provider that wants the credentials in the form gets them there, and from then on at once."""
        self.provider.styles = {"form"}
        self.provider.expiresIn = None
        bearer = self.bearer()
        self.ask(bearer)
        self.ask(bearer)
        first, second, third = self.tokenRequests()
        self.assertIsNotNone(first.basic)
        self.assertEqual(second.form["client_secret"], "s3cr3t+/?")
        self.assertEqual((third.basic, third.form["client_id"]), (None, "client"))

    def test_kept(self) -> None:
        """A token is used until ten seconds before it expires."""
        self.provider.expiresIn = 60
        bearer = self.bearer()
        first = self.ask(bearer)
        self.network.advance(50)
        self.assertEqual(self.ask(bearer), first)
        self.network.advance(0.5)
        self.assertNotEqual(self.ask(bearer), first)
        self.assertEqual(self.provider.granted, 2)

    def test_clockSetBack(self) -> None:
        """Where the clock was set back, nobody knows how old a token is: another one is fetched."""
        bearer = self.bearer()
        first = self.ask(bearer)
        self.network.reactor.rightNow -= 7200
        self.assertNotEqual(self.ask(bearer), first)

    def test_expiryInWords(self) -> None:
        """Some providers write the seconds as a text, and some answer with a form."""
        for self.provider.asForm, given in ((False, "60"), (True, 60)):
            self.provider.expiresIn, self.provider.granted = given, 0
            bearer = self.bearer()
            for _ in range(3):
                self.ask(bearer)
            self.assertEqual(self.provider.granted, 1)

    def test_noExpiry(self) -> None:
        """Without an end, a token is used once."""
        for given in (None, 0, "", "0"):
            self.provider.expiresIn, self.provider.granted = given, 0
            bearer = self.bearer()
            for _ in range(3):
                self.ask(bearer)
            self.assertEqual(self.provider.granted, 3)

    def test_together(self) -> None:
        """Many messages at a time need one request."""
        self.provider.expiresIn = None
        bearer = self.bearer("NewWorkConns")
        messages = [NewWorkConn() for _ in range(20)]
        for message in messages:
            maybeDeferred(bearer.sign, message)
        self.network.settle()
        self.assertEqual(self.provider.granted, 1)
        self.assertEqual(len({message.privilege_key for message in messages} - {""}), 1)

    def test_oneGoesAway(self) -> None:
        """Who gives up does not take the token from others; when all give up, the request ends."""
        self.provider.says["/token"] = None
        bearer = self.bearer()
        outcomes: list[Any] = []
        asking: list[Deferred[None]] = [maybeDeferred(bearer.sign, Login()).addBoth(outcomes.append) for _ in range(2)]
        self.network.settle()
        asking[0].cancel()
        self.assertEqual((len(outcomes), len(self.network.links(PORT))), (1, 1))
        asking[1].cancel()
        self.network.settle()
        self.assertEqual((len(outcomes), len(self.network.links(PORT))), (2, 0))


class TroubleTests(ClientTestCase):
    """A provider that does not do what it should."""

    def test_wrongSecret(self) -> None:
        """A wrong secret is told in the provider's words, without the secret; the login is not repeated fast."""
        self.provider.clientSecret = "another"
        error = self.fail(self.bearer(clientSecret="wr0ng-one"))
        self.assertIsInstance(error, Refused)
        self.assertTrue(error.brief.startswith('couldn\'t generate OIDC token for login: oauth2: "invalid_client"'))
        self.assertIn("no ('client', '***')", error.brief)
        self.assertIn("auth.oidc.clientSecret", error.detail)

    def test_away(self) -> None:
        """A provider that nobody reaches is told by its address, without what stands in the URL's query."""
        self.network.refuse(PORT)
        error = self.fail(self.bearer(tokenEndpointURL=f"{self.provider.tokenEndpoint}?key=hidden"))
        self.assertIsInstance(error, Unavailable)
        self.assertIn(
            'Post "http://127.0.0.1:8080/token": dial tcp 127.0.0.1:8080: connect: connection refused', error.brief
        )

    def test_hangs(self) -> None:
        """A provider that takes the question and never answers is given up after ten seconds."""
        self.provider.says["/token"] = None
        bearer = self.bearer()
        got: list[Any] = []
        maybeDeferred(bearer.sign, Login()).addBoth(got.append)
        self.network.advance(9.9)
        self.assertEqual(got, [])
        self.network.advance(0.2)
        (reason,) = got
        assert isinstance(reason, Failure)
        self.assertIn("no answer within 10 s", str(reason.value))
        self.assertEqual(self.network.links(PORT), [])

    def test_trickles(self) -> None:
        """One that begins an answer and never ends it, too."""
        for begun in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"):
            self.provider.says["/token"] = begun
            self.assertIn("Post", self.fail(self.bearer()).brief)

    def test_garbage(self) -> None:
        """Nonsense is an error that says what was not understood, and never a bug."""
        answers = [
            b"",
            b"\x00\xff\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            reply(b""),
            reply(b"<html>"),
            reply(b"\xff\xfe"),
            reply([]),
            reply({}),
            reply(b"[" * 100_000),
            reply({"access_token": 5}),
            reply({"access_token": ""}),
            reply({"access_token": "a", "expires_in": "soon"}),
            reply({"access_token": "a", "expires_in": []}),
            reply(b'{"access_token": "a", "expires_in": 1e999}'),
            reply(b'{"access_token": "a", "expires_in": ' + b"9" * 5000 + b"}"),
            reply(b"&&&=\xff", "200 OK", "application/x-www-form-urlencoded"),
            reply({"error": {"deep": 1}}),
            reply({"error": "x" * 5000}, "400 Bad Request"),
            reply(b"<h1>busy</h1>", "503 Service Unavailable", "text/html"),
        ]
        for answer in answers:
            self.provider.says["/token"] = answer
            error = self.fail(self.bearer())
            self.assertLess(len(error.detail), 700)

    def test_halfAToken(self) -> None:
        """The log shows nothing of an answer that may hold a token."""
        self.provider.says["/token"] = reply(b'{"access_token": "eyJhbGc')
        detail = self.fail(self.bearer()).detail
        self.assertIn("oauth2: cannot parse json (application/json, 25 bytes): Unterminated string", detail)
        self.assertNotIn("eyJ", detail)

    def test_giant(self) -> None:
        """An answer without an end is cut off, be it in its body, its head, or behind 1xx answers."""
        for begin, more in (
            (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (2 << 20)),
            (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 400_000),
            (b"", b"HTTP/1.1 102 Wait\r\n\r\n" * 100_000),
        ):
            self.provider.says["/token"] = begin + more
            self.assertIn("the answer is larger than 1048576 bytes", self.fail(self.bearer()).brief)

    def test_redirect(self) -> None:
        """Credentials are not carried to where a redirect leads."""
        self.provider.says["/token"] = reply(b"", "307 Temporary Redirect", "text/plain", "Location: /other")
        error = self.fail(self.bearer())
        self.assertIn("oauth2: cannot fetch token: 307 Temporary Redirect", error.brief)
        self.assertEqual(self.provider.asked("/other"), 0)

    def test_stopped(self) -> None:
        """When frpc stops, nobody waits for the provider."""
        self.provider.says["/token"] = None
        bearer = self.bearer()
        got: list[Any] = []
        maybeDeferred(bearer.sign, Login()).addBoth(got.append)
        self.network.settle()
        bearer.close()
        self.network.settle()
        self.assertIsInstance(got[0].value, Unavailable)
        self.assertEqual(self.network.links(PORT), [])


class SourceTests(ClientTestCase):
    """Tokens from a file or a program."""

    def test_file(self) -> None:
        """A file is read for each use."""
        path = Path(self.mktemp())
        path.write_text(" one \n")
        auth = {"method": "oidc", "oidc": {"tokenSource": {"type": "file", "file": {"path": str(path)}}}}
        config = clientFromValues({"auth": auth}, registry=self.network.registry).config
        bearer = OIDC().client(config.auth, _Site(self.network.reactor))
        self.assertEqual(self.ask(bearer), "one")
        path.write_text("two")
        self.assertEqual(self.ask(bearer), "two")
        path.unlink()
        error = failure(self.network, maybeDeferred(bearer.sign, Login())).value
        self.assertIn("couldn't acquire OIDC token for login: failed to read file", str(error))

    def test_program(self) -> None:
        """A program is asked for each use, and frpc does other things meanwhile."""
        program = {"command": sys.executable, "args": ["-c", "print('three')"]}
        auth = {"method": "oidc", "oidc": {"tokenSource": {"type": "exec", "exec": program}}}
        loaded = clientFromValues({"auth": auth}, registry=self.network.registry, unsafe=["TokenSourceExec"])
        told = threading.Event()
        calls: list[Any] = []

        class Reactor:
            """Takes what comes from a thread."""

            def callFromThread(self, *call: Any) -> None:
                calls.append(call)
                told.set()

            def seconds(self) -> float:
                return 0.0

        bearer = OIDC().client(loaded.config.auth, _Site(Reactor()))
        login = Login()
        signed = maybeDeferred(bearer.sign, login)
        self.assertNoResult(signed)
        self.assertTrue(told.wait(20))
        ((tell, outcome),) = calls
        tell(outcome)
        self.successResultOf(signed)
        self.assertEqual(login.privilege_key, "three")


class ConfigurationTests(ClientTestCase):
    """What is wrong with a configuration is told at start."""

    def refused(self, **oidc: Any) -> ConfigError:
        error = self.assertRaises((ConfigError, ConfigErrors), self.bearer, **oidc)
        assert isinstance(error, ConfigError)
        return error

    def test_proxy(self) -> None:
        """A proxy that is none; a password in it is never shown."""
        for url in ("ftp://u:hidden@h:1", "socks5://", "h:1", "http://u:hidden@[h:1"):
            error = self.refused(proxyURL=url)
            self.assertTrue(error.brief.startswith("failed to create OIDC HTTP client: "), error.brief)
            self.assertEqual(error.path, "auth.oidc.proxyURL")
            self.assertNotIn("hidden", error.detail)

    def test_authorities(self) -> None:
        """A file of authorities that is not there."""
        error = self.refused(trustedCaFile="/nonexistent/ca.pem")
        self.assertTrue(error.brief.startswith("failed to create OIDC HTTP client: "), error.brief)
        self.assertIn("/nonexistent/ca.pem", error.brief)


class SessionTests(ClientTestCase):
    """A whole frpc."""

    def test_lastWord(self) -> None:
        """The last line of a frpc that gives up has the provider's words, without the secret; the log says more."""
        self.provider.clientSecret = "another"
        self.network.server(auth=self.serverAuth())
        client = self.network.client(auth=self.clientAuth(clientSecret="wr0ng-one"))
        last = self.network.failures[client].getErrorMessage()
        self.assertIn("oauth2: \"invalid_client\" \"no ('client', '***')\". With loginFailExit", last)
        self.assertEqual(self.logged("are auth.oidc.clientID and auth.oidc.clientSecret right?"), 1)

    def test_providerComesLater(self) -> None:
        """A provider that is away when frpc starts is asked again, until frpc is in."""
        self.network.server(auth=self.serverAuth())
        self.network.refuse(PORT)
        client = self.network.client(auth=self.clientAuth(), loginFailExit=False)
        self.network.advance(10)
        self.assertIsNone(client.session)
        self.network.allow(PORT)
        self.network.advance(10)
        self.assertIsNotNone(client.session)

    def test_heartbeats(self) -> None:
        """While the provider is away heartbeats are left out, tried again soon, and the session lives."""
        self.provider.expiresIn = None
        self.network.server(auth=self.serverAuth("HeartBeats"))
        client = self.network.client(auth=self.clientAuth("HeartBeats"), transport={"heartbeatInterval": 30})
        self.assertEqual(self.logged("send heartbeat to server"), 1)
        session = client.session
        self.network.refuse(PORT)
        self.network.advance(30)
        self.assertEqual(self.logged("error during ping authentication"), 1)
        for seconds, times in ((1, 2), (2, 3), (4, 4), (8, 5), (16, 6), (30, 7), (30, 8)):
            self.network.advance(seconds)
            self.assertEqual(self.logged("skip sending ping message"), times)
        self.network.allow(PORT)
        self.network.advance(30)
        self.assertEqual(self.logged("send heartbeat to server"), 2)
        self.network.advance(30)
        self.assertEqual(self.logged("send heartbeat to server"), 3)
        self.assertIs(client.session, session)

    def test_stopWhileTheProviderHangs(self) -> None:
        """A heartbeat that waits for the provider keeps nobody from stopping."""
        self.provider.expiresIn = None
        self.network.server(auth=self.serverAuth("HeartBeats"))
        self.network.client(auth=self.clientAuth("HeartBeats"), transport={"heartbeatInterval": 30})
        self.provider.says["/token"] = None
        self.network.advance(31)
        self.assertEqual(self.network.stop(), [])
        self.assertEqual(self.logged("error during ping"), 0)
