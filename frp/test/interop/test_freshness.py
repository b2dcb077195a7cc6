"""A server that takes no old proofs, and honest clients."""

from __future__ import annotations

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_SERVER, proxyText
from frp.test.interop.programs import freePort
from frp.test.interop.services import sayName


class HonestTests(ProgramsTestsBuilder):
    """The strictest settings keep nobody out whose clock is right."""

    def test_crowd(self) -> None:
        """Ten of the reference's clients that come at once have the same proof; all get in, and stay."""
        scopes = 'auth.token = "secret"\nauth.additionalScopes = ["HeartBeats", "NewWorkConns"]\n'
        frps, port = self.frps(f"{scopes}auth.clockWindow = 30\nauth.refuseReplays = true\n")
        service = self.service(sayName(b"mine"))
        more = f"{scopes}transport.heartbeatInterval = 1\ntransport.poolCount = 3\n"
        places = {f"p{n}": freePort() for n in range(10)}
        clients = [self.frpc(port, more, proxyText(name, service.port, remote)) for name, remote in places.items()]
        for client in clients:
            client.wait("start proxy success")
        for client in clients:
            client.wait("receive heartbeat from server", times=2)
        for remote in places.values():
            self.assertEqual(self.said(remote), b"mine")
        self.assertEqual([line for line in frps.lines if "too far" in line or "used before" in line], [])


globals().update(HonestTests.makeTestCaseClasses(OUR_SERVER))
