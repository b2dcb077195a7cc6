"""Tests of the second API of frps, as far as it goes beyond the reference's, which is asked in the interop tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from twisted.internet.defer import Deferred

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.errors import Unavailable
from frp.hooks.base import ServerHook
from frp.interfaces.operations import LOGIN, NEW_PROXY, Operation
from frp.test.hooks.recording import Recording, called
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.misbehaving import MisbehavingProxy
from frp.testing.web import WebTestCase
from frp.wire.messages import NewProxy


class _Emptying(ServerHook):
    """Takes a name away, as a service does that answers C{{}}."""

    name = "emptying"
    operations = (NEW_PROXY,)

    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy:
        return NewProxy() if operation.message.proxy_name == "emptied" else operation.message


class OddNameTests(WebTestCase):
    """Proxies whose clients have given them names that do not stand in a path as they are."""

    def test_reached(self) -> None:
        """Each can be looked at, and disabled; also one whose name a hook has taken away."""
        self.dashboard()
        self.network.servers[0].hooks.add(_Emptying())
        odd = {"/": "%2F", "\ue02f": "%EE%80%AF", "\ue02fs/": "%EE%80%AFs%2F", "..": "%EE%80%AE..", "%2F": "%252F"}
        odd |= {"\ue02e.": "%EE%80%AE%EE%80%AE.", "\ue02e": "%EE%80%AE%EE%80%AE", "...": "...", "": "%EE%80%AE"}
        self.network.client(
            proxies=[
                {"name": name or "emptied", "type": "tcp", "localPort": 1, "remotePort": port}
                for port, name in enumerate(odd, 6000)
            ]
        )
        self.network.advance(1)
        for name, path in odd.items():
            self.assertEqual(self.get(f"/api/v2/proxies/{path}").json["data"]["name"], name)
            found = self.get("/api/v2/proxies?" + urlencode({"name": name})).json["data"]["items"]
            self.assertEqual([one["name"] for one in found], [name])
            self.assertEqual(self.ask("POST", f"/api/v2/proxies/{path}/disable", b"{}").code, 200)


class RefusedLoginTests(WebTestCase):
    """Clients that were not let in."""

    def setUp(self) -> None:
        super().setUp()
        self.dashboard(auth={"token": "right"})

    def login(self, user: str, token: str = "wrong", **settings: Any) -> None:
        """A client comes, and goes."""
        client = self.network.client(user=user, auth={"token": token}, proxies=[], loginFailExit=True, **settings)
        self.network.advance(1)
        client.stopService()
        self.network.advance(1)

    def refused(self, query: str = "") -> list[tuple[str, str, int]]:
        """@return: which, from where, and how often."""
        items = self.get(f"/api/v2/refusals/logins{query}").json["data"]["items"]
        return [(one["client"], one["address"], one["times"]) for one in items]

    def test_listed(self) -> None:
        """Each is there once, the latest first, until it is let in."""
        self.login("me", clientID="here")
        self.login("you")
        self.login("me", clientID="here")
        self.assertEqual(self.refused(), [("me.here", "127.0.0.1", 2), ("", "127.0.0.1", 1)])
        (one,) = self.get("/api/v2/refusals/logins?client=me.here").json["data"]["items"]
        self.assertIn("token in login doesn't match", one["reason"])
        self.assertGreater(one["at"], one["since"])
        self.login("me", "right", clientID="here")
        self.assertEqual(self.refused(), [("", "127.0.0.1", 1)])

    def test_found(self) -> None:
        """By key, user and texts."""
        self.login("me", clientID="here")
        for query, total in (("user=me", 1), ("user=", 0), ("q=TOKEN+me.here", 1), ("q=none", 0), ("client=you", 0)):
            self.assertEqual(len(self.refused(f"?{query}")), total, query)

    def test_hook(self) -> None:
        """Where a hook has failed the operator sees which, and how; the client hears what the reference says."""
        hook = Recording(called(Unavailable("oh", "oh: 1")), [LOGIN], "door")
        self.network.servers[0].hooks.add(hook)
        self.login("me", "right")
        (one,) = self.get("/api/v2/refusals/logins").json["data"]["items"]
        self.assertEqual(one["reason"], "send Login request to plugin error: hook [door]: oh: 1")


class SecondCase(WebTestCase):
    """
    A server, and a client with two proxies.

    @cvar settings: of the server.
    """

    settings: Mapping[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.dashboard(**self.settings)
        service = self.network.echo()
        proxies = [
            {"name": name, "type": "tcp", "localPort": service.port, "remotePort": port}
            for name, port in (("a", 6000), ("b", 6001))
        ]
        self.client: FRPClient = self.network.client(proxies=proxies, user="me", clientID="here")
        self.network.advance(1)

    def data(self, path: str) -> Any:
        """What the API says."""
        return self.get(f"/api/v2{path}").json["data"]

    def tell(self, method: str, path: str, **body: Any) -> int:
        """@return: the status."""
        return self.ask(method, f"/api/v2{path}", json.dumps(body).encode()).code

    def use(self, port: int) -> bytes:
        """@return: what an echo has said to somebody who came to a port; nothing where it is closed."""
        user = self.network.user(port)
        if user.refused is not None:
            return b""
        user.send(b"hello")
        self.network.settle()
        found = user.received
        user.close()
        self.network.settle()
        return found

    def shown(self, name: str) -> tuple[str, str]:
        """What the client's own status says of a proxy, and why."""
        running = sessionOf(self.client).proxies[name]
        return running.phase.value, running.error


class TrafficTests(SecondCase):
    """Bytes by day."""

    def test_whole(self) -> None:
        """All proxies together, today's last."""
        self.use(6000)
        self.use(6001)
        history = self.data("/system/traffic")["history"]
        self.assertEqual([one["trafficIn"] for one in history], [0, 0, 0, 0, 0, 0, 10])
        self.assertEqual(history, sorted(history, key=lambda one: str(one["date"])))
        self.assertEqual(self.data("/proxies/me.a/traffic")["history"][-1]["trafficOut"], 5)


class DisableTests(SecondCase):
    """Proxies that an operator closes."""

    def test_disabled(self) -> None:
        """It is closed at once, its client knows why, and the other one does not notice."""
        self.assertEqual(self.tell("POST", "/proxies/me.a/disable", reason="too much"), 200)
        self.network.settle()
        self.assertEqual((self.use(6000), self.use(6001)), (b"", b"hello"))
        why = "proxy [me.a] is disabled by an operator: too much"
        self.assertEqual(self.shown("a"), (Phase.START_ERROR.value, why))
        self.assertEqual(self.shown("b"), (Phase.RUNNING.value, ""))
        self.assertEqual(self.data("/proxies/me.a")["disabled"], "too much")
        self.assertNotIn("disabled", self.data("/proxies/me.b"))

    def test_stays(self) -> None:
        """It stays closed when the client asks for it again, and opens when that is allowed."""
        self.tell("POST", "/proxies/me.a/disable")
        self.network.advance(31)
        self.assertEqual(self.use(6000), b"")
        self.assertEqual(self.data("/proxies/me.a")["disabled"], "disabled")
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/enable").code, 200)
        self.network.advance(31)
        self.assertEqual(self.use(6000), b"hello")
        self.assertNotIn("disabled", self.data("/proxies/me.a"))

    def test_wrong(self) -> None:
        """What cannot be done is said."""
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/enable").code, 404)
        self.assertEqual(self.tell("POST", "/proxies/me.a/disable", reason=1), 400)
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/disable", b"[]").code, 400)
        self.assertEqual(self.use(6000), b"hello")

    def test_listed(self) -> None:
        """All that is disabled is listed, also what nobody has ever asked for."""
        self.tell("POST", "/proxies/me.a/disable", reason="too much")
        self.tell("POST", "/proxies/other/disable")
        page = self.data("/disabled?what=proxies")
        self.assertEqual([(one["name"], one["reason"]) for one in page["items"]], [("me.a", "too much"), ("other", "")])
        self.assertEqual((page["items"][0]["type"], page["items"][0]["client"]), ("tcp", "me.here"))
        self.assertNotIn("type", page["items"][1])
        self.assertEqual(self.data("/disabled?what=proxies&q=tcp+here")["total"], 1)
        self.assertEqual(self.data("/disabled?what=proxies&q=MUCH")["total"], 1)
        self.assertEqual(self.data("/disabled?what=clients")["total"], 0)
        self.assertEqual(self.get("/api/v2/disabled").code, 400)

    def test_free(self) -> None:
        """Its port is for others meanwhile."""
        self.tell("POST", "/proxies/me.a/disable")
        service = self.network.echo()
        other = {"name": "c", "type": "tcp", "localPort": service.port, "remotePort": 6000}
        self.network.client(proxies=[other], user="you", clientID="there")
        self.network.advance(1)
        self.assertEqual(self.use(6000), b"hello")


class OpeningTests(WebTestCase):
    """A proxy whose opening takes its time."""

    def test_disabled(self) -> None:
        """One that an operator disables meanwhile is refused, and leaves nothing behind."""
        kind, opening = MisbehavingProxy(), Deferred[str]()
        kind.serverOpen = lambda: opening
        self.network.registry = kind.registry
        self.dashboard()
        client = self.network.client(proxies=[{"name": "a", "type": "tcp", "localPort": 80, "remotePort": 6000}])
        self.network.advance(1)
        self.assertEqual(self.ask("POST", "/api/v2/proxies/a/disable", b"{}").code, 200)
        opening.callback(":6000")
        self.network.settle()
        running = sessionOf(client).proxies["a"]
        self.assertEqual((running.phase, running.error), (Phase.START_ERROR, "proxy [a] is disabled by an operator"))
        self.assertEqual(self.network.servers[0].shared.names.held(), 0)


class KickTests(SecondCase):
    """Clients that an operator sends away, or keeps out."""

    def test_kicked(self) -> None:
        """The session ends, the client is told why when it wants to come back, and after a while it may."""
        self.assertEqual(self.ask("DELETE", "/api/v2/clients/me.here?reason=go").code, 200)
        self.network.advance(5)
        self.assertEqual(self.use(6000), b"")
        self.assertGreaterEqual(self.logged("an operator has ended this session: go; it may begin again in"), 1)
        shown = self.data("/clients/me.here")
        self.assertFalse(shown["online"])
        self.assertEqual(shown["kick"]["reason"], "go")
        self.network.advance(60)
        self.assertEqual(self.use(6000), b"hello")
        self.assertEqual(self.data("/clients/me.here")["kick"], shown["kick"])

    def test_disabled(self) -> None:
        """Its session ends, and it hears why whenever it tries again, until it is enabled."""
        self.assertEqual(self.tell("POST", "/clients/me.here/disable", reason="not you"), 200)
        self.network.advance(300)
        self.assertEqual(self.use(6000), b"")
        self.assertGreaterEqual(self.logged("client [me.here] is disabled by an operator: not you"), 2)
        self.assertEqual(self.data("/clients/me.here")["disabled"], "not you")
        self.assertEqual(self.data("/clients")["items"][0]["disabled"], "not you")
        self.assertEqual(
            self.data("/clients/me.here")["leftWhy"], "client [me.here] is disabled by an operator: not you"
        )
        self.assertEqual([one["name"] for one in self.data("/disabled?what=clients")["items"]], ["me.here"])
        self.assertEqual(self.ask("POST", "/api/v2/clients/me.here/enable").code, 200)
        self.network.advance(60)
        self.assertEqual(self.use(6000), b"hello")
        self.assertNotIn("disabled", self.data("/clients/me.here"))
        self.assertEqual(self.ask("POST", "/api/v2/clients/me.here/enable").code, 404)

    def test_nameless(self) -> None:
        """One that has no name of its own would come back under another key."""
        self.network.client(proxies=[], user="you")
        self.network.advance(1)
        (key,) = (one["key"] for one in self.data("/clients?user=you")["items"])
        self.assertEqual(self.tell("POST", f"/clients/{key}/disable"), 400)
        self.assertTrue(self.data(f"/clients/{key}")["online"])

    def test_unknown(self) -> None:
        """Nobody is sent away who is not here."""
        self.assertEqual(self.ask("DELETE", "/api/v2/clients/me.there").code, 404)
        self.assertEqual(self.use(6000), b"hello")


class RefusalTests(SecondCase):
    """Proxies that a client wants, and has not."""

    def setUp(self) -> None:
        super().setUp()
        proxies = [
            {"name": name, "type": "tcp", "localPort": 1, "remotePort": port}
            for name, port in (("c", 6000), ("d", 6003))
        ]
        self.other: FRPClient = self.network.client(proxies=proxies, user="you", clientID="there")
        self.network.advance(1)

    def refusals(self, query: str = "") -> list[tuple[str, str, int]]:
        """@return: which, whose, and how often."""
        return [(one["name"], one["client"], one["times"]) for one in self.data(f"/refusals{query}")["items"]]

    def test_listed(self) -> None:
        """They are told with the reason, and their client is another than those that have all they want."""
        (one,) = self.data("/refusals")["items"]
        self.assertEqual(
            {name: one[name] for name in ("name", "type", "user", "client", "reason", "times")},
            {
                "name": "you.c",
                "type": "tcp",
                "user": "you",
                "client": "you.there",
                "reason": "port 6000 is already used by proxy [me.a]",
                "times": 1,
            },
        )
        self.assertEqual(one["since"], one["at"])
        self.assertEqual(self.data("/clients/you.there")["refused"], 1)
        self.assertEqual([one["key"] for one in self.data("/clients?refused=true")["items"]], ["you.there"])
        self.assertNotIn("refused", self.data("/clients?user=me")["items"][0])

    def test_again(self) -> None:
        """Who asks again in vain is told with the number of times, and from when on."""
        self.network.advance(60)
        self.assertEqual(self.refusals(), [("you.c", "you.there", 3)])
        (one,) = self.data("/refusals")["items"]
        self.assertEqual(one["at"] - one["since"], 60)

    def test_found(self) -> None:
        """By client, name, user, type and texts."""
        for query, total in (
            ("client=you.there", 1),
            ("client=me.here", 0),
            ("name=you.c", 1),
            ("name=you.d", 0),
            ("user=you", 1),
            ("user=", 0),
            ("type=TCP", 1),
            ("type=udp", 0),
            ("q=ALREADY", 1),
            ("q=me.a+tcp", 1),
            ("q=me.a+udp", 0),
            ("q=nothing", 0),
        ):
            self.assertEqual(self.data(f"/refusals?{query}")["total"], total, query)

    def test_opened(self) -> None:
        """What is had at last is no refusal any more."""
        self.tell("POST", "/proxies/me.a/disable", reason="make room")
        self.assertEqual(self.refusals(), [("you.c", "you.there", 1)])
        self.network.advance(31)
        self.assertEqual(self.refusals(), [])

    def test_ordered(self) -> None:
        """What an operator keeps closed is no refusal: not while it is, nor before its client has asked again."""
        self.tell("POST", "/proxies/me.b/disable", reason="not you")
        self.network.advance(31)
        self.assertEqual(self.refusals("?client=me.here"), [])
        self.assertNotIn("refused", self.data("/clients/me.here"))
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.b/enable").code, 200)
        self.assertEqual(self.refusals("?client=me.here"), [])
        self.assertNotIn("refused", self.data("/clients/me.here"))

    def test_holders(self) -> None:
        """Who has it instead is named apart from the reason: a proxy by its name, a client by its key."""
        self.assertEqual(self.data("/refusals")["items"][0]["holder"], {"proxy": "me.a"})
        same = {"name": "a", "type": "tcp", "localPort": 1, "remotePort": 6009}
        self.network.client(proxies=[same], user="me", clientID="too")
        self.network.advance(1)
        (one,) = self.data("/refusals?client=me.too")["items"]
        self.assertEqual(one["reason"], "proxy [me.a] already exists: client [me.here] has it")
        self.assertEqual(one["holder"], {"client": "me.here"})

    def test_unwanted(self) -> None:
        """What is not wanted any more is none either; nor is that of a client which has left."""
        self.other.update([one for one in self.other.config.proxies if one.name == "d"], [])
        self.network.settle()
        self.assertEqual(self.refusals(), [])
        self.tell("POST", "/proxies/me.a/disable")
        self.client.stopService()
        self.network.settle()
        self.assertEqual(self.refusals(), [])
