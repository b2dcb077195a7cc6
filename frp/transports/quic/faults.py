"""What a QUIC connection that has ended looks like, in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.interfaces import ITLSSide

if TYPE_CHECKING:
    from aioquic.quic.events import ConnectionTerminated

__all__ = ["Broken", "closedFault", "slowFault"]

#: Alerts of TLS by their number: what the peer means, and what to do about it.
_ALERTS = {
    42: (
        "the peer refuses our certificate",
        "check the name in it, and the peer's transport.tls.serverName and trustedCaFile",
    ),
    45: ("the peer finds our certificate expired", "renew transport.tls.certFile, and check both clocks"),
    46: ("the peer refuses our certificate", "see the peer's log"),
    48: (
        "the peer does not trust our certificate",
        "it must be signed by the authority in the peer's transport.tls.trustedCaFile",
    ),
    51: ("the peer refuses our certificate", "another authority of the same name has signed it"),
    112: ("the peer knows no server of this name", "set transport.tls.serverName"),
    116: (
        "the server requires a client certificate",
        "set transport.tls.certFile and transport.tls.keyFile to a certificate that its trustedCaFile has signed",
    ),
    120: ("the peer speaks another protocol than frp over QUIC", "is this the quicBindPort of frps?"),
}
_CRYPTO = 0x100
_NO_ALPN = 120
_CERTIFICATE_REQUIRED = 116


class Broken(Exception):
    """
    The peer breaks the rules of QUIC.

    @ivar code: the number of the error on the wire (RFC 9000, section 20.1).
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def closedFault(event: ConnectionTerminated, byPeer: bool, side: ITLSSide, shaken: bool) -> FRPError:
    """
    @param byPeer: whether the peer has closed it.
    @param shaken: whether the handshake was done.
    """
    code, reason = event.error_code, event.reason_phrase
    if event.frame_type is None:
        return TunnelLost("the peer has closed the session", f"the peer has closed the session{_said(code, reason)}")
    if reason == "Idle timeout" and not byPeer:
        return slowFault(side, shaken)
    if reason == "Could not find a common protocol version":
        return RemoteWireError("quic: the peer speaks other versions of QUIC", "quic: versions 1 and 2 are needed")
    if _CRYPTO <= code < _CRYPTO + 256:
        return _alert(code - _CRYPTO, reason, byPeer)
    who = "the peer finds that we broke" if byPeer else "the peer broke"
    return RemoteWireError(
        f"quic: {who} the protocol", f"quic: {who} the protocol: {reason or 'no reason'} ({code:#x})"
    )


def _said(code: int, reason: str) -> str:
    return f" (code {code}{f', {reason!r}' if reason else ''})" if code or reason else ""


def _alert(alert: int, reason: str, byPeer: bool) -> FRPError:
    if byPeer:
        meaning, remedy = _ALERTS.get(alert, ("the peer broke off the handshake", "see the peer's log"))
        return RemoteWireError(f"tls: {meaning}", f"tls: {meaning}: {remedy} (alert {alert})")
    if alert == _NO_ALPN:
        brief = "tls: the peer speaks something else than frp over QUIC"
        return RemoteWireError(brief, f"{brief} (it does not name {'frp'!r} as its protocol)")
    if alert == _CERTIFICATE_REQUIRED:
        brief = "tls: client didn't provide a certificate"
        return RemoteWireError(
            brief, f"{brief}; transport.tls.trustedCaFile is set here, so clients need certFile and keyFile"
        )
    return RemoteWireError("tls: the peer broke the protocol", f"tls: the handshake failed: {reason} (alert {alert})")


def slowFault(side: ITLSSide, shaken: bool) -> FRPError:
    """Nothing comes from the peer."""
    if shaken:
        return TunnelLost("timeout: no recent network activity", "the peer has not answered for the time of silence")
    brief = "quic: the handshake is not done in time"
    if side.server:
        return TunnelLost(brief)
    hint = "is frps running, and is this its quicBindPort? A firewall may drop UDP"
    return TunnelLost(brief, f"{brief}: {hint}")
