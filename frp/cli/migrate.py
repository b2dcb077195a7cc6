"""C{frpc migrate} and C{frps migrate}: an INI file as TOML."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.command import Command, Later
from frp.cli.files import tell
from frp.config.flags import Flag, Values
from frp.errors import ConfigErrors, FRPError

if TYPE_CHECKING:
    from frp.config.load import Program

__all__ = ["migration"]

_ABOUT = "Print an INI file as TOML"


def migration(program: Program, flags: tuple[Flag, ...]) -> click.Command:
    """@param flags: those that every command of the program has."""
    run = Command("migrate", _ABOUT, flags, lambda values: _migrate(program, values), word="file")
    return Later("migrate", _ABOUT, lambda: run)


def _migrate(program: Program, values: Values) -> int:
    """@raise FRPError: it is no INI file."""
    from frp.config.legacy.writing import written
    from frp.config.load import readDocument

    logs.hush()
    path = values["file"]
    try:
        document = readDocument(path, os.environ, program)
    except ConfigErrors as errors:
        tell(errors, values)
        return 1
    if document.legacy is None:
        raise FRPError(f"{path} is no INI file: there is nothing to migrate")
    click.echo(written(document, f"written from {path} by {program} migrate"), nl=False)
    return 0
