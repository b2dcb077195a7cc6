"""VirtualNet between machines of our own, with our programs in every place beside the reference's."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import threading
import time
from typing import Any
from unittest import SkipTest

from attrs import evolve

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.programs import PATIENCE, Program
from frp.test.interop.trios import EVERY, Trio
from frp.test.live.namespaces import Machines
from frp.testing.live import needIPv6

#: The address of each machine in the virtual network.
NET = {"publisher": "100.86.0.1", "visitor": "100.86.0.2"}
NET6 = {"publisher": "fd86::1", "visitor": "fd86::2"}

_GATE = "featureGates = { VirtualNet = true }"
_PROXY = '[[proxies]]\nname = "p"\ntype = "{kind}"\nsecretKey = "a secret"\nplugin.type = "virtual_net"\n'
_VISITOR = (
    '[[visitors]]\nname = "v"\ntype = "{kind}"\nserverName = "p"\nsecretKey = "a secret"\nbindPort = -1\n'
    'plugin.type = "virtual_net"\n'
)


class _Net(ProgramsTestsBuilder):
    """
    Two machines, and frps between them.

    @cvar kind: the type of the proxy and of the visitor.
    @ivar common: further lines of both clients.
    """

    kind = "stcp"
    pairing: Trio = Trio()
    common = ""

    def setUp(self) -> None:
        super().setUp()
        if not os.path.exists("/dev/net/tun"):
            raise SkipTest("there is no /dev/net/tun")
        self.machines = Machines(self.addCleanup, "publisher", "visitor")

    def run_(self, maker: str, machine: str, host: str, entry: str, address: str, more: str = "") -> Program:
        """@return: a client on one of the machines."""
        net = f'{_GATE}\nvirtualNet.address = "{address}"\n{self.common}{more}'
        text = evolve(self.pairing, host=host).clientText(7000, net, entry.format(kind=self.kind))
        return self.start(maker, "frpc", text, self.machines.within(machine))

    def joined(self, net: dict[str, str] = NET, length: int = 24, more: str = "") -> tuple[Program, Program]:
        """Start everything. @return: both clients."""
        within = self.machines.within("middle")
        frps = self.start(self.pairing.server, "frps", evolve(self.pairing, bound="0.0.0.0").serverText(7000), within)
        frps.wait("frps started successfully")
        publisher = self.run_(
            self.pairing.client, "publisher", "10.77.1.1", _PROXY + more, f"{net['publisher']}/{length}"
        )
        publisher.wait("start proxy success")
        destination = f'plugin.destinationIP = "{net["publisher"]}"\n{more}'
        address = f"{net['visitor']}/{length}"
        visitor = self.run_(self.pairing.visitor, "visitor", "10.77.2.1", _VISITOR + destination, address)
        visitor.wait("start visitor success")
        return publisher, visitor

    def ping(self, machine: str, address: str) -> None:
        """
        Until there is an answer.

        @raise AssertionError: there is none in all the time.
        """
        version6 = ":" in address
        family, protocol = (
            (socket.AF_INET6, socket.IPPROTO_ICMPV6) if version6 else (socket.AF_INET, socket.IPPROTO_ICMP)
        )
        deadline = time.monotonic() + PATIENCE
        with self.machines.socket(machine, family, socket.SOCK_RAW, protocol) as pinging:
            pinging.settimeout(0.5)
            while time.monotonic() < deadline:
                # For IPv6 the kernel counts the checksum.
                pinging.sendto(b"\x80\0\0\0\0\0\0\1" if version6 else b"\x08\0\xf7\xfe\0\0\0\1", (address, 0))
                try:
                    answer = pinging.recv(256)
                except TimeoutError:
                    continue
                if answer[0 if version6 else 20] == (129 if version6 else 0):
                    return
        raise AssertionError(f"{address} does not answer {machine}")

    def transfer(self, source: str, target: str, address: str, size: int) -> None:
        """Bytes reach a machine as they were sent."""
        data = random.Random(size).randbytes(size)
        heard: list[str] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.machines.socket(target, family) as listening, self.machines.socket(source, family) as sending:
            listening.bind((address, 0))
            listening.listen()
            listening.settimeout(PATIENCE)
            sending.settimeout(PATIENCE)

            def hear() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(PATIENCE)
                    digest = hashlib.sha256()
                    while piece := connection.recv(1 << 16):
                        digest.update(piece)
                    heard.append(digest.hexdigest())

            hearing = threading.Thread(target=hear)
            hearing.start()
            sending.connect(listening.getsockname())
            sending.sendall(data)
            sending.shutdown(socket.SHUT_WR)
            hearing.join(PATIENCE)
        self.assertEqual(heard, [hashlib.sha256(data).hexdigest()])

    def carries(self) -> None:
        """Pings and TCP go both ways; what is the visitor's is found by where its packets came from."""
        self.joined()
        self.ping("visitor", NET["publisher"])
        self.ping("publisher", NET["visitor"])
        self.transfer("visitor", "publisher", NET["publisher"], 3 << 20)
        self.transfer("publisher", "visitor", NET["visitor"], 3 << 20)


class VirtualNetTests(_Net):
    """What every combination of the three programs can do."""

    def test_carries(self) -> None:
        """Packets pass."""
        self.carries()

    def test_interface(self) -> None:
        """The device has the address, the MTU and the route that the reference's has; all go with the program."""
        _, visitor = self.joined()
        for machine, address in NET.items():
            shown = self.machines.shown(machine, "addr", "show", "dev", "utun0")
            self.assertIn("<POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1420", shown)
            self.assertIn(f"inet {address}/24 brd 100.86.0.255 scope global utun0", shown)
            routes = self.machines.shown(machine, "-N", "route", "show", "root", "100.86.0.0/16")
            self.assertEqual(routes, "100.86.0.0/24 dev utun0")
        visitor.terminate()
        self.assertNotIn("utun0", self.machines.shown("visitor", "link"))


class OurVirtualNetTests(VirtualNetTests):
    """What ours can do besides."""

    def test_version6(self) -> None:
        """IPv6 is carried as IPv4 is."""
        self.joined(NET6, 64)
        self.ping("visitor", NET6["publisher"])
        self.transfer("publisher", "visitor", NET6["visitor"], 1 << 20)

    def test_treated(self) -> None:
        """So are packets that are encrypted and compressed."""
        self.joined(more="transport.useEncryption = true\ntransport.useCompression = true")
        self.ping("visitor", NET["publisher"])
        self.transfer("visitor", "publisher", NET["publisher"], 1 << 20)

    def test_sameAddress(self) -> None:
        """A second client with the same address on one machine does not start, and says why."""
        publisher, _ = self.joined()
        second = self.run_(self.pairing.client, "publisher", "10.77.1.1", _PROXY, f"{NET['publisher']}/24")
        second.wait("100.86.0.1 is an address of this machine already, that of utun0")
        self.assertEqual(second.process.wait(PATIENCE), 1)
        self.ping("visitor", NET["publisher"])
        self.assertIsNone(publisher.process.poll())

    def test_forbidden(self) -> None:
        """Without the capability it says which it lacks."""
        start: Any = ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")
        proxy = _PROXY.format(kind=self.kind)
        text = self.pairing.clientText(7000, f'{_GATE}\nvirtualNet.address = "100.86.0.1/24"', proxy)
        frpc = self.start("ours", "frpc", text, [*self.machines.within("publisher"), *start])
        frpc.wait("frpc lacks the capability CAP_NET_ADMIN")
        self.assertEqual(frpc.process.wait(PATIENCE), 1)


class HoleVirtualNetTests(_Net):
    """The same without frps between the two."""

    kind = "xtcp"

    def setUp(self) -> None:
        super().setUp()
        needIPv6()
        self.machines.route()
        stun = self.stage.stun(("10.77.1.1", "10.77.2.1"), self.machines.within("middle"))
        self.common = f'natHoleStunServer = "{stun}"\n'

    def test_carries(self) -> None:
        """Packets pass, by IPv6 where both ends know of it; frps has told the two of each other, and sees nothing."""
        self.carries()
        frps, publisher, _ = self.stage.programs
        ours = (self.pairing.client, self.pairing.visitor) == ("ours", "ours")
        where = r"\[2001:db8:2::2\]" if ours else "10.77.2.2"
        publisher.wait(rf"establishing nat hole connection successful, sid \[\w+\], remoteAddr \[{where}:")
        self.assertNotIn("get a user connection", "\n".join(frps.lines))


globals().update(
    **HoleVirtualNetTests.makeTestCaseClasses(*EVERY),
    **VirtualNetTests.makeTestCaseClasses(*(trio for trio in EVERY if "go" in trio.makers)),
    **OurVirtualNetTests.makeTestCaseClasses(Trio()),
)
