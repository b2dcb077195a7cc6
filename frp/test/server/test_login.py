"""Who may log in, and what they are told."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred

from frp.kinds import Registry
from frp.server.proving import DEADLINE
from frp.server.registry.roster import Roster
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.test.server.talking import ServerTestCase
from frp.testing.talk import Talk
from frp.wire.frames import encode
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, Message, NewProxyResp, NewWorkConn, Ping, Pong, StartWorkConn
from frp.wire.v2.dialect import V2


class _BrokenRoster(Roster):
    """Notes nobody."""

    def entered(self, *_: object, **__: object) -> Deferred[None]:
        raise TypeError("a bug")


class LoginTests(ServerTestCase):
    """The first message of a client."""

    def test_where(self) -> None:
        """An address of IPv6 stands in brackets before its port."""
        server = self.server(bindAddr="::", vhostHTTPPort=8080)
        self.assertEqual(self.logged(f"frps tcp listen on [::]:{server.config.bindPort}"), 1)
        self.assertEqual(self.logged("http service listen on [::]:8080"), 1)

    def test_accepted(self) -> None:
        """A client that knows the token is in, and gets a run id of 16 hexadecimal digits."""
        self.server(auth={"token": "secret"})
        answer = self.login(b"secret").last(LoginResp)
        self.assertEqual(answer.error, "")
        self.assertRegex(answer.run_id, "^[0-9a-f]{16}$")

    def test_runIdIsKept(self) -> None:
        """A client may come with any run id of its own."""
        self.server()
        self.assertEqual(self.login(run_id="mine").last(LoginResp).run_id, "mine")

    def test_wrongToken(self) -> None:
        """A client with another token hears so, in the reference's words."""
        self.server(auth={"token": "secret"})
        text = "token in login doesn't match token from configuration"
        talk = self.login(b"guess")
        self.assertEqual(talk.last(LoginResp).error, text)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(self.logged(f"register control error: {text}"), 1)

    def test_noDetails(self) -> None:
        """With detailedErrorsToClient = false it hears only that something went wrong."""
        self.server(auth={"token": "secret"}, detailedErrorsToClient=False)
        self.assertEqual(self.refusal(), "register control error")

    def test_clientIdOnline(self) -> None:
        """Two runs of one client_id and user exclude each other; other users may have the same."""
        self.server()
        self.login(client_id="laptop", user="alice")
        text = "client_id [laptop] for user [alice] is already online"
        self.assertEqual(self.refusal(client_id="laptop", user="alice"), text)
        self.assertEqual(self.login(client_id="laptop", user="bob").last(LoginResp).error, "")

    def test_clientIdFree(self) -> None:
        """Once the first is gone, another may have its client_id."""
        server = self.server()
        self.login(client_id="laptop").close()
        self.network.settle()
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(self.login(client_id="laptop").last(LoginResp).error, "")

    def test_clientIdSameRun(self) -> None:
        """The same run of it takes over."""
        self.server()
        self.login(client_id="laptop", run_id="r")
        self.assertEqual(self.login(client_id="laptop", run_id="r").last(LoginResp).error, "")

    def test_hostileName(self) -> None:
        """Line feeds in what a client says of itself do not forge lines of my log."""
        self.server()
        self.login(hostname="x\n2026-01-01 00:00:00.000 [I] forged", run_id="a\nb")
        self.assertEqual(self.logged("forged"), 1)
        self.assertEqual([line for line in self.log if line.startswith("2026-01-01")], [])
        self.assertTrue(all(line.count("\n") == 1 for line in self.log))

    def test_longNames(self) -> None:
        """A client with a name that no answer has room for hears so, and is not left online."""
        server = self.server()
        self.assertEqual(self.login(run_id="<" * 1000).last(LoginResp).error, "")
        for key in ("run_id", "user", "client_id"):
            self.assertEqual(self.refusal(**{key: "<" * 1001}), f"{key} is too long: 1001 characters, at most 1000")
        self.assertEqual(len(server.clients), 1)

    def test_negativePool(self) -> None:
        """A negative pool_count, which stops a whole Go frps, ends at most its own connection."""
        server = self.server()
        other = self.login()
        body = b'{"version":"0.70.1","pool_count":-1,"privilege_key":"%s"}' % privilegeKey(b"", 0).encode()
        hostile = self.network.dial(self.network.bindPort, Talk())
        hostile.sayBytes(b"o" + len(body).to_bytes(8, "big") + body)
        self.network.settle()
        self.assertEqual(self.register(other).error, "")
        self.assertTrue(server.running)

    def test_strangeStart(self) -> None:
        """A connection that begins with another message is closed."""
        self.server()
        talk = self.connect()
        talk.say(Ping())
        self.network.settle()
        self.assertIsNotNone(talk.lost)
        self.assertEqual(self.logged("it began with Ping"), 1)

    def test_silent(self) -> None:
        """Whoever says nothing for ten seconds is closed."""
        self.server()
        user = self.network.user(self.network.bindPort)
        self.network.advance(9.9)
        self.assertFalse(user.closed)
        self.network.advance(0.2)
        self.assertTrue(user.closed)

    def keeping(self, roster: Roster) -> FRPServer:
        """Start frps with another roster."""
        reactor, config = self.network.reactor, self.server().config
        self.network.servers.pop().stopService()
        server = FRPServer(reactor, config, Registry(), attrs.evolve(Shared.inMemory(reactor, config), roster=roster))
        self.network.servers.append(server)
        server.startService()
        self.network.settle()
        return server

    def test_slowRoster(self) -> None:
        """However long the roster takes, what a client asks as soon as it is in is answered."""
        roster, entering = Roster(self.network.reactor), Deferred[None]()
        self.patch(roster, "entered", lambda *_, **__: entering)
        self.keeping(roster)
        talk = self.login()
        self.assertEqual(talk.heard, [])
        entering.callback(None)
        self.network.settle()
        self.assertEqual(talk.last(LoginResp).error, "")
        self.assertEqual(self.register(talk, type="x").error, "unknown proxy type: x")

    def test_bug(self) -> None:
        """A client whose login breaks on a bug of the server is not left online."""
        server = self.keeping(_BrokenRoster(self.network.reactor))
        self.assertIsNotNone(self.login().lost)
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)

    def test_authenticatorRaises(self) -> None:
        """One that breaks keeps clients out; both ends say that it is the method's fault."""
        server = self.server()

        def verify(message: object) -> None:
            raise KeyError("no table")

        self.patch(server.authenticator, "verify", verify)
        said = "the authentication method [token] of the server has failed"
        self.assertEqual(self.login().last(LoginResp).error, said)
        self.assertEqual(self.logged(f"register control error: {said}: KeyError: 'no table'"), 1)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def hanging(self, *kinds: type[Message], **settings: Any) -> list[Deferred[None]]:
        """Start a server whose authenticator does not answer for messages of these types. @return: whom it cancels."""
        server, cancelled = self.server(**settings), list[Deferred[None]]()
        self.patch(
            server.authenticator,
            "verify",
            lambda message: Deferred(cancelled.append) if isinstance(message, kinds) else None,
        )
        return cancelled

    def test_authenticatorHangs(self) -> None:
        """One that does not answer in time is not waited for."""
        cancelled = self.hanging(Login)
        talk = self.login()
        self.network.advance(DEADLINE - 0.1)
        self.assertEqual((talk.heard, cancelled), ([], []))
        self.network.advance(0.2)
        said = "the authentication method [token] of the server does not answer"
        self.assertEqual(talk.last(LoginResp).error, said)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(len(cancelled), 1)
        self.assertEqual(self.logged(f"register control error: {said}: nothing came within 8 s"), 1)

    def test_clientHears(self) -> None:
        """A client of ours still waits for the answer, and says why it is not let in."""
        self.hanging(Login)
        client = self.network.client(transport={"tcpMux": False, "wireProtocol": self.dialect.name})
        self.network.advance(DEADLINE + 0.1)
        self.assertIn("does not answer", self.network.failures[client].getErrorMessage())

    def test_workStreamHangs(self) -> None:
        """So it is with a work connection, whose client stays."""
        cancelled = self.hanging(NewWorkConn)
        talk = self.login()
        work = self.bring(talk)
        self.network.advance(DEADLINE + 0.1)
        self.assertIn("does not answer", work.last(StartWorkConn).error)
        self.assertEqual((len(cancelled), talk.lost), (1, None))

    def test_pingHangs(self) -> None:
        """And with a heartbeat, which gets its answer."""
        cancelled = self.hanging(Ping)
        talk = self.login()
        talk.say(Ping())
        self.network.advance(DEADLINE + 0.1)
        self.assertIn("does not answer", talk.last(Pong).error)
        self.assertEqual(len(cancelled), 1)

    def test_gone(self) -> None:
        """A client that goes is not asked about any more."""
        cancelled = self.hanging(Login)
        talk = self.login()
        talk.close()
        self.network.settle()
        self.assertEqual(len(cancelled), 1)
        self.assertEqual(self.logged("the connection ended while it was waiting for an answer"), 1)

    def test_workStreamGone(self) -> None:
        """Nor is a work connection that ends."""
        cancelled = self.hanging(NewWorkConn)
        work = self.bring(self.login())
        work.close()
        self.network.settle()
        self.assertEqual(len(cancelled), 1)

    def test_goneMuxed(self) -> None:
        """Nor a client whose session ends."""
        cancelled = self.hanging(Login, transport={"tcpMux": True})
        client = self.network.client(transport={"wireProtocol": self.dialect.name})
        self.assertEqual(cancelled, [])
        self.network.carrier(client).cut()
        self.network.settle()
        self.assertEqual(len(cancelled), 1)

    def test_early(self) -> None:
        """What a work connection brings while its proof is looked at is there afterwards."""
        looking: list[Deferred[None]] = []

        def verify(message: Message) -> Deferred[None] | None:
            if not isinstance(message, NewWorkConn):
                return None
            looking.append(Deferred())
            return looking[-1]

        self.patch(self.server().authenticator, "verify", verify)
        work = self.bring(self.login())
        work.sayBytes(b"too early")
        self.network.settle()
        self.assertEqual(self.logged("a work connection that nobody uses sent 9 bytes"), 0)
        looking.pop().callback(None)
        self.network.settle()
        self.assertEqual(self.logged("a work connection that nobody uses sent 9 bytes"), 1)

    def test_stopped(self) -> None:
        """A server that stops asks no more."""
        cancelled = self.hanging(Login)
        self.login()
        self.network.servers[0].stopService()
        self.network.advance(0.1)
        self.assertEqual(len(cancelled), 1)

    def test_halfAMessage(self) -> None:
        """So is who stops in the middle of the first message."""
        self.server()
        user = self.network.user(self.network.bindPort)
        user.send(encode(Login())[:20])
        self.network.advance(10.1)
        self.assertTrue(user.closed)


class LoginV2Tests(LoginTests):
    """The same in version 2."""

    dialect = V2


class ScopeTests(ServerTestCase):
    """Where work connections are to be proven."""

    def test_badWorkConn(self) -> None:
        """One without a proof is told why not, and closed."""
        self.server(auth={"token": "secret", "additionalScopes": ["NewWorkConns"]})
        work = self.bring(self.login(b"secret"))
        text = "token in NewWorkConn doesn't match token from configuration"
        self.assertEqual(work.last(StartWorkConn).error, text)
        self.assertIsNotNone(work.lost)

    def test_unknownRun(self) -> None:
        """One for a client that is not here hears so."""
        self.server()
        work = self.network.dial(self.network.bindPort, Talk())
        work.say(NewWorkConn(run_id="nobody"))
        self.network.settle()
        self.assertEqual(work.last(StartWorkConn).error, "no client control found for run id [nobody]")
        self.assertIsNotNone(work.lost)
        self.assertEqual(self.logged("no client control found for run id [nobody]"), 1)

    def test_longRun(self) -> None:
        """However long its name is: the answer is cut."""
        self.server()
        work = self.network.dial(self.network.bindPort, Talk())
        work.say(NewWorkConn(run_id="<" * 1600))
        self.network.settle()
        error = work.last(StartWorkConn).error
        self.assertTrue(error.startswith("no client control found for run id [<<<") and error.endswith("<..."), error)
        self.assertIsNotNone(work.lost)

    def test_unknownRunNoDetails(self) -> None:
        """Or only that it was not accepted."""
        self.server(detailedErrorsToClient=False)
        work = self.network.dial(self.network.bindPort, Talk())
        work.say(NewWorkConn(run_id="nobody"))
        self.network.settle()
        self.assertEqual(work.last(StartWorkConn).error, "invalid NewWorkConn")


class OrderTests(ServerTestCase):
    """The order of a conversation."""

    def test_inOrder(self) -> None:
        """Messages are answered one after the other."""
        self.server()
        talk = self.login()
        for port in (6001, 6002, 6003):
            self.register(talk, f"p{port}", port)
        self.assertEqual([m.proxy_name for m in talk.of(NewProxyResp)], ["p6001", "p6002", "p6003"])
