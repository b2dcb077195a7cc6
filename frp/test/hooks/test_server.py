"""When a server asks its hooks, and what it makes of their answers."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred

from frp.errors import ConfigErrors, PluginError, Refused
from frp.hooks.base import ServerHook
from frp.hooks.guard import DEADLINE
from frp.interfaces import IServerHookKind
from frp.interfaces.operations import CLOSE_PROXY, LOGIN, NEW_PROXY, NEW_USER_CONN, NEW_WORK_CONN, PING
from frp.kinds import Contribution
from frp.test.hooks.recording import Answer, Recording, RecordingKind, called
from frp.test.hooks.waiting import HookTestCase, Later
from frp.testing.misbehaving import registryWith
from frp.testing.network import Network
from frp.wire.messages import CloseProxy, LoginResp, NewProxy, NewProxyResp, Ping, Pong, StartWorkConn


class LoginTests(HookTestCase):
    """Before a client is in."""

    def test_asked(self) -> None:
        """The hook sees what the client says, and where it comes from, before its proof is looked at."""
        hook = self.hooked(LOGIN, auth={"token": "secret"})
        self.assertIn("token in login doesn't match", self.refusal(user="alice", metas={"a": "1"}, run_id="r"))
        [asked] = hook.asked
        self.assertEqual((asked.message.user, asked.caller.metas, asked.caller.runId), ("alice", {"a": "1"}, "r"))
        self.assertRegex(asked.caller.address, r"^127\.0\.0\.1:\d+$")

    def test_refused(self) -> None:
        """Whom it refuses is told why."""
        self.hooked(LOGIN, called(Refused("not today")))
        self.assertEqual(self.refusal(), "not today")
        self.assertEqual(self.logged("register control error: not today"), 1)

    def test_refusedNoDetails(self) -> None:
        """Unless clients shall not know."""
        self.hooked(LOGIN, called(Refused("not today")), detailedErrorsToClient=False)
        self.assertEqual(self.refusal(), "register control error")

    def test_rewritten(self) -> None:
        """The login goes on as the hook leaves it, its run id and user too."""
        self.hooked(LOGIN, lambda o: attrs.evolve(o.message, user="guest", run_id="given"))
        talk = self.login(user="alice")
        self.assertEqual(talk.last(LoginResp).run_id, "given")
        [control] = self.network.servers[0].clients.online()
        self.assertEqual((control.login.user, control.caller.user), ("guest", "guest"))

    def test_hangs(self) -> None:
        """One that does not answer keeps one client out, for a while; the others come and go."""
        waiting = [Deferred[Any]()]
        self.hooked(LOGIN, lambda o: waiting.pop() if waiting else o.message)
        first, second = self.login(), self.login()
        self.assertEqual((first.heard, second.last(LoginResp).error), ([], ""))
        self.network.advance(DEADLINE + 0.1)
        self.assertEqual(first.last(LoginResp).error, "send Login request to plugin error")
        self.assertIsNotNone(first.lost)

    def test_leaves(self) -> None:
        """A client whose connection is lost while the hook thinks is not let in; that is no failure of the hook's."""
        later = Later()
        self.hooked(LOGIN, later)
        self.login()
        self.network.links(self.network.bindPort)[0].cut()
        self.network.settle()
        self.assertEqual(later.cancelled, 1)
        [server] = self.network.servers
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(self.logged("register control error: the connection ended while it was waiting"), 1)
        [(_, counters)] = server.hooks.counters()
        self.assertEqual((counters.calls, counters.failures, counters.refusals), (1, 0, 0))

    def test_leavesMuxed(self) -> None:
        """Nor one whose whole session is."""
        later = Later()
        server = self.network.server()
        self.hook(server, Recording(later, [LOGIN]))
        client = self.network.client()
        self.network.carrier(client).cut()
        self.network.settle()
        self.assertEqual(later.cancelled, 1)
        self.assertEqual(len(server.clients), 0)


class ProxyTests(HookTestCase):
    """Before a proxy is opened, and after it was closed."""

    def test_rewritten(self) -> None:
        """The proxy is opened as the hook leaves it, and answered under the name that it has then."""
        self.hooked(NEW_PROXY, lambda o: attrs.evolve(o.message, proxy_name="other", remote_port=6001))
        answer = self.register(self.login(), "web", 6000)
        self.assertEqual((answer.proxy_name, answer.remote_addr, answer.error), ("other", ":6001", ""))

    def test_refused(self) -> None:
        """Or not at all; the client may try the next."""
        self.hooked(NEW_PROXY, lambda o: o.message if o.message.proxy_name == "b" else called(Refused("no"))(o))
        talk = self.login()
        refused = self.register(talk, "a")
        self.assertEqual((refused.proxy_name, refused.error), ("a", "no"))
        self.assertEqual(self.register(talk, "b").error, "")

    def test_replaced(self) -> None:
        """A client that comes again while the hook thinks is in at once, and its old connection gets no proxy."""
        later = Later()
        self.hooked(NEW_PROXY, later)
        old = self.login(run_id="r")
        old.say(NewProxy(proxy_name="web", proxy_type="tcp", remote_port=6000))
        self.network.settle()
        self.assertEqual(self.login(run_id="r").last(LoginResp).error, "")
        self.assertEqual(later.cancelled, 1)
        self.assertEqual(self.network.servers[0].shared.names.held(), 0)
        self.assertIsNotNone(self.network.user(6000).refused)
        self.assertEqual(self.logged("new proxy [web] type [tcp] error: hook [watcher] is not waited for"), 1)
        self.assertEqual(self.logged("close proxy [web]"), 0)

    def test_refusedInPlace(self) -> None:
        """A hook that changes the message and then refuses does not change what the answer is about."""

        def change(operation: Any) -> Any:
            operation.message.proxy_name = "changed"
            raise Refused("no")

        self.hooked(NEW_PROXY, change)
        self.assertEqual(self.register(self.login(), "a").proxy_name, "a")

    def test_beforeAll(self) -> None:
        """The hook is asked before anything is checked, and may mend what would be refused."""
        self.hooked(NEW_PROXY, lambda o: attrs.evolve(o.message, proxy_type="tcp"))
        self.assertEqual(self.register(self.login(), type="nonsense").error, "")

    def test_closed(self) -> None:
        """It hears of a proxy that the client closes."""
        hook = self.hooked(CLOSE_PROXY)
        talk = self.login(user="alice", metas={"a": "1"})
        self.register(talk)
        talk.say(CloseProxy(proxy_name="web"))
        self.network.settle()
        [asked] = hook.asked
        self.assertEqual(asked.message, CloseProxy(proxy_name="web"))
        self.assertEqual((asked.caller.user, asked.caller.metas), ("alice", {"a": "1"}))
        self.assertEqual(asked.caller.runId, talk.last(LoginResp).run_id)

    def test_allClosed(self) -> None:
        """And of all those of a client that goes, whose names and ports do not wait for the answer."""
        waiting = [Deferred[Any](), Deferred[Any]()]
        hook = self.hooked(CLOSE_PROXY, lambda o: waiting.pop() if waiting else o.message)
        talk = self.login()
        self.register(talk, "a", 6001)
        self.register(talk, "b", 6002)
        talk.close()
        self.network.settle()
        self.assertEqual(sorted(o.message.proxy_name for o in hook.asked), ["a", "b"])
        self.assertEqual(self.register(self.login(), "a", 6001).error, "")
        self.network.advance(DEADLINE + 1)

    def test_unknown(self) -> None:
        """A proxy that was never there is not closed."""
        hook = self.hooked(CLOSE_PROXY)
        self.login().say(CloseProxy(proxy_name="nothing"))
        self.network.settle()
        self.assertEqual(hook.asked, [])


class PingTests(HookTestCase):
    """At every heartbeat."""

    def pong(self, answer: Answer | None = None, **settings: Any) -> str:
        """@return: the answer to a Ping."""
        self.hooked(PING, answer, **settings)
        talk = self.login()
        talk.say(Ping())
        self.network.settle()
        return talk.last(Pong).error

    def test_accepted(self) -> None:
        """A heartbeat that the hook lets pass is answered as ever."""
        self.assertEqual(self.pong(), "")

    def test_refused(self) -> None:
        """One that it refuses is answered by why."""
        self.assertEqual(self.pong(called(Refused("go away"))), "go away")
        self.assertEqual(self.logged("received invalid ping: go away"), 1)

    def test_failed(self) -> None:
        """One that it fails on is too, in general words."""
        self.assertEqual(self.pong(called(ValueError("bug"))), "send Ping request to plugin error")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)


class WorkConnTests(HookTestCase):
    """When a client brings a work connection."""

    def test_accepted(self) -> None:
        """It waits for users, as ever."""
        hook = self.hooked(NEW_WORK_CONN)
        talk = self.login(user="alice")
        self.register(talk)
        work = self.bring(talk)
        self.network.user(6000)
        self.assertEqual(work.last(StartWorkConn).proxy_name, "web")
        self.assertEqual(
            (hook.asked[0].caller.user, hook.asked[0].message.run_id), ("alice", hook.asked[0].caller.runId)
        )

    def test_refused(self) -> None:
        """It is told why not, and closed."""
        self.hooked(NEW_WORK_CONN, called(Refused("enough")))
        work = self.bring(self.login())
        self.assertEqual(work.last(StartWorkConn).error, "enough")
        self.assertIsNotNone(work.lost)

    def test_leaves(self) -> None:
        """One that is lost while the hook thinks serves nobody; the user gets the next."""
        later = Later()
        self.hooked(NEW_WORK_CONN, later)
        talk = self.login(pool_count=2)
        self.register(talk)
        self.bring(talk)
        self.network.links(self.network.bindPort)[-1].cut()
        user = self.network.user(6000)
        self.assertEqual(later.cancelled, 1)
        alive = self.bring(talk)
        later.answer()
        self.network.settle()
        alive.sayBytes(b"here")
        self.network.settle()
        self.assertEqual(user.received, b"here")


class UserConnTests(HookTestCase):
    """When somebody uses a proxy."""

    def test_accepted(self) -> None:
        """The hook sees who it is and what for; then the user is served."""
        hook = self.hooked(NEW_USER_CONN)
        talk = self.login()
        self.register(talk)
        work = self.bring(talk)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(work.payload, b"hello")
        asked = hook.asked[0].message
        self.assertEqual((asked.proxy_name, asked.proxy_type), ("web", "tcp"))
        self.assertEqual(asked.remote_addr, f"127.0.0.1:{user.transport.getHost().port}")

    def test_refused(self) -> None:
        """A user who is refused is closed, and costs no work connection."""
        self.hooked(NEW_USER_CONN, called(Refused("not you")))
        talk = self.login()
        self.register(talk)
        work = self.bring(talk)
        user = self.network.user(6000)
        self.assertTrue(user.closed)
        self.assertEqual(work.heard, [])
        self.assertEqual(self.logged("was rejected, err:not you"), 1)

    def test_waits(self) -> None:
        """While the hook thinks, what the user sends waits; other users are asked about at the same time."""
        answers: list[Deferred[Any]] = []

        def later(operation: Any) -> Deferred[Any]:
            answers.append(Deferred())
            return answers[-1].addCallback(lambda _: operation.message)

        self.hooked(NEW_USER_CONN, later)
        talk = self.login()
        self.register(talk)
        work = self.bring(talk)
        first, second = self.network.user(6000), self.network.user(6000)
        first.send(b"hello")
        self.network.settle()
        self.assertEqual((len(answers), work.heard), (2, []))
        answers[0].callback(None)
        self.network.settle()
        self.assertEqual(work.payload, b"hello")
        answers[1].errback(Refused("no"))
        self.network.settle()
        self.assertEqual((first.closed, second.closed), (False, True))

    def test_leaves(self) -> None:
        """A user who leaves meanwhile takes nothing down."""
        answers: list[Deferred[Any]] = []

        def later(operation: Any) -> Deferred[Any]:
            answers.append(Deferred())
            return answers[-1].addCallback(lambda _: operation.message)

        self.hooked(NEW_USER_CONN, later)
        talk = self.login()
        self.register(talk)
        work = self.bring(talk)
        self.network.user(6000).abort()
        self.network.settle()
        answers[0].callback(None)
        self.network.settle()
        self.assertIsNone(talk.lost)
        self.assertTrue(work.lost is not None or work.heard == [])


class ConfiguredTests(HookTestCase):
    """Hooks of a configuration."""

    def setUp(self) -> None:
        super().setUp()
        self.kind = RecordingKind()
        self.network = Network(registryWith(Contribution(IServerHookKind, "recording", "for tests", self.kind)))

    def test_made(self) -> None:
        """They come from the kinds that plugins bring, in their order, and end with the server."""
        server = self.server(hooks=[{"type": "recording", "name": "one"}, {"type": "recording", "name": "two"}])
        self.assertEqual([hook.name for hook in self.kind.made], ["one", "two"])
        self.assertEqual(self.logged("plugin [one] has been registered"), 1)
        self.register(self.login())
        self.assertEqual(self.kind.made[1].names(), [LOGIN, NEW_PROXY])
        server.stopService()
        self.network.advance(1)
        self.assertEqual([hook.closed for hook in self.kind.made], [True, True])
        self.assertEqual(self.kind.made[0].names(), [LOGIN, NEW_PROXY, CLOSE_PROXY])

    def test_names(self) -> None:
        """Two of one name are refused, for nobody could tell their metrics apart; without a name it is the type."""
        tables = [{"type": "recording"}, {"type": "recording", "name": "recording"}]
        error = self.assertRaises(ConfigErrors, self.server, hooks=tables)
        (found,) = error.problems
        self.assertEqual((found.path, found.problem), ("hooks[1].name", "hook name [recording] is duplicated"))
        self.kind.make = ServerHook
        server = self.server(hooks=tables[:1])
        self.assertEqual([name for name, _ in server.hooks.counters()], ["recording"])
        self.assertEqual(self.logged("plugin [recording] has been registered"), 1)

    def test_notMade(self) -> None:
        """One that cannot be made keeps the server from starting, and is told with its file and line."""

        def make() -> ServerHook:
            raise KeyError("nowhere")

        self.kind.make = make
        error = self.assertRaises(PluginError, self.server, hooks=[{"type": "recording"}])
        self.assertRegex(
            error.detail, r"test_server\.py:\d+: IServerHookKind 'recording': hook failed: KeyError: 'nowhere'\n"
        )
        self.assertIsInstance(error.bug, KeyError)

    def test_none(self) -> None:
        """Without any, nothing is watched."""
        server = self.server()
        self.assertEqual([server.hooks.watches(name) for name in (LOGIN, NEW_USER_CONN)], [False, False])
        self.assertEqual(self.register(self.login()), NewProxyResp(proxy_name="web", remote_addr=":6000"))

    def test_httpPlugins(self) -> None:
        """A plugin that cannot be reached keeps clients out, and says so."""
        self.server(httpPlugins=[{"name": "users", "addr": "127.0.0.1:1", "path": "/h", "ops": ["Login"]}])
        self.assertEqual(self.logged("plugin [users] has been registered"), 1)
        talk = self.login()
        self.network.advance(DEADLINE + 1)
        self.assertEqual(talk.last(LoginResp).error, "send Login request to plugin error")
        self.assertEqual(self.logged("send Login request to plugin [users] error: "), 1)
