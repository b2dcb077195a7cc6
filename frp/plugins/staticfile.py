"""C{type = "static_file"}: the files of a folder, over HTTP."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import closing
from html import escape
from itertools import islice
from secrets import token_hex
from urllib.parse import quote, unquote_to_bytes

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.http.exchange import IExchange
from frp.http.inspecting.tables import InspectedConfig, inspected
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.files.ranges import Unsatisfiable, httpDate, rangesOf, statusOf
from frp.plugins.files.sending import FileSender, NotAllowed, NotThere, Opened, openBelow
from frp.plugins.files.types import SNIFFED, isPacked, typeOf
from frp.plugins.users import WRONG_PAUSE, CredentialsConfig, HTTPUsers, fail, known
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.target import readTarget

__all__ = ["MOST_NAMES", "BadPath", "StaticFile", "StaticFileConfig", "cleaned", "decoded", "encoded", "listing"]

_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+/?")


class BadPath(Exception):
    """The path of a request cannot be read."""


def decoded(path: bytes) -> str:
    """
    @param path: of a URL, without its query.
    @raise BadPath: a percent sign escapes nothing.
    """
    if _ESCAPE.search(path):
        raise BadPath
    return unquote_to_bytes(path).decode("utf-8", "surrogateescape")


def encoded(path: str) -> bytes:
    """@return: a path, absolute or relative, as a URL has it."""
    safe = quote(path.encode("utf-8", "surrogateescape"), safe="/$&+,:;=@~!*'()")
    # What stands before a colon would be taken for a scheme.
    return (f"./{safe}" if ":" in safe.partition("/")[0] else safe).encode("ascii")


def cleaned(path: str) -> str:
    """@return: a path without C{"."}, C{".."} and empty parts; a slash at its end stays."""
    found = posixpath.normpath("/" + path.lstrip("/"))
    return found + "/" if path.endswith("/") and found != "/" else found


def listing(names: list[tuple[str, bool]], *, whole: bool = True) -> bytes:
    """@return: a page with a link to each of the names, which say whether they are folders; C{whole}: these are all."""
    lines = ["<!doctype html>", '<meta name="viewport" content="width=device-width">', "<pre>"]
    for name, isFolder in sorted(names):
        shown = name + "/" if isFolder else name
        if _PLAIN.fullmatch(shown):
            lines.append(f'<a href="{shown}">{shown}</a>')
            continue
        text = escape(shown, quote=True).encode("utf-8", "replace").decode("utf-8")
        lines.append(f'<a href="{escape(encoded(shown).decode("ascii"))}">{text}</a>')
    if not whole:
        lines.append("and more")
    return "\n".join([*lines, "</pre>", ""]).encode()


#: How many names a list has. Everybody waits while one is made.
MOST_NAMES = 10_000

#: Bytes, or offset and length of a piece of the file.
_Part = bytes | tuple[int, int]


@table
class StaticFileConfig(CredentialsConfig, InspectedConfig, PluginConfig):
    """The files of a folder, over HTTP."""

    localPath: str = key("", "The folder.", required=True)
    stripPrefix: str = key(
        "", "What URLs begin with, without slashes around it: files are at /VALUE/, and other URLs lead nowhere."
    )


@implementer(IClientPlugin)
class StaticFile:
    schema = StaticFileConfig
    examples = (
        """
type = "static_file"
localPath = "/srv/files"
stripPrefix = "files"
httpUser = "alice"
httpPassword = "change me"
""",
    )

    def factory(self, config: StaticFileConfig, site: IClientPluginSite) -> Factory:
        return HTTPUsers(inspected(_Folder(config, site).handle, config, site), site)


class _Folder:
    def __init__(self, config: StaticFileConfig, site: IClientPluginSite) -> None:
        self._config = config
        self._folder = config.localPath
        self._prefix = f"/{config.stripPrefix}/" if config.stripPrefix else "/"
        self._clock = site.clock

    def handle(self, exchange: IExchange) -> None:
        try:
            whole, _, query = readTarget(exchange.head).path.partition(b"?")
            path = decoded(whole)
        except (HTTPWireError, BadPath):
            fail(exchange, 400, "400 Bad Request")
            return
        clean = cleaned(path)
        if clean != path:
            _redirect(exchange, encoded(clean), query)
        elif not path.startswith(self._prefix):
            fail(exchange, 404, "404 page not found")
        elif exchange.head.method != b"GET":
            exchange.reply(405, Fields([(b"Allow", b"GET")]))
        elif not known(self._config, exchange.head.fields.get(b"authorization")):
            self._clock.callLater(WRONG_PAUSE, _unknown, exchange)
        else:
            self._get(exchange, path[len(self._prefix) :], query)

    def _get(self, exchange: IExchange, path: str, query: bytes) -> None:
        """@param path: relative to the folder."""
        if f"/{path}".endswith("/index.html"):
            _redirect(exchange, b"./", query)
            return
        try:
            file = openBelow(self._folder, path)
        except NotThere:
            fail(exchange, 404, "404 page not found")
            return
        except NotAllowed:
            fail(exchange, 403, "403 Forbidden")
            return
        name = posixpath.basename(path.rstrip("/"))
        if file.isFolder != (not path or path.endswith("/")):
            file.close()
            where = encoded(name) + b"/" if file.isFolder else b"../" + encoded(name).removeprefix(b"./")
            _redirect(exchange, where, query)
        elif file.isFolder:
            self._index(exchange, path, file)
        else:
            _answer(exchange, name, file, self._clock)

    def _index(self, exchange: IExchange, path: str, folder: Opened) -> None:
        with closing(folder):
            try:
                index: Opened | None = openBelow(self._folder, path + "index.html")
            except (NotThere, NotAllowed):
                index = None
            if index is not None and not index.isFolder:
                _answer(exchange, "index.html", index, self._clock)
                return
            if index is not None:
                index.close()
            _list(exchange, folder)


def _unknown(exchange: IExchange) -> None:
    if not exchange.over:
        fail(exchange, 401, "Unauthorized", Fields([(b"WWW-Authenticate", b'Basic realm="Restricted"')]))


def _redirect(exchange: IExchange, where: bytes, query: bytes) -> None:
    exchange.reply(301, Fields([(b"Location", where + b"?" + query if query else where)]))


def _list(exchange: IExchange, folder: Opened) -> None:
    modified = Fields([(b"Last-Modified", httpDate(folder.modified))])
    if statusOf(exchange.head.fields, folder.modified) == 304:
        exchange.reply(304, modified)
        return
    with os.scandir(folder.descriptor) as found:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in islice(found, MOST_NAMES)]
        whole = next(found, None) is None
    modified.add(b"Content-Type", b"text/html; charset=utf-8")
    exchange.reply(200, modified, listing(names, whole=whole))


def _answer(exchange: IExchange, name: str, file: Opened, clock: IReactorTime) -> None:
    """Answer with a file, with a part of it, or with why not."""
    fields = Fields([(b"Last-Modified", httpDate(file.modified))])
    try:
        status = statusOf(exchange.head.fields, file.modified)
        if status == 200:
            _send(exchange, name, file, fields, clock)
        else:
            file.close()
            exchange.reply(status, fields)
    except BaseException:
        file.close()
        raise


def _send(exchange: IExchange, name: str, file: Opened, fields: Fields, clock: IReactorTime) -> None:
    asked = exchange.head.fields
    kind = typeOf(name, os.pread(file.descriptor, SNIFFED, 0))
    try:
        ranges = rangesOf(asked, file.size, file.modified)
    except Unsatisfiable:
        file.close()
        fail(exchange, 416, "invalid range", Fields([(b"Content-Range", b"bytes */%d" % file.size)]))
        return
    fields.add(b"Accept-Ranges", b"bytes")
    packed = not ranges and _packs(asked, kind)
    parts: list[_Part] = [*ranges] or [(0, file.size)]
    if len(ranges) > 1:
        parts, kind = _multipart(ranges, file.size, kind)
    elif ranges:
        fields.add(b"Content-Range", _contentRange(ranges[0], file.size))
    fields.add(b"Content-Type", kind)
    if packed:
        fields.add(b"Content-Encoding", b"gzip")
        fields.add(b"Vary", b"Accept-Encoding")
    else:
        length = sum(len(part) if isinstance(part, bytes) else part[1] for part in parts)
        fields.add(b"Content-Length", b"%d" % length)
    exchange.answer(206 if ranges else 200, fields)
    FileSender(exchange, file, parts, clock, packed=packed).start()


def _packs(asked: Fields, kind: bytes) -> bool:
    """Whether the user takes gzip, and something is won by it."""
    words = [word.replace(b" ", b"") for word in asked.members(b"accept-encoding")]
    takes = any(word == b"gzip" or (word.startswith(b"gzip;q=") and word[7:].strip(b"0.")) for word in words)
    return bool(takes) and not isPacked(kind)


def _contentRange(part: tuple[int, int], size: int) -> bytes:
    return b"bytes %d-%d/%d" % (part[0], part[0] + part[1] - 1, size)


def _multipart(ranges: list[tuple[int, int]], size: int, kind: bytes) -> tuple[list[_Part], bytes]:
    """@return: what is sent, and its type."""
    boundary = token_hex(30).encode("ascii")
    parts: list[_Part] = []
    mark = b"--" + boundary
    for part in ranges:
        parts.append(b"%b\r\nContent-Range: %b\r\nContent-Type: %b\r\n\r\n" % (mark, _contentRange(part, size), kind))
        parts.append(part)
        mark = b"\r\n--" + boundary
    return [*parts, mark + b"--\r\n"], b"multipart/byteranges; boundary=" + boundary
