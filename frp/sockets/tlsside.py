"""
The two sides of TLS: what frps answers with, and what frpc and others dial with.

The policy is the reference's: TLS 1.2 at least, nobody is verified unless C{trustedCaFile} is set, and then against
that file only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import ITLSSide
from frp.sockets.certificates import ClientTLSFields, Pair, TLSFields, authorities, generated, pairOf
from frp.sockets.tlsfaults import untrusted
from frp.sockets.trust import Verdict, fill, judged, judgeOf

__all__ = ["TLSSide", "clientContext", "peerContext", "serverContext", "systemContext"]

# ECDHE with an AEAD only: every Go release that built an frp with TLS has these. AES-128 comes first because it is the
# fastest where there is AES hardware; a peer without it puts ChaCha20 first, and the order of the client is the one
# that counts.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=1"
CIPHERS_13 = b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"


@implementer(ITLSSide)
class TLSSide:
    """
    One end of TLS: a context and the check of the peer's name.

    @ivar server: whether we answer handshakes.
    @ivar name: the name that the peer's certificate must carry, and that is sent as SNI unless it is an IP literal;
        empty for servers.
    @ivar verified: whether the peer must prove who it is.
    @ivar path: the table of the configuration that it is made of, for errors.
    """

    def __init__(
        self,
        makeContext: Callable[[], SSL.Context],
        *,
        server: bool,
        trusted: list[x509.Certificate] | None,
        name: str = "",
        path: str = "transport.tls",
        makePair: Callable[[], Pair | None] = lambda: None,
    ) -> None:
        """@param trusted: the authorities that the peer's certificate must come from; None where it need not."""
        self._makeContext = makeContext
        self._makePair = makePair
        self._trusted = trusted
        self.server = server
        self.verified = trusted is not None
        self.name = name.rstrip(".")
        self.path = path
        self._address = _literal(self.name)

    @cached_property
    def context(self) -> SSL.Context:
        """The OpenSSL context."""
        return self._makeContext()

    @cached_property
    def pair(self) -> Pair | None:
        """Our key and our certificates; None where we show none."""
        return self._makePair()

    def ready(self) -> None:
        """Make what else the first connection would wait for."""
        self.connection()

    def become(self, other: TLSSide) -> None:
        """
        Have the certificates of another one, and trust whom it trusts, in all connections that are made from now on.
        Sides that were made of this one by L{speaking} stay as they are.
        """
        self._makeContext, self._makePair = other._makeContext, other._makePair
        self._trusted, self.verified = other._trusted, other.verified
        for known in ("context", "pair"):
            self.__dict__.pop(known, None)

    @property
    def sentName(self) -> str:
        """What is sent as SNI: the name, if it is not an IP literal."""
        if self._address is not None or self.name.isascii():
            return self.name if self._address is None else ""
        return self.name.encode("idna").decode("ascii")

    def speaking(self, *protocols: bytes) -> TLSSide:
        """
        The same, for a server of these application protocols, the best first. Who knows none of them is answered
        without.
        """

        def choose(_: SSL.Connection, offered: list[bytes]) -> Any:
            return next((one for one in protocols if one in offered), SSL.NO_OVERLAPPING_PROTOCOLS)

        def make() -> SSL.Context:
            context = self.context
            context.set_alpn_select_callback(choose)
            return context

        return TLSSide(
            make,
            server=self.server,
            trusted=self._trusted,
            name=self.name,
            path=self.path,
            makePair=lambda: self.pair,
        )

    def connection(self) -> SSL.Connection:
        """@return: a new connection over memory BIOs, before its first flight."""
        connection = SSL.Connection(self.context)
        connection.set_app_data(Verdict())
        if self.server:
            connection.set_accept_state()
        else:
            connection.set_connect_state()
            if self.sentName:
                connection.set_tlsext_host_name(self.sentName.encode("ascii"))
        return connection

    def checkName(self, connection: SSL.Connection) -> None:
        """
        After the handshake: is the certificate for the name that we dialled?

        @raise RemoteWireError: it is not.
        """
        if self.server or not self.verified:
            return
        certificate = connection.get_peer_certificate(as_cryptography=True)
        assert certificate is not None, "OpenSSL lets no server pass without one"
        self._checkName(certificate)

    def checkChain(self, certificate: x509.Certificate, others: list[x509.Certificate]) -> None:
        """
        The whole check, for a handshake that is not OpenSSL's: does the certificate come from whom we trust, and is it
        for the name that we dialled?

        @param certificate: the peer's, of which it has proven that it has the key; @param others: what came with it.
        @raise RemoteWireError: it is not.
        """
        if self._trusted is None:
            return
        verdict = judged(certificate, others, self._trusted, server=self.server)
        if verdict.number:
            raise untrusted(verdict, self)
        if not self.server:
            self._checkName(certificate)

    def _checkName(self, certificate: x509.Certificate) -> None:
        # Only who verifies names pays for importing it.
        from service_identity import CertificateError, VerificationError
        from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

        try:
            if self._address is not None:
                verify_certificate_ip_address(certificate, str(self._address))
            else:
                verify_certificate_hostname(certificate, self.name)
        except (CertificateError, VerificationError):
            raise _wrongName(certificate, self.name) from None


def serverContext(
    fields: TLSFields, path: str = "transport.tls", called: Mapping[str, str] = MappingProxyType({})
) -> TLSSide:
    """
    What frps answers TLS with. Without both C{certFile} and C{keyFile} a pair is generated when it is first asked
    for, or made L{ready<TLSSide.ready>}.

    @param path: where C{fields} stands in the configuration, and
    @param called: what its keys are called there if not as here, for the errors.
    @raise ConfigError: a file cannot be read or used.
    """
    pair = pairOf(fields, path, called)
    trusted = authorities(fields, path)
    if pair is None:
        made = cache(generated)
        return TLSSide(
            lambda: _context(made(), trusted, server=True), server=True, trusted=trusted, path=path, makePair=made
        )
    context = _context(pair, trusted, server=True)
    return TLSSide(lambda: context, server=True, trusted=trusted, path=path, makePair=lambda: pair)


def clientContext(fields: ClientTLSFields, serverAddr: str, path: str = "transport.tls") -> TLSSide:
    """
    What frpc dials TLS with. The server's name is C{serverName}, or else C{serverAddr} as it is configured.

    @param path: where C{fields} stands in the configuration, for the errors.
    @raise ConfigError: a file cannot be read or used.
    """
    pair = pairOf(fields, path)
    trusted = authorities(fields, path)
    context = _context(pair, trusted, server=False)
    name = fields.serverName or serverAddr
    return TLSSide(lambda: context, server=False, trusted=trusted, name=name, path=path, makePair=lambda: pair)


class _AnyOfOurs(TLSSide):
    """What dials others whose certificates need not be for a name: an authority of ours has signed them."""

    def _checkName(self, certificate: x509.Certificate) -> None:
        """It is for whomever."""


def peerContext(fields: TLSFields, path: str) -> TLSSide:
    """
    What dials others of our own kind, who answer with L{serverContext} of the same fields: they must have a certificate
    of the authority in C{trustedCaFile}, where that is set, and it need not be for the name that is dialled.

    @param path: where C{fields} stands in the configuration, for the errors.
    @raise ConfigError: a file cannot be read or used.
    """
    pair = pairOf(fields, path)
    trusted = authorities(fields, path)
    context = _context(pair, trusted, server=False)
    return _AnyOfOurs(lambda: context, server=False, trusted=trusted, path=path, makePair=lambda: pair)


def systemContext(name: str) -> TLSSide:
    """
    What a server of the outer world is dialled with: its certificate must be for C{name}, which may be an IP address,
    and come from an authority that this system trusts. C{SSL_CERT_FILE} and C{SSL_CERT_DIR} in the environment name
    others, as for Go.
    """

    def make() -> SSL.Context:
        # Reading all these authorities takes its time: not before somebody is dialled.
        context = _context(None, [], server=False)
        context.set_default_verify_paths()
        return context

    return TLSSide(make, server=False, trusted=[], name=name)


def _context(pair: Pair | None, trusted: list[x509.Certificate] | None, *, server: bool) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD if server else SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    context.set_tls13_ciphersuites(CIPHERS_13)
    # Tunnels live for days: nothing is resumed, so tickets and caches would be bytes and memory for nothing.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # pyOpenSSL lets a write end after one record; ours take all of it.
    context.clear_mode(Binding.lib.SSL_MODE_ENABLE_PARTIAL_WRITE)
    if pair is not None:
        key, chain = pair
        context.use_certificate(chain[0])
        for certificate in chain[1:]:
            context.add_extra_chain_cert(certificate)
        context.use_privatekey(key)  # type: ignore[arg-type]  # pyOpenSSL names fewer key types than it takes
    if trusted is not None:
        store = context.get_cert_store()
        assert store is not None
        fill(store, trusted)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, judgeOf(trusted, server=server))
    return context


def _literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _wrongName(certificate: x509.Certificate, name: str) -> RemoteWireError:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [*alternatives.get_values_for_type(x509.DNSName)]
        names += [str(address) for address in alternatives.get_values_for_type(x509.IPAddress)]
    except (x509.ExtensionNotFound, ValueError):
        names = []
    valid = (
        f"certificate is valid for {', '.join(names[:8])}, not {name}"
        if names
        else f"certificate is not valid for any names, but wanted to match {name}"
    )
    brief = f"tls: failed to verify certificate: x509: {valid}"
    return RemoteWireError(brief, f"{brief}; set transport.tls.serverName to a name in the server's certificate")
