"""The laboratory of NATs: each kind does what its name says, and is classified so."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, InvalidAddressError
from twisted.internet.protocol import DatagramProtocol
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.interfaces import IReactor
from frp.nathole.asking import discover
from frp.nathole.classification import NATFeature, classified
from frp.nathole.local import globalHosts, localHosts
from frp.testing.memory import MemoryReactor
from frp.testing.natlab import (
    BUSY,
    BY_HOST,
    CONE,
    FULL_CONE,
    KINDS,
    POOL,
    PORT_CONE,
    RANDOM,
    SEQUENTIAL,
    By,
    Host,
    NATKind,
    NATLab,
    Ports,
)


class Speaker(DatagramProtocol):
    """
    A port of a host, in the hands of a test.

    @ivar heard: the datagrams, and who sent them.
    """

    noisy = False
    transport: Any

    def __init__(self, host: Host, port: int = 0, interface: str = "") -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        host.listenUDP(port, self, interface)
        self.place = (host.address, self.transport.getHost().port)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.heard.append((datagram, addr))

    def say(self, receiver: tuple[str, int], data: bytes = b"x") -> None:
        self.transport.write(data, receiver)


class LabTests(SynchronousTestCase):
    """A laboratory."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.lab = NATLab(self.reactor)
        self.server, self.other = self.lab.host(), self.lab.host()

    def through(self, kind: NATKind) -> Speaker:
        """Somebody behind a NAT."""
        return Speaker(self.lab.host(self.lab.nat(kind)), 5000)

    def seen(self, speaker: Speaker, by: Speaker) -> tuple[str, int]:
        """How somebody is seen by somebody else."""
        speaker.say(by.place)
        self.reactor.spend(1)
        return by.heard.pop()[1]

    def test_reactor(self) -> None:
        """A host is a reactor with addresses of its own, and one port of each number."""
        host = self.lab.host(self.lab.nat(CONE))
        self.assertTrue(verifyObject(IReactor, host))
        self.assertEqual((host.address, localHosts(host)), ("192.168.1.2", ["192.168.1.2"]))
        Speaker(host, 5000)
        self.assertRaises(CannotListenError, Speaker, host, 5000)
        Speaker(self.server, 5000)

    def test_version6(self) -> None:
        """With IPv6 a host is seen as it is, its firewall lets in whom it spoke to, and ports of IPv4 hear nothing."""
        firewall = self.lab.firewall()
        user, other = self.lab.host(None, firewall), self.lab.host(None, self.lab)
        self.assertEqual(globalHosts(user), ["2001:db8::1"])
        one, two = Speaker(user, 5000, "::"), Speaker(other, 6000, "::")
        here, there = (user.address6, 5000), (other.address6, 6000)
        two.say(here, b"unasked")
        self.reactor.spend(1)
        one.say(there, b"question")
        self.reactor.spend(1)
        two.say(here, b"answer")
        two.say((user.address, 5000), b"of IPv4")
        self.reactor.spend(1)
        self.assertEqual(two.heard, [(b"question", here)])
        self.assertEqual(one.heard, [(b"answer", there), (b"of IPv4", two.place)])
        self.assertEqual(firewall.dropped, 1)
        self.assertRaises(InvalidAddressError, Speaker(other).say, here)
        self.assertRaises(CannotListenError, Speaker, self.server, 5000, "::")

    def test_lossy(self) -> None:
        """Some packets do not arrive, and some overtake others: the same in each run."""
        self.lab.loss, self.lab.jitter = 0.5, 0.1
        one, two = Speaker(self.server), Speaker(self.other)
        said = [bytes([number]) for number in range(10)]
        for each in said:
            one.say(two.place, each)
        self.reactor.spend(1)
        heard = [each for each, _ in two.heard]
        self.assertEqual((len(heard), self.lab.lost), (4, 6))
        self.assertNotEqual(heard, sorted(heard))
        self.assertLessEqual(set(heard), set(said))

    def test_mapping(self) -> None:
        """Who is seen as the same: by everybody, by all ports of a host, or by one port only."""
        for by, same in ((By.NOTHING, 1), (By.HOST, 2), (By.PORT, 3)):
            user = self.through(NATKind(by, By.NOTHING, Ports.NEXT))
            others = [Speaker(self.server), Speaker(self.server), Speaker(self.other)]
            seen = [self.seen(user, other) for other in others]
            self.assertEqual(len(set(seen)), same)
            self.assertEqual([self.seen(user, other) for other in others], seen, "it stays so")

    def test_filtering(self) -> None:
        """Who is let in: everybody, the host that was spoken to, or its port."""
        for by, heard in ((By.NOTHING, 3), (By.HOST, 2), (By.PORT, 1)):
            user = self.through(NATKind(filtering=by))
            others = [Speaker(self.server), Speaker(self.server), Speaker(self.other)]
            seen = self.seen(user, others[0])
            for other in others:
                other.say(seen)
            self.reactor.spend(1)
            self.assertEqual([sender for _, sender in user.heard], [other.place for other in others[:heard]])

    def test_ports(self) -> None:
        """A port is kept where nobody behind the NAT has it, or dealt out."""
        remote = Speaker(self.server)
        for ports, expected in ((Ports.KEPT, [5000, 5001]), (Ports.NEXT, [20000, 20003])):
            nat = self.lab.nat(NATKind(ports=ports, step=3))
            found = [self.seen(Speaker(self.lab.host(nat), 5000), remote)[1] for _ in range(2)]
            self.assertEqual(found, expected)

    def test_timeout(self) -> None:
        """What was not used for long is forgotten; what is sent outwards keeps it."""
        user, remote = self.through(NATKind(ports=Ports.NEXT, timeout=30)), Speaker(self.server)
        seen = self.seen(user, remote)
        for _ in range(3):
            self.reactor.spend(20)
            self.assertEqual(self.seen(user, remote), seen)
        self.reactor.spend(31)
        remote.say(seen)
        self.reactor.spend(1)
        self.assertEqual(user.heard, [])
        self.assertNotEqual(self.seen(user, remote), seen)

    def test_hairpin(self) -> None:
        """Two behind one NAT reach each other by their outer addresses, where it has that; by their own, always."""
        for hairpin in (True, False):
            nat = self.lab.nat(NATKind(filtering=By.NOTHING, hairpin=hairpin))
            one, two = Speaker(self.lab.host(nat), 5000), Speaker(self.lab.host(nat), 6000)
            seen = self.seen(two, Speaker(self.server))
            one.say(seen, b"outer")
            one.say(two.place, b"inner")
            self.reactor.spend(1)
            outer = [(b"outer", (nat.hosts[0], 5000))] if hairpin else []
            self.assertEqual(two.heard, [*outer, (b"inner", one.place)])

    def test_forwarded(self) -> None:
        """A port that is forwarded lets everybody in, and is how the one behind is seen."""
        nat = self.lab.nat(RANDOM)
        user, remote = Speaker(self.lab.host(nat), 5000), Speaker(self.server)
        place = nat.forward(7000, user.place)
        remote.say(place)
        self.reactor.spend(1)
        self.assertEqual(user.heard, [(b"x", remote.place)])
        self.assertEqual(self.seen(user, remote), place)

    def test_behindAnother(self) -> None:
        """A NAT may stand behind another one."""
        carrier = self.lab.nat(PORT_CONE)
        user, remote = Speaker(self.lab.host(self.lab.nat(CONE, carrier))), Speaker(self.server)
        seen = self.seen(user, remote)
        self.assertEqual(seen[0], carrier.hosts[0])
        remote.say(seen)
        self.reactor.spend(1)
        self.assertEqual(user.heard, [(b"x", remote.place)])

    def test_ttl(self) -> None:
        """A datagram that may not go far opens the own NAT, and does not reach another."""
        nat = self.lab.nat(CONE)
        user, far = Speaker(self.lab.host(nat), 5000), self.through(FULL_CONE)
        seen = self.seen(far, Speaker(self.server))
        handle = user.transport.getHandle()
        handle.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 7)
        user.say(seen)
        self.reactor.spend(1)
        self.assertEqual((far.heard, self.lab.lost, handle.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)), ([], 1, 7))
        far.say((nat.hosts[0], 5000))
        self.reactor.spend(1)
        self.assertEqual([sender for _, sender in user.heard], [seen])
        self.assertRaises(OSError, handle.setsockopt, socket.SOL_SOCKET, socket.SO_RCVBUF, 7)

    def test_classified(self) -> None:
        """What STUN shows of each kind; of the way in it shows nothing."""
        easy, port = NATFeature("BehaviorNoChange"), NATFeature("BehaviorPortChanged")
        expected = {
            FULL_CONE: easy,
            CONE: easy,
            PORT_CONE: easy,
            BY_HOST: NATFeature("BehaviorPortChanged", regularPortsChange=True),
            SEQUENTIAL: NATFeature("BehaviorPortChanged", regularPortsChange=True),
            BUSY: port,
            RANDOM: port,
            POOL: NATFeature("BehaviorBothChanged"),
        }
        self.assertEqual(set(expected), set(KINDS.values()))
        for kind, feature in expected.items():
            self.assertEqual(self.classifiedAt(self.lab.host(self.lab.nat(kind))), feature)
        self.assertEqual(self.classifiedAt(self.server), NATFeature("BehaviorNoChange", publicNetwork=True))

    def classifiedAt(self, host: Host) -> NATFeature:
        """Ask the laboratory's server from a host."""
        found = Deferred.fromCoroutine(discover(host, self.lab.stun))
        self.reactor.spend(1)
        return classified(self.successResultOf(found).mapped, localHosts(host))
