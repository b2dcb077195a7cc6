"""What to say of a key that a table does not have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

import attrs

from frp.config.declare import keysOf
from frp.config.kindtables import allKeys
from frp.kinds import Registry

__all__ = ["Around", "Known", "Look", "hintOn", "nowhere"]

Around = Sequence[tuple[type, str]]
"""The tables that are being read, the outermost first, and the path of each, with the dot: C{"proxies[3]."}."""

#: So many keys can all be named.
_FEW = 10


@attrs.frozen
class Known:
    """
    Where a key is known.

    @ivar said: to whoever wrote it elsewhere; empty where nobody knows it.
    @ivar certain: whether nothing else can be meant.
    """

    said: str = ""
    certain: bool = False


Look = Callable[[Around, str, Registry | None], Known]
"""Looks for a key of this name in all tables."""


def nowhere(around: Around, name: str, registry: Registry | None) -> Known:
    """Where there are no other tables."""
    return Known()


def hintOn(name: str, around: Around, registry: Registry | None, look: Look) -> str:
    """
    @param name: of a key that the innermost table does not have.
    @return: what may be meant; empty where nothing is known.
    """
    schema = around[-1][0]
    keys = keysOf(schema) if registry is None else allKeys(schema, registry)
    known = {one.lower(): declared for one, declared in keys.items()}
    near = get_close_matches(name.lower(), known, n=1)
    misplaced = _misplaced(name, around)
    found = Known() if misplaced else look(around, name, registry)
    if found.certain and found.said:
        return found.said
    said = "; or ".join(filter(None, (misplaced, found.said, f"did you mean {known[near[0]].name!r}?" if near else "")))
    if said or len(known) > _FEW:
        return said
    return f"known: {', '.join(declared.name for declared in known.values())}"


def _misplaced(name: str, around: Around) -> str:
    """
    @return: where a key belongs that a table around has, or nothing. What is written below the header of a table of
        TOML is that table's, to the next header.
    """
    *outer, (_schema, here) = around
    for schema, path in reversed(outer):
        declared = next((one for one in keysOf(schema).values() if one.name.lower() == name.lower()), None)
        if declared is not None:
            whose, step = path.rstrip(".: ") or "the whole file", here[len(path) :].partition(".")[0]
            before = step.partition("[")[0]
            return f"{declared.name} is a key of {whose}, not of {here.rstrip('.')}: write it before {before}"
    return ""
