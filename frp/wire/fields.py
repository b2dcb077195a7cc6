"""
How a message declares its fields: each function stands for one kind of value, and knows how it is written and read.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, TypeVar, cast

import attrs

from frp.wire.gojson import KIND, LONE, Kind, Wrong, decodeObject, encodeObject, mismatch, quote

__all__ = ["flag", "literal", "many", "maybe", "nested", "number", "payload", "table", "text", "texts"]

T = TypeVar("T")


def _declare(kind: Kind[T], *, secret: bool = False, facts: Mapping[str, object] = {}, **default: Any) -> T:
    """@return: an attrs field, which its class takes for a value of its type."""
    return cast(T, attrs.field(**default, repr=not secret, metadata={KIND: kind, **facts}))


def text(*, always: bool = False, secret: bool = False) -> str:
    """Declare a string. A secret one is not shown in the message's repr."""
    return _declare(Kind(_encodeText, _decodeText, always), secret=secret, default="")


def flag() -> bool:
    """Declare a boolean."""
    return _declare(Kind(_encodeFlag, _decodeFlag), default=False)


def number(low: int, high: int, *, always: bool = False, key: str = "") -> int:
    """
    Declare an integer from C{low} to C{high}, which also stand in the field's metadata as C{range}.

    @param key: its JSON name, where that is not a name in Python.
    """

    def decode(value: object) -> int:
        if type(value) is not int:
            raise mismatch("an integer", value)
        if not low <= value <= high:
            raise mismatch(f"an integer from {low} to {high}", value)
        return value

    facts = {"range": (low, high), "key": key or None}
    return _declare(Kind(lambda value: str(decode(value)), decode, always), facts=facts, default=0)


def texts() -> list[str]:
    """Declare a list of strings."""
    return _declare(Kind(_encodeTexts, _decodeTexts), factory=list)


def table() -> dict[str, str]:
    """Declare a map from string to string."""
    return _declare(Kind(_encodeTable, _decodeTable), factory=dict)


def payload() -> bytes:
    """Declare bytes, which travel as base64."""
    return _declare(Kind(_encodePayload, _decodePayload), secret=True, default=b"")


def literal() -> str:
    """
    Declare an IP address as text, always written; empty is none. A host name is refused: nobody should look up what a
    peer names.
    """
    return _declare(Kind(lambda value: quote(_decodeLiteral(value)), _decodeLiteral, always=True), default="")


def nested(cls: type[T]) -> T:
    """Declare an object of a declared class. It is always written: Go's C{omitempty} does not drop structures."""
    return _declare(
        Kind(lambda value: encodeObject(cls, value), lambda value: decodeObject(cls, value), always=True),
        factory=cls,
    )


def maybe(cls: type[T]) -> T | None:
    """Declare an object of a declared class, or None."""
    return _declare(Kind(lambda value: encodeObject(cls, value), lambda value: decodeObject(cls, value)), default=None)


def many(cls: type[T]) -> list[T]:
    """Declare a list of objects of a declared class."""

    def encode(value: object) -> str:
        return "[" + ",".join(_each(_list(value), lambda item: encodeObject(cls, item))) + "]"

    def decode(value: object) -> list[T]:
        return _each(_list(value), lambda item: cls() if item is None else decodeObject(cls, item))

    return _declare(Kind(encode, decode), factory=list)


def _each(items: list[object], convert: Callable[[object], T]) -> list[T]:
    done: list[T] = []
    try:
        for item in items:
            done.append(convert(item))
    except Wrong as wrong:
        raise wrong.under(f"[{len(done)}]") from None
    return done


def _list(value: object) -> list[object]:
    if type(value) is list:
        return value
    if type(value) is tuple:
        return list(value)
    raise mismatch("a list", value)


def _encodeText(value: object) -> str:
    if not isinstance(value, str):
        raise mismatch("a text", value)
    return quote(value)


def _decodeText(value: object) -> str:
    if type(value) is not str:
        raise mismatch("a text", value)
    if not value.isascii() and LONE.search(value):
        return LONE.sub("\ufffd", value)  # a byte that is not UTF-8, or half of an escaped pair; Go reads both so
    return value


def _encodeFlag(value: object) -> str:
    return "true" if _decodeFlag(value) else "false"


def _decodeFlag(value: object) -> bool:
    if type(value) is not bool:
        raise mismatch("a boolean", value)
    return value


def _encodeTexts(value: object) -> str:
    return "[" + ",".join(_each(_list(value), _encodeText)) + "]"


def _decodeTexts(value: object) -> list[str]:
    # A null in a list or a map is the empty text for Go.
    return _each(_list(value), lambda item: "" if item is None else _decodeText(item))


def _encodeTable(value: object) -> str:
    if not isinstance(value, dict):
        raise mismatch("a map", value)
    return "{" + ",".join([f"{_encodeText(key)}:{_encodeText(item)}" for key, item in sorted(value.items())]) + "}"


def _decodeTable(value: object) -> dict[str, str]:
    if type(value) is not dict:
        raise mismatch("a map", value)
    return {_decodeText(key): "" if item is None else _decodeText(item) for key, item in value.items()}


def _encodePayload(value: object) -> str:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise mismatch("bytes", value)
    return '"' + b2a_base64(value, newline=False).decode("ascii") + '"'


def _decodePayload(value: object) -> bytes:
    if type(value) is not str:
        raise mismatch("a base64 text", value)
    try:
        if len(value) % 4 == 0:  # superfluous padding passes the strict mode
            return a2b_base64(value, strict_mode=True)
    except (Base64Error, ValueError):
        pass
    raise Wrong("expected a base64 text, found another text")


@lru_cache(1024)
def _isLiteral(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return "%" not in value


def _decodeLiteral(value: object) -> str:
    if type(value) is not str:
        raise mismatch("an IP address", value)
    if value and not _isLiteral(value):
        raise Wrong("expected an IP address, found another text")
    return value
