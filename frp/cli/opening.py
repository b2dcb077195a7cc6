"""
What a start opens, opened for C{verify}, to tell all of a start that fails, and to foresee one that would: files alone,
and none is made; no program is run, no port opened, and no pipe read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import attrs

from frp.config.common import TLSFiles
from frp.config.files import readFile, waits
from frp.config.unread import ANYWHERE, unread
from frp.errors import ConfigError
from frp.extras import lacks

if TYPE_CHECKING:
    from frp.config.client import AuthClientConfig, ClientConfig
    from frp.config.common import WebServerConfig
    from frp.config.load import Loaded
    from frp.config.server import AuthServerConfig, ServerConfig

__all__ = ["client", "reread", "server"]

_Open = Callable[[], object]


def server(config: ServerConfig, places: Mapping[int, str] = ANYWHERE) -> list[ConfigError]:
    """
    @param places: where tables stand, by identity, if not where they are found.
    @return: what keeps frps from starting with this configuration, in the words of the start.
    """
    return _once([*_failing(_ofServer(config)), *unread(config, places)])


def client(config: ClientConfig, places: Mapping[int, str] = ANYWHERE) -> list[ConfigError]:
    """The same of frpc."""
    return _once([*_failing(_ofClient(config)), *unread(config, places)])


def reread(loaded: Loaded[ClientConfig]) -> Loaded[ClientConfig]:
    """
    @param loaded: what a frpc that runs has read again.
    @return: the same, with a doubt for each file that keeps frpc from its next start. Those of proxies and visitors are
        needed before.
    """
    doubts = (f"the next start would fail: {one.detail}" for one in _once(_failing(_ofClient(loaded.config))))
    return attrs.evolve(loaded, doubts=(*loaded.doubts, *doubts))


def _once(errors: Iterable[ConfigError]) -> list[ConfigError]:
    found: dict[str, ConfigError] = {}
    for error in errors:
        found.setdefault(error.detail, error)
    return list(found.values())


def _failing(steps: Iterator[_Open]) -> Iterator[ConfigError]:
    for step in steps:
        try:
            step()
        except ConfigError as error:
            yield error


def _ofServer(config: ServerConfig) -> Iterator[_Open]:
    yield from _secret(config.auth)
    yield from _tls(config.transport.tls, "transport.tls", _serverSide)
    yield from _pages(config.webServer)
    if config.cluster.store:
        yield from _tls(config.cluster.tls, "cluster.tls", _nodeSides)
    gateway = config.sshTunnelGateway
    if gateway.bindPort and gateway.privateKeyFile and not (lacks("ssh") or waits(gateway.privateKeyFile)):
        from frp.ssh.hostkey import hostKey  # few have a gateway, and it brings much with it

        yield partial(hostKey, gateway)


def _ofClient(config: ClientConfig) -> Iterator[_Open]:
    for number, one in enumerate(config.each()):
        path = f"servers[{number}].transport.tls" if config.servers else "transport.tls"
        yield from _secret(one.auth)
        if one.transport.tls.enable:
            yield from _tls(one.transport.tls, path, partial(_clientSide, host=one.serverAddr))
    yield from _pages(config.webServer)


def _secret(auth: AuthClientConfig | AuthServerConfig) -> Iterator[_Open]:
    source = auth.tokenSource if auth.method == "token" else None
    if source is not None and source.type == "file" and source.file is not None and not waits(source.file.path):
        from frp.auth.token import tokenOf

        yield partial(tokenOf, auth)


def _pages(web: WebServerConfig) -> Iterator[_Open]:
    """Whom it trusts is not looked at."""
    if web.port > 0 and web.tls is not None:
        yield from _tls(TLSFiles(certFile=web.tls.certFile, keyFile=web.tls.keyFile), "webServer.tls", _serverSide)


def _tls(tls: TLSFiles, path: str, side: Callable[[TLSFiles, str], object]) -> Iterator[_Open]:
    """Each file by itself, so that all that are missing are told; then what a start makes of them."""
    pair = ("certFile", "keyFile") if tls.certFile and tls.keyFile else ()
    named = [*pair, *(["trustedCaFile"] if tls.trustedCaFile else [])]
    if any(waits(getattr(tls, name)) for name in named):
        return
    for name in named:
        yield partial(readFile, getattr(tls, name), f"{path}.{name}")
    if named:
        yield partial(side, tls, path)


# What TLS needs takes longer to import than all the rest, and few configurations name a file.
def _serverSide(tls: TLSFiles, path: str) -> None:
    from frp.sockets.tlsside import serverContext

    serverContext(tls, path)


def _nodeSides(tls: TLSFiles, path: str) -> None:
    from frp.server.cluster.overtls import Sides

    Sides.of(tls)


def _clientSide(tls: TLSFiles, path: str, host: str) -> None:
    from frp.sockets.tlsside import clientContext

    clientContext(tls, host, path)
