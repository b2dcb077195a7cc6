"""The text of an INI file to its sections, by the rules of the library with which the reference reads it."""

from __future__ import annotations

import re
from bisect import bisect

import attrs

from frp.config.formats.format import fail
from frp.values import define

__all__ = ["DEFAULT", "SIZE_LIMIT", "SPACE", "Entry", "File", "Section", "parse"]

SIZE_LIMIT = 4 * 1024 * 1024
"""Characters of a file, together with those that it includes, and of one value."""

DEFAULT = "DEFAULT"
"""The section of what stands before all others."""

_SPACES = (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
SPACE = "".join(map(chr, _SPACES))
"""What is white space in Go."""

_DELIMITER = re.compile("[=:]")
_DEPTH = 99  # how often the text of a value is looked at for names of others


@define(eq=False)
class Entry:
    """
    One key.

    @ivar raw: its value, as it is written.
    @ivar line: where it stands, from 1; 0 where that is not known.
    """

    section: Section
    name: str
    raw: str
    line: int

    @property
    def value(self) -> str:
        """
        The value with C{%(name)s} replaced by that of another key, of this section or of L{DEFAULT}.

        @raise ConfigErrors: it grows beyond L{SIZE_LIMIT}.
        """
        value = self.raw
        for _ in range(_DEPTH):
            name = _variable(value)
            other = self._named(name) if name else None
            if other is None:
                break
            variable = f"%({name})s"
            if value.count(variable) * len(other.raw) > SIZE_LIMIT:
                fail(f"{self.name} is longer than {SIZE_LIMIT} characters", self.line)
            value = value.replace(variable, other.raw)
        return value

    def _named(self, name: str) -> Entry | None:
        found = self.section.find(name)
        return found if found not in (None, self) else self.section.file.section(DEFAULT).find(name)


def _variable(value: str) -> str:
    """@return: the first name that stands as C{%(name)s} in a value, or nothing."""
    start = value.find("%(")
    while start >= 0:
        end = value.find(")", start)
        if value[end + 1 : end + 2] == "s" and end > start + 2:
            return value[start + 2 : end]
        start = value.find("%(", end) if end > 0 else -1
    return ""


@define(eq=False)
class Section:
    """
    One section.

    @ivar entries: its own keys, by their names.
    @ivar line: where it begins, from 1; 0 where that is not known.
    """

    file: File
    name: str
    line: int
    entries: dict[str, Entry] = attrs.field(factory=dict)

    def put(self, name: str, raw: str, line: int) -> None:
        """Add a key, or give it another value."""
        self.entries[name] = Entry(self, name, raw, line)

    def find(self, name: str) -> Entry | None:
        """@return: a key of this section, or else of the one that its name is below: C{[a.b]} has what C{[a]} has."""
        section: Section | None = self
        while section is not None:
            if name in section.entries:
                return section.entries[name]
            section = section._above()
        return None

    def _above(self) -> Section | None:
        name = self.name
        while "." in name:
            name = name.rpartition(".")[0]
            found = self.file.sections.get(name or DEFAULT)
            if found is not None:
                return found
        return None

    def text(self, name: str) -> str:
        """@return: the value of a key; empty where there is none."""
        found = self.find(name)
        return "" if found is None else found.value

    def beginning(self, prefix: str) -> dict[str, Entry]:
        """@return: the own keys whose names begin so, by what follows."""
        return {name.removeprefix(prefix): one for name, one in self.entries.items() if name.startswith(prefix)}


@define(eq=False)
class File:
    """
    A file, with those that were put behind it.

    @ivar sections: by their names, in the order of the text.
    @ivar bare: the line of the first key without a value, which is true then; 0 where there is none.
    @ivar doubts: what the reference takes without a word: the line, and what it is.
    @ivar others: the files behind the first one, each with the line before its own first.
    """

    sections: dict[str, Section] = attrs.field(factory=dict)
    bare: int = 0
    doubts: list[tuple[int, str]] = attrs.field(factory=list)
    others: list[tuple[int, str]] = attrs.field(factory=list)

    def section(self, name: str, line: int = 0) -> Section:
        """@return: the section of that name, made if there is none."""
        if name not in self.sections:
            self.sections[name] = Section(self, name, line)
        return self.sections[name]

    def place(self, line: int) -> tuple[str, int]:
        """@return: the file in which a line stands, empty for the first, and its number there."""
        n = bisect(self.others, line - 1, key=lambda other: other[0])
        before, name = self.others[n - 1] if n else (0, "")
        return name, line - before


def parse(text: str, *, numbered: bool = True) -> File:
    """
    @param numbered: whether the lines of the text are those of a file.
    @raise ConfigErrors: with the reference's text and the line.
    """
    if len(text) > SIZE_LIMIT:
        fail(f"the file is longer than {SIZE_LIMIT} characters")
    return _Parser(text, numbered).run()


class _Parser:
    def __init__(self, text: str, numbered: bool) -> None:
        self._file = File()
        self._rows = text.removeprefix("\ufeff").split("\n")
        self._taken = 0
        self._numbered = numbered
        self._section = self._file.section(DEFAULT)
        self._nameless = 0

    def run(self) -> File:
        while self._taken < len(self._rows):
            row = self._next().lstrip(SPACE)
            if row.startswith("["):
                self._header(row)
            elif row and row[0] not in "#;":
                self._entry(row)
        return self._file

    @property
    def _line(self) -> int:
        return self._taken if self._numbered else 0

    def _next(self) -> str:
        """@return: a row with its end; the last one of a text has none."""
        self._taken += 1
        row = self._rows[self._taken - 1]
        return row if self._taken == len(self._rows) else row + "\n"

    def _header(self, row: str) -> None:
        name, bracket, _ = row[1:].rpartition("]")
        if not bracket:
            fail(f"unclosed section: {row.rstrip()}", self._line, "a section begins with its name in brackets: [name]")
        if not name:
            fail("empty section name", self._line)
        if name in self._file.sections and name != DEFAULT:
            self._file.doubts.append((self._line, f"[{name}] stands here once more: both are one section"))
        self._section = self._file.section(name, self._line)
        self._nameless = 0

    def _entry(self, row: str) -> None:
        line = self._line
        found = self._name(row)
        if found is None:
            self._file.bare = self._file.bare or self._taken
            name, value = self._value(row), "true"
        elif found[0] == "-":
            self._nameless += 1
            name, value = f"#{self._nameless}", self._value(found[1])
        else:
            name, value = found[0], self._value(found[1])
        if not name:
            fail("error creating new key: empty key name", line)
        if name in self._section.entries:
            self._file.doubts.append((line, f"{name} stands in [{self._section.name}] once more: this one counts"))
        self._section.put(name, value, line)

    def _name(self, row: str) -> tuple[str, str] | None:
        """@return: the name of a key, and what follows behind the delimiter; None where there is no delimiter."""
        quote = '"""' if row.startswith('"""') and len(row) > 6 else row[0] if row[0] in '"`' else ""
        start = len(quote)
        end = row.find(quote, start) if quote else start
        if end < 0:
            fail(f"missing closing key quote: {row.rstrip()}", self._line, "a quote around a name has its equal behind")
        # Behind a quote as many characters are passed over as it has itself.
        delimiter = _DELIMITER.search(row, end + start)
        if delimiter is None:
            return None
        if not quote and not delimiter.start():
            fail(f"empty key name: {row.rstrip()}", self._line, "a name stands before = and :")
        return row[start : end if quote else delimiter.start()].strip(SPACE), row[delimiter.end() :]

    def _value(self, text: str) -> str:
        text = text.lstrip(SPACE)
        quote = '"""' if text.startswith('"""') and len(text) > 3 else "`" if text.startswith("`") else ""
        if quote:
            inner, found, _ = text[len(quote) :].rpartition(quote)
            return inner if found else self._quoted(text[len(quote) :], quote)
        text = text.rstrip(SPACE)
        if text.endswith("\\"):
            return self._continued(text[:-1])
        if len(text) > 1 and text[0] in "'\"" and text.find(text[0], 1) == len(text) - 1:
            return text[1:-1]
        return text

    def _quoted(self, begun: str, quote: str) -> str:
        """The rest of a value that goes on until its quote."""
        line, parts = self._line, [begun]
        while self._taken < len(self._rows):
            inner, found, _ = (row := self._next()).rpartition(quote)
            if found:
                return "".join([*parts, inner])
            parts.append(row)
        fail(f"missing closing key quote from line {line}", line, f"a value that begins with {quote} ends with it")

    def _continued(self, begun: str) -> str:
        """The rest of a value whose lines end with a backslash."""
        parts = [begun]
        while self._taken < len(self._rows):
            row = self._next().strip(SPACE)
            parts.append(row.removesuffix("\\"))
            if not row.endswith("\\"):
                break
        return "".join(parts)
