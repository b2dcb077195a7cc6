"""What somebody may have meant who has written a name that is not there."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

__all__ = ["asked", "meant"]


def meant(name: str, names: Collection[str], otherwise: str = "") -> str:
    """@return: a question that names what is spelled like this, or C{otherwise} where nothing is."""
    return asked(get_close_matches(name, names), otherwise)


def asked(near: Collection[str], otherwise: str = "") -> str:
    """@return: whether it is one of these."""
    return f"did you mean {' or '.join(near)}?" if near else otherwise
