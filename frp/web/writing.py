"""
JSON in pieces. What is long is a list, of which a few entries are a piece: whoever gathers them lets others have their
turn between two, and an entry that is made as it is written is never in memory beside all others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from itertools import islice
from json import JSONEncoder
from typing import cast

from frp.web.shaping import Written, fieldsOf

__all__ = ["jsonPieces", "once"]

# Entries of a list that are one piece: some cost less than each would, and far less than a turn.
_AT_ONCE = 16

# Go's JSON may stand in HTML, and half of a pair of surrogates is no UTF-8.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def jsonPieces(value: object) -> Iterator[str]:
    """
    @param value: what C{json} can write, shapes and iterables within; mappings keep their order.
    @raise TypeError: it cannot.
    """
    if isinstance(value, Written):
        return iter((value.text.decode(),))
    fields = fieldsOf(value)
    if fields is not None:
        return _object(fields)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return _list(value)
    return iter((_written(value),))


def once(value: object) -> Written:
    """@return: what it is written as, to be written again without looking, also within other things."""
    return Written("".join(jsonPieces(value)).encode())


def _object(fields: Mapping[str, object]) -> Iterator[str]:
    before = "{"
    for name, own in fields.items():
        yield f"{before}{_written(name)}:"
        yield from jsonPieces(own)
        before = ","
    yield "}" if fields else "{}"


def _list(entries: Iterable[object]) -> Iterator[str]:
    left, before = iter(entries), "["
    while some := list(islice(left, _AT_ONCE)):
        yield before + _written(some)[1:-1]
        before = ","
    yield "[]" if before == "[" else "]"


def _known(value: object) -> object:
    if isinstance(value, Written):
        return json.loads(value.text)
    fields = fieldsOf(value)
    if fields is None:
        return list(cast(Iterable[object], value))
    return fields if type(fields) is dict else dict(fields)


_encode = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_known).encode


def _fast() -> Callable[[object], bytes] | None:
    """An optional accelerator. The standard library has the last word on what it refuses."""
    try:
        orjson = import_module("orjson")
    except ImportError:
        return None
    within = orjson.Fragment

    def known(value: object) -> object:
        return within(value.text) if type(value) is Written else _known(value)

    options = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
    return partial(orjson.dumps, default=known, option=options)


_encodeFast = _fast()


def _encoded(value: object) -> str:
    if _encodeFast is not None:
        try:
            return _encodeFast(value).decode()
        except TypeError:  # such as half of a pair of surrogates, and keys or numbers that only Python has
            pass
    return _encode(value)


def _written(value: object) -> str:
    text = _encoded(value)
    # Nearly all text is plain, and four looks at it are a tenth of the search for what is not.
    plain = text.isascii() and "<" not in text and ">" not in text and "&" not in text
    return text if plain else _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"
