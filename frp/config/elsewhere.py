"""Keys that are known elsewhere: to the other program, and to the INI files of old."""

from __future__ import annotations

from collections.abc import Mapping

from frp.config.client import ClientConfig
from frp.config.declare import keysOf
from frp.config.legacy.keys import CLIENT, PROXIES, SERVER, VISITORS, Keys
from frp.config.proxy import ProxyConfig
from frp.config.server import ServerConfig
from frp.config.visitor import VisitorConfig

__all__ = ["elsewhere"]

#: Whose file it is, and the tables of the other program.
_OTHERS: Mapping[type, tuple[str, str, type]] = {
    ServerConfig: ("frps", "frpc", ClientConfig),
    ClientConfig: ("frpc", "frps", ServerConfig),
}

_OLD: tuple[tuple[type, tuple[Keys, ...]], ...] = (
    (ServerConfig, (SERVER,)),
    (ClientConfig, (CLIENT,)),
    (ProxyConfig, tuple(PROXIES.values())),
    (VisitorConfig, tuple(VISITORS.values())),
)


def elsewhere(schema: type, name: str) -> str:
    """
    @param schema: the table in which the key stands, and which has none of that name.
    @param name: of the key, as it is written.
    @return: where it belongs, or what it is called today; empty where nobody knows it.
    """
    return _ofOther(schema, name) or _ofOld(schema, name)


def _ofOther(schema: type, name: str) -> str:
    if schema not in _OTHERS:
        return ""
    ours, theirs, table = _OTHERS[schema]
    if name.lower() not in {key.lower() for key in keysOf(table)}:
        return ""
    return f"a key of {theirs}, and {ours} reads this file: is it meant for {theirs}?"


def _ofOld(schema: type, name: str) -> str:
    for base, tables in _OLD:
        if issubclass(schema, base):
            path = next((keys[name].path for keys in tables if name in keys), "")
            return f"a key of INI files: here it is {path}" if path else ""
    return ""
