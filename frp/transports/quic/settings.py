"""What both ends of QUIC are configured with."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from aioquic.quic.configuration import QuicConfiguration
from aioquic.tls import CipherSuite

from frp.interfaces import ITLSSide
from frp.transports.quic.beside import LARGEST_FRAME
from frp.transports.quic.congestion import ALGORITHM
from frp.transports.quic.probing import BASE
from frp.values import frozen

if TYPE_CHECKING:
    from frp.config.common import QUICConfig

__all__ = [
    "CONNECTION_WINDOW",
    "FIRST_CONNECTION_WINDOW",
    "FIRST_WINDOW",
    "NAME",
    "WINDOW",
    "Settings",
    "settingsOf",
]

#: What is spoken inside (ALPN).
PROTOCOL = "frp"

#: Bytes of our connection ids.
NAME = 8

#: What a stream that is in use lets its peer send ahead, as the reference's grow to.
WINDOW = 6 * 1024 * 1024

#: What a stream does before it is known whose it is: its first message fits.
FIRST_WINDOW = 256 * 1024

#: What all streams together may have under way, once one of them is in use. It is given back when bytes come, and not
#: when they are taken, so that users who do not read hold up nobody but themselves. What is kept for them is bounded by
#: their streams' windows; and for what comes before its turn nothing is given back.
CONNECTION_WINDOW = 16 * 1024 * 1024

#: What they may before it is known whose the session is.
FIRST_CONNECTION_WINDOW = 1024 * 1024


@frozen
class Settings:
    """
    @ivar ownWindow: of streams that we open; @ivar peersWindow: of those that the peer opens, at first.
    @ivar maxFlows: how many streams the peer may have open.
    """

    side: ITLSSide
    configuration: QuicConfiguration
    ownWindow: int
    peersWindow: int
    maxFlows: int


def settingsOf(side: ITLSSide, table: QUICConfig) -> Settings:
    """@param table: C{transport.quic}."""
    configuration = QuicConfiguration(
        congestion_control_algorithm=ALGORITHM,
        is_client=not side.server,
        alpn_protocols=[PROTOCOL],
        cipher_suites=[
            CipherSuite.AES_128_GCM_SHA256,
            CipherSuite.AES_256_GCM_SHA384,
            CipherSuite.CHACHA20_POLY1305_SHA256,
        ],
        connection_id_length=NAME,
        # As in the reference: what is not positive is the default.
        idle_timeout=float(table.maxIdleTimeout if table.maxIdleTimeout > 0 else 30),
        max_data=FIRST_CONNECTION_WINDOW if side.server else CONNECTION_WINDOW,
        max_datagram_frame_size=LARGEST_FRAME,
        max_datagram_size=BASE,
        # Whom we trust is our own question: see the engine.
        verify_mode=ssl.CERT_NONE,
    )
    if side.pair is not None:
        configuration.private_key, (configuration.certificate, *configuration.certificate_chain) = side.pair
    if not side.server:
        configuration.server_name = side.sentName or None
    return Settings(side, configuration, WINDOW, FIRST_WINDOW, max(0, table.maxIncomingStreams))
