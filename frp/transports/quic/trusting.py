"""Whom we believe in the handshake: the certificate of the peer, and what is asked for."""

from __future__ import annotations

from aioquic import tls
from aioquic.quic.connection import QuicConnection

from frp.errors import FRPError, RemoteWireError
from frp.interfaces import ITLSSide

__all__ = ["Trusting"]


class Trusting(QuicConnection):
    """A base of the engine: the part of TLS that is ours."""

    _side: ITLSSide
    _error: FRPError | None

    def _initialize(self, peer_cid: bytes) -> None:
        super()._initialize(peer_cid)
        context, side = self.tls, self._side
        context._request_client_certificate = side.server and side.verified
        if not side.server:
            # Shares for two more groups would take longer to make than all else of the handshake.
            context._supported_groups = [tls.Group.X25519, tls.Group.SECP256R1]
        if side.verified:
            check = context._check_certificate_verify_signature

            def checked(verify: tls.CertificateVerify) -> None:
                check(verify)
                self._judge(side, context)

            context._check_certificate_verify_signature = checked  # type: ignore[method-assign]

    def _judge(self, side: ITLSSide, context: tls.Context) -> None:
        """The peer has proven that its certificate is its own. Is it one that we trust?"""
        assert context._peer_certificate is not None, "it has just signed"
        try:
            side.checkChain(context._peer_certificate, context._peer_certificate_chain)
        except RemoteWireError as error:
            self._error = error
            raise tls.AlertBadCertificate(error.brief) from None
