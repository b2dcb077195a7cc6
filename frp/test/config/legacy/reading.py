"""Reading INI files in tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frp.config.client import ClientConfig
from frp.config.clientfile import loadClient
from frp.config.decoding import Place, Reading
from frp.config.formats.format import Document
from frp.config.load import Loaded, readDocument
from frp.config.server import ServerConfig
from frp.config.serverfile import loadServer
from frp.errors import ConfigErrors
from frp.kinds import Registry

__all__ = ["KINDS", "document", "load", "plain", "verdicts"]

KINDS = Registry()


def load(program: str, path: Path, environ: Mapping[str, str] = {}) -> Loaded[Any]:
    """Read a file as the program does."""
    read: Any = loadServer if program == "frps" else loadClient
    loaded: Loaded[Any] = read(str(path), registry=KINDS, environ=environ)
    return loaded


def document(program: Any, path: Path, environ: Mapping[str, str] = {}) -> Document:
    """A file, before it is checked."""
    return readDocument(str(path), environ, program)


def plain(program: str, values: Mapping[str, object]) -> tuple[object, list[str]]:
    """The configuration that such a TOML file is, and what cannot be read of it; its rules are not asked."""
    reading = Reading(registry=KINDS, late=True)
    schema: type = ServerConfig if program == "frps" else ClientConfig
    return reading.table(schema, values, Place()), [problem.problem for problem in reading.problems]


def verdicts(program: str, path: Path, environ: Mapping[str, str] = {}) -> tuple[int, list[str]]:
    """
    What C{verify} exits with, and what it may print: one of several problems, as the reference does. That one takes
    proxies in any order.
    """
    try:
        loaded = load(program, path, environ)
    except ConfigErrors as errors:
        return 1, [f"{problem.problem}\n" for problem in errors.problems]
    said = [*(loaded.legacy.said if loaded.legacy else ()), *(f"WARNING: {text}" for text in loaded.warnings[:1])]
    said += [*loaded.warnings[1:], f"{program}: the configuration file {path} syntax is ok"]
    return 0, ["".join(f"{line}\n" for line in said)]
