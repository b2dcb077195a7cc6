"""What a worker and its parent say to each other about the directory, by Twisted's AMP."""

from __future__ import annotations

import json
from collections.abc import Callable, MutableMapping
from typing import Any

from twisted.protocols import amp

from frp.interfaces import Entry, Tenure

__all__ = ["Claim", "Epoch", "Find", "Keep", "Kept", "Leave", "Long", "Lost", "Release", "Told", "Watch", "Words"]

#: So much fits in one value of a box.
_PIECE = 0xFFFF


class Long(amp.Argument):
    """Bytes, however many: what does not fit in one value of a box goes on in others."""

    def toBox(self, name: bytes, strings: MutableMapping[bytes, bytes], objects: Any, proto: Any) -> None:
        super().toBox(name, strings, objects, proto)
        data = strings[name]
        for place in range(0, len(data) or 1, _PIECE):
            strings[_piece(name, place // _PIECE)] = data[place : place + _PIECE]

    def fromBox(self, name: bytes, strings: MutableMapping[bytes, bytes], objects: Any, proto: Any) -> None:
        pieces: list[bytes] = []
        while (piece := strings.pop(_piece(name, len(pieces)), None)) is not None:
            pieces.append(piece)
        strings[name] = b"".join(pieces)
        super().fromBox(name, strings, objects, proto)

    def toString(self, inObject: Any) -> bytes:
        return bytes(inObject)

    def fromString(self, inString: bytes) -> Any:
        return inString


def _piece(name: bytes, place: int) -> bytes:
    return b"%s.%d" % (name, place) if place else name


class Words(Long):
    """
    What JSON can say. It goes through C{reading} and C{writing} on its way, so that there may be more to it.

    @cvar writing: makes of a thing what JSON can say.
    @cvar reading: the other way.
    """

    writing: Callable[[Any], Any] = staticmethod(lambda thing: thing)
    reading: Callable[[Any], Any] = staticmethod(lambda said: said)

    def toString(self, inObject: Any) -> bytes:
        return json.dumps(self.writing(inObject), separators=(",", ":")).encode()

    def fromString(self, inString: bytes) -> Any:
        return self.reading(json.loads(inString))


def _written(entry: Entry) -> list[object]:
    tenure = entry.tenure
    return [list(entry.key), entry.owner, entry.value, entry.share, tenure.line, tenure.epoch, entry.node]


def _read(said: Any) -> Entry:
    key, owner, value, share, line, epoch, node = said
    return Entry(tuple(key), owner, value, share, Tenure(line, epoch), node)


class _Key(Words):
    writing = staticmethod(lambda key: list(key))
    reading = staticmethod(tuple)


class _Entry(Words):
    writing = staticmethod(_written)
    reading = staticmethod(_read)


class _OneOrNone(Words):
    writing = staticmethod(lambda entry: None if entry is None else _written(entry))
    reading = staticmethod(lambda said: None if said is None else _read(said))


class _Entries(Words):
    writing = staticmethod(lambda entries: [_written(entry) for entry in entries])
    reading = staticmethod(lambda said: [_read(one) for one in said])


# A worker asks


class Claim(amp.Command):
    """C{number} is the worker's for this claim, by which it is told if it loses what it has got."""

    arguments = [(b"number", amp.Integer()), (b"entry", _Entry())]
    response = [(b"other", _OneOrNone())]


class Release(amp.Command):
    arguments = [(b"key", _Key()), (b"owner", Words())]


class Find(amp.Command):
    arguments = [(b"key", _Key())]
    response = [(b"entries", _Entries())]


class Epoch(amp.Command):
    response = [(b"epoch", amp.Integer())]


class Keep(amp.Command):
    arguments = [(b"key", _Key()), (b"value", Words()), (b"seconds", amp.Float())]


class Kept(amp.Command):
    arguments = [(b"key", _Key())]
    response = [(b"value", Words())]


class Watch(amp.Command):
    """From now on the worker is told of this kind. It says so once, whoever of it wants to know."""

    arguments = [(b"kind", Words())]


class Leave(amp.Command):
    """The worker gives back all that it holds."""


# The parent tells


class Told(amp.Command):
    """One change: C{held} or C{gone}."""

    arguments = [(b"what", Words()), (b"entry", _Entry())]
    requiresAnswer = False


class Lost(amp.Command):
    """What this claim has got is another's."""

    arguments = [(b"number", amp.Integer()), (b"other", _Entry())]
    requiresAnswer = False
