"""
Who we are and whom we trust: the certificates of C{transport.tls}, and the OpenSSL contexts made of them.

Only what the configuration names is loaded, and it is loaded at start, so that a bad file is an error at start. The
policy is the reference's: TLS 1.2 at least, nobody is verified unless C{trustedCaFile} is set, and then against that
file only.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from secrets import randbits
from threading import Thread
from typing import Any, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.bindings.openssl.binding import Binding
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address
from zope.interface import implementer

from frp.errors import ConfigError, RemoteWireError
from frp.interfaces import ITLSSide

__all__ = [
    "ClientTLSFields",
    "Pair",
    "TLSFields",
    "TLSSide",
    "Verdict",
    "clientContext",
    "generated",
    "serverContext",
    "systemContext",
]

Pair = tuple[PrivateKeyTypes, list[x509.Certificate]]

# ECDHE with an AEAD only: every Go release that built an frp with TLS has these. AES-128 comes first because it is the
# fastest where there is AES hardware; a peer without it puts ChaCha20 first, and the order of the client is the one
# that counts.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=1"
CIPHERS_13 = b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

_PEM_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class TLSFields(Protocol):
    """What both programs configure under C{transport.tls}; empty strings where nothing is set."""

    @property
    def certFile(self) -> str: ...

    @property
    def keyFile(self) -> str: ...

    @property
    def trustedCaFile(self) -> str: ...


class ClientTLSFields(TLSFields, Protocol):
    """What frpc configures besides."""

    @property
    def serverName(self) -> str: ...


class Verdict:
    """
    Why OpenSSL did not trust a certificate; it hangs on the connection as its application data, because the error
    itself does not say.

    @ivar number: the C{X509_V_ERR_...} number, 0 while nothing was refused.
    @ivar certificate: the one at fault.
    """

    number = 0
    certificate: x509.Certificate | None = None


@implementer(ITLSSide)
class TLSSide:
    """
    One end of TLS: a context and the check of the peer's name.

    @ivar server: whether we answer handshakes.
    @ivar name: the name that the peer's certificate must carry, and that is sent as SNI unless it is an IP literal;
        empty for servers.
    @ivar verified: whether the peer must prove who it is.
    """

    def __init__(self, makeContext: Callable[[], SSL.Context], *, server: bool, verified: bool, name: str = "") -> None:
        self._makeContext = makeContext
        self.server = server
        self.verified = verified
        self.name = name.rstrip(".")
        self._address = _literal(self.name)

    @cached_property
    def context(self) -> SSL.Context:
        """The OpenSSL context. Where a certificate is being generated, the first asker waits for it."""
        return self._makeContext()

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

        return TLSSide(make, server=self.server, verified=self.verified, name=self.name)

    def connection(self) -> SSL.Connection:
        """@return: a new connection over memory BIOs, before its first flight."""
        connection = SSL.Connection(self.context)
        connection.set_app_data(Verdict())
        if self.server:
            connection.set_accept_state()
        else:
            connection.set_connect_state()
            if self.name and self._address is None:
                connection.set_tlsext_host_name(self.name.encode("idna" if not self.name.isascii() else "ascii"))
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
        try:
            if self._address is not None:
                verify_certificate_ip_address(certificate, str(self._address))
            else:
                verify_certificate_hostname(certificate, self.name)
        except (CertificateError, VerificationError):
            raise _wrongName(certificate, self.name) from None


def generated(now: datetime | None = None) -> Pair:
    """
    The certificate of a server that has none configured: self-signed RSA-2048, without names, as the reference makes
    it.

    @return: the key and a chain of one. It takes 20 to 300 ms, during which the interpreter lock is free.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    nobody = x509.Name([])
    now = now or datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(nobody)
        .issuer_name(nobody)
        .public_key(key.public_key())
        .serial_number(randbits(128) or 1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return key, [certificate]


def serverContext(fields: TLSFields, path: str = "transport.tls") -> TLSSide:
    """
    What frps answers TLS with. Without both C{certFile} and C{keyFile} a pair is generated in a thread, so that the
    start does not wait for it.

    @param path: where C{fields} stands in the configuration, for the errors.
    @raise ConfigError: a file cannot be read or used.
    """
    trusted = _trusted(fields, path)
    if fields.certFile and fields.keyFile:
        pair = _loaded(fields, path)
        context = _context(pair, trusted, server=True)
        return TLSSide(lambda: context, server=True, verified=trusted is not None)
    made: list[Pair] = []
    thread = Thread(target=lambda: made.append(generated()), name="certificate", daemon=True)
    thread.start()

    def afterwards() -> SSL.Context:
        thread.join()
        # An empty list means that the thread failed, and has said so; then the error belongs to whoever asks.
        return _context(made[0] if made else generated(), trusted, server=True)

    return TLSSide(afterwards, server=True, verified=trusted is not None)


def clientContext(fields: ClientTLSFields, serverAddr: str, path: str = "transport.tls") -> TLSSide:
    """
    What frpc dials TLS with. The server's name is C{serverName}, or else C{serverAddr} as it is configured.

    @param path: where C{fields} stands in the configuration, for the errors.
    @raise ConfigError: a file cannot be read or used.
    """
    trusted = _trusted(fields, path)
    pair = _loaded(fields, path) if fields.certFile and fields.keyFile else None
    context = _context(pair, trusted, server=False)
    return TLSSide(lambda: context, server=False, verified=trusted is not None, name=fields.serverName or serverAddr)


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

    return TLSSide(make, server=False, verified=True, name=name)


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
        for certificate in trusted:
            store.add_cert(crypto.X509.from_cryptography(certificate))
        # Go trusts whatever is in the file, also a leaf or an intermediate, and ends the chain there.
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _judge(trusted, server=server))
    return context


# X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
_SELF_SIGNED = 18


def _judge(
    trusted: list[x509.Certificate], *, server: bool
) -> Callable[[SSL.Connection, crypto.X509, int, int, int], bool]:
    """@return: what OpenSSL asks about each certificate that it has looked at."""
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if server else ExtendedKeyUsageOID.SERVER_AUTH

    def judge(connection: SSL.Connection, certificate: crypto.X509, number: int, depth: int, ok: int) -> bool:
        if ok:
            return True
        found = certificate.to_cryptography()
        if number == _SELF_SIGNED and _issuedByNamesake(found, trusted, purpose):
            return True
        verdict: Verdict = connection.get_app_data()
        verdict.number, verdict.certificate = number, found
        return False

    return judge


def _issuedByNamesake(
    certificate: x509.Certificate, trusted: list[x509.Certificate], purpose: x509.ObjectIdentifier
) -> bool:
    """
    Whether a trusted authority of the same name has signed this certificate. OpenSSL takes a certificate whose subject
    is its issuer for self-signed, and looks no further; Go looks at the signature, and people do name the authority
    and the server alike.
    """
    now = datetime.now(UTC)
    for authority in trusted:
        if authority.not_valid_before_utc <= now <= authority.not_valid_after_utc and _mayIssue(authority, purpose):
            try:
                certificate.verify_directly_issued_by(authority)
                digest = certificate.signature_hash_algorithm
            except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                continue
            # Ed25519 has none besides.
            if digest is None or isinstance(digest, _DIGESTS):
                return True
    return False


#: What Go takes a signature with.
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

# What an authority's certificate may demand to be understood, for it is either looked at or about something else.
# Not among them: name constraints, which only OpenSSL's own way through a chain knows how to apply.
_UNDERSTOOD = (
    x509.AuthorityKeyIdentifier,
    x509.BasicConstraints,
    x509.CertificatePolicies,
    x509.ExtendedKeyUsage,
    x509.KeyUsage,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
)


def _mayIssue(authority: x509.Certificate, purpose: x509.ObjectIdentifier) -> bool:
    """Whether what stands in an authority's certificate lets it sign one for this purpose."""
    isAuthority = False
    anyPurpose = {purpose, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    try:
        extensions = list(authority.extensions)
    except ValueError:
        return False
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.NameConstraints) or (extension.critical and not isinstance(value, _UNDERSTOOD)):
            return False
        if isinstance(value, x509.BasicConstraints):
            isAuthority = value.ca
        if isinstance(value, x509.KeyUsage) and not value.key_cert_sign:
            return False
        if isinstance(value, x509.ExtendedKeyUsage) and not anyPurpose.intersection(value):
            return False
    return isAuthority


def _trusted(fields: TLSFields, path: str) -> list[x509.Certificate] | None:
    """
    @return: the certificates of C{trustedCaFile}; None where it is not set. Blocks that do not parse are passed over,
        as in the reference.
    """
    if not fields.trustedCaFile:
        return None
    found = []
    for block in _PEM_CERTIFICATE.findall(_read(fields.trustedCaFile, f"{path}.trustedCaFile")):
        try:
            found.append(x509.load_pem_x509_certificate(block))
        except ValueError:
            continue
    if not found:
        problem = f'failed to parse CA certificate from file "{fields.trustedCaFile}": no valid PEM certificates found'
        raise ConfigError(f"{path}.trustedCaFile", problem)
    return found


def _loaded(fields: TLSFields, path: str) -> Pair:
    certFile, keyFile = fields.certFile, fields.keyFile
    certText, keyText = _read(certFile, f"{path}.certFile"), _read(keyFile, f"{path}.keyFile")
    try:
        chain = x509.load_pem_x509_certificates(certText)
    except ValueError as error:
        problem = f'no certificate can be read from file "{certFile}": {error}'
        raise ConfigError(f"{path}.certFile", problem, hint="it must hold PEM, our own certificate first") from None
    try:
        key = serialization.load_pem_private_key(keyText, None)
    except TypeError:
        problem = f'the private key in file "{keyFile}" is encrypted'
        raise ConfigError(f"{path}.keyFile", problem, hint="write it without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}.keyFile", f'no private key can be read from file "{keyFile}": {error}') from None
    if key.public_key() != chain[0].public_key():
        problem = "tls: private key does not match public key"
        raise ConfigError(
            f"{path}.keyFile", problem, hint=f'"{keyFile}" is not the key of the first certificate in "{certFile}"'
        )
    return key, chain


def _read(name: str, path: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(path, f"open {name}: {(error.strerror or str(error)).lower()}") from None


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
