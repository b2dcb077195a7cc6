"""
What the payload of a proxy goes through between the application and the stream: compression inside encryption.

With neither there is nothing here on the way of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.snappy import Compressor, Decompressor

__all__ = ["Codec", "Transform"]

Transform = Callable[[bytes], bytes]


@attrs.frozen
class Codec:
    """
    One connection's transforms; they hold state, so that each connection has its own.

    @ivar outgoing: application to wire, or None where bytes pass as they are.
    @ivar incoming: wire to application; raises L{RemoteWireError<frp.errors.RemoteWireError>}.
    @ivar finish: checks that the wire may end here.
    """

    outgoing: Transform | None
    incoming: Transform | None
    finish: Callable[[], None] | None

    @classmethod
    def make(cls, key: bytes | None, compress: bool) -> Codec:
        """
        @param key: sixteen bytes to encrypt with, or None.
        @param compress: whether the application's bytes are compressed first.
        """
        if not compress:
            if key is None:
                return PLAIN
            return cls(Encryptor(key).encrypt, Decryptor(key).decrypt, None)
        compressor, decompressor = Compressor(), Decompressor()
        if key is None:
            return cls(compressor.compress, decompressor.decompress, decompressor.finish)
        encryptor, decryptor = Encryptor(key), Decryptor(key)
        return cls(
            lambda data: encryptor.encrypt(compressor.compress(data)),
            lambda data: decompressor.decompress(decryptor.decrypt(data)),
            decompressor.finish,
        )


#: Nothing is done to the bytes.
PLAIN = Codec(None, None, None)
