"""What the commands serve, whoever runs the reactor: services with one start, one end, and a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.logs import Log, LogSettings

if TYPE_CHECKING:
    from twisted.application.service import IService

__all__ = ["Program", "SetLog"]

#: Lets the log go where a configuration wants it, in place of where it went before. A file is opened anew.
SetLog = Callable[[LogSettings], object]


class Program(Service):
    """
    Services that are started together.

    @ivar started: fires, with a line for people or an empty one, when the start has come to its end: the program does
        now what it is there for.
    @ivar ended: fires with the exit code where the program could not start, or has ended by itself.
    """

    log = Log("frp.cli.run")

    def __init__(self, setLog: SetLog = lambda _settings: None) -> None:
        self.started: Deferred[str] = Deferred()
        self.ended: Deferred[int] = Deferred()
        self._owned: list[IService] = []
        self._setLog = setLog
        self._logged: LogSettings | None = None

    def startService(self) -> None:
        """L{started} or L{ended} tells how it went."""
        Service.startService(self)

    def own(self, service: IService) -> None:
        """Start a service, and stop it with the others."""
        self._owned.append(service)
        service.startService()

    def disown(self, service: IService) -> None:
        """It has ended by itself."""
        if service in self._owned:
            self._owned.remove(service)

    def stopService(self) -> Deferred[list[tuple[bool, None]]]:
        """One that does not stop is logged, and does not keep the others from it."""
        Service.stopService(self)
        services, self._owned = self._owned, []
        return DeferredList([maybeDeferred(service.stopService).addErrback(self.notStopped) for service in services])

    def notStopped(self, failure: Failure) -> None:
        self.log.failure("a service did not stop", failure)

    def takeLog(self, settings: LogSettings) -> str:
        """
        Let the log go where a configuration wants it.

        @return: what to say of that: nothing where it is as it was, and there is no file that was opened anew.
        """
        if settings == self._logged and settings.to == "console":
            return ""
        self._logged = settings
        self._setLog(settings)
        return "log"

    def notReloaded(self, path: str, error: FRPError) -> None:
        """The configuration of this path cannot be used: say why, on one line."""
        whole = os.path.abspath(path) if path else "the flags"
        self.log.error(
            "nothing is reloaded from {whole}, and nothing has changed: {why}", whole=whole, why=error.oneLine
        )

    async def reload(self) -> None:
        """
        Read the configuration again, and say in the log what became of it. Where it cannot be used nothing changes.
        """
        raise NotImplementedError
