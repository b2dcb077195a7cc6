"""Control messages that the kinds of a client have of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.errors import TunnelLost, Unavailable
from frp.interfaces import (
    IClientMessageSite,
    ICorrespondence,
    ICorrespondingKind,
    IProxyKind,
    IVisitor,
    IVisitorKind,
    IVisitorSite,
)
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP as TCPKind
from frp.test.client.talking import TCP, ClientTestCase, Played
from frp.testing.network import Network
from frp.testing.talk import Talk
from frp.visitors.stcp import STCPVisitorConfig
from frp.wire.messages import (
    Message,
    NatHoleClient,
    NatHoleReport,
    NatHoleResp,
    NatHoleSid,
    NatHoleVisitor,
    NewProxy,
    NewProxyResp,
    ReqWorkConn,
)

_found = Registry()


class _Answering:
    """
    What the kinds of these tests have in common.

    @ivar answers: what they say that they answer; an exception is raised.
    @ivar sites: what they were given, one for each session.
    """

    def __init__(self, answers: Any) -> None:
        self.answers = answers
        self.sites: list[IClientMessageSite] = []

    def serverAnswers(self, site: Any) -> Mapping[type[Message], Any]:
        return {}

    def clientAnswers(self, site: IClientMessageSite) -> Mapping[type[Message], Any]:
        self.sites.append(site)
        if isinstance(self.answers, Exception):
            raise self.answers
        found: Mapping[type[Message], Any] = self.answers
        return found


@implementer(ICorrespondingKind)
class Punching(_Answering, TCPKind):
    """A kind of proxy."""


@implementer(IVisitor)
class _Quiet:
    """A visitor that keeps its site."""

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass


@implementer(IVisitorKind, ICorrespondingKind)
class Visiting(_Answering):
    """A kind of visitor."""

    schema = STCPVisitorConfig
    examples = ()

    def visitor(self, config: Any, site: Any) -> IVisitor:
        return _Quiet()


class MessagesTestCase(ClientTestCase):
    """A client with both kinds, and a server that is played."""

    def begin(
        self, proxy: Any = None, visitor: Any = None, *tables: dict[str, Any], **settings: Any
    ) -> tuple[FRPClient, Played, Talk]:
        """
        Start the client, and accept its login.

        @param proxy: what the kind of proxies answers; @param visitor: the same for visitors.
        @param tables: of the proxies; by default one of each kind.
        """
        self.proxyKind, self.visitorKind = Punching(proxy or {}), Visiting(visitor or {})
        kinds = [
            *_found.contributions(),
            Contribution(IProxyKind, "punching", "punches", self.proxyKind),
            Contribution(IVisitorKind, "visiting", "visits", self.visitorKind),
        ]
        self.network = Network(Registry(find=lambda: kinds))
        server = self.played()
        client = self.start(*(tables or (TCP, self.PUNCHING)), visitors=[self.VISITING], **settings)
        return client, server, self.accept(server)

    PUNCHING = {**TCP, "name": "p", "type": "punching", "remotePort": 6001}
    VISITING = {"name": "v", "type": "visiting", "serverName": "s", "bindPort": 6005}


class AnsweringTests(MessagesTestCase):
    """What a kind says when frps sends a message of its own."""

    def test_answered(self) -> None:
        """What a kind returns is sent, at once or when it comes; None is not."""
        late: Deferred[NatHoleSid] = Deferred()
        _, _, talk = self.begin(
            {NatHoleClient: lambda one: NatHoleResp(sid=one.sid), NatHoleReport: lambda one: None},
            {NatHoleResp: lambda one: late},
        )
        self.say(talk, NatHoleReport(sid="x"), NatHoleClient(sid="a"), NatHoleResp(sid="b"), ReqWorkConn())
        self.assertEqual([one.sid for one in talk.of(NatHoleResp)], ["a"])
        self.assertEqual(talk.of(NatHoleSid), [])
        late.callback(NatHoleSid(sid="c"))
        self.network.settle()
        self.assertEqual(talk.last(NatHoleSid).sid, "c")

    def test_site(self) -> None:
        """A kind is asked once in each session, and can speak in it by itself."""
        twice = {**self.PUNCHING, "name": "q", "remotePort": 6002}
        _, server, talk = self.begin(None, None, self.PUNCHING, twice)
        (site,) = self.proxyKind.sites
        verifyObject(IClientMessageSite, site)
        self.assertEqual(site.runId, "r")
        site.tell(NatHoleReport(sid="x"))
        self.network.settle()
        self.assertEqual(talk.last(NatHoleReport).sid, "x")
        talk.close()
        self.network.advance(5)
        self.accept(server, "r2")
        self.assertEqual([one.runId for one in self.proxyKind.sites], ["r", "r2"])
        self.assertEqual([one.runId for one in self.visitorKind.sites], ["r", "r2"])

    def test_reload(self) -> None:
        """A kind that is not in use is not asked; one that comes with a reload is."""
        client, _, talk = self.begin({NatHoleClient: lambda one: NatHoleSid(sid=one.sid)}, None, TCP)
        self.assertEqual(self.proxyKind.sites, [])
        self.say(talk, NatHoleClient(sid="lost"))
        client.update(self.network.proxies(TCP, self.PUNCHING))
        self.network.settle()
        self.say(talk, NatHoleClient(sid="a"))
        self.assertEqual([one.sid for one in talk.of(NatHoleSid)], ["a"])

    def works(self, client: FRPClient, talk: Talk) -> None:
        """The other proxy runs, in the first session."""
        self.say(talk, NewProxyResp(proxy_name="web", remote_addr=":6000"))
        self.assertIs(self.proxy(client).phase, Phase.RUNNING)
        self.assertIsNone(talk.lost)

    def test_taken(self) -> None:
        """A kind that wants what is frp's gets nothing: its proxies show why, all others run."""
        client, _, talk = self.begin({NatHoleClient: lambda one: None, ReqWorkConn: lambda one: None})
        bad = self.proxy(client, "p")
        self.assertIs(bad.phase, Phase.START_ERROR)
        self.assertIn("IProxyKind 'punching' answers ReqWorkConn messages, which somebody else does", bad.error)
        self.assertEqual([one.proxy_name for one in talk.of(NewProxy)], ["web"])
        self.works(client, talk)

    def test_twoKinds(self) -> None:
        """Of two kinds that want the same message the second gets nothing."""
        client, _, talk = self.begin({NatHoleClient: lambda one: None}, {NatHoleClient: lambda one: None})
        self.assertIn("IVisitorKind 'visiting' answers NatHoleClient", client.visitors.running["v"].error)
        self.works(client, talk)

    def test_raises(self) -> None:
        """One that cannot say what it answers has its traceback in the log, and harms no other."""
        client, _, talk = self.begin(ValueError("no table"), ValueError("no table"))
        self.assertEqual(self.proxy(client, "p").error, "internal error")
        self.assertEqual(client.visitors.running["v"].error, "internal error")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 2)
        self.works(client, talk)

    def test_answerRaises(self) -> None:
        """An answer that fails is logged, and the session goes on."""
        failing = succeed(None).addCallback(lambda _: 1 // 0)
        client, _, talk = self.begin({NatHoleClient: lambda one: 1 // 0, NatHoleSid: lambda one: failing})
        self.say(talk, NatHoleClient(sid="a"), NatHoleSid(sid="b"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
        self.works(client, talk)


class AskingTests(MessagesTestCase):
    """What a visitor says to frps over its client's control connection."""

    def site(self, client: FRPClient) -> IVisitorSite:
        """@return: the visitor's."""
        site = client.visitors.running["v"].site
        self.assertTrue(ICorrespondence.providedBy(site))
        return site

    def test_asked(self) -> None:
        """It asks, and gets its own answer."""
        client, _, talk = self.begin()
        asked = self.site(client).ask(
            NatHoleVisitor(transaction_id="t"), NatHoleResp, lambda one: one.transaction_id == "t"
        )
        self.network.settle()
        self.assertEqual(talk.last(NatHoleVisitor).transaction_id, "t")
        self.say(talk, NatHoleResp(transaction_id="u"), NatHoleResp(transaction_id="t", sid="s"))
        self.assertEqual(self.successResultOf(asked).sid, "s")

    def test_lost(self) -> None:
        """When the session ends nobody waits for the answer."""
        client, _, talk = self.begin()
        asked = self.site(client).ask(NatHoleVisitor(), NatHoleResp)
        talk.close()
        self.network.settle()
        self.failureResultOf(asked, TunnelLost)

    def test_between(self) -> None:
        """Between two sessions nobody hears it, and a question fails at once; the next session takes both."""
        client, server, talk = self.begin()
        site = self.site(client)
        talk.close()
        self.network.settle()
        site.tell(NatHoleReport(sid="lost"))
        self.failureResultOf(site.ask(NatHoleVisitor(), NatHoleResp), Unavailable)
        self.network.advance(5)
        talk = self.accept(server, "r2")
        site.tell(NatHoleReport(sid="a"))
        self.network.settle()
        self.assertEqual([one.sid for one in talk.of(NatHoleReport)], ["a"])
