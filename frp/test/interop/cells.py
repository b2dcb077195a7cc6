"""The cells of the matrix: every pairing of our programs and the reference's, and which of them there can be."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from frp.test.interop.pairings import Pairing
from frp.test.interop.programs import NEEDED, PATIENCE, pick

__all__ = ["AXES", "Cell", "Selection", "cells", "version"]

#: What a pairing may be chosen from, by its attribute: the values, by their words.
AXES: Mapping[str, Mapping[str, Any]] = {
    "server": {"ours": "ours", "go": "go"},
    "client": {"ours": "ours", "go": "go"},
    "transport": {name: name for name in ("tcp", "kcp", "quic", "websocket", "wss")},
    "tls": {"on": True, "off": False},
    "mux": {"on": True, "off": False},
    "wire": {"v1": "v1", "v2": "v2"},
}

#: The first release of the reference that speaks version 2 of the wire.
V2_SINCE = (0, 69)


@frozen
class Cell:
    """
    One pairing of the matrix.

    @ivar words: the values of its axes.
    @ivar reason: why it is not run; empty if it is.
    """

    pairing: Pairing
    words: tuple[str, ...]
    reason: str


def version(reference: str) -> tuple[int, ...]:
    """
    @param reference: the folder of the reference's programs; may be empty.
    @return: their version, or nothing.
    @raise OSError: they are not there; or C{SubprocessError}, C{ValueError}: they are something else.
    """
    if not reference:
        return ()
    said = subprocess.run(
        [*pick("go", "frps", reference), "--version"], stdout=subprocess.PIPE, timeout=PATIENCE, check=True
    )
    return tuple(int(number) for number in said.stdout.decode().strip().split("."))


def cells(release: tuple[int, ...]) -> Iterator[Cell]:
    """
    @param release: the version of the reference's programs, or nothing where there are none.
    @return: all that there are, those that cannot be run included.
    """
    for chosen in itertools.product(*(axis.items() for axis in AXES.values())):
        pairing = Pairing(**{name: value for name, (_, value) in zip(AXES, chosen, strict=True)})
        yield Cell(pairing, tuple(word for word, _ in chosen), _reason(pairing, release))


def _reason(pairing: Pairing, release: tuple[int, ...]) -> str:
    if pairing.transport == "wss" and not pairing.tls:
        return "wss is TLS, whatever transport.tls.enable says"
    if pairing.transport == "quic" and not (pairing.tls and pairing.mux):
        return "QUIC has TLS and streams of its own; these settings change nothing"
    if "go" not in pairing.makers:
        return ""
    if not release:
        return NEEDED
    if pairing.wire == "v2" and release < V2_SINCE:
        return f"frp {'.'.join(map(str, release))} does not speak version 2"
    return ""


class Selection:
    """Which cells are wanted."""

    def __init__(self, text: str = "") -> None:
        """
        @param text: C{transport=quic,server=go}; a name that stands there twice may have either value.
        @raise ValueError: an axis or a value that there is not.
        """
        self._wanted: dict[str, set[str]] = {}
        for entry in filter(None, text.split(",")):
            name, _, word = (part.strip() for part in entry.partition("="))
            if name not in AXES:
                raise ValueError(f"{entry}: no axis has this name; there are {', '.join(AXES)}")
            if word not in AXES[name]:
                raise ValueError(f"{entry}: {name} is one of {', '.join(AXES[name])}")
            self._wanted.setdefault(name, set()).add(word)

    def wants(self, cell: Cell) -> bool:
        """Whether it is one of them."""
        words = dict(zip(AXES, cell.words, strict=True))
        return all(words[name] in wanted for name, wanted in self._wanted.items())
