"""Reaching frps and logging in: one attempt."""

from __future__ import annotations

import platform
import socket
import sys
from functools import partial
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure

from frp.client.parts import Towards
from frp.client.session import ClientSession
from frp.config.public import PublicConfig
from frp.errors import FRPError, Refused, RemoteWireError, TunnelLost
from frp.interfaces import ISession, IStream, ITunnelTransport
from frp.kinds.blaming import Blame
from frp.session.channel import ControlChannel
from frp.session.greeting import Greeting, Heard, Once, handOver
from frp.sockets.addresses import connectFault
from frp.version import COMPATIBLE
from frp.wire.address import dialable
from frp.wire.dialect import Bootstrap, Dialect
from frp.wire.messages import Login, LoginResp

__all__ = ["logIn"]

#: What a transport may say of a server that is not reached.
_UNREACHED = (ConnectError, OSError)

#: What it usually is when the server takes the connection and says nothing.
_SILENT = (
    "its log may say why: transport.tcpMux or transport.protocol may be another one there, it may want TLS, or"
    " serverPort is not its bindPort"
)

#: Go's names of what Python's platform module reports.
_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i686": "386",
    "i386": "386",
    "armv7l": "arm",
    "loongarch64": "loong64",
}


async def logIn(prepared: Towards, runId: str) -> ClientSession:
    """
    @param runId: what the last session was called, so that frps lets this one take its place; empty at first.
    @raise Refused: frps says no.
    @raise FRPError: frps was not reached, or is not frps.
    """
    protocol = prepared.config.transport.protocol
    kind = prepared.registry.get(ITunnelTransport, protocol)
    try:
        dialled = Blame(ITunnelTransport, protocol, ITunnelTransport).ask(
            kind, "dial", prepared.dialSite, known=_UNREACHED
        )
        return await _attempt(cast(ISession, await dialled), prepared, runId)
    except _UNREACHED as error:
        raise TunnelLost(f"dial {protocol}: {connectFault(error)}") from error


async def _attempt(session: ISession, prepared: Towards, runId: str) -> ClientSession:
    try:
        login = _login(prepared, runId)
        await prepared.sign(login)
        response, heard = await _ask(session, login, prepared)
        _accepted(response, heard.stream)
    except BaseException:
        session.abort()
        raise
    logged = ClientSession(
        prepared,
        session,
        response.run_id,
        heard.dialect,
        halfClose=response.half_close,
        public=_public(response, prepared.config.serverAddr),
    )
    logged.log.info("login to server success, get run id [{runId}]", runId=response.run_id)
    try:
        seal = heard.opening.seal(prepared.authenticator.key)
        channel = ControlChannel(
            logged.log, heard.dialect, seal, logged.messages.handle, logged.controlLost, logged.clock, answering=False
        )
        handOver(heard.stream, channel, heard.rest)
        logged.start(channel)
    except BaseException:
        # Nobody would hear of this session, and the next attempt begins another.
        heard.stream.abortConnection()
        session.abort()
        raise
    return logged


def _login(prepared: Towards, runId: str) -> Login:
    config = prepared.config
    return Login(
        version=COMPATIBLE,
        hostname=socket.gethostname(),
        os=sys.platform,
        arch=_ARCHITECTURES.get(platform.machine(), platform.machine()),
        user=config.user,
        run_id=runId,
        client_id=config.clientID,
        metas=dict(config.metadatas),
        client_spec=prepared.spec,
        pool_count=config.transport.poolCount,
        half_close=True,
    )


def _accepted(response: LoginResp, stream: IStream) -> None:
    """@raise FRPError: the login is not accepted; the stream is closed."""
    if response.error:
        stream.abortConnection()
        raise Refused(response.error, f"the server refuses the login: {response.error}")
    if not response.run_id:
        stream.abortConnection()
        raise TunnelLost(
            "login: the answer is none",
            "the server answers the login without a run id: something that is not frps sends back what it hears",
        )


def _public(response: LoginResp, dialled: str) -> PublicConfig:
    """@return: how users call the server: as it says, or else as this client does."""
    told = response.public
    return PublicConfig(
        host=told.get("host") or dialable(dialled), http=told.get("http", ""), https=told.get("https", "")
    )


def _bootstrap(prepared: Towards) -> Bootstrap:
    transport = prepared.config.transport
    return Bootstrap(transport.protocol, prepared.dialSite.tls is not None, transport.tcpMux)


def _silence(dialect: Dialect) -> str:
    """What it may be that the server says nothing."""
    older = f", or it is older than {dialect.since}, and does not speak {dialect.name}" if dialect.since else ""
    return f"; {_SILENT}{older}"


def _answer(answered: Deferred[tuple[LoginResp, Heard]], response: LoginResp, heard: Heard) -> None:
    """What comes of an answer is done in its turn, unless the session is lost by then."""
    if not answered.called:
        answered.callback((response, heard))


async def _ask(session: ISession, login: Login, prepared: Towards) -> tuple[LoginResp, Heard]:
    """Open the control connection, and wait for the answer to the login."""
    answered: Deferred[tuple[LoginResp, Heard]] = Deferred()
    dialect = prepared.dialect
    opening = dialect.opening(opener=True, bootstrap=_bootstrap(prepared))

    def fail(error: FRPError, stream: IStream) -> None:
        if answered.called:
            return
        if not isinstance(error, Refused):
            hint = "" if waiting.heard or isinstance(error.__cause__, RemoteWireError) else _silence(dialect)
            detail = f"the server did not answer the login: {error.detail}{hint}"
            error = TunnelLost("login: the server did not answer", detail)
        answered.errback(error)

    def lost(error: BaseException) -> BaseException:
        if not answered.called:
            answered.errback(Failure(error))
        return error

    waiting = Greeting(
        lambda response, heard: prepared.turnstile.enter(partial(_answer, answered, response, heard)),
        fail,
        dialect=dialect,
        opening=opening,
        expected=LoginResp,
        clock=prepared.reactor,
    )
    await session.connect(Once(waiting))
    waiting.transport.write(opening.first(login))
    session.lost.addCallback(lost)
    try:
        return await answered
    except BaseException:
        # Without multiplexing nobody else would close it.
        waiting.transport.abortConnection()
        raise
