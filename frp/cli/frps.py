"""The C{frps} command."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from frp.cli.command import FILE, Command, Group, Later, run
from frp.cli.explaining import explained
from frp.cli.files import loadServer, read, registry, verify
from frp.cli.offering import offersOfProgram
from frp.cli.server import FLAGS, serve, whole
from frp.cli.shown import HEALTH, SERVICE, addCommands
from frp.config.commandline import SERVER
from frp.config.flags import Values

if TYPE_CHECKING:
    from frp.config.server import ServerConfig

__all__ = ["frps", "main"]


def _verify(values: Values) -> int:
    if "explain" in values:
        return explained(whole(), values)
    path = values.get("config", "")
    from frp.cli import opening

    return verify("frps", path, lambda: loadServer(path, values, registry(values)), opening.server)


def _health(values: Values) -> int:
    from frp.cli import health

    path = values.get("config", "")
    config = read(lambda: loadServer(path, values, registry(values)))
    return 1 if config is None else health.server(config)


def _service() -> Group:
    from frp.cli.service import service

    def load(values: Values) -> list[ServerConfig | None]:
        return [read(lambda: loadServer(values["config"], values, registry(values)))]

    return service("frps", FLAGS, load)


def _operating(name: str, about: str) -> Command:
    from frp.cli.operating import operating

    return operating(name, about, FLAGS)


frps = Group(
    "frps",
    "frps is the server of frp (https://github.com/fatedier/frp)",
    FLAGS,
    serve,
    offers=offersOfProgram(SERVER, whole),
)
frps.add_command(Command("verify", "Verify that the configures is valid", FLAGS, _verify, FILE))
for _name, _about in (
    ("clients", "Clients that are, and were, here"),
    ("proxies", "Proxies that are, and were, here"),
    ("refusals", "Proxies that clients want, and have not"),
    ("cluster", "The nodes of this server"),
    ("kick", "End the session of a client"),
    ("disable", "Keep a proxy closed, or a client out"),
    ("enable", "Let a proxy be open again, or a client in"),
    ("drain", "Let no more clients in, and end when those that are here have gone"),
):
    frps.add_command(Later(_name, _about, partial(_operating, _name, _about)))
frps.add_command(Later("service", SERVICE, _service))
frps.add_command(Command("health", HEALTH, FLAGS, _health, FILE))
addCommands(frps, FLAGS, whole)


def main() -> None:
    sys.exit(run(frps))
