"""What other nodes are told of an open proxy: all that they need to open it as well."""

from __future__ import annotations

import json
from collections.abc import Mapping

import attrs

from frp.errors import RemoteWireError
from frp.interfaces.operations import Caller
from frp.server.cluster.sealing import Sealing
from frp.server.serving import Peer
from frp.values import frozen
from frp.wire.messages import Login, NewProxy, fromJSON, toJSON

__all__ = ["Announced", "isOpen"]


#: What stands in the directory of a proxy that is open, and is not said before.
_OPEN = "open"


def isOpen(value: Mapping[str, object]) -> bool:
    """@param value: what a proxy says of itself in the directory."""
    return _OPEN in value


@frozen
class Announced:
    """
    An open proxy.

    @ivar node: where the client is, as nodes call themselves to each other.
    @ivar message: what its client has asked for, after all hooks. The limit of its bandwidth is not in it: all nodes
        together are held to it, by the node of the client.
    @ivar login: who the client is; what it has proven that with is not in it.
    @ivar caller: the client, as hooks know it.
    @ivar dialect: what the client speaks (C{transport.wireProtocol}).
    @ivar port: which of the server's ports it has; 0 for none.
    """

    node: str
    message: NewProxy
    login: Login
    caller: Caller
    dialect: str
    port: int

    @classmethod
    def of(cls, node: str, peer: Peer, message: NewProxy, port: int) -> Announced:
        message = attrs.evolve(message, bandwidth_limit="", bandwidth_limit_mode="")
        login = attrs.evolve(peer.login, privilege_key="", timestamp=0)
        return cls(node, message, login, peer.caller, peer.dialect.name, port)

    def told(self, sealing: Sealing) -> dict[str, object]:
        """@return: what the directory is given."""
        texts = {
            "node": self.node,
            "message": toJSON(self.message).decode(),
            "login": toJSON(self.login).decode(),
            "runId": self.caller.runId,
            "address": self.caller.address,
            "dialect": self.dialect,
            "port": self.port,
        }
        return {_OPEN: sealing.seal(json.dumps(texts).encode())}

    @classmethod
    def read(cls, value: Mapping[str, object], sealing: Sealing) -> Announced:
        """
        @param value: what a proxy that L{isOpen} says of itself in the directory.
        @raise ValueError: it cannot be read: another node has another secret, or is of another version.
        """
        try:
            told = json.loads(sealing.unseal(value[_OPEN]))
            login = fromJSON(Login, told["login"].encode())
            caller = Caller(login.user, login.metas, told["runId"], told["address"], login.client_id)
            message = fromJSON(NewProxy, told["message"].encode())
            return cls(str(told["node"]), message, login, caller, str(told["dialect"]), int(told["port"]))
        except (KeyError, TypeError, AttributeError, RemoteWireError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error
