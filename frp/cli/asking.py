"""A running frps or frpc is asked through its API, by a command."""

from __future__ import annotations

import http.client
import json
import ssl
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from frp.cli.badstatus import badStatus
from frp.cli.files import unnamed
from frp.cli.saying import hint
from frp.config.flags import Flag, Values, boolean, duration
from frp.errors import FRPError, reasonOf
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.common import TLSFiles, WebServerConfig

__all__ = ["API", "JSON", "TIMEOUT", "opened", "table", "understood"]

TIMEOUT = Flag("api-timeout", "", "", "Timeout for admin API calls", duration, "30s")
JSON = Flag("json", "", "", "Print what the API answers, as JSON", boolean)

#: How words of a status are shown on a terminal.
_COLOURS = {
    "running": "green",
    "online": "green",
    "connected": "green",
    "start error": "red",
    "check failed": "red",
    "closed": "red",
    "offline": "bright_black",
}


@contextmanager
def understood(body: bytes) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FRPError(f"unmarshal http response error: {body.decode('utf-8', 'replace').strip()}") from error


def table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str]) -> str:
    """@param columns: the titles, by the keys of the rows."""
    lines = [list(columns.values()), *([_printable(str(row[key])) for key in columns] for row in rows)]
    widths = [max(len(line[n]) for line in lines) + 2 for n in range(len(columns))]
    return "".join(
        "".join(_shown(cell, width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def _printable(cell: str) -> str:
    """Names are what others call themselves: they shall not move the cursor, or write rows."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cell)


def _shown(cell: str, width: int) -> str:
    """Colours are for people, not for scripts that compare."""
    colour = _COLOURS.get(cell) if sys.stdout.isatty() else None
    return (click.style(cell, fg=colour) if colour else cell) + " " * (width - len(cell))


class API:
    """The API of a program that runs."""

    def __init__(self, config: WebServerConfig, program: str, timeout: float) -> None:
        """
        @param config: of its web server.
        @param program: what errors call it.
        @param timeout: seconds.
        """
        self._config = config
        self._program = program
        self._timeout = timeout

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """
        @param body: what C{json} can write.
        @return: the body of the answer.
        @raise frp.cli.badstatus.BadStatus: the answer was not 200.
        @raise FRPError: there was none; both with the reference's texts.
        """
        with self._asked(method, path, body, self._timeout) as response:
            return response.read()

    def listen(self, path: str) -> Iterator[bytes]:
        """@return: the lines of an answer that has no end, as they come."""
        with self._asked("GET", path, None, None) as response:
            while line := response.readline():
                yield line

    @contextmanager
    def _asked(self, method: str, path: str, body: object, timeout: float | None) -> Iterator[http.client.HTTPResponse]:
        config = self._config
        where, headers = authority(config.addr, config.port), {}
        if config.user or config.password:
            headers["Authorization"] = "Basic " + b64encode(f"{config.user}:{config.password}".encode()).decode()
        connection = _connection(config, timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            if response.status != 200:
                raise badStatus(self._program, config, response.status, response.read())
            yield response
        except (OSError, http.client.HTTPException) as error:
            scheme = "http" if config.tls is None else "https"
            brief = f'{method.capitalize()} "{scheme}://{where}{path}": {_reason(error, where)}'
            raise FRPError(brief, f"{brief}: is {self._program} running, with this webServer table?") from error
        finally:
            connection.close()


def opened(config: WebServerConfig, program: str, path: str, values: Values) -> API | None:
    """
    @param program: whose configuration it is.
    @param path: where that stands; empty where flags gave it.
    @return: None where it has no web server, which was said then.
    """
    if config.port <= 0:
        click.echo("web server port should be set if you want to use this feature")
        asked = f"set webServer.port in {path}, and start {program} again"
        hint(asked if path else unnamed(program, "there is no webServer.port"))
        return None
    return API(config, program, values.get(TIMEOUT.name, 30.0))


def _connection(config: WebServerConfig, timeout: float | None) -> http.client.HTTPConnection:
    if config.tls is None:
        return http.client.HTTPConnection(config.addr, config.port, timeout=timeout)
    return http.client.HTTPSConnection(config.addr, config.port, timeout=timeout, context=_trusting(config.tls))


def _trusting(tls: TLSFiles) -> ssl.SSLContext:
    """
    Trust the one certificate that the running frpc serves; its name need not be the address. The reference's commands
    cannot speak TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(tls.certFile)
    except OSError as error:
        raise FRPError(f"open {tls.certFile}: {reasonOf(error)}") from error
    return context


def _reason(error: Exception, where: str) -> str:
    """In Go's words where a script may look for them."""
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {where}: connect: connection refused"
    if isinstance(error, TimeoutError):
        return "context deadline exceeded"
    if isinstance(error, OSError):
        return reasonOf(error)
    return str(error) or type(error).__name__
