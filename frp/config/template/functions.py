"""The functions of templates, and what they know of Go: how values print, compare and are called."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeGuard
from urllib.parse import quote_plus

from frp.config.formats.format import ABSENT
from frp.config.values import numbers, quoted
from frp.values import frozen

__all__ = [
    "BUILTINS",
    "FUNCTIONS",
    "SIZE_LIMIT",
    "NumberPair",
    "Values",
    "isInteger",
    "isTrue",
    "printed",
    "sizeOf",
    "typeName",
]

SIZE_LIMIT = 4 * 1024 * 1024
"""Characters of one value, and of all that is printed."""


@frozen
class Values:
    """The data of every template: the environment."""

    Envs: Mapping[str, str]


class Int64(int):
    """A number of 64 bits: to the reference not of the type of a number in the template, as its messages tell."""


@frozen
class NumberPair:
    First: Int64
    Second: Int64


def isInteger(value: object) -> TypeGuard[int]:
    """Not a bool, which is an int to Python."""
    return isinstance(value, int) and not isinstance(value, bool)


def typeName(value: object) -> str:
    known = {
        bool: "bool",
        int: "int",
        Int64: "int64",
        float: "float64",
        str: "string",
        Values: "*config.Values",
        NumberPair: "config.NumberPair",
    }
    if type(value) in known:
        return known[type(value)]
    if isinstance(value, list):
        return "[]config.NumberPair" if value and isinstance(value[0], NumberPair) else "[]int64"
    return "map[string]string" if isinstance(value, Mapping) else "nil"


def isTrue(value: object) -> bool:
    """Whether C{if} takes it."""
    return isinstance(value, (Values, NumberPair)) or bool(value)


def sizeOf(value: object) -> int:
    """Roughly what a value costs to handle."""
    return len(value) if isinstance(value, (str, list, Mapping)) else 1


def printed(value: object) -> str:
    """A value as an action prints it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list):
        return f"[{' '.join(map(printed, value))}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{name}:{value[name]}' for name in sorted(value))}]"
    if isinstance(value, NumberPair):
        return f"{{{value.First} {value.Second}}}"
    if isinstance(value, Values):
        return f"{{{printed(value.Envs)}}}"
    # What stands for a variable that is not set, in the reference too.
    return ABSENT if value is None else str(value)


def _float(value: float) -> str:
    if value == 0 or 1e-4 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", repr(value))


def _sprint(*values: object) -> str:
    # Spaces stand only between two values of which neither is a string.
    text = ""
    for n, value in enumerate(values):
        if n and not isinstance(value, str) and not isinstance(values[n - 1], str):
            text += " "
        text = _bounded(text + ("<nil>" if value is None else printed(value)))
    return text


def _sprintln(*values: object) -> str:
    return _bounded(" ".join("<nil>" if v is None else printed(v) for v in values) + "\n")


def _bounded(text: str) -> str:
    if len(text) > SIZE_LIMIT:
        raise ValueError(f"more than {SIZE_LIMIT} characters")
    return text


_VERB = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.?)", re.DOTALL)


def _printf(pattern: str, *values: object) -> str:
    waiting = list(values)
    used = 0
    text, end = "", 0
    for found in _VERB.finditer(pattern):
        text += pattern[end : found.start()]
        end = found.end()
        flags, width, precision, verb = found.groups()
        sizes = []
        for size in (width, precision):
            if size == "*":
                size = str(waiting[used]) if used < len(waiting) and isInteger(waiting[used]) else "%!(BADWIDTH)"
                used += 1
            sizes.append(size)
        text = _bounded(text)
        if verb in ("%", ""):
            text += "%" if verb else "%!(NOVERB)"
            continue
        if used >= len(waiting):
            text += f"%!{verb}(MISSING)"
            continue
        text += _verb(verb, flags, sizes[0], sizes[1], waiting[used])
        used += 1
    text += pattern[end:]
    if used < len(waiting):
        text += f"%!(EXTRA {', '.join(f'{typeName(v)}={printed(v)}' for v in waiting[used:])})"
    return _bounded(text)


def _verb(verb: str, flags: str, width: str | None, precision: str | None, value: object) -> str:
    try:
        wide, exact = int(width or 0), None if precision is None else int(precision or 0)
    except ValueError:
        wide, exact = 0, None
    if wide > 10000 or (exact or 0) > 10000:
        return "%!(BADWIDTH)" if wide > 10000 else "%!(BADPREC)"
    made = _converted(verb, flags, exact, value)
    if made is None:
        return f"%!{verb}({typeName(value)}={printed(value)})" if value is not None else f"%!{verb}(<nil>)"
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if "+" in flags and numeric and not made.startswith("-") and verb not in "cqxXUs":
        made = "+" + made
    if " " in flags and numeric and made[:1].isdigit():
        made = " " + made
    if "-" in flags or wide < 0:
        return made.ljust(abs(wide))
    if "0" in flags and (numeric or verb not in "qv"):
        sign = made[:1] if numeric and made[:1] in "+-" else ""
        return sign + made[len(sign) :].rjust(wide - len(sign), "0")
    return made.rjust(wide)


def _converted(verb: str, flags: str, precision: int | None, value: object) -> str | None:
    """None where the verb does not fit the value."""
    if verb == "v":
        return "<nil>" if value is None else printed(value)
    if verb == "T":
        return typeName(value)
    if verb == "t":
        return printed(value) if isinstance(value, bool) else None
    if isinstance(value, str):
        return _convertedText(verb, value if precision is None else value[:precision])
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return _convertedInteger(verb, flags, value)
    if isinstance(value, float) and verb in "eEfFgG":
        if verb in "gG" and precision is None:
            return _float(value)
        return f"{value:.{6 if precision is None else precision}{verb}}"
    if verb == "s" and isinstance(value, (list, Mapping)):
        return printed(value) if isinstance(value, Mapping) else f"[{' '.join(map(_asText, value))}]"
    return f"[{' '.join(map(printed, value))}]" if verb == "d" and isinstance(value, list) else None


def _asText(value: object) -> str:
    if isinstance(value, NumberPair):
        return f"{{{_asText(value.First)} {_asText(value.Second)}}}"
    return f"%!s({typeName(value)}={printed(value)})"


def _convertedText(verb: str, value: str) -> str | None:
    digits = value.encode("utf-8", "surrogateescape").hex()
    return {"s": value, "q": quoted(value), "x": digits, "X": digits.upper()}.get(verb)


def _convertedInteger(verb: str, flags: str, value: int) -> str | None:
    if verb in "dobxX":
        return format(value, ("#" if "#" in flags and verb != "d" else "") + verb)
    if verb in "cqU" and 0 <= value < 0x110000 and not 0xD800 <= value < 0xE000:
        return {"c": chr(value), "q": f"'{chr(value)}'", "U": f"U+{value:04X}"}[verb]
    return None


def _kind(value: object) -> str:
    for kind, types in (("bool", bool), ("number", int), ("float", float), ("string", str)):
        if isinstance(value, types):
            return kind
    return "nil" if value is None else typeName(value)


def _equal(first: object, *others: object) -> bool:
    kind = _comparable(first)
    if not others:
        raise ValueError("missing argument for comparison")
    for other in others:
        if _comparable(other) != kind and "nil" not in (kind, _kind(other)):
            raise ValueError(f"incompatible types for comparison: {typeName(first)} and {typeName(other)}")
        if _kind(other) == kind and other == first:
            return True
    return False


def _comparable(value: object) -> str:
    if isinstance(value, (Mapping, list)):
        shown = printed(value) if isinstance(value, Mapping) else f"[{' '.join(map(_asText, value))}]"
        raise ValueError(f"non-comparable type {shown}: {typeName(value)}")
    return _kind(value)


def _less(first: Any, second: Any) -> bool:
    kind, other = _kind(first), _kind(second)
    if not {kind, other} <= {"bool", "number", "float", "string"} or kind == other == "bool":
        raise ValueError("invalid type for comparison")
    if kind != other:
        raise ValueError(f"incompatible types for comparison: {typeName(first)} and {typeName(second)}")
    return bool(first < second)


def _index(value: object, *keys: object) -> object:
    if value is None:
        raise ValueError("index of untyped nil")
    for at in keys:
        if isinstance(value, Mapping):
            if at is None:
                raise ValueError("value is nil; should be of type string")
            if not isinstance(at, str):
                raise ValueError(f"value has type {typeName(at)}; should be string")
            value = value.get(at, "")
        elif isinstance(value, (list, str)):
            place = _place(at, len(value))
            value = ord(value[place]) if isinstance(value, str) else value[place]
        else:
            raise ValueError(f"can't index item of type {typeName(value)}")
    return value


def _place(at: object, end: int) -> int:
    if not isInteger(at):
        raise ValueError(f"cannot index slice/array with type {typeName(at)}")
    if not 0 <= at < end:
        raise ValueError(f"index out of range: {at}")
    return at


def _slice(value: object, *bounds: object) -> object:
    if value is None:
        raise ValueError("slice of untyped nil")
    if not isinstance(value, (list, str)):
        raise ValueError(f"can't slice item of type {typeName(value)}")
    if len(bounds) > 2 + isinstance(value, list):
        raise ValueError(
            f"too many slice indexes: {len(bounds)}" if isinstance(value, list) else "cannot 3-index slice a string"
        )
    places = [_place(at, len(value) + 1) for at in bounds]
    start = places[0] if places else 0
    end = places[1] if len(places) > 1 else len(value)
    if start > end:
        raise ValueError(f"invalid slice index: {start} > {end}")
    return value[start:end]


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogateescape"))
    if isinstance(value, (list, Mapping)):
        return len(value)
    name = typeName(value).removeprefix("*")
    raise ValueError("reflect: call of reflect.Value.Type on zero Value" if value is None else f"len of type {name}")


def _joined(values: tuple[object, ...]) -> str:
    return _sprint(*(printed(value) if value is None else value for value in values))


def _html(*values: object) -> str:
    text = html.escape(_joined(values), quote=False).replace('"', "&#34;").replace("'", "&#39;")
    return _bounded(text.replace("\0", "�"))


_SCRIPT = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _js(*values: object) -> str:
    escaped = (_SCRIPT.get(c) or (c if c.isprintable() else f"\\u{ord(c):04X}") for c in _joined(values))
    return _bounded("".join(escaped))


def _urlquery(*values: object) -> str:
    return _bounded(quote_plus(_joined(values), safe="-_.~", errors="surrogateescape"))


def _range(text: str) -> list[Int64]:
    return list(map(Int64, numbers(text)))


def _pairs(first: str, second: str) -> list[NumberPair]:
    left, right = _range(first), _range(second)
    if len(left) != len(right):
        raise ValueError("first and second range numbers are not in pairs")
    return list(map(NumberPair, left, right))


@frozen
class TemplateFunction:
    """
    A function as templates call it. C{call} raises L{ValueError} with the reference's words.

    @ivar most: how many arguments it takes; None for any number.
    @ivar texts: so many of the first arguments must be strings.
    """

    call: Callable[..., object]
    least: int
    most: int | None
    texts: int = 0


#: Those of Go.
BUILTINS: dict[str, TemplateFunction] = {
    "eq": TemplateFunction(_equal, 1, None),
    "ne": TemplateFunction(lambda a, b: not _equal(a, b), 2, 2),
    "lt": TemplateFunction(_less, 2, 2),
    "le": TemplateFunction(lambda a, b: _less(a, b) or _equal(a, b), 2, 2),
    "gt": TemplateFunction(lambda a, b: not (_less(a, b) or _equal(a, b)), 2, 2),
    "ge": TemplateFunction(lambda a, b: not _less(a, b), 2, 2),
    "not": TemplateFunction(lambda value: not isTrue(value), 1, 1),
    # These two are called by the interpreter, which leaves out what need not be evaluated.
    "and": TemplateFunction(lambda *values: next((v for v in values if not isTrue(v)), values[-1]), 1, None),
    "or": TemplateFunction(lambda *values: next((v for v in values if isTrue(v)), values[-1]), 1, None),
    "len": TemplateFunction(_length, 1, 1),
    "index": TemplateFunction(_index, 1, None),
    "slice": TemplateFunction(_slice, 1, None),
    "print": TemplateFunction(_sprint, 0, None),
    "println": TemplateFunction(_sprintln, 0, None),
    "printf": TemplateFunction(_printf, 1, None, texts=1),
    "html": TemplateFunction(_html, 0, None),
    "js": TemplateFunction(_js, 0, None),
    "urlquery": TemplateFunction(_urlquery, 0, None),
}

#: Those and the ones of frp.
FUNCTIONS: dict[str, TemplateFunction] = {
    **BUILTINS,
    "parseNumberRange": TemplateFunction(_range, 1, 1, texts=1),
    "parseNumberRangePair": TemplateFunction(_pairs, 2, 2, texts=2),
}
