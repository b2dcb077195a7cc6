"""Tests of the certificates of C{transport.tls}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import ConfigError
from frp.sockets.certificates import generated, pairOf
from frp.sockets.tlsside import clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields

AUTHORITY = Authority()
PAIR = AUTHORITY.fields("server", names=["frps.example"])
MISSING = str(AUTHORITY.folder / "missing.pem")


class GeneratedTests(SynchronousTestCase):
    """The certificate of a server that has none."""

    def test_shape(self) -> None:
        """As the reference's: self-signed, nameless, ten years from an hour ago; but with a key of P-256."""
        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        key, (certificate,) = generated(now)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self.assertEqual("secp256r1", key.curve.name)
        self.assertEqual(key.public_key(), certificate.public_key())
        self.assertEqual((x509.Name([]), x509.Name([])), (certificate.subject, certificate.issuer))
        self.assertEqual(now - timedelta(hours=1), certificate.not_valid_before_utc)
        self.assertEqual(now + timedelta(days=3650), certificate.not_valid_after_utc)
        self.assertTrue(0 < certificate.serial_number < 1 << 128)
        self.assertEqual([], list(certificate.extensions))
        certificate.verify_directly_issued_by(certificate)

    def test_perServer(self) -> None:
        """Each server makes its own when it is first asked for, and keeps it."""
        one, other = serverContext(Fields()), serverContext(Fields(certFile=PAIR.certFile))
        self.assertIsNot(one.context, other.context)
        self.assertIs(one.context, one.context)
        self.assertTrue(one.server)
        self.assertFalse(one.verified)


class PairTests(SynchronousTestCase):
    """Two files that belong together."""

    def test_swapped(self) -> None:
        """Whoever names one half in place of the other is told so, without words about formats."""
        cert, key = PAIR.certFile, PAIR.keyFile
        for fields, path, problem in (
            (
                Fields(certFile=key, keyFile=cert),
                "t.certFile",
                f'no certificate can be read from file "{key}": this is a private key, not a certificate',
            ),
            (
                Fields(certFile=cert, keyFile=cert),
                "t.keyFile",
                f'no private key can be read from file "{cert}": this is a certificate, not a private key',
            ),
        ):
            error = self.assertRaises(ConfigError, pairOf, fields, "t")
            self.assertEqual((error.path, error.problem), (path, problem))
            self.assertEqual(error.hint, "are certFile and keyFile swapped?")
        names = {"certFile": "crtPath", "keyFile": "keyPath"}
        error = self.assertRaises(ConfigError, pairOf, Fields(certFile=key, keyFile=key), "t", names)
        self.assertEqual((error.path, error.hint), ("t.crtPath", "are crtPath and keyPath swapped?"))

    def test_neither(self) -> None:
        """Of what is neither nobody asks whether it is the other."""
        other = AUTHORITY.folder / "neither.pem"
        other.write_text("nothing")
        error = self.assertRaises(ConfigError, pairOf, Fields(certFile=str(other), keyFile=PAIR.keyFile), "t")
        self.assertEqual(error.hint, "it must hold PEM, our own certificate first")


class ClientTests(SynchronousTestCase):
    """Whom a client expects."""

    def test_name(self) -> None:
        """The server is named by serverName, or else by serverAddr."""
        self.assertEqual("a.example", clientContext(Fields(), "a.example").name)
        self.assertEqual("b.example", clientContext(Fields(serverName="b.example"), "a.example").name)
        self.assertEqual("a.example", clientContext(Fields(), "a.example.").name)

    def hello(self, serverAddr: str) -> bytes:
        connection = clientContext(Fields(), serverAddr).connection()
        self.assertRaises(SSL.WantReadError, connection.do_handshake)
        return connection.bio_read(1 << 14)

    def test_sni(self) -> None:
        """Names are sent in the hello, addresses never."""
        self.assertIn(b"frps.example", self.hello("frps.example"))
        self.assertIn(b"xn--bcher-kva.example", self.hello("bücher.example"))
        self.assertNotIn(b"192.0.2.1", self.hello("192.0.2.1"))
        self.assertNotIn(b"2001:db8", self.hello("2001:db8::1"))

    def test_verified(self) -> None:
        """Nobody is verified unless trustedCaFile is set."""
        self.assertFalse(clientContext(Fields(), "a").verified)
        self.assertTrue(clientContext(Fields(trustedCaFile=AUTHORITY.caFile), "a").verified)


class FileTests(SynchronousTestCase):
    """What is wrong with a file is said at start, with its key and its name."""

    def refused(self, **files: str) -> ConfigError:
        fields = Fields(**files)
        error: ConfigError = self.assertRaises(ConfigError, serverContext, fields)
        again = self.assertRaises(ConfigError, clientContext, fields, "a")
        self.assertEqual((error.path, error.problem), (again.path, again.problem))
        return error

    def test_missing(self) -> None:
        """A file that is not there."""
        for key, files in (
            ("certFile", {"certFile": MISSING, "keyFile": PAIR.keyFile}),
            ("keyFile", {"certFile": PAIR.certFile, "keyFile": MISSING}),
            ("trustedCaFile", {"trustedCaFile": MISSING}),
        ):
            error = self.refused(**files)
            self.assertEqual(f"transport.tls.{key}", error.path)
            self.assertEqual(f"open {MISSING}: no such file or directory", error.problem)

    def test_authorityWithoutCertificates(self) -> None:
        """An authority file without any usable certificate has the reference's words."""
        broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for text in (b"", b"hello", broken):
            path = AUTHORITY.write("empty.pem", text)
            expected = f'failed to parse CA certificate from file "{path}": no valid PEM certificates found'
            self.assertEqual(expected, self.refused(trustedCaFile=path).problem)

    def test_authorityWithJunk(self) -> None:
        """What does not parse in an authority file is passed over when something does."""
        broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        with open(AUTHORITY.caFile, "rb") as file:
            path = AUTHORITY.write("mixed.pem", b"# our authorities\n" + broken + file.read())
        self.assertTrue(serverContext(Fields(trustedCaFile=path)).verified)

    def test_notACertificate(self) -> None:
        """The two files exchanged, or something else in them."""
        self.assertIn(PAIR.keyFile, self.refused(certFile=PAIR.keyFile, keyFile=PAIR.certFile).problem)
        self.assertIn(PAIR.certFile, self.refused(certFile=PAIR.certFile, keyFile=PAIR.certFile).problem)

    def test_mismatch(self) -> None:
        """A key of another certificate."""
        other = AUTHORITY.fields("other")
        error = self.refused(certFile=PAIR.certFile, keyFile=other.keyFile)
        self.assertEqual("tls: private key does not match public key", error.problem)
        self.assertIn(other.keyFile, error.hint)

    def test_encrypted(self) -> None:
        """A key with a passphrase."""
        key, _ = generated()
        secret = serialization.BestAvailableEncryption(b"secret")
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
        error = self.refused(certFile=PAIR.certFile, keyFile=AUTHORITY.write("secret.key", text))
        self.assertIn("is encrypted", error.problem)
        self.assertIn("passphrase", error.hint)

    def test_elsewhere(self) -> None:
        """The error names the place where the fields stand."""
        error = self.assertRaises(ConfigError, serverContext, Fields(trustedCaFile=MISSING), "webServer.tls")
        self.assertEqual("webServer.tls.trustedCaFile", error.path)
