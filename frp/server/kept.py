"""What whoever works with a server in the same process wants to be known again when it starts the next time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

__all__ = ["Kept"]


class Kept(Protocol):
    """Entries that C{statsFile} holds over restarts of the server."""

    def memory(self) -> Iterable[tuple[str, Mapping[str, object]]]:
        """@return: names, in whose order they come back, and what C{json} can write."""

    def remember(self, name: str, data: Mapping[str, Any]) -> None:
        """
        Take in what was kept, before any client comes.

        @raise KeyError: it is not what L{memory} gives; or TypeError or ValueError.
        """
