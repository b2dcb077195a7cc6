"""Our programs with the reference's, and with each other."""

from __future__ import annotations

import socket
import time

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB, carry
from frp.test.interop.pairings import OUR_CLIENT, OUR_SERVER, PAIRINGS, proxyText, varied
from frp.test.interop.programs import freePort
from frp.test.interop.services import echo, sayName

TREATMENTS = {
    "plain": "",
    "encrypted": "transport.useEncryption = true",
    "compressed": "transport.useCompression = true",
    "both": "transport.useEncryption = true\ntransport.useCompression = true",
    "limited": 'transport.bandwidthLimit = "64MB"',
    "limitedThere": 'transport.bandwidthLimit = "64MB"\ntransport.bandwidthLimitMode = "server"',
}


class TunnelTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    enough = "without the reference's programs, the live tests are enough"

    def test_treatments(self) -> None:
        """Bytes pass unharmed, both ways at once, whatever is done to them on their way."""
        service = self.service(echo)
        _frps, port = self.frps()
        remote = {name: freePort() for name in TREATMENTS}
        proxies = [proxyText(name, service.port, remote[name], more) for name, more in TREATMENTS.items()]
        self.frpc(port, "", "".join(proxies)).wait("start proxy success", times=len(proxies))
        for name in TREATMENTS:
            self.exchange(remote[name], 3 * MIB)

    def test_customByte(self) -> None:
        """Bytes pass where frp's own byte comes before TLS, encrypted with a token's key."""
        token = 'auth.token = "secret"\n'
        carry(self.stage, token, token + "transport.tls.disableCustomTLSFirstByte = false")

    def test_limited(self) -> None:
        """A proxy is as slow as it should be, whichever side holds the limit."""
        service = self.service(echo)
        _, port = self.frps()
        remote = {mode: freePort() for mode in ("client", "server")}
        limit = 'transport.bandwidthLimit = "1MB"\ntransport.bandwidthLimitMode = "{}"'.format
        proxies = [proxyText(mode, service.port, remote[mode], limit(mode)) for mode in remote]
        frpc = self.frpc(port, "", "".join(proxies))
        for mode in remote:
            frpc.wait(rf"\[{mode}\] start proxy success")
            began = time.monotonic()
            self.exchange(remote[mode], MIB)
            took = time.monotonic() - began
            # Two megabytes pass; one may pass at once, the other takes a second.
            self.assertGreater(took, 0.8)
            self.assertLess(took, 5)

    def test_wrongToken(self) -> None:
        """Both sides say that the tokens differ, and the client ends."""
        frps, port = self.frps('auth.token = "one"')
        frpc = self.frpc(port, 'auth.token = "two"\nloginFailExit = true')
        text = "token in login doesn't match token from configuration"
        frpc.wait(text)
        frps.wait(text)
        self.assertEqual(frpc.process.wait(20), 1)

    def test_mutualTLS(self) -> None:
        """Both sides check the other's certificate; a client without one is refused, and the server says so."""
        authority = self.stage.authority
        ours = authority.fields("frps", ["frps.test"])
        theirs = authority.fields("frpc", ["frpc.test"])
        trust = f'transport.tls.trustedCaFile = "{authority.caFile}"\n'
        files = 'transport.tls.certFile = "{0.certFile}"\ntransport.tls.keyFile = "{0.keyFile}"\n'.format
        named = 'transport.tls.serverName = "frps.test"\n'
        service = self.service(echo)
        frps, port = self.frps(trust + files(ours))
        remote = freePort()
        frpc = self.frpc(port, trust + named + files(theirs), proxyText("safe", service.port, remote))
        frpc.wait("start proxy success")
        self.exchange(remote, MIB)
        bare = self.frpc(port, trust + named + "loginFailExit = true")
        self.assertEqual(bare.process.wait(20), 1)
        if self.pairing.server == "ours":
            frps.wait("client didn't provide a certificate")

    def test_forced(self) -> None:
        """A server that wants TLS refuses a client without it."""
        frps, port = self.frps("transport.tls.force = true")
        frpc = self.frpc(port, "transport.tls.enable = false\nloginFailExit = true")
        frps.wait("non-TLS connection received on a TlsOnly server")
        self.assertEqual(frpc.process.wait(20), 1)

    def test_health(self) -> None:
        """A proxy is there while its service answers, and not while it does not."""
        local, remote = freePort(), freePort()
        check = 'healthCheck.type = "tcp"\nhealthCheck.intervalSeconds = 1\nhealthCheck.maxFailed = 1'
        frps, port = self.frps()
        frpc = self.frpc(port, "", proxyText("checked", local, remote, check))
        service = self.service(sayName(b"well"), local)
        frpc.wait(r"\[checked\] start proxy success")
        self.assertEqual(self.said(remote), b"well")
        service.close()
        frps.wait(r"close proxy \[checked\] success")
        self.service(sayName(b"again"), local)
        frpc.wait(r"\[checked\] start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_proxyProtocol(self) -> None:
        """The service learns who the user is."""
        wide = ":" in self.pairing.host
        address = socket.inet_pton(socket.AF_INET6 if wide else socket.AF_INET, self.pairing.host)
        heads = {
            "v1": f"PROXY TCP{6 if wide else 4} {self.pairing.host} {self.pairing.host} ".encode(),
            "v2": b"\r\n\r\n\x00\r\nQUIT\n\x21" + (b"\x21\x00\x24" if wide else b"\x11\x00\x0c") + address,
        }
        service = self.service(lambda connection: connection.sendall(connection.recv(200)))
        _frps, port = self.frps()
        remote = {name: freePort() for name in heads}
        frpc = self.frpc(
            port,
            "",
            "".join(
                proxyText(name, service.port, remote[name], f'transport.proxyProtocolVersion = "{name}"')
                for name in heads
            ),
        )
        for name, head in heads.items():
            frpc.wait(rf"\[{name}\] start proxy success")
            self.assertTrue(self.said(remote[name]).startswith(head), name)

    def test_userPrefix(self) -> None:
        """A user's proxies carry the user's name on the server, and not on the client."""
        service = self.service(sayName(b"hers"))
        frps, port = self.frps()
        remote = freePort()
        frpc = self.frpc(port, 'user = "ann"', proxyText("web", service.port, remote))
        frpc.wait(r"\[web\] start proxy success")
        frps.wait(r"new proxy \[ann\.web\] type \[tcp\] success")
        self.assertEqual(self.said(remote), b"hers")

    def test_heartbeats(self) -> None:
        """Without multiplexing the two hear of each other in heartbeats, and stay together."""
        beat = "transport.heartbeatInterval = 1\ntransport.heartbeatTimeout = 3\n"
        service = self.service(sayName(b"alive"))
        frps, port = self.frps("transport.tcpMux = false\ntransport.heartbeatTimeout = 3")
        remote = freePort()
        frpc = self.frpc(port, "transport.tcpMux = false\n" + beat, proxyText("beating", service.port, remote))
        frpc.wait("receive heartbeat from server", times=3)
        self.assertEqual(self.said(remote), b"alive")
        self.assertFalse([line for line in frps.lines + frpc.lines if "timeout" in line])

    def test_killedClient(self) -> None:
        """After kill -9 another run of the same client has the same port again at once."""
        service = self.service(sayName(b"back"))
        remote = freePort()
        frps, port = self.frps()
        first = self.frpc(port, "", proxyText("kept", service.port, remote))
        first.wait("start proxy success")
        first.kill()
        frps.wait("client exit success")
        self.frpc(port, "", proxyText("kept", service.port, remote)).wait("start proxy success")
        self.assertEqual(self.said(remote), b"back")

    def test_restartedServer(self) -> None:
        """After kill -9 of the server, the client finds the next one."""
        service = self.service(sayName(b"again"))
        remote = freePort()
        frps, port = self.frps()
        frpc = self.frpc(port, "", proxyText("stays", service.port, remote))
        frpc.wait("start proxy success")
        frps.kill()
        frps, port = self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_serviceThatHangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * (2 * MIB)))
        _frps, port = self.frps()
        remote = freePort()
        self.frpc(port, "", proxyText("short", service.port, remote)).wait("start proxy success")
        for _ in range(5):
            self.assertEqual(len(self.said(remote)), 2 * MIB)

    def test_anyPort(self) -> None:
        """A proxy that asks for any port gets one of those that the server allows."""
        service = self.service(sayName(b"any"))
        remote = freePort()
        _, port = self.frps(f"allowPorts = [{{ single = {remote} }}]")
        self.frpc(port, "", proxyText("random", service.port, 0)).wait("start proxy success")
        self.assertEqual(self.said(remote), b"any")

    def test_many(self) -> None:
        """Two hundred users, one after the other, are all served."""
        service = self.service(sayName(b"next"))
        _frps, port = self.frps()
        remote = freePort()
        frpc = self.frpc(port, "transport.poolCount = 3", proxyText("queue", service.port, remote))
        frpc.wait("start proxy success")
        self.assertEqual({self.said(remote) for _ in range(200)}, {b"next"})


globals().update(
    TunnelTests.makeTestCaseClasses(
        *PAIRINGS,
        *varied(PAIRINGS, wire="v2"),
        # frps is bound to every address; clients and users come by IPv6.
        *varied((OUR_SERVER, OUR_CLIENT), bound="::", host="::1"),
    )
)
