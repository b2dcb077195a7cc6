"""A day in the life of a tunnel: yamux over KCP, on a line that loses, disorders and repeats."""

from __future__ import annotations

from random import Random

from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import BadWay
from frp.testing.network import User

#: Seconds.
DAY = 24 * 3600

SIZES = (1, 100, 1326, 5000)


class DayTests(NetworkTestCase):
    """Both programs, and users of an echo."""

    def talk(self, users: list[User], chance: Random) -> None:
        """All say several things at once, which come back whole."""
        said = [[chance.randbytes(size) for size in chance.choices(SIZES, k=3)] for _ in users]
        for user, pieces in zip(users, said, strict=True):
            user.received = b""
            for piece in pieces:
                user.send(piece)
        self.network.advance(9)
        for user, pieces in zip(users, said, strict=True):
            self.assertEqual(user.received, b"".join(pieces))

    def test_day(self) -> None:
        """All that is said in many streams, both ways, in bursts and pauses, arrives; it is one session all day."""
        chance, network = Random(24), self.network
        network.reactor.way = BadWay(24, loss=0.03, delay=0.04, jitter=0.03, twice=0.03)
        network.server(kcpBindPort=7000)
        proxy = {"name": "a", "type": "tcp", "localPort": network.echo().port, "remotePort": 6000}
        network.client(proxies=[proxy], transport={"protocol": "kcp"})
        network.advance(5)
        night = network.reactor.seconds() + DAY
        staying, streams = [network.user(6000) for _ in range(3)], 0
        while network.reactor.seconds() < night:
            coming = [network.user(6000) for _ in range(chance.randrange(8))]
            self.talk(staying + coming, chance)
            for user in coming:
                user.close()
            streams += len(coming)
            network.advance(min(chance.choice((1, 300, 1800, 3600)), night - network.reactor.seconds()))
        self.assertGreater(streams, 150)
        self.assertEqual([user.closed for user in staying], [False] * 3)
        self.assertEqual(self.logged("login to server success"), 1)
