"""What a file of INI calls the keys that today's rules and hints speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from frp.config.formats.format import Way
from frp.config.legacy.keys import CLIENT, HTTP_PLUGIN, PROXIES, SERVER, VISITORS, Key, Keys
from frp.values import frozen

__all__ = ["Names"]

#: The name of a key that is no word of English as well.
_KEY = re.compile(r"\b[A-Za-z]+(?:\.[A-Za-z]+)+\b|\b[a-z]+[A-Z]\w*")


@frozen
class Names:
    """
    The names of one file.

    @ivar tables: by the ways to the tables, the sections that they were made of, and which keys those may have.
    """

    tables: dict[Way, list[tuple[str, Keys]]] = attrs.field(factory=dict)

    def add(self, way: Way, section: str, keys: Keys) -> None:
        """A table has been made of a section, or a part of one."""
        self.tables.setdefault(way, []).append((section, keys))

    def path(self, path: str, way: Way) -> str:
        """
        @param path: of a key, as a TOML file would have it.
        @param way: the same.
        @return: C{"[common] admin_port"}; the section alone for what has no key of its own; the path where no section
            has become that.
        """
        for n in range(len(way), -1, -1):
            for section, keys in self.tables.get(way[:n], ()):
                named = next((name for name, key in keys.items() if _way(key) == way[n:]), "")
                if named or n:
                    return f"[{section}] {named}".rstrip()
        return path

    def hint(self, text: str, way: Way) -> str:
        """@return: a hint on a key, with the names that this file has for keys."""
        return _KEY.sub(lambda found: self._named(found[0], way) or found[0], text)

    def _named(self, word: str, way: Way) -> str:
        wanted = tuple(word.lower().split("."))
        for name, key in self._near(way):
            if key.path and _way(key)[-len(wanted) :] == wanted:
                return name
        return ""

    def _near(self, way: Way) -> Iterator[tuple[str, Key]]:
        """All keys, those of the tables around first."""
        for n in range(len(way), -1, -1):
            for _section, keys in self.tables.get(way[:n], ()):
                yield from keys.items()
        for keys in (SERVER, CLIENT, HTTP_PLUGIN, *PROXIES.values(), *VISITORS.values()):
            yield from keys.items()


def _way(key: Key) -> Way:
    return tuple(key.path.lower().split("."))
