"""Texts to plain mappings: one object for each format."""

from __future__ import annotations

from collections.abc import Callable

from frp.config.formats.format import Document, Format
from frp.config.formats.toml import TOML
from frp.errors import ConfigErrors

__all__ = ["Document", "parse"]


def parse(text: str, extension: str = "", taken: Callable[[str], str] = lambda _key: "") -> Document:
    """
    Read a text. Whatever the extension, TOML is tried first; what then starts with a brace is JSON, all else is YAML.

    @param extension: with C{".toml"} the text is TOML or nothing.
    @param taken: says what a key takes that takes no text; empty of all others.
    @raise ConfigErrors: with the reference's text, and the line.
    """
    try:
        return _read(TOML(), text, taken)
    except ConfigErrors:
        if extension.lower() == ".toml":
            raise
    # Imported here: most files are TOML, and yaml takes as long as all the rest.
    if text.lstrip(" \t\r\n").startswith("{"):
        from frp.config.formats.json import JSON

        return _read(JSON(), text, taken)
    from frp.config.formats.yaml import YAML

    return _read(YAML(), text, taken)


def _read(format: Format, text: str, taken: Callable[[str], str]) -> Document:
    try:
        return Document(format, format.read(text), text)
    except ConfigErrors as errors:
        (problem,) = errors.problems
        rows = text.split("\n")
        if not problem.hint and 0 < problem.line <= len(rows):
            # Loaded here: few files are wrong.
            from frp.config.formats.mistakes import remedy

            problem.hint = remedy(format.name, rows[problem.line - 1], taken)
        raise
