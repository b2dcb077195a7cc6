"""Whom a NAT lets in, as far as a STUN server can be made to try it."""

from __future__ import annotations

from enum import Enum

from twisted.internet.defer import DeferredList, maybeDeferred

from frp.interfaces import IReactor
from frp.nathole.asking import Asker, Questions, bound, found
from frp.wire.stun import CHANGE_ADDRESS, CHANGE_PORT

__all__ = ["Lets", "filtering"]

Address = tuple[str, int]


class Lets(Enum):
    """Who may send to a port behind the NAT that it has given an address."""

    EVERYBODY = "everybody"
    HOSTS = "hosts"
    PORTS = "ports"


async def filtering(reactor: IReactor, server: str) -> Lets | None:
    """
    Ask to be answered from elsewhere (RFC 5780, section 4.4), from a port that has spoken to nobody else.

    @param server: the host and the port of a STUN server.
    @return: None where the server has no second address to answer from. A server that has one and does not use it is
        not told from a NAT that lets nobody in.
    @raise frp.errors.FRPError: there is no answer at all.
    """
    where = await found(reactor, server)
    asker = Asker(reactor)
    port = bound(reactor, asker, where)
    try:
        return await _tried(asker.questions, where)
    finally:
        await maybeDeferred(port.stopListening)


async def _tried(questions: Questions, server: Address) -> Lets | None:
    if (await questions.ask(server)).other is None:
        return None
    # Both at once: what they send opens nothing that was not open.
    changes = CHANGE_ADDRESS + CHANGE_PORT, CHANGE_PORT
    tried = await DeferredList([questions.ask(server, change) for change in changes], consumeErrors=True)
    for (answered, _), lets in zip(tried, (Lets.EVERYBODY, Lets.HOSTS), strict=True):
        if answered:
            return lets
    return Lets.PORTS
