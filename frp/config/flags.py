"""
Flags of a command line as data, and command lines read as the reference's users write them.

The reference reads its flags with Go's pflag: C{--name=value}, C{--name value}, C{-p7000}, C{-p=7000}, C{_} for C{-} in
names, switches that take a value only after C{=}, lists that take commas and repetition. Words that are no flags may
stand between flags; C{--} ends them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import zip_longest
from typing import Any

from frp.config import values
from frp.config.declare import Shape, keysOf
from frp.config.values import Bandwidth, quoted
from frp.errors import FRPError
from frp.values import frozen

__all__ = [
    "HELP",
    "BadFlag",
    "Flag",
    "Kind",
    "Values",
    "bandwidth",
    "boolean",
    "duration",
    "file",
    "files",
    "flagsOf",
    "folder",
    "integer",
    "listed",
    "nested",
    "pairs",
    "portRanges",
    "readFlags",
    "text",
    "valuesOf",
    "wordAt",
]


Values = dict[str, Any]
"""What was given on a command line, by the names of the flags; or keys of a configuration."""


class BadFlag(FRPError):
    """A command line that cannot be read. The brief text is what the reference prints after C{Error: }."""


@frozen
class Kind:
    """
    What a flag takes.

    @ivar label: for help.
    @ivar read: the value of a text; raises C{ValueError} with the reference's text.
    @ivar alone: the text that a flag without value stands for; None if it needs one.
    @ivar add: joins the values of a flag that is given again; by default the last one counts.
    @ivar completes: what shells complete: C{file}, C{dir} or nothing.
    """

    label: str
    read: Callable[[str], object]
    alone: str | None = None
    add: Callable[[Any, Any], object] = lambda before, now: now
    completes: str = ""


@frozen
class Flag:
    """
    One flag.

    @ivar name: with C{-}; users may write C{_} for it.
    @ivar short: one letter, or empty.
    @ivar key: the configuration key that it sets, such as C{transport.tls.force}; empty for what the command itself
        looks at.
    @ivar default: what is set when the flag is not given; None leaves the key alone.
    @ivar also: another name; or empty.
    """

    name: str
    short: str
    key: str
    help: str
    kind: Kind
    default: object = None
    also: str = ""

    @property
    def spelling(self) -> str:
        """As error texts name it: C{-p, --bind-port}."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


def _integer(value: str) -> int:
    # Go's ParseInt with base 0: 0x1f, 0o17, 017, 0b1 and 1_000 are numbers, too.
    digits = re.sub(r"^([+-]?)0(?=[0-9_])", r"\g<1>0o", value)
    try:
        if not value.isascii() or value != value.strip():
            raise ValueError
        number = int(digits, 0)
    except ValueError:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(value)}: invalid syntax") from None
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(value)}: value out of range")
    return number


def _boolean(value: str) -> bool:
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quoted(value)}: invalid syntax")


#: One field of a list: in quotes, where two stand for one, or bare.
_FIELD = re.compile(r'(?:"(?:[^"]|"")*"|[^",][^,"]*)?(?:,|$)')


def _listed(value: str) -> list[str]:
    at = 0
    while at < len(value):
        field = _FIELD.match(value, at)
        if field is None:
            raise ValueError(f"parse error on line 1, column {_misquoted(value, at)}")
        at = field.end()
    return next(csv.reader(value.splitlines(keepends=True)), [])


def _misquoted(value: str, at: int) -> str:
    """@return: where Go finds the quote of a field misplaced, and what it says."""
    if value[at] != '"':
        where, what = value.index('"', at), 'bare " in non-quoted-field'
    else:
        ended = re.compile(r'"(?:[^"]|"")*').match(value, at)
        assert ended is not None
        where, what = ended.end(), 'extraneous or missing " in quoted-field'
    return f"{len(value[:where].encode()) + 1}: {what}"


def _pairs(value: str) -> dict[str, str]:
    if "=" not in value:
        raise ValueError(f"{value} must be formatted as key=value")
    found = {}
    # With a single = a comma belongs to the value, as in the reference.
    for item in [value.strip('"')] if value.count("=") == 1 else _listed(value):
        name, equals, content = item.partition("=")
        if not equals:
            raise ValueError(f"{item} must be formatted as key=value")
        found[name] = content
    return found


def _portRanges(value: str) -> list[dict[str, int]]:
    return [
        {"single": found.single} if found.single else {"start": found.start, "end": found.end}
        for found in values.portRanges(value)
    ]


_UNITS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([^0-9.]*)")


def _duration(value: str) -> float:
    sign, spans = (-1, value[1:]) if value.startswith("-") else (1, value.removeprefix("+"))
    if spans == "0":
        return 0.0
    found = _SPAN.findall(spans)
    if not found or "".join(number + unit for number, unit in found) != spans:
        raise ValueError(f"time: invalid duration {quoted(value)}")
    for _number, unit in found:
        if unit not in _UNITS:
            wrong = f"unknown unit {quoted(unit)}" if unit else "missing unit"
            raise ValueError(f"time: {wrong} in duration {quoted(value)}")
    return sign * sum(float(number) * _UNITS[unit] for number, unit in found)


text = Kind("text", str)
file = Kind("file", str, completes="file")
folder = Kind("folder", str, completes="dir")
integer = Kind("integer", _integer)
boolean = Kind("boolean", _boolean, alone="true")
listed = Kind("list", _listed, add=lambda before, now: [*before, *now])
#: One value each time the flag is given, whatever is in it.
files = Kind("file", lambda value: [value], add=lambda before, now: [*before, *now], completes="file")
pairs = Kind("key=value,...", _pairs, add=lambda before, now: {**before, **now})
portRanges = Kind("ports", _portRanges)
bandwidth = Kind("quantity", lambda value: str(Bandwidth.parse(value)))
#: Go's durations, such as C{1m30s}; in seconds.
duration = Kind("duration", _duration)


#: What every command has.
HELP = Flag("help", "h", "", "show this message and exit", boolean)


def readFlags(words: Sequence[str], flags: Iterable[Flag]) -> tuple[Values, list[str]]:
    """
    Read a command line.

    @return: the values of the flags that were given, by the flags' names; and the words that are no flags.
    @raise BadFlag: at the first word that is wrong.
    """
    reading = _Reading(list(words), flags)
    reading.run()
    return reading.values, reading.others


def wordAt(words: Sequence[str], flags: Iterable[Flag]) -> int | None:
    """
    Where the first word stands that is neither a flag nor the value of one: where a sub-command would be. A flag that
    nobody knows counts as one with a value, as in the reference.

    @return: its index in C{words}, or None.
    """
    switches = {name for f in flags if f.kind.alone is not None for name in (f"--{f.name}", f"-{f.short}")}
    taken = False
    for index, word in enumerate(words):
        if taken:
            taken = False
        elif word == "--":
            return None
        elif word.startswith("--"):
            taken = "=" not in word and word.replace("_", "-") not in switches
        elif word.startswith("-"):
            taken = len(word) == 2 and word not in switches
        elif word:
            return index
    return None


def valuesOf(flag: Flag, words: Sequence[str]) -> list[str]:
    """
    The texts that a command line gives to one long flag, whatever else is wrong with it: for what has to be known
    before the other flags can be.
    """
    found = []
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        name, equals, value = word.partition("=")
        if name.replace("_", "-") == f"--{flag.name}" and (equals or following):
            found.append(value if equals else following)
    return found


def flagsOf(schema: type, base: type) -> tuple[Flag, ...]:
    """
    A flag for each key that a table has beyond its base and that fits in a word: C{remotePort} is C{--remote-port}.
    So every kind of proxy has its flags without saying so. Where the reference has another name for one, both count.
    """
    known = keysOf(base)
    made = ((name, declared, _kindOf(declared.shape)) for name, declared in keysOf(schema).items() if name not in known)
    return tuple(
        Flag(*_spelled(name), key=name, help=declared.meta.help, kind=kind, also=_kebab(name))
        for name, declared, kind in made
        if kind is not None
    )


#: Where the reference's users know a key by another name than its own, or by a letter.
_SPELLINGS = {
    "customDomains": ("custom-domain", "d"),
    "httpPassword": ("http-pwd", ""),
    "multiplexer": ("mux", ""),
    "remotePort": ("remote-port", "r"),
    "secretKey": ("sk", ""),
    "subdomain": ("sd", ""),
}


def _spelled(name: str) -> tuple[str, str]:
    return _SPELLINGS.get(name, (_kebab(name), ""))


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _kindOf(shape: Shape) -> Kind | None:
    inner = shape.item.kind if shape.item is not None else ""
    return {"str": text, "int": integer, "bool": boolean, "list of str": listed, "dict of str": pairs}.get(
        f"{shape.kind} of {inner}" if inner else shape.kind
    )


def nested(given: Values, flags: Iterable[Flag]) -> Values:
    """
    The configuration that a command line means, as tables in tables.

    @param given: what L{readFlags} found.
    """
    whole: Values = {}
    for flag in flags:
        value = given.get(flag.name, flag.default)
        if not flag.key or value is None:
            continue
        *tables, last = flag.key.split(".")
        place = whole
        for table in tables:
            place = place.setdefault(table, {})
        place[last] = value
    return whole


class _Reading:
    def __init__(self, words: list[str], flags: Iterable[Flag]) -> None:
        self._words = words[::-1]
        self._long = {name: flag for flag in flags for name in (flag.name, flag.also) if name}
        self._short = {flag.short: flag for flag in self._long.values() if flag.short}
        self.values: Values = {}
        self.others: list[str] = []

    def run(self) -> None:
        while self._words:
            word = self._words.pop()
            if word == "--":
                self.others += self._words[::-1]
                return
            if word.startswith("--"):
                self._readLong(word)
            elif word.startswith("-") and word != "-":
                self._readShort(word[1:])
            else:
                self.others.append(word)

    def _readLong(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        if not name or name.startswith("-"):
            raise BadFlag(f"bad flag syntax: {word}")
        flag = self._long.get(name.replace("_", "-"))
        if flag is None:
            raise BadFlag(f"unknown flag: --{name}", _near(name, self._long))
        self._set(flag, value if equals else self._value(flag, word))

    def _readShort(self, letters: str) -> None:
        while letters:
            place = f"'{letters[0]}' in -{letters}"
            letter, letters = letters[0], letters[1:]
            flag = self._short.get(letter)
            if flag is None:
                raise BadFlag(f"unknown shorthand flag: {place}")
            if len(letters) > 1 and letters.startswith("="):
                self._set(flag, letters[1:])
                return
            if flag.kind.alone is None and letters:
                self._set(flag, letters)
                return
            self._set(flag, self._value(flag, place))

    def _value(self, flag: Flag, place: str) -> str:
        if flag.kind.alone is not None:
            return flag.kind.alone
        if not self._words:
            raise BadFlag(f"flag needs an argument: {place}")
        return self._words.pop()

    def _set(self, flag: Flag, value: str) -> None:
        try:
            found = flag.kind.read(value)
        except ValueError as error:
            raise BadFlag(f'invalid argument {quoted(value)} for "{flag.spelling}" flag: {error}') from None
        if flag.name in self.values:
            found = flag.kind.add(self.values[flag.name], found)
        self.values[flag.name] = found


def _near(name: str, names: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.replace("_", "-"), names, n=3)
    return f"unknown flag: --{name}" + (f"\nDid you mean {' or '.join('--' + n for n in near)}?" if near else "")
