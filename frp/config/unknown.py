"""What to say of a key that a table does not have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from frp.config.declare import keysOf
from frp.config.kindtables import allKeys, kindsOf
from frp.kinds import Registry
from frp.kinds.places import NOT_INSTALLED
from frp.values import frozen

__all__ = ["Around", "Known", "Look", "hintOn", "nowhere"]

Around = Sequence[tuple[type, str]]
"""The tables that are being read, the outermost first, and the path of each, with the dot: C{"proxies[3]."}."""

#: So many keys can all be named.
_FEW = 10


@frozen
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


def hintOn(name: str, around: Around, registry: Registry | None, look: Look, *, table: bool) -> str:
    """
    @param name: of a key that the innermost table does not have.
    @param table: whether its value is one, such as that of a kind.
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
    meant = f"did you mean {known[near[0]].name!r}?" if near else ""
    besides = _ofNobody(name, schema, registry) if table else ""
    said = "; or ".join(filter(None, (misplaced, found.said, " or ".join(filter(None, (meant, besides))))))
    if said or len(known) > _FEW:
        return said
    return f"known: {', '.join(declared.name for declared in known.values())}"


def _ofNobody(name: str, schema: type, registry: Registry | None) -> str:
    """@return: what to ask about a table that is no kind's; empty where kinds have none."""
    kinds = kindsOf(schema)
    if kinds is None or registry is None:
        return ""
    known = any(name in registry.names(family) for family in kinds.families)
    return f"{name} has no keys of its own" if known else NOT_INSTALLED


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
