"""Tunnels over KCP, with the reference's programs and with ours at either end."""

from __future__ import annotations

from attrs import evolve

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB, carry
from frp.test.interop.pairings import PAIRINGS, Pairing, proxyText, varied
from frp.test.interop.programs import freePort
from frp.test.interop.services import sayName


class KCPTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    def test_customByte(self) -> None:
        """With frp's own byte before TLS."""
        carry(self.stage, "", "transport.tls.disableCustomTLSFirstByte = false\n")

    def test_forced(self) -> None:
        """A server that wants TLS refuses a client without it."""
        frps, port = self.frps("transport.tls.force = true")
        self.frpc(port, "transport.tls.enable = false")
        frps.wait("non-TLS connection received on a TlsOnly server")

    def test_stoppedClient(self) -> None:
        """A client that is told to stop gives its ports back, though nothing says that its session is over."""
        service = self.service(sayName(b"x"))
        frps, port = self.frps()
        frpc = self.frpc(port, "", proxyText("gone", service.port, freePort()))
        frpc.wait("start proxy success")
        frpc.terminate()
        frps.wait(r"close proxy \[gone\] success")

    def test_restartedClient(self) -> None:
        """A client that was killed comes back, and takes the place of what the server still believes in."""
        service = self.service(sayName(b"back"))
        _, port = self.frps()
        first, second = freePort(), freePort()
        frpc = self.frpc(port, "", proxyText("kept", service.port, first))
        frpc.wait("start proxy success")
        frpc.kill()
        self.frpc(port, "", proxyText("new", service.port, second)).wait("start proxy success")
        self.assertEqual(self.said(second), b"back")


globals().update(KCPTests.makeTestCaseClasses(*varied(PAIRINGS, transport="kcp")))


class EndTests(ProgramsTestsBuilder):
    """Our frps with our frpc, which tell each other of ends."""

    def test_ends(self) -> None:
        """An end is told, and all before it arrives."""
        service = self.service(lambda connection: connection.sendall(b"x" * MIB))
        _, port = self.frps()
        remote = freePort()
        self.frpc(port, "", proxyText("p", service.port, remote)).wait("start proxy success")
        self.assertEqual(len(self.said(remote)), MIB)


class ReturnTests(ProgramsTestsBuilder):
    """Our frps with our frpc, which know who has never heard of them."""

    def test_restartedServer(self) -> None:
        """A client whose server was killed finds the next one at once: that one does not know it."""
        service = self.service(sayName(b"again"))
        frps, port = self.frps()
        remote = freePort()
        frpc = self.frpc(port, "", proxyText("stays", service.port, remote))
        frpc.wait("start proxy success")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")


KCP = Pairing(transport="kcp")

globals().update(EndTests.makeTestCaseClasses(evolve(KCP, mux=False)), **ReturnTests.makeTestCaseClasses(KCP))
