"""C{type = "limits"}: how many users at the same time, and how many in a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.hooks.cidr import networkOf
from frp.hooks.recent import Recent
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import CONNECTION_CLOSED, NEW_USER_CONN, ConnectionClosed, NewUserConn, Operation
from frp.session.tokens import TokenBucket

__all__ = ["LimitsConfig", "LimitsHook", "LimitsKind"]

_Buckets = Recent[tuple[str, str], TokenBucket]


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
    operations = (NEW_USER_CONN, CONNECTION_CLOSED)

    def __init__(self, config: LimitsConfig, site: IServerHookSite) -> None:
        self.name = config.name
        self._clock = site.clock
        self._most = (config.connectionsPerUser, config.connectionsPerProxy, config.connectionsPerAddress)
        self._open: Counter[tuple[str, str]] = Counter()
        self._held: dict[str, list[tuple[str, str]]] = {}  # by the id of the connection
        rates = (config.ratePerUser, config.ratePerProxy, config.ratePerAddress)
        # A second's worth may come at once; who has come slower has no more than that.
        self._recent = [(rate, _Buckets(partial(TokenBucket, rate, rate))) for rate in rates]

    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn:
        keys = list(_keys(operation))
        for of, most in zip(keys, self._most, strict=True):
            if 0 < most <= self._open[of]:
                raise Refused(f"too many connections of this {of[0]}: {most} are open")
        now = self._clock.seconds()
        limited = [(of, recent[of]) for of, (rate, recent) in zip(keys, self._recent, strict=True) if rate > 0]
        for of, bucket in limited:
            if bucket.left(now) < 1:
                raise Refused(f"too many new connections of this {of[0]}: {bucket.most} in a second")
        for _, bucket in limited:
            bucket.take(1, now)
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
    schema = LimitsConfig
    examples = ('name = "limits"\ntype = "limits"\nconnectionsPerAddress = 50\nratePerProxy = 100\n',)
    hook = LimitsHook
