"""C{frpc} without a sub-command: it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frp.cli.files import clientPath, loadClient, read, registry
from frp.cli.usual import told
from frp.config.commandline import EXPLAIN, FRPC, UI

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.kinds import Registry

__all__ = ["ALL", "FLAGS", "run", "serve", "whole"]

#: What every command of frpc has.
ALL = (*FRPC, EXPLAIN)
FLAGS = (*ALL, UI)


def whole() -> type:
    """@return: the table of the configuration."""
    from frp.config.client import ClientConfig

    return ClientConfig


def serve(values: Values) -> int:
    """
    @return: the exit code.
    @raise frp.errors.FRPError: it cannot be begun.
    """
    code = told(values, whole)
    if code is not None:
        return code
    if values.get("config-dir"):
        return _serveFolder(values)
    path = clientPath(values)
    kinds = registry(values)
    config = read(lambda: loadClient(path, values, kinds), serves=True)
    return 1 if config is None else run([(path, config)], values, kinds)


def run(clients: list[tuple[str, ClientConfig]], values: Values, kinds: Registry) -> int:
    """
    Be these clients; what ends one of them ends all.

    @param clients: the path of each configuration, empty if flags gave it; and the configuration.
    @return: the exit code.
    """
    from frp.cli import run as running

    return running.serveClients(clients, values, kinds, lambda _path, failure: running.told(failure))


def _serveFolder(values: Values) -> int:
    """One client for each file. A file that fails, now or later, says so; the others go on, and the exit code is 0."""
    from frp.cli.folder import failed, filesIn, readFolder

    kinds = registry(values)
    paths = filesIn(values["config-dir"])
    clients = readFolder(paths, values, kinds)
    if not clients:
        return 0 if paths else 1
    from frp.cli.run import detailOf, serveClients

    def ended(path: str, failure: Failure) -> int:
        failed(path, detailOf(failure))
        return 0

    return serveClients(clients, values, kinds, ended)
