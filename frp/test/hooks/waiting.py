"""What tests of a server with hooks have in common."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from frp.interfaces.operations import Operation
from frp.server.service import FRPServer
from frp.test.hooks.recording import Answer, Recording
from frp.test.server.talking import ServerTestCase

__all__ = ["HookTestCase", "Later"]


class Later:
    """
    Answers yes when the test says so.

    @ivar waiting: the questions that are not answered yet, the oldest first.
    @ivar cancelled: how many of all nobody wanted to be answered any more.
    """

    def __init__(self) -> None:
        self.waiting: list[Deferred[None]] = []
        self.cancelled = 0

    def __call__(self, operation: Operation[Any]) -> Deferred[Any]:
        self.waiting.append(Deferred(self._cancelled))
        return self.waiting[-1].addCallback(lambda _: operation.message)

    def _cancelled(self, one: Deferred[None]) -> None:
        self.waiting.remove(one)
        self.cancelled += 1

    def answer(self) -> None:
        """Say yes to the oldest."""
        self.waiting.pop(0).callback(None)


class HookTestCase(ServerTestCase):
    """A server with one hook."""

    def hooked(self, name: str, answer: Answer | None = None, **settings: Any) -> Recording:
        """Start a server whose hook watches one operation."""
        server = self.server(**settings)
        hook = Recording(answer, [name])
        self.hook(server, hook)
        return hook

    def hook(self, server: FRPServer, *hooks: Recording) -> None:
        """Give a server these hooks."""
        for hook in hooks:
            server.hooks.add(hook)
