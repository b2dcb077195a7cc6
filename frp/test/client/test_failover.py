"""One client and several servers, of which the best that can be had is used."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from frp.errors import Refused
from frp.test.client.several import ALL_THREE, BOTH, A, B, C, ServersTestCase
from frp.test.client.talking import Played
from frp.testing.network import Network
from frp.wire.messages import CloseProxy, Login, LoginResp, NewProxy, NewProxyResp


class FailoverTests(ServersTestCase):
    """The best server that can be had."""

    def test_first(self) -> None:
        """The first one in the order of the file is used, and the others hear nothing of us."""
        servers = [self.server(port) for port in (A, B)]
        client = self.start()
        self.network.advance(300)
        self.assertEqual(self.there(client), ["a"])
        self.assertEqual(self.network.links(B), [])
        self.assertEqual([len(server.clients) for server in servers], [1, 0])
        self.served(A)

    def test_away(self) -> None:
        """A server that is away is passed over at once, also by a client that would give up after the first login."""
        self.server(C)
        client = self.start(*ALL_THREE)
        self.assertEqual(self.there(client), ["c"])
        self.assertEqual(self.network.failures, {})
        self.assertEqual(self.logged("[a] connect to server error: dial tcp 127.0.0.1:7001"), 1)

    def test_refused(self) -> None:
        """One that does not know our token is passed over; each gets its own."""
        self.server(A, auth={"token": "other"})
        self.server(B, auth={"token": "second"})
        client = self.start(BOTH[0], {**BOTH[1], "auth": {"token": "second"}}, auth={"token": "first"})
        self.assertEqual(self.there(client), ["b"])
        self.assertEqual(
            self.logged("[a] connect to server error: the server refuses the login: token in login doesn't match"), 1
        )

    def test_nobody(self) -> None:
        """A client that nobody lets in gives up when all have been asked, and says of each why."""
        self.server(B, auth={"token": "other"})
        client = self.start()
        error = self.network.failures[client].value
        assert isinstance(error, Refused)
        self.assertEqual(
            error.brief,
            "login to the server failed: a: dial tcp 127.0.0.1:7001: connect: connection refused; b: token in login "
            "doesn't match token from configuration. With loginFailExit enabled, no additional retries will be "
            "attempted",
        )

    def test_nobodyAgain(self) -> None:
        """When it is started once more, all are asked once more."""
        client = self.start()
        client.stopService()
        self.network.settle()
        self.server(B)
        client.startService()
        self.network.settle()
        self.assertEqual(self.there(client), ["b"])

    def test_patient(self) -> None:
        """One that does not give up is in as soon as any of them comes."""
        client = self.start(loginFailExit=False)
        self.network.advance(30)
        self.assertEqual(self.there(client), [])
        self.server(B)
        self.network.advance(3)
        self.assertEqual(self.there(client), ["b"])
        tried = self.logged("try to connect")
        self.network.advance(40)
        self.assertEqual(self.logged("try to connect"), tried)

    def test_lost(self) -> None:
        """When a session is lost, the next server is tried without a wait, those behind it first."""
        for port in (A, B, C):
            self.server(port)
        self.network.refuse(A)
        client = self.start(*ALL_THREE)
        self.assertEqual(self.there(client), ["b"])
        self.lose(B)
        self.assertEqual(self.there(client), ["c"])
        self.served(C)
        self.network.allow(B)
        self.lose(C)
        self.assertEqual(self.there(client), ["b"])

    def test_lostWhileAsking(self) -> None:
        """That a better server keeps us waiting holds nobody up."""
        for port in (B, C):
            self.server(port)
        client = self.start(*ALL_THREE, failbackInterval=1)
        self.network.silence(A)
        self.network.advance(2)
        asked = self.logged("[a] try to connect")
        self.lose(B)
        self.assertEqual(self.there(client), ["c"])
        self.assertEqual(self.logged("[a] try to connect"), asked)

    def test_same(self) -> None:
        """Where no other server is there, the one that was lost is tried as always."""
        self.server(A)
        client = self.start()
        self.lose(A, refuse=False)
        self.network.advance(0.3)
        self.assertEqual(self.there(client), ["a"])

    def test_back(self) -> None:
        """A better server takes over when it is back; who is served by the other one goes on, until he is done."""
        for port in (A, B):
            self.server(port)
        self.network.refuse(A)
        client = self.start(gracePeriod=600)
        user = self.served(B)
        self.network.allow(A)
        self.network.advance(44)
        self.assertEqual(self.there(client), ["b"])
        self.network.advance(32)
        self.assertEqual(self.there(client), ["a"])
        self.assertIsNotNone(self.network.user(B - 1000).refused)
        self.served(A).close()
        self.says(user, b"still here")
        self.network.advance(300)
        self.says(user, b"and now")
        user.close()
        self.network.advance(1)
        self.assertEqual(self.network.links(B), [])

    def test_grace(self) -> None:
        """He has gracePeriod seconds."""
        for port in (A, B):
            self.server(port)
        self.network.refuse(A)
        client = self.start(gracePeriod=20, failbackInterval=1)
        user = self.served(B)
        self.network.allow(A)
        self.network.advance(2)
        self.assertEqual(self.there(client), ["a"])
        self.network.advance(17)
        self.assertFalse(user.closed)
        self.network.advance(3)
        self.assertTrue(user.closed)
        self.assertEqual(self.network.links(B), [])

    def test_stays(self) -> None:
        """A better server that is still away is asked again and again, and disturbs nobody."""
        for port in (A, B):
            self.server(port)
        self.network.refuse(A)
        client = self.start()
        user = self.served(B)
        self.network.advance(600)
        self.assertEqual(self.there(client), ["b"])
        self.says(user, b"still here")
        self.assertTrue(8 <= self.logged("[a] try to connect") <= 15)

    def test_onlyBetter(self) -> None:
        """Of three servers, the one behind the current one is not asked."""
        for port in (B, C):
            self.server(port)
        client = self.start(*ALL_THREE)
        self.network.advance(200)
        self.assertEqual(self.there(client), ["b"])
        self.assertEqual(self.logged("[c] try to connect"), 0)
        self.assertGreater(self.logged("[a] try to connect"), 2)

    def test_eachBetter(self) -> None:
        """Of three, both better ones are asked, the best first."""
        self.server(C)
        client = self.start(*ALL_THREE)
        self.server(B)
        self.network.advance(80)
        self.assertEqual(self.there(client), ["b"])
        self.server(A)
        self.network.advance(80)
        self.assertEqual(self.there(client), ["a"])

    def test_sameServer(self) -> None:
        """Two ways to one server are two servers; what it still has from the other way is asked for again soon."""
        self.server(A, kcpBindPort=A)
        self.network.refuse(A)
        client = self.start(BOTH[0], {**BOTH[0], "name": "kcp", "transport": {"protocol": "kcp"}}, failbackInterval=5)
        self.assertEqual(self.there(client), ["kcp"])
        self.network.allow(A)
        self.network.advance(8)
        self.assertEqual(self.logged("start error: proxy [web] already exists"), 1)
        self.assertEqual(self.there(client), ["a"])
        self.served(A)

    def test_never(self) -> None:
        """With a negative interval it stays where it is."""
        self.server(B)
        client = self.start(failbackInterval=-1)
        self.server(A)
        self.network.advance(3600)
        self.assertEqual(self.there(client), ["b"])

    def test_stop(self) -> None:
        """A client that stops while it goes back lets all users finish, and leaves nothing behind."""
        for port in (A, B):
            self.server(port)
        self.network.refuse(A)
        client = self.start(gracePeriod=20, failbackInterval=1)
        old = self.served(B)
        self.network.allow(A)
        self.network.advance(2)
        new = self.served(A)
        stopped = client.stopService()
        self.network.advance(5)
        self.assertFalse(old.closed or new.closed or stopped.called)
        old.close()
        new.close()
        self.network.advance(1)
        self.assertTrue(stopped.called)

    def test_again(self) -> None:
        """A client that was stopped begins anew with the first one."""
        self.server(B)
        client = self.start()
        client.stopService()
        self.network.advance(1)
        self.server(A)
        client.startService()
        self.network.settle()
        self.assertEqual(self.there(client), ["a"])

    def test_update(self) -> None:
        """A new set of proxies is brought up where the session is, and by the next one."""
        for port in (A, B):
            self.server(port)
        client = self.start()
        client.update(self.network.proxies({"name": "new", "type": "tcp", "localPort": self.echo.port}))
        self.network.settle()
        self.served(A)
        self.lose(A)
        assert client.session is not None
        self.assertEqual(list(client.session.proxies), ["new"])


class HandoverTests(ServersTestCase):
    """The better server, played by hand, while another one serves."""

    def setUp(self) -> None:
        super().setUp()
        self.server(B)
        self.network.refuse(A)
        quiet = {"tcpMux": False, "heartbeatInterval": -1, "heartbeatTimeout": -1}
        better = {**BOTH[0], "transport": quiet}
        self.client = self.start(better, BOTH[1], failbackInterval=1, gracePeriod=60)
        self.played = Played()
        self.network.reactor.listenTCP(A, self.played)
        self.network.allow(A)
        self.network.advance(2)
        self.talk = self.played.logins()[-1]

    def enter(self) -> None:
        """It lets us in."""
        self.talk.say(LoginResp(run_id="r"))
        self.network.settle()

    def test_answered(self) -> None:
        """Users come by the old server until the new one has answered for the proxy, and then by that alone."""
        self.enter()
        self.assertEqual([new.proxy_name for new in self.talk.of(NewProxy)], ["web"])
        self.network.advance(5)
        self.served(B).close()
        self.talk.say(NewProxyResp(proxy_name="web", remote_addr=":1"))
        self.network.settle()
        self.assertEqual(self.there(self.client), ["a"])
        self.assertIsNotNone(self.network.user(B - 1000).refused)
        self.assertEqual(self.logged("a better server has taken over"), 1)

    def test_refused(self) -> None:
        """A no is an answer, too."""
        self.enter()
        self.talk.say(NewProxyResp(proxy_name="web", error="no"))
        self.network.settle()
        self.assertEqual([remote.name for remote, _ in self.client.present], ["a"])

    def test_slow(self) -> None:
        """Nobody waits for it for more than ten seconds."""
        self.enter()
        self.network.advance(9)
        self.served(B).close()
        self.network.advance(2)
        self.assertEqual([remote.name for remote, _ in self.client.present], ["a"])

    def test_lost(self) -> None:
        """A better server that is lost before it has answered changes nothing, and is tried again later."""
        self.enter()
        self.talk.transport.abortConnection()
        self.network.settle()
        self.assertEqual(self.there(self.client), ["b"])
        self.served(B).close()
        self.network.advance(2)
        self.assertEqual(len(self.played.logins()), 2)

    def test_lostOther(self) -> None:
        """When the old server is lost meanwhile, it is not tried again."""
        self.enter()
        self.lose(B, refuse=False)
        self.network.advance(60)
        self.assertEqual([remote.name for remote, _ in self.client.present], ["a"])
        self.assertEqual(self.network.links(B), [])

    def test_lostFirst(self) -> None:
        """When the old server is lost while the new one is still being asked, that goes on."""
        self.lose(B)
        self.enter()
        self.assertEqual([remote.name for remote, _ in self.client.present], ["a"])
        self.assertEqual(len(self.played.logins()), 1)

    def test_anew(self) -> None:
        """A session that is left may go on: whoever comes back later does not ask for its place."""
        user = self.served(B)
        self.enter()
        self.talk.say(NewProxyResp(proxy_name="web", remote_addr=":1"))
        self.network.settle()
        self.lose(A)
        self.assertEqual(self.there(self.client), ["b"])
        self.says(user, b"still here")
        self.assertEqual(len(self.network.links(B)), 2)
        self.assertEqual(self.talk.of(Login)[0].run_id, "")
        self.assertEqual(self.talk.of(CloseProxy), [])


class OutageTests(ServersTestCase):
    """Whatever happens to the servers."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from((A, B, C)), st.booleans(), st.sampled_from((0, 0.1, 2, 9, 40)))))
    def test_any(self, outages: list[tuple[int, bool, float]]) -> None:
        """In the end the best one that is there is used, alone."""
        self.network = Network()
        self.echo = self.network.echo()
        for port in (A, B, C):
            self.server(port)
        client = self.start(*ALL_THREE, loginFailExit=False, failbackInterval=10)
        away = set()
        for port, lost, seconds in outages:
            if lost:
                self.lose(port)
                away.add(port)
            else:
                self.network.allow(port)
                away.discard(port)
            self.network.advance(seconds)
        self.network.advance(60)
        best = [name for name, port in zip("abc", (A, B, C), strict=True) if port not in away][:1]
        self.assertEqual(self.there(client), best)
        links = [port for port in (A, B, C) if self.network.links(port)]
        self.assertEqual(len(links), len(best))
        self.assertEqual(self.network.stop(), [])
