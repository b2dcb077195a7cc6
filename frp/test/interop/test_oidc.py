"""OpenID Connect with our programs and the reference's, and one provider for both."""

from __future__ import annotations

import socket
import time

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OURS, PAIRINGS, proxyText
from frp.test.interop.programs import Program, freePort
from frp.test.interop.services import sayName
from frp.testing.provider import Provider


class OIDCTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    enough = "without the reference's programs, the tests in memory are enough"

    def setUp(self) -> None:
        super().setUp()
        # Each side has to be content with either.
        algorithm = "ES256" if self.pairing == OURS else "RS256"
        port = freePort()
        self.provider = Provider(f"http://127.0.0.1:{port}", time.time, algorithm)
        self.service(self._answer, port)

    def _answer(self, connection: socket.socket) -> None:
        data = b""
        whole = False
        while not whole:
            piece = connection.recv(1 << 16)
            if not piece:
                return
            data += piece
            whole, answer = self.provider.receive(data)
        if answer is not None:
            connection.sendall(answer)

    def serverText(self, more: str = "") -> str:
        own = f'auth.oidc.issuer = "{self.provider.issuer}"\nauth.oidc.audience = "frps"\n'
        return f'auth.method = "oidc"\n{own}{more}'

    def clientText(self, more: str = "") -> str:
        provider = self.provider
        own = f'auth.oidc.clientID = "{provider.clientID}"\nauth.oidc.clientSecret = "{provider.clientSecret}"\n'
        return f'auth.method = "oidc"\n{own}auth.oidc.tokenEndpointURL = "{provider.tokenEndpoint}"\n{more}'

    def tunnel(self, port: int, more: str = "", name: str = "port") -> tuple[Program, int]:
        """@return: a client with a proxy that works, and where its users come in."""
        service = self.service(sayName(b"mine"))
        remote = freePort()
        frpc = self.frpc(port, self.clientText(more), proxyText(name, service.port, remote))
        frpc.wait("start proxy success")
        self.assertEqual(self.said(remote), b"mine")
        return frpc, remote

    def test_tunnel(self) -> None:
        """A client with a token is let in."""
        _, port = self.frps(self.serverText())
        self.tunnel(port)

    def test_scopes(self) -> None:
        """Heartbeats and work connections carry tokens, and these are kept where the provider says how long."""
        scopes = 'auth.additionalScopes = ["HeartBeats", "NewWorkConns"]\n'
        _, port = self.frps(self.serverText(scopes))
        frpc, remote = self.tunnel(port, scopes + "transport.heartbeatInterval = 1\n")
        frpc.wait("send heartbeat to server|receive heartbeat from server", times=3)
        self.assertEqual(self.said(remote), b"mine")
        self.assertEqual(self.provider.granted, 1)

    def test_form(self) -> None:
        """So it is with a provider that wants the credentials in the form, answers in one, and says no expiry."""
        self.provider.styles = {"form"}
        self.provider.asForm = True
        self.provider.expiresIn = None
        scopes = 'auth.additionalScopes = ["HeartBeats"]\n'
        _, port = self.frps(self.serverText(scopes))
        frpc, _ = self.tunnel(port, scopes + "transport.heartbeatInterval = 1\n")
        frpc.wait("send heartbeat to server|receive heartbeat from server", times=3)
        self.assertGreater(self.provider.granted, 1)

    def test_rotation(self) -> None:
        """The provider has changed its key since frps started."""
        _, port = self.frps(self.serverText())
        self.tunnel(port)
        self.provider.rotate()
        self.tunnel(port, name="other")

    def test_refused(self) -> None:
        """A client with a token for somebody else, or that has expired, hears why."""
        _, port = self.frps(self.serverText())
        for claim in ("aud", "exp"):
            self.provider.audience = "mail" if claim == "aud" else "frps"
            self.provider.lifetime = -60 if claim == "exp" else 3600
            frpc = self.frpc(port, self.clientText("loginFailExit = true\n"))
            why = 'expected audience "frps" got' if claim == "aud" else "token is expired"
            frpc.wait(f"invalid OIDC token in login: oidc: {why}")

    def test_wrongSecret(self) -> None:
        """A client whose secret is wrong, too."""
        _, port = self.frps(self.serverText())
        self.provider.clientSecret, good = "another", self.provider.clientSecret
        text = self.clientText("loginFailExit = true\n").replace('"another"', f'"{good}"')
        frpc = self.frpc(port, text)
        frpc.wait("couldn't generate OIDC token for login: oauth2: ")


globals().update(OIDCTests.makeTestCaseClasses(*PAIRINGS))
