"""
What L{frp.transports.quic.engine} takes of aioquic that is private there: where another release has none of it, this
says what is missing.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from aioquic import tls
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet_builder import QuicSentPacket
from twisted.trial.unittest import SynchronousTestCase

from frp.config.common import QUICConfig
from frp.sockets.tlsside import clientContext
from frp.test.sockets.authority import Fields
from frp.transports.quic import engine, reading, resettable, trusting, writing
from frp.transports.quic.settings import settingsOf

#: What derives from aioquic's.
KINDS = (engine.Engine, writing.Writing, reading.Reading, trusting.Trusting, resettable.Resettable)


class PrivateTests(SynchronousTestCase):
    """Names."""

    def connection(self) -> QuicConnection:
        """One of aioquic's, that has begun."""
        configuration = settingsOf(clientContext(Fields(), "frps.example"), QUICConfig()).configuration
        made = QuicConnection(configuration=configuration)
        made.connect(("192.0.2.1", 1), 1.0)
        return made

    def test_attributes(self) -> None:
        """All that is used and not our own is there."""
        ours = engine.Engine(settingsOf(clientContext(Fields(), "frps.example"), QUICConfig()))
        own = set(vars(ours)) - set(vars(self.connection()))
        for kind in KINDS:
            own |= set(vars(kind)) - set(vars(QuicConnection))
        own |= set(writing._Sent.__slots__)
        used: set[str] = set()
        for module in (engine, reading, resettable, trusting, writing):
            assert module.__file__ is not None
            used |= set(re.findall(r"self\.(\w+)", Path(module.__file__).read_text()))
        theirs = self.connection()
        self.assertEqual([name for name in sorted(used - own - {"user"}) if not hasattr(theirs, name)], [])

    def test_overridden(self) -> None:
        """All that is overridden is called by aioquic by that name."""
        source = Path(str(__import__("aioquic.quic.connection", fromlist=["x"]).__file__)).read_text()
        for kind in KINDS:
            for name in set(vars(kind)) & set(vars(QuicConnection)):
                if not name.startswith("__"):
                    self.assertIn(f"self.{name}", source)

    def test_packets(self) -> None:
        """What is noted of a packet is what aioquic notes."""
        noted = {field.name for field in fields(QuicSentPacket)} - {"quic_logger_frames"}
        self.assertEqual(noted, {name for name in dir(writing._Sent) if not name.startswith("__")})

    def test_handshake(self) -> None:
        """What is replaced in the handshake is there."""
        context = self.connection().tls
        for name in (
            "_check_certificate_verify_signature",
            "_peer_certificate",
            "_peer_certificate_chain",
            "_request_client_certificate",
            "_supported_groups",
        ):
            self.assertTrue(hasattr(context, name), name)
        self.assertIn(tls.Group.X25519, context._supported_groups)
