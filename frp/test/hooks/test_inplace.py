"""Wrappers that answer in place of a service, which may not be there."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol

from frp.joining.splice import LINGER
from frp.test.hooks.hooked import Connecting, Telling, TunnelTestCase
from frp.test.hooks.test_wrapper import Line, Shouting, Sorry
from frp.testing.network import User


class UnansweredTests(TunnelTestCase):
    """Where there is no service."""

    def sorry(self, reason: str, telling: Telling) -> User:
        """A user comes, says hello, and gets an apology."""
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.network.advance(11)
        self.assertEqual((user.received, user.closed), (b"sorry", True))
        user.close()
        self.network.settle()
        self.assertEqual(telling.closed()[-1].reason, reason)
        return user

    def emptyPool(self, telling: Telling) -> None:
        """A client that is not heard any more, whose last work stream is somebody else's."""
        client = self.tunnel(Connecting(Sorry), telling)
        self.network.carrier(client).silence()
        self.network.user(6000)

    def test_serviceDown(self) -> None:
        """A service that does not answer to frpc."""
        telling = Telling()
        self.tunnel(Connecting(Sorry), telling, localPort=1)
        self.sorry("no answer", telling)

    def test_serviceCloses(self) -> None:
        """One that closes without a word."""
        telling = Telling()
        self.tunnel(Connecting(Sorry), telling, localPort=self.network.service(lambda u, _: User.close(u)).port)
        self.sorry("no answer", telling)

    def test_noWorkStream(self) -> None:
        """A client that brings no work stream. The user has time to read what is said."""
        telling = Telling()
        self.emptyPool(telling)
        self.sorry("no work stream", telling)

    def test_lingers(self) -> None:
        """But not for ever."""
        telling = Telling()
        self.emptyPool(telling)
        user = self.network.user(6000)
        self.network.advance(10.5)
        self.assertEqual((user.received, user.lost), (b"sorry", None))
        self.network.advance(LINGER)
        self.assertIsNotNone(user.lost)
        self.assertEqual(telling.closed()[-1].reason, "no work stream")
        self.assertEqual(len(self.network.servers[0].flowing), 0)

    def test_served(self) -> None:
        """A service that has said something needs no apology."""
        self.tunnel(Connecting(Sorry))
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        user.end()
        self.network.settle()
        self.assertEqual(user.received, b"hello")


class InPlaceTests(TunnelTestCase):
    """A protocol that answers."""

    def test_answers(self) -> None:
        """Any Twisted protocol will do; no work stream is needed, and what it carried is told."""
        telling = Telling()
        self.tunnel(Connecting(lambda stream: Line()), telling, localPort=1)
        user = self.network.user(6000)
        user.send(b"a\r\nbye\r\n")
        self.network.settle()
        self.assertEqual(user.received, b"hello\r\nyou said a\r\nyou said bye\r\n")
        self.assertTrue(user.closed)
        user.close()
        self.network.settle()
        [closed] = telling.closed()
        self.assertEqual((closed.reason, closed.bytes_in, closed.bytes_out), ("answered", 8, len(user.received)))

    def test_noMoreHooks(self) -> None:
        """Hooks behind it are not asked; a wrapper before it still stands in the way."""
        behind: list[Any] = []
        self.tunnel(Connecting(Shouting), Connecting(lambda stream: Line()), Connecting(behind.append))
        user = self.network.user(6000)
        self.assertEqual((user.received, behind), (b"HELLO\r\n", []))

    def test_leaves(self) -> None:
        """A user who left while the hook was thinking is not answered."""
        waiting: list[Any] = []

        def later(stream: Any) -> Any:
            waiting.append(Deferred())
            return waiting[-1].addCallback(lambda _: Protocol())

        telling = Telling()
        self.tunnel(Connecting(later), telling)
        self.network.user(6000).abort()
        self.network.settle()
        waiting[0].callback(None)
        self.network.settle()
        self.assertEqual([one.reason for one in telling.closed()], ["answered"])
        self.assertEqual(len(self.network.servers[0].flowing), 0)

    def test_nonsense(self) -> None:
        """A hook that gives back something else fails, and the user is closed."""
        self.tunnel(Connecting(lambda stream: 3))
        self.assertTrue(self.network.user(6000).closed)
        why = "a hook answered UserConnected with int, not with a stream or a protocol"
        self.assertEqual(self.logged(f"send UserConnected request to plugin [connecting] error: {why}"), 1)
        self.assertEqual(self.logged(f"plugin error: hook [connecting]: {why}"), 1)
