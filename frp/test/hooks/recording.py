"""Hooks for tests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from zope.interface import implementer

from frp.config.schema import table
from frp.config.server import HookConfig
from frp.hooks.base import ServerHook
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import OPERATIONS, Caller, Operation

__all__ = ["CALLER", "Recording", "RecordingKind", "called"]

CALLER = Caller("alice", {"a": "1"}, "0123456789abcdef", "127.0.0.1:5555")

Answer = Callable[[Operation[Any]], Any]


class Recording(ServerHook):
    """
    Keeps what it was asked, and answers as it is told: by default yes.

    @ivar asked: the operations, the oldest first.
    @ivar answer: what it answers with.
    @ivar closed: how often it was told that the server has stopped.
    """

    def __init__(
        self, answer: Answer | None = None, operations: Collection[str] = OPERATIONS, name: str = "watcher"
    ) -> None:
        self.name = name
        self.operations = operations
        self.asked: list[Operation[Any]] = []
        self.closed = 0
        self.answer = answer

    def ask(self, operation: Operation[Any]) -> Any:
        self.asked.append(operation)
        return operation.message if self.answer is None else self.answer(operation)

    login = newProxy = closeProxy = ping = newWorkConn = newUserConn = ask

    def close(self) -> None:
        """Note it."""
        self.closed += 1

    def names(self) -> list[str]:
        """@return: what it was asked about, in that order."""
        return [operation.name for operation in self.asked]


def called(error: Exception) -> Answer:
    """An answer that is an error."""

    def fail(operation: Operation[Any]) -> Any:
        raise error

    return fail


@table
class RecordingConfig(HookConfig):
    """Keeps what it was asked."""


@implementer(IServerHookKind)
class RecordingKind:
    """Makes hooks, by default some that say yes, and keeps those."""

    schema = RecordingConfig
    examples = ('type = "recording"\nname = "one"\n',)

    def __init__(self, make: Callable[[], ServerHook] | None = None) -> None:
        self.made: list[Recording] = []
        self.make = make

    def hook(self, config: RecordingConfig, site: IServerHookSite) -> ServerHook:
        if self.make is not None:
            return self.make()
        self.made.append(Recording(name=config.name))
        return self.made[-1]
