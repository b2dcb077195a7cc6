"""A server that is to be left."""

from __future__ import annotations

from frp.server.draining import LOOK
from frp.testing.cases import NetworkTestCase


class DrainingTests(NetworkTestCase):
    """Who may stay, and for how long."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server()
        self.echo = self.network.echo()
        table = {"name": "a", "type": "tcp", "localPort": self.echo.port, "remotePort": 6000}
        self.busy = self.network.client(proxies=[table], user="busy")
        self.idle = self.network.client(proxies=[{**table, "remotePort": 6001}], user="idle")
        self.user = self.network.user(6000)
        self.done: list[object] = []
        self.server.drained.addBoth(self.done.append)

    def online(self) -> list[str]:
        """@return: the users of the clients that are here."""
        return sorted(control.login.user for control in self.server.clients.online())

    def drain(self, within: float) -> list[object]:
        """@return: nothing, until it is done."""
        self.server.drain(within)
        self.network.settle()
        return self.done

    def test_idle(self) -> None:
        """Those without a user go at once, and do not come again; others when their last user has gone."""
        done = self.drain(60)
        self.network.advance(10)
        self.assertEqual((self.online(), done), (["busy"], []))
        self.user.send(b"hello")
        self.network.settle()
        self.assertEqual(self.user.received, b"hello")
        self.user.close()
        self.network.advance(2 * LOOK)
        self.assertEqual((self.online(), done), ([], [None]))

    def test_late(self) -> None:
        """When the time is over they go with their users."""
        done = self.drain(5)
        self.network.advance(5 - LOOK)
        self.assertEqual((self.online(), done), (["busy"], []))
        self.assertEqual(self.logged("the time is over"), 0)
        self.network.advance(2 * LOOK)
        self.assertEqual((self.online(), done), ([], [None]))
        self.assertEqual(self.logged("the time is over: clients that still have users are ended, 1 of them"), 1)

    def test_again(self) -> None:
        """What is said last counts; when all have gone it means nothing."""
        done = self.drain(5)
        self.drain(50)
        self.network.advance(45)
        self.assertEqual((self.online(), done), (["busy"], []))
        self.drain(1)
        self.network.advance(2)
        self.assertEqual((self.online(), done), ([], [None]))
        self.drain(1)

    def test_stopped(self) -> None:
        """A server that drains can be stopped."""
        self.drain(50)
        self.server.stopService()
        self.network.settle()
        self.assertEqual(self.online(), [])
