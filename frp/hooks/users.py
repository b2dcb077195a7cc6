"""C{type = "users"}: users with their own tokens, and what each of them may have."""

from __future__ import annotations

from hmac import compare_digest

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import ConfigError, Refused
from frp.hooks.accounts import problem, readAccounts, slowed
from frp.hooks.base import ServerHook
from frp.hooks.readfile import ReadFile
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import CLOSE_PROXY, LOGIN, NEW_PROXY, PROXY_ANSWERED, Operation, ProxyAnswered
from frp.wire.messages import CloseProxy, Login, NewProxy

__all__ = ["UsersConfig", "UsersHook", "UsersKind"]


@table
class UsersConfig(HookConfig):
    """Lets in the users of a file, each with a token of its own, and holds them to what they may have."""

    path: str = key("", "The file: TOML, or SQLite by its ending. It is read again when it has changed.")
    subDomainHost: str = key("", "That of the server, so that subdomains are held to the domains of a user.")


class UsersHook(ServerHook):
    operations = (LOGIN, NEW_PROXY, PROXY_ANSWERED, CLOSE_PROXY)

    def __init__(self, config: UsersConfig, site: IServerHookSite) -> None:
        if not config.path:
            raise ConfigError("path", f"hook [{config.name}]: path is empty")
        self.name = config.name
        self._host = config.subDomainHost
        self._file = ReadFile(config.path, readAccounts, site.clock, site.log, beside=("-wal",))
        # By user: run id and name of what is open, the operation of what is asked for.
        self._proxies: dict[str, set[str | tuple[str, str]]] = {}

    def login(self, operation: Operation[Login]) -> Login:
        login = operation.message
        account = self._file.get().get(login.user)
        given = login.metas.get("token", "").encode("utf-8", "surrogatepass")
        if account is None or account.disabled or not account.token:
            raise Refused("user or meta token is wrong")
        if not compare_digest(given, account.token.encode()):
            raise Refused("user or meta token is wrong")
        return login

    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy:
        proxy, user = operation.message, operation.caller.user
        account = self._file.get().get(user)
        if account is None or account.disabled:
            raise Refused(f"user {user} is not allowed any more")
        refusal = problem(proxy, user, account, self._host)
        if refusal:
            raise Refused(refusal)
        held = self._proxies.setdefault(user, set())
        if 0 < account.maxProxies <= len(held):
            raise Refused(f"user {user} may have {account.maxProxies} proxies")
        held.add(operation.id)
        return slowed(proxy, account.bandwidth)

    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> None:
        caller, answered = operation.caller, operation.message
        held = self._proxies.get(caller.user, set())
        if operation.id in held and not answered.error:
            # A hook behind this one may have given it another name.
            held.add((caller.runId, answered.proxy.proxy_name))
        self._gone(caller.user, operation.id)

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy:
        self._gone(operation.caller.user, (operation.caller.runId, operation.message.proxy_name))
        return operation.message

    def _gone(self, user: str, one: str | tuple[str, str]) -> None:
        held = self._proxies.get(user, set())
        held.discard(one)
        if not held:
            self._proxies.pop(user, None)


@implementer(IServerHookKind)
class UsersKind:
    schema = UsersConfig
    examples = ('name = "users"\ntype = "users"\npath = "/etc/frp/users.toml"\n',)
    hook = UsersHook
