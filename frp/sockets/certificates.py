"""
Keys and certificates: read from the files that the configuration names, or made where it names none.

Only what is named is read, and at start, so that a bad file is an error at start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import randbits
from types import MappingProxyType
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from frp.config.files import readFile
from frp.errors import ConfigError

__all__ = ["ClientTLSFields", "Pair", "TLSFields", "authorities", "generated", "pairOf"]

Pair = tuple[PrivateKeyTypes, list[x509.Certificate]]

#: How the labels of PEM end.
_NOUNS = {b"PRIVATE KEY": "private key", b"CERTIFICATE": "certificate"}
_PEM_LABEL = re.compile(rb"-----BEGIN (?:[A-Z0-9 ]+ )?(PRIVATE KEY|CERTIFICATE)-----")
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


def generated(now: datetime | None = None) -> Pair:
    """
    The certificate of a server that has none configured: self-signed, without names, as the reference's is. Its key is
    one of P-256: the reference's of RSA takes a processor up to 300 ms to be found, and makes each handshake longer.

    @return: the key and a chain of one.
    """
    key = ec.generate_private_key(ec.SECP256R1())
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


def authorities(fields: TLSFields, path: str) -> list[x509.Certificate] | None:
    """
    @return: the certificates of C{trustedCaFile}; None where it is not set. Blocks that do not parse are passed over,
        as in the reference.
    """
    if not fields.trustedCaFile:
        return None
    found = []
    for block in _PEM_CERTIFICATE.findall(readFile(fields.trustedCaFile, f"{path}.trustedCaFile")):
        try:
            found.append(x509.load_pem_x509_certificate(block))
        except ValueError:
            continue
    if not found:
        problem = f'failed to parse CA certificate from file "{fields.trustedCaFile}": no valid PEM certificates found'
        raise ConfigError(f"{path}.trustedCaFile", problem, hint="it must hold PEM: the certificates of authorities")
    return found


def pairOf(fields: TLSFields, path: str, called: Mapping[str, str] = MappingProxyType({})) -> Pair | None:
    """
    @param called: the names of the two keys, where they are not C{certFile} and C{keyFile}.
    @return: the private key and our own certificate with those above it; None where not both files are set.
    @raise ConfigError: a file cannot be read, or the two do not belong together.
    """
    certFile, keyFile = fields.certFile, fields.keyFile
    if not (certFile and keyFile):
        return None
    certKey, keyKey = (f"{path}.{called.get(name, name)}" for name in ("certFile", "keyFile"))
    swapped = "are {} and {} swapped?".format(*(key.rpartition(".")[2] for key in (certKey, keyKey)))
    certText, keyText = readFile(certFile, certKey), readFile(keyFile, keyKey)
    try:
        chain = x509.load_pem_x509_certificates(certText)
    except ValueError as error:
        instead = _instead(certText, "certificate")
        problem = f'no certificate can be read from file "{certFile}": {instead or error}'
        hint = swapped if instead else "it must hold PEM, our own certificate first"
        raise ConfigError(certKey, problem, hint=hint) from None
    # With it comes all that there is for keys of SSH: who names no file does not wait for that.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(keyText, None)
    except TypeError:
        problem = f'the private key in file "{keyFile}" is encrypted'
        raise ConfigError(keyKey, problem, hint="write it without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        instead = _instead(keyText, "private key")
        problem = f'no private key can be read from file "{keyFile}": {instead or error}'
        raise ConfigError(keyKey, problem, hint=swapped if instead else "it must hold PEM") from None
    if key.public_key() != chain[0].public_key():
        problem = "tls: private key does not match public key"
        raise ConfigError(keyKey, problem, hint=f'"{keyFile}" is not the key of the first certificate in "{certFile}"')
    return key, chain


def _instead(text: bytes, wanted: str) -> str:
    """@return: that a file holds the other half of a pair, where it does; else empty."""
    held = {_NOUNS[label] for label in _PEM_LABEL.findall(text)}
    return f"this is a {held.pop()}, not a {wanted}" if held and wanted not in held else ""
