"""
Where two clients arrange to meet: a visitor's and a proxy's, each behind a NAT of its own. frps tells both what to try,
and is not on their way.

It has no port: what is said comes on the control connections. A client speaks of a meeting by its C{sid}, which nobody
else can know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from secrets import token_hex
from typing import TYPE_CHECKING

import attrs
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import AuthError, FRPError, NameTaken, Refused, Unavailable
from frp.interfaces import IGateway, IGatewayKind, IGatewaySite, IServerMessageSite
from frp.logs import Log
from frp.session.deadline import Later
from frp.values import define, frozen
from frp.wire.keys import privilegeKey, sameKey
from frp.wire.messages import Message, NatHoleClient, NatHoleReport, NatHoleResp, NatHoleVisitor

if TYPE_CHECKING:
    from frp.nathole.plans import Plan, Plans

__all__ = ["MAX_MEETINGS", "Host", "Meetings", "NatHole"]

#: How many meetings one client may have asked for at a time, and in how many it may be visited.
MAX_MEETINGS = 256

#: Seconds that the proxy's client has to say where it is.
PATIENCE = 10

#: Seconds by which whoever probes last hears later: so long the other one has to open its NAT.
_LATER = 1

#: Seconds after the last probe in which it may be reported how it went.
_REPORT = 30


@frozen(eq=False)
class Host:
    """
    A proxy that can be visited.

    @ivar users: whose visitors may come, C{"*"} for everybody's.
    @ivar invite: tells its client of a meeting; fails with L{FRPError}.
    """

    name: str
    secretKey: bytes = attrs.field(repr=False)
    users: Collection[str]
    invite: Callable[[str], Deferred[None]]
    log: Log


@define(eq=False)
class _Meeting:
    """@ivar plan: what was decided; None as long as the proxy's client has not said where it is."""

    sid: str
    host: Host
    message: NatHoleVisitor
    visitor: IServerMessageSite
    timer: Later
    told: Later
    plan: Plan | None = None


@implementer(IGateway)
class Meetings:
    """All of one server."""

    def __init__(self, site: IGatewaySite) -> None:
        self._site = site
        self._hosts: dict[str, Host] = {}
        self._meetings: dict[str, _Meeting] = {}
        self._counts: Counter[str | Host] = Counter()  # by the runs of visitors, and by the hosts
        self._plans: Plans | None = None

    def __len__(self) -> int:
        return len(self._meetings)

    # Life

    def open(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """Whoever waits is not answered any more."""
        for meeting in list(self._meetings.values()):
            self._forget(meeting)

    # The proxies

    def host(self, host: Host) -> None:
        """
        Let a proxy be visited.

        @raise NameTaken: with the reference's text.
        """
        if host.name in self._hosts:
            raise NameTaken(f"proxy [{host.name}] is repeated")
        self._hosts[host.name] = host

    def leave(self, host: Host) -> None:
        """A proxy is gone. What was arranged goes on."""
        if self._hosts.get(host.name) is host:
            del self._hosts[host.name]

    # What clients say

    def visit(self, message: NatHoleVisitor, visitor: IServerMessageSite) -> NatHoleResp | None:
        """
        Somebody would meet a proxy's client.

        @return: why not, or where that was all that was asked, that he may; None where the answer comes later.
        """
        try:
            host = self._admit(message, visitor)
            if message.pre_check:
                return NatHoleResp(transaction_id=message.transaction_id)
            meeting = self._begin(host, message, visitor)
        except FRPError as error:
            self._site.log.warn("handle visitorMsg error: {reason}", reason=error.detail)
            return NatHoleResp(transaction_id=message.transaction_id, error=error.brief)
        host.invite(meeting.sid).addErrback(self._notInvited, meeting)
        return None

    def _admit(self, message: NatHoleVisitor, visitor: IServerMessageSite) -> Host:
        """Both are looked at each time; the reference asks for the user only where that is all that is asked."""
        name, user = message.proxy_name, visitor.login.user
        host = self._hosts.get(name)
        if host is None:
            raise Unavailable(f"xtcp server for [{name}] doesn't exist")
        if user not in host.users and "*" not in host.users:
            raise Refused(f"xtcp visitor user [{user}] not allowed for [{name}]")
        if not message.pre_check and not sameKey(privilegeKey(host.secretKey, message.timestamp), message.sign_key):
            raise AuthError(f"xtcp connection of [{name}] auth failed")
        return host

    def _begin(self, host: Host, message: NatHoleVisitor, visitor: IServerMessageSite) -> _Meeting:
        for whose in (visitor.runId, host):
            if self._counts[whose] >= MAX_MEETINGS:
                brief = f"xtcp connection of [{host.name}]: too many are being made"
                raise Unavailable(brief, f"{brief}: {MAX_MEETINGS} of one client at a time")
        now = self._site.clock.seconds()
        meeting = _Meeting(
            f"{int(now)}{token_hex(8)}", host, message, visitor, Later(self._site.clock), Later(self._site.clock)
        )
        self._meetings[meeting.sid] = meeting
        self._counts.update((visitor.runId, host))
        meeting.timer.set(PATIENCE, self._missed, meeting)
        return meeting

    def _notInvited(self, failure: Failure, meeting: _Meeting) -> None:
        failure.trap(FRPError)
        meeting.host.log.warn("nobody is told of a visitor: {reason}", reason=str(failure.value))
        self._refuse(meeting, "the proxy's client cannot be reached")

    def _missed(self, meeting: _Meeting) -> None:
        meeting.host.log.debug("sid [{sid}]: the client did not say where it is", sid=meeting.sid)
        self._refuse(meeting, "the proxy's client did not say where it is")

    def _refuse(self, meeting: _Meeting, why: str) -> None:
        if meeting.plan is None and self._meetings.get(meeting.sid) is meeting:
            self._forget(meeting)
            meeting.visitor.tell(NatHoleResp(transaction_id=meeting.message.transaction_id, error=why))

    def join(self, message: NatHoleClient, client: IServerMessageSite) -> NatHoleResp | None:
        """
        A proxy's client says where it is. One that nobody waits for is not answered.

        @return: why the two cannot meet; else both are told what to do.
        """
        from frp.nathole.plans import Plans, answers  # for servers where two meet

        meeting = self._meetings.get(message.sid)
        if meeting is None or meeting.plan is not None:
            return None
        clock = self._site.clock
        if self._plans is None:
            self._plans = Plans(self._site.config.natholeAnalysisDataReserveHours * 3600)
        try:
            meeting.plan = plan = self._plans.decide(message, meeting.message, clock.seconds())
            toClient, toVisitor = answers(plan, meeting.sid, message, meeting.message)
        except FRPError as error:
            meeting.host.log.debug("sid [{sid}] analysis error: {reason}", sid=meeting.sid, reason=error.detail)
            meeting.plan = None
            self._refuse(meeting, error.brief)
            return NatHoleResp(transaction_id=message.transaction_id, error=error.brief)
        for whom, answer in (client, toClient), (meeting.visitor, toVisitor):
            self._tell(meeting, whom, answer)
        meeting.timer.set(toClient.detect_behavior.read_timeout / 1000 + _REPORT, self._forget, meeting)
        return None

    def _tell(self, meeting: _Meeting, whom: IServerMessageSite, answer: NatHoleResp) -> None:
        from frp.nathole.behaviours import SENDER

        if answer.detect_behavior.role == SENDER:
            meeting.told.set(_LATER, _say, whom, answer)
        else:
            _say(whom, answer)

    def report(self, message: NatHoleReport) -> None:
        """How it went."""
        meeting = self._meetings.get(message.sid)
        if meeting is None or meeting.plan is None or self._plans is None:
            return
        plan = meeting.plan
        if message.success:
            self._plans.worked(plan, self._site.clock.seconds())
        meeting.host.log.info(
            "sid [{sid}] report make hole success: {success}, mode {mode}, index {index}",
            sid=meeting.sid,
            success="true" if message.success else "false",
            mode=plan.mode,
            index=plan.index,
        )
        self._forget(meeting)

    def _forget(self, meeting: _Meeting) -> None:
        meeting.timer.stop()
        meeting.told.stop()
        if self._meetings.pop(meeting.sid, None) is None:
            return
        for whose in (meeting.visitor.runId, meeting.host):
            self._counts[whose] -= 1
            if not self._counts[whose]:
                del self._counts[whose]


def _say(whom: IServerMessageSite, answer: Message) -> None:
    try:
        whom.tell(answer)
    except FRPError as error:
        whom.log.warn("what to do for a hole is not told: {reason}", reason=error.detail)


@implementer(IGatewayKind)
class NatHole:
    """There is one on every server: nothing of it costs anything before somebody would meet."""

    def gateway(self, config: None, site: IGatewaySite) -> Meetings:
        return Meetings(site)
