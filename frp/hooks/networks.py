"""C{type = "networks"}: which addresses clients and users may come from."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.hooks.cidr import Address, Networks, addressOf, networksProblem, readNetworks
from frp.hooks.readfile import ReadFile
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import LOGIN, NEW_USER_CONN, NewUserConn, Operation
from frp.wire.messages import Login

__all__ = ["ListsConfig", "NetworksConfig", "NetworksHook", "NetworksKind"]


@table
class ListsConfig:
    """Who may come: everybody, or only who is allowed where that is said; never who is denied."""

    allow: list[str] = key(list, "Addresses and networks that may come.", check=networksProblem)
    deny: list[str] = key(list, "Addresses and networks that may not.", check=networksProblem)
    allowFile: str = key(
        "", "A file with more of those that may, one a line; read again when it has changed.", reads=True
    )
    denyFile: str = key("", "The same for those that may not.", reads=True)


@table
class NetworksConfig(HookConfig):
    """Lets clients and users in by their addresses."""

    clients: ListsConfig = key(ListsConfig, "Where clients may come from.")
    users: ListsConfig = key(ListsConfig, "Where the users of proxies may come from.")


class _Lists:
    def __init__(self, config: ListsConfig, site: IServerHookSite, place: str) -> None:
        self._allow, self._deny = Networks(config.allow), Networks(config.deny)
        self._allowFile, self._denyFile = (
            ReadFile(path, readNetworks, site.clock, site.log, key=f"{place}.{name}") if path else None
            for name, path in (("allowFile", config.allowFile), ("denyFile", config.denyFile))
        )
        self._open = not config.allow and not config.allowFile

    def __bool__(self) -> bool:
        return not self._open or bool(self._deny) or self._denyFile is not None

    def admits(self, address: Address) -> bool:
        if address in self._deny or (self._denyFile is not None and address in self._denyFile.get()):
            return False
        if self._open or address in self._allow:
            return True
        return self._allowFile is not None and address in self._allowFile.get()


class NetworksHook(ServerHook):
    def __init__(self, config: NetworksConfig, site: IServerHookSite) -> None:
        self.name = config.name
        self._clients = _Lists(config.clients, site, "clients")
        self._users = _Lists(config.users, site, "users")
        watched = ((LOGIN, self._clients), (NEW_USER_CONN, self._users))
        self.operations = tuple(name for name, lists in watched if lists)

    def login(self, operation: Operation[Login]) -> Login:
        if not self._clients.admits(addressOf(operation.caller.address)):
            raise Refused("clients from this address are not allowed")
        return operation.message

    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn:
        if not self._users.admits(addressOf(operation.message.remote_addr)):
            raise Refused("users from this address are not allowed")
        return operation.message


@implementer(IServerHookKind)
class NetworksKind:
    schema = NetworksConfig
    examples = (
        """
name = "networks"
type = "networks"
clients.allow = ["192.0.2.0/24", "2001:db8::/32"]
users.deny = ["198.51.100.7"]
""",
    )
    hook = NetworksHook
