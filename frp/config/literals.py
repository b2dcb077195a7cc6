"""Single values of a configuration, in the reference's words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

__all__ = ["Written", "numeral", "whatIs"]


class Written(float):
    """
    A number of a JSON text that is not written as an integer. It fits no integer key, also when it is whole.

    @ivar text: how it is written.
    """

    def __new__(cls, text: str) -> Written:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def whatIs(value: object) -> str:
    """The reference's word for the type of a value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, (list, tuple)) else "string"


def numeral(value: float) -> str:
    """A number as the reference prints it."""
    if isinstance(value, Written):
        return value.text
    if isinstance(value, int):
        return str(value)
    if value and (1e-6 <= abs(value) < 1e21):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return repr(value).removesuffix(".0").replace("e-0", "e-")
