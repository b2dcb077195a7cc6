"""
Configuration, declared once: the face of the declaration, the decoder and the pages made from both.

A table is a class::

    @table
    class EchoConfig(ProxyConfig):
        "Says back what it hears."

        remotePort: int = key(0, "The port that users reach on the server; 0 lets the server choose.")
        answer: str = key("", "Said first.", oneOf=("", "hello"))

Field names are the keys that users write. Types are C{str}, C{int}, C{bool}, lists of them, C{dict[str, str]},
C{dict[str, bool]}, other tables, optional tables (C{X | None}), and value types: classes with a C{parse(text)} that
raises L{ValueError} with the reference's words, and a C{__str__} that gives the text back.
"""

from __future__ import annotations

from frp.config.checking import check
from frp.config.declare import Choice, Key, Problem, key, keysOf, table
from frp.config.decoding import decode
from frp.config.describe import explain, jsonSchema, redacted, toDict

__all__ = [
    "Choice",
    "Key",
    "Problem",
    "check",
    "decode",
    "explain",
    "jsonSchema",
    "key",
    "keysOf",
    "redacted",
    "table",
    "toDict",
]
