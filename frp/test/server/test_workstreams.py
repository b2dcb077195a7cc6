"""Work connections, and the users that wait for them."""

from __future__ import annotations

from frp.test.server.talking import ServerTestCase
from frp.testing.talk import Talk
from frp.wire.messages import ReqWorkConn, StartWorkConn


class PoolTests(ServerTestCase):
    """How many work connections a client is asked for."""

    def asked(self, talk: Talk) -> int:
        """@return: how often the client was asked for one since the last call."""
        self.network.settle()
        count = len(talk.of(ReqWorkConn))
        talk.heard = [message for message in talk.heard if not isinstance(message, ReqWorkConn)]
        return count

    def test_initial(self) -> None:
        """At first as many as the client wants, but not more than maxPoolCount."""
        self.server(transport={"maxPoolCount": 3})
        self.assertEqual(self.asked(self.login()), 0)
        self.assertEqual(self.asked(self.login(pool_count=2)), 2)
        self.assertEqual(self.asked(self.login(pool_count=100)), 3)

    def test_default(self) -> None:
        """maxPoolCount is 5 where nothing is said."""
        self.server()
        self.assertEqual(self.asked(self.login(pool_count=100)), 5)

    def test_oneMorePerUser(self) -> None:
        """For each user that takes one, one is asked for."""
        self.server()
        talk = self.login(pool_count=1)
        self.register(talk)
        self.bring(talk)
        self.asked(talk)
        self.network.user(6000)
        self.assertEqual(self.asked(talk), 1)

    def test_twoOnAMiss(self) -> None:
        """A user who finds none asks for one for itself, and one for the next."""
        self.server()
        talk = self.login()
        self.register(talk)
        self.asked(talk)
        user = self.network.user(6000)
        self.assertEqual(self.asked(talk), 2)
        work = self.bring(talk)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(work.payload, b"hello")
        self.assertEqual(self.asked(talk), 0)

    def test_manyOnAMiss(self) -> None:
        """Of several who find none, each asks for one, and all together for one more."""
        self.server()
        talk = self.login()
        self.register(talk)
        users = [self.network.user(6000) for _ in range(4)]
        self.assertEqual(self.asked(talk), 5)
        works = [self.bring(talk) for _ in range(5)]
        self.assertEqual([work.lost for work in works], [None] * 5)
        self.assertEqual((self.asked(talk), [user.closed for user in users]), (0, [False] * 4))
        self.network.user(6000)
        self.assertEqual(self.asked(talk), 1)

    def test_notBrought(self) -> None:
        """What a client was asked for and does not bring is not counted on for long."""
        self.server()
        talk = self.login(pool_count=3)
        self.register(talk)
        self.assertEqual(self.asked(talk), 3)
        self.network.advance(0.5)
        self.network.user(6000)
        self.assertEqual(self.asked(talk), 1)
        self.network.advance(0.6)
        self.network.user(6000)
        self.assertEqual(self.asked(talk), 4)

    def test_askedAgain(self) -> None:
        """For a user who still waits the client is asked again, though nobody else comes."""
        self.server()
        talk = self.login()
        self.register(talk)
        user = self.network.user(6000)
        self.assertEqual(self.asked(talk), 2)
        self.network.advance(1.1)
        self.assertEqual(self.asked(talk), 2)
        self.bring(talk)
        user.abort()
        self.network.advance(3)
        self.assertEqual(self.asked(talk), 0)

    def test_full(self) -> None:
        """Ten more than asked for are kept; the next is told so, and closed."""
        self.server()
        talk = self.login(pool_count=1)
        works = [self.bring(talk) for _ in range(12)]
        self.assertEqual([work.lost is None for work in works], [True] * 11 + [False])
        self.assertEqual(works[-1].last(StartWorkConn).error, "work connection pool is full, discarding")

    def test_oldestFirst(self) -> None:
        """Users get them in the order in which they came."""
        self.server()
        talk = self.login(pool_count=2)
        self.register(talk)
        first, second = self.bring(talk), self.bring(talk)
        self.network.user(6000)
        self.assertEqual((len(first.heard), len(second.heard)), (1, 0))

    def test_deadOnesAreSkipped(self) -> None:
        """One that has ended while it waited serves nobody; the user gets the next."""
        self.server()
        talk = self.login(pool_count=2)
        self.register(talk)
        dead, alive = self.bring(talk), self.bring(talk)
        dead.close()
        self.network.settle()
        user = self.network.user(6000)
        alive.sayBytes(b"here")
        self.network.settle()
        self.assertEqual(user.received, b"here")

    def test_talkative(self) -> None:
        """One that speaks before it has a user is dropped."""
        self.server()
        talk = self.login(pool_count=1)
        work = self.bring(talk)
        work.sayBytes(b"x")
        self.network.settle()
        self.assertIsNotNone(work.lost)

    def test_endWithTheClient(self) -> None:
        """Those that wait are closed when the client goes."""
        self.server()
        talk = self.login(pool_count=1)
        work = self.bring(talk)
        talk.close()
        self.network.settle()
        self.assertIsNotNone(work.lost)


class UserTests(ServerTestCase):
    """What a user sees."""

    def test_told(self) -> None:
        """The client hears which proxy it is, who the user is, and what was dialled."""
        self.server()
        talk = self.login(pool_count=1)
        self.register(talk)
        work = self.bring(talk)
        user = self.network.user(6000)
        start = work.last(StartWorkConn)
        self.assertEqual((start.proxy_name, start.error), ("web", ""))
        self.assertEqual((start.src_addr, start.src_port), ("127.0.0.1", user.transport.getHost().port))
        self.assertEqual((start.dst_addr, start.dst_port), ("127.0.0.1", 6000))

    def test_timeout(self) -> None:
        """Who waits userConnTimeout for a work connection in vain is closed, and the log says why."""
        self.server(userConnTimeout=4)
        talk = self.login()
        self.register(talk)
        user = self.network.user(6000)
        self.network.advance(3.9)
        self.assertFalse(user.closed)
        self.network.advance(0.2)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("failed to get work connection: the client brought no work connection"), 1)

    def test_forgotten(self) -> None:
        """Nothing is kept of users who have waited in vain, however many there were."""
        server = self.server()
        talk = self.login()
        self.register(talk)
        for _ in range(5):
            self.network.user(6000)
        [control] = server.clients.online()
        self.assertEqual(control.workStreams.waiting, 5)
        self.network.advance(11)
        self.assertEqual(control.workStreams.waiting, 0)

    def test_defaultTimeout(self) -> None:
        """That is ten seconds where nothing is said."""
        self.server()
        self.register(self.login())
        user = self.network.user(6000)
        self.network.advance(9.9)
        self.assertFalse(user.closed)
        self.network.advance(0.2)
        self.assertTrue(user.closed)

    def test_clientGoes(self) -> None:
        """Who waits while the client goes is closed at once."""
        self.server()
        talk = self.login()
        self.register(talk)
        user = self.network.user(6000)
        talk.close()
        self.network.settle()
        self.assertTrue(user.closed)

    def test_userGoes(self) -> None:
        """A user who leaves while it waits costs no work connection and no line of error."""
        self.server()
        talk = self.login()
        self.register(talk)
        user = self.network.user(6000)
        user.abort()
        self.network.settle()
        self.bring(talk)
        self.network.advance(11)
        self.assertEqual(self.logged("[E]"), 0)

    def test_waitersInTurn(self) -> None:
        """Who has waited longest is served first."""
        self.server()
        talk = self.login()
        self.register(talk)
        users = [self.network.user(6000) for _ in range(3)]
        works = [self.bring(talk) for _ in range(3)]
        for number, work in enumerate(works):
            work.sayBytes(b"%d" % number)
        self.network.settle()
        self.assertEqual([user.received for user in users], [b"0", b"1", b"2"])

    def test_bothWays(self) -> None:
        """Bytes flow both ways, and the end of one way does not end the other."""
        self.server()
        talk = self.login(pool_count=1)
        self.register(talk)
        work = self.bring(talk)
        user = self.network.user(6000)
        user.send(b"question" * 50_000)
        self.network.settle()
        self.assertEqual(work.payload, b"question" * 50_000)
        work.sayBytes(b"answer" * 50_000)
        self.network.settle()
        self.assertEqual(user.received, b"answer" * 50_000)
        work.close()
        self.network.settle()
        self.assertTrue(user.closed)
