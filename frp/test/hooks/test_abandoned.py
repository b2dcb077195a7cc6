"""Hooks that are asked about somebody who goes."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from frp.interfaces.operations import NEW_PROXY, NEW_USER_CONN, PING, USER_CONNECTED
from frp.test.hooks.recording import Recording
from frp.test.hooks.waiting import HookTestCase, Later
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.messages import NewProxy, Ping, Pong


class AbandonedTests(HookTestCase):
    """What a hook still thinks about when it is of no use any more."""

    user: User

    def asked(self, operation: str) -> tuple[Later, Talk]:
        """@return: a hook that is being asked about a client, or a user of it; and the client."""
        later = Later()
        self.hooked(operation, later, gracePeriod=0)
        talk = self.login(run_id="r")
        if operation == PING:
            talk.say(Ping())
        elif operation == NEW_PROXY:
            talk.say(NewProxy(proxy_name="web", proxy_type="tcp", remote_port=6000))
        else:
            self.register(talk)
            self.user = self.network.user(6000)
        self.network.settle()
        self.assertEqual((len(later.waiting), later.cancelled), (1, 0))
        return later, talk

    def test_clientGoes(self) -> None:
        """It is not asked about a client that has gone, or come again, nor about its users, who are closed."""
        for operation in (PING, NEW_PROXY, NEW_USER_CONN):
            later, _ = self.asked(operation)
            self.login(run_id="r")
            self.assertEqual(later.cancelled, 1, operation)
            if operation == NEW_USER_CONN:
                self.assertTrue(self.user.closed)
            [(_, counters)] = self.network.servers[-1].hooks.counters()
            self.assertEqual((counters.failures, counters.timeouts), (0, 0))
            self.assertEqual(self.network.stop(), [])

    def test_serverStops(self) -> None:
        """A server that stops leaves no question behind, and no delayed call."""
        for operation in (PING, NEW_PROXY, NEW_USER_CONN):
            later, _ = self.asked(operation)
            self.assertEqual(self.network.stop(), [])
            self.assertEqual(later.cancelled, 1, operation)

    def test_others(self) -> None:
        """What it is asked about another client goes on."""
        later, _ = self.asked(PING)
        other = self.login()
        other.say(Ping())
        self.login(run_id="r")
        self.assertEqual((later.cancelled, len(later.waiting)), (1, 1))
        later.answer()
        self.network.settle()
        self.assertEqual(other.last(Pong).error, "")

    def test_shown(self) -> None:
        """So it is with a user that it looks at."""
        cancelled: list[Deferred[Any]] = []

        class Looking(Recording):
            def userConnected(self, stream: object, operation: object) -> Deferred[Any]:
                return Deferred(cancelled.append)

        server = self.server()
        self.hook(server, Looking(None, [USER_CONNECTED]))
        talk = self.login()
        self.register(talk)
        user = self.network.user(6000)
        talk.close()
        self.network.settle()
        self.assertEqual((len(cancelled), user.closed), (1, True))
