"""What a server tells its hooks."""

from __future__ import annotations

from typing import Any

from frp.interfaces.operations import (
    CLIENT_CLOSED,
    CLOSE_PROXY,
    CONNECTION_CLOSED,
    LOGIN_ANSWERED,
    NEW_USER_CONN,
    PROXY_ANSWERED,
    USER_CONNECTED,
)
from frp.test.hooks.hooked import Telling, TunnelTestCase
from frp.test.hooks.recording import Recording


class EventTests(TunnelTestCase):
    """A hook that only listens."""

    def setUp(self) -> None:
        super().setUp()
        self.telling = Telling()

    def names(self) -> list[str]:
        """@return: what it was told, in that order."""
        return [told.name for told in self.telling.told]

    def test_life(self) -> None:
        """It hears of a client, its proxies and their end; all of it with the same caller."""
        client = self.tunnel(self.telling)
        self.network.advance(60)
        client.stopService()
        self.network.advance(1)
        self.assertEqual(self.names(), [LOGIN_ANSWERED, PROXY_ANSWERED, CLIENT_CLOSED])
        login, proxy, gone = self.telling.told
        self.assertEqual((login.message.login.user, login.message.error), ("alice", ""))
        self.assertEqual((proxy.message.proxy.proxy_name, proxy.message.remote_addr), ("alice.web", ":6000"))
        self.assertGreaterEqual(gone.message.seconds, 60)
        self.assertTrue(gone.message.reason)
        self.assertEqual((proxy.caller, gone.caller), (login.caller, login.caller))
        self.assertTrue(login.caller.runId)

    def test_refusedLogin(self) -> None:
        """It hears of logins that were refused, by whomever, and why; who was not in cannot go."""
        self.tunnel(self.telling, server={"auth": {"token": "secret"}})
        [told] = self.telling.told
        self.assertEqual(told.name, LOGIN_ANSWERED)
        self.assertIn("token in login doesn't match token from configuration", told.message.error)

    def test_refusedProxy(self) -> None:
        """The same for proxies."""
        self.tunnel(self.telling, server={"allowPorts": [{"single": 7001}]})
        self.assertEqual(self.names(), [LOGIN_ANSWERED, PROXY_ANSWERED])
        self.assertIn("allowPorts", self.telling.told[1].message.error)

    def test_connection(self) -> None:
        """When a user is gone it hears what was carried, for how long, and who it was."""
        self.tunnel(self.telling, transport={"useCompression": True})
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(3)
        self.assertEqual(self.telling.closed(), [])
        user.close()
        self.network.settle()
        [closed] = self.telling.closed()
        self.assertEqual((closed.bytes_in, closed.bytes_out, closed.reason), (5, 5, "done"))
        self.assertEqual((closed.proxy_name, closed.proxy_type), ("alice.web", "tcp"))
        self.assertEqual(closed.seconds, 3)
        self.assertRegex(closed.remote_addr, r"^127\.0\.0\.1:\d+$")

    def test_reset(self) -> None:
        """A connection that ends by an error is told from one that is done."""
        self.tunnel(self.telling)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        user.abort()
        self.network.settle()
        self.assertEqual([one.reason for one in self.telling.closed()], ["reset"])

    def test_oneId(self) -> None:
        """The questions about one user and the word of his end have one id; another user's have another."""
        watching = Recording(operations=[NEW_USER_CONN, CONNECTION_CLOSED, USER_CONNECTED])
        watching.connectionClosed = watching.ask  # type: ignore[method-assign]
        watching.userConnected = lambda stream, operation: (watching.ask(operation), stream)[1]  # type: ignore
        self.tunnel(watching)
        for _ in range(2):
            user = self.network.user(6000)
            user.close()
            self.network.settle()
        self.assertEqual(watching.names(), [NEW_USER_CONN, USER_CONNECTED, CONNECTION_CLOSED] * 2)
        ids = [asked.id for asked in watching.asked]
        self.assertEqual((len(set(ids[:3])), len(set(ids[3:])), len(set(ids))), (1, 1, 2))

    def test_serverStops(self) -> None:
        """A server that stops tells of all ends before it closes its hooks."""

        class Closing(Telling):
            toldAtClose = -1

            def close(self) -> None:
                self.toldAtClose = len(self.told)

        telling = Closing()
        self.tunnel(telling)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.network.servers[0].stopService()
        self.network.advance(5)
        self.assertIn(CONNECTION_CLOSED, [told.name for told in telling.told])
        self.assertEqual(telling.toldAtClose, len(telling.told))

    def test_sixMethods(self) -> None:
        """A hook that has only the methods of what it watches is fine."""
        asked: list[Any] = []

        class Old:
            name = "old"
            operations = (NEW_USER_CONN, CLOSE_PROXY)

            def newUserConn(self, operation: Any) -> Any:
                asked.append(operation)
                return operation.message

            def closeProxy(self, operation: Any) -> Any:
                asked.append(operation)
                return operation.message

            def close(self) -> None:
                """Nothing is held."""

        hook: Any = Old()
        client = self.tunnel(hook)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
        client.stopService()
        self.network.advance(1)
        self.assertEqual([one.name for one in asked], [NEW_USER_CONN, CLOSE_PROXY])

    def test_nobodyWatches(self) -> None:
        """Where no hook asks for users there is nothing in their way."""
        self.tunnel(Recording(operations=[CLOSE_PROXY]))
        self.network.user(6000)
        [control] = self.network.servers[0].clients.online()
        self.assertFalse(control.published.proxies["alice.web"].site._users.watched)
