"""The parts of a client: what its proxies, plugins and visitors share."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.config.kindtables import tableOf
from frp.errors import PluginError, Unavailable
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite, IReactor
from frp.kinds import Registry
from frp.kinds.awaiting import asked
from frp.logs import Log

__all__ = ["Parts"]


@implementer(IClientPartSite)
@attrs.frozen
class _PartSite:
    reactor: IReactor
    log: Log
    table: Any

    @property
    def clock(self) -> IReactorTime:
        return self.reactor


class Parts:
    """One of each installed kind that the configuration asks for."""

    def __init__(self) -> None:
        self._parts: dict[str, IClientPart] = {}

    async def start(self, registry: Registry, config: ClientConfig, reactor: IReactor, log: Log) -> None:
        """
        Make and start the parts, in the order of their names. A kind that cannot be loaded has no part: the log says
        so, and whoever asks for the part is told.

        @raise FRPError: one part cannot be had; those that were started are stopped.
        """
        try:
            for name in registry.names(IClientPartKind):
                try:
                    registry.get(IClientPartKind, name)
                except PluginError as error:
                    log.warn("the part {name} is left out: {reason}", name=name, reason=error.detail)
                    continue
                site = _PartSite(reactor, log.about(part=name), tableOf(config, name, registry))
                part = registry.make(IClientPartKind, name, "part", config, site)
                if part is not None:
                    await asked(part.start)
                    self._parts[name] = part
        except BaseException:
            await self.stop(log)
            raise

    def find(self, name: str) -> Any:
        """
        @param name: of the kind.
        @raise Unavailable: there is none.
        """
        part = self._parts.get(name)
        if part is None:
            why = "no such part is installed, or the configuration does not ask for it"
            raise Unavailable(f"the client has no {name}", f"the client has no {name}: {why}")
        return part

    async def stop(self, log: Log) -> None:
        """Stop the parts, the last one first. One that fails to does not keep the others from it."""
        while self._parts:
            name, part = self._parts.popitem()
            try:
                await asked(part.stop)
            except Exception:
                log.failure("the part {name} did not stop", name=name)
