"""Getting into a session, and back into one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from frp.client.life import LASTING
from frp.client.running import Phase
from frp.errors import FRPError
from frp.test.client.talking import TCP, ClientTestCase
from frp.testing.talk import Talk
from frp.wire.messages import Login, LoginResp, NewProxy, NewProxyResp, Ping, Pong
from frp.wire.v2.dialect import V2


class LoginTests(ClientTestCase):
    """What the client says at first."""

    def test_says(self) -> None:
        """It says who it is; the server gives it a run id."""
        server = self.played()
        client = self.start(user="alice", clientID="laptop", metadatas={"a": "b"}, transport={"poolCount": 3})
        login = server.logins()[0].last(Login)
        self.assertEqual((login.user, login.client_id, login.metas, login.run_id), ("alice", "laptop", {"a": "b"}, ""))
        self.assertEqual(login.pool_count, 3)
        self.accept(server)
        self.assertEqual(self.logged("login to server success, get run id [r]"), 1)
        self.assertIsNotNone(client.session)

    def test_prefix(self) -> None:
        """A client of a user registers its proxies below that name, and goes on calling them as they are configured."""
        server = self.played()
        client = self.start(TCP, user="alice")
        talk = self.accept(server)
        self.assertEqual(talk.last(NewProxy).proxy_name, "alice.web")
        self.assertIs(self.proxy(client).phase, Phase.WAIT_START)

    def test_runIdAgain(self) -> None:
        """A client that comes back says which run it was."""
        server = self.played()
        self.start()
        self.accept(server).close()
        self.network.advance(3)
        self.assertEqual(server.logins()[1].last(Login).run_id, "r")

    def test_noAnswer(self) -> None:
        """A server that does not answer the login is given up after ten seconds, and tried again."""
        server = self.played()
        self.start(loginFailExit=False)
        self.network.advance(9.9)
        self.assertEqual(len(server.logins()), 1)
        self.network.advance(3)
        self.assertEqual(len(server.logins()), 2)
        self.assertIsNotNone(server.logins()[0].lost)


class ExitTests(ClientTestCase):
    """C{loginFailExit}: a client whose first login fails gives up."""

    def failed(self) -> FRPError:
        """@return: what the newest client ended with."""
        found = self.network.failures[self.network.clients[-1]].value
        assert isinstance(found, FRPError)
        return found

    def test_refused(self) -> None:
        """The text tells why, and that there will be no other attempt; and there is none."""
        server = self.played()
        self.start()
        server.logins()[0].say(LoginResp(error="no"))
        self.network.settle()
        text = "login to the server failed: no. With loginFailExit enabled, no additional retries will be attempted"
        self.assertEqual(self.failed().brief, text)
        self.network.advance(120)
        self.assertEqual(len(server.talks), 1)

    def test_hints(self) -> None:
        """What to do about it is told by what the server said: who is not wanted need not compare tokens."""
        server = self.played()
        token = "auth.method and auth.token (-t on the command line) must be those of its configuration"
        for said, hint in (
            ("token in login doesn't match token from configuration", f"does not let frpc in: {token}"),
            ("invalid OIDC token in login: oidc: malformed jwt", f"does not let frpc in: {token}"),
            ("register control error", f"its log says why; most often, {token}"),
            ("send Login request to plugin error", "a hook of it failed, and its log says why"),
            ("user eve is kept out", "the server is there and does not let frpc in"),
        ):
            self.start()
            server.logins()[-1].say(LoginResp(error=said))
            self.network.settle()
            self.assertIn(f"login to the server failed: {said}.", self.failed().brief)
            self.assertTrue(self.failed().detail.endswith(hint), self.failed().detail)

    def test_unreachable(self) -> None:
        """So it is where no server is."""
        self.start()
        self.assertIn("dial tcp 0.0.0.0:7000: connect: connection refused. With", self.failed().brief)
        self.assertIn("with loginFailExit = false it goes on", self.failed().detail)

    def test_later(self) -> None:
        """Once it was in, it never gives up."""
        server = self.played()
        self.start()
        self.accept(server).close()
        self.network.advance(3)
        server.logins()[1].say(LoginResp(error="no"))
        self.network.advance(30)
        self.assertGreater(len(server.logins()), 2)
        self.assertEqual(self.network.failures, {})


class StartedTests(ClientTestCase):
    """When the start of a client has come to its end."""

    def test_letIn(self) -> None:
        """When a server has let it in, not before."""
        server = self.played()
        client = self.start()
        self.assertNoResult(client.started)
        self.accept(server)
        self.successResultOf(client.started)

    def test_goesOn(self) -> None:
        """Without C{loginFailExit}, also when the first attempt has failed: the others may take for ever."""
        server = self.played()
        client = self.start(loginFailExit=False)
        self.assertNoResult(client.started)
        server.logins()[0].say(LoginResp(error="no"))
        self.network.settle()
        self.successResultOf(client.started)

    def test_refused(self) -> None:
        """It never does when it has failed."""
        server = self.played()
        client = self.start()
        server.logins()[0].say(LoginResp(error="no"))
        self.network.advance(60)
        self.assertNoResult(client.started)

    def test_stopped(self) -> None:
        """Nor when the client is stopped before."""
        self.played()
        client = self.start(loginFailExit=False)
        client.stopService()
        self.network.settle()
        self.assertNoResult(client.started)
        self.successResultOf(client.ended)

    def test_several(self) -> None:
        """With several servers, when one has let it in or all have failed."""
        servers = [{"name": "a", "addr": "127.0.0.1", "port": 7001}, {"name": "b", "addr": "127.0.0.1", "port": 7000}]
        server = self.played()
        client = self.start(servers=servers, loginFailExit=False)
        self.network.settle()
        self.assertNoResult(client.started)
        server.logins()[0].say(LoginResp(error="no"))
        self.network.settle()
        self.successResultOf(client.started)

    def test_explained(self) -> None:
        """What keeps it from starting says which key would let it go on."""
        self.start()
        error = self.network.failures[self.network.clients[-1]].value
        assert isinstance(error, FRPError)
        self.assertTrue(
            error.detail.endswith(
                ": frpc leaves when the first login fails; with loginFailExit = false it"
                " goes on until a server lets it in"
            ),
            error.detail,
        )


class BackTests(ClientTestCase):
    """How soon a client is back."""

    def test_refusedLoginsAreSlow(self) -> None:
        """A server that refuses is asked as seldom as the reference asks: after 2, 4, 8, then every 10 seconds."""
        server = self.played()
        self.start(loginFailExit=False)
        times = []
        begin = self.network.reactor.seconds()
        for _ in range(600):
            talk = server.logins()[-1]
            if not talk.of(LoginResp) and talk.lost is None:
                times.append(self.network.reactor.seconds() - begin)
                talk.say(LoginResp(error="no"))
                talk.close()
            self.network.advance(0.1)
        pauses = [after - before for before, after in pairwise(times)]
        for pause, wanted in zip(pauses, (2, 4, 8, 10, 10, 10), strict=False):
            self.assertTrue(wanted - 0.2 <= pause <= wanted * 1.5, pauses)
        self.assertLess(len(times), 9)

    def pauses(self, seconds: int, end: Callable[[Talk], object]) -> list[float]:
        """Let the client in for so long, and end each session in this way. @return: the time between logins."""
        server = self.played()
        self.start(loginFailExit=False, transport={"heartbeatInterval": 10})
        times: list[float] = []
        for _ in range(seconds * 20):
            if len(server.logins()) > len(times):
                times.append(self.network.reactor.seconds())
                end(self.accept(server))
            self.network.advance(0.05)
        return [round(after - before, 2) for before, after in pairwise(times)]

    def isPatient(self, pauses: list[float]) -> None:
        """Nobody is asked in vain more often than the reference would ask."""
        for pause, wanted in zip(pauses, (0.2, 0.2, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8), strict=False):
            self.assertTrue(wanted * 0.75 <= pause <= wanted * 1.25 + 0.1, pauses)
        self.assertTrue(all(15 <= pause <= 25.1 for pause in pauses[9:]), pauses)
        self.assertTrue(14 <= len(pauses) <= 19, pauses)

    def test_refusedHeartbeats(self) -> None:
        """A server that lets it in and refuses its heartbeats is left alone for longer each time, up to 25 seconds."""
        self.isPatient(self.pauses(180, lambda talk: self.say(talk, Pong(error="invalid ping"))))

    def test_briefSessions(self) -> None:
        """So is one that closes the connection."""
        self.isPatient(self.pauses(180, lambda talk: talk.close()))

    def test_lasted(self) -> None:
        """After a session that lasts it comes back as soon as at first."""
        sessions = []

        def end(talk: Talk) -> None:
            sessions.append(talk)
            if len(sessions) == 7:
                self.network.advance(LASTING)
            talk.close()

        pauses = self.pauses(12, end)
        self.assertGreater(pauses[5], 1)
        self.assertTrue(all(pause < 0.4 for pause in (pauses[6] - LASTING, *pauses[7:9])), pauses)

    def test_serverComesBack(self) -> None:
        """However long the server was away, the client is in within three seconds of its return."""
        for away in (0.5, 7, 61, 600.3):
            server = self.network.server(bindPort=7001)
            client = self.network.client(proxies=[TCP])
            self.assertIsNotNone(client.session)
            server.stopService()
            self.network.advance(away)
            self.assertIsNone(client.session)
            self.network.server(bindPort=7001)
            self.network.advance(3)
            self.assertIs(self.proxy(client).phase, Phase.RUNNING)
            self.assertEqual(self.network.stop(), [])

    def test_notAllAtOnce(self) -> None:
        """Many clients of one server do not come back in the same moment."""
        server = self.network.server()
        clients = [self.network.client() for _ in range(20)]
        server.stopService()
        self.network.advance(60)
        self.network.server()
        back = []
        for _ in range(30):
            self.network.advance(0.1)
            back.append(sum(client.session is not None for client in clients))
        self.assertEqual(back[-1], 20)
        self.assertGreater(len(set(back)), 5)

    def test_cut(self) -> None:
        """A carrier that is cut costs seconds, not minutes; the user's port is the same."""
        self.network.server()
        client = self.network.client(proxies=[TCP])
        for _ in range(5):
            self.network.carrier(client).cut()
            self.network.advance(3)
            self.assertIs(self.proxy(client).phase, Phase.RUNNING)

    def test_halfOpen(self) -> None:
        """A carrier that has gone silent is noticed by both sides within the keep-alive's 40 seconds."""
        server = self.network.server()
        client = self.network.client(proxies=[TCP])
        self.network.carrier(client).silence()
        self.network.advance(44)
        self.assertIs(self.proxy(client).phase, Phase.RUNNING)
        self.assertEqual(len(server.clients), 1)
        self.assertEqual(len(self.network.links(7000)), 1)

    def test_silentDial(self) -> None:
        """A firewall that swallows the dial holds it up for dialServerTimeout, each time anew."""
        self.network.server()
        self.network.silence(7000)
        client = self.network.client(loginFailExit=False, transport={"dialServerTimeout": 4})
        self.network.advance(20)
        self.assertIsNone(client.session)
        self.assertGreater(self.logged("i/o timeout"), 1)
        self.network.allow(7000)
        self.network.advance(7)
        self.assertIsNotNone(client.session)


class HeartbeatTests(ClientTestCase):
    """Pings and Pongs."""

    def test_defaults(self) -> None:
        """Every 30 seconds, and 90 for the answer, without multiplexing; with it none."""
        plain = self.network.client(transport={"tcpMux": False}).config.transport
        self.assertEqual((plain.heartbeatInterval, plain.heartbeatTimeout), (30, 90))
        muxed = self.network.client().config.transport
        self.assertEqual((muxed.heartbeatInterval, muxed.heartbeatTimeout), (-1, -1))

    def test_interval(self) -> None:
        """The first Ping leaves at once, and then one in each interval."""
        server = self.played()
        self.start(transport={"heartbeatInterval": 10, "heartbeatTimeout": 90})
        talk = self.accept(server)
        self.assertEqual(len(talk.of(Ping)), 1)
        self.network.advance(30)
        self.assertEqual(len(talk.of(Ping)), 4)

    def test_timeout(self) -> None:
        """A server that stops answering is left, and dialled again."""
        server = self.played()
        self.start(transport={"heartbeatInterval": 10, "heartbeatTimeout": 20})
        talk = self.accept(server)
        self.network.advance(15)
        self.say(talk, Pong())
        self.network.advance(19)
        self.assertIsNone(talk.lost)
        self.network.advance(3)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(len(server.logins()), 2)

    def test_refused(self) -> None:
        """So is one that refuses a Ping."""
        server = self.played()
        self.start(transport={"heartbeatInterval": 10, "heartbeatTimeout": 20})
        talk = self.accept(server)
        self.say(talk, Pong(error="invalid ping"))
        self.assertIsNotNone(talk.lost)
        self.assertEqual(self.logged("pong message contains error: invalid ping"), 1)


class LoginV2Tests(LoginTests):
    """The same in version 2."""

    dialect = V2


class HeartbeatV2Tests(HeartbeatTests):
    """The same."""

    dialect = V2


class SettledTests(ClientTestCase):
    """When the first attempt is over."""

    def test_answered(self) -> None:
        """It is when the server has answered for every proxy; one whose service is not checked yet holds up nobody."""
        server = self.played()
        checked = {**TCP, "name": "sick", "healthCheck": {"type": "tcp"}, "localIP": "192.0.2.9"}
        client = self.start(TCP, {**TCP, "name": "ssh"}, checked)
        talk = self.accept(server)
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.assertFalse(client.started.called)
        self.say(talk, NewProxyResp(proxy_name="ssh", error="no"))
        self.assertEqual(self.successResultOf(client.started), "0.0.0.0:7000: connected")

    def test_none(self) -> None:
        """A client without proxies is settled once it is in."""
        server = self.played()
        client = self.start()
        self.assertFalse(client.started.called)
        self.accept(server)
        self.assertEqual(self.successResultOf(client.started), "0.0.0.0:7000: connected")

    def test_goesOn(self) -> None:
        """One that goes on when nobody lets it in has tried once."""
        client = self.start(TCP, loginFailExit=False)
        self.network.settle()
        self.assertEqual(self.successResultOf(client.started), "0.0.0.0:7000: waiting")
