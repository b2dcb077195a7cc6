"""Many hooks at one operation."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp import logs
from frp.errors import Refused, RemoteWireError
from frp.hooks.chain import CLOSING, Hooks
from frp.hooks.guard import DEADLINE
from frp.hooks.watching import AT_ONCE
from frp.interfaces import IServerHook
from frp.interfaces.operations import CLOSE_PROXY, LOGIN, NEW_PROXY, NEW_USER_CONN, PING, NewUserConn, Operation
from frp.logs import Log
from frp.test.hooks.recording import CALLER, Recording, called
from frp.wire.messages import CloseProxy, Login, NewProxy, Ping


def renaming(suffix: str) -> Any:
    """An answer that adds to the name of a proxy."""

    def answer(operation: Operation[NewProxy]) -> NewProxy:
        return attrs.evolve(operation.message, proxy_name=operation.message.proxy_name + suffix)

    return answer


class ChainTestCase(SynchronousTestCase):
    """Has a clock, and keeps the lines of the log."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines: list[str] = []
        observer = logs.Observer(lambda line, when: self.lines.append(line.decode()))
        self.log = Log("test", observer=observer)

    def hooks(self, *hooks: IServerHook) -> Hooks:
        """A chain."""
        return Hooks(hooks, self.clock, self.log)

    def ask(self, hooks: Hooks, name: str = NEW_PROXY, message: Any = None) -> Deferred[Any]:
        """Ask it about a proxy of the name a."""
        return Deferred.fromCoroutine(hooks.ask(name, message or NewProxy(proxy_name="a"), CALLER))

    def logged(self, text: str) -> int:
        """@return: in how many lines this text stands."""
        return sum(text in line for line in self.lines)


class OrderTests(ChainTestCase):
    """Who is asked, and when."""

    def test_eachSeesTheLast(self) -> None:
        """Hooks are asked in order, and each sees what the one before it made."""
        one, two = Recording(renaming("1")), Recording(renaming("2"))
        answered = self.successResultOf(self.ask(self.hooks(one, two)))
        self.assertEqual((two.asked[0].message.proxy_name, answered.proxy_name), ("a1", "a12"))

    def test_sameQuestion(self) -> None:
        """All of them are told who it is, and under one id, which the next operation does not have."""
        one, two = Recording(), Recording()
        hooks = self.hooks(one, two)
        self.ask(hooks)
        self.ask(hooks)
        self.assertEqual(one.asked[0].caller, CALLER)
        self.assertEqual([o.id for o in one.asked], [o.id for o in two.asked])
        self.assertNotEqual(one.asked[0].id, one.asked[1].id)
        self.assertRegex(one.asked[0].id, "^[0-9a-f]{16}$")

    def test_onlyWhatItWatches(self) -> None:
        """A hook is asked about nothing else, and the chain knows whether anybody watches."""
        login, proxy = Recording(operations=[LOGIN]), Recording(operations=[NEW_PROXY])
        hooks = self.hooks(login, proxy)
        self.ask(hooks)
        self.assertEqual((login.names(), proxy.names()), ([], [NEW_PROXY]))
        self.assertEqual([hooks.watches(n) for n in (LOGIN, NEW_PROXY, CLOSE_PROXY)], [True, True, False])

    def test_waits(self) -> None:
        """The second is not asked before the first has answered."""
        waiting: Deferred[Any] = Deferred()
        one, two = Recording(lambda _: waiting), Recording()
        asked = self.ask(self.hooks(one, two))
        self.assertEqual(two.asked, [])
        waiting.callback(NewProxy(proxy_name="late"))
        self.assertEqual(self.successResultOf(asked).proxy_name, "late")

    def test_coroutine(self) -> None:
        """A hook may answer with a coroutine."""

        async def later(operation: Operation[Any]) -> Any:
            return NewProxy(proxy_name="b")

        self.assertEqual(self.successResultOf(self.ask(self.hooks(Recording(later)))).proxy_name, "b")


class BarrierTests(ChainTestCase):
    """Hooks that do not say yes."""

    def refusal(self, hooks: Hooks, name: str = NEW_PROXY, message: Any = None) -> str:
        """@return: what the client is told."""
        return str(self.failureResultOf(self.ask(hooks, name, message), Refused).value.brief)

    def test_refused(self) -> None:
        """The reason reaches the client as it is, nobody else is asked, and the log has no error."""
        after = Recording()
        self.assertEqual(self.refusal(self.hooks(Recording(called(Refused("no, thanks"))), after)), "no, thanks")
        self.assertEqual((after.asked, self.lines), ([], []))

    def test_bug(self) -> None:
        """A bug in a hook refuses the operation, and its traceback is in the log."""
        hooks = self.hooks(Recording(called(ZeroDivisionError("oh"))))
        self.assertEqual(self.refusal(hooks), "send NewProxy request to plugin error")
        self.assertEqual(self.logged("send NewProxy request to plugin [watcher] error: ZeroDivisionError: oh"), 1)

    def test_why(self) -> None:
        """Which hook has failed, and how, is for the operator's eyes."""
        for error, why in ((ValueError("oh"), "ValueError: oh"), (RemoteWireError("odd", "odd: 1"), "odd: 1")):
            refused = self.failureResultOf(self.ask(self.hooks(Recording(called(error)))), Refused).value
            self.assertEqual(refused.brief, "send NewProxy request to plugin error")
            self.assertEqual(refused.detail, f"send NewProxy request to plugin error: hook [watcher]: {why}")

    def test_emptied(self) -> None:
        """One that takes away all that a client has said gets its way, as with the reference, and the log names it."""
        text = "hook [watcher] has answered {} with an empty message"
        hooks = self.hooks(Recording(lambda o: type(o.message)()))
        self.assertEqual(self.successResultOf(self.ask(hooks)).proxy_name, "")
        self.assertEqual(self.logged(text.format(NEW_PROXY)), 1)
        self.assertEqual(self.successResultOf(self.ask(hooks, LOGIN, Login(user="me"))), Login())
        self.assertEqual(self.logged(text.format(LOGIN)), 1)
        self.successResultOf(self.ask(self.hooks(Recording(renaming("1")))))
        self.successResultOf(self.ask(hooks, PING, Ping(timestamp=1)))
        self.assertEqual(self.logged("empty message"), 2)

    def test_knownTrouble(self) -> None:
        """Trouble that frp understands is one line, with the id that the plugin has seen."""
        hook = Recording(called(RemoteWireError("not JSON")))
        self.assertEqual(self.refusal(self.hooks(hook)), "send NewProxy request to plugin error")
        text = f"[reqid: {hook.asked[0].id}] send NewProxy request to plugin [watcher] error: not JSON"
        self.assertIn(text, self.lines[0])
        self.assertIn("[W]", self.lines[0])

    def test_userTrouble(self) -> None:
        """For users it is no warning, as in the reference: they come often."""
        hooks = self.hooks(Recording(called(RemoteWireError("not JSON"))))
        self.refusal(hooks, NEW_USER_CONN, NewUserConn())
        self.assertIn("[I]", self.lines[0])

    def test_wrongClass(self) -> None:
        """A hook that gives back something else, such as nothing, is told so."""
        hooks = self.hooks(Recording(lambda _: None))
        self.assertEqual(self.refusal(hooks), "send NewProxy request to plugin error")
        self.assertEqual(self.logged("a hook answered NewProxy with NoneType, not with NewProxy"), 1)

    def test_deadline(self) -> None:
        """One that does not answer is given up, and what it waited for is cancelled."""
        cancelled: list[object] = []
        asked = self.ask(self.hooks(Recording(lambda _: Deferred(cancelled.append))))
        self.clock.advance(DEADLINE - 0.1)
        self.assertNoResult(asked)
        self.clock.advance(0.2)
        self.assertEqual(self.failureResultOf(asked, Refused).value.brief, "send NewProxy request to plugin error")
        self.assertEqual((len(cancelled), self.logged("no answer within 10 s")), (1, 1))

    def test_atOnce(self) -> None:
        """Hooks are not drowned: only so many questions are open, the others wait, and none is lost."""
        first: list[Deferred[Any]] = [Deferred() for _ in range(AT_ONCE)]
        waiting = list(first)
        hook = Recording(lambda o: waiting.pop() if waiting else o.message)
        hooks = self.hooks(hook)
        asked = [self.ask(hooks) for _ in range(2000)]
        self.assertEqual(len(hook.asked), AT_ONCE)
        self.successResultOf(self.ask(hooks, LOGIN, Login()))
        first[0].callback(NewProxy())
        self.clock.pump([0] * 2000)
        self.assertEqual((len(hook.asked), sum(one.called for one in asked)), (2001, 2001 - AT_ONCE))
        for answer in first[1:]:
            answer.callback(NewProxy())
        self.assertTrue(all(one.called for one in asked))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_noTimerIsLeft(self) -> None:
        """An answer in time leaves no timer."""
        self.ask(self.hooks(Recording()))
        self.assertEqual(self.clock.getDelayedCalls(), [])


class TellTests(ChainTestCase):
    """What hooks are told after the fact."""

    def test_everybody(self) -> None:
        """Every one that watches is told, whatever the others say."""
        refusing, broken, last = Recording(called(Refused("no"))), Recording(called(ValueError("x"))), Recording()
        self.hooks(refusing, broken, last).tell(CLOSE_PROXY, CloseProxy(proxy_name="a"), CALLER)
        self.assertEqual([hook.names() for hook in (refusing, broken, last)], [[CLOSE_PROXY]] * 3)
        self.assertEqual(self.logged("send CloseProxy request to plugin [watcher] error: ValueError: x"), 1)

    def test_closing(self) -> None:
        """A server that stops lets them finish, and then tells them."""
        waiting: Deferred[Any] = Deferred()
        hook = Recording(lambda _: waiting)
        hooks = self.hooks(hook)
        hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
        closing = Deferred.fromCoroutine(hooks.close())
        self.assertFalse(hook.closed)
        waiting.callback(CloseProxy())
        self.successResultOf(closing)
        self.assertTrue(hook.closed)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_closingInTime(self) -> None:
        """But not for ever, whatever they do."""
        hook = Recording(lambda _: Deferred())
        hooks = self.hooks(hook)
        hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
        closing = Deferred.fromCoroutine(hooks.close())
        self.clock.advance(CLOSING + 0.1)
        self.successResultOf(closing)
        self.assertTrue(hook.closed)
        self.assertEqual(self.clock.getDelayedCalls(), [])
