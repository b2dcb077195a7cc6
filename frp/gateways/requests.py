"""What hooks are told of the requests to a gateway."""

from __future__ import annotations

from zope.interface import implementer

from frp.gateways.httproutes import Member
from frp.http.exchange import IExchange
from frp.http.observing import IObserver, Observed
from frp.interfaces import IGatewaySite
from frp.interfaces.operations import NOBODY, REQUEST_ANSWERED, RequestAnswered
from frp.wire.address import hostPort
from frp.wire.http.fields import Fields
from frp.wire.http.target import readBasic

__all__ = ["observed"]


def observed(exchange: IExchange, site: IGatewaySite, member: Member | None) -> IExchange:
    """
    @param member: whose answer it will be; None where nobody was found.
    @return: the same exchange, of which hooks are told when it is over.
    """
    return Observed(exchange, _Telling(exchange, site, member))


@implementer(IObserver)
class _Telling:
    """Takes note of one exchange, and tells when it is over."""

    __slots__ = ("_began", "_caller", "_site", "_told")

    def __init__(self, exchange: IExchange, site: IGatewaySite, member: Member | None) -> None:
        self._site = site
        self._began = site.clock.seconds()
        self._caller = NOBODY if member is None else member.site.caller
        head = exchange.head
        self._told = RequestAnswered(
            "" if member is None else member.proxy.proxy_name,
            "" if member is None else member.proxy.proxy_type,
            hostPort(exchange.peer),
            method=_text(head.method),
            target=_text(head.target),
            version=_text(head.version),
            host=_text(head.fields.get(b"host")),
            login=_login(head.fields),
            referer=_text(head.fields.get(b"referer")),
            user_agent=_text(head.fields.get(b"user-agent")),
        )

    def _since(self) -> float:
        return self._site.clock.seconds() - self._began

    def asked(self, data: bytes) -> None:
        self._told.bytes_in += len(data)

    def askedAll(self) -> None:
        """Nothing is told of that."""

    def answered(self, status: int, fields: Fields) -> None:
        self._told.status = status
        self._told.answered = self._since()

    def said(self, data: bytes) -> None:
        self._told.bytes_out += len(data)

    def saidAll(self) -> None:
        """The same."""

    def explained(self, reason: str) -> None:
        """The log has it already."""

    def ended(self, outcome: str) -> None:
        self._told.seconds = self._since()
        self._told.reason = outcome
        self._site.tell(REQUEST_ANSWERED, self._told, self._caller)


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "backslashreplace")


def _login(fields: Fields) -> str:
    proof = readBasic(fields.get(b"authorization") or fields.get(b"proxy-authorization"))
    return "" if proof is None else _text(proof[0])
