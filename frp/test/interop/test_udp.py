"""Datagrams through our programs and the reference's."""

from __future__ import annotations

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_SERVER, PAIRINGS, proxyText, varied
from frp.test.interop.programs import freePort

TREATMENTS = {
    "plain": "",
    "encrypted": "transport.useEncryption = true",
    "compressed": "transport.useCompression = true",
    "both": "transport.useEncryption = true\ntransport.useCompression = true",
    "limited": 'transport.bandwidthLimit = "64MB"\ntransport.useCompression = true',
    "limitedThere": 'transport.bandwidthLimit = "64MB"\ntransport.bandwidthLimitMode = "server"\n'
    "transport.useEncryption = true",
    "told": 'transport.proxyProtocolVersion = "v2"',
}


class DatagramTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    def tunnels(self) -> dict[str, int]:
        """@return: the ports of one proxy for each treatment."""
        local = self.stage.datagrams().port
        _frps, port = self.frps()
        remote = {name: freePort() for name in TREATMENTS}
        proxies = [proxyText(name, local, remote[name], more, "udp") for name, more in TREATMENTS.items()]
        self.frpc(port, "", "".join(proxies)).wait("start proxy success", times=len(proxies))
        return remote

    def test_treatments(self) -> None:
        """Datagrams of all sizes come back whole, from the first one on, to the user who sent them."""
        for name, port in self.tunnels().items():
            for user in (self.stage.correspond(port), self.stage.correspond(port)):
                for number, data in enumerate((b"first", b"", bytes(range(250)) * 6)):
                    user.send(data)
                    back = user.recv(65536)
                    if name == "told" and number == 0:
                        size = 16 if ":" in self.pairing.host else 4
                        start = 16 + 2 * size
                        self.assertEqual(back[start : start + 2], user.getsockname()[1].to_bytes(2, "big"))
                        back = back[start + 4 :]
                    self.assertEqual(back, data, name)

    def test_burst(self) -> None:
        """A burst that every queue can hold comes back whole, and in order."""
        port = self.tunnels()["plain"]
        user = self.stage.correspond(port)
        user.send(b"first")
        user.recv(100)
        sent = [b"%d" % number for number in range(100)]
        for data in sent:
            user.send(data)
        self.assertEqual([user.recv(100) for _ in sent], sent)


globals().update(
    DatagramTests.makeTestCaseClasses(
        *PAIRINGS,
        *varied(PAIRINGS, wire="v2"),
        # frps is bound to every address; clients and users come by IPv6.
        *varied((OUR_SERVER,), bound="::", host="::1"),
    )
)
