"""
The rules of claims, which Redis runs: each script is one step that nobody comes between.

They are files of Lua and not texts in Python, so that editors and people see them as what they are.
"""

from __future__ import annotations

from hashlib import sha1
from importlib.resources import files

from frp.values import frozen

__all__ = [
    "ALL",
    "CLAIM",
    "EPOCH",
    "FIND",
    "JOIN",
    "KEEP",
    "KEPT",
    "LEASE",
    "LEAVE",
    "READ",
    "RELEASE",
    "THINGS",
    "Script",
]

_FOLDER = files("frp.directories.redis") / "lua"
_COMMON = (_FOLDER / "common.lua").read_text("utf-8")


@frozen
class Script:
    """@ivar digest: by which Redis calls it."""

    name: str
    text: str
    digest: str

    @classmethod
    def read(cls, name: str) -> Script:
        text = _COMMON + (_FOLDER / f"{name}.lua").read_text("utf-8")
        return cls(name, text, sha1(text.encode(), usedforsecurity=False).hexdigest())


CLAIM = Script.read("claim")
EPOCH = Script.read("epoch")
FIND = Script.read("find")
JOIN = Script.read("join")
KEEP = Script.read("keep")
KEPT = Script.read("kept")
LEASE = Script.read("lease")
LEAVE = Script.read("leave")
READ = Script.read("read")
RELEASE = Script.read("release")
THINGS = Script.read("things")

ALL = (CLAIM, EPOCH, FIND, JOIN, KEEP, KEPT, LEASE, LEAVE, READ, RELEASE, THINGS)
