"""What a request asks for: the four forms of its target, the authority in it, and the credentials it comes with."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64
from ipaddress import AddressValueError, IPv6Address

from frp.values import define
from frp.wire.http.error import HTTPWireError
from frp.wire.http.head import RequestHead

__all__ = ["Target", "readBasic", "readTarget", "splitAuthority"]

_ABSOLUTE = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)")
# Letters of a reg-name (RFC 3986), without percent-encoding, and whatever is not ASCII.
_NAME = b"!$&'()*+,-.;=_~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@define
class Target:
    """
    A request target, taken apart.

    @ivar scheme: in lower case; of an absolute-form (C{http://host/path}) only, else empty.
    @ivar authority: host and port as written; of absolute-form and authority-form, else empty. Where it is not empty it
        takes the place of the Host field.
    @ivar path: path and query, beginning with a slash; C{b"*"}; empty for CONNECT.
    """

    scheme: bytes
    authority: bytes
    path: bytes


def readTarget(head: RequestHead) -> Target:
    """
    Take the target of a request apart.

    @raise HTTPWireError: none of the four forms, a form that the method does not take, or a user name in it.
    """
    target = head.target
    if head.method == b"CONNECT":
        if splitAuthority(target)[1] is None:
            raise HTTPWireError(400, "malformed request target", f"CONNECT to {target[:100]!r}, without a port")
        return Target(b"", target, b"")
    if target[:1] == b"/":
        return Target(b"", b"", target)
    if target == b"*" and head.method == b"OPTIONS":
        return Target(b"", b"", target)
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        raise HTTPWireError(400, "malformed request target", f"the request target is {target[:100]!r}")
    scheme, authority, path = found.groups()
    splitAuthority(authority)
    if path[:1] != b"/":
        path = b"*" if not path and head.method == b"OPTIONS" else b"/" + path
    return Target(scheme.lower(), authority, path)


def splitAuthority(authority: bytes) -> tuple[bytes, int | None]:
    """
    The host, in lower case and an IPv6 address without its brackets; and the port, where there is one.

    @raise HTTPWireError: no host, a user name, a port that is no port.
    """
    if authority[:1] == b"[":
        host, bracket, rest = authority[1:].partition(b"]")
        colon, port = rest[:1], rest[1:]
        good = bool(bracket) and _isIPv6(host) and colon in (b"", b":")
    else:
        host, colon, port = authority.partition(b":")
        good = bool(host) and not host.translate(None, _NAME)
    # A colon with nothing behind it is the port of the scheme (RFC 3986, section 3.2.3).
    if not good or port.translate(None, b"0123456789") or len(port) > 5 or int(port or b"0") > 65535:
        raise HTTPWireError(400, "malformed authority", f"the host and port are {authority[:100]!r}")
    return host.lower(), int(port) if port else None


def _isIPv6(host: bytes) -> bool:
    if b"%" in host:
        # A zone means something on the machine that wrote it only.
        return False
    try:
        IPv6Address(host.decode("ascii"))
    except (AddressValueError, UnicodeDecodeError):
        return False
    return True


def readBasic(value: bytes | None) -> tuple[bytes, bytes] | None:
    """
    The user and the password of a C{Basic} proof.

    @param value: of Authorization or Proxy-Authorization.
    @return: L{None} for no value, another scheme, what is no base64, and what has no colon.
    """
    if value is None or value[:6].lower() != b"basic ":
        return None
    proof = value[6:].strip(b" ")
    try:
        decoded = a2b_base64(proof)
    except Error:
        return None
    # Python passes over what does not belong there, even when told to be strict.
    if b2a_base64(decoded, newline=False) != proof:
        return None
    user, colon, password = decoded.partition(b":")
    return (user, password) if colon else None
