"""Clients that are sent away, and proxies that are not to be open."""

from __future__ import annotations

import attrs
from twisted.python.failure import Failure

from frp.errors import Refused, TunnelLost
from frp.hooks.base import ServerHook
from frp.interfaces import keyOf
from frp.interfaces.operations import NEW_PROXY, Operation
from frp.server.control import Control
from frp.server.service import FRPServer
from frp.web.answers import APIError
from frp.web.operations import SECOND, Body
from frp.web.queries import parameter, word
from frp.web.shaping import sometimes
from frp.wire.messages import Login, NewProxy, NewProxyResp

__all__ = ["Moderation"]

#: Seconds for which a client that was sent away is told so, before it may come back.
AWAY = 30

#: Characters of a reason.
MOST = 500


@attrs.frozen
class Because:
    """Why it is done: told to the client, and shown."""

    reason: str = sometimes("")


@attrs.frozen
class _Because:
    reason: str = parameter(word, "Why; the client is told.")


class Moderation(ServerHook):
    """
    Refuses what an operator does not want; its operations say what that is.

    @ivar disabled: why, by the names of proxies.
    """

    name = "moderation"
    operations = (NEW_PROXY,)

    def __init__(self, server: FRPServer) -> None:
        self._server = server
        server.checks.append(self._check)
        self._away: dict[str, tuple[float, str]] = {}
        self.disabled: dict[str, str] = {}

    def _check(self, login: Login, runId: str) -> None:
        """@raise Refused: it was sent away. Nobody hears why who has not proven to be that client."""
        until, reason = self._away.get(keyOf(login.user, login.client_id, runId), (0.0, ""))
        left = until - self._server.clock.seconds()
        if left > 0:
            raise Refused(f"an operator has ended this session{reason}; it may begin again in {left:.0f} s")

    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy:
        name = operation.message.proxy_name
        if name in self.disabled:
            raise Refused(self._told(name))
        return operation.message

    def _told(self, name: str) -> str:
        return f"proxy [{name}] is disabled by an operator{_because(self.disabled[name])}"

    @SECOND.operation(
        "DELETE",
        "/clients/{key}",
        "end the session of a client, which may come back after half a minute",
        query=_Because,
        refuses={404: "it is not here"},
    )
    def kick(self, key: str, query: _Because) -> None:
        control = next(
            (
                one
                for one in self._server.clients.online()
                if keyOf(one.login.user, one.login.client_id, one.runId) == key
            ),
            None,
        )
        if control is None:
            raise APIError(404, f"client {key} is not online")
        now, reason = self._server.clock.seconds(), _because(query.reason)
        self._away = {one: entry for one, entry in self._away.items() if entry[0] > now}
        self._away[key] = (now + AWAY, reason)
        control.log.info("an operator ends the session{reason}", reason=reason)
        control.close(Failure(TunnelLost(f"an operator has ended the session{reason}")))

    @SECOND.operation(
        "POST",
        "/proxies/{name}/disable",
        "close a proxy, and keep it closed",
        takes=Body(Because, "Why; the client is told."),
        refuses={400: "that is no reason"},
    )
    def disable(self, name: str, body: Because) -> None:
        self.disabled[name] = body.reason
        self._server.log.info("{told}", told=self._told(name))
        for control in self._server.clients.online():
            if name in control.published.proxies:
                self._close(control, name)

    def _close(self, control: Control, name: str) -> None:
        """
        The reference has no message by which a server takes a proxy back, and ignores one that says it: such a client
        comes back, and learns it when it asks for the proxy again. Clients that know half-closes are ours.
        """
        if control.login.half_close:
            control.published.close(name)
            control.tell(NewProxyResp(proxy_name=name, error=self._told(name)))
        else:
            control.close(Failure(TunnelLost(self._told(name))))

    @SECOND.operation(
        "POST",
        "/proxies/{name}/enable",
        "let a proxy be open again; its client asks for it within half a minute",
        refuses={404: "it is not disabled"},
    )
    def enable(self, name: str) -> None:
        if self.disabled.pop(name, None) is None:
            raise APIError(404, f"proxy {name} is not disabled")
        self._server.log.info("proxy [{name}] is enabled", name=name)


def _because(reason: str) -> str:
    return f": {reason[:MOST]}" if reason else ""
