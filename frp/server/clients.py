"""Which clients are online, and what becomes of the first message of every connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.python.failure import Failure

from frp.errors import AuthError, FRPError, NoWorkStream, Refused, RemoteWireError, TunnelLost, Unavailable
from frp.interfaces import IAuthenticator, IStream
from frp.interfaces.operations import LOGIN, LOGIN_ANSWERED, NEW_WORK_CONN, LoginAnswered, caller
from frp.server.arrivals import Arrivals
from frp.server.control import Control
from frp.server.proving import prove
from frp.server.published import MAX_NAME
from frp.server.serving import Serving
from frp.server.visitors import admit
from frp.session.attended import attended
from frp.session.channel import ControlChannel
from frp.session.greeting import Heard, handOver
from frp.version import COMPATIBLE
from frp.wire.address import hostOf, hostPort
from frp.wire.dialect import Seal
from frp.wire.messages import Login, LoginResp, Message, NewVisitorConn, NewVisitorConnResp, NewWorkConn, StartWorkConn

__all__ = ["Clients"]


class Clients:
    """
    The clients that have logged in to this process, by run id.

    @ivar arrivals: those who have not proven yet who they are.
    @ivar closed: nobody is let in any more, and nothing more is opened.
    """

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.arrivals = Arrivals(serving.reactor, serving.log, self.arrived, serving.authenticator, serving.turnstile)
        self._log = serving.log
        self._controls: dict[str, Control] = {}
        self._beginnings: dict[type[Message], Callable[[Any, Heard, IAuthenticator], Coroutine[Any, Any, None]]] = {
            Login: self._login,
            NewWorkConn: self._workStream,
            NewVisitorConn: self._visitor,
        }
        self.closed = False

    def __len__(self) -> int:
        return len(self._controls)

    def get(self, runId: str) -> Control | None:
        """@return: the client of this run, where it is here."""
        return self._controls.get(runId)

    def online(self) -> list[Control]:
        """Every client that has logged in."""
        return list(self._controls.values())

    def arrived(self, message: Message, heard: Heard, authenticator: IAuthenticator) -> Deferred[None]:
        stream = heard.stream
        begin = self._beginnings.get(type(message))
        if begin is not None:
            return Deferred.fromCoroutine(begin(message, heard, authenticator)).addErrback(self._bug, stream)
        self._log.warn(
            "a connection from {peer} is closed: it began with {type}",
            peer=hostPort(stream.getPeer()),
            type=type(message).__name__,
        )
        stream.abortConnection()
        return succeed(None)

    def _bug(self, failure: Failure, stream: IStream) -> None:
        self._log.failure("a connection from {peer} could not be handled", failure, peer=hostPort(stream.getPeer()))
        stream.abortConnection()

    # Control connections

    async def _login(self, login: Login, heard: Heard, authenticator: IAuthenticator) -> None:
        serving = self.serving
        stream = heard.stream
        peer = stream.getPeer()
        log = self._log
        runId = ""
        try:
            _checkRest(heard, "Login, before it was answered")
            if serving.hooks.watches(LOGIN):
                asking = Deferred.fromCoroutine(serving.hooks.ask(LOGIN, login, caller(login, login.run_id, peer)))
                login = await attended(stream, asking)
            _checkNames(login)
            runId = login.run_id or os.urandom(8).hex()
            log = self._log.about(runId=runId)
            log.info(
                "client login info: ip [{ip}] version [{version}] hostname [{hostname}] os [{os}] arch [{arch}]",
                ip=hostPort(peer),
                version=login.version,
                hostname=login.hostname,
                os=login.os,
                arch=login.arch,
            )
            seal = heard.opening.seal(authenticator.key)
            await prove(serving, authenticator, login, stream)
            for check in serving.checks:
                check(login, runId)
            who, tenure = caller(login, runId, peer), await serving.shared.runs.tenure(runId)
            control = Control(serving, login, tenure, log, who, heard.dialect, authenticator, self._left)
            await self._admit(control, heard, seal)
        except FRPError as error:
            log.warn("register control error: {reason}; it comes from {peer}", reason=error.detail, peer=hostPort(peer))
            # A hook that failed has said nothing, and that is no fault of the client's.
            byHook = not runId and isinstance(error, Refused) and error.__cause__ is None
            answered = LoginAnswered(login, error.detail, byHook or isinstance(error, AuthError))
            serving.hooks.tell(LOGIN_ANSWERED, answered, caller(login, login.run_id, peer))
            heard.answer(LoginResp(version=COMPATIBLE, error=serving.tell(error, "register control error")))
            stream.loseConnection()

    async def _admit(self, control: Control, heard: Heard, seal: Seal | None) -> None:
        """Let a client in that has proven itself. Whatever goes wrong here, nothing of it stays."""
        serving, stream = self.serving, heard.stream
        if self.closed:
            raise Refused("control manager is closed")
        self._controls[control.runId] = control
        try:
            await control.enter()
            await serving.shared.roster.entered(
                control, control.runId, control.login, hostOf(stream.getPeer()), wireProtocol=heard.dialect.name
            )
            _checkOpen(stream)
            # What it asks as soon as it is told must find somebody who answers: nothing is waited for from here.
            public = serving.config.public.told
            heard.answer(LoginResp(version=COMPATIBLE, run_id=control.runId, half_close=True, public=public))
            _checkOpen(stream)
            channel = ControlChannel(
                control.log, heard.dialect, seal, control.messages.handle, control.lost, control.clock
            )
            handOver(stream, channel)
            control.start(channel)
        except BaseException:
            control.close(Failure())
            raise
        finally:
            control.entered()

    def _left(self, control: Control) -> None:
        """A client is gone; its place may be another's already."""
        if self._controls.get(control.runId) is control:
            del self._controls[control.runId]

    # Work connections

    async def _workStream(self, message: NewWorkConn, heard: Heard, authenticator: IAuthenticator) -> None:
        stream = heard.stream
        control = self._controls.get(message.run_id)
        try:
            if control is None and self.serving.others is not None:
                await self.serving.others.bring(message, heard)
                return
            if control is None:
                self._log.warn(
                    "no client control found for run id [{runId}], which a connection from {peer} names",
                    runId=message.run_id,
                    peer=hostPort(stream.getPeer()),
                )
                raise NoWorkStream(f"no client control found for run id [{message.run_id}]")
            hooks = self.serving.hooks
            if hooks.watches(NEW_WORK_CONN):
                asking = Deferred.fromCoroutine(hooks.ask(NEW_WORK_CONN, message, control.caller))
                message = await attended(stream, asking)
            await prove(self.serving, authenticator, message, stream)
            if stream.closed:
                raise NoWorkStream("the work connection has ended")
            control.workStreams.put(stream)
        except FRPError as error:
            if control is not None:
                control.log.warn(
                    "invalid NewWorkConn with run id [{runId}]: {reason}", runId=message.run_id, reason=error.detail
                )
            heard.answer(StartWorkConn(error=self.serving.tell(error, "invalid NewWorkConn")))
            stream.loseConnection()

    # Visitors

    async def _visitor(self, message: NewVisitorConn, heard: Heard, _: IAuthenticator) -> None:
        serving = self.serving
        stream = heard.stream
        try:
            login = self._loginOf(message.run_id)
            welcome = admit(await serving.shared.visited.find(message.proxy_name), message, login.user)
            _checkRest(heard, "NewVisitorConn, before the visitor was let in")
            if stream.closed:
                raise Unavailable("the visitor connection has ended")
        except FRPError as error:
            self._log.warn(
                "register visitor conn error: {reason}; it comes from {peer}",
                reason=error.detail,
                peer=hostPort(stream.getPeer()),
            )
            told = serving.tell(error, "register visitor conn error")
            heard.answer(NewVisitorConnResp(proxy_name=message.proxy_name[:MAX_NAME], error=told))
            stream.loseConnection()
        else:
            welcome.receive(message, heard, halfClose=login.half_close)

    def _loginOf(self, runId: str) -> Login:
        """
        @return: of the client whose visitor it is, which may be at another node; nobody's, where it names none.
        @raise Unavailable: there is none.
        """
        control, others = self._controls.get(runId), self.serving.others
        if control is not None:
            return control.login
        login = others.login(runId) if runId and others is not None else None
        if runId and login is None:
            raise Unavailable(f"no client control found for run id [{runId}]")
        return login or Login()

    async def refuse(self) -> None:
        """Take no more clients and no more users; those that are served live on."""
        self.closed = True
        await DeferredList([control.published.shut("the server is stopping") for control in self.online()])

    async def close(self) -> None:
        """End every client."""
        self.closed = True
        reason = Failure(TunnelLost("the server stops"))
        await DeferredList([control.close(reason) for control in self.online()])


def _checkRest(heard: Heard, what: str) -> None:
    """@raise RemoteWireError: something came behind a message that must be answered first."""
    if heard.rest:
        brief = f"unexpected data after {what.partition(',')[0]}"
        raise RemoteWireError(brief, f"{len(heard.rest)} bytes came behind {what}")


def _checkOpen(stream: IStream) -> None:
    if stream.closed:
        raise TunnelLost("the connection ended during login")


def _checkNames(login: Login) -> None:
    """@raise Refused: a name is longer than what later messages and lines have room for."""
    for key in ("run_id", "user", "client_id"):
        size = len(getattr(login, key))
        if size > MAX_NAME:
            raise Refused(f"{key} is too long: {size} characters, at most {MAX_NAME}")
