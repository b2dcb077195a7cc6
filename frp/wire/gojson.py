"""
JSON as the reference's C{encoding/json} writes and reads it, driven by the fields that a class declares.

Written: keys in the order of declaration, no spaces, empty values left out, maps sorted, and the escapes that Go makes
so that its JSON may stand in HTML. Read: keys match without regard to case, unknown keys and null are ignored, all
else is strict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from json.encoder import encode_basestring as quote
from typing import Any, Generic, TypeVar

import attrs

from frp.errors import LocalWireError, RemoteWireError
from frp.values import frozen

__all__ = [
    "KIND",
    "LONE",
    "Kind",
    "Wrong",
    "decodeObject",
    "encodeObject",
    "fromJSON",
    "largestField",
    "mismatch",
    "quote",
    "toJSON",
]

T = TypeVar("T")

KIND = "frp.kind"
"""Where the metadata of an attrs field has its L{Kind}."""

LONE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which Python's strings can hold and UTF-8 cannot."""

try:
    # An optional accelerator. The standard library has the last word on what it refuses.
    _fastLoads: Callable[[bytes], object] | None = import_module("orjson").loads
except ImportError:
    _fastLoads = None


class Wrong(Exception):
    """
    A value that its field forbids.

    @ivar path: where, below the message.
    @ivar problem: what was expected and what was found, without the contents of any text: it may be a secret.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def under(self, name: str) -> Wrong:
        """The same, seen from the object whose field C{name} it is."""
        return Wrong(self.problem, f"{name}.{self.path}" if self.path and self.path[0] != "[" else name + self.path)


_NAMES = {
    str: "a text",
    bool: "a boolean",
    float: "a number",
    list: "a list",
    dict: "an object",
    bytes: "bytes",
    type(None): "nothing",
}


def mismatch(expected: str, found: object) -> Wrong:
    """The error for a value of the wrong kind, or out of range."""
    name = _NAMES.get(type(found), type(found).__name__)
    if type(found) is int:
        name = f"the number {found}" if -(1 << 64) < found < 1 << 64 else "a number"
    return Wrong(f"expected {expected}, found {name}")


@frozen
class Kind(Generic[T]):
    """
    How the value of a field is written and read.

    @ivar encode: gives JSON text; raises L{Wrong} for what C{decode} would refuse.
    @ivar decode: takes what a JSON parser found, never None.
    @ivar always: written even when empty.
    """

    encode: Callable[[T], str]
    decode: Callable[[Any], T]
    always: bool = False


@frozen
class _Plan:
    """
    What is known of a declared class.

    @ivar fields: for each its name, its key as JSON with the colon, and how it is written.
    @ivar keys: the name of a field and how it is read, by the exact key; this is asked first.
    @ivar folded: the same, by keys in lower case.
    """

    fields: list[tuple[str, str, Callable[[object], str], bool]]
    keys: dict[str, tuple[str, Callable[[object], object]]]
    folded: dict[str, tuple[str, Callable[[object], object]]]


_plans: dict[type, _Plan] = {}


def _plan(cls: type) -> _Plan:
    plan = _Plan([], {}, {})
    declared: type[attrs.AttrsInstance] = cls
    for field in attrs.fields(declared):
        key = field.metadata.get("key") or field.name
        kind: Kind[object] = field.metadata[KIND]
        plan.fields.append((field.name, quote(key) + ":", kind.encode, kind.always))
        plan.keys[key] = plan.folded[_fold(key)] = field.name, kind.decode
    return _plans.setdefault(cls, plan)


def _fold(key: str) -> str:
    # Go compares by simple folding, under which the long s is an s; lower() leaves that one alone.
    return key.lower().replace("\u017f", "s")


def encodeObject(cls: type, value: object) -> str:
    if type(value) is not cls:
        raise mismatch(f"a {cls.__name__}", value)
    parts = []
    for name, prefix, encode, always in (_plans.get(cls) or _plan(cls)).fields:
        item = getattr(value, name)
        if item or always:
            try:
                parts.append(prefix + encode(item))
            except Wrong as wrong:
                raise wrong.under(name) from None
    return "{" + ",".join(parts) + "}"


def decodeObject(cls: type[T], found: object) -> T:
    if type(found) is not dict:
        raise mismatch("an object", found)
    plan = _plans.get(cls) or _plan(cls)
    keys = plan.keys
    result = cls()
    for key, value in found.items():
        field = keys.get(key) or plan.folded.get(_fold(key))
        if field is not None and value is not None:
            name, decode = field
            try:
                setattr(result, name, decode(value))
            except Wrong as wrong:
                raise wrong.under(name) from None
    return result


def toJSON(message: object) -> bytes:
    """
    @param message: an instance of a class whose fields are declared with L{frp.wire.fields}.
    @raise LocalWireError: a value is not what its field was declared for; the reading side would refuse it too.
    """
    cls = type(message)
    try:
        written = encodeObject(cls, message)
    except Wrong as wrong:
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
    written = LONE.sub(r"\\ufffd", written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
    return written.encode("utf-8")


def fromJSON(cls: type[T], data: bytes) -> T:
    """
    @param cls: a class whose fields are declared with L{frp.wire.fields}.
    @raise RemoteWireError: it is not a JSON object, or a value is not what its field was declared for. The error names
        the message, the field and what was found, but never repeats a text that was found: it may be a secret.
    """
    try:
        return decodeObject(cls, _parse(data))
    except Wrong as wrong:
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
        # A wrong byte becomes a lone surrogate, and that the replacement character later on: one a byte, as in Go.
        return _decoder.decode(data.decode("utf-8", "surrogateescape"))
    except json.JSONDecodeError as error:
        raise Wrong(f"not JSON: {error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise Wrong(f"not JSON: {error}") from None
    except RecursionError:
        raise Wrong("not JSON: nested too deeply") from None


def _noConstant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


_decoder = json.JSONDecoder(parse_constant=_noConstant)  # json.loads would build one for each message


def _describe(cls: type, wrong: Wrong) -> str:
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
