"""Reaching frps through a proxy that wants NTLM."""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import Any
from unittest import mock

from twisted.internet.defer import Deferred

from frp.errors import ConfigError, Refused, RemoteWireError
from frp.test.transports.ntlmguard import CHALLENGE, URL_USER, NTLMGuard
from frp.test.transports.proxying import OutProxyCase, TinyProxy

_ASKS = b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate %b\r\nContent-Length: 0\r\n\r\n"


class NTLMTests(OutProxyCase):
    """The proof, and what may go wrong with it."""

    def guarded(self, **guard: Any) -> TinyProxy:
        """@return: a proxy that asks for a proof; C{guards} watch its connections."""
        self.guards: list[NTLMGuard] = []

        def made() -> NTLMGuard:
            self.guards.append(NTLMGuard(**guard))
            return self.guards[-1]

        proxy = self.proxy()
        proxy.guard = made
        return proxy

    def dialled(self, user: str = URL_USER, timeout: int = 10) -> Deferred[Any]:
        """Dial as this user."""
        return self.dial(f"ntlm://{user}@127.0.0.1:3128", timeout)

    def test_proof(self) -> None:
        """The answer to the challenge is the right one, on the same connection, which then carries the stream."""
        proxy = self.guarded()
        self.talks(self.dialled())
        (guard,) = self.guards
        self.assertEqual([message[8] for message in guard.said], [1, 3])
        self.assertEqual(proxy.heard[0].count(b"CONNECT 127.0.0.1:7000 HTTP/1.1\r\n"), 2)

    def test_pages(self) -> None:
        """A page may come with the challenge, of any size that is sensible."""
        for page in (
            b"\r\nContent-Length: 0\r\n\r\n",
            b"\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000),
            b"\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<html>HTTP/1.1 2\r\n0\r\n\r\n",
        ):
            self.reactor.ports.pop(3128, None)
            self.server.built.clear()
            self.guarded(page=page)
            self.talks(self.dialled())

    def test_otherName(self) -> None:
        """A proxy that calls it NTLM is asked so, on another connection: it may have closed the first one."""
        proxy = self.guarded(scheme="NTLM")
        self.talks(self.dialled())
        self.assertEqual([len(guard.said) for guard in self.guards], [0, 2])
        self.assertTrue(proxy.clients[0].lost)

    def test_wrong(self) -> None:
        """A proof that the proxy does not accept is shown to it once; the error says what to look at."""
        for user in ("Domain%5CUser:password", "Domain%5CUser:", "Domain%5CUsers:Password", "User:Password"):
            self.reactor.ports.pop(3128, None)
            self.guarded()
            error = self.refused(self.dialled(user), Refused)
            self.assertEqual(error.brief, "DialTcpByNTLMHttpProxy error, StatusCode [407]")
            self.assertIn("proxy 127.0.0.1:3128: ", error.detail)
            self.assertIn("refuses the user or the password", error.detail)
            self.assertEqual([len(guard.said) for guard in self.guards], [2])

    def test_closes(self) -> None:
        """A proxy that closes behind the challenge is told what NTLM needs, whether it has said so or not."""
        self.guarded(page=b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.assertIn("NTLM needs one connection", self.refused(self.dialled(), Refused).detail)
        self.reactor.ports.pop(3128)
        proxy = self.proxy([_ASKS % b64encode(CHALLENGE)])
        dialled = self.dialled()
        self.assertNoResult(dialled)
        proxy.clients[0].transport.loseConnection()
        self.settle()
        self.assertIn("NTLM needs one connection", self.refused(dialled).detail)

    def test_slow(self) -> None:
        """The time for all of the dialogue is limited."""
        self.proxy([_ASKS % b64encode(CHALLENGE)])
        dialled = self.dialled(timeout=3)
        self.reactor.advance(2.9)
        self.assertNoResult(dialled)
        self.reactor.advance(0.2)
        self.assertIn("no answer within 3 s", self.refused(dialled).detail)

    def test_hostile(self) -> None:
        """Challenges that are none, and pages without end, end the connection, and name the proxy."""
        for said in (
            *[_ASKS % b64encode(CHALLENGE[:size]) for size in (1, 12, 31, 40)],
            _ASKS % b"A",
            b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate %b\r\nContent-Length: 9999999\r\n\r\n%b"
            % (b64encode(CHALLENGE), bytes(1 << 21)),
        ):
            self.reactor.ports.pop(3128, None)
            self.proxy([said])
            self.assertIn("proxy 127.0.0.1:3128: ", self.refused(self.dialled(), RemoteWireError).detail)

    def test_another(self) -> None:
        """A proxy that wants another proof is told from one that wants none."""
        self.proxy([b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'])
        self.assertIn("write http://", self.refused(self.dialled(), Refused).detail)
        self.reactor.ports.pop(3128)
        self.proxy()
        self.talks(self.dialled())

    def test_nobody(self) -> None:
        """Without a user, and with one that is no text, there is nothing to prove, and nothing is dialled."""
        for user, words in (("", "want a user and a password"), ("%ff:x@", "invalid username/password")):
            error = self.assertRaises(ConfigError, self.dial, f"ntlm://{user}127.0.0.1:3128")
            self.assertEqual(error.path, "transport.proxyURL")
            self.assertIn(words, error.detail)

    def test_missing(self) -> None:
        """Without pyspnego frpc says what to install; and who needs no NTLM does not import it."""
        hidden = {name: None for name in sys.modules if name.partition(".")[0] == "spnego"}
        with mock.patch.dict(sys.modules, hidden | {"spnego": None}):
            sys.modules.pop("frp.transports.ntlm", None)
            error = self.assertRaises(ConfigError, self.dialled)
            self.assertIn('pip install "pyspnego', error.detail)
            self.proxy()
            self.talks(self.dial("http://127.0.0.1:3128"))
