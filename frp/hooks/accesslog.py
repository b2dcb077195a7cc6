"""C{type = "accesslog"}: a line of JSON for every login and for every user that is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import ConfigError, Unavailable
from frp.hooks.base import ServerHook
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import CONNECTION_CLOSED, LOGIN_ANSWERED, ConnectionClosed, LoginAnswered, Operation
from frp.logfile import DailyFile

__all__ = ["AccessLogConfig", "AccessLogHook", "AccessLogKind"]


@table
class AccessLogConfig(HookConfig):
    """Writes a line of JSON for every login, and for every connection of a user when it has ended."""

    path: str = key("", "The file. At midnight it is moved away, and begun anew.", written=True)
    maxDays: int = key(7, "How long files that were moved away are kept.", unit="days")


class AccessLogHook(ServerHook):
    operations = (LOGIN_ANSWERED, CONNECTION_CLOSED)

    def __init__(self, config: AccessLogConfig, site: IServerHookSite) -> None:
        """@raise Unavailable: the file cannot be written."""
        if not config.path:
            raise ConfigError("path", f"hook [{config.name}]: path is empty")
        self.name = config.name
        self._site = site
        self._file = DailyFile(config.path, config.maxDays)
        self._problem = self._file.write(b"", site.clock.seconds())
        if self._problem:
            raise Unavailable(f"hook [{config.name}]: {config.path} cannot be written: {self._problem}")

    def _write(self, event: str, operation: Operation[object], **fields: object) -> None:
        now = self._site.clock.seconds()
        time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        caller = operation.caller
        line = {"time": time, "event": event, "id": operation.id, "user": caller.user, "runId": caller.runId, **fields}
        problem = self._file.write(json.dumps(line).encode() + b"\n", now)
        if problem != self._problem:
            self._problem = problem
            what = f"nothing: {problem}" if problem else "again"
            self._site.log.warn("[{hook}] writes {what}", hook=self.name, what=what)

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        login = operation.message.login
        self._write(
            "login",
            operation,
            address=operation.caller.address,
            hostname=login.hostname,
            os=login.os,
            version=login.version,
            error=operation.message.error,
        )

    def connectionClosed(self, operation: Operation[ConnectionClosed]) -> None:
        closed = operation.message
        self._write(
            "connection",
            operation,
            proxy=closed.proxy_name,
            type=closed.proxy_type,
            address=closed.remote_addr,
            bytesIn=closed.bytes_in,
            bytesOut=closed.bytes_out,
            seconds=round(closed.seconds, 3),
            reason=closed.reason,
        )

    def close(self) -> None:
        self._file.close()


@implementer(IServerHookKind)
class AccessLogKind:
    schema = AccessLogConfig
    examples = ('name = "access"\ntype = "accesslog"\npath = "/var/log/frps/access.log"\n',)
    hook = AccessLogHook
