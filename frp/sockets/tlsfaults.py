"""
What a TLS connection that failed looks like, in words that say what to do.

OpenSSL reports "wrong version number" for everything from a web server to an frps whose TLS is off. The first bytes of
the peer, the alert that it sent and the certificate at fault tell more.
"""

from __future__ import annotations

from OpenSSL import SSL

from frp.errors import RemoteWireError
from frp.interfaces import ITLSSide
from frp.sockets.trust import Verdict

__all__ = ["OPENING", "closedFault", "errorFault", "slowFault", "untrusted"]

# How many of the peer's first bytes tell what it speaks.
OPENING = 16

_METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"DELETE ", b"PRI * HTTP")

# What a plain frp says first: a yamux header (version 0, type 0 to 3), the magic of wire protocol v2, or a v1 frame (a
# type letter and a length whose upper bytes are zero).
_V2_MAGIC = b"FRP\x00\x02\r\n"

# X509_V_ERR_...: OpenSSL's numbers, and Go's words where Go has them.
_VERDICTS = {
    2: "certificate signed by unknown authority",
    7: "certificate signed by unknown authority",
    9: "certificate has expired or is not yet valid",
    10: "certificate has expired or is not yet valid",
    18: "certificate signed by unknown authority",
    19: "certificate signed by unknown authority",
    20: "certificate signed by unknown authority",
    21: "certificate signed by unknown authority",
    26: "certificate specifies an incompatible key usage",
    66: "the key of the certificate is too weak",
    67: "the key of an authority is too weak",
    68: "the signature of an authority is too weak",
}
_EXPIRED = (9, 10)

# Alerts by their reason in OpenSSL's error queue: a part of the text, what the peer means, what to do about it, where
# C{tls} is the table with the keys.
_ALERTS = (
    (
        "certificate required",
        "the server requires a client certificate",
        "set {tls}.certFile and {tls}.keyFile to a certificate that its trustedCaFile has signed",
    ),
    (
        "unknown ca",
        "the peer does not trust our certificate",
        "it must be signed by the authority in the peer's {tls}.trustedCaFile",
    ),
    (
        "bad certificate",
        "the peer refuses our certificate",
        "check the name in it, and the peer's {tls}.serverName and trustedCaFile",
    ),
    (
        "certificate expired",
        "the peer finds our certificate expired",
        "renew {tls}.certFile, and check both clocks",
    ),
    ("decrypt error", "the peer refuses our certificate", "another authority of the same name has signed it"),
    ("certificate unknown", "the peer refuses our certificate", "see the peer's log"),
    ("unsupported certificate", "the peer refuses our certificate", "its key usage must allow this role"),
    ("unrecognized name", "the peer knows no server of this name", "set {tls}.serverName"),
    ("protocol version", "the peer speaks another version of TLS", "TLS 1.2 or 1.3 is needed"),
    (
        "handshake failure",
        "the peer and we have no cipher in common",
        "TLS 1.2 or 1.3 with ECDHE and AES-GCM or ChaCha20 is needed",
    ),
)


def errorFault(error: SSL.Error, side: ITLSSide, connection: SSL.Connection, opening: bytes) -> RemoteWireError:
    """
    OpenSSL could not go on.

    @param opening: the first L{OPENING} bytes of the peer; empty once the handshake is done.
    """
    if opening and (spoken := _spoken(opening, side)):
        return spoken
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reasons = [reason for _, _, reason in queue]
    verdict: Verdict = connection.get_app_data()
    if verdict.number:
        return untrusted(verdict, side)
    text = "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or "unexpected end"
    if "peer did not return a certificate" in text:
        brief = "tls: client didn't provide a certificate"
        return RemoteWireError(
            brief, f"{brief}; {side.path}.trustedCaFile is set here, so clients need certFile and keyFile"
        )
    if "alert" in text or text.startswith("tlsv1"):
        for part, meaning, remedy in _ALERTS:
            if part in text:
                return RemoteWireError(f"tls: {meaning}", f"tls: {meaning}: {remedy.format(tls=side.path)} ({text})")
    if "unsupported protocol" in text:
        return RemoteWireError("tls: the peer speaks only versions older than TLS 1.2")
    return RemoteWireError("tls: the peer broke the protocol", f"tls: the peer broke the protocol ({text})")


def closedFault(side: ITLSSide, opening: bytes, reason: str) -> RemoteWireError:
    if opening and (spoken := _spoken(opening, side)):
        return spoken
    brief = "tls: connection closed during the handshake"
    if side.server:
        hint = "the client gave up: it may not trust our certificate, or it only probed the port"
    elif opening:
        hint = "the server broke off: see its log"
    else:
        hint = (
            "nothing came back: this may not be frps, or an https vhost on the same port took the connection"
            " (then set transport.tls.disableCustomTLSFirstByte = false)"
        )
    return RemoteWireError(brief, f"{brief}; {hint} ({reason})")


def slowFault(side: ITLSSide, opening: bytes, seconds: float) -> RemoteWireError:
    if opening and (spoken := _spoken(opening, side)):
        return spoken
    brief = f"tls: handshake not done after {seconds:g} seconds"
    what = "the peer stopped in the middle of it" if opening else "the peer said nothing"
    hint = "" if side.server else ": this may not be frps, or a firewall in between drops what it does not know"
    return RemoteWireError(brief, f"{brief}; {what}{hint}")


def _spoken(opening: bytes, side: ITLSSide) -> RemoteWireError | None:
    """@return: what the peer speaks instead of TLS, or None where it is TLS."""
    if opening[0] in (0x14, 0x15, 0x16, 0x17):
        return None
    brief = "tls: first record does not look like a TLS handshake"
    if opening.startswith(b"HTTP/"):
        what = "the peer answers in plain HTTP: serverPort seems to be a web server's, a dashboard's or a vhostHTTPPort"
    elif opening.startswith(_METHODS):
        what = "the peer sends a plain HTTP request"
    elif opening.startswith(b"SSH-"):
        what = "the peer is an SSH server" if not side.server else "the peer speaks SSH"
    elif _plainFrp(opening):
        what = "the peer is an frp without TLS: set transport.tls.enable alike on both sides"
    else:
        what = f"the peer speaks plain text or something else (it began with {opening!r})"
    return RemoteWireError(brief, f"{brief}; {what}")


def _plainFrp(opening: bytes) -> bool:
    yamux = len(opening) >= 2 and opening[0] == 0 and opening[1] <= 3
    frame = len(opening) >= 9 and opening[:1].isalnum() and opening[1:7] == bytes(6)
    return yamux or frame or opening.startswith(_V2_MAGIC)


def untrusted(verdict: Verdict, side: ITLSSide) -> RemoteWireError:
    """The peer's certificate was refused."""
    number = verdict.number
    brief = f"tls: failed to verify certificate: x509: {_VERDICTS.get(number, f'verification error {number}')}"
    certificate = verdict.certificate
    if number in _EXPIRED and certificate is not None:
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return RemoteWireError(
            brief, f"{brief}: it is valid from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC; check both clocks"
        )
    peer = "client's" if side.server else "server's"
    issuer = f" (issued by {certificate.issuer.rfc4514_string() or 'nobody'!r})" if certificate is not None else ""
    return RemoteWireError(
        brief, f"{brief}; our {side.path}.trustedCaFile does not vouch for the {peer} certificate{issuer}"
    )
