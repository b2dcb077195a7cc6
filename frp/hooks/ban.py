"""C{type = "ban"}: whoever is refused again and again, or comes only to go, stays outside for a while."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.hooks.cidr import Networks, addressOf, networkOf, networksProblem
from frp.hooks.recent import Lasting, Strikes
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import (
    CONNECTION_CLOSED,
    LOGIN,
    LOGIN_ANSWERED,
    NEW_USER_CONN,
    ConnectionClosed,
    LoginAnswered,
    NewUserConn,
    Operation,
)
from frp.wire.messages import Login

__all__ = ["BanConfig", "BanHook", "BanKind"]


@table
class BanConfig(HookConfig):
    """
    Bans addresses, those of clients and of users alike; of IPv6 the /64 network. The 10000 most recent ones are
    remembered while frps runs.
    """

    logins: int = key(5, "So many refused logins are too many; negative does not count them.")
    connections: int = key(0, "So many short connections to proxies are; 0 does not count them.")
    shortSeconds: int = key(1, "A connection that lasts no longer is short.", unit="seconds")
    within: int = key(60, "For how long a refused login or a short connection counts.", unit="seconds")
    banSeconds: int = key(600, "How long an address is banned.", unit="seconds")
    exempt: list[str] = key(list, "Addresses and networks that are never banned.", check=networksProblem)


class BanHook(ServerHook):
    operations = (LOGIN, LOGIN_ANSWERED, NEW_USER_CONN, CONNECTION_CLOSED)

    def __init__(self, config: BanConfig, site: IServerHookSite) -> None:
        self.name = config.name
        self._config = config
        self._clock = site.clock
        self._log = site.log
        self._exempt = Networks(config.exempt)
        self._bans = Lasting(config.banSeconds)
        self._logins = Strikes(config.logins, config.within)
        self._connections = Strikes(config.connections, config.within)

    def _check(self, text: str) -> None:
        if self._bans.lasts(networkOf(text), self._clock.seconds()):
            raise Refused("too many attempts, come back later")

    def _count(self, text: str, strikes: Strikes) -> None:
        place, now = networkOf(text), self._clock.seconds()
        if addressOf(text) in self._exempt or self._bans.lasts(place, now) or not strikes.out(place, now):
            return
        self._bans.begin(place, now)
        self._log.warn("[{my.name}] bans {place} for {my.banSeconds} s", my=self._config, place=place)

    def login(self, operation: Operation[Login]) -> Login:
        self._check(operation.caller.address)
        return operation.message

    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn:
        self._check(operation.message.remote_addr)
        return operation.message

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        if operation.message.rejected:
            self._count(operation.caller.address, self._logins)

    def connectionClosed(self, operation: Operation[ConnectionClosed]) -> None:
        closed = operation.message
        if closed.reason != "refused" and closed.seconds <= self._config.shortSeconds:
            self._count(closed.remote_addr, self._connections)


@implementer(IServerHookKind)
class BanKind:
    schema = BanConfig
    examples = ('name = "ban"\ntype = "ban"\nlogins = 5\nwithin = 60\nbanSeconds = 600\n',)
    hook = BanHook
