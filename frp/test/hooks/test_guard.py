"""What keeps the faults of a hook to itself: its deadline, its breaker, its counters."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred, fail, succeed

from frp.config.serverfile import serverFromValues
from frp.errors import PluginError, Refused, Unavailable
from frp.hooks import watching
from frp.hooks.base import ServerHook
from frp.hooks.chain import CLOSING, Hooks
from frp.hooks.guard import DEADLINE, Counters, Terms
from frp.hooks.watching import AT_ONCE
from frp.interfaces.operations import CLOSE_PROXY, LOGIN, NEW_PROXY, Operation
from frp.kinds import Registry
from frp.test.hooks.recording import CALLER, Recording, called
from frp.test.hooks.test_chain import ChainTestCase
from frp.wire.messages import CloseProxy, NewProxy


class Moody(Recording):
    """Answers as it is set to."""

    def __init__(self) -> None:
        super().__init__(self._say, [NEW_PROXY, CLOSE_PROXY])
        self.error: Exception | None = None

    def _say(self, operation: Operation[Any]) -> Any:
        if self.error is not None:
            raise self.error
        return operation.message


def _say(made: Any, operation: Operation[Any]) -> Any:
    return made


class GuardTestCase(ChainTestCase):
    """A chain of one hook."""

    def chain(self, hook: ServerHook, **terms: Any) -> Hooks:
        """@param terms: those of the hook."""
        hooks = self.hooks()
        hooks.add(hook, Terms(**terms))
        return hooks

    def counters(self, hooks: Hooks) -> Counters:
        """@return: those of the only hook."""
        [(name, counters)] = hooks.counters()
        self.assertEqual(name, "watcher")
        return counters


class TermsTests(GuardTestCase):
    """What a configuration says of a hook."""

    def test_configured(self) -> None:
        """The keys of an entry of hooks count; httpPlugins are as the reference has them."""
        hook = {"type": "http", "name": "a", "timeout": 3, "onError": "pass", "maxFailures": 4, "retryAfter": 5}
        values: Any = {"hooks": [hook, {"type": "http"}], "httpPlugins": [{"name": "b"}]}
        config = serverFromValues(values, registry=Registry()).config
        self.assertEqual(Terms.of(config.hooks[0]), Terms(3, True, 4, 5))
        self.assertEqual(Terms.of(config.hooks[1]), Terms(10, False, 0, 30))
        self.assertEqual(Terms.of(config.httpPlugins[0]), Terms(DEADLINE, False))

    def test_deadline(self) -> None:
        """A hook is given up after its own time."""
        hooks = self.chain(Recording(lambda _: Deferred()), timeout=3)
        asked = self.ask(hooks)
        self.clock.advance(3.1)
        self.failureResultOf(asked, Refused)
        self.assertEqual((self.counters(hooks).timeouts, self.logged("no answer within 3 s")), (1, 1))

    def test_passes(self) -> None:
        """With onError = pass a failure, and an answer of the wrong class, let the operation go on as it was."""
        for answer in (called(ValueError("x")), called(Unavailable("away")), lambda _: None, lambda _: succeed(3)):
            hooks = self.hooks()
            hooks.add(Recording(answer), Terms(passes=True))
            hooks.add(Recording(lambda o: NewProxy(proxy_name=o.message.proxy_name + "b")))
            self.assertEqual(self.successResultOf(self.ask(hooks)).proxy_name, "ab")

    def test_stillRefuses(self) -> None:
        """What such a hook refuses is refused."""
        hooks = self.chain(Recording(called(Refused("no"))), passes=True)
        self.assertEqual(self.failureResultOf(self.ask(hooks), Refused).value.brief, "no")

    def test_unknownOperation(self) -> None:
        """A hook that watches what there is not keeps the server from starting, and says what there is."""
        error = self.assertRaises(PluginError, self.chain, Recording(operations=["Logout"]))
        self.assertIn("hook [watcher]: Recording watches 'Logout', which there is not", error.detail)
        self.assertIn("expected: one of Login, NewProxy, ", error.detail)
        self.assertIn("test/hooks/recording.py:", error.detail)

    def test_noMethod(self) -> None:
        """So does one that has no method for what it watches; other methods need not be there."""
        error = self.assertRaises(
            PluginError, self.hooks().add, type("Six", (), {"name": "x", "operations": [LOGIN]})()
        )
        self.assertIn("hook [x]: Six watches Login, but does not define login\n", error.detail)
        self.assertIn("expected: login(operation): A client wants to log in.", error.detail)
        self.assertIn("see: frpc docs extending/hook", error.detail)

    def test_misspelt(self) -> None:
        """So does one whose method has a slip in its name: it would let everybody pass."""

        class OwnerHook(ServerHook):
            name = "owner"
            operations = (NEW_PROXY,)

            def newproxy(self, operation: Operation[NewProxy]) -> NewProxy:
                raise AssertionError("never asked")

        error = self.assertRaises(PluginError, self.chain, OwnerHook())
        said = "OwnerHook watches NewProxy, but does not define newProxy (is newproxy meant for it?)"
        self.assertIn(f"hook [owner]: {said}", error.detail)
        self.assertRegex(error.detail, r"test_guard\.py:\d+: ")

    def test_notListed(self) -> None:
        """So does one whose operations are a text, which would be read letter by letter."""
        error = self.assertRaises(PluginError, self.chain, Recording(operations=cast(Any, "Login")))
        self.assertIn("Recording.operations is 'Login'", error.detail)
        self.assertIn("expected: a tuple of names of frp.interfaces.operations", error.detail)


class BreakerTests(GuardTestCase):
    """A hook that fails again and again."""

    def setUp(self) -> None:
        super().setUp()
        self.hook = Moody()

    def failing(self, hooks: Hooks, times: int) -> None:
        """Let it fail."""
        self.hook.error = Unavailable("the service is away")
        for _ in range(times):
            self.failureResultOf(self.ask(hooks), Refused)

    def test_off(self) -> None:
        """Unless it is configured, every operation is asked about."""
        self.failing(self.chain(self.hook), 50)
        self.assertEqual(len(self.hook.asked), 50)

    def test_rests(self) -> None:
        """After so many failures in a row it is not asked any more, which the log says once."""
        hooks = self.chain(self.hook, maxFailures=3, retryAfter=30)
        self.failing(hooks, 10)
        self.assertEqual((len(self.hook.asked), self.counters(hooks).skipped), (3, 7))
        self.assertEqual(self.logged("hook [watcher] has failed 3 times in a row"), 1)
        self.assertEqual(self.logged("what it watches is refused meanwhile"), 1)
        self.assertEqual(len(self.lines), 4)

    def test_inARow(self) -> None:
        """An answer in between, also a no, begins the count anew."""
        hooks = self.chain(self.hook, maxFailures=3)
        for error in (None, Refused("no")):
            self.failing(hooks, 2)
            self.hook.error = error
            self.ask(hooks).addErrback(lambda _: None)
        self.failing(hooks, 2)
        self.assertEqual(len(self.hook.asked), 8)

    def test_tellingToo(self) -> None:
        """What it is told counts as well, and is skipped as well."""
        hooks = self.chain(self.hook, maxFailures=2)
        self.hook.error = Unavailable("x")
        for _ in range(5):
            hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
        self.assertEqual(len(self.hook.asked), 2)

    def test_probe(self) -> None:
        """When its rest is over one operation tries; the others meanwhile do not wait for that."""
        hooks = self.chain(self.hook, maxFailures=2, retryAfter=30)
        self.failing(hooks, 2)
        self.clock.advance(30)
        waiting: Deferred[Any] = Deferred()
        self.hook.answer = lambda o: waiting if len(self.hook.asked) == 3 else o.message
        probe = self.ask(hooks)
        self.failureResultOf(self.ask(hooks), Refused)
        self.assertEqual(len(self.hook.asked), 3)
        waiting.callback(NewProxy(proxy_name="a"))
        self.successResultOf(probe)
        self.assertEqual(self.logged("hook [watcher] works again"), 1)
        self.successResultOf(self.ask(hooks))
        self.assertEqual(len(self.hook.asked), 4)

    def test_probeFails(self) -> None:
        """Where that fails, it rests again, without another line about it."""
        hooks = self.chain(self.hook, maxFailures=2, retryAfter=30)
        self.failing(hooks, 2)
        for count in (3, 4):
            self.clock.advance(30)
            self.failing(hooks, 5)
            self.assertEqual(len(self.hook.asked), count)
        self.assertEqual(self.logged("in a row"), 1)

    def test_passes(self) -> None:
        """With onError = pass operations go on without it at once."""
        hooks = self.chain(self.hook, maxFailures=2, passes=True)
        self.hook.error = Unavailable("x")
        for _ in range(5):
            self.assertEqual(self.successResultOf(self.ask(hooks)).proxy_name, "a")
        self.assertEqual((len(self.hook.asked), self.logged("everything passes meanwhile")), (2, 1))

    def test_manyHang(self) -> None:
        """A crowd that waits for a hook that hangs is told when the first of it has waited in vain."""
        hook = Recording(lambda _: Deferred())
        hooks = self.chain(hook, maxFailures=1)
        asked = [self.ask(hooks) for _ in range(500)]
        self.clock.advance(DEADLINE + 0.1)
        self.clock.pump([0] * 500)
        for one in asked:
            self.failureResultOf(one, Refused)
        self.assertEqual((self.logged("in a row"), self.counters(hooks).skipped), (1, 500 - 64))
        self.clock.advance(30)
        probe = self.ask(hooks)
        self.assertNoResult(probe)
        self.clock.advance(DEADLINE + 0.1)
        self.failureResultOf(probe, Refused)


class StubbornTests(GuardTestCase):
    """Hooks that do not do what they are told."""

    async def stubborn(self, _: object = None) -> Any:
        """Never ends: like a loop that tries again after every error, it takes a cancellation for one."""
        while True:
            try:
                await Deferred()
            except CancelledError:
                continue

    def test_deadline(self) -> None:
        """One that ignores that it was cancelled is given up all the same."""
        asked = self.ask(self.chain(Recording(self.stubborn)))
        self.clock.advance(DEADLINE)
        self.failureResultOf(asked, Refused)
        self.assertEqual(self.logged("no answer within 10 s"), 1)

    def test_close(self) -> None:
        """Nor does it keep a server from stopping, while it is told something or when it is closed."""
        hook = Recording(self.stubborn, [CLOSE_PROXY])
        hook.close = lambda: Deferred.fromCoroutine(self.stubborn())  # type: ignore[assignment,method-assign]
        hooks = self.chain(hook)
        hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
        closing = Deferred.fromCoroutine(hooks.close())
        self.clock.pump([CLOSING, CLOSING])
        self.successResultOf(closing)

    def test_addsWhileStopping(self) -> None:
        """One that adds another when it is closed adds it in vain."""
        hooks = self.chain(Recording())
        late = Recording()
        hooks.add(one := Recording())
        one.close = lambda: hooks.add(late)  # type: ignore[method-assign]
        self.successResultOf(Deferred.fromCoroutine(hooks.close()))
        self.assertEqual(late.closed, 0)

    def test_turn(self) -> None:
        """Nobody waits for a turn longer than for an answer, however many are before him."""
        hooks = self.chain(Recording(lambda _: Deferred()))
        asked = [self.ask(hooks) for _ in range(AT_ONCE + 1)]
        self.clock.advance(DEADLINE)
        for one in asked:
            self.failureResultOf(one, Refused)
        self.assertEqual((self.counters(hooks).timeouts, self.counters(hooks).skipped), (AT_ONCE, 1))
        self.assertEqual(self.logged("it was busy with others for 10 s"), 1)

    def test_crowd(self) -> None:
        """Only so many wait; what comes then is not asked about, or told."""
        hooks = self.chain(Recording(lambda _: Deferred()))
        self.patch(watching, "WAITING", 3)
        for _ in range(AT_ONCE + 10):
            hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
        self.assertEqual(self.counters(hooks).skipped, 7)
        self.assertEqual(self.logged("3 questions wait for it already"), 7)

    def test_cancelled(self) -> None:
        """What a hook waited for may be cancelled by others: a failure like any, which the breaker gets over."""
        hook = Recording(lambda _: fail(CancelledError()), [CLOSE_PROXY])
        hooks = self.chain(hook, maxFailures=1, retryAfter=30)
        for _ in range(3):
            hooks.tell(CLOSE_PROXY, CloseProxy(), CALLER)
            self.clock.advance(30)
        self.assertEqual((len(hook.asked), self.counters(hooks).failures), (3, 3))
        self.assertEqual(self.logged("what it waited for was cancelled. It is not asked"), 1)

    def test_invalid(self) -> None:
        """A message that was changed into one that could not have come over the wire is the hook's failure."""
        for field, value, error in (
            ("remote_port", "x", "remote_port"),
            ("annotations", 3, "annotations"),
            ("proxy_name", None, ""),
        ):
            made: Any = NewProxy(proxy_name="a")
            setattr(made, field, value)
            asked = self.ask(self.chain(Recording(partial(_say, made))))
            if error:
                self.failureResultOf(asked, Refused)
                self.assertIn("a hook made NewProxy into what is no message: ", self.lines[-1])
                self.assertIn(error, self.lines[-1])
            else:
                self.assertEqual(self.successResultOf(asked).proxy_name, "")


class CounterTests(GuardTestCase):
    """What the metrics show."""

    def test_all(self) -> None:
        """Every outcome has its number, and the time that answers took is summed."""
        hook = Moody()
        hooks = self.chain(hook)
        self.ask(hooks)
        for error in (Refused("no"), Unavailable("x"), Unavailable("y")):
            hook.error = error
            self.failureResultOf(self.ask(hooks), Refused)
        hook.error = None
        hook.answer = lambda _: Deferred()
        asked = self.ask(hooks)
        self.clock.advance(DEADLINE + 2)
        self.failureResultOf(asked, Refused)
        found = self.counters(hooks)
        self.assertEqual((found.calls, found.refusals, found.failures, found.timeouts, found.skipped), (5, 1, 2, 1, 0))
        self.assertEqual(found.seconds, DEADLINE + 2)
