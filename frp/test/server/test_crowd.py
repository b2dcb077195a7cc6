"""Many clients that come at once, and those that are served already."""

from __future__ import annotations

import re

from frp.session import turnstile
from frp.test.server.talking import ServerTestCase
from frp.testing.talk import Talk
from frp.version import COMPATIBLE
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, NewProxy, NewWorkConn

_TOLD = re.compile(r"arch \[(\w+)\]|new proxy \[(\w+)\] .* success|(no client control)")


class CrowdTests(ServerTestCase):
    """Every piece of work takes a turn: one of them is done in each pass."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(turnstile, "SHARE", -1.0)
        self.server()
        self.first = self.login(arch="first")
        self.before = len(self.log)

    def connected(self, count: int) -> list[Talk]:
        """@return: connections, of which nothing is known yet."""
        talks = [self.connect() for _ in range(count)]
        self.network.settle()
        return talks

    def logIn(self, **talks: Talk) -> None:
        """All in the same moment."""
        for name, talk in talks.items():
            talk.say(Login(version=COMPATIBLE, arch=name, privilege_key=privilegeKey(b"", 0)))

    def order(self) -> list[str]:
        """@return: who had a turn since the first client was in."""
        self.network.settle()
        found = map(_TOLD.search, self.log[self.before :])
        return [next(filter(None, one.groups())) for one in found if one]

    def test_order(self) -> None:
        """Who comes first is first, and all of them are let in."""
        talks = {f"c{number}": talk for number, talk in enumerate(self.connected(20))}
        self.logIn(**talks)
        self.assertEqual(self.order(), list(talks))
        self.assertEqual([talk.last(LoginResp).error for talk in talks.values()], [""] * 20)

    def test_proxies(self) -> None:
        """Proxies and logins take turns with each other."""
        other = self.login()
        self.before = len(self.log)
        d, e = self.connected(2)
        for client, name, port in ((self.first, "a", 6000), (other, "b", 6001)):
            client.say(NewProxy(proxy_name=name, proxy_type="tcp", remote_port=port))
        self.logIn(d=d, e=e)
        self.assertEqual(self.order(), ["a", "b", "d", "e"])

    def test_users(self) -> None:
        """A work connection, for which a user waits, does not wait."""
        work, a, b = self.connected(3)
        self.logIn(a=a, b=b)
        work.say(NewWorkConn(run_id="nobody's"))
        self.assertEqual(self.order(), ["a", "no client control", "b"])

    def test_left(self) -> None:
        """Nobody is judged who has gone before its turn."""
        a, b, c, d, e = self.connected(5)
        self.logIn(a=a, b=b, c=c, d=d, e=e)
        e.close()
        self.assertEqual(self.order(), ["a", "b", "c", "d"])

    def test_gone(self) -> None:
        """The proxies of many who go at once are closed in turns as well, and can all be had again."""
        self.register(self.first, "a", 6000)
        self.register(self.first, "b", 6001)
        self.first.close()
        self.network.settle()
        again = self.login(arch="again")
        self.assertEqual([self.register(again, "a", 6001).error, self.register(again, "b", 6000).error], ["", ""])
