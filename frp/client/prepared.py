"""What a client works with, once it is ready to dial."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.client.parts import Parts
from frp.client.running import RunningProxy
from frp.config.client import ClientConfig
from frp.interfaces import Flowing, IAuthenticator, IDialSite, IReactor
from frp.kinds import Registry
from frp.logs import Log
from frp.wire.dialect import Dialect

__all__ = ["Prepared"]


@attrs.frozen(eq=False)
class Prepared:
    """
    Made by L{FRPClient<frp.client.service.FRPClient>} at each start, and handed to all that lives until it stops: its
    sessions, their proxies, the visitors.

    @ivar dialect: what it speaks to frps, until frps says otherwise.
    @ivar parts: started.
    @ivar flowing: the users that are being served.
    @ivar changed: is told of every proxy that enters a phase.
    """

    reactor: IReactor
    config: ClientConfig
    registry: Registry
    dialect: Dialect
    authenticator: IAuthenticator
    dialSite: IDialSite
    parts: Parts
    flowing: Flowing
    changed: Callable[[RunningProxy], object]
    log: Log

    @property
    def clock(self) -> IReactorTime:
        return self.reactor
