"""A server that takes no old proofs, and honest clients."""

from __future__ import annotations

from frp.test.interop.pairings import ProgramsTestCase, proxyText
from frp.test.interop.programs import MISSING, freePort
from frp.test.interop.services import ask, sayName


class HonestTests(ProgramsTestCase):
    """The strictest settings keep nobody out whose clock is right."""

    client = "go"
    if MISSING:
        skip = MISSING

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
            self.assertEqual(ask(remote), b"mine")
        self.assertEqual([line for line in frps.lines if "too far" in line or "used before" in line], [])
