"""C{type = "socks5"}: users reach the network of frpc."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from twisted.internet.error import ConnectionRefusedError, NoRouteError
from twisted.internet.interfaces import IAddress, IDelayedCall
from twisted.internet.protocol import Factory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import Problem, key, table
from frp.config.values import portProblem
from frp.errors import FRPError, LocalWireError, RemoteWireError
from frp.interfaces import IClientPlugin, IClientPluginSite, IStream
from frp.plugins.onward import Onward
from frp.plugins.reach import ReachConfig, isLocal
from frp.plugins.socks5.relay import Relay
from frp.wire.socks5.client import Command, Reply, packAddress
from frp.wire.socks5.server import Request, SOCKS5Answer, reply

__all__ = ["SOCKS5", "Socks5Config"]

#: Seconds for the whole dialogue.
HANDSHAKE_SECONDS = 60

#: What clients take for the host that they are connected to.
_SAME_HOST = "0.0.0.0"


def _addressProblem(address: str, _table: object) -> str:
    try:
        _udpAddress(address, 0)
    except LocalWireError as error:
        return f"udpAddress: {error.detail}"
    return ""


def _udpAddress(address: str, port: int) -> tuple[str, int]:
    """
    @param address: C{HOST:PORT}, C{:PORT}, or empty.
    @param port: where the address is empty.
    @raise LocalWireError: it is no such address.
    """
    if not address:
        return _SAME_HOST, port
    host, _, number = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if (":" in bare) != (bare != host) or not number.isascii() or not number.isdigit() or not int(number):
        raise LocalWireError(f"{address!r} is no HOST:PORT")
    packAddress(bare or _SAME_HOST, int(number))
    return bare or _SAME_HOST, int(number)


@table
class Socks5Config(ReachConfig, PluginConfig):
    """A SOCKS5 proxy: users reach the network of frpc."""

    username: str = key("", "Who may use it; without this and a password, everybody.")
    password: str = key("", "What they must know.", secret=True)
    udpPort: int = key(
        0,
        "Serve UDP, too (UDP ASSOCIATE), on this port of the loopback interface: a proxy of type udp has to lead "
        "there, as its localPort.",
        check=portProblem("udpPort"),
        shown="no UDP",
    )
    udpAddress: str = key(
        "",
        "Where users reach that udp proxy, HOST:PORT; without the host, it is the one where they reach this proxy.",
        check=_addressProblem,
        shown="the port is udpPort",
    )

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """An address is of no use without what answers there."""
        if self.udpAddress and not self.udpPort:
            yield Problem("udpAddress", "udpAddress needs udpPort", "set udpPort to the localPort of the udp proxy")


class _Users(Factory):
    noisy = False

    def __init__(self, config: Socks5Config, site: IClientPluginSite) -> None:
        self._config = config
        self._site = site
        self._relay = Relay(site, config.udpPort, denyLocal=config.denyLocal) if config.udpPort else None

    def startFactory(self) -> None:
        if self._relay is not None:
            self._relay.open()

    def stopFactory(self) -> None:
        if self._relay is not None:
            self._relay.close()

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self._config, self._site, self._relay)


class _User(Onward):
    """One user, from the dialogue to the splice, or to the end of the association."""

    def __init__(self, config: Socks5Config, site: IClientPluginSite, relay: Relay | None) -> None:
        super().__init__(site)
        credentials = (config.username.encode(), config.password.encode())
        self._dialogue = SOCKS5Answer(credentials if any(credentials) else None)
        self._denyLocal = config.denyLocal
        self._relay = relay
        self._admitted = ""
        self._udpAddress = _udpAddress(config.udpAddress, config.udpPort)
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        self._timer = self.site.clock.callLater(HANDSHAKE_SECONDS, self._tooSlow)

    def dataReceived(self, data: bytes) -> None:
        if self._admitted:
            # Nothing is to be said any more; the connection says that the user is there.
            return
        dialogue = self._dialogue
        asked = dialogue.request is not None
        try:
            self.transport.write(dialogue.receive(data))
        except RemoteWireError as error:
            self._end(error.detail)
            return
        if dialogue.over:
            self._end(dialogue.denied)
        elif dialogue.request is not None and not asked:
            self._stopTimer()
            self._asked(dialogue.request)

    def _asked(self, request: Request) -> None:
        if request.command == Command.ASSOCIATE and self._relay is not None:
            self._associate(self._relay)
        elif request.command != Command.CONNECT:
            self._refuse(Reply.NO_COMMAND, f"command {request.command} is not served")
        elif not request.host:
            self._refuse(Reply.NO_HOST, "the address is no name")
        elif self._denyLocal:
            self.holdFor(self.site.resolve(request.host), lambda address: self._dialAllowed(address, request))
        else:
            self.dial(self.site.local(request.host, request.port))

    def _dialAllowed(self, address: str, request: Request) -> None:
        if isLocal(address):
            self._refuse(Reply.FORBIDDEN, f"{request.host} is {address}, and denyLocal is set")
        else:
            self.dial(self.site.local(address, request.port))

    def _associate(self, relay: Relay) -> None:
        # Where the user says it will send from is not looked at: behind NAT nobody knows that.
        address = self.transport.getPeer().host
        if relay.admit(address, self.transport.loseConnection):
            self._admitted = address
            self.transport.write(reply(Reply.SUCCEEDED, *self._udpAddress))
        else:
            self._refuse(Reply.FAILED, "there are too many users of UDP already")

    def reached(self, local: IStream) -> None:
        here = local.getHost()
        self.transport.write(reply(Reply.SUCCEEDED, here.host, here.port))
        self.site.join(self.transport, local, self._dialogue.takeRest())

    def unreached(self, error: FRPError) -> None:
        cause = error.__cause__
        code = Reply.NO_HOST
        if isinstance(cause, ConnectionRefusedError):
            code = Reply.REFUSED
        elif isinstance(cause, NoRouteError):
            code = Reply.NO_NETWORK
        self._refuse(code, error.detail)

    def _refuse(self, code: int, why: str) -> None:
        self.transport.write(reply(code))
        self._end(why)

    def _end(self, why: str) -> None:
        self._stopTimer()
        self.site.log.debug("a user of socks5 is refused: {reason}", reason=why)
        self.transport.loseConnection()

    def _tooSlow(self) -> None:
        self._timer = None
        self.site.log.debug("a user of socks5 has asked for nothing within {seconds} s", seconds=HANDSHAKE_SECONDS)
        self.transport.abortConnection()

    def _stopTimer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stopTimer()
        if self._relay is not None and self._admitted:
            self._relay.dismiss(self._admitted, self.transport.loseConnection)
        super().connectionLost(reason)


@implementer(IClientPlugin)
class SOCKS5:
    schema = Socks5Config
    examples = (
        """
type = "socks5"
username = "alice"
password = "change me"
denyLocal = true
""",
        """
type = "socks5"
udpPort = 6080
udpAddress = "203.0.113.9:6080"
""",
    )

    factory = _Users
