"""The C{frpc} command."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from frp.cli import command
from frp.cli.client import ALL, FLAGS, run, serve, whole
from frp.cli.command import FILE, WORDS, Command, Group, Later, Offer, Word
from frp.cli.explaining import explained
from frp.cli.files import loadClient, read, registry, verify
from frp.cli.folder import each, filesIn
from frp.cli.kinds import commandOf, kindNames
from frp.cli.offering import offersOfProgram
from frp.cli.shown import HEALTH, SERVICE, addCommands
from frp.config.commandline import CLIENT, PLUGIN
from frp.config.flags import Values, valuesOf

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.kinds import Registry

__all__ = ["frpc", "main"]

_NATHOLE = "Actions about nathole"
_NEW_PLUGIN = "Write the package of a new plugin, with its tests"


def _verify(values: Values) -> int:
    if "explain" in values:
        return explained(whole(), values)
    from frp.cli import opening

    def verified(path: str) -> int:
        return verify(
            "frpc", path, lambda: loadClient(path, values, registry(values), command="verify"), opening.client
        )

    return each(values, verified)


class _Client(Group):
    """C{frpc}, with a command for every kind of proxy and visitor that is installed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *kindNames(_asked(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or commandOf(cmd_name, _asked(ctx), FLAGS, run)


def _asked(ctx: click.Context) -> Registry:
    """The kinds, before the flags are read: which flags there are depends on the kinds."""
    return registry({PLUGIN.name: valuesOf(PLUGIN, ctx.meta.get(WORDS, ()))})


def _call(name: str, about: str) -> Command:
    from frp.cli.calls import call

    return call(name, about, ALL)


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

    return service("frpc", ALL, load, lambda config: bool(config.virtualNet.address))


def _nathole() -> Group:
    from frp.cli.nathole import nathole

    return nathole()


frpc = _Client(
    "frpc",
    "frpc is the client of frp (https://github.com/fatedier/frp)",
    FLAGS,
    serve,
    offers=offersOfProgram(CLIENT, whole),
)
frpc.add_command(Command("verify", "Verify that the configures is valid", ALL, _verify, FILE))
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
frpc.add_command(Command("health", HEALTH, ALL, _health, FILE))
addCommands(frpc, ALL, whole)


def main() -> None:
    sys.exit(command.run(frpc))
