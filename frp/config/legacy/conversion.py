"""From sections to today's tables, key by key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs

from frp.config.formats.format import Remark, Way
from frp.config.legacy.ini import Entry, File, Section
from frp.config.legacy.keys import Keys
from frp.config.legacy.names import Names
from frp.config.legacy.values import Read
from frp.config.values import quoted
from frp.errors import ConfigError
from frp.values import define

__all__ = ["Conversion", "Table"]

Table = dict[str, Any]
#: Stands for what could not be decoded.
_REPLACED = "\N{REPLACEMENT CHARACTER}"

_SHOWN = 40  # characters of a value in a remark


@define
class Conversion:
    """
    What has been made of a file so far, and what there is to say about it.

    @ivar content: the tables, as a TOML file with them would be read.
    @ivar lines: where in the first file they come from.
    @ivar remarks: what the reference passes over in silence, or takes otherwise than a TOML file.
    @ivar said: what the reference prints while it reads.
    @ivar problems: what cannot be converted. It is left out, so that the rest can be looked at.
    @ivar names: what the file calls the keys of the tables.
    """

    content: Table = attrs.field(factory=dict)
    lines: dict[Way, int] = attrs.field(factory=dict)
    remarks: list[Remark] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)
    problems: list[ConfigError] = attrs.field(factory=list)
    names: Names = attrs.field(factory=Names)
    _remarked: set[tuple[int, str]] = attrs.field(factory=set)

    def read(self, section: Section, keys: Keys, way: Way = ()) -> Table:
        """@return: the table with those of the keys that the section has."""
        self.names.add(way, section.name, keys)
        made: Table = {}
        for name, key in keys.items():
            entry = section.find(name)
            if entry is None or not key.path:
                continue
            value = self._value(entry, key.read, way)
            if value is not None:
                self.put(made, entry, tuple(key.path.split(".")), value, way)
        return made

    def one(self, section: Section, keys: Keys, name: str) -> Any:
        """@return: the value of a key that stands in no table, or None."""
        entry = section.find(name)
        return None if entry is None else self._value(entry, keys[name].read, ())

    def _value(self, entry: Entry, read: Read, way: Way) -> object:
        """@return: None where there is nothing, or nothing that can be read."""
        try:
            return read(entry.value) if entry.value else None
        except ValueError as error:
            commented = any(mark in entry.value for mark in ("#", ";"))
            why = " (a comment stands on a line of its own)" if commented else ""
            self.remark(entry, f"{entry.name} = {_shown(entry.value)} {error}: ignored{why}", way)
        return None

    def put(self, table: Table, entry: Entry, path: tuple[str, ...], value: object, way: Way) -> None:
        """
        Put the value of a key into a table; a list behind what its place holds already.

        @param way: to the table.
        """
        if _REPLACED in entry.raw:
            self.problem(entry, f"{entry.name} is not UTF-8", "save the file as UTF-8")
        *outer, name = path
        for step in outer:
            table = table.setdefault(step, {})
        table[name] = table[name] + value if isinstance(value, list) and name in table else value
        self._mark(entry, (*way, *(step.lower() for step in path)))

    def texts(self, table: Table, section: Section, prefix: str, path: str, way: Way = ()) -> None:
        """Put the own keys that begin so, as they are written, into a mapping by the rest of their names."""
        for name, entry in section.beginning(prefix).items():
            self.put(table, entry, (*path.split("."), name), entry.raw, way)

    def unknown(
        self, section: Section, known: Collection[str], prefixes: tuple[str, ...], what: str, way: Way = ()
    ) -> None:
        """Remark on the own keys that have no effect."""
        for name, entry in section.entries.items():
            if name not in known and not name.startswith(prefixes):
                self.remark(entry, f"{_shown(name)} is no key of {what}: ignored", way)

    def begin(self, section: Section, way: Way) -> None:
        """A table is made of this section."""
        self._mark(section, way)

    def _mark(self, origin: Entry | Section, way: Way) -> None:
        file, line = _fileOf(origin).place(origin.line)
        if line and not file:
            self.lines[way] = line

    def remark(self, origin: Entry | Section, text: str, way: Way = ()) -> None:
        """@param way: the table that it is about."""
        self._add(_fileOf(origin), origin.line, text, way)

    def doubt(self, file: File) -> None:
        """Remark on what stands twice."""
        for line, text in file.doubts:
            self._add(file, line, text, ())

    def _add(self, file: File, number: int, text: str, way: Way) -> None:
        """A section may become many tables; once is enough."""
        name, line = file.place(number)
        text = f"{name}: {text}" if name else text
        if (line, text) not in self._remarked:
            self._remarked.add((line, text))
            self.remarks.append(Remark(line, text, way))

    def problem(self, origin: Entry | Section, text: str, hint: str = "") -> None:
        """Something that the reference refuses."""
        file, line = _fileOf(origin).place(origin.line)
        self.problems.append(ConfigError(file, text, line=line, hint=hint))


def _fileOf(origin: Entry | Section) -> File:
    return origin.file if isinstance(origin, Section) else origin.section.file


def _shown(value: str) -> str:
    return quoted(value) if len(value) <= _SHOWN else f"{quoted(value[:_SHOWN])}..."
