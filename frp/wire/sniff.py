"""
What a peer looks like from the first bytes it sends: to route it, and to tell people what is wrong when it is not what
was expected.
"""

from __future__ import annotations

__all__ = ["CUSTOM_TLS", "TLS_HANDSHAKE", "V2_MAGIC", "WANTS_TLS", "WEBSOCKET", "describe", "isFrame", "isTLS"]

#: The record type of a TLS ClientHello.
TLS_HANDSHAKE = 0x16

#: What says to a peer without TLS that it is wanted: a fatal alert, handshake_failure.
WANTS_TLS = b"\x15\x03\x01\x00\x02\x02\x28"

#: How the request for a WebSocket to frps begins.
WEBSOCKET = b"GET /~!frp"

#: The byte that frpc may send in front of TLS, so that frps can tell it from the TLS of users on a shared port.
CUSTOM_TLS = 0x17

#: What a logical connection of wire protocol v2 begins with. Version 1 has no message with such a type.
V2_MAGIC = b"FRP\x00\x02\r\n"

_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"CONNECT ", b"OPTIONS ", b"TRACE ", b"PATCH ", b"PRI * ")
_TYPES = b"o1p2cwrsv3h4uinm56"
_V2_TYPES = (b"\x00\x01\x00\x00", b"\x00\x02\x00\x00", b"\x00\x10\x00\x00")


def isTLS(first: bytes) -> bool:
    """Whether TLS begins here, with or without frp's own byte before it; needs one byte."""
    return first[0] in (TLS_HANDSHAKE, CUSTOM_TLS)


def isFrame(first: bytes) -> bool:
    """
    Whether this may be the beginning of a message: of wire protocol v1, a known type, and a length below 2^24; of v2,
    what its connections begin with, or a known type of frame without flags.
    """
    if first[:1] in _TYPES and first:
        return first[1:6] == bytes(len(first[1:6]))
    return first[:4] in _V2_TYPES or (len(first) >= 3 and first[:7] == V2_MAGIC[: len(first)])


def describe(first: bytes) -> str:
    """
    Say in words what a peer looks like.

    @param first: what it sent first; may be cut anywhere, and may be empty.
    """
    if not first:
        return "nothing was sent"
    if first.startswith(b"HTTP/"):
        return "this looks like an HTTP server: check the address and the port"
    if any(first.startswith(method) for method in _METHODS):
        return "this looks like an HTTP client"
    if first.startswith(b"SSH-"):
        return "this looks like SSH"
    if first[0] == CUSTOM_TLS or first[:2] == b"\x16\x03":
        return "this looks like TLS: transport.tls.enable differs between the two sides"
    if first[:2] == b"\x15\x03":
        return "this looks like a TLS alert: the other side wants TLS (transport.tls.enable), or refuses ours"
    if first[0] == 0 and first[1:2] in (b"", b"\x00", b"\x01", b"\x02", b"\x03"):
        return "this looks like yamux: transport.tcpMux is on at the other side and off here"
    if isFrame(first):
        return "this looks like frp without yamux: transport.tcpMux is off at the other side and on here"
    return f"this is not frp; it begins with {first[:8]!r}"
