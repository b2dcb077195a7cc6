"""Parameters of the query of a target whose values are not kept."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import unquote_plus

__all__ = ["HIDDEN", "hidden", "hide", "named", "revealed", "withoutHidden"]

#: In place of a value that is not kept.
HIDDEN = "***"


def hide(target: str, names: Collection[str]) -> str:
    """
    @param names: in small letters.
    @return: the target without the values of these parameters.
    """

    def hiding(part: str) -> str:
        name, mark, _value = part.partition("=")
        return f"{name}={HIDDEN}" if mark and unquote_plus(name).lower() in names else part

    return _mapped(target, hiding) if names else target


def revealed(target: str, value: str) -> str:
    """@return: the target with this in place of each value that is not there."""
    return _mapped(target, lambda part: part.removesuffix(HIDDEN) + value if _isHidden(part) else part)


def withoutHidden(target: str) -> str:
    """@return: the target without the parameters whose values are not there."""
    return _mapped(target, lambda part: None if _isHidden(part) else part)


def named(target: str) -> list[str]:
    """@return: the names of all parameters."""
    return [_nameOf(part) for part in _partsOf(target)]


def hidden(target: str) -> list[str]:
    """@return: the names of the parameters whose values are not there."""
    return [_nameOf(part) for part in _partsOf(target) if _isHidden(part)]


def _partsOf(target: str) -> list[str]:
    return target.partition("?")[2].split("&")


def _nameOf(part: str) -> str:
    return unquote_plus(part.partition("=")[0])


def _isHidden(part: str) -> bool:
    return part.partition("=")[2] == HIDDEN


def _mapped(target: str, act: Callable[[str], str | None]) -> str:
    """@param act: returns None for a part that is left out."""
    path, mark, _query = target.partition("?")
    if not mark:
        return target
    parts = [part for part in map(act, _partsOf(target)) if part is not None]
    return f"{path}?{'&'.join(parts)}" if parts else path
