"""The head of an HTTP/1.1 message: its first line and its fields."""

from __future__ import annotations

from frp.errors import LocalWireError
from frp.values import define
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, Fields, checkFields, encodeFields, isToken, readFields
from frp.wire.http.framing import UNTIL_CLOSE, declared
from frp.wire.http.loose import looseFields, looseStatusLine, settleFraming

__all__ = ["HEAD_LIMIT", "RESPONSE_LIMIT", "RequestHead", "ResponseHead", "checkRequest", "readRequest", "readResponse"]

HEAD_LIMIT = 65536
"""Bytes of the head of a request, the empty line included."""

RESPONSE_LIMIT = 262144
"""Bytes of the head of a response; browsers take no more."""

_VERSIONS = frozenset((b"HTTP/1.1", b"HTTP/1.0"))
_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"))

# As Go's httpguts.ValidHostHeader: the letters of a reg-name, brackets and the colon of a port.
_HOST = b"!$%&'()*+,-.:;=[]_~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@define
class RequestHead:
    """
    The head of a request.

    @ivar target: as it was sent; L{frp.wire.http.target} takes it apart.
    @ivar version: C{b"HTTP/1.0"} or C{b"HTTP/1.1"}; C{b"HTTP/2.0"} where another codec made this head.
    """

    method: bytes
    target: bytes
    fields: Fields
    version: bytes = b"HTTP/1.1"

    def framing(self) -> int:
        """
        Where the body ends.

        @return: the number of its bytes, or L{CHUNKED<frp.wire.http.framing.CHUNKED>}.
        @raise HTTPWireError: the fields contradict themselves; never of a head that was read.
        """
        return declared(self.fields, self.version, 400) or 0

    def encode(self) -> bytes:
        """@raise LocalWireError: it would not be read back as the same head."""
        lines = encodeFields(self.fields)
        data = b"%b %b %b\r\n%b\r\n" % (self.method, self.target, self.version, lines)
        try:
            _checkText(data, len(self.fields) + 2, 400)
            _checkRequestLine(self.method, self.target, self.version)
            checkFields(self.fields, 400)
            checkRequest(self)
        except HTTPWireError as error:
            raise LocalWireError(f"cannot be sent: {error.brief}", f"cannot be sent: {error.detail}") from error
        return data


@define
class ResponseHead:
    """
    The head of a response, interim ones (1xx) included.

    @ivar status: 100 to 999.
    @ivar reason: often empty.
    """

    status: int
    reason: bytes
    fields: Fields
    version: bytes = b"HTTP/1.1"

    def framing(self, method: bytes) -> int:
        """
        Where the body ends. After a 101, and after a 2xx to CONNECT, there is none: what follows is no HTTP.

        @param method: of the request.
        @return: the number of its bytes, L{CHUNKED<frp.wire.http.framing.CHUNKED>}, or
            L{UNTIL_CLOSE<frp.wire.http.framing.UNTIL_CLOSE>}.
        @raise HTTPWireError: the fields contradict themselves; never of a head that was read.
        """
        status = self.status
        if method == b"HEAD" or status < 200 or status in (204, 304) or (method == b"CONNECT" and status < 300):
            return 0
        found = declared(self.fields, self.version, 502)
        return UNTIL_CLOSE if found is None else found

    def encode(self) -> bytes:
        """@raise LocalWireError: it would not be read back as the same head."""
        lines = encodeFields(self.fields)
        data = b"%b %d %b\r\n%b\r\n" % (self.version, self.status, self.reason, lines)
        try:
            _checkText(data, len(self.fields) + 2, 502)
            _checkStatusLine(self.version, b"%d" % self.status)
            checkFields(self.fields, 502)
            declared(self.fields, self.version, 502)
        except HTTPWireError as error:
            raise LocalWireError(f"cannot be sent: {error.brief}", f"cannot be sent: {error.detail}") from error
        return data


def readRequest(block: bytes) -> RequestHead:
    """
    Read the head of a request.

    @param block: without the empty line at its end and the line break before that.
    @raise HTTPWireError: see L{HTTPWireError.status}.
    """
    lines = block.split(b"\r\n")
    _checkText(block, len(lines) - 1, 400)
    line = lines[0]
    parts = line.split(b" ")
    if len(parts) != 3:
        raise HTTPWireError(400, "malformed request line", f"the request line is {line[:100]!r}")
    method, target, version = parts
    _checkRequestLine(method, target, version)
    del lines[0]
    head = RequestHead(method, target, readFields(lines, 400), version)
    checkRequest(head)
    return head


def readResponse(block: bytes) -> ResponseHead:
    """
    Read the head of a response. Services are older and odder than users: see L{frp.wire.http.loose}.

    @param block: without the empty line at its end and the line break before that.
    @raise HTTPWireError: its status is 502, or 431.
    """
    try:
        return _readStrictly(block)
    except HTTPWireError as error:
        if error.status == 431:
            raise
    line, _, rest = block.partition(b"\n")
    version, status, reason = looseStatusLine(line[:-1] if rest and line[-1:] == b"\r" else line)
    _checkStatusLine(version, status)
    fields = looseFields(rest, 502) if rest else Fields()
    settleFraming(fields, version)
    return ResponseHead(int(status), reason, fields, version)


def _readStrictly(block: bytes) -> ResponseHead:
    lines = block.split(b"\r\n")
    _checkText(block, len(lines) - 1, 502)
    version, _, rest = lines[0].partition(b" ")
    # Some servers leave out the space after the status when they have no reason to give.
    status, _, reason = rest.partition(b" ")
    _checkStatusLine(version, status)
    del lines[0]
    fields = readFields(lines, 502)
    declared(fields, version, 502)
    return ResponseHead(int(status), reason, fields, version)


def _checkText(data: bytes, breaks: int, status: int) -> None:
    """All that is left of the lines without their text are the breaks between them."""
    limit = RESPONSE_LIMIT if status == 502 else HEAD_LIMIT
    if len(data) > limit:
        raise HTTPWireError(431, "header too large", f"a head of {len(data)} bytes; {limit} are allowed")
    if data.translate(None, TEXT) != b"\r\n" * breaks:
        raise HTTPWireError(
            status,
            "control character in the head",
            f"a control character, or a line that does not end with CR LF, in the head that begins {data[:60]!r}",
        )


def _checkRequestLine(method: bytes, target: bytes, version: bytes) -> None:
    if method not in _METHODS and not isToken(method):
        raise HTTPWireError(400, "malformed method", f"the method is {method[:60]!r}")
    if not target or b"\t" in target or b" " in target:
        raise HTTPWireError(400, "malformed request target", f"the request target is {target[:100]!r}")
    if version not in _VERSIONS:
        if version.startswith(b"HTTP/") and len(version) == 8:
            raise HTTPWireError(505, "HTTP version not supported", f"the request is {version!r}")
        raise HTTPWireError(400, "malformed HTTP version", f"the HTTP version is {version[:60]!r}")


def checkRequest(head: RequestHead) -> None:
    """@raise HTTPWireError: not one Host, or a framing that contradicts itself."""
    fields = head.fields
    declared(fields, head.version, 400)
    host = fields.get(b"host")
    if host is None:
        if head.version != b"HTTP/1.0":
            raise HTTPWireError(400, "missing Host", "an HTTP/1.1 request without a Host")
    elif host.translate(None, _HOST):
        raise HTTPWireError(400, "malformed Host", f"the Host is {host[:100]!r}")
    elif fields.repeated(b"host"):
        raise HTTPWireError(400, "repeated Host", "a request with more than one Host")


def _checkStatusLine(version: bytes, status: bytes) -> None:
    if version not in _VERSIONS:
        raise HTTPWireError(502, "malformed HTTP response", f"the response begins with {version[:60]!r}")
    if len(status) != 3 or not status.isdigit() or status < b"100":
        raise HTTPWireError(502, "malformed HTTP response", f"the status is {status[:60]!r}")
