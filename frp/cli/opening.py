"""What a start opens, opened for C{verify}: files alone, and none is made; no program is run, and no port opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from frp.config.describe import readFiles
from frp.config.sources import resolve
from frp.errors import FRPError, Unavailable, reasonOf
from frp.extras import lacks

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.common import TLSFiles, WebServerConfig
    from frp.config.server import ServerConfig
    from frp.config.sources import TokenSource

__all__ = ["client", "server"]

_Open = Callable[[], object]


def server(config: ServerConfig) -> list[FRPError]:
    """@return: what keeps frps from starting with this configuration, in the words of the start."""
    return _failures(_ofServer(config))


def client(config: ClientConfig) -> list[FRPError]:
    """@return: the same of frpc."""
    return _failures(_ofClient(config))


def _failures(steps: Iterator[_Open]) -> list[FRPError]:
    found = []
    for step in steps:
        try:
            step()
        except FRPError as error:
            found.append(error)
    return found


def _ofServer(config: ServerConfig) -> Iterator[_Open]:
    if config.auth.method == "token":
        yield from _secret(config.auth.tokenSource)
    if _named(config.transport.tls):
        yield partial(_serverSide, config.transport.tls, "transport.tls")
    yield from _pages(config.webServer)
    gateway = config.sshTunnelGateway
    if gateway.bindPort and gateway.privateKeyFile and not lacks("ssh"):
        from frp.ssh.hostkey import hostKey  # few have a gateway, and it brings much with it

        yield partial(hostKey, gateway)
    yield from _ofKinds(config)


def _ofClient(config: ClientConfig) -> Iterator[_Open]:
    for number, one in enumerate(config.each()):
        path = f"servers[{number}].transport.tls" if config.servers else "transport.tls"
        if one.auth.method == "token":
            yield from _secret(one.auth.tokenSource)
        if one.transport.tls.enable and _named(one.transport.tls):
            yield partial(_clientSide, one.transport.tls, one.serverAddr, path)
    yield from _pages(config.webServer)
    yield from _ofKinds(config)


def _secret(source: TokenSource | None) -> Iterator[_Open]:
    if source is not None and source.type == "file":
        yield partial(resolve, source)


def _pages(config: WebServerConfig) -> Iterator[_Open]:
    if config.port > 0 and config.tls is not None:
        yield partial(_serverSide, config.tls, "webServer.tls")


def _named(tls: TLSFiles) -> bool:
    """Whether there is a file to be read."""
    return bool(tls.certFile or tls.trustedCaFile)


# What TLS needs takes longer to import than all the rest, and few configurations name a file.
def _serverSide(tls: TLSFiles, path: str) -> None:
    from frp.sockets.tlsside import serverContext

    serverContext(tls, path)


def _clientSide(tls: TLSFiles, host: str, path: str) -> None:
    from frp.sockets.tlsside import clientContext

    clientContext(tls, host, path)


def _ofKinds(config: object) -> Iterator[_Open]:
    return (partial(_read, path) for path in dict.fromkeys(readFiles(config)))


def _read(path: str) -> None:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError as error:
        raise Unavailable(f"open {path}: {reasonOf(error)}") from error
