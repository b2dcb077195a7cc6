"""Registering proxies: what a client may have, and what it hears where it may not."""

from __future__ import annotations

from frp.test.hooks.hooked import Telling
from frp.test.hooks.recording import Recording
from frp.test.server.talking import ServerTestCase
from frp.testing.misbehaving import MisbehavingProxy
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.messages import CloseProxy, NewProxyResp, StartWorkConn


class RefusalTests(ServerTestCase):
    """The texts that a client hears are the reference's, letter by letter."""

    def test_unknownType(self) -> None:
        """A type that nobody provides."""
        self.server()
        self.assertEqual(self.register(self.login(), type="x").error, "unknown proxy type: x")

    def test_emptyType(self) -> None:
        """No type is tcp."""
        self.server()
        self.assertEqual(self.register(self.login(), type="").remote_addr, ":6000")

    def test_nameTaken(self) -> None:
        """A name that anybody has, on this connection or another."""
        self.server()
        talk = self.login()
        self.register(talk)
        for other in (talk, self.login()):
            self.assertEqual(self.register(other, port=6001).error, "proxy [web] already exists")
        self.assertIsNone(self.network.user(6000).refused)

    def test_portUsed(self) -> None:
        """A port that another proxy has."""
        self.server()
        talk = self.login()
        self.register(talk)
        self.assertEqual(self.register(talk, "other").error, "port already used")

    def test_portUnavailable(self) -> None:
        """A port that another program has."""
        self.server()
        self.network.reactor.taken.add(6000)
        self.assertEqual(self.register(self.login()).error, "port unavailable")

    def test_portNotAllowed(self) -> None:
        """A port outside of allowPorts; those inside can be had."""
        self.server(allowPorts=[{"start": 6000, "end": 6001}, {"single": 7777}])
        talk = self.login()
        for name, port, error in (
            ("a", 6000, ""),
            ("b", 6002, "port not allowed"),
            ("c", 7777, ""),
            ("d", 80, "port not allowed"),
        ):
            self.assertEqual(self.register(talk, name, port).error, error)

    def test_noAvailablePort(self) -> None:
        """The server shall choose, and all ports are taken."""
        self.server(allowPorts=[{"single": 6000}])
        talk = self.login()
        self.register(talk)
        self.assertEqual(self.register(talk, "other", 0).error, "no available port")

    def test_tooManyPorts(self) -> None:
        """More ports than maxPortsPerClient; a closed proxy gives its port back."""
        self.server(maxPortsPerClient=2)
        talk = self.login()
        self.register(talk, "a", 6000)
        self.register(talk, "b", 6001)
        self.assertEqual(self.register(talk, "c", 6002).error, "exceed the max_ports_per_client")
        talk.say(CloseProxy(proxy_name="a"))
        self.assertEqual(self.register(talk, "c", 6002).error, "")
        self.assertEqual(self.register(self.login(), "d", 6003).error, "")

    def test_noDetails(self) -> None:
        """With detailedErrorsToClient = false it hears only that something went wrong."""
        self.server(detailedErrorsToClient=False)
        self.assertEqual(self.register(self.login(), type="x").error, "new proxy [web] error")
        self.assertEqual(self.logged("new proxy [web] type [x] error:"), 1)

    def test_bug(self) -> None:
        """A kind that has a bug: the client is answered, hooks are told, the log has it, and nothing is left."""
        kind = MisbehavingProxy()
        self.network.registry = kind.registry
        self.server()
        telling = Telling()
        self.network.servers[0].hooks.add(telling)
        talk = self.login()
        kind.serverOpen = lambda: 1 // 0
        self.assertEqual(self.register(talk).error, "new proxy [web] error: IProxyKind 'tcp': open failed")
        self.assertIn("ZeroDivisionError: integer division or modulo by zero", telling.told[-1].message.error)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        kind.serverOpen = None
        self.assertEqual(self.register(talk).error, "")

    def test_nothingIsLeft(self) -> None:
        """What was refused leaves neither its name nor a port behind."""
        server = self.server(allowPorts=[{"single": 6000}])
        talk = self.login()
        self.register(talk, port=6001)
        self.assertEqual(server.shared.names.held(), 0)
        self.assertEqual(self.register(talk).error, "")

    def test_hostileName(self) -> None:
        """Line feeds in a proxy's name do not forge lines of my log."""
        self.server()
        self.register(self.login(), "web\n2026-01-01 00:00:00.000 [I] forged")
        self.assertGreater(self.logged("forged"), 0)
        self.assertTrue(all(line.count("\n") == 1 for line in self.log))

    def test_longName(self) -> None:
        """A name that no message about its users has room for opens nothing; the longest that is allowed works."""
        self.server()
        talk = self.login(pool_count=1)
        answer = self.register(talk, "<" * 1500)
        self.assertEqual(answer.error, "proxy name is too long: 1500 characters, at most 1000")
        self.assertIsNotNone(self.network.user(6000).refused)
        longest = "<" * 1000
        self.assertEqual(self.register(talk, longest).error, "")
        self.assertEqual(self.register(talk, longest).proxy_name, longest)
        self.assertTrue(talk.last(NewProxyResp).error.startswith("proxy [<<<"))
        work = self.bring(talk)
        self.network.user(6000)
        self.assertEqual(work.last(StartWorkConn).proxy_name, longest)

    def test_longAddress(self) -> None:
        """A proxy whose address no answer has room for is closed again."""
        kind = MisbehavingProxy()
        kind.serverOpen = lambda: "<" * 2000
        self.network.registry = kind.registry
        server = self.server()
        talk = self.login()
        self.assertIn("NewProxyResp is too long", self.register(talk).error)
        self.assertEqual(server.shared.names.held(), 0)

    def test_annotations(self) -> None:
        """Annotations that are no Kubernetes names, or too large."""
        self.server()
        talk = self.login()
        self.assertIn("annotation key", self.register(talk, annotations={"a b": "c"}).error)
        self.assertEqual(self.register(talk, annotations={"a/b": "c"}).error, "")


class PortTests(ServerTestCase):
    """Ports come and go with their proxies."""

    def test_broken(self) -> None:
        """Whatever goes wrong while a port is opened, it can be had again."""
        server = self.server()
        talk = self.login()

        def listen(*_: object) -> None:
            raise ValueError("an accident")

        for type, method, ports in (
            ("tcp", "listenTCP", server.shared.tcpPorts),
            ("udp", "listenUDP", server.shared.udpPorts),
        ):
            broken = self.patch(self.network.reactor, method, listen)
            self.assertNotEqual(self.register(talk, type=type).error, "")
            broken.restore()
            self.assertIsNone(ports.holder(6000))  # type: ignore[attr-defined]  # of those in memory
            self.assertEqual(self.register(talk, type=type).error, "")
            talk.say(CloseProxy(proxy_name="web"))
            self.network.settle()
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)

    def test_closed(self) -> None:
        """A proxy that its client closes takes no more users, and its port can be had by another client."""
        self.server()
        talk = self.login()
        self.register(talk)
        talk.say(CloseProxy(proxy_name="web"))
        self.network.settle()
        self.assertIsNotNone(self.network.user(6000).refused)
        self.assertEqual(self.register(self.login(), "other").error, "")
        self.assertEqual([self.logged("[web] proxy closing"), self.logged("close proxy [web] success")], [1, 1])

    def test_closeAndRegister(self) -> None:
        """CloseProxy and NewProxy of one name, one right behind the other, work."""
        self.server()
        talk = self.login()
        self.register(talk)
        talk.say(CloseProxy(proxy_name="web"))
        self.assertEqual(self.register(talk).error, "")

    def test_closeUnknown(self) -> None:
        """Closing what is not there does nothing."""
        self.server()
        talk = self.login()
        talk.say(CloseProxy(proxy_name="nothing"))
        self.assertEqual(self.register(talk).error, "")

    def test_closeOthers(self) -> None:
        """A client cannot close the proxy of another."""
        self.server()
        self.register(self.login())
        self.login().say(CloseProxy(proxy_name="web"))
        self.network.settle()
        self.assertIsNone(self.network.user(6000).refused)

    def test_clientGoes(self) -> None:
        """The ports of a client that goes are free at once."""
        server = self.server()
        talk = self.login()
        self.register(talk)
        talk.transport.abortConnection()
        self.network.settle()
        self.assertIsNotNone(self.network.user(6000).refused)
        self.assertEqual((len(server.clients), server.shared.names.held()), (0, 0))
        self.assertEqual(self.register(self.login(), "other").error, "")

    def test_chosen(self) -> None:
        """Port 0 lets the server choose, and the same name gets the same port again."""
        self.server()
        talk = self.login()
        address = self.register(talk, port=0).remote_addr
        self.assertRegex(address, "^:[1-9][0-9]*$")
        talk.close()
        self.network.settle()
        self.assertEqual(self.register(self.login(), port=0).remote_addr, address)

    def test_usersOutliveTheProxy(self) -> None:
        """Closing a proxy cuts nobody off."""
        self.server()
        talk = self.login(pool_count=1)
        self.register(talk)
        work = self.bring(talk)
        user = self.network.user(6000)
        talk.say(CloseProxy(proxy_name="web"))
        self.network.settle()
        user.send(b"still here")
        self.network.settle()
        self.assertEqual(work.payload, b"still here")


class GroupTests(ServerTestCase):
    """Several proxies behind one port."""

    def member(self, name: str, port: int = 6000, key: str = "k") -> tuple[Talk, str]:
        """Register a member, of a client of its own."""
        talk = self.login(pool_count=1)
        return talk, self.register(talk, name, port, group="g", group_key=key).error

    def served(self, talk: Talk) -> list[str]:
        """@return: the proxies that a client's next work connection, if it is taken, serves."""
        return [start.proxy_name for start in self.bring(talk).of(StartWorkConn)]

    def test_inTurn(self) -> None:
        """Users go to the members one after the other."""
        self.server()
        talks = [self.member(name)[0] for name in "abc"]
        for _ in range(6):
            self.network.user(6000)
        self.assertEqual([self.served(talk) + self.served(talk) for talk in talks], [["a"] * 2, ["b"] * 2, ["c"] * 2])

    def test_errors(self) -> None:
        """Another port, then another key, is refused in the reference's words."""
        self.server()
        self.member("a")
        self.assertEqual(self.member("b", 6001, "wrong")[1], "group should have same remote port")
        self.assertEqual(self.member("b", 6000, "wrong")[1], "group auth failed")
        self.assertEqual(self.member("b")[1], "")

    def test_oneLeaves(self) -> None:
        """Without one member the others serve all users."""
        self.server()
        first, _ = self.member("a")
        second, _ = self.member("b")
        first.close()
        self.network.settle()
        for _ in range(3):
            self.network.user(6000)
        self.assertEqual([self.served(second) for _ in range(3)], [["b"]] * 3)

    def test_lastLeaves(self) -> None:
        """When the last one goes the port is free, also for a proxy outside of the group, or one with another key."""
        self.server()
        for talk in [self.member(name)[0] for name in "ab"]:
            talk.close()
        self.network.settle()
        self.assertIsNotNone(self.network.user(6000).refused)
        talk, error = self.member("c", key="other")
        self.assertEqual(error, "")
        talk.close()
        self.network.settle()
        self.assertEqual(self.register(self.login()).error, "")

    def test_zero(self) -> None:
        """Members that ask for port 0 share the one that was chosen."""
        self.server()
        first, second = self.login(), self.login()
        address = self.register(first, "a", 0, group="g").remote_addr
        self.assertEqual(self.register(second, "b", 0, group="g").remote_addr, address)

    def test_portOfAnother(self) -> None:
        """A group cannot have the port of a proxy outside."""
        self.server()
        self.register(self.login())
        self.assertEqual(self.member("a")[1], "port already used")
        self.assertEqual(self.member("a", 6001)[1], "")


class StopTests(ServerTestCase):
    """The server is asked to stop."""

    def served(self, **settings: object) -> tuple[User, Talk]:
        """@return: a user and the work connection that serves it."""
        self.server(**settings)
        talk = self.login(pool_count=1)
        self.register(talk)
        work = self.bring(talk)
        return self.network.user(6000), work

    def test_atOnce(self) -> None:
        """Without gracePeriod everybody is cut off, and nothing is open any more."""
        user, work = self.served()
        stopped = self.network.servers[0].stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertTrue(user.closed)
        self.assertIsNotNone(work.lost)
        self.assertEqual(self.network.reactor.ports, {})

    def test_grace(self) -> None:
        """With gracePeriod those that are served go on; when the last is done the server ends."""
        user, work = self.served(gracePeriod=30)
        stopped = self.network.servers[0].stopService()
        self.network.advance(20)
        self.assertFalse(stopped.called)
        self.assertIsNotNone(self.network.user(6000).refused)
        work.sayBytes(b"bye")
        work.close()
        self.network.settle()
        self.assertEqual(user.received, b"bye")
        user.close()
        self.network.settle()
        self.assertTrue(stopped.called)

    def test_nothingNew(self) -> None:
        """Meanwhile nothing is opened any more."""
        _user, _work = self.served(gracePeriod=30)
        talk = self.login()
        self.network.servers[0].stopService()
        self.network.advance(1)
        self.assertEqual(self.register(talk, "late", 6001).error, "the server is stopping")
        self.assertIsNotNone(self.network.user(6001).refused)

    def test_graceIsOver(self) -> None:
        """Who is not done in time is cut off."""
        user, _work = self.served(gracePeriod=30)
        stopped = self.network.servers[0].stopService()
        self.network.advance(29)
        self.assertFalse(user.closed)
        self.network.advance(2)
        self.assertTrue(stopped.called)
        self.assertTrue(user.closed)

    def test_twice(self) -> None:
        """Who asks again while it stops waits for the same end; nothing is done twice."""
        user, _work = self.served(gracePeriod=30)
        server = self.network.servers[0]
        hook = Recording(operations=[])
        server.hooks.add(hook)
        first = server.stopService()
        self.network.advance(20)
        second = server.stopService()
        self.network.advance(11)
        self.assertEqual((first.called, second.called, user.closed), (True, True, True))
        self.assertEqual(hook.closed, 1)
        self.assertTrue(server.stopService().called)

    def test_noLogins(self) -> None:
        """While it waits nobody can log in."""
        self.served(gracePeriod=30)
        self.network.servers[0].stopService()
        self.network.settle()
        self.assertIsNotNone(self.network.user(self.network.bindPort).refused)

    def test_again(self) -> None:
        """A server on the same port can be started right behind it."""
        self.served()
        self.network.servers[0].stopService()
        self.network.settle()
        self.server()
        self.assertEqual(self.register(self.login()).error, "")
