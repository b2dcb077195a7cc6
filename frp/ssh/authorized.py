"""The keys of those who may come, in a file as OpenSSH's C{authorized_keys}."""

from __future__ import annotations

import binascii
import re

__all__ = ["authorizedUsers"]

#: The type of a key, the key, and the comment. Options may stand in front, with spaces where they are quoted.
_LINE = re.compile(
    rb'(?:(?P<options>(?:[^\s"]|"(?:\\.|[^"\\])*")+)\s+)??(?P<type>[a-z][\w.@-]*)\s+(?P<key>[A-Za-z0-9+/]+=*)'
    rb"(?:\s+(?P<comment>.*))?"
)


def authorizedUsers(path: str) -> dict[bytes, str]:
    """
    Read the file. Options of keys mean nothing here, as in the reference; lines that are no keys are passed over.

    @return: the comment of each key, which is the user; by the key as it stands in the wire's messages.
    @raise OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        lines = file.read().splitlines()
    users = {}
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if found is None or line.lstrip().startswith(b"#"):
            continue
        try:
            key = binascii.a2b_base64(found["key"])
        except binascii.Error:
            continue
        type_ = found["type"]
        if key.startswith(len(type_).to_bytes(4, "big") + type_):
            users[key] = (found["comment"] or b"").decode("utf-8", "replace").strip()
    return users
