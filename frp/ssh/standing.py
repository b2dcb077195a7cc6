"""Who an SSH client is to frps: the session, the proofs and the kinds of the client that runs for it."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.flags import Values
from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.interfaces import (
    IAuthenticator,
    IClientPlugin,
    IClientPluginSite,
    IDialSite,
    IListenSite,
    ISession,
    IStream,
    ITunnelTransport,
)
from frp.kinds import Registry
from frp.plugin import Contribution
from frp.session.inhouse import InHouseSession
from frp.values import frozen
from frp.wire.messages import ClientSpec

__all__ = ["Standing", "Vouched"]

#: What the client's transport, its plugin, and the client itself are called, the last as in the reference.
_NAME = "ssh-tunnel"

#: Seconds between two heartbeats, where frps wants any.
_HEARTBEAT = 30


class Represented(Protocol):
    """Who has the SSH connection."""

    def connect(self, protocol: Any, user: tuple[str, int] | None) -> IStream: ...

    def lost(self, error: BaseException) -> BaseException: ...


@implementer(IAuthenticator)
class Vouched:
    """Asks for nothing: the SSH key was proof enough."""

    key = b""

    def sign(self, message: object) -> None:
        """Nothing is to be proven."""

    def verify(self, message: object) -> None:
        """It is good."""

    def close(self) -> None:
        """Nothing is held."""


@frozen
class Standing:
    """
    Whether the client is known, and what follows from that.

    @ivar user: whom its key belongs to; empty where that is not said.
    @ivar vouched: whether it has shown a key that is known. It needs no token then.
    @ivar behind: the transport of the SSH connection.
    """

    user: str
    vouched: bool
    behind: IStream
    site: IListenSite

    def client(self, values: Values, guest: Represented) -> FRPClient:
        """
        @param values: what the command says.
        @return: a client that is not started; its users reach the guest.
        @raise ConfigErrors: the command says what cannot be.
        """
        own = (
            Contribution(ITunnelTransport, _NAME, "to the frps that it lives in", _Way(self, guest)),
            Contribution(IClientPlugin, _NAME, "users are passed on to an SSH client", _Onward(guest)),
        )
        registry = Registry(lambda: (*self.site.registry.contributions(), *own))
        config = clientFromValues(self._configuration(values), registry=registry).config
        client = FRPClient(self.site.reactor, config, registry)
        client.spec = ClientSpec(_NAME, self.vouched)
        return client

    def _configuration(self, values: Values) -> Values:
        (proxy,) = values["proxies"]
        token = "" if self.vouched else values.get("auth", {}).get("token", "")
        beats = self.site.config.transport.heartbeatTimeout > 0
        return {
            **values,
            # What the SSH client has dialled: so do users, unless frps knows better.
            "serverAddr": self.behind.getHost().host,
            "user": self.user or values.get("user", ""),
            "auth": {"token": token, "additionalScopes": ["HeartBeats", "NewWorkConns"]},
            "transport": {
                "protocol": _NAME,
                "tls": {"enable": False},
                "heartbeatInterval": _HEARTBEAT if beats else -1,
            },
            "proxies": [{**proxy, "plugin": {"type": _NAME}}],
        }


@implementer(ITunnelTransport)
@frozen
class _Way:
    """To the frps around it."""

    standing: Standing
    guest: Represented

    def listen(self, site: IListenSite) -> None:
        """Nobody comes this way from outside."""

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        standing = self.standing
        session = InHouseSession(standing.behind, site.clock, site.log)
        session.accept = standing.site.admit(session, Vouched() if standing.vouched else None)
        session.lost.addCallback(self.guest.lost)
        return succeed(session)


@table
class _OnwardConfig(PluginConfig):
    """Users are passed on to an SSH client."""


@implementer(IClientPlugin)
@frozen
class _Onward:
    guest: Represented
    schema = _OnwardConfig
    examples = ('type = "ssh-tunnel"',)

    def factory(self, config: _OnwardConfig, site: IClientPluginSite) -> Factory:
        return _Users(self.guest, site)


class _Users(Factory):
    noisy = False

    def __init__(self, guest: Represented, site: IClientPluginSite) -> None:
        self._guest = guest
        self._site = site

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self._guest, self._site)


class _User(TwistedProtocol):
    """Somebody has come: joined with a channel of the SSH client."""

    transport: IStream

    def __init__(self, guest: Represented, site: IClientPluginSite) -> None:
        self._guest = guest
        self._site = site

    def connectionMade(self) -> None:
        user = self.transport
        user.pauseProducing()
        source = user.source
        origin = (source.host, source.port) if source is not None else None
        self._site.join(user, self._guest.connect(TwistedProtocol(), origin))
