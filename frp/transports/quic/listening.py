"""frps' side: one UDP socket for all clients, told apart by the connection ids that we gave them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aioquic.quic.packet import encode_quic_retry, encode_quic_version_negotiation
from aioquic.quic.retry import QuicRetryTokenHandler
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.interfaces import IListenSite
from frp.session.places import Places
from frp.transports.quic.engine import Engine
from frp.transports.quic.faults import slowFault
from frp.transports.quic.headers import longHeader, shortRuns
from frp.transports.quic.initial import Initial, initialOf
from frp.transports.quic.interfaces import Address, Datagram
from frp.transports.quic.lingering import Lingering
from frp.transports.quic.resets import Resets
from frp.transports.quic.runs import RunProtocol
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import NAME, Settings
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.common import QUICConfig

__all__ = ["HANDSHAKE", "MAX_HANDSHAKES", "MAX_STRANGERS", "MAX_UNPROVEN", "Listening"]

#: Seconds that a handshake may take, as in the reference.
HANDSHAKE = 10

#: So many handshakes may be under way with whoever says so. More must first prove that they are where they say they
#: are, which costs us no memory (Retry).
MAX_UNPROVEN = 32

#: So many in all, and so many sessions with a handshake on which nobody has logged in. For one more somebody makes
#: room who may only take places: see L{Places}.
MAX_HANDSHAKES = 512
MAX_STRANGERS = 4096

#: Versions 1 (RFC 9000) and 2 (RFC 9369).
_VERSIONS = [0x00000001, 0x6B3343CF]

_SMALLEST = 1200


class Listening(RunProtocol):
    """
    The protocol of the port.

    @ivar handshakes: the sessions whose handshake is not done.
    @ivar strangers: those where it is, and on which nobody has logged in.
    """

    def __init__(self, site: IListenSite, settings: Callable[[], Settings], table: QUICConfig) -> None:
        """
        @param settings: asked when the first client comes, for a certificate may still be in the making; and again when
            there is another certificate.
        """
        self.handshakes: Places[QUICSession] = Places()
        self.strangers: Places[QUICSession] = Places()
        self._site = site
        self._makeSettings = settings
        self._settings: Settings | None = None
        self._pair: object = None
        self._table = table
        self._sessions: dict[bytes, QUICSession] = {}
        self._names: dict[QUICSession, set[bytes]] = {}
        self._tokens = QuicRetryTokenHandler()
        self._lingering = Lingering(site.clock)
        self._resets = Resets(site.clock, site.secret, (site.config.bindAddr, site.config.quicBindPort))
        self._closed = False

    def __len__(self) -> int:
        """How many sessions there are."""
        return len(self._names)

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        sessions = self._sessions
        for name, run in shortRuns(datagrams, NAME):
            if not name:
                self._longReceived(run[0], sender)
                continue
            session = sessions.get(name)
            if session is not None:
                session.receive(name, run, sender)
            else:
                self._again(name, run[0], sender)

    def _again(self, name: bytes, datagram: Datagram, sender: Address) -> None:
        """
        Something comes for a connection that is not there: who sends it may have missed that it was closed, or that
        this program was started again.
        """
        last = self._lingering.find(name) or self._resets.answer(name, datagram)
        if last is not None:
            self.leave([last], sender)

    def _longReceived(self, datagram: Datagram, sender: Address) -> None:
        header = longHeader(datagram)
        if header is None:
            return
        _, version, name, source = header
        session = self._sessions.get(name)
        if session is not None:
            session.receive(b"", [datagram], sender)
        elif version not in _VERSIONS:
            # What is small is not answered: the answer would be larger than the question.
            if version and len(datagram) >= _SMALLEST:
                self.leave([encode_quic_version_negotiation(name, source, _VERSIONS)], sender)
        elif len(datagram) >= _SMALLEST and self._lingering.find(name) is None:
            initial = initialOf(bytes(datagram))
            if initial is not None:
                self._initialReceived(initial, bytes(datagram), sender)

    def _initialReceived(self, initial: Initial, datagram: bytes, sender: Address) -> None:
        """Somebody begins."""
        now = self._site.clock.seconds()
        keywords: dict[str, Any] = {"original_destination_connection_id": initial.name}
        if initial.token:
            try:
                original = self._tokens.validate_token(
                    address=_unzoned(sender), destination_cid=initial.name, token=initial.token, now=now
                )
            except ValueError:
                return  # not one of ours, or an old one: a client that is real begins anew
            keywords = {
                "original_destination_connection_id": original,
                "retry_source_connection_id": initial.name,
            }
        elif len(self.handshakes) >= MAX_UNPROVEN:
            self._prove(initial, sender, now)
            return
        if not self._closed:
            if len(self.handshakes) >= MAX_HANDSHAKES:
                self.handshakes.worst().abort()
            self._begin(initial, datagram, sender, keywords)

    def _prove(self, initial: Initial, sender: Address, now: float) -> None:
        """Have somebody say something again that only he can know who receives what is sent to this address."""
        name = os.urandom(NAME)
        token = self._tokens.create_token(
            address=_unzoned(sender),
            original_destination_connection_id=initial.name,
            retry_source_connection_id=name,
            now=now,
        )
        self.leave([encode_quic_retry(initial.version, name, initial.source, initial.name, token)], sender)

    def _begin(self, initial: Initial, datagram: bytes, sender: Address, keywords: dict[str, Any]) -> None:
        site = self._site
        settings, pair = self._settings, site.tls.pair
        if settings is None or pair is not self._pair:
            self._settings = settings = self._makeSettings()
            self._pair = pair
        engine = Engine(settings, resetToken=self._resets.token, **keywords)
        kind = IPv6Address if ":" in sender[0] else IPv4Address
        bound = self.transport.getHost()
        session = QUICSession(
            site.clock,
            site.log,
            engine,
            self,
            (kind("UDP", bound.host, bound.port), kind("UDP", *sender)),
            handshake=HANDSHAKE,
            slow=slowFault(settings.side, shaken=False),
            keepalive=self._table.keepalivePeriod,
        )
        session.ready.addCallbacks(self._ready, self._failed, errbackArgs=(sender,))
        self.handshakes.take(session)
        self._names[session] = set()
        self.named(session, initial.name)
        self.named(session, engine.host_cid)
        session.receive(b"", [datagram], sender)

    def _ready(self, session: QUICSession) -> None:
        self.handshakes.leave(session)
        if len(self.strangers) >= MAX_STRANGERS:
            self.strangers.worst().abort()
        self.strangers.take(session)
        session.accept = self._site.admit(session)

    def _failed(self, failure: Failure, sender: Address) -> None:
        failure.trap(FRPError)
        self._site.log.warn("QUIC with {peer} failed: {reason}", peer=authority(*sender), reason=str(failure.value))

    def close(self) -> None:
        """
        Let nobody in any more. The sessions are the server's to end, and share the socket: it is closed with the last
        of them.
        """
        self._closed = True
        for session in list(self.handshakes):
            session.abort()
        self._closeIfDone()

    def _closeIfDone(self) -> None:
        if self._closed and not self._names:
            self.transport.stopListening()

    # What the sessions ask of it

    def named(self, session: QUICSession, name: bytes) -> None:
        names = self._names.get(session)
        if names is not None:
            names.add(name)
            self._sessions[name] = session

    def unnamed(self, session: QUICSession, name: bytes) -> None:
        self._names.get(session, set()).discard(name)
        if self._sessions.get(name) is session:
            del self._sessions[name]

    def welcome(self, session: QUICSession) -> None:
        self.strangers.leave(session)

    def gone(self, session: QUICSession) -> None:
        self.handshakes.leave(session)
        self.strangers.leave(session)
        names = self._names.pop(session, set())
        for name in names:
            if self._sessions.get(name) is session:
                del self._sessions[name]
        if session.lastWords:
            self._lingering.add(names, session.lastWords)
        self._closeIfDone()


def _unzoned(sender: Address) -> Address:
    """Without the zone of a link-local address, which has no place in a token."""
    return sender[0].partition("%")[0], sender[1]
