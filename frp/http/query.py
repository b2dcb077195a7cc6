"""What a proxy may pass on of a target that others would read in another way."""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote_to_bytes

__all__ = ["cleanTarget"]

#: A service may take more parameters than that, or fewer; nobody means them.
MAX_PARAMETERS = 10000

#: A semicolon, which some read as an ampersand, and a percent sign that escapes nothing.
_DOUBTFUL = re.compile(rb";|%(?![0-9A-Fa-f]{2})")

#: What cannot stand in a path (RFC 3986, section 3.3), though browsers send a bar, and others more.
_STRANGE = re.compile(rb"[^A-Za-z0-9!$&'()*+,;=:@\[\]\-._~/%]")


def cleanTarget(target: bytes) -> bytes:
    """
    The target of a request without the parameters that cannot be told apart for certain, and with what cannot stand in
    a path escaped: many services refuse it, and the reference does so, too.

    Nothing is changed where all can; else what is left is written anew and sorted by name, as the reference does, whose
    proxy does so for the same reason: whoever looks at a query in front of a service must see what the service sees.
    """
    path, mark, query = target.partition(b"?")
    if _STRANGE.search(path) is not None:
        path = _STRANGE.sub(_escaped, path)
        target = path + mark + query
    if not mark or (_DOUBTFUL.search(query) is None and query.count(b"&") < MAX_PARAMETERS):
        return target
    cleaned = _rewritten(query)
    return path + mark + cleaned if cleaned else path


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def _rewritten(query: bytes) -> bytes:
    if query.count(b"&") >= MAX_PARAMETERS:
        return b""
    values: dict[bytes, list[bytes]] = {}
    for pair in query.split(b"&"):
        if not pair or _DOUBTFUL.search(pair) is not None:
            continue
        name, _, value = pair.partition(b"=")
        values.setdefault(_unescaped(name), []).append(_unescaped(value))
    return "&".join(
        f"{quote_plus(name, safe='')}={quote_plus(value, safe='')}" for name in sorted(values) for value in values[name]
    ).encode("ascii")


def _unescaped(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
