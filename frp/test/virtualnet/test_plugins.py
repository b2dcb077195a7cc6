"""Two machines, from their devices to the wire between them."""

from __future__ import annotations

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.test.virtualnet.machines import HERE, THERE, MachinesTestCase
from frp.test.wire.ip.samples import packet
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User


class TravellingTests(MachinesTestCase):
    """Packets, there and back."""

    def test_bothWays(self) -> None:
        """The visitor finds the peer by destinationIP, the peer finds the visitor by where its packets came from."""
        self.both()
        self.meet()

    def test_many(self) -> None:
        """All packets of a burst come, in order."""
        self.both()
        for size in (1, 700, 1400):
            sent = [packet(HERE, THERE, bytes([number]) * size) for number in range(60)]
            self.send(HERE, *sent)
            self.assertTrue(self.came(THERE) == sent, size)

    def test_version6(self) -> None:
        """IPv6 is carried as IPv4 is."""
        self.network.server()
        self.publisher()
        self.machine(HERE, visitors=[self.visiting(destination="fd00::1")])
        there = packet("fd00::2", "fd00::1", b"six")
        self.send(HERE, there)
        self.send(THERE, packet("fd00::1", "fd00::2", b"back"))
        self.assertEqual(self.came(THERE), [there])
        self.assertEqual(self.came(HERE), [packet("fd00::1", "fd00::2", b"back")])

    def test_twoVisitors(self) -> None:
        """Each gets what is meant for it."""
        self.both()
        third = "100.86.0.3"
        self.visitor(third)
        for address in (HERE, third):
            self.send(address, packet(address, THERE, b"I am here"))
        self.send(THERE, packet(THERE, third, b"c"), packet(THERE, HERE, b"b"))
        self.assertEqual(
            (self.came(HERE), self.came(third)), ([packet(THERE, HERE, b"b")], [packet(THERE, third, b"c")])
        )

    def test_unknown(self) -> None:
        """A packet to nobody is dropped, with a word in the log; what the system says to many without one."""
        self.both()
        self.send(HERE, packet(HERE, "224.0.0.22"), packet(HERE, "100.86.0.9"), packet(HERE, "100.86.0.9"))
        self.assertEqual((self.came(THERE), self.came(HERE)), ([], []))
        self.assertEqual(self.logged("1 datagrams dropped: no connection leads to where they should go"), 1)
        self.meet()

    def test_noPackets(self) -> None:
        """What is no packet of IP, or longer than the reference takes, goes nowhere, from either side."""
        self.both()
        self.send(HERE, b"", b"\x50" + bytes(30), packet(HERE, THERE, bytes(1401)))
        self.assertEqual(self.came(THERE), [])
        self.meet()


class LivesTests(MachinesTestCase):
    """Who comes and goes."""

    def test_absent(self) -> None:
        """Without an address there is no device, and both plugins say so."""
        self.network.server()
        publisher = self.network.client(proxies=[{"name": "p", "type": "stcp", "plugin": {"type": "virtual_net"}}])
        running = sessionOf(publisher).proxies["p"]
        self.assertEqual((running.phase, running.error), (Phase.START_ERROR, "the client has no virtualNet"))
        visitor = self.network.client(visitors=[self.visiting()])
        self.assertEqual(visitor.visitors.running["v"].error, "the client has no virtualNet")
        self.assertEqual(self.systems, {})

    def test_refused(self) -> None:
        """A destination that is none, our own, or another visitor's is an error of that visitor."""
        self.network.server()
        self.publisher()
        client = self.visitor()
        tables = [
            self.visiting(),
            self.visiting("a", ""),
            self.visiting("b", "here"),
            self.visiting("c", HERE),
            self.visiting("d"),
        ]
        client.update([], self.network.visitors(*tables))
        self.network.advance(1)
        errors = {name: running.error for name, running in client.visitors.running.items()}
        self.assertEqual(
            errors,
            {
                "v": "",
                "a": "destinationIP is required",
                "b": "invalid destination IP address [here]",
                "c": "destinationIP 100.86.0.2 is our own virtualNet.address: a peer has another one",
                "d": "destinationIP 100.86.0.1 is that of the visitor v already",
            },
        )
        self.meet()
        client.update([], self.network.visitors(tables[-1]))
        self.network.advance(10)
        self.meet()

    def test_reconnects(self) -> None:
        """Ten seconds after a connection has ended there is another."""
        publisher, _ = self.both()
        self.meet()
        self.network.carrier(publisher).cut()
        self.network.advance(9)
        self.send(HERE, packet(HERE, THERE))
        self.assertEqual(self.came(THERE), [])
        self.network.advance(1)
        self.meet()

    def test_backsOff(self) -> None:
        """It is tried again after 60, 120, 240, 300, 300 seconds while there is no way."""
        self.network.server()
        self.visitor()
        for pause in (60, 120, 240, 300, 300):
            self.assertIn(f"no way to the peer, again in {pause} s: start new visitor connection error", self.log[-1])
            self.network.advance(pause)
        self.publisher()
        self.network.advance(300)
        self.meet()

    def test_proxyGoes(self) -> None:
        """When the proxy goes its peers are gone, and they come back with it."""
        publisher, _ = self.both()
        self.meet()
        tables = publisher.config.proxies
        publisher.update([])
        self.network.advance(1)
        self.assertEqual(len(publisher.flowing), 0)
        self.send(THERE, packet(THERE, HERE))
        self.assertEqual(self.came(HERE), [])
        publisher.update(tables)
        self.network.advance(10)
        self.meet()

    def test_visitorGoes(self) -> None:
        """Without the visitor the destination is nobody's."""
        publisher, client = self.both()
        self.meet()
        client.update([], [])
        self.network.advance(1)
        self.assertEqual((len(client.flowing), len(publisher.flowing)), (0, 0))
        self.send(HERE, packet(HERE, THERE))
        self.assertEqual(self.came(THERE), [])

    def test_stop(self) -> None:
        """The device goes with the client."""
        self.both()
        self.meet()
        self.assertEqual(self.network.stop(), [])
        for system in self.systems.values():
            self.assertEqual(system.recv(1), b"", "the other end of the pair is closed")
        self.assertEqual(self.network.reactor.readers, set())

    def test_sameAddress(self) -> None:
        """Of two visitors with one address the newer has it, and the log names it once for each."""
        self.both()
        self.meet()
        second = self.visitor()  # what stands for its device takes the place of the first one's
        self.meet()
        self.assertEqual(self.logged("100.86.0.2 comes by another connection now"), 1)
        self.assertEqual(len(second.flowing), 1)


class StrangersTests(MachinesTestCase):
    """Peers who do not keep to the protocol."""

    def stranger(self) -> tuple[FRPClient, User]:
        """@return: the client with the proxy, and somebody who visits it with something else."""
        self.network.server()
        publisher = self.publisher()
        self.network.client(
            visitors=[{"name": "s", "type": "stcp", "serverName": "p", "secretKey": "a secret", "bindPort": 6000}]
        )
        return publisher, self.network.user(6000)

    def test_lengths(self) -> None:
        """Who announces a packet of no byte, or of more than 1 MiB, is cut off; others do not notice."""
        publisher, user = self.stranger()
        self.visitor()
        self.meet()
        for length in (0, (1 << 20) + 1):
            user.send(length.to_bytes(4, "little"))
            self.network.advance(1)
            self.assertTrue(user.closed)
            self.assertEqual(self.logged(f"a packet of {length} bytes; it has 1 to 1048576"), 1)
            user = self.network.user(6000)
            self.meet()
        self.assertEqual(len(publisher.flowing), 2)

    def test_visited(self) -> None:
        """A visitor comes back to a peer that it had to leave."""
        self.network.server()
        service = self.network.service()
        self.network.client(proxies=[{"name": "p", "type": "stcp", "secretKey": "a secret", "localPort": service.port}])
        self.visitor()
        service.users[0].send(bytes(4))
        self.network.advance(9)
        self.assertEqual([user.closed for user in service.users], [True])
        self.network.advance(2)
        self.assertEqual([user.closed for user in service.users], [True, False])

    def test_junk(self) -> None:
        """What is no packet of IP is dropped, and counted; the connection lives on."""
        _, user = self.stranger()
        there = packet(HERE, THERE, b"good")
        for junk in (b"\x50" * 40, b"\x45", b"\x60" * 39, bytes(100)):
            user.send(len(junk).to_bytes(4, "little") + junk)
        user.send(len(there).to_bytes(4, "little") + there)
        self.network.advance(1)
        self.assertEqual(self.came(THERE), [there])
        self.assertEqual(self.logged("datagrams dropped: what came is no packet of IP"), 1)
        self.assertFalse(user.closed)

    def test_addresses(self) -> None:
        """Who sends from ever more addresses takes no more room than a thousand of them."""
        publisher, user = self.stranger()
        packets = [packet(f"10.{n >> 8}.{n & 255}.1", THERE) for n in range(5000)]
        user.send(b"".join(len(one).to_bytes(4, "little") + one for one in packets))
        self.network.advance(1)
        net = self.net(publisher)
        known = [n for n in range(5000) if net._routes.find(bytes([10, n >> 8, n & 255, 1]))]
        self.assertEqual(known, list(range(5000 - 1024, 5000)))
