"""
Heads and trailers as services write them: what Go's HTTP client puts up with is read, what it refuses is refused.

What is read so is never passed on as it came, but written anew: who reads it next finds nothing to disagree about.
"""

from __future__ import annotations

from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, Fields, checkFields, isToken
from frp.wire.http.framing import checkLength, declared

__all__ = ["looseEnd", "looseFields", "looseStatusLine", "settleFraming"]

_BLANKS = (b" ", b"\t")


def looseEnd(data: bytes | bytearray, start: int, limit: int) -> tuple[int, int]:
    """
    Find the empty line at the end of a head whose lines end with CR LF or LF.

    @param start: where to look first; not behind the last three bytes of what was looked at before.
    @param limit: where to look no more.
    @return: where the last line stops, without its end, and where the body begins; -1 twice without an empty line.
    """
    stop = data.find(b"\n\r\n", start, limit)
    behind = stop + 3
    short = data.find(b"\n\n", start, limit if stop < 0 else stop + 1)
    if short >= 0:
        stop, behind = short, short + 2
    if stop < 0:
        return -1, -1
    if stop and data[stop - 1] == 13:
        stop -= 1
    return stop, behind


def looseStatusLine(line: bytes) -> tuple[bytes, bytes, bytes]:
    """
    Read a status line: the version may be of any HTTP, spaces may stand before the status, and the reason is dropped if
    there is anything odd in it.

    @return: version, which is that of HTTP/1.0 for all before 1.1, and that of HTTP/1.1 for all others; status; reason.
    """
    version, _, rest = line.partition(b" ")
    status, _, reason = rest.lstrip(b" ").partition(b" ")
    if (
        len(version) == 8
        and version.startswith(b"HTTP/")
        and version[6] == 46
        and (version[5:6] + version[7:]).isdigit()
    ):
        version = b"HTTP/1.1" if version[5:] >= b"1.1" else b"HTTP/1.0"
    return version, status, b"" if reason.translate(None, TEXT) else reason


def looseFields(block: bytes, status: int) -> Fields:
    """
    Read field lines that end with CR LF or LF. Folded lines are one line, and a name with a space in it is passed over.

    @param block: with the end of each line but the last one.
    @param status: what a malformed line is answered with.
    @raise HTTPWireError: too many, no colon, a control character, a name that is none.
    """
    gathered: list[tuple[bytes, list[bytes]]] = []
    for line in (block + b"\r\n").split(b"\n")[:-1]:
        if line[-1:] == b"\r":
            line = line[:-1]
        if line[:1] not in _BLANKS:
            name, colon, value = line.partition(b":")
            if not colon:
                raise HTTPWireError(status, "malformed header field", f"a header field without a colon: {line[:60]!r}")
            gathered.append((name, [value]))
        elif gathered:
            gathered[-1][1].append(line)
        else:
            raise HTTPWireError(status, "malformed header field", f"the first header field is {line[:60]!r}")
    pairs = []
    for name, values in gathered:
        value = b" ".join([value.strip(b" \t") for value in values]).strip(b" \t")
        if value.translate(None, TEXT):
            raise HTTPWireError(status, "control character in the head", f"the field {name[:60]!r} is {value[:60]!r}")
        if b" " not in name:
            pairs.append((name, value))
        elif not isToken(name.replace(b" ", b"")):
            raise HTTPWireError(status, "malformed header field name", f"a header field is named {name[:60]!r}")
    fields = Fields(pairs)
    checkFields(fields, status)
    return fields


def settleFraming(fields: Fields, version: bytes) -> None:
    """
    Leave one declaration of the length of a response: of equal lengths the first, of length and chunks the chunks, and
    no chunks in HTTP/1.0.

    @raise HTTPWireError: a length that is none, different ones, a coding that is not chunked.
    """
    lengths = fields.all(b"content-length")
    if lengths:
        if len(set(lengths)) > 1:
            raise HTTPWireError(502, "repeated Content-Length", f"Content-Length is {lengths[:2]!r}")
        checkLength(lengths[0], 502)
        fields.set(b"Content-Length", lengths[0])
    if b"transfer-encoding" in fields:
        fields.remove(b"transfer-encoding" if version == b"HTTP/1.0" else b"content-length")
    declared(fields, version, 502)
