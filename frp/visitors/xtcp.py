"""C{type = "xtcp"}: a TCP port of this machine that leads straight to a proxy, without the server between them."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.common import NATTraversalConfig
from frp.config.schema import key, table
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError, Unavailable
from frp.extras import lacks
from frp.interfaces import IVisitor, IVisitorKind, IVisitorSite, Lead
from frp.session.carrier import carrierOf
from frp.session.deadline import Later
from frp.visitors.stcp import Door
from frp.visitors.tunnel import Tunnel

__all__ = ["XTCP", "XTCPVisitorConfig"]

_HOUR = 3600


@table
class XTCPVisitorConfig(VisitorConfig):
    """A TCP port of this machine that leads straight to a xtcp proxy."""

    protocol: str = key(
        "quic",
        "What is spoken through the hole.",
        oneOf=("quic", "kcp"),
        refusal="protocol should be kcp or quic",
        doubt=lambda protocol, _: lacks(protocol),
    )
    keepTunnelOpen: bool = key(False, "Make the hole at once, and again when it is gone, not when a user comes.")
    maxRetriesAnHour: int = key(8, "With keepTunnelOpen: how many attempts an hour.")
    minRetryInterval: int = key(90, "With keepTunnelOpen: how often the tunnel is looked after.", unit="seconds")
    fallbackTo: str = key("", "The name of a visitor of this frpc that serves users while there is no hole.")
    fallbackTimeoutMs: int = key(1000, "How long a user waits for a stream of the tunnel then.", unit="milliseconds")
    natTraversal: NATTraversalConfig = key(NATTraversalConfig, "What is told to make a hole.")

    def __attrs_post_init__(self) -> None:
        for name, default in ("maxRetriesAnHour", 8), ("minRetryInterval", 90), ("fallbackTimeoutMs", 1000):
            if getattr(self, name) <= 0:
                setattr(self, name, default)


@implementer(IVisitor)
class _Door(Door):
    """The port, and the tunnel behind it."""

    def __init__(self, config: XTCPVisitorConfig, site: IVisitorSite) -> None:
        super().__init__(config, site)
        self._tunnel = Tunnel(
            site, config.protocol, config.secretKey, assisted=not config.natTraversal.disableAssistedAddrs
        )
        self._fallback = config.fallbackTo
        self._seconds = config.fallbackTimeoutMs / 1000
        self._keeps = config.keepTunnelOpen
        self._interval = config.minRetryInterval
        self._rate = config.maxRetriesAnHour / _HOUR
        self._tokens = self._most = float(config.maxRetriesAnHour)
        self._relaying = False
        self._look = Later(site.clock)

    def open(self) -> None:
        self._site.through(self._lead)
        super().open()
        if self._keeps:
            self._tunnel.want()
            self._look.set(self._interval, self._keep)

    def _keep(self) -> None:
        """Attempts are counted by a bucket, which an hour fills."""
        self._look.set(self._interval, self._keep)
        self._tokens = min(self._most, self._tokens + self._interval * self._rate)
        if not self._tunnel.there and self._tokens >= 1:
            self._tokens -= 1
            self._tunnel.want()

    def _lead(self) -> Deferred[Lead]:
        tunnel = self._tunnel
        if not self._fallback:
            return tunnel.lead()
        if not tunnel.ours:
            # As with the reference, a user waits for the tunnel first.
            return tunnel.lead(self._seconds).addErrback(self._gone)
        if tunnel.there:
            return tunnel.surely(self._seconds).addErrback(self._gone)
        # The relay serves the user at once, and the tunnel those who come when it is there.
        tunnel.want()
        return self._relayed()

    def _gone(self, failure: Failure) -> Deferred[Lead]:
        failure.trap(FRPError)
        self._site.log.warn("get tunnel connection error: {reason}", reason=failure.getErrorMessage())
        return self._relayed()

    def _relayed(self) -> Deferred[Lead]:
        if self._relaying:
            return fail(Unavailable("visitors fall back to each other", f"{self._fallback} leads back to this visitor"))
        self._site.log.debug("try to transfer connection to visitor: {name}", name=self._fallback)
        self._relaying = True
        try:
            relayed = carrierOf(self._site.other(self._fallback))
        finally:
            self._relaying = False
        return relayed.addCallback(lambda stream: Lead(stream, stream.halfClose, coded=False))

    def close(self) -> Deferred[None]:
        self._look.stop()
        self._tunnel.close()
        return super().close()


@implementer(IVisitorKind)
class XTCP:
    schema = XTCPVisitorConfig
    examples = (
        """
name = "p2p-ssh-visitor"
type = "xtcp"
serverName = "p2p-ssh"
secretKey = "change me"
bindPort = 6000
keepTunnelOpen = true
""",
        """
name = "p2p-ssh-visitor"
type = "xtcp"
serverName = "p2p-ssh"
secretKey = "change me"
bindPort = 6000
fallbackTo = "ssh-visitor"
""",
    )

    visitor = _Door
