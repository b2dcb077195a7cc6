"""Whom TLS trusts."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from frp.errors import RemoteWireError
from frp.sockets.tlsside import TLSSide, clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields, shown
from frp.test.sockets.test_tls import AUTHORITY, FOREIGN, NAMESAKE, Case


class TrustTests(Case):
    """Who is let in."""

    def side(self, name: str = "", serverAddr: str = "frps.example", certificate: str = "", **how: Any) -> TLSSide:
        fields = AUTHORITY.fields(certificate, **how) if certificate else Fields()
        fields.trustedCaFile = AUTHORITY.caFile
        fields.serverName = name
        return clientContext(fields, serverAddr)

    def test_verified(self) -> None:
        """A server with the right name is trusted, by DNS name and by address."""
        for side in (self.side(), self.side("frps.example."), self.side(serverAddr="192.0.2.1")):
            self.join(side)
            self.successResultOf(self.client.ready)

    def test_wrongName(self) -> None:
        """A server with another name is refused, and told apart from one that is not trusted."""
        self.join(self.side("invalid.example"))
        text = self.fault(self.client)
        self.assertIn("certificate is valid for frps.example, 192.0.2.1, not invalid.example", text)
        self.assertIn("serverName", text)
        self.failureResultOf(self.server.ready, RemoteWireError)
        self.join(self.side(serverAddr="192.0.2.9"))
        self.assertIn("not 192.0.2.9", self.fault(self.client))
        self.failureResultOf(self.server.ready, RemoteWireError)

    def test_pinned(self) -> None:
        """The trusted file may hold the server's own certificate instead of its authority's, as with the reference."""
        shown = FOREIGN.fields("server", names=["frps.example"])
        side = clientContext(Fields(trustedCaFile=shown.certFile), "frps.example")
        self.join(side, serverContext(shown))
        self.successResultOf(self.client.ready)

    def test_nameless(self) -> None:
        """A certificate without any name is trusted for none."""
        self.join(self.side(), serverContext(AUTHORITY.fields("frps.example")))
        self.assertIn("not valid for any names, but wanted to match frps.example", self.fault(self.client))
        self.failureResultOf(self.server.ready, RemoteWireError)

    def test_unknownAuthority(self) -> None:
        """A certificate that our file does not vouch for, also when its authority only has the same name."""
        for authority, why in ((FOREIGN, "does not trust our certificate"), (NAMESAKE, "authority of the same name")):
            self.join(self.side(), serverContext(authority.fields("server", names=["frps.example"])))
            self.assertIn("x509: certificate signed by unknown authority", self.fault(self.client))
            self.assertIn(why, self.fault(self.server))

    def test_namedLikeItsAuthority(self) -> None:
        """A certificate may have the name of the authority that signed it; only the signature counts."""
        alike, other = Authority("frps.example"), Authority("frps.example")
        self.join(
            clientContext(Fields(trustedCaFile=alike.caFile), "frps.example"),
            serverContext(alike.fields("frps.example", names=["frps.example"])),
        )
        self.successResultOf(self.client.ready)
        self.join(
            clientContext(Fields(trustedCaFile=other.caFile), "frps.example"),
            serverContext(alike.fields("frps.example", names=["frps.example"])),
        )
        self.assertIn("unknown authority", self.fault(self.client))
        self.failureResultOf(self.server.ready, RemoteWireError)

    def test_authorityWithLimits(self) -> None:
        """
        One that has the name of its authority is held to what stands in the authority's certificate, and to a
        signature that can be trusted.
        """
        name = "frps.example"
        # From the sixth flag on: signs certificates, signs lists of withdrawn ones.
        signer = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        lister = x509.KeyUsage(False, False, False, False, False, False, True, False, False)
        for trusted, authority in (
            (True, Authority(name, signer, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))),
            (False, Authority(name, lister)),
            (False, Authority(name, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))),
            (False, Authority(name, x509.NameConstraints([x509.DNSName("other.example")], None))),
            (False, Authority(name, x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"))),
            (False, Authority(name, digest=hashes.SHA224())),
        ):
            self.join(
                clientContext(Fields(trustedCaFile=authority.caFile), name),
                serverContext(authority.fields(name, names=[name])),
            )
            if trusted:
                self.successResultOf(self.client.ready)
            else:
                self.assertIn("unknown authority", self.fault(self.client))
                self.failureResultOf(self.server.ready, RemoteWireError)

    def test_expired(self) -> None:
        """A certificate whose time is over says from when to when it was valid."""
        self.join(self.side(), serverContext(AUTHORITY.fields("old", names=["frps.example"], days=(-20, -10))))
        self.assertIn("has expired or is not yet valid: it is valid from ", self.fault(self.client))
        self.assertIn("finds our certificate expired", self.fault(self.server))

    def demanding(self) -> TLSSide:
        fields = AUTHORITY.fields("server", names=["frps.example"])
        fields.trustedCaFile = AUTHORITY.caFile
        return serverContext(fields)

    def test_mutual(self) -> None:
        """A client with a certificate of the authority is let in, and the server can ask who it is."""
        self.join(self.side(certificate="client", names=["frpc"]), self.demanding())
        self.successResultOf(self.server.ready)
        self.assertEqual(AUTHORITY.certificates["client"], shown(self.server))

    def test_noClientCertificate(self) -> None:
        """A client without one learns what to set, although TLS 1.3 tells it only after its own handshake."""
        self.join(self.side(), self.demanding())
        self.assertIn("tls: client didn't provide a certificate", self.fault(self.server))
        self.successResultOf(self.client.ready)
        self.assertIsInstance(self.near.lost, RemoteWireError)
        self.assertIn("set transport.tls.certFile and transport.tls.keyFile", self.near.lost.detail)

    def test_foreignClientCertificate(self) -> None:
        """One of another authority is refused, with the reason on both sides."""
        fields = FOREIGN.fields("client", names=["frpc"])
        self.join(clientContext(fields, "frps.example"), self.demanding())
        self.assertIn("does not vouch for the client's certificate", self.fault(self.server))
        self.assertIn("does not trust our certificate", self.near.lost.detail)
