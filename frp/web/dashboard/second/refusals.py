"""Proxies that clients ask for in vain."""

from __future__ import annotations

from frp.errors import Holder
from frp.interfaces.operations import Caller
from frp.server.refusals import Refusal, WantedProxy
from frp.server.service import FRPServer
from frp.session.turns import chosen
from frp.values import frozen
from frp.web.dashboard.known import allRefusals
from frp.web.operations import SECOND
from frp.web.paging import BAD_QUERY, Page, Paging, wordsIn
from frp.web.queries import maybe, parameter, word
from frp.web.shaping import sometimes

__all__ = ["Refusals"]


@frozen(kw_only=True)
class Has:
    """Who has what is wanted: a proxy, by its name, or a client, by its key."""

    proxy: str = sometimes("")
    client: str = sometimes("")

    @classmethod
    def of(cls, holder: Holder) -> Has:
        return cls(proxy=holder.proxy, client=holder.client)


@frozen(kw_only=True)
class RefusedProxy:
    """
    A proxy that a client which is here wants, and has not. It may be another client's. Moments are seconds since 1970.

    @ivar client: the key of the client.
    @ivar reason: why it was refused the last time.
    @ivar since: when it was refused first; @ivar at: the last time, for clients ask again; @ivar times: how often.
    @ivar holder: whom the reason names as having what it wants.
    """

    name: str
    type: str
    user: str
    client: str
    reason: str
    since: int
    at: int
    times: int
    holder: Has | None = sometimes(None)

    @classmethod
    def of(cls, caller: Caller, one: Refusal[WantedProxy]) -> RefusedProxy:
        return cls(
            name=one.what.name,
            type=one.what.type,
            user=caller.user,
            client=caller.key,
            reason=one.why,
            since=int(one.since),
            at=int(one.at),
            times=one.times,
            holder=None if one.holder is None else Has.of(one.holder),
        )


@frozen(kw_only=True)
class _Which(Paging):
    client: str = parameter(word, "Of the client with this key.")
    name: str = parameter(word, "Of this name.")
    user: str | None = parameter(maybe, "Whose; empty for those of nobody.")
    type: str = parameter(word, "Of this type.")
    q: str = parameter(word, "Words, each of which stands in one of its texts.")

    def passes(self, caller: Caller, one: Refusal[WantedProxy]) -> bool:
        wanted = one.what
        return (
            self.client in ("", caller.key)
            and self.name in ("", wanted.name)
            and self.user in (None, caller.user)
            and self.type.lower() in ("", wanted.type)
            and wordsIn(self.q, (wanted.name, wanted.type, caller.key, one.why))
        )


@frozen
class Refusals:
    _server: FRPServer

    @SECOND.operation(
        "GET",
        "/refusals",
        "the proxies that clients which are here want, and have not",
        query=_Which,
        answers=Page[RefusedProxy],
        refuses=BAD_QUERY,
    )
    async def all(self, query: _Which) -> Page[RefusedProxy]:
        server = self._server
        found = await chosen(server.clock, lambda one: query.passes(*one), await allRefusals(server))
        found.sort(key=lambda one: (one[1].what.name, one[0].key))
        return query.of(found, lambda one: RefusedProxy.of(*one))
