"""A certificate authority for tests, with files as users have them."""

from __future__ import annotations

import atexit
import ipaddress
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from frp.sockets.tls import TLSLayer

__all__ = ["Authority", "Fields", "shown"]


@dataclass
class Fields:
    """C{transport.tls}, as far as it is about certificates."""

    certFile: str = ""
    keyFile: str = ""
    trustedCaFile: str = ""
    serverName: str = ""


class Authority:
    """
    Signs certificates, and writes them to a folder of its own.

    @ivar caFile: the path of its own certificate.
    @ivar certificates: what it has signed last, by name.
    """

    def __init__(
        self,
        name: str = "An authority for tests",
        *extensions: x509.ExtensionType,
        digest: hashes.SHA224 | hashes.SHA256 | None = None,
    ) -> None:
        """
        @param extensions: stand in its certificate besides, and are critical.
        @param digest: what it signs others' certificates with.
        """
        folder = tempfile.TemporaryDirectory(prefix="frp-authority-")
        atexit.register(folder.cleanup)
        self.folder = Path(folder.name)
        self.certificates: dict[str, x509.Certificate] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._now = datetime.now(UTC)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self._digest: hashes.SHA224 | hashes.SHA256 = digest or hashes.SHA256()
        certificate = self._draft(self._name, self._key, (-30, 30)).add_extension(constraints, critical=True)
        for extension in extensions:
            certificate = certificate.add_extension(extension, critical=True)
        self.caFile = self.write("ca.pem", certificate.sign(self._key, hashes.SHA256()))

    def fields(
        self,
        name: str,
        names: Iterable[str] = (),
        addresses: Iterable[str] = (),
        days: tuple[int, int] = (-1, 1),
    ) -> Fields:
        """A configuration with a fresh certificate, valid for these names, from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        alternatives: list[x509.GeneralName] = [x509.DNSName(dns) for dns in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        draft = self._draft(subject, key, days)
        if alternatives:
            draft = draft.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        certificate = self.certificates[name] = draft.sign(self._key, self._digest)
        return Fields(self.write(f"{name}.pem", certificate), self.write(f"{name}.key", key))

    def write(self, name: str, thing: x509.Certificate | ec.EllipticCurvePrivateKey | bytes) -> str:
        """@return: the path of a new file with this."""
        pem = serialization.Encoding.PEM
        if isinstance(thing, x509.Certificate):
            thing = thing.public_bytes(pem)
        elif isinstance(thing, ec.EllipticCurvePrivateKey):
            thing = thing.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / name
        path.write_bytes(thing)
        return str(path)

    def _draft(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int]
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now + timedelta(days=days[0]))
            .not_valid_after(self._now + timedelta(days=days[1]))
        )


def shown(layer: TLSLayer) -> x509.Certificate | None:
    """@return: the certificate that the peer of a connection has shown."""
    certificate: x509.Certificate | None = layer._tls.get_peer_certificate(as_cryptography=True)
    return certificate
