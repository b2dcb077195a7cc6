"""Holes between two clients: our programs in every place beside the reference's, over KCP and QUIC."""

from __future__ import annotations

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB
from frp.test.interop.pairings import varied
from frp.test.interop.programs import Program, freePort
from frp.test.interop.services import ask, echo, sayName
from frp.test.interop.test_visitors import SOME, TREATMENTS, published, visiting
from frp.test.interop.trios import EVERY, Trio

PROTOCOLS = ("kcp", "quic")


class HoleTests(ProgramsTestsBuilder):
    """What comes through, of whichever make the three programs are."""

    pairing: Trio

    def setUp(self) -> None:
        super().setUp()
        self.stun = f'natHoleStunServer = "{self.stage.stun()}"\n'

    def both(self, service: int, treatment: str = "", more: str = "") -> tuple[Program, dict[str, int]]:
        """
        Start everything, with a visitor for each protocol.

        @return: the proxy's frpc, and the visitors' ports.
        """
        _frps, port = self.frps()
        frpc = self.frpc(port, self.stun, published("xtcp", "hole", service, treatment))
        frpc.wait("start proxy success")
        ports = {protocol: freePort() for protocol in PROTOCOLS}
        visitors = [
            visiting("xtcp", f"v-{protocol}", "hole", at, f'protocol = "{protocol}"\n{more}\n{treatment}')
            for protocol, at in ports.items()
        ]
        made = self.frpc(port, self.stun, "".join(visitors), client=self.pairing.visitor, wire=self.pairing.visitorWire)
        made.wait("start visitor success", times=len(visitors))
        return frpc, ports

    def test_carries(self) -> None:
        """Bytes come back unharmed, encrypted and compressed."""
        frpc, ports = self.both(self.service(echo).port, TREATMENTS["both"])
        for port in ports.values():
            self.exchange(port, 3 * MIB)
            self.exchange(port, 100)
        frpc.wait("establishing nat hole connection successful", times=2)

    def test_hangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * MIB))
        _, ports = self.both(service.port, more="keepTunnelOpen = true")
        for protocol, port in ports.items():
            if (protocol, self.pairing.visitor) == ("quic", "go"):
                continue  # its streams are heard of when the user has said something
            for _ in range(3):
                self.assertEqual(len(ask(port)), MIB)


class FallbackTests(ProgramsTestsBuilder):
    """A visitor with another one to fall back to."""

    pairing: Trio

    def test_relayed(self) -> None:
        """Who cannot be met is reached by the server."""
        _frps, port = self.frps()
        service = self.service(sayName(b"relayed"))
        self.frpc(port, "", published("stcp", "there", service.port)).wait("start proxy success")
        at = freePort()
        visitors = visiting("xtcp", "v", "nobody", at, 'fallbackTo = "w"\nfallbackTimeoutMs = 200')
        visitors += visiting("stcp", "w", "there", -1)
        visitor = self.frpc(port, "", visitors, client=self.pairing.visitor)
        visitor.wait("start visitor success", times=2)
        self.assertEqual(ask(at), b"relayed")
        visitor.wait("xtcp server for \\[nobody\\] doesn't exist")


globals().update(
    **HoleTests.makeTestCaseClasses(*EVERY, *varied(SOME, wire="v2", visitorWire="v2")),
    **FallbackTests.makeTestCaseClasses(*SOME),
)
