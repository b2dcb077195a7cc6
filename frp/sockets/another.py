"""A reactor that is the one it was made from in all but what it makes otherwise."""

from __future__ import annotations

from typing import Any

from zope.interface import directlyProvides, providedBy

from frp.interfaces import IReactor

__all__ = ["Another"]


class Another:
    """To be derived from. What is not defined there is the other one's."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        directlyProvides(self, IReactor, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._reactor, name)
        if callable(value):
            # The next look-up finds it without coming here. A reactor's methods do not change, its other attributes do.
            self.__dict__[name] = value
        return value
