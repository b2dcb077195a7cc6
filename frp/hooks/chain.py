"""
The hooks of a server, in the order of its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    DeferredSemaphore,
    TimeoutError,
    maybeDeferred,
)
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.config.server import ServerConfig
from frp.errors import FRPError, PluginError, Refused, Unavailable
from frp.hooks.operation import CLOSE_PROXY, LOGIN, NEW_PROXY, NEW_USER_CONN, NEW_WORK_CONN, PING, Caller, Operation
from frp.interfaces import IServerHook, IServerHookKind, IServerHookSite
from frp.logs import Log
from frp.plugin import Registry

__all__ = ["AT_ONCE", "CLOSING", "DEADLINE", "Hooks", "configured"]

AT_ONCE = 64
"""
How many questions of one operation are with the hooks at the same time; the others wait. Each may be a connection, and
a stranger can cause as many as he likes.
"""

DEADLINE = 10.0
"""
Seconds that one hook has for one operation. The reference sets no limit: there one plugin that hangs keeps clients out
until it answers.
"""

CLOSING = 2.0
"""Seconds that a server which stops gives to what its hooks still do."""

T = TypeVar("T")

_METHODS = {
    LOGIN: "login",
    NEW_PROXY: "newProxy",
    CLOSE_PROXY: "closeProxy",
    PING: "ping",
    NEW_WORK_CONN: "newWorkConn",
    NEW_USER_CONN: "newUserConn",
}


@attrs.frozen
class _Watching:
    """One hook at one operation."""

    hook: IServerHook
    method: Callable[[Operation[Any]], Any]


class Hooks:
    """
    Asks every hook that watches an operation, one after the other; each gets what the one before it made.

    A hook that fails or does not answer in time fails the operation that it was asked about, and nothing else.
    """

    def __init__(self, hooks: Iterable[IServerHook], clock: IReactorTime, log: Log) -> None:
        """@param hooks: in the order in which they are asked."""
        self._hooks = list(hooks)
        self._clock = clock
        self._log = log
        self._telling: dict[Deferred[None], None] = {}
        self._watching = {
            name: tuple(_Watching(hook, getattr(hook, method)) for hook in self._hooks if name in hook.operations)
            for name, method in _METHODS.items()
        }
        # One for each operation, so that who cannot log in does not keep clients from their heartbeats.
        self._turns = {name: DeferredSemaphore(AT_ONCE) for name in _METHODS}

    def watches(self, name: str) -> bool:
        """Whether any hook is to be asked about this operation: look before L{ask}, which costs a coroutine."""
        return bool(self._watching[name])

    async def ask(self, name: str, message: T, caller: Caller) -> T:
        """
        @param name: one of L{OPERATIONS<frp.hooks.operation.OPERATIONS>}.
        @param message: belongs to the hooks from here.
        @return: what goes on.
        @raise Refused: a hook said no, or could not answer. The text is that for the client.
        """
        operation: Operation[Any] = Operation(name, message, caller)
        for watching in self._watching[name]:
            try:
                answer = await self._one(watching, operation)
            except Refused:
                raise
            except Exception as error:
                self._report(watching, operation, error)
                raise Refused(f"send {name} request to plugin error") from error
            operation = attrs.evolve(operation, message=answer)
        answered: T = operation.message
        return answered

    def tell(self, name: str, message: Any, caller: Caller) -> None:
        """Let every hook that watches know, in the background; what they answer is ignored."""
        if self.watches(name):
            telling = Deferred.fromCoroutine(self._tell(Operation(name, message, caller)))
            self._telling[telling] = None
            telling.addBoth(lambda _: self._telling.pop(telling, None))

    async def _tell(self, operation: Operation[Any]) -> None:
        for watching in self._watching[operation.name]:
            try:
                await self._one(watching, operation)
            except Refused as error:
                self._log.debug(
                    "hook [{hook}] refuses {name}, which has happened: {reason}",
                    hook=watching.hook.name,
                    name=operation.name,
                    reason=error.detail,
                )
            except CancelledError:
                raise  # the server stops, and has waited for long enough
            except Exception as error:
                self._report(watching, operation, error)

    async def _one(self, watching: _Watching, operation: Operation[Any]) -> Any:
        turns = self._turns[operation.name]
        await turns.acquire()
        try:
            asked: Deferred[Any] = maybeDeferred(watching.method, operation)
            answer = await asked.addTimeout(DEADLINE, self._clock)
        finally:
            if turns.waiting:
                # Not from here: where hooks answer at once, each that waits would be a call within the one before.
                self._clock.callLater(0, turns.release)
            else:
                turns.release()
        if not isinstance(answer, type(operation.message)):
            raise PluginError(
                f"a hook answered {operation.name} with {type(answer).__name__}, "
                f"not with {type(operation.message).__name__}"
            )
        return answer

    def _report(self, watching: _Watching, operation: Operation[Any], error: Exception) -> None:
        log = self._log.about(f"reqid: {operation.id}")
        name, hook = operation.name, watching.hook.name
        text = "send {name} request to plugin [{hook}] error: {reason}"
        if isinstance(error, TimeoutError):
            error = Unavailable(f"no answer within {DEADLINE:g} s")
        if not isinstance(error, FRPError):
            reason = f"{type(error).__name__}: {error}"
            log.failure(text, Failure(error), name=name, hook=hook, reason=reason)
        elif name == NEW_USER_CONN:
            log.info(text, name=name, hook=hook, reason=error.detail)
        else:
            log.warn(text, name=name, hook=hook, reason=error.detail)

    async def close(self) -> None:
        """Let the hooks finish what they are told, for a while, and then end."""
        await self._finish(list(self._telling))
        await self._finish([maybeDeferred(hook.close) for hook in self._hooks])

    async def _finish(self, waiting: list[Deferred[Any]]) -> None:
        for deferred in waiting:
            deferred.addTimeout(CLOSING, self._clock)
        for success, result in await DeferredList(waiting, consumeErrors=True):
            if not success:
                self._log.warn("a hook did not end well: {reason}", reason=result.getErrorMessage())


def configured(config: ServerConfig, registry: Registry, site: IServerHookSite) -> Hooks:
    """
    Make the hooks of a configuration: those of C{httpPlugins}, then those of C{hooks}.

    @raise PluginError: a kind cannot be had.
    """
    wanted: list[tuple[str, Any]] = [("http", table) for table in config.httpPlugins]
    wanted += [(table.type, table) for table in config.hooks]
    hooks = []
    for kind, table in wanted:
        hooks.append(registry.get(IServerHookKind, kind).hook(table, site))
        site.log.info("plugin [{name}] has been registered", name=hooks[-1].name)
    return Hooks(hooks, site.clock, site.log)
