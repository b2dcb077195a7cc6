"""
JSON as the reference's C{encoding/json} writes and reads it, driven by the fields that a class declares.

Written: keys in the order of declaration, no spaces, empty values left out, maps sorted, and the escapes that Go makes
so that its JSON may stand in HTML. Read: keys match without regard to case, unknown keys and null are ignored, all
else is strict.
"""

from __future__ import annotations

import json
import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from ipaddress import ip_address
from json.encoder import encode_basestring as quote
from typing import Any, TypeVar

import attrs

from frp.errors import LocalWireError, RemoteWireError

__all__ = [
    "flag",
    "fromJSON",
    "largestField",
    "literal",
    "many",
    "maybe",
    "nested",
    "number",
    "payload",
    "table",
    "text",
    "texts",
    "toJSON",
]

T = TypeVar("T")

_KIND = "frp.kind"
_LONE = re.compile("[\ud800-\udfff]")

try:
    # An optional accelerator. The standard library has the last word on what it refuses.
    _fastLoads: Callable[[bytes], Any] | None = import_module("orjson").loads
except ImportError:
    _fastLoads = None


class _Wrong(Exception):
    """
    A value that its field forbids.

    @ivar path: where, below the message.
    @ivar problem: what was expected and what was found, without the contents of any text: it may be a secret.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def under(self, name: str) -> _Wrong:
        """The same, seen from the object whose field C{name} it is."""
        return _Wrong(self.problem, f"{name}.{self.path}" if self.path and self.path[0] != "[" else name + self.path)


_NAMES = {
    str: "a text",
    bool: "a boolean",
    float: "a number",
    list: "a list",
    dict: "an object",
    bytes: "bytes",
    type(None): "nothing",
}


def _mismatch(expected: str, found: object) -> _Wrong:
    name = (
        f"the number {found}"
        if type(found) is int and -(1 << 64) < found < 1 << 64
        else _NAMES.get(type(found), type(found).__name__)
    )
    return _Wrong(f"expected {expected}, found {name}")


@attrs.frozen
class _Kind:
    """
    How the value of a field is written and read.

    @ivar encode: gives JSON text; raises L{_Wrong} for what C{decode} would refuse.
    @ivar decode: takes what a JSON parser found, never None.
    @ivar always: written even when empty.
    """

    encode: Callable[[Any], str]
    decode: Callable[[Any], Any]
    always: bool = False


def _declare(kind: _Kind, *, secret: bool = False, facts: dict[str, Any] | None = None, **default: Any) -> Any:
    return attrs.field(**default, repr=not secret, metadata={_KIND: kind, **(facts or {})})


def text(*, always: bool = False, secret: bool = False) -> Any:
    """Declare a string. A secret one is not shown in the message's repr."""
    return _declare(_Kind(_encodeText, _decodeText, always), secret=secret, default="")


def flag() -> Any:
    """Declare a boolean."""
    return _declare(_Kind(_encodeFlag, _decodeFlag), default=False)


def number(low: int, high: int, *, always: bool = False, key: str = "") -> Any:
    """
    Declare an integer from C{low} to C{high}, which also stand in the field's metadata as C{range}.

    @param key: its JSON name, where that is not a name in Python.
    """

    def decode(value: object) -> int:
        if type(value) is not int:
            raise _mismatch("an integer", value)
        if not low <= value <= high:
            raise _mismatch(f"an integer from {low} to {high}", value)
        return value

    facts = {"range": (low, high), "key": key or None}
    return _declare(_Kind(lambda value: str(decode(value)), decode, always), facts=facts, default=0)


def texts() -> Any:
    """Declare a list of strings."""
    return _declare(_Kind(_encodeTexts, _decodeTexts), factory=list)


def table() -> Any:
    """Declare a map from string to string."""
    return _declare(_Kind(_encodeTable, _decodeTable), factory=dict)


def payload() -> Any:
    """Declare bytes, which travel as base64."""
    return _declare(_Kind(_encodePayload, _decodePayload), secret=True, default=b"")


def literal() -> Any:
    """
    Declare an IP address as text, always written; empty is none. A host name is refused: nobody should look up what a
    peer names.
    """
    return _declare(_Kind(lambda value: quote(_decodeLiteral(value)), _decodeLiteral, always=True), default="")


def nested(cls: type[Any]) -> Any:
    """Declare an object of a declared class. It is always written: Go's C{omitempty} does not drop structures."""
    return _declare(
        _Kind(lambda value: _encodeObject(cls, value), lambda value: _decodeObject(cls, value), always=True),
        factory=cls,
    )


def maybe(cls: type[Any]) -> Any:
    """Declare an object of a declared class, or None."""
    return _declare(
        _Kind(lambda value: _encodeObject(cls, value), lambda value: _decodeObject(cls, value)), default=None
    )


def many(cls: type[Any]) -> Any:
    """Declare a list of objects of a declared class."""

    def encode(value: Any) -> str:
        return "[" + ",".join(_each(_list(value), lambda item: _encodeObject(cls, item))) + "]"

    def decode(value: Any) -> list[Any]:
        return _each(_list(value), lambda item: cls() if item is None else _decodeObject(cls, item))

    return _declare(_Kind(encode, decode), factory=list)


def _each(items: list[Any], convert: Callable[[Any], T]) -> list[T]:
    done: list[T] = []
    try:
        for item in items:
            done.append(convert(item))
    except _Wrong as wrong:
        raise wrong.under(f"[{len(done)}]") from None
    return done


def _list(value: object) -> list[Any]:
    if type(value) is list:
        return value
    if type(value) is tuple:
        return list(value)
    raise _mismatch("a list", value)


def _encodeText(value: object) -> str:
    if not isinstance(value, str):
        raise _mismatch("a text", value)
    return quote(value)


def _decodeText(value: object) -> str:
    if type(value) is not str:
        raise _mismatch("a text", value)
    if not value.isascii() and _LONE.search(value):
        return _LONE.sub("\ufffd", value)  # half a surrogate pair was escaped; Go reads it so
    return value


def _encodeFlag(value: object) -> str:
    return "true" if _decodeFlag(value) else "false"


def _decodeFlag(value: object) -> bool:
    if type(value) is not bool:
        raise _mismatch("a boolean", value)
    return value


def _encodeTexts(value: object) -> str:
    return "[" + ",".join(_each(_list(value), _encodeText)) + "]"


def _decodeTexts(value: object) -> list[str]:
    # A null in a list or a map is the empty text for Go.
    return _each(_list(value), lambda item: "" if item is None else _decodeText(item))


def _encodeTable(value: object) -> str:
    if not isinstance(value, dict):
        raise _mismatch("a map", value)
    return "{" + ",".join([f"{_encodeText(key)}:{_encodeText(item)}" for key, item in sorted(value.items())]) + "}"


def _decodeTable(value: object) -> dict[str, str]:
    if type(value) is not dict:
        raise _mismatch("a map", value)
    return {_decodeText(key): "" if item is None else _decodeText(item) for key, item in value.items()}


def _encodePayload(value: object) -> str:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _mismatch("bytes", value)
    return '"' + b2a_base64(value, newline=False).decode("ascii") + '"'


def _decodePayload(value: object) -> bytes:
    if type(value) is not str:
        raise _mismatch("a base64 text", value)
    try:
        return a2b_base64(value, strict_mode=True)
    except (Base64Error, ValueError):
        raise _Wrong("expected a base64 text, found another text") from None


@lru_cache(1024)
def _isLiteral(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return "%" not in value


def _decodeLiteral(value: object) -> str:
    if type(value) is not str:
        raise _mismatch("an IP address", value)
    if value and not _isLiteral(value):
        raise _Wrong("expected an IP address, found another text")
    return value


@attrs.frozen
class _Field:
    """One declared field: C{prefix} is its key as JSON, with the colon."""

    name: str
    prefix: str
    encode: Callable[[Any], str]
    decode: Callable[[Any], Any]
    always: bool


@attrs.frozen
class _Plan:
    """What is known of a declared class: C{keys} has the exact keys and is asked first, C{folded} has lower case."""

    fields: tuple[tuple[str, str, Callable[[Any], str], bool], ...]
    keys: dict[str, _Field]
    folded: dict[str, _Field]


_plans: dict[type[Any], _Plan] = {}


def _plan(cls: type[Any]) -> _Plan:
    keys: dict[str, _Field] = {}
    for field in attrs.fields(cls):
        key = field.metadata.get("key") or field.name
        kind = field.metadata[_KIND]
        keys[key] = _Field(field.name, quote(key) + ":", kind.encode, kind.decode, kind.always)
    folded = {_fold(key): field for key, field in keys.items()}
    plan = _Plan(tuple((f.name, f.prefix, f.encode, f.always) for f in keys.values()), keys, folded)
    return _plans.setdefault(cls, plan)


def _fold(key: str) -> str:
    # Go compares by simple folding, under which the long s is an s; lower() leaves that one alone.
    return key.lower().replace("\u017f", "s")


def _encodeObject(cls: type[Any], value: object) -> str:
    if type(value) is not cls:
        raise _mismatch(f"a {cls.__name__}", value)
    parts = []
    for name, prefix, encode, always in (_plans.get(cls) or _plan(cls)).fields:
        item = getattr(value, name)
        if item or always:
            try:
                parts.append(prefix + encode(item))
            except _Wrong as wrong:
                raise wrong.under(name) from None
    return "{" + ",".join(parts) + "}"


def _decodeObject(cls: type[T], found: object) -> T:
    if type(found) is not dict:
        raise _mismatch("an object", found)
    plan = _plans.get(cls) or _plan(cls)
    keys = plan.keys
    result = cls()
    for key, value in found.items():
        field = keys.get(key) or plan.folded.get(_fold(key))
        if field is not None and value is not None:
            try:
                setattr(result, field.name, field.decode(value))
            except _Wrong as wrong:
                raise wrong.under(field.name) from None
    return result


def toJSON(message: object) -> bytes:
    """
    @param message: an instance of a class whose fields are declared with the functions of this module.
    @raise LocalWireError: a value is not what its field was declared for; the reading side would refuse it too.
    """
    cls = type(message)
    try:
        written = _encodeObject(cls, message)
    except _Wrong as wrong:
        problem = _describe(cls, wrong)
        raise LocalWireError(problem, f"not sent: {problem}") from None
    return _escape(written)


def _escape(written: str) -> bytes:
    if "&" in written:
        written = written.replace("&", "\\u0026")
    if "<" in written:
        written = written.replace("<", "\\u003c")
    if ">" in written:
        written = written.replace(">", "\\u003e")
    if written.isascii():
        return written.encode("ascii")
    # A name that was not UTF-8 on this machine has lone surrogates in Python; Go writes the replacement character.
    written = _LONE.sub(r"\\ufffd", written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
    return written.encode("utf-8")


def fromJSON(cls: type[T], data: bytes) -> T:
    """
    @param cls: a class whose fields are declared with the functions of this module.
    @raise RemoteWireError: it is not a JSON object, or a value is not what its field was declared for. The error names
        the message, the field and what was found, but never repeats a text that was found: it may be a secret.
    """
    try:
        return _decodeObject(cls, _parse(data))
    except _Wrong as wrong:
        problem = _describe(cls, wrong)
        raise RemoteWireError(problem, f"the peer sent an invalid message: {problem}") from None


def _parse(data: bytes) -> object:
    if _fastLoads is not None:
        try:
            return _fastLoads(data)
        except ValueError:
            pass  # it may be refused for less than Go refuses: wrong UTF-8, half a surrogate pair
    return _parseSlowly(data)


def _parseSlowly(data: bytes) -> object:
    try:
        return _decoder.decode(data.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise _Wrong(f"not JSON: {error.msg} at byte {error.pos} of {len(data)}") from None
    except ValueError as error:
        raise _Wrong(f"not JSON: {error}") from None
    except RecursionError:
        raise _Wrong("not JSON: nested too deeply") from None


def _noConstant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


_decoder = json.JSONDecoder(parse_constant=_noConstant)  # json.loads would build one for each message


def _describe(cls: type[Any], wrong: _Wrong) -> str:
    where = f"{cls.__name__}.{wrong.path}" if wrong.path else cls.__name__
    return f"{where}: {wrong.problem}"


def largestField(message: object) -> tuple[str, int]:
    """The field that takes most of a message, and its bytes of JSON; an empty name where there is no field."""
    sizes = [
        (len(_escape(encode(getattr(message, name)))), name)
        for name, _, encode, _ in _plan(type(message)).fields
        if getattr(message, name)
    ]
    size, name = max(sizes, default=(0, ""))
    return name, size
