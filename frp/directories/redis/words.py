"""How entries, and what becomes of them, are written in Redis; the scripts know the same shapes (C{lua/common.lua})."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from frp.interfaces import Entry, Key, Tenure
from frp.values import frozen

__all__ = ["Change", "Thing", "entryOf", "inPieces", "processOf", "text"]

T = TypeVar("T")

_COMMAS = str.maketrans("\t", ",")

_decode = json.JSONDecoder().raw_decode
_encode = json.JSONEncoder(separators=(",", ":")).encode


def text(word: object) -> str:
    """@return: JSON in ASCII without tabs and line feeds. Equal texts and keys have equal ones."""
    return _encode(word)


@frozen
class Thing:
    """What a node holds, in the texts that scripts take: the kind, the whole key, the owner."""

    kind: str
    key: str
    owner: str

    @classmethod
    def of(cls, key: Key, owner: str) -> Thing:
        return cls(_encode(key[0]), _encode(key), _encode(owner))

    @property
    def called(self) -> str:
        """As a line among all things of a node."""
        return f"{self.kind}\t{self.key}\t{self.owner}"

    def said(self, entry: Entry) -> str:
        """@return: what the node says of an entry for this thing."""
        words = self.owner, _encode(entry.share), _encode(entry.tenure.line), str(entry.tenure.epoch)
        return "\t".join((*words, _encode(entry.value)))


def entryOf(key: str, record: str) -> tuple[int, Entry]:
    """@return: the number of an entry, and the entry."""
    number, node, said = record.split("\t", 2)
    words, owner, share, line, epoch, value = _decode(f"[{key},{said.translate(_COMMAS)}]")[0]
    return int(number), Entry(tuple(words), owner, value, share, Tenure(line, epoch), node)


@frozen
class Change:
    """
    Something that was published.

    @ivar sequence: one more than that of the change before.
    @ivar what: C{+}: this is held now; C{-}: this is gone; C{>}: it is gone, because another tenure has succeeded.
    @ivar record: of what is held an entry; of what is gone number, node and owner.
    """

    sequence: int
    what: str
    kind: str
    key: str
    record: str

    @classmethod
    def parse(cls, line: str) -> Change:
        sequence, what, kind, key, record = line.split("\t", 4)
        return cls(int(sequence), what, kind, key, record)


def processOf(node: str) -> str:
    """@return: what all lives of a node have in common."""
    return node.rpartition(".")[0]


def inPieces(things: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """@return: so many at once, and in the end the rest."""
    rest = iter(things)
    while piece := tuple(islice(rest, size)):
        yield piece
