"""C{frpc migrate} and C{frps migrate}: an INI file as TOML."""

from __future__ import annotations

import os

import click

from frp import logs
from frp.cli.saying import complain
from frp.config.flags import Values
from frp.config.formats.format import Program
from frp.config.legacy.writing import written
from frp.config.load import readDocument
from frp.errors import ConfigErrors, FRPError

__all__ = ["migrate"]


def migrate(program: Program, values: Values) -> int:
    """
    Print the file that C{values["config"]} names.

    @param program: whose it is.
    @raise FRPError: it is no INI file.
    """
    logs.hush()
    path = values["config"]
    try:
        document = readDocument(path, os.environ, program)
        if document.legacy is not None and document.legacy.problems:
            raise ConfigErrors(document.legacy.problems)
    except ConfigErrors as errors:
        complain(errors)
        return 1
    if document.legacy is None:
        raise FRPError(f"{path} is no INI file: there is nothing to migrate")
    click.echo(written(document, f"written from {path} by {program} migrate"), nl=False)
    return 0
