"""Single values: ports, port ranges, bandwidths, names of annotations; numbers and texts as the reference says them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import attrs

from frp.config.declare import key, table
from frp.values import frozen
from frp.wire.address import bare

__all__ = [
    "ANNOTATIONS_LIMIT",
    "Bandwidth",
    "PortRange",
    "Written",
    "annotationsProblem",
    "numbers",
    "numeral",
    "portDoubt",
    "portProblem",
    "portRanges",
    "qualifiedNameProblems",
    "quoted",
    "rangesText",
    "whatIs",
]

ANNOTATIONS_LIMIT = 256 * 1024
"""Bytes of all annotations of one proxy, names and values."""

NUMBERS_LIMIT = 65536
"""How many numbers one text of ranges may stand for: every port there is."""


def portProblem(label: str) -> Callable[[int, object], str]:
    """The rule of a port key: 0 to 65535. The label is what the reference calls it."""

    def problem(value: int, _table: object) -> str:
        return "" if 0 <= value <= 65535 else f"{label}: port number {value} must be in the range 0..65535"

    return problem


def hostDoubt(value: str, _table: object) -> str:
    """The doubt about a key that takes a host: there is a scheme before it, or a port behind it."""
    _, scheme, behind = value.rpartition("://")
    place = behind.partition("/")[0]
    host, colon, port = place.rpartition(":")
    ported = colon and port.isdecimal() and (":" not in host or host.endswith("]"))
    if not (scheme or ported):
        return ""
    alone = bare(host if ported else place)
    return f'{value} is no host: write "{alone}", and the port in its own key'


def portDoubt(value: int, _table: object) -> str:
    """The doubt about a port key that the reference does not check."""
    return "" if 0 <= value <= 65535 else f"there is no port {value}: ports go from 0 to 65535"


@table(reference="types.PortsRange")
class PortRange:
    """Ports: either C{single}, or C{start} to C{end}."""

    start: int = key(0, "The first port of a range.")
    end: int = key(0, "The last port of a range.")
    single: int = key(0, "One port; more than 0 wins over start and end.")

    def ports(self) -> range:
        """The ports; none, when the end lies before the start."""
        return range(self.single, self.single + 1) if self.single > 0 else range(self.start, self.end + 1)

    def __str__(self) -> str:
        return str(self.single) if self.single > 0 else f"{self.start}-{self.end}"


def portRanges(text: str) -> list[PortRange]:
    """
    Read C{1000-2000,3000}, as command-line flags and INI files write it.

    @raise ValueError: with the reference's words.
    """
    found = []
    for part in text.strip().split(","):
        bounds = _bounds(part)
        found.append(PortRange(single=bounds[0]) if len(bounds) == 1 else PortRange(start=bounds[0], end=bounds[1]))
    return found


def rangesText(ranges: Iterable[PortRange]) -> str:
    """The text that L{portRanges} reads."""
    return ",".join(map(str, ranges))


def numbers(text: str) -> list[int]:
    """
    All the numbers that C{1000-1002,3000} stands for.

    @raise ValueError: with the reference's words; or there are more than ports.
    """
    found: list[int] = []
    for part in text.strip().split(","):
        bounds = _bounds(part)
        if bounds[-1] - bounds[0] + len(found) >= NUMBERS_LIMIT:
            raise ValueError(f"range number is invalid, more than {NUMBERS_LIMIT} numbers")
        found.extend(range(bounds[0], bounds[-1] + 1))
    return found


def _bounds(part: str) -> list[int]:
    """One or two numbers, the second not below the first."""
    pieces = part.split("-")
    if len(pieces) > 2:
        raise ValueError("range number is invalid")
    try:
        bounds = [goInteger(piece.strip()) for piece in pieces]
    except ValueError as error:
        raise ValueError(f"range number is invalid, {error}") from None
    if bounds[-1] < bounds[0]:
        raise ValueError("range number is invalid")
    return bounds


def goInteger(text: str) -> int:
    """
    Read a decimal number of 64 bits.

    @raise ValueError: with the reference's words.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII):
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    if len(text) > 40 or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return int(text)


def quoted(text: str) -> str:
    """A text in double quotes as the reference prints it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else _escaped(c)) for c in text) + '"'


def _escaped(char: str) -> str:
    short = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    code = ord(char)
    return short.get(char) or (
        f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


_FLOAT = re.compile(r"[+-]?([0-9](_?[0-9])*\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_MOST = (1 << 63) - 1


@frozen
class Bandwidth:
    """
    So many bytes per second, written as a number followed by C{KB} (1024) or C{MB} (1048576).

    @ivar text: as it was written, without spaces around; empty for no limit.
    @ivar bytesPerSecond: 0 for no limit.
    """

    text: str = ""
    bytesPerSecond: int = attrs.field(default=0, eq=True)

    @classmethod
    def parse(cls, text: str) -> Bandwidth:
        """@raise ValueError: with the reference's words."""
        text = text.strip()
        if not text:
            return cls()
        unit = {"KB": 1024, "MB": 1024 * 1024}.get(text[-2:])
        if unit is None:
            raise ValueError("unit not support")
        number = text[:-2]
        if _FLOAT.fullmatch(number) is None:
            raise ValueError(f"strconv.ParseFloat: parsing {quoted(number)}: invalid syntax")
        value = float(number)
        if math.isinf(value):
            raise ValueError(f"strconv.ParseFloat: parsing {quoted(number)}: value out of range")
        # More than 64 bits hold is as good as the most that they hold.
        return cls(text, int(max(-_MOST, min(value * unit, _MOST))))

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)
_NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_PREFIX_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def qualifiedNameProblems(name: str) -> list[str]:
    """What keeps a text from being a Kubernetes qualified name: C{prefix/name}, the prefix optional."""
    parts = name.split("/")
    if len(parts) > 2:
        return [
            f"a qualified name {_NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    found = _prefixProblems(parts[0]) if len(parts) == 2 else []
    if not parts[-1]:
        found.append("name part must be non-empty")
    if len(parts[-1].encode()) > 63:
        found.append("name part must be no more than 63 characters")
    if _NAME.fullmatch(parts[-1]) is None:
        found.append(f"name part {_NAME_RULE}")
    return found


def _prefixProblems(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    found = []
    if len(prefix.encode()) > 253:
        found.append("prefix part must be no more than 253 characters")
    if _SUBDOMAIN.fullmatch(prefix) is None:
        found.append(f"prefix part {_PREFIX_RULE}")
    return found


def annotationsProblem(annotations: Mapping[str, str], _table: object = None) -> str:
    """
    The rule of a proxy's annotations: names are qualified names once they are lower-cased, and all of it stays under
    L{ANNOTATIONS_LIMIT}.
    """
    found = [
        f"annotation key {name} is invalid: {text}"
        for name in annotations
        for text in qualifiedNameProblems(name.lower())
    ]
    size = sum(len(name.encode()) + len(value.encode()) for name, value in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        found.append(f"annotations size {size} is larger than limit {ANNOTATIONS_LIMIT}")
    return "\n".join(found)


class Written(float):
    """A number of a JSON text that is not written as an integer. It fits no integer key, also when it is whole."""

    text: str

    def __new__(cls, text: str) -> Written:
        made = super().__new__(cls, text)
        made.text = text
        return made


def whatIs(value: object) -> str:
    """The reference's word for the type of a value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, (list, tuple)) else "string"


def numeral(value: float) -> str:
    """A number as the reference prints it."""
    if isinstance(value, Written):
        return value.text
    if isinstance(value, int):
        return str(value)
    if value and (1e-6 <= abs(value) < 1e21):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return repr(value).removesuffix(".0").replace("e-0", "e-")
