"""QUIC between our programs and the reference's."""

from __future__ import annotations

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB, useStreams
from frp.test.interop.pairings import OUR_SERVER, OURS, PAIRINGS, proxyText, varied
from frp.test.interop.programs import PATIENCE, Program, freePort
from frp.test.interop.services import echo, sayName
from frp.test.sockets.authority import Authority


class QUICTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    def pair(self, proxies: str, server: str = "", client: str = "") -> tuple[Program, Program, int]:
        """@return: frps, frpc, and the port for QUIC."""
        frps, port = self.frps(server)
        frpc = self.frpc(port, client, proxies)
        frpc.wait("start proxy success")
        return frps, frpc, port

    def test_bulk(self) -> None:
        """Much goes both ways at once."""
        remote = freePort()
        self.pair(proxyText("bulk", self.service(echo).port, remote))
        self.exchange(remote, 16 * MIB)

    def test_many(self) -> None:
        """A hundred users at once have their own bytes."""
        remote = freePort()
        self.pair(proxyText("many", self.service(echo).port, remote))
        useStreams(self.stage, [remote], 100, 50_000)

    def test_hangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * (2 * MIB)))
        remote = freePort()
        self.pair(proxyText("short", service.port, remote))
        for _ in range(5):
            self.assertEqual(len(self.said(remote)), 2 * MIB)

    def test_serverRestarts(self) -> None:
        """A server that is stopped and comes back has its client back. The reference's does not say that it goes."""
        service = self.service(sayName(b"again"))
        remote = freePort()
        idle = "transport.quic.maxIdleTimeout = 4" if self.pairing.server == "go" else ""
        frps, frpc, number = self.pair(proxyText("stays", service.port, remote), "", idle)
        frps.terminate()
        self.frps(port=number)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_serverDies(self) -> None:
        """
        One that is killed and started again says so to who asks whether it lives. The reference's is missed after the
        time of silence.
        """
        service = self.service(sayName(b"again"))
        remote = freePort()
        token = 'auth.token = "secret"'
        quic = "maxIdleTimeout = 4" if self.pairing.server == "go" else "keepalivePeriod = 2"
        frps, frpc, number = self.pair(
            proxyText("stays", service.port, remote), token, f"{token}\ntransport.quic.{quic}"
        )
        frps.kill()
        self.frps(token, port=number)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_clientRestarts(self) -> None:
        """A client that stops and comes back has its port again."""
        service = self.service(sayName(b"again"))
        remote = freePort()
        frps, frpc, number = self.pair(proxyText("stays", service.port, remote))
        frpc.terminate()
        frps.wait("client exit success")
        self.frpc(number, "", proxyText("stays", service.port, remote)).wait("start proxy success")
        self.assertEqual(self.said(remote), b"again")

    def test_certificates(self) -> None:
        """Both sides check the other's certificate; a client without one is refused, and a stranger as well."""
        authority = self.stage.authority
        ours = authority.fields("frps", ["frps.test"])
        theirs = authority.fields("frpc", ["frpc.test"])
        other = Authority("Somebody else").fields("mallory", ["frpc.test"])
        trust = f'transport.tls.trustedCaFile = "{authority.caFile}"\n'
        files = 'transport.tls.certFile = "{0.certFile}"\ntransport.tls.keyFile = "{0.keyFile}"\n'.format
        named = 'transport.tls.serverName = "frps.test"\n'
        service = self.service(echo)
        remote = freePort()
        frps, _, number = self.pair(
            proxyText("safe", service.port, remote), trust + files(ours), trust + named + files(theirs)
        )
        self.exchange(remote, MIB)
        once = "loginFailExit = true\n"
        for client in (named, named + files(other), trust + files(theirs)):
            refused = self.frpc(number, once + trust + client if client != named else once + named)
            self.assertEqual(refused.process.wait(PATIENCE), 1)
        if self.pairing.server == "ours":
            frps.wait("client didn't provide a certificate")
            frps.wait("does not vouch for the client's certificate")


globals().update(
    QUICTests.makeTestCaseClasses(
        *varied(PAIRINGS, transport="quic"),
        # The reference's client speaks IPv4 only.
        *varied((OUR_SERVER,), transport="quic", bound="::"),
        *varied((OURS,), transport="quic", bound="::", host="::1"),
    )
)
