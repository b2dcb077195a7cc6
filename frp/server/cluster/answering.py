"""What other nodes ask of this one: work streams of its clients, for users who have come to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.python.failure import Failure

from frp.errors import NoWorkStream, Refused, RemoteWireError
from frp.interfaces import IStream
from frp.interfaces.flowing import Flowing
from frp.joining.served import Served
from frp.joining.splice import splice
from frp.server.clients import Clients
from frp.server.cluster.consulting import Consulted
from frp.server.cluster.guests import Guests
from frp.server.cluster.questions import Asked
from frp.server.control import Control
from frp.server.site import ServerSite
from frp.session.greeting import Heard
from frp.wire.dialects import dialectNamed
from frp.wire.messages import Login, NewWorkConn, fromJSON

__all__ = ["Answering", "proxyOf"]


class _Guest(Served):
    """A user who has come to another node."""

    __slots__ = ("_meter",)

    _line = "user connection of another node ended: {mood}, {seconds:.3f} s, {sent} bytes in, {received} bytes out"

    def __init__(self, user: IStream, control: Control, site: ServerSite, flowing: Flowing) -> None:
        super().__init__(user, control.clock, site.log, flowing)
        self._meter = site.meter
        self._meter.guests += 1

    def ended(self, mood: str, sent: int = 0, received: int = 0) -> None:
        self._meter.guests -= 1
        super().ended(mood, sent, received)


def proxyOf(clients: Clients, ask: Mapping[str, object]) -> tuple[Control, ServerSite]:
    """
    @param ask: of L{RemoteStreams<frp.server.cluster.remote.RemoteStreams>}, which is also what goes with users who are
        passed on.
    @return: the proxy that it names, and whose it is.
    @raise Refused: it is not open here.
    """
    run, proxy = str(ask.get("run")), str(ask.get("proxy"))
    control = clients.get(run)
    site = None if control is None else control.published.siteOf(proxy)
    if control is None or site is None:
        raise Refused(f"proxy [{proxy}] of run id [{run}] is not open here")
    return control, site


class Answering:
    """
    Gives other nodes the work streams of this one's clients, which they ask for as
    L{RemoteStreams<frp.server.cluster.remote.RemoteStreams>} says, and takes those that
    L{Bringing<frp.server.cluster.bringing.Bringing>} brings. Clients of theirs may have something to say here
    (L{Consulting<frp.server.cluster.consulting.Consulting>}).
    """

    def __init__(self, clients: Callable[[], Clients]) -> None:
        """@param clients: who is online, once the server has started."""
        self._clients = clients
        self._guests: dict[ServerSite, Guests] = {}

    def asked(self, asked: Asked) -> None:
        if "bring" in asked.ask:
            self._brought(asked)
        elif "consult" in asked.ask:
            self._consulted(asked)
        else:
            self._wanted(asked)

    def _brought(self, asked: Asked) -> None:
        """A work connection of a client that is here."""
        clients = self._clients()
        try:
            message = fromJSON(NewWorkConn, str(asked.ask["bring"]).encode())
            dialect = dialectNamed(str(asked.ask.get("dialect")))
        except (RemoteWireError, KeyError) as error:
            asked.refuse(f"this node does not understand it: {error}")
            return
        heard = Heard(asked.accept(), b"", dialect, dialect.opening(opener=False), 0)
        clients.arrived(message, heard, clients.serving.authenticator)

    def _consulted(self, asked: Asked) -> None:
        """A client of the other node has something to say about a proxy of this one."""
        try:
            login = fromJSON(Login, str(asked.ask["login"]).encode())
        except (RemoteWireError, KeyError) as error:
            asked.refuse(f"this node does not understand it: {error}")
            return
        Consulted(self._clients().serving, login, str(asked.ask["consult"])).begin(asked.accept())

    def _wanted(self, asked: Asked) -> None:
        try:
            control, site = proxyOf(self._clients(), asked.ask)
        except Refused as error:
            asked.refuse(error.brief)
            return
        if site.bound is not None:
            self._atPort(site).come(asked.accept())
        else:
            coming = control.workStreams.take()
            coming.addCallbacks(self._join, self._refuse, (asked, control, site), errbackArgs=(asked,))

    def _join(self, stream: IStream, asked: Asked, control: Control, site: ServerSite) -> None:
        stream.widen()
        user = asked.accept()
        user.widen()
        served = _Guest(user, control, site, self._clients().serving.flowing)
        splice(user, stream, site.passing, clock=control.clock, log=site.log, ending=served)

    def _refuse(self, failure: Failure, asked: Asked) -> None:
        failure.trap(NoWorkStream)
        asked.refuse(str(failure.value))

    def _atPort(self, site: ServerSite) -> Guests:
        """Those who have come to other nodes for a UDP port: all of its users share one work stream of the client."""
        guests = self._guests.get(site)
        if guests is None:
            guests = self._guests[site] = Guests(site, lambda: self._guests.pop(site, None))
        return guests
