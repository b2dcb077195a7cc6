"""The transports websocket and wss: our programs with the reference's, and with each other."""

from __future__ import annotations

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import carry
from frp.test.interop.pairings import OURS, PAIRINGS, doorText, proxyText, varied
from frp.test.interop.programs import freePort
from frp.test.interop.services import answering, sayName

PLAIN = "transport.tls.enable = false\n"


class RestartTests(ProgramsTestsBuilder):
    """Programs that are killed."""

    def test_restarts(self) -> None:
        """Either side may be killed and come back."""
        service = self.service(sayName(b"well"))
        remote = freePort()
        frps, port = self.frps()
        proxy = proxyText("p", service.port, remote)
        frpc = self.frpc(port, "", proxy)
        frpc.wait("start proxy success")
        self.assertEqual(self.said(remote), b"well")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"well")
        frpc.kill()
        self.frpc(port, "", proxy).wait("start proxy success")
        self.assertEqual(self.said(remote), b"well")


globals().update(
    RestartTests.makeTestCaseClasses(*varied(PAIRINGS, transport="websocket"), *varied(PAIRINGS, transport="wss"))
)


class WebSocketTests(ProgramsTestsBuilder):
    """What websocket can do besides."""

    def test_customByte(self) -> None:
        """Bytes pass where frp's own byte comes before TLS, within the frames; and TLS is enough where it is wanted."""
        carry(self.stage, "transport.tls.force = true", "transport.tls.disableCustomTLSFirstByte = false")

    def test_forced(self) -> None:
        """A server that wants TLS refuses a client without it."""
        frps, port = self.frps("transport.tls.force = true")
        frpc = self.frpc(port, PLAIN + "loginFailExit = true")
        frps.wait("non-TLS connection received on a TlsOnly server")
        self.assertEqual(frpc.process.wait(20), 1)

    def test_sharedPort(self) -> None:
        """Users of http proxies come to the same port."""
        port = freePort()
        service = self.service(answering(lambda path, body: b"hello"))
        self.frps(f"vhostHTTPPort = {port}", port)
        self.frpc(port, "", doorText("http", "web", service.port, ["a.example.com"])).wait("start proxy success")
        for path in (b"/", b"/~", b"/~!fr"):
            with self.dial(port) as user:
                user.sendall(b"GET %b HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n" % path)
                self.assertTrue(user.makefile("rb").read().endswith(b"\r\n\r\nhello"))


globals().update(WebSocketTests.makeTestCaseClasses(*varied(PAIRINGS, transport="websocket")))


class WSSTests(ProgramsTestsBuilder):
    """What wss can do besides."""

    def test_off(self) -> None:
        """TLS is on, whatever the client's file says."""
        carry(self.stage, "", PLAIN)

    def test_verified(self) -> None:
        """A client checks the certificate; and where frps wants TLS, this is enough."""
        files = self.stage.authority.fields("frps", ["front.example"])
        more = "" if self.pairing.terminated else "transport.tls.force = true\n"
        server = f'{more}transport.tls.certFile = "{files.certFile}"\ntransport.tls.keyFile = "{files.keyFile}"'
        trust = f'transport.tls.trustedCaFile = "{self.stage.authority.caFile}"\n'
        carry(self.stage, server, f'{trust}transport.tls.serverName = "front.example"')
        _, port = self.frps(server)
        frpc = self.frpc(port, f'{trust}transport.tls.serverName = "other.example"\nloginFailExit = true')
        frpc.wait("certificate is valid for front.example, not other.example")
        self.assertEqual(frpc.process.wait(20), 1)


globals().update(
    WSSTests.makeTestCaseClasses(
        *varied(PAIRINGS, transport="wss"),
        # Ours with something before it, which it does not need.
        *varied((OURS,), transport="wss", fronted=True),
    )
)
