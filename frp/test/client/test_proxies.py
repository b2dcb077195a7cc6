"""The proxies of a client: their phases, their health, their users."""

from __future__ import annotations

from typing import Any

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.proxies.tcp import TCPConfig
from frp.session import turnstile
from frp.test.client.talking import TCP, ClientTestCase, Played
from frp.testing.misbehaving import MisbehavingProxy
from frp.testing.talk import Talk
from frp.wire.messages import CloseProxy, NewProxy, NewProxyResp, NewWorkConn, ReqWorkConn, StartWorkConn


class PhaseTests(ClientTestCase):
    """What C{frpc status} shows, and when it changes."""

    def session(self, *proxies: dict[str, Any]) -> tuple[FRPClient, Talk]:
        """A client that is in, and its control connection at the server."""
        server = self.played()
        client = self.start(*(proxies or (TCP,)))
        return client, self.accept(server)

    def test_running(self) -> None:
        """A proxy that the server has accepted runs, and knows its address."""
        client, talk = self.session()
        self.assertIs(self.proxy(client).phase, Phase.WAIT_START)
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.assertEqual((self.proxy(client).phase, self.proxy(client).remoteAddress), (Phase.RUNNING, ":6000"))
        self.assertEqual(self.logged("[r] [web] start proxy success"), 1)

    def test_unanswered(self) -> None:
        """A registration that is not answered is repeated every 20 seconds."""
        client, talk = self.session()
        self.network.advance(19.9)
        self.assertEqual(len(talk.of(NewProxy)), 1)
        self.assertEqual(self.proxy(client).error, "")
        self.network.advance(0.2)
        self.assertEqual(len(talk.of(NewProxy)), 2)
        self.network.advance(20)
        self.assertEqual(len(talk.of(NewProxy)), 3)

    def test_askedTwice(self) -> None:
        """Where both questions are answered after all, the second answer says nothing new: the proxy is there."""
        client, talk = self.session()
        self.network.advance(20.1)
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.say(talk, NewProxyResp(proxy_name="web", error="proxy [web] already exists"))
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.RUNNING, ""))
        self.assertEqual(self.logged("status not wait start, ignore start message"), 1)

    def test_renamed(self) -> None:
        """Where a hook of frps has given a proxy another name, frpc hears of that one, and says what it waits for."""
        client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="", remote_addr=":6000"))
        self.assertEqual(self.logged("an answer comes for proxy [], which is not here"), 1)
        self.network.advance(21)
        self.assertIn("no answer from the server within 20 s", self.proxy(client).error)
        self.assertIs(self.proxy(client).phase, Phase.WAIT_START)
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.RUNNING, ""))

    def test_refused(self) -> None:
        """One that is refused is tried again after 30 seconds; until then the status says why."""
        client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="web", error="port already used"))
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.START_ERROR, "port already used"))
        self.assertEqual(self.logged("[web] start error: port already used"), 1)
        self.network.advance(29.9)
        self.assertEqual(len(talk.of(NewProxy)), 1)
        self.network.advance(0.2)
        self.assertEqual(len(talk.of(NewProxy)), 2)
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.RUNNING, ""))

    def test_nameTaken(self) -> None:
        """The log says what to do about a name that somebody has; the status is frps' own word."""
        client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="web", error="proxy [web] already exists"))
        self.assertEqual(self.proxy(client).error, "proxy [web] already exists")
        self.assertEqual(self.logged("already exists; another session has it: give this proxy a name of its own"), 1)

    def test_runningIsQuiet(self) -> None:
        """One that runs is not registered again."""
        _client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="web"))
        self.network.advance(300)
        self.assertEqual(len(talk.of(NewProxy)), 1)

    def test_unaskedAnswers(self) -> None:
        """An answer that nobody waits for changes nothing."""
        client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="web"), NewProxyResp(proxy_name="web"))
        self.say(talk, NewProxyResp(proxy_name="nothing", error="x"))
        self.assertIs(self.proxy(client).phase, Phase.RUNNING)
        self.assertEqual(self.logged("status not wait start, ignore start message"), 1)

    def test_takenBack(self) -> None:
        """A proxy that runs, and that frps does not want any more, shows why, and is asked for again later."""
        client, talk = self.session()
        self.say(talk, NewProxyResp(proxy_name="web"))
        self.say(talk, NewProxyResp(proxy_name="web", error="not now"))
        proxy = self.proxy(client)
        self.assertEqual((proxy.phase, proxy.error), (Phase.START_ERROR, "not now"))
        self.network.advance(31)
        self.assertIs(proxy.phase, Phase.WAIT_START)

    def test_closed(self) -> None:
        """All are closed with their session, and new ones are registered in the next."""
        client, talk = self.session()
        proxy = self.proxy(client)
        talk.close()
        self.network.settle()
        self.assertIs(proxy.phase, Phase.CLOSED)


class BrokenTests(ClientTestCase):
    """A kind of proxy that does not keep its promises."""

    BAD = {**TCP, "name": "bad", "remotePort": 6001}

    def setUp(self) -> None:
        self.kind = MisbehavingProxy()
        self.registry = self.kind.registry
        super().setUp()

    def breakKind(self) -> None:
        """From now on no client's half is made for the proxy C{bad}."""

        def make(config: TCPConfig) -> None:
            if config.name == "bad":
                raise RuntimeError("no half")

        self.kind.clientMake = make

    def test_announces(self) -> None:
        """So does one whose kind raises when it is to say what frps is told: status and log name the kind."""

        def announce(config: TCPConfig) -> None:
            raise RuntimeError("no words")

        self.patch(MisbehavingProxy, "announce", staticmethod(announce))
        server = self.played()
        client = self.start(self.BAD)
        self.accept(server)
        self.assertEqual(self.proxy(client, "bad").error, "IProxyKind 'tcp': announce failed")
        self.assertEqual(self.logged("start error: "), 1)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_login(self) -> None:
        """One proxy that cannot be made shows an error; the others run, in the one session that there is."""
        self.breakKind()
        server = self.played()
        client = self.start(self.BAD, TCP)
        talk = self.accept(server)
        self.network.advance(60)
        self.assertEqual(len(server.logins()), 1)
        self.assertEqual({one.proxy_name for one in talk.of(NewProxy)}, {"web"})
        bad = self.proxy(client, "bad")
        self.assertEqual((bad.phase, bad.error), (Phase.START_ERROR, "IProxyKind 'tcp': clientProxy failed"))
        self.assertEqual(self.logged("[bad] the proxy could not be opened"), 1)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        client.update([])
        self.network.settle()
        self.assertEqual([one.proxy_name for one in talk.of(CloseProxy)], ["web"])

    def test_reload(self) -> None:
        """A reload that brings one is carried out for all others."""
        server = self.played()
        client = self.start(TCP)
        talk = self.accept(server)
        self.breakKind()
        client.update(self.network.proxies(self.BAD, {**TCP, "name": "other", "remotePort": 6002}))
        self.network.settle()
        self.assertEqual([one.proxy_name for one in talk.of(NewProxy)], ["web", "other"])
        self.flushLoggedErrors(RuntimeError)

    def test_close(self) -> None:
        """One that cannot be closed does not keep the client from noticing that its session is over."""
        server = self.played()

        def close() -> None:
            raise RuntimeError("no end")

        self.kind.clientClose = close
        client = self.start(TCP)
        self.accept(server).close()
        self.network.settle()
        self.assertIsNone(client.session)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_start(self) -> None:
        """A session that cannot be started is closed before there is another."""
        server = self.played()

        reactor = self.network.reactor
        later = reactor.callLater

        def callLater(delay: float, *what: Any, **keys: Any) -> Any:
            if delay == 1:
                raise RuntimeError("no start")
            return later(delay, *what, **keys)

        # The session's watch over heartbeats cannot begin.
        self.patch(reactor, "callLater", callLater)
        self.start(TCP, loginFailExit=False, transport={"heartbeatInterval": 30, "heartbeatTimeout": 77})
        talk = self.accept(server)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)


class HealthTests(ClientTestCase):
    """C{healthCheck}: only a service that answers gets users."""

    def test_tcp(self) -> None:
        """The proxy comes with its service, goes with it, and comes back."""
        check = {"type": "tcp", "intervalSeconds": 5, "timeoutSeconds": 1}
        self.network.server()
        client = self.network.client(proxies=[{**TCP, "healthCheck": check}])
        self.assertIsNotNone(self.network.user(6000).refused)
        away = "dial tcp 127.0.0.1:8000: connect: connection refused"
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.NEW, away))
        listening = self.network.reactor.listenTCP(8000, self.network.service())
        self.network.advance(6)
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.RUNNING, ""))
        self.assertEqual(self.logged("[web] health check success"), 1)
        listening.stopListening()
        self.network.advance(6)
        self.assertEqual((self.proxy(client).phase, self.proxy(client).error), (Phase.CHECK_FAILED, away))
        self.assertIsNotNone(self.network.user(6000).refused)
        self.assertEqual(self.logged("[web] health check failed"), 1)
        self.network.echo(8000)
        self.network.advance(6)
        self.assertIsNone(self.network.user(6000).refused)


class ReloadTests(ClientTestCase):
    """C{frpc reload}."""

    def test_unchanged(self) -> None:
        """What has not changed runs on, and keeps its users; what is gone goes, what is new comes."""
        self.network.server()
        echo = self.network.echo(8000)
        other = {**TCP, "name": "other", "remotePort": 6001}
        client = self.network.client(proxies=[TCP, other])
        user, kept = self.network.user(6000), self.proxy(client)
        user.send(b"a")
        client.update(self.network.proxies(TCP, {**TCP, "name": "new", "remotePort": 6002}))
        self.network.settle()
        user.send(b"b")
        self.network.settle()
        self.assertEqual(user.received, b"ab")
        self.assertIs(self.proxy(client), kept)
        self.assertEqual([self.network.user(port).refused is None for port in (6000, 6001, 6002)], [True, False, True])
        self.assertEqual(self.logged("proxy added: [other web]"), 1)
        self.assertEqual(self.logged("proxy removed: [other]"), 1)
        self.assertEqual(self.logged("proxy added: [new]"), 1)
        self.assertEqual(len(echo.users), 3)

    def test_many(self) -> None:
        """Many come a few in a turn. One that is taken away before its turn never does, nor one after the end."""
        self.patch(turnstile, "SHARE", -1.0)
        self.network.server()
        client = self.network.client()
        many = [{**TCP, "name": f"p{number}", "remotePort": 6000 + number} for number in range(20)]
        client.update(self.network.proxies(*many))
        assert client.session is not None
        self.assertEqual(list(client.session.proxies), ["p0"])
        client.update(self.network.proxies(*many[:10], *many[11:]))
        self.network.settle()
        self.assertEqual([n for n in range(20) if self.network.user(6000 + n).refused is not None], [10])
        client.update(self.network.proxies(*many[:1]))
        client.update(self.network.proxies(*many))
        client.stopService()

    def test_changed(self) -> None:
        """What has changed is registered anew; its users are not cut off."""
        self.network.server()
        self.network.echo(8000)
        client = self.network.client(proxies=[TCP])
        user = self.network.user(6000)
        client.update(self.network.proxies({**TCP, "remotePort": 6001}))
        self.network.settle()
        user.send(b"a")
        self.network.settle()
        self.assertEqual(user.received, b"a")
        self.assertEqual([self.network.user(port).refused is None for port in (6000, 6001)], [False, True])

    def test_samePort(self) -> None:
        """A proxy may change and keep its port."""
        self.network.server()
        client = self.network.client(proxies=[TCP])
        client.update(self.network.proxies({**TCP, "localPort": 8001}))
        self.network.settle()
        self.assertIs(self.proxy(client).phase, Phase.RUNNING)

    def test_whileAway(self) -> None:
        """What is reloaded without a server is what comes up with it."""
        server = self.network.server()
        client = self.network.client(proxies=[TCP])
        server.stopService()
        self.network.settle()
        client.update(self.network.proxies({**TCP, "remotePort": 6005}))
        self.network.server()
        self.network.advance(3)
        self.assertIsNone(self.network.user(6005).refused)


class WorkTests(ClientTestCase):
    """Work connections at the client."""

    def work(self, **settings: Any) -> tuple[Played, Talk, Talk]:
        """A client that is in, and its first work connection."""
        server = self.played()
        self.start(TCP, **settings)
        talk = self.accept(server)
        self.say(talk, NewProxyResp(proxy_name=talk.last(NewProxy).proxy_name), ReqWorkConn())
        return server, talk, server.works()[0]

    def test_brought(self) -> None:
        """Each one that is asked for is brought, says whose it is, and waits as long as it takes."""
        server, talk, work = self.work()
        self.assertEqual(work.last(NewWorkConn).run_id, "r")
        for _ in range(50):
            talk.say(ReqWorkConn())
        self.network.settle()
        self.assertEqual(len(server.works()), 51)
        self.network.advance(3600)
        self.assertIsNone(work.lost)

    def test_served(self) -> None:
        """A user reaches the service, and what it sent ahead is not lost."""
        service = self.network.service(port=8000)
        _server, _talk, work = self.work()
        work.say(StartWorkConn(proxy_name="web"))
        work.sayBytes(b"early")
        self.network.settle()
        self.assertEqual(service.users[0].received, b"early")

    def test_prefix(self) -> None:
        """The proxy is found under the name that the server knows."""
        service = self.network.echo(8000)
        _server, _talk, work = self.work(user="alice")
        self.startWork(work, "alice.web")
        self.assertEqual(len(service.users), 1)

    def test_unknownProxy(self) -> None:
        """A user for a proxy that is not here is closed."""
        _server, _talk, work = self.work()
        self.startWork(work, "nothing")
        self.assertIsNotNone(work.lost)

    def test_error(self) -> None:
        """A work connection that the server refuses is closed, and the log says why."""
        _server, _talk, work = self.work()
        self.say(work, StartWorkConn(error="invalid NewWorkConn"))
        self.assertIsNotNone(work.lost)
        self.assertEqual(self.logged("[E] "), 1)
        self.assertEqual(self.logged("StartWorkConn contains error: invalid NewWorkConn"), 1)

    def test_poolFull(self) -> None:
        """One of which the server has enough is closed, and is no error: many users have come at once."""
        _server, _talk, work = self.work()
        self.say(work, StartWorkConn(error="work connection pool is full, discarding"))
        self.assertIsNotNone(work.lost)
        self.assertEqual(self.logged("StartWorkConn contains error: work connection pool is full, discarding"), 1)
        self.assertEqual(self.logged("[E] "), 0)

    def test_localDown(self) -> None:
        """Where no service listens the user is closed at once, and the log says so in the reference's words."""
        _server, _talk, work = self.work()
        self.startWork(work)
        self.assertIsNotNone(work.lost)
        words = "dial tcp 127.0.0.1:8000: connect: connection refused"
        self.assertEqual(self.logged(f"connect to local service [127.0.0.1:8000] error: {words}"), 1)
