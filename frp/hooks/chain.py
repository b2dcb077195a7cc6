"""The hooks of a server, in the order of its configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import attrs
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IProtocol, IReactorTime, ITransport
from twisted.python.failure import Failure

from frp.config.server import HookConfig, HTTPPluginConfig, ServerConfig
from frp.errors import ConfigError, PluginError, Refused
from frp.hooks.guard import Counters, Guard, Terms
from frp.hooks.watching import Watching
from frp.interfaces import IServerHook, IServerHookKind, IServerHookSite, IStream
from frp.interfaces.operations import CLOSE_PROXY, EVENTS, USER_CONNECTED, Caller, Operation, newID
from frp.kinds import Registry
from frp.kinds.awaiting import asked, within
from frp.kinds.places import pageOf
from frp.kinds.promises import OPERATIONS, watchingFaults
from frp.logs import Log

__all__ = ["CLOSING", "Hooks", "configured"]

CLOSING = 2.0
"""Seconds that a server which stops gives to what its hooks still do."""

T = TypeVar("T")


class Hooks:
    """
    Asks every hook that watches an operation, one after the other; each gets what the one before it made.

    A hook that fails or does not answer in time fails the operation that it was asked about, and nothing else.
    """

    def __init__(self, hooks: Iterable[IServerHook], clock: IReactorTime, log: Log) -> None:
        """@param hooks: in the order in which they are asked."""
        self._clock = clock
        self._log = log
        self._guards: list[Guard] = []
        self._counters: list[tuple[str, Counters]] = []
        self._telling: dict[Deferred[object], None] = {}
        self._asking: dict[Deferred[object], Caller] = {}  # about whom
        self._watching: dict[str, list[Watching]] = {name: [] for name in OPERATIONS}
        for hook in hooks:
            self.add(hook)

    def add(self, hook: IServerHook, terms: Terms | None = None, name: str = "", *, counted: bool = True) -> None:
        """
        One more, behind the others.

        @param terms: what it is held to.
        @param name: that of its table; else the hook says it itself.
        @param counted: whether it is among the L{counters}.
        @raise PluginError: it watches what there is not, or has no method for what it watches.
        """
        name = name or hook.name
        faults = watchingFaults(hook, f"hook [{name}]", page=pageOf(IServerHookKind))
        if faults:
            raise PluginError(f"hook [{name}] cannot be used", faults=faults)
        guard = Guard(hook, terms or Terms(), self._clock, self._log, name)
        self._guards.append(guard)
        if counted:
            self._counters.append((guard.name, guard.counters))
        for operation in dict.fromkeys(hook.operations):
            told = operation in EVENTS or operation == CLOSE_PROXY
            self._watching[operation].append(Watching(guard, getattr(hook, OPERATIONS[operation]), told=told))

    def watches(self, name: str) -> bool:
        """Whether any hook is to be asked about this operation: look before L{ask}, which costs a coroutine."""
        return bool(self._watching[name])

    def counters(self) -> list[tuple[str, Counters]]:
        """@return: the name of each hook, and what it has done."""
        return list(self._counters)

    async def ask(self, name: str, message: T, caller: Caller, id: str = "") -> T:
        """
        @param name: one of L{OPERATIONS<frp.interfaces.operations.OPERATIONS>}.
        @param message: belongs to the hooks from here.
        @param id: of the operation, where hooks are told of its outcome.
        @return: what goes on.
        @raise Refused: a hook said no, or could not answer. The text is that for the client.
        """
        answer = self.begin(Operation(name, message, caller, id or newID()))
        return cast(T, await answer if isinstance(answer, Deferred) else answer)

    def begin(self, operation: Operation[object]) -> object:
        """
        The same for who cannot afford a coroutine.

        @return: what goes on, or a Deferred of it where a hook does not answer at once.
        """
        watching = self._watching[operation.name]
        place = 0
        for one in watching:
            place += 1
            answer = one.ask(operation)
            if answer is operation.message:
                continue
            if isinstance(answer, Deferred):
                rest = Deferred.fromCoroutine(self._rest(answer, watching[place:], operation))
                return self._awaited(rest, operation.caller)
            operation = attrs.evolve(operation, message=answer)
        return operation.message

    async def _rest(self, waiting: Deferred[object], watching: list[Watching], operation: Operation[object]) -> object:
        operation = attrs.evolve(operation, message=await waiting)
        for one in watching:
            answer = one.ask(operation)
            if isinstance(answer, Deferred):
                answer = await answer
            operation = attrs.evolve(operation, message=answer)
        return operation.message

    async def connect(self, stream: IStream, operation: Operation[object]) -> tuple[IStream, IProtocol | None]:
        """
        Let every hook that watches see a user's stream; each gets what the one before it made.

        @return: what stands for the user from here, and the protocol that answers, where a hook gave one. Whoever is
            refused is disconnected.
        @raise Refused: a hook said no, or could not answer.
        """
        try:
            for one in self._watching[USER_CONNECTED]:
                answer: object = one.show(operation, stream)
                if isinstance(answer, Deferred):
                    answer = await self._awaited(answer, operation.caller)
                # Transports of TCP do not say that they are streams.
                if answer is not stream and not ITransport.providedBy(answer):
                    return stream, cast(IProtocol, answer)
                stream = cast(IStream, answer)
        except Refused:
            stream.loseConnection()
            raise
        return stream, None

    def _awaited(self, answer: Deferred[object], caller: Caller) -> Deferred[object]:
        if not answer.called:
            self._asking[answer] = caller
            answer.addBoth(self._answered, answer)
        return answer

    def _answered(self, result: object, answer: Deferred[object]) -> object:
        self._asking.pop(answer, None)
        return result

    def abandon(self, caller: Caller | None = None) -> None:
        """
        Ask nothing more about a client that has gone, or about anybody: what hooks still think about is cancelled, and
        refused. What they are told of goes on.

        @param caller: the very one that was given with the operations.
        """
        for answer, whose in list(self._asking.items()):
            if caller is None or whose is caller:
                answer.cancel()

    def tell(self, name: str, message: object, caller: Caller, id: str = "") -> None:
        """
        Let every hook that watches know, in the background; what they answer is ignored.

        @param id: of the operation, where it belongs to an earlier one.
        """
        watching = self._watching[name]
        if not watching:
            return
        operation: Operation[object] = Operation(name, message, caller, id or newID())
        for one in watching:
            try:
                answer = one.ask(operation)
            except Refused:
                self._refused(Failure(), one, operation)
                continue
            if isinstance(answer, Deferred):
                answer.addErrback(self._refused, one, operation)
                if not answer.called:
                    self._telling[answer] = None
                    answer.addBoth(self._told, answer)

    def _told(self, result: object, telling: Deferred[object]) -> object:
        self._telling.pop(telling, None)
        return result

    def _refused(self, failure: Failure, one: Watching, operation: Operation[object]) -> None:
        failure.trap(Refused)
        error = failure.value
        assert isinstance(error, Refused)
        if error.__cause__ is None:
            self._log.debug(
                "hook [{hook}] refuses {name}, which has happened: {reason}",
                hook=one.guard.name,
                name=operation.name,
                reason=error.detail,
            )

    async def close(self) -> None:
        """Ask nothing more; let the hooks finish what they are told, for a while, and then end."""
        self.abandon()
        await self._finish(list(self._telling))
        await self._finish([asked(guard.hook.close) for guard in list(self._guards)])

    async def _finish(self, waiting: Iterable[Deferred[Any]]) -> None:
        ended = [within(deferred, CLOSING, self._clock) for deferred in waiting]
        for _, result in await DeferredList(ended, consumeErrors=True):
            if isinstance(result, Failure):
                self._log.warn("a hook did not end well: {reason}", reason=result.getErrorMessage())


def configured(config: ServerConfig, registry: Registry, site: IServerHookSite) -> Hooks:
    """
    Make the hooks of a configuration: those of C{httpPlugins}, then those of C{hooks}.

    @raise ConfigError: one cannot use its table; the path is that from the top of the configuration.
    """
    wanted: list[tuple[str, str, HTTPPluginConfig | HookConfig]]
    wanted = [(f"httpPlugins[{n}]", "http", table) for n, table in enumerate(config.httpPlugins)]
    wanted += [(f"hooks[{n}]", table.type, table) for n, table in enumerate(config.hooks)]
    hooks = Hooks((), site.clock, site.log)
    for place, kind, table in wanted:
        try:
            hook = registry.make(IServerHookKind, kind, "hook", table, site)
        except ConfigError as error:
            error.path = f"{place}.{error.path}"
            raise
        hooks.add(hook, Terms.of(table), table.name)
        site.log.info("plugin [{name}] has been registered", name=table.name or hook.name)
    return hooks
