"""
C{type = "limits"}: how many users at the same time, and how many in a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.hooks.cidr import networkOf
from frp.hooks.rates import Rates
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import CONNECTION_CLOSED, NEW_USER_CONN, ConnectionClosed, NewUserConn, Operation

__all__ = ["LimitsConfig", "LimitsHook", "LimitsKind"]


@table
class LimitsConfig(HookConfig):
    """Limits the connections of the users of proxies. 0 sets no limit."""

    connectionsPerUser: int = key(0, "Open connections to all proxies of one user of frpc (user in its configuration).")
    connectionsPerProxy: int = key(0, "Open connections to one proxy.")
    connectionsPerAddress: int = key(0, "Open connections from one address; of IPv6 from one /64 network.")
    ratePerUser: int = key(0, "New connections to all proxies of one user of frpc, per second.")
    ratePerProxy: int = key(0, "New connections to one proxy, per second.")
    ratePerAddress: int = key(0, "New connections from one address or /64 network, per second.")


class LimitsHook(ServerHook):
    """Counts."""

    operations = (NEW_USER_CONN, CONNECTION_CLOSED)

    def __init__(self, config: LimitsConfig, site: IServerHookSite) -> None:
        self.name = config.name
        self._clock = site.clock
        self._most = (config.connectionsPerUser, config.connectionsPerProxy, config.connectionsPerAddress)
        self._rates = (config.ratePerUser, config.ratePerProxy, config.ratePerAddress)
        self._open: Counter[tuple[str, str]] = Counter()
        self._held: dict[str, list[tuple[str, str]]] = {}  # by the id of the connection
        self._recent: Rates[tuple[str, str]] = Rates()

    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn:
        keys = list(_keys(operation))
        for of, most in zip(keys, self._most, strict=True):
            if 0 < most <= self._open[of]:
                raise Refused(f"too many connections of this {of[0]}: {most} are open")
        limited = [(of, rate) for of, rate in zip(keys, self._rates, strict=True) if rate > 0]
        for of, rate in limited:
            if self._recent.full(of, rate, self._clock.seconds()):
                raise Refused(f"too many new connections of this {of[0]}: {rate} in a second")
        for of, _ in limited:
            self._recent.count(of)
        self._held[operation.id] = held = [of for of, most in zip(keys, self._most, strict=True) if most > 0]
        self._open.update(held)
        return operation.message

    def connectionClosed(self, operation: Operation[ConnectionClosed]) -> None:
        for of in self._held.pop(operation.id, ()):
            self._open[of] -= 1
            if not self._open[of]:
                del self._open[of]


def _keys(operation: Operation[NewUserConn]) -> Iterator[tuple[str, str]]:
    yield "user", operation.caller.user
    yield "proxy", operation.message.proxy_name
    yield "address", networkOf(operation.message.remote_addr)


@implementer(IServerHookKind)
class LimitsKind:
    """The kind."""

    schema = LimitsConfig
    examples = ('name = "limits"\ntype = "limits"\nconnectionsPerAddress = 50\nratePerProxy = 100\n',)

    def hook(self, config: LimitsConfig, site: IServerHookSite) -> LimitsHook:
        """As L{IServerHookKind.hook<frp.interfaces.IServerHookKind.hook>}."""
        return LimitsHook(config, site)
