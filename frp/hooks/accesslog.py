"""C{type = "accesslog"}: a line for every request; in JSON also for every login and every user that is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import ConfigError, Unavailable
from frp.hooks.base import ServerHook
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import (
    CONNECTION_CLOSED,
    LOGIN_ANSWERED,
    REQUEST_ANSWERED,
    ConnectionClosed,
    LoginAnswered,
    Operation,
    RequestAnswered,
)
from frp.logfile import DailyFile
from frp.wire.address import parted

__all__ = ["AccessLogConfig", "AccessLogHook", "AccessLogKind"]

#: Not those of the system's language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_ESCAPED = {code: f"\\x{code:02X}" for code in (*range(32), 34, 92, 127)}


@table
class AccessLogConfig(HookConfig):
    """
    Writes a line for every request to an http proxy; as JSON also one for every login, and for every connection of a
    user when it has ended.
    """

    path: str = key("", "The file. At midnight it is moved away, and begun anew.", written=True)
    format: str = key(
        "json",
        "How lines are written: json, or combined, as other web servers do, which has requests alone.",
        oneOf=("json", "combined"),
    )
    maxDays: int = key(7, "How long files that were moved away are kept.", unit="days")


class AccessLogHook(ServerHook):
    def __init__(self, config: AccessLogConfig, site: IServerHookSite) -> None:
        """@raise Unavailable: the file cannot be written."""
        if not config.path:
            raise ConfigError("path", f"hook [{config.name}]: path is empty")
        self.name = config.name
        self._combined = config.format == "combined"
        self.operations = (
            (REQUEST_ANSWERED,) if self._combined else (LOGIN_ANSWERED, CONNECTION_CLOSED, REQUEST_ANSWERED)
        )
        self._site = site
        self._file = DailyFile(config.path, config.maxDays)
        self._problem = self._file.write(b"", site.clock.seconds())
        if self._problem:
            raise Unavailable(f"hook [{config.name}]: {config.path} cannot be written: {self._problem}")

    def _line(self, event: str, operation: Operation[object], **fields: object) -> None:
        """Write one in JSON."""
        now = self._site.clock.seconds()
        time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        caller = operation.caller
        line = {"time": time, "event": event, "id": operation.id, "user": caller.user, "runId": caller.runId, **fields}
        self._write(json.dumps(line), now)

    def _write(self, line: str, now: float) -> None:
        problem = self._file.write(line.encode() + b"\n", now)
        if problem != self._problem:
            self._problem = problem
            what = f"nothing: {problem}" if problem else "again"
            self._site.log.warn("[{hook}] writes {what}", hook=self.name, what=what)

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        login = operation.message.login
        self._line(
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
        self._line(
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

    def requestAnswered(self, operation: Operation[RequestAnswered]) -> None:
        request = operation.message
        if self._combined:
            now = self._site.clock.seconds()
            self._write(combined(request, now - request.seconds), now)
            return
        self._line(
            "request",
            operation,
            proxy=request.proxy_name,
            type=request.proxy_type,
            address=request.remote_addr,
            login=request.login,
            method=request.method,
            host=request.host,
            path=request.target,
            version=request.version,
            status=request.status,
            bytesIn=request.bytes_in,
            bytesOut=request.bytes_out,
            answered=round(request.answered, 3),
            seconds=round(request.seconds, 3),
            reason=request.reason,
            referer=request.referer,
            userAgent=request.user_agent,
        )

    def close(self) -> None:
        self._file.close()


def combined(request: RequestAnswered, came: float) -> str:
    """
    @param came: when, in seconds since 1970.
    @return: the line that Apache and nginx call so; what would end a field or the line is escaped as nginx does.
    """
    when = datetime.fromtimestamp(came, UTC)
    time = f"{when:%d}/{_MONTHS[when.month - 1]}/{when:%Y:%H:%M:%S} +0000"
    asked = f"{request.method} {request.target} {request.version}".translate(_ESCAPED)
    login, referer, agent = (
        text.translate(_ESCAPED) or "-"
        for text in (request.login.replace(" ", "_"), request.referer, request.user_agent)
    )
    user = parted(request.remote_addr)[0]
    return f'{user} - {login} [{time}] "{asked}" {request.status} {request.bytes_out} "{referer}" "{agent}"'


@implementer(IServerHookKind)
class AccessLogKind:
    schema = AccessLogConfig
    examples = (
        'name = "access"\ntype = "accesslog"\npath = "/var/log/frps/access.log"\n',
        'name = "requests"\ntype = "accesslog"\npath = "/var/log/frps/requests.log"\nformat = "combined"\n',
    )
    hook = AccessLogHook
