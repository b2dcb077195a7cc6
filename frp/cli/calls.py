"""C{frpc reload}, C{status}, C{stop} and C{test}: a running frpc is asked through its API."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from frp import logs
from frp.cli.asking import API, JSON, TIMEOUT, opened, understood
from frp.cli.badstatus import BadStatus, pointed
from frp.cli.command import Command, Word
from frp.cli.files import clientPath, doubt, loadClient, read, registry
from frp.cli.folder import each, isFolder
from frp.cli.reloaded import changedIn, reloaded
from frp.cli.saying import hint
from frp.cli.status import Status
from frp.config.flags import Flag, Values, boolean
from frp.errors import FRPError
from frp.values import define

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.load import Loaded

__all__ = ["call"]

_WATCH = Flag("watch", "w", "", "Go on, and show what changes as it changes", boolean)

#: Seconds between two looks at a frpc that does not tell what happens.
_PAUSE = 2


def call(name: str, summary: str, flags: tuple[Flag, ...]) -> Command:
    """
    @param flags: those that every command of frpc has.
    @return: the command of that name.
    """
    what, more, word = _COMMANDS[name]
    offers = {"proxy": _offered}
    return Command(
        name, summary, (*flags, TIMEOUT, *more), lambda values: _call(name, what, values), word, offers=offers
    )


def _load(path: str, values: Values, name: str = "") -> Loaded[ClientConfig]:
    """
    Also a file that is being written.

    @param name: that of the command.
    """
    return loadClient(path, values, registry(values), checked=False, command=name)


def _offered(values: Values, _word: str) -> list[str]:
    """The proxies that the file names."""
    return [proxy.name for proxy in _load(clientPath(values), values).config.proxies]


def _call(name: str, what: Callable[[API, Values, ClientConfig], None], values: Values) -> int:
    logs.hush()
    if isFolder(values) and (values.get("watch") or "proxy" in values):
        click.echo("--config-dir: this is asked of one frpc: name its file with -c", err=True)
        return 1

    def ask(path: str) -> int:
        config = read(lambda: _load(path, values, name))
        api = None if config is None else opened(config.webServer, "frpc", path, values)
        if config is None or api is None:
            return 1
        what(api, values, config)
        return 0

    return each(values, ask, lambda path: click.echo(f"{path}:", err=bool(values.get("json"))))


def _reload(api: API, values: Values, _config: ClientConfig) -> None:
    query = "?strictConfig=true" if values.get("strict-config", True) else ""
    said, doubts = "", list[str]()
    try:
        body = api.ask("POST", f"/api/v2/config/reload{query}")
    except BadStatus as error:
        if not error.foreign:
            raise
        # That of frp itself reloads, and does not say what.
        api.ask("GET", f"/api/reload{query}")
    else:
        with understood(body):
            found = json.loads(body)["data"]
            said = reloaded((changedIn(one, found[one]) for one in ("proxies", "visitors")), found["waiting"])
            doubts += found.get("warnings", ())
    click.echo("reload success")
    hint(said)
    doubt(doubts)


def _stop(api: API, _values: Values, _config: ClientConfig) -> None:
    api.ask("POST", "/api/stop")
    click.echo("stop success")


def _test(api: API, values: Values, _config: ClientConfig) -> None:
    name = values["proxy"]
    with pointed(name, lambda: _names(api)):
        body = api.ask("POST", f"/api/v2/proxies/{quote(name, safe='')}/test")
    with understood(body):
        found = json.loads(body)["data"]
        said = f"{found['seconds'] * 1000:.1f} ms" if found["ok"] else str(found["why"])
    if not found["ok"]:
        raise FRPError(f"{name}: {said}")
    click.echo(f"{name}: its service answers, after {said}")


def _names(api: API) -> list[str]:
    status = Status.of(api, several=False)
    return list(dict.fromkeys(row["name"] for rows in status.kinds.values() for row in rows))


def _status(api: API, values: Values, config: ClientConfig) -> None:
    several = bool(config.servers)
    show = _JSON(api) if values.get("json") else _Tables(api, several)
    show()
    if values.get("watch"):
        for _ in _changes(api):
            show()


def _changes(api: API) -> Iterator[None]:
    """Whenever something has happened; now and then, where frpc does not tell that."""
    try:
        for line in api.listen("/api/v2/events"):
            if line.startswith(b"event:"):
                yield
    except BadStatus as error:
        if error.status != 404:
            raise
        while True:
            time.sleep(_PAUSE)
            yield


@define
class _JSON:
    """Prints what the API answers, when that is something else than before."""

    _api: API
    _last: object = None

    def __call__(self) -> None:
        body = self._api.ask("GET", "/api/status")
        with understood(body):
            found = json.loads(body)
        if found != self._last:
            click.echo(json.dumps(found, indent=2))
        self._last = found


@define
class _Tables:
    """Prints tables at first; when something has changed, all anew on a terminal, and else a line for each change."""

    _api: API
    _several: bool
    _last: Status | None = None

    def __call__(self) -> None:
        status, last = Status.of(self._api, several=self._several, clickable=sys.stdout.isatty()), self._last
        self._last = status
        if last is None:
            click.echo(status.tables())
        elif status != last:
            now = time.strftime("%Y-%m-%d %H:%M:%S")
            if sys.stdout.isatty():
                click.clear()
                click.echo(f"{now}\n\n{status.tables()}")
            else:
                for line in last.changes(status):
                    click.echo(f"{now} {line}")


#: What each does, its own flags, and the word that it takes.
_COMMANDS: dict[str, tuple[Callable[[API, Values, ClientConfig], None], tuple[Flag, ...], Word | None]] = {
    "reload": (_reload, (), None),
    "status": (_status, (JSON, _WATCH), None),
    "stop": (_stop, (), None),
    "test": (_test, (), Word("PROXY", "proxy")),
}
