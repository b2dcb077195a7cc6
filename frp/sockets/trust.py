"""Whom TLS trusts: what OpenSSL refuses and Go does not, and what is remembered of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL, crypto

__all__ = ["Verdict", "fill", "judgeOf", "judged"]


class Verdict:
    """
    Why OpenSSL did not trust a certificate; it hangs on the connection as its application data, because the error
    itself does not say.

    @ivar number: the C{X509_V_ERR_...} number, 0 while nothing was refused.
    @ivar certificate: the one at fault.
    """

    number = 0
    certificate: x509.Certificate | None = None


# X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_INVALID_PURPOSE
_SELF_SIGNED = 18
_WRONG_PURPOSE = 26


def fill(store: crypto.X509Store, trusted: list[x509.Certificate]) -> None:
    """Have a store trust these. Go trusts whatever is in the file, also a leaf, and ends the chain there."""
    for certificate in trusted:
        store.add_cert(crypto.X509.from_cryptography(certificate))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)


def judged(
    certificate: x509.Certificate, others: list[x509.Certificate], trusted: list[x509.Certificate], *, server: bool
) -> Verdict:
    """
    The same judgement where the handshake is not OpenSSL's.

    @param others: certificates that came with it, which may stand between it and one that is trusted.
    @param server: whether we are one, and it is a client's.
    @return: what is wrong with it; number 0 for nothing.
    """
    verdict = Verdict()
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if server else ExtendedKeyUsageOID.SERVER_AUTH
    store = crypto.X509Store()
    fill(store, trusted)
    chain = [crypto.X509.from_cryptography(each) for each in others]
    context = crypto.X509StoreContext(store, crypto.X509.from_cryptography(certificate), chain)
    try:
        verified = [each.to_cryptography() for each in context.get_verified_chain()]
    except crypto.X509StoreContextError as error:
        number, found = error.errors[0], error.certificate.to_cryptography()
        if number != _SELF_SIGNED or not _issuedByNamesake(found, trusted, purpose):
            verdict.number, verdict.certificate = number, found
            return verdict
        verified = [certificate]
    for each in verified:
        if not _serves(each, purpose):
            verdict.number, verdict.certificate = _WRONG_PURPOSE, each
    return verdict


def _serves(certificate: x509.Certificate, purpose: x509.ObjectIdentifier) -> bool:
    """Whether a certificate may be used for this: if it says nothing, it may."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return bool({purpose, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}.intersection(usage))


def judgeOf(
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
