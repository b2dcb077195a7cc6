"""Secret services and their visitors: our programs in every place beside the reference's."""

from __future__ import annotations

import itertools

from attrs import frozen

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB
from frp.test.interop.pairings import Pairing, varied
from frp.test.interop.programs import Program, freePort
from frp.test.interop.services import ask, echo, sayName

TREATMENTS = {
    "plain": "",
    "encrypted": "transport.useEncryption = true",
    "compressed": "transport.useCompression = true",
    "both": "transport.useEncryption = true\ntransport.useCompression = true",
}


def published(type: str, name: str, port: int, more: str = "") -> str:
    """A secret proxy."""
    return f'[[proxies]]\nname = "{name}"\ntype = "{type}"\nsecretKey = "a secret"\nlocalPort = {port}\n{more}\n'


def visiting(type: str, name: str, whom: str, port: int, more: str = "", key: str = "a secret") -> str:
    """A visitor."""
    return (
        f'[[visitors]]\nname = "{name}"\ntype = "{type}"\nserverName = "{whom}"\nsecretKey = "{key}"\n'
        f"bindPort = {port}\n{more}\n"
    )


@frozen
class Trio(Pairing):
    """
    A frps and two frpc.

    @ivar visitor: who made the visitor's frpc; C{client} made the proxy's.
    @ivar visitorWire: what it speaks.
    """

    visitor: str = "ours"
    visitorWire: str = "v1"

    @property
    def makers(self) -> tuple[str, ...]:
        return self.server, self.client, self.visitor

    def __str__(self) -> str:
        return f"{super().__str__()} {self.visitorWire}"


class CarryingTests(ProgramsTestsBuilder):
    """What comes through, of whichever make the three programs are."""

    pairing: Trio

    def visits(self, port: int, more: str, visitors: str) -> Program:
        """@return: the visitor's frpc."""
        return self.frpc(port, more, visitors, client=self.pairing.visitor, wire=self.pairing.visitorWire)

    def carried(self) -> dict[tuple[str, str, str], int]:
        """
        Start everything, with a visitor for each type and each two treatments.

        @return: their ports.
        """
        token = 'auth.token = "a token"'
        local = {"stcp": self.service(echo).port, "sudp": self.stage.datagrams().port}
        _frps, port = self.frps(token)
        proxies = [
            published(type, f"{type}-{name}", local[type], treatment)
            for type in local
            for name, treatment in TREATMENTS.items()
        ]
        self.frpc(port, token, "".join(proxies)).wait("start proxy success", times=len(proxies))
        pairs = [("plain", "plain"), ("both", "both"), ("plain", "both"), ("encrypted", "compressed")]
        ports = {(type, here, there): freePort() for type in local for here, there in pairs}
        door = f'bindAddr = "{self.pairing.host}"\n'
        visitors = [
            visiting(type, f"v-{type}-{here}-{there}", f"{type}-{here}", at, door + TREATMENTS[there])
            for (type, here, there), at in ports.items()
        ]
        self.visits(port, token, "".join(visitors)).wait("start visitor success", times=len(visitors))
        return ports

    def test_carries(self) -> None:
        """Bytes and datagrams come back unharmed."""
        for key, port in self.carried().items():
            if key[0] == "stcp":
                self.exchange(port, 3 * MIB)
                continue
            user = self.stage.correspond(port)
            for data in (b"first", b"", bytes(range(250)) * 6):
                user.send(data)
                self.assertEqual(user.recv(65536), data, key)


class VisitorTests(CarryingTests):
    """What every combination of the three programs can do besides."""

    def test_refused(self) -> None:
        """A wrong secret, a wrong user and a wrong name are refused, in the same words."""
        service = self.service(sayName(b"mine"))
        _frps, port = self.frps()
        frpc = self.frpc(port, 'user = "ann"', published("stcp", "secret", service.port))
        frpc.wait("start proxy success")
        at = [freePort() for _ in range(4)]
        mine = visiting("stcp", "good", "secret", at[0]) + visiting("stcp", "bad", "secret", at[1], key="a guess")
        good = self.visits(port, 'user = "ann"', mine)
        good.wait("start visitor success", times=2)
        self.assertEqual(ask(at[0]), b"mine")
        self.assertEqual(ask(at[1]), b"")
        good.wait(r"visitor connection of \[ann\.secret\] auth failed")
        theirs = visiting("stcp", "user", "secret", at[2], 'serverUser = "ann"') + visiting(
            "stcp", "name", "public", at[3], 'serverUser = "ann"'
        )
        bad = self.visits(port, 'user = "bob"', theirs)
        bad.wait("start visitor success", times=2)
        self.assertEqual(ask(at[2]), b"")
        bad.wait(r"visitor connection of \[ann\.secret\] user \[bob\] not allowed")
        self.assertEqual(ask(at[3]), b"")
        bad.wait(r"custom listener for \[ann\.public\] doesn't exist")

    def test_hangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * (2 * MIB)))
        _frps, port = self.frps()
        self.frpc(port, "", published("stcp", "secret", service.port)).wait("start proxy success")
        at = freePort()
        visitor = self.visits(port, "", visiting("stcp", "v", "secret", at))
        visitor.wait("start visitor success")
        for _ in range(3):
            self.assertEqual(len(ask(at)), 2 * MIB)

    def test_restartedServer(self) -> None:
        """After kill -9 of the server, the visitor finds the next one."""
        service = self.service(sayName(b"again"))
        frps, port = self.frps()
        frpc = self.frpc(port, "", published("stcp", "secret", service.port))
        frpc.wait("start proxy success")
        at = freePort()
        visitor = self.visits(port, "", visiting("stcp", "v", "secret", at))
        visitor.wait("start visitor success")
        self.assertEqual(ask(at), b"again")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        visitor.wait("login to server success", times=2)
        if self.pairing.visitor == "go":
            visitor.wait("start visitor success", times=2)  # it has closed its port in between
        self.assertEqual(ask(at), b"again")


EVERY = [
    Trio(server, client, visitor=visitor)
    for server, client, visitor in itertools.product(("ours", "go"), repeat=3)
    if "ours" in (server, client, visitor)
]
OURS, OUR_SERVER, THEIR_SERVER = SOME = Trio(), Trio(client="go", visitor="go"), Trio(server="go")

globals().update(
    VisitorTests.makeTestCaseClasses(
        *EVERY,
        *varied(SOME, wire="v2", visitorWire="v2"),
        *varied(SOME, wire="v2"),
        *varied((OURS, OUR_SERVER), visitorWire="v2"),
        # frps is bound to every address; clients, visitors and users come by IPv6.
        *varied((OURS, Trio(client="go")), bound="::", host="::1"),
    ),
    **CarryingTests.makeTestCaseClasses(*varied(EVERY, tls=False, mux=False), *varied(SOME, transport="quic")),
)
