"""One frpc of ours and two frps of the reference."""

from __future__ import annotations

from attrs import evolve

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_CLIENT, proxyText
from frp.test.interop.programs import Program, freePort
from frp.test.interop.services import ask, sayName

HOSTS = {"east": "127.0.0.1", "west": "127.0.0.2"}
SERVER = """
[[servers]]
name = "{name}"
addr = "{host}"
port = {port}
auth.token = "{name}"
"""


class ServersTests(ProgramsTestsBuilder):
    """Each of the two servers has an address and a token of its own."""

    def named(self, name: str, port: int = 0) -> tuple[Program, int]:
        """@return: a server, and its port."""
        self.stage.pairing = evolve(self.pairing, bound=HOSTS[name])
        return self.frps(f'auth.token = "{name}"', port)

    def pair(self, more: str) -> None:
        """Both servers, and a client with one proxy."""
        self.frpsOf: dict[str, Program] = {}
        self.ports: dict[str, int] = {}
        for name in HOSTS:
            self.frpsOf[name], self.ports[name] = self.named(name)
        entries = "".join(SERVER.format(name=name, host=HOSTS[name], port=port) for name, port in self.ports.items())
        self.remote = freePort()
        service = self.service(sayName(b"hello"))
        text = f'log.level = "debug"\nlog.disablePrintColor = true\n{more}\n{entries}\n'
        self.frpcOfBoth = self.start(self.pairing.client, "frpc", text + proxyText("web", service.port, self.remote))

    def runs(self, name: str, times: int = 1) -> None:
        """Wait until the proxy runs at a server, and use it there."""
        self.frpcOfBoth.wait(rf"\[{name}\] .*start proxy success", times)
        self.assertEqual(ask(self.remote, HOSTS[name]), b"hello")

    def test_all(self) -> None:
        """Both publish the proxy; when one is killed, the other one goes on, and it comes back by itself."""
        self.pair('serverMode = "all"')
        self.runs("east")
        self.runs("west")
        self.frpsOf["east"].kill()
        self.frpcOfBoth.wait(r"\[east\] the session has ended")
        self.runs("west")
        self.named("east", self.ports["east"])
        self.runs("east", times=2)

    def test_failover(self) -> None:
        """The second server takes over when the first is killed, and the first when it is back."""
        self.pair("failbackInterval = 1")
        self.runs("east")
        self.frpsOf["east"].kill()
        self.runs("west")
        self.named("east", self.ports["east"])
        self.runs("east", times=2)
        self.frpsOf["west"].wait(r"\[web\] .*close")


globals().update(ServersTests.makeTestCaseClasses(OUR_CLIENT))
