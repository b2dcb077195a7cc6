"""Answers that come at once, or later."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.errors import PluginError
from frp.interfaces import IAuthenticator, IAuthenticatorKind
from frp.kinds import Contribution, Registry
from frp.kinds.awaiting import asked, later


class Promise:
    """Can be awaited, and is neither a coroutine nor a Deferred."""

    def __await__(self) -> Generator[Any, None, str]:
        yield from ()
        return "promised"


@implementer(IAuthenticator)
class Open:
    """Lets everybody in."""

    key = b""

    def close(self) -> None:
        """Nothing is under way."""

    def sign(self, message: object) -> None:
        """Nothing to add."""

    def verify(self, message: object) -> None:
        """All is well."""


class AwaitingTests(SynchronousTestCase):
    """The author of a plugin answers in whichever way is natural to him."""

    def test_plain(self) -> None:
        """A plain value is there at once."""
        self.assertIsNone(later("here"))
        self.assertEqual(self.successResultOf(asked(lambda: "here")), "here")

    def test_deferred(self) -> None:
        """A Deferred is waited for, itself and not a copy."""
        answer = Deferred[str]()
        self.assertIs(asked(lambda: answer), answer)

    def test_coroutine(self) -> None:
        """A coroutine runs until it waits for a Deferred, and goes on from there."""
        first = Deferred[str]()

        async def answer(more: str) -> str:
            return await first + more

        coming = asked(answer, more="!")
        self.assertNoResult(coming)
        first.callback("at last")
        self.assertEqual(self.successResultOf(coming), "at last!")

    def test_awaitable(self) -> None:
        """Whatever else can be awaited is."""
        self.assertEqual(self.successResultOf(asked(Promise)), "promised")

    def test_future(self) -> None:
        """A future of asyncio comes when its loop says so."""
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        future: asyncio.Future[str] = loop.create_future()
        coming = asked(lambda: future)
        future.set_result("from asyncio")
        self.assertNoResult(coming)
        loop.run_until_complete(asyncio.sleep(0))
        self.assertEqual(self.successResultOf(coming), "from asyncio")

    def test_error(self) -> None:
        """What is raised comes the same way, at once or later."""

        def refuses() -> str:
            raise KeyError("now")

        async def refusesLater() -> str:
            raise KeyError("later")

        self.assertEqual(self.failureResultOf(asked(refuses), KeyError).value.args, ("now",))
        self.assertEqual(self.failureResultOf(asked(refusesLater), KeyError).value.args, ("later",))


class MakingLaterTests(SynchronousTestCase):
    """A kind makes its things in a coroutine."""

    def made(self, thing: object) -> Deferred[object]:
        """The authenticator of a kind that takes its time."""

        class Slow:
            async def server(self, auth: object, site: object) -> object:
                return thing

        implementer(IAuthenticatorKind)(Slow)
        Slow.client = Slow.server  # type: ignore[attr-defined]
        one = Contribution(IAuthenticatorKind, "slow", "for tests", Slow)
        return asked(Registry(find=lambda: [one]).make, IAuthenticatorKind, "slow", "server", None, None)

    def test_made(self) -> None:
        """The thing comes later."""
        authenticator = Open()
        self.assertIs(self.successResultOf(self.made(authenticator)), authenticator)

    def test_broken(self) -> None:
        """It is held to its interface when it comes."""
        failure = self.failureResultOf(self.made(object()), PluginError)
        self.assertIn("IAuthenticatorKind 'slow': object has no ", str(failure.value))
