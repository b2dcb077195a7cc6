"""Control messages of kinds that have some of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.errors import TunnelLost
from frp.interfaces import ICorrespondingKind, IProxyKind, IServerMessageSite, IVisitorKind
from frp.kinds import Contribution, Registry
from frp.proxies.stcp import STCP
from frp.test.server.talking import ServerTestCase
from frp.visitors.stcp import STCP as STCPVisitor
from frp.wire.messages import Message, NatHoleClient, NatHoleReport, NatHoleResp, NatHoleSid, NatHoleVisitor, Ping, Pong


@implementer(ICorrespondingKind)
class Good(STCP):
    """A kind whose visitors ask the server for a meeting, which asks the client."""

    def serverAnswers(self, site: IServerMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """One is answered at once, one in the background, when the client has said something."""
        verifyObject(IServerMessageSite, site)

        async def meet(message: NatHoleVisitor) -> None:
            answer = await site.ask(NatHoleSid(sid="s"), NatHoleSid, lambda sid: sid.sid == "s")
            site.tell(NatHoleResp(transaction_id=message.transaction_id, sid=f"{answer.sid} for {site.login.user}"))

        def met(message: NatHoleVisitor) -> None:
            Deferred.fromCoroutine(meet(message)).addErrback(lambda failure: failure.trap(TunnelLost))

        return {NatHoleClient: lambda message: NatHoleResp(transaction_id=site.runId), NatHoleVisitor: met}

    def clientAnswers(self, site: Any) -> Mapping[type[Message], Callable[[Any], object]]:
        """None."""
        return {}


@implementer(ICorrespondingKind)
class Buggy(STCPVisitor):
    """A kind that cannot say what it answers."""

    def serverAnswers(self, site: IServerMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """It has a bug."""
        raise ZeroDivisionError

    def clientAnswers(self, site: Any) -> Mapping[type[Message], Callable[[Any], object]]:
        """None."""
        return {}


class Greedy(Buggy):
    """A kind that wants a message which is not its own, besides one that is nobody's."""

    def serverAnswers(self, site: IServerMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """It would never answer."""
        return {Ping: lambda message: None, NatHoleReport: lambda message: Pong(error="greedy")}


def registry() -> Registry:
    """All kinds of frp, a good one, and three that misbehave."""
    here = f"{__name__}."
    more = [
        Contribution(IVisitorKind, "missing", "is not there", here + "Missing"),
        Contribution(IVisitorKind, "buggy", "has a bug", here + "Buggy"),
        Contribution(IVisitorKind, "greedy", "takes what is not its own", here + "Greedy"),
        Contribution(IProxyKind, "good", "meets", here + "Good"),
    ]
    return Registry(find=lambda: [*more, *Registry().contributions()])


class CorrespondingTests(ServerTestCase):
    """What a kind answers on frps."""

    registry = registry()

    def tearDown(self) -> None:
        self.flushLoggedErrors(ZeroDivisionError)
        super().tearDown()

    def test_answer(self) -> None:
        """A client that sends a message of a kind's hears the kind's answer."""
        self.server()
        talk = self.login(run_id="r")
        talk.say(NatHoleClient(proxy_name="p"))
        self.network.settle()
        self.assertEqual(talk.last(NatHoleResp).transaction_id, "r")

    def test_ask(self) -> None:
        """A kind can ask the client, and answer when it has heard; each client is one for itself."""
        self.server()
        talk, other = self.login(user="ann"), self.login(user="bob")
        for one in (talk, other):
            one.say(NatHoleVisitor(transaction_id="t"))
        self.network.settle()
        self.assertEqual((talk.last(NatHoleSid).sid, talk.of(NatHoleResp)), ("s", []))
        talk.say(NatHoleSid(sid="s"))
        self.network.settle()
        self.assertEqual((talk.last(NatHoleResp).sid, other.of(NatHoleResp)), ("s for ann", []))

    def test_misbehaving(self) -> None:
        """A kind that breaks, or wants a message of another's, is told of in the log, and nobody else is harmed."""
        self.server()
        talk = self.login()
        talk.say(NatHoleReport(), NatHoleClient(), Ping())
        self.network.settle()
        self.assertEqual([pong.error for pong in talk.of(Pong)], [""])
        self.assertEqual(len(talk.of(NatHoleResp)), 1)
        for name in ("missing", "buggy", "greedy"):
            self.assertEqual(self.logged(f"the messages of IVisitorKind '{name}' are ignored"), 1, name)

    def test_site(self) -> None:
        """The site is what its interface says."""
        server = self.server()
        self.login(user="ann")
        (control,) = server.clients.online()
        site = control
        self.assertEqual((site.login.user, site.runId, site.clock), ("ann", control.runId, self.network.reactor))
