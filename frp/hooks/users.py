"""C{type = "users"}: users with their own tokens, and what each of them may have."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from fnmatch import fnmatchcase
from hmac import compare_digest
from pathlib import Path

import attrs
from zope.interface import implementer

from frp.config.formats.toml import TOML
from frp.config.schema import decode, key, keysOf, table
from frp.config.server import HookConfig
from frp.config.values import Bandwidth, portRanges
from frp.errors import ConfigError, ConfigErrors, FRPError, Refused
from frp.hooks.base import ServerHook
from frp.hooks.readfile import ReadFile
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import CLOSE_PROXY, LOGIN, NEW_PROXY, PROXY_ANSWERED, Operation, ProxyAnswered
from frp.wire.messages import CloseProxy, Login, NewProxy

__all__ = ["AccountConfig", "Accounts", "UsersConfig", "UsersHook", "UsersKind", "problem", "readAccounts", "slowed"]


def _portsProblem(text: str, _table: object) -> str:
    try:
        portRanges(text or "0")  # empty is no range, and allowed
    except ValueError as error:
        return str(error)
    return ""


@table
class AccountConfig:
    """One user."""

    token: str = key("", "What metadatas.token of this user's frpc must be.", secret=True)
    disabled: bool = key(False, "Let nobody in by this name.")
    types: list[str] = key(list, "The types of proxies that this user may have; empty allows all.")
    ports: str = key("", "The remote ports: 6000-6010,7000; empty allows all.", check=_portsProblem)
    domains: list[str] = key(
        list, "The domains, also those of subdomains: a.example.com, *.a.example.com; empty allows all."
    )
    proxies: list[str] = key(list, "Patterns that the names of proxies must match, such as web-*; empty allows all.")
    maxProxies: int = key(0, "How many proxies at the same time, of all clients together; 0 sets no limit.")
    bandwidth: Bandwidth = key(Bandwidth, "The most that each proxy may carry per second: 1MB, 512KB.")


Accounts = Mapping[str, AccountConfig]


def readAccounts(path: str) -> Accounts:
    """
    @param path: a TOML file with a table for each user; or an SQLite database (C{.db}, C{.sqlite}, C{.sqlite3}) with a
        table C{users}, whose columns are C{name} and any of the keys; lists are separated by commas there.
    @raise FRPError: what is wrong with it.
    @raise ValueError: it is no text.
    @raise OSError: it cannot be opened.
    """
    if path.endswith((".db", ".sqlite", ".sqlite3")):
        return _decoded(path, _rows(path))
    return _decoded(path, TOML().read(Path(path).read_text("utf-8")))


def _decoded(path: str, found: Mapping[str, object]) -> Accounts:
    accounts = {}
    problems: list[ConfigError] = []
    for name, entry in found.items():
        try:
            if not isinstance(entry, Mapping):
                raise ConfigError(name, f"{name} is not a table")
            accounts[name] = decode(AccountConfig, entry, path=name)
        except ConfigErrors as errors:
            problems += errors.problems
        except ConfigError as error:
            problems.append(error)
    if problems:
        raise FRPError(f"{path}: " + "; ".join(f"{problem.path}: {problem.advised}" for problem in problems))
    return accounts


def _rows(path: str) -> dict[str, dict[str, object]]:
    try:
        # Others may write; who asks for a login does not wait for them.
        database = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)
        try:
            cursor = database.execute("SELECT * FROM users")
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        finally:
            database.close()
    except sqlite3.Error as error:
        raise FRPError(f"{path}: {error}") from error
    found = {}
    for row in rows:
        name = row.pop("name", None)
        if name is None:
            raise FRPError(f"{path}: a row of the table users has no name")
        found[str(name)] = {column: _value(column, value) for column, value in row.items()}
    return found


def _value(name: str, value: object) -> object:
    """What a column means for its key; SQLite has neither lists nor booleans, and may have NULL."""
    declared = keysOf(AccountConfig).get(name)
    kind = "" if declared is None else declared.shape.kind
    if kind == "list":
        return [item.strip() for item in str(value or "").split(",") if item.strip()]
    if kind == "bool":
        return bool(value)
    return value if value is not None else 0 if kind == "int" else ""


def problem(proxy: NewProxy, user: str, account: AccountConfig, host: str) -> str:
    """
    @param host: the server's C{subDomainHost}.
    @return: what the user may not have about a proxy, or nothing.
    """
    if not proxy.proxy_name.startswith(f"{user}."):
        return f"the name of a proxy of {user} must begin with {user}."
    name = proxy.proxy_name[len(user) + 1 :]
    if account.proxies and not any(fnmatchcase(name, pattern) for pattern in account.proxies):
        return f"proxy name {name} is not allowed"
    kind = proxy.proxy_type or "tcp"
    if account.types and kind not in account.types:
        return f"proxy type {kind} is not allowed"
    if kind in ("tcp", "udp") and account.ports and not _has(account.ports, proxy.remote_port):
        return f"port {proxy.remote_port} is not allowed, remotePort must be one of {account.ports}"
    domains = [*proxy.custom_domains, *([f"{proxy.subdomain}.{host}"] if proxy.subdomain else [])]
    for domain in domains:
        if account.domains and not any(fnmatchcase(domain.lower(), pattern.lower()) for pattern in account.domains):
            return f"domain {domain} is not allowed"
    return ""


def _has(ports: str, port: int) -> bool:
    return any(port in allowed.ports() for allowed in portRanges(ports))


def slowed(proxy: NewProxy, most: Bandwidth) -> NewProxy:
    """The server holds a proxy to the user's bandwidth; to less, where the client asks for less."""
    if not most:
        return proxy
    try:
        asked = Bandwidth.parse(proxy.bandwidth_limit).bytesPerSecond
    except ValueError:
        asked = 0
    text = proxy.bandwidth_limit if 0 < asked < most.bytesPerSecond else most.text
    return attrs.evolve(proxy, bandwidth_limit=text, bandwidth_limit_mode="server")


@table
class UsersConfig(HookConfig):
    """Lets in the users of a file, each with a token of its own, and holds them to what they may have."""

    path: str = key("", "The file: TOML, or SQLite by its ending. It is read again when it has changed.", reads=True)
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
        why = _stranger(login, self._file.get().get(login.user))
        if why:
            who = f"user [{login.user}] from {operation.caller.address}"
            raise Refused("user or meta token is wrong", f"user or meta token is wrong: {who} {why}")
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


def _stranger(login: Login, account: AccountConfig | None) -> str:
    """@return: why somebody is not let in, for the log alone; empty for who is."""
    if account is None:
        return "is not in the file"
    if account.disabled:
        return "is disabled"
    if not account.token:
        return "has no token in the file"
    given = login.metas.get("token", "").encode("utf-8", "surrogatepass")
    return "" if compare_digest(given, account.token.encode()) else "brought another metadatas.token"


@implementer(IServerHookKind)
class UsersKind:
    schema = UsersConfig
    examples = ('name = "users"\ntype = "users"\npath = "/etc/frp/users.toml"\n',)
    hook = UsersHook
