"""Clients that were not let in."""

from __future__ import annotations

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.hooks.base import ServerHook
from frp.hooks.cidr import addressOf, networkOf
from frp.interfaces.operations import LOGIN_ANSWERED, LoginAnswered, Operation
from frp.server.refusals import Refusal, Refusals, cut
from frp.values import frozen
from frp.web.operations import SECOND
from frp.web.paging import BAD_QUERY, Page, Paging, wordsIn
from frp.web.queries import maybe, parameter, word

__all__ = ["RefusedLogins"]

#: So many are remembered.
MOST = 200


@frozen
class _Stranger:
    """
    Who has asked to be let in. All but the address is what it says of itself.

    @ivar network: whose it is: an address, of IPv6 its /64 network.
    """

    network: str
    address: str
    client: str = attrs.field(converter=cut)
    user: str = attrs.field(converter=cut)
    clientID: str = attrs.field(converter=cut)
    hostname: str = attrs.field(converter=cut)
    version: str = attrs.field(converter=cut)

    @classmethod
    def of(cls, operation: Operation[LoginAnswered]) -> _Stranger:
        login, who = operation.message.login, operation.caller
        return cls(
            network=networkOf(who.address),
            address=str(addressOf(who.address)),
            client=who.key if who.named else "",
            user=login.user,
            clientID=login.client_id,
            hostname=login.hostname,
            version=login.version,
        )

    @property
    def same(self) -> tuple[str, ...]:
        """What tells one from another: a run id may be new each time."""
        return (self.network, self.user, self.clientID, self.hostname)


@frozen(kw_only=True)
class RefusedLogin:
    """
    A client that was not let in, and has not been since. Moments are seconds since 1970.

    @ivar client: the key that it would have, or empty. This, C{user}, C{hostname} and C{version} are what it says of
        itself, which need not be true.
    @ivar address: where it comes from.
    @ivar reason: why, the last time; where a hook has failed which one, and how.
    @ivar since: when it was refused first; @ivar at: the last time, for clients ask again; @ivar times: how often.
    """

    client: str
    user: str
    hostname: str
    version: str
    address: str
    reason: str
    since: int
    at: int
    times: int

    @classmethod
    def of(cls, one: Refusal[_Stranger]) -> RefusedLogin:
        who = one.what
        return cls(
            client=who.client,
            user=who.user,
            hostname=who.hostname,
            version=who.version,
            address=who.address,
            reason=one.why,
            since=int(one.since),
            at=int(one.at),
            times=one.times,
        )


@frozen(kw_only=True)
class _Which(Paging):
    client: str = parameter(word, "Of the client that would have this key.")
    user: str | None = parameter(maybe, "Whose; empty for those of nobody.")
    q: str = parameter(word, "Words, each of which stands in one of its texts.")

    def passes(self, one: Refusal[_Stranger]) -> bool:
        who = one.what
        return (
            self.client in ("", who.client)
            and self.user in (None, who.user)
            and wordsIn(self.q, (who.client, who.user, who.hostname, who.version, who.address, one.why))
        )


class RefusedLogins(ServerHook):
    """Remembers them. Anybody may make them: one who makes many does not push out those of others."""

    name = "logins"
    operations = (LOGIN_ANSWERED,)

    def __init__(self, clock: IReactorTime) -> None:
        """@param clock: whose C{seconds()} are those since 1970."""
        self._refused = Refusals[_Stranger](clock, lambda who: who.same, lambda who: who.network, MOST)

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        who, error = _Stranger.of(operation), operation.message.error
        if error:
            self._refused.note(who, error)
        else:
            self._refused.forget(who)

    @SECOND.operation(
        "GET",
        "/refusals/logins",
        "the clients that were not let in, the last one first",
        query=_Which,
        answers=Page[RefusedLogin],
        refuses=BAD_QUERY,
    )
    def all(self, query: _Which) -> Page[RefusedLogin]:
        return query.of([one for one in self._refused if query.passes(one)][::-1], RefusedLogin.of)
