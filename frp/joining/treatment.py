"""
What a proxy does to its connections: compression inside encryption, and a limit.

With none of them there is nothing here on the way of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from frp.config.values import Bandwidth
from frp.errors import Refused
from frp.joining.limit import Bucket
from frp.values import define, frozen
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.keys import tokenKey
from frp.wire.messages import NewProxy
from frp.wire.snappy import Compressor, Decompressor

if TYPE_CHECKING:
    from frp.config.proxy import ProxyTransportConfig

__all__ = ["PLAIN", "Codec", "Transform", "Treatment"]

Transform = Callable[[bytes], bytes]


@define
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


@frozen
class Treatment:
    """
    What is done to every connection of one proxy.

    @ivar key: derives the encryption, or None.
    @ivar compress: whether payload is compressed.
    @ivar bucket: the bandwidth limit, shared by all connections of the proxy, or None.
    @ivar limitWire: whether the limit counts what is on the wire (frpc) or the application's bytes (frps).
    @ivar halfClose: whether the stream's peer passes on the end of one direction. The reference does not: there a FIN
        is the end of both.
    """

    key: bytes | None = None
    compress: bool = False
    bucket: Bucket | None = None
    limitWire: bool = False
    halfClose: bool = True

    @classmethod
    def keyed(
        cls,
        secret: bytes,
        encrypt: bool,
        compress: bool,
        limit: Bandwidth | None = None,
        *,
        limitWire: bool = False,
        halfClose: bool,
    ) -> Treatment:
        """@param secret: the token, or what else both sides know, that a key is made of where they encrypt."""
        bucket = Bucket(limit.bytesPerSecond) if limit is not None and limit.bytesPerSecond > 0 else None
        return cls(tokenKey(secret) if encrypt else None, compress, bucket, limitWire, halfClose)

    @classmethod
    def of(cls, transport: ProxyTransportConfig, secret: bytes, *, halfClose: bool) -> Treatment:
        """@return: what frpc does to the connections of a proxy with this table."""
        limit = transport.bandwidthLimit if transport.bandwidthLimitMode == "client" else None
        encrypt, compress = transport.useEncryption, transport.useCompression
        return cls.keyed(secret, encrypt, compress, limit, limitWire=True, halfClose=halfClose)

    @classmethod
    def asked(cls, message: NewProxy, secret: bytes, *, halfClose: bool) -> Treatment:
        """
        @return: what frps does to the connections of a proxy that was asked for.
        @raise Refused: the limit cannot be read.
        """
        limit = None
        if message.bandwidth_limit and message.bandwidth_limit_mode == "server":
            try:
                limit = Bandwidth.parse(message.bandwidth_limit)
            except ValueError as error:
                raise Refused(str(error), f"bandwidth limit {message.bandwidth_limit!r}: {error}") from error
        return cls.keyed(secret, message.use_encryption, message.use_compression, limit, halfClose=halfClose)

    def codec(self) -> Codec:
        """The transforms of one more connection."""
        return Codec.make(self.key, self.compress) if self.key is not None or self.compress else PLAIN
