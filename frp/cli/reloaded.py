"""What became of a configuration that was read again, in words: for the log, and for whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized

__all__ = ["changedIn", "reloaded"]


def reloaded(taken: Iterable[str], waiting: Iterable[str]) -> str:
    """
    @param taken: what counts from now on; empty texts are none.
    @param waiting: the keys that count at the next start only.
    """
    names = ", ".join(waiting)
    rest = f"; at the next start: {names}" if names else ""
    return f"reloaded: {', '.join(filter(None, taken)) or 'nothing'}{rest}"


def changedIn(entries: str, changes: Mapping[str, Sized]) -> str:
    """
    @param entries: what they are called: C{"proxies"}.
    @param changes: those that were C{"added"}, C{"changed"}, C{"removed"}.
    @return: C{"proxies (2 added, 1 removed)"}; empty where all are as they were.
    """
    said = ", ".join(f"{len(found)} {how}" for how, found in changes.items() if found)
    return f"{entries} ({said})" if said else ""
