"""
What two clients say to each other through a hole before there is one: single datagrams, each a message of version 1
of the framing, encrypted with the proxy's secret by itself. So it is whatever their servers speak.
"""

from __future__ import annotations

from frp.errors import RemoteWireError
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.frames import FrameReader, encode
from frp.wire.keys import tokenKey
from frp.wire.messages import NatHoleSid

__all__ = ["LONGEST_PROBE", "Probes"]

LONGEST_PROBE = 1024
"""Bytes of the longest datagram that the reference reads as one."""


class Probes:
    """
    Those of one hole. Nothing authenticates the cipher: what was encrypted with another key is noise, and fails to be a
    message.

    @param secret: the proxy's secret key.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = tokenKey(secret)

    def encode(self, message: NatHoleSid, iv: bytes | None = None) -> bytes:
        """@param iv: 16 bytes that are used once; random, if not given."""
        return Encryptor(self._key, iv).encrypt(encode(message))

    def decode(self, datagram: bytes) -> NatHoleSid:
        """@raise RemoteWireError: it is no probe, or one of somebody who does not know the secret."""
        if len(datagram) > LONGEST_PROBE:
            raise RemoteWireError("not a probe", f"a datagram of {len(datagram)} bytes is no probe")
        reader = FrameReader()
        reader.receive(Decryptor(self._key).decrypt(datagram))
        message = reader.nextAs(NatHoleSid)
        if message is None:
            raise RemoteWireError("not a probe", f"a datagram of {len(datagram)} bytes holds no whole message")
        return message
