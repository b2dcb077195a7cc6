"""A request as a command for a shell."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from shlex import quote

from frp.errors import Unavailable
from frp.http.inspecting.parameters import HIDDEN, revealed
from frp.http.inspecting.records import Record

__all__ = ["curl"]

#: What curl says itself, or what belongs to one connection.
_OWN = frozenset(("host", "content-length", "connection", "transfer-encoding", "expect", "te", "trailer"))

#: A terminal takes them for keys that are pressed, whatever quotes are around: Ctrl+C ends the command before it is
#: whole, and what follows is another one.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: What curl unpacks.
_UNPACKED = frozenset(("gzip", "deflate", "br", "zstd"))


def curl(record: Record, service: str = "") -> str:
    """
    @param service: the URL of the service behind the proxy, to be asked in place of the address that the user saw.
    @return: a line for a shell, with whatever a stranger has sent in quotes. Values that are not kept stand there as
        C{...}, to be filled in.
    @raise Unavailable: not all of the body was kept.
    """
    if not record.body.whole:
        raise Unavailable(f"only {len(record.body.kept)} bytes of the body were kept")
    body = bytes(record.body.kept)
    words = ["curl", "-i", "-g", *_method(record), *_headers(record)]
    address = record.address
    if service and record.target.startswith("/"):
        # Its certificate is not looked at by frpc, either.
        words += [*(["-k"] if service.startswith("https:") else []), "-H", f"Host: {_shown(record.host)}"]
        address = service + record.target
    before = ""
    if body:
        text = _text(body)
        if text is None:
            before = f"echo {b64encode(body).decode()} | base64 -d | "
        words += ["--data-binary", "@-"] if text is None else ["--data-raw", text]
    return before + " ".join(quote(word) for word in [*words, _shown(revealed(address, "..."))]) + "\n"


def _method(record: Record) -> list[str]:
    if record.method == "HEAD":
        return ["-I"]
    if record.method == "GET" and not record.body.size:
        return []
    return ["-X", record.method]


def _headers(record: Record) -> Iterator[str]:
    for name, value in record.fields:
        packings = {word.partition(";")[0].strip().lower() for word in value.split(",")}
        if name.lower() in _OWN:
            continue
        if name.lower() == "accept-encoding" and packings & _UNPACKED:
            yield "--compressed"
        elif not value:
            yield from ("-H", f"{name};")
        else:
            yield from ("-H", f"{name}: {'...' if value == HIDDEN else _shown(value)}")


def _text(body: bytes) -> str | None:
    """@return: None for what cannot be a word of a command."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _shown(text: str) -> str:
    """Bytes that are no UTF-8 cannot be printed."""
    return text.encode("utf-8", "replace").decode()
