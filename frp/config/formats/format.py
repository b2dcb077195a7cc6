"""What the formats of a configuration have in common."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Literal, NoReturn, Protocol

from frp.errors import ConfigError, ConfigErrors
from frp.values import frozen

__all__ = [
    "ABSENT",
    "Document",
    "Format",
    "Legacy",
    "Names",
    "Notation",
    "Program",
    "Remark",
    "Way",
    "absentOn",
    "absentWarnings",
    "fail",
    "leaves",
    "unsupported",
]

Program = Literal["frps", "frpc"]
"""Whose a configuration is."""

ABSENT = "<no value>"
"""What a template prints for a variable that is not set."""

Way = tuple[str | int, ...]
"""The names, in lower case, and the indices that lead to a key."""


class Notation(Protocol):
    """
    How a configuration is written.

    @ivar name: C{"toml"}.
    @ivar ordered: whether its keys are taken in alphabetical order, not in that of the text.
    @ivar textual: whether numbers and booleans may stand where a text should, in what is not read strictly.
    @ivar hides: whether keys that begin with a dot are no keys, but hold anchors.
    """

    name: str
    ordered: bool
    textual: bool
    hides: bool

    def lineOf(self, text: str, way: Way) -> int:
        """
        @return: the line, from 1, on which a key stands; that of the nearest thing around it when the text does not
            show it, and 0 when there is none.
        """


class Format(Notation, Protocol):
    """A notation that is read in one step."""

    def read(self, text: str) -> object:
        """
        @return: what the text holds; not always a mapping.
        @raise ConfigErrors: with the reference's text, and the line.
        """


@frozen
class Remark:
    """
    Something that one should know of a file and that the reference does not tell.

    @ivar line: where it is, from 1; 0 where that is not known.
    @ivar way: the table that it is about.
    """

    line: int
    text: str
    way: Way = ()

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class Names(Protocol):
    """What a file calls keys that stand elsewhere, under other names, in a TOML file."""

    def path(self, path: str, way: Way) -> str:
        """@return: where the key stands that has this path, and this way, in a TOML file."""

    def hint(self, text: str, way: Way) -> str:
        """@return: a hint on that key, with the file's own names for keys."""


@frozen
class Legacy:
    """
    What there is to say of a file in the format that frp had before.

    @ivar said: what the reference prints while it reads.
    @ivar problems: what of it is no configuration; the rest is.
    @ivar names: what the file calls its keys.
    @ivar filled: whether it had templates.
    """

    said: tuple[str, ...]
    remarks: tuple[Remark, ...]
    problems: tuple[ConfigError, ...]
    names: Names
    filled: bool = False


@frozen
class Document:
    """
    A text that has been read.

    @ivar content: what L{Format.read} gave.
    @ivar text: what was read, after its templates were filled in; empty, if its lines are not those of the file.
    @ivar warnings: what is odd about it: L{absentWarnings}.
    @ivar legacy: what there is to say of an INI file; None for all others.
    @ivar doubt: what may be meant where it holds no configuration.
    """

    format: Notation
    content: object
    text: str
    warnings: tuple[str, ...] = ()
    legacy: Legacy | None = None
    doubt: str = ""

    def place(self, problem: ConfigError, path: str) -> None:
        """
        Say in the words of this text where a problem is: its line, as L{Notation.lineOf} finds it, its path and hint.

        @param path: that of the problem, within this text: C{proxies[3].localPort}.
        """
        way = tuple(
            int(index) if index else name.lower() for index, name in re.findall(r"\[(\d+)\]|\.?([^.\[]+)", path)
        )
        if way:
            problem.line = problem.line or self.format.lineOf(self.text, way)
        problem.hint = absentOn(problem.line, self.text, self.warnings) or problem.hint
        if way and self.legacy is not None:
            problem.path = self.legacy.names.path(path, way)
            problem.hint = self.legacy.names.hint(problem.hint, way)


def fail(problem: str, line: int = 0, hint: str = "") -> NoReturn:
    """@raise ConfigErrors: with this one problem."""
    raise ConfigErrors([ConfigError("", problem, line=line, hint=hint)])


def unsupported(value: float) -> str:
    """What the reference says of a number that JSON cannot hold."""
    return f"json: unsupported value: {'NaN' if math.isnan(value) else '+Inf' if value > 0 else '-Inf'}"


def absentWarnings(actions: Iterable[str]) -> tuple[str, ...]:
    """@param actions: those of templates that print L{ABSENT}."""
    return tuple(f'{{{{ {one} }}}} is not set: "{ABSENT}" stands in its place' for one in dict.fromkeys(actions))


def absentOn(line: int, text: str, warnings: Iterable[str]) -> str:
    """
    @param line: on which something is wrong; 0 where that is not known.
    @param warnings: those of L{absentWarnings}.
    @return: the same as a hint, where L{ABSENT} stands on that line; else empty.
    """
    return "; ".join(warnings) if line and ABSENT in "".join(text.split("\n")[line - 1 : line]) else ""


def leaves(content: object) -> Iterator[object]:
    """Every single value, each list and mapping once: YAML's references may make a small text stand for a huge tree."""
    seen: set[int] = set()
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (dict, list)):
            if id(value) not in seen:
                seen.add(id(value))
                waiting.extend(value.values() if isinstance(value, dict) else value)
        else:
            yield value
