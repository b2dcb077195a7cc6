"""The C{frpc} command."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from frp.cli.command import WORDS, Command, Group, Later, Offer, Word, run
from frp.cli.explaining import explained
from frp.cli.files import FILE, clientPath, loadClient, read, registry, verify
from frp.cli.folder import each, failed, filesIn, readFolder
from frp.cli.kinds import commandOf, kindNames
from frp.cli.offering import offersOfProgram
from frp.cli.shown import HEALTH, SERVICE, addCommands
from frp.config.commandline import CLIENT, EXPLAIN, FRPC, PLUGIN, UI
from frp.config.flags import Values, valuesOf
from frp.version import COMPATIBLE

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from frp.config.client import ClientConfig
    from frp.kinds import Registry

__all__ = ["frpc", "main"]

_FLAGS = (*FRPC, EXPLAIN)
_SERVING = (*_FLAGS, UI)
_NATHOLE = "Actions about nathole"
_NEW_PLUGIN = "Write the package of a new plugin, with its tests"


def _serve(values: Values) -> int:
    if values.get("version"):
        click.echo(COMPATIBLE)
        return 0
    if "explain" in values:
        return explained(_whole(), values)
    if values.get("config-dir"):
        return _serveFolder(values)
    path = clientPath(values)
    kinds = registry(values)
    config = read(lambda: loadClient(path, values, kinds), serves=True)
    return 1 if config is None else _run([(path, config)], values, kinds)


def _run(clients: list[tuple[str, ClientConfig]], values: Values, kinds: Registry) -> int:
    from frp.cli.run import serveClients, told

    return serveClients(clients, values, kinds, lambda _path, failure: told(failure))


def _serveFolder(values: Values) -> int:
    """One client for each file. A file that fails, now or later, says so; the others go on, and the exit code is 0."""
    kinds = registry(values)
    paths = filesIn(values["config-dir"])
    clients = readFolder(paths, values, kinds)
    if not clients:
        return 0 if paths else 1
    from frp.cli.run import detailOf, serveClients

    def ended(path: str, failure: Failure) -> int:
        failed(path, detailOf(failure))
        return 0

    return serveClients(clients, values, kinds, ended)


def _verify(values: Values) -> int:
    if "explain" in values:
        return explained(_whole(), values)
    from frp.cli import opening

    def verified(path: str) -> int:
        return verify(
            "frpc", path, lambda: loadClient(path, values, registry(values), command="verify"), opening.client
        )

    return each(values, verified)


def _whole() -> type:
    from frp.config.client import ClientConfig

    return ClientConfig


class _Client(Group):
    """C{frpc}, with a command for every kind of proxy and visitor that is installed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *kindNames(_asked(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or commandOf(cmd_name, _asked(ctx), _SERVING, _run)


def _asked(ctx: click.Context) -> Registry:
    """The kinds, before the flags are read: which flags there are depends on the kinds."""
    return registry({PLUGIN.name: valuesOf(PLUGIN, ctx.meta.get(WORDS, ()))})


def _call(name: str, about: str) -> Command:
    from frp.cli.calls import call

    return call(name, about, _FLAGS)


def _newPlugin() -> Command:
    from frp.cli.newplugin import FLAGS, KINDS, newPlugin

    offers: dict[str, Offer] = {"kind": lambda _values, _word: KINDS}
    return Command("new-plugin", _NEW_PLUGIN, FLAGS, newPlugin, Word("NAME", "name"), offers=offers)


def _health(values: Values) -> int:
    from frp.cli import health

    def answers(path: str) -> int:
        config = read(lambda: loadClient(path, values, registry(values), command="health"))
        return 1 if config is None else health.client(config, path)

    return each(values, answers)


def _service() -> Group:
    from frp.cli.service import service

    def load(values: Values) -> list[ClientConfig | None]:
        paths = filesIn(values["config-dir"]) if "config-dir" in values else [values["config"]]
        kinds = registry(values)
        return [read(partial(loadClient, path, values, kinds)) for path in paths]

    return service("frpc", _FLAGS, load, lambda config: bool(config.virtualNet.address))


def _nathole() -> Group:
    from frp.cli.nathole import nathole

    return nathole()


frpc = _Client(
    "frpc",
    "frpc is the client of frp (https://github.com/fatedier/frp)",
    _SERVING,
    _serve,
    offers=offersOfProgram(CLIENT, _whole),
)
frpc.add_command(Command("verify", "Verify that the configures is valid", _FLAGS, _verify, FILE))
for _name, _about in (
    ("reload", "Hot-Reload frpc configuration"),
    ("status", "Overview of all proxies status"),
    ("stop", "Stop the running frpc"),
    ("test", "Look whether the service behind a proxy answers"),
):
    frpc.add_command(Later(_name, _about, partial(_call, _name, _about)))
frpc.add_command(Later("nathole", _NATHOLE, _nathole))
frpc.add_command(Later("new-plugin", _NEW_PLUGIN, _newPlugin))
frpc.add_command(Later("service", SERVICE, _service))
frpc.add_command(Command("health", HEALTH, _FLAGS, _health, FILE))
addCommands(frpc, _FLAGS, _whole)


def main() -> None:
    sys.exit(run(frpc))
