"""What may stand behind a flag: for shells that complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from frp.cli.command import Offer
from frp.cli.explaining import names
from frp.cli.files import installed
from frp.config.flags import Flag, Values

__all__ = ["offersOf", "offersOfProgram"]


def offersOf(flags: Iterable[Flag], schema: Callable[[], type]) -> dict[str, Offer]:
    """
    @param schema: gives the table in which the keys of the flags stand; it is asked when somebody completes.
    @return: by the names of the flags, the values that the declarations of their keys allow.
    """
    return {flag.name: partial(_values, schema, flag.key) for flag in flags if flag.key}


def _values(schema: Callable[[], type], key: str, values: Values, _word: str) -> list[str]:
    from frp.config.declare import keysOf

    *tables, last = key.split(".")
    place = schema()
    for table in tables:
        shape = keysOf(place)[table].shape
        if shape.kind != "table":
            return []
        place = shape.type
    meta = keysOf(place)[last].meta
    kinds = installed(values).names(meta.family) if meta.family is not None else ()
    return [value for value in dict.fromkeys((*meta.oneOf, *kinds)) if value]


def offersOfProgram(flags: Iterable[Flag], whole: Callable[[], type]) -> dict[str, Offer]:
    """
    @param whole: gives the table of its configuration.
    @return: the same for the flags of a program, with what both programs have.
    """
    return {
        "allow-unsafe": _unsafe,
        "explain": lambda values, word: names(whole(), values, word),
        **offersOf(flags, whole),
    }


def _unsafe(_values: Values, _word: str) -> list[str]:
    from frp.config.sources import TOKEN_SOURCE_EXEC

    return [TOKEN_SOURCE_EXEC]
