"""Asking an HTTP proxy for a stream where it wants NTLM: three messages, in the fields of requests and answers."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterable
from functools import partial

from frp.errors import RemoteWireError
from frp.wire.http.body import BodyReader, bodyReader
from frp.wire.http.connect import HTTPConnect, proof
from frp.wire.http.fields import Fields
from frp.wire.http.framing import UNTIL_CLOSE
from frp.wire.http.head import ResponseHead, readResponse

__all__ = ["PAGE_LIMIT", "SCHEMES", "NTLMConnect", "Prover"]

PAGE_LIMIT = 1 << 20
"""Bytes of the page that comes with a challenge. Nothing of it is kept, but it has to pass before the proxy goes on."""

SCHEMES = ("Negotiate", "NTLM")
"""How proxies call it. The reference knows the first one alone."""

Prover = Callable[[bytes], bytes]
"""
One attempt to prove who we are: gives the first message for nothing, and then the answer to the challenge that it is
given. It raises L{RemoteWireError} where that is none.
"""

_KEEP = (
    "NTLM needs one connection for all of its messages, and the proxy, or something before it, closes it between them"
)
_WRONG = (
    "the proxy refuses the user or the password: ntlm://DOMAIN%5CUSER:PASSWORD@HOST:PORT, with the domain it expects"
)


class NTLMConnect(HTTPConnect):
    """
    A C{CONNECT} that is asked twice on one connection: the answer to the first one brings a challenge.

    A proxy that does not know the name of the scheme, but offers the other one, is to be asked with that: it may close
    the connection, so it is another dialogue (L{instead}). A proof that was refused is not tried again, since accounts
    are locked after a few.
    """

    refused = "DialTcpByNTLMHttpProxy error"

    def __init__(
        self, host: str, port: int, makeProver: Callable[[], Prover], schemes: Iterable[str] = SCHEMES
    ) -> None:
        """
        @param schemes: to be tried in turn.
        @raise LocalWireError: the host cannot stand in a request.
        """
        super().__init__(host, port)
        self._scheme, *self._others = schemes
        self._again = partial(NTLMConnect, host, port, makeProver)
        self._prove = makeProver()
        self._challenged = False
        self._answer = b""
        self._page: BodyReader | None = None
        self._pageLeft = PAGE_LIMIT

    def begin(self) -> bytes:
        return self._show(self._prove(b""))

    def _show(self, message: bytes) -> bytes:
        return self._request("Proxy-Connection: keep-alive", proof(self._scheme, message))

    def _step(self) -> bytes | None:
        page = self._page
        if page is None:
            return super()._step()
        if not page.done:
            self._pass(page)
        if not page.done:
            return None
        self._page = None
        self._buffer += page.rest
        return self._answer

    def _pass(self, page: BodyReader) -> None:
        self._pageLeft -= sum(map(len, page.receive(self._take(len(self._buffer)))))
        if self._pageLeft < 0:
            raise RemoteWireError(
                "the page of the HTTP proxy is too long",
                f"the page that comes with the HTTP proxy's challenge has no end within {PAGE_LIMIT} bytes",
            )

    def _unproven(self, head: bytes) -> bytes:
        response = readResponse(head.rstrip(b"\r\n"))
        offers = _offers(response.fields)
        challenge = offers.get(self._scheme.lower(), b"")
        if self._challenged:
            return self._deny(407, _WRONG)
        if not challenge:
            return self._unknown(offers)
        framing = response.framing(b"CONNECT")
        if framing == UNTIL_CLOSE or _closes(response):
            return self._deny(407, _KEEP)
        self._challenged = True
        self.hint = _KEEP
        self._answer = self._show(self._prove(_decoded(challenge)))
        self._page = bodyReader(framing, loose=True)
        return b""

    def _unknown(self, offers: dict[str, bytes]) -> bytes:
        """There is no challenge for us."""
        self.instead = next((self._again([name]) for name in self._others if name.lower() in offers), None)
        if "basic" in offers:
            return self._deny(407, "the proxy does not speak NTLM, but Basic: write http:// in place of ntlm://")
        return self._deny(407, "the proxy does not speak NTLM, or wants something else first")


def _offers(fields: Fields) -> dict[str, bytes]:
    """@return: the schemes in small letters, and what came with each: a challenge, or nothing."""
    offers: dict[str, bytes] = {}
    for value in fields.all(b"proxy-authenticate"):
        for offer in value.split(b","):
            scheme, _, challenge = offer.strip().partition(b" ")
            name = scheme.decode("latin-1").lower()
            offers[name] = offers.get(name) or challenge.strip()
    return offers


def _closes(response: ResponseHead) -> bool:
    fields = response.fields
    return b"close" in fields.members(b"proxy-connection") + fields.members(b"connection")


def _decoded(challenge: bytes) -> bytes:
    try:
        return b64decode(challenge, validate=True)
    except binascii.Error:
        brief = "malformed NTLM challenge"
        raise RemoteWireError(brief, f"{brief}: {challenge[:60]!r} is no base64") from None
