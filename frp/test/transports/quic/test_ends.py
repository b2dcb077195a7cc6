"""How QUIC sessions end, and whom they trust."""

from __future__ import annotations

import random
from typing import Any

from twisted.python.failure import Failure

from frp.config.common import QUICConfig
from frp.errors import TunnelLost
from frp.sockets.tlsside import clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields
from frp.test.transports.quic import between
from frp.test.transports.quic.between import AUTHORITY, CLIENT, SERVER
from frp.test.transports.quic.test_session import Case
from frp.testing.recording import Recorders
from frp.transports.quic import settings


class EndTests(Case):
    """How it ends."""

    def test_close(self) -> None:
        """What is queued arrives before the end, of which both hear."""
        between = self.between()
        stream = self.opened(between)
        lost: list[Any] = []
        between.client.lost.addCallback(lost.append)
        between.server.lost.addCallback(lost.append)
        stream.transport.write(bytes(200_000))
        between.client.close()
        between.spend(1)
        self.assertEqual(len(self.answers.built[0].received), 200_000)
        self.assertEqual([str(each) for each in lost], ["the session was closed", "the peer has closed the session"])
        self.assertEqual((between.forth.gones, between.back.gones), (1, 1))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_silence(self) -> None:
        """A peer that is gone is noticed after the time of silence."""
        between = self.between(table=QUICConfig(maxIdleTimeout=20))
        lost: list[Any] = []
        between.client.lost.addCallback(lost.append)
        between.forth.lose = between.back.lose = lambda datagram: True
        between.spend(19)
        self.assertEqual(lost, [])
        between.spend(12)
        self.assertIsInstance(lost[0], TunnelLost)
        self.failureResultOf(between.client.connect(Recorders()), TunnelLost)

    def test_garbage(self) -> None:
        """What is none of QUIC, or of somebody else, changes nothing, nor does what comes again."""
        between = self.between()
        stream = self.opened(between)
        chance = random.Random(7)
        kept = between.forth.keep
        kept.clear()
        stream.transport.write(b"one")
        between.spend(0.01)
        for size in (1, 5, 20, 28, 29, 30, 100, 1200):
            for first in (0x40, 0xC0, 0x00, 0xFF):
                between.forth.queue.append(bytes((first,)) + chance.randbytes(size - 1))
        name = kept[0][1:9]
        between.forth.queue += [b"\x40" + name + chance.randbytes(size) for size in (0, 11, 20, 21, 500)]
        between.forth.queue += list(kept)
        between.spend(0.1)
        stream.transport.write(b" two")
        between.spend(0.1)
        self.assertEqual(self.answers.built[0].received, b"one two")


class TrustTests(Case):
    """Whom both sides trust."""

    def outcome(self, client: Any, server: Any = SERVER) -> tuple[bool, list[str]]:
        """@return: whether the client was let in, and the errors."""
        made = self.between(client=client, server=server)
        lost: list[Any] = []
        made.client.lost.addCallback(lost.append)
        made.spend(1)
        failures = [each.value for each in made.outcomes if isinstance(each, Failure)]
        return not lost and made.client in made.outcomes, [str(each) for each in [*failures, *lost]]

    def fields(self, of: Authority | None, trusted: Authority | None, name: str = "") -> Fields:
        """A configuration."""
        made = of.fields("one", names=["one.example"]) if of else Fields()
        made.trustedCaFile = trusted.caFile if trusted else ""
        made.serverName = name
        return made

    def test_name(self) -> None:
        """The server's certificate must come from whom we trust, and carry the name."""
        good = clientContext(self.fields(None, AUTHORITY, "frps.example"), "")
        self.assertEqual(self.outcome(good), (True, []))
        wrong = clientContext(self.fields(None, AUTHORITY, "other.example"), "")
        came, errors = self.outcome(wrong)
        self.assertFalse(came)
        self.assertIn("certificate is valid for frps.example, not other.example", errors[0])
        self.assertIn("the peer refuses our certificate", errors[1])
        stranger = clientContext(self.fields(None, Authority("Somebody else"), "frps.example"), "")
        came, errors = self.outcome(stranger)
        self.assertFalse(came)
        self.assertIn("certificate signed by unknown authority", errors[0])

    def test_client(self) -> None:
        """A server that trusts an authority takes no client without a certificate of it."""
        server = serverContext(self.fields(AUTHORITY, AUTHORITY))
        good = clientContext(self.fields(AUTHORITY, None), "")
        self.assertEqual(self.outcome(good, server), (True, []))
        came, errors = self.outcome(clientContext(Fields(), ""), server)
        self.assertFalse(came)
        self.assertTrue(any("client didn't provide a certificate" in each for each in errors), errors)
        self.assertTrue(any("the server requires a client certificate" in each for each in errors), errors)
        came, errors = self.outcome(clientContext(self.fields(Authority("Somebody else"), None), ""), server)
        self.assertFalse(came)
        self.assertTrue(any("does not vouch for the client's certificate" in each for each in errors), errors)

    def test_generated(self) -> None:
        """Without files the server makes a certificate."""
        self.assertEqual(self.outcome(clientContext(Fields(), "192.0.2.2"), serverContext(Fields())), (True, []))

    def test_protocol(self) -> None:
        """Who speaks something else is refused, and told."""
        self.patch(settings, "PROTOCOL", "h3")
        client = settings.settingsOf(CLIENT, QUICConfig())
        self.patch(settings, "PROTOCOL", "frp")
        self.patch(
            between, "settingsOf", lambda side, table: settings.settingsOf(side, table) if side.server else client
        )
        came, errors = self.outcome(CLIENT)
        self.assertFalse(came)
        self.assertIn("the peer speaks something else than frp over QUIC", errors[0] + errors[1])
        self.assertIn("the peer speaks another protocol than frp over QUIC", errors[0] + errors[1])
