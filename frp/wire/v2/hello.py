"""
What the two ends of a control connection of version 2 tell each other first, and what each makes of the other's words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from frp.errors import Refused, RemoteWireError
from frp.values import define
from frp.wire.dialect import Bootstrap
from frp.wire.fields import nested, payload, text, texts
from frp.wire.v2.aead import ALGORITHMS

__all__ = ["ClientHello", "ServerHello", "accepted", "answered", "offered", "refused"]

#: The only way in which messages are written.
CODEC = "json"

#: Bytes of what each side adds, so that no two conversations have the same keys.
RANDOM = 32


@define
class _Codecs:
    codecs: list[str] = texts()


@define
class _Offer:
    algorithms: list[str] = texts()
    clientRandom: bytes = payload()


@define
class _Capabilities:
    message: _Codecs = nested(_Codecs)
    crypto: _Offer = nested(_Offer)


@define
class ClientHello:
    """
    frpc to frps, before Login.

    @ivar bootstrap: for the record; nobody decides by it.
    @ivar capabilities: C{message.codecs}; C{crypto.algorithms}, the best first; C{crypto.clientRandom}.
    """

    bootstrap: Bootstrap = nested(Bootstrap)
    capabilities: _Capabilities = nested(_Capabilities)


@define
class _Codec:
    codec: str = text()


@define
class _Choice:
    algorithm: str = text()
    serverRandom: bytes = payload()


@define
class _Selected:
    message: _Codec = nested(_Codec)
    crypto: _Choice = nested(_Choice)


@define
class ServerHello:
    """
    frps to frpc, before LoginResp.

    @ivar selected: C{message.codec}, C{crypto.algorithm} and C{crypto.serverRandom}.
    @ivar error: why there is no choice; empty where there is one.
    """

    selected: _Selected = nested(_Selected)
    error: str = text()


def offered(bootstrap: Bootstrap, algorithms: Sequence[str]) -> ClientHello:
    """@param algorithms: the best first."""
    return ClientHello(bootstrap, _Capabilities(_Codecs([CODEC]), _Offer(list(algorithms), os.urandom(RANDOM))))


def answered(hello: ClientHello) -> ServerHello:
    """
    @return: the answer to what a client offers: its first algorithm that we know.
    @raise Refused: with the reference's text: there is nothing to choose.
    """
    capabilities = hello.capabilities
    crypto = capabilities.crypto
    if CODEC not in capabilities.message.codecs:
        raise Refused("unsupported message codec")
    if len(crypto.clientRandom) != RANDOM:
        raise Refused(f"invalid crypto client random length {len(crypto.clientRandom)}, want {RANDOM}")
    algorithm = next((one for one in crypto.algorithms if one in ALGORITHMS), None)
    if algorithm is None:
        raise Refused("no supported crypto algorithm")
    return ServerHello(_Selected(_Codec(CODEC), _Choice(algorithm, os.urandom(RANDOM))))


def refused(why: str) -> ServerHello:
    """@return: the answer where there is nothing to choose."""
    return ServerHello(_Selected(_Codec(CODEC)), why)


def accepted(hello: ClientHello, answer: ServerHello) -> str:
    """
    @return: the algorithm that the server has chosen.
    @raise Refused: the server wants nothing of what we offered.
    @raise RemoteWireError: it has chosen something else.
    """
    if answer.error:
        raise Refused(answer.error, f"the server refuses wire protocol v2 as we speak it: {answer.error}")
    codec, crypto = answer.selected.message.codec, answer.selected.crypto
    if codec != CODEC:
        raise _wrong(f"unsupported selected message codec: {_shown(codec)}")
    if crypto.algorithm not in ALGORITHMS:
        raise _wrong(f"unknown selected crypto algorithm: {_shown(crypto.algorithm)}")
    if crypto.algorithm not in hello.capabilities.crypto.algorithms:
        raise _wrong(f"selected crypto algorithm was not advertised by client: {crypto.algorithm}")
    if len(crypto.serverRandom) != RANDOM:
        raise _wrong(f"invalid crypto server random length {len(crypto.serverRandom)}, want {RANDOM}")
    return crypto.algorithm


def _shown(said: str) -> str:
    return said if len(said) <= 40 else f"{said[:40]}..."


def _wrong(text: str) -> RemoteWireError:
    return RemoteWireError(text, f"the server's hello is wrong: {text}")
