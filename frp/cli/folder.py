"""The configurations of C{--config-dir}: one client for each file of a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from frp.cli.files import clientPath, doubt, loadClient, warn
from frp.cli.saying import complain, hint, say
from frp.config.files import waits
from frp.errors import ConfigErrors, FRPError, reasonOf

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.kinds import Registry

__all__ = ["each", "failed", "filesBelow", "filesIn", "isFolder", "readFolder"]

#: How files end that editors and package managers leave beside another one.
_COPIES = ("~", ".bak", ".swp", ".swo", ".orig", ".old", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".rpmsave", ".rpmnew")


def filesBelow(folder: str) -> Iterator[str]:
    """
    The files in a folder and the folders below it, by name. Pipes, devices and links to folders are left out; a link to
    nowhere is not, so that its error is told. A file in place of the folder is the only one, as in the reference.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except NotADirectoryError:
        if not waits(folder):
            yield folder
        return
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from filesBelow(entry.path)
        elif not (entry.is_dir() or waits(entry.path)):
            yield entry.path


def filesIn(folder: str) -> list[str]:
    """
    The same. Where there is none, standard error says why, and it names what an editor has left there: the reference
    says nothing, and takes that as well.
    """
    found = list(filesBelow(folder))
    if not found:
        say(f"--config-dir: {_lacking(os.path.abspath(folder))}", err=True)
    doubt(f"{path} is read as one more configuration, and looks like a copy of one" for path in filter(_isCopy, found))
    return found


def isFolder(values: Values) -> bool:
    """@return: whether a folder is meant, and no file. The commands of the reference do not look at the folder."""
    return "config" not in values and bool(values.get("config-dir"))


def each(values: Values, act: Callable[[str], int], begin: Callable[[str], object] | None = None) -> int:
    """
    Act on the file, or on all of a folder.

    @param begin: says the name of each of a folder, before it is its turn. Without it those that fail are named.
    @return: the exit code.
    """
    if not isFolder(values):
        return act(clientPath(values))
    paths = filesIn(values["config-dir"])
    failed = [path for path in paths if _failing(path, act, begin)]
    return 1 if failed or not paths else 0


def _failing(path: str, act: Callable[[str], int], begin: Callable[[str], object] | None) -> bool:
    if begin is not None:
        begin(path)
    try:
        failed = bool(act(path))
    except FRPError as error:
        complain(error)
        failed = True
    if failed and begin is None:
        hint(f"in {path}")
    return failed


def _isCopy(path: str) -> bool:
    name = os.path.basename(path)
    return name.endswith(_COPIES) or (name.startswith("#") and name.endswith("#"))


def _lacking(folder: str) -> str:
    """@return: why a folder has no configuration."""
    try:
        os.scandir(folder).close()
    except FileNotFoundError:
        return f"there is no {folder}"
    except OSError as error:
        return f"{folder}: {reasonOf(error)}"
    return f"no configuration in {folder}"


def failed(path: str, detail: str) -> None:
    """Say that a file fails, in the reference's words, and on standard error why: it goes by the name of the file."""
    say(f"frpc service error for config file [{path}]")
    hint(f"{path}: {detail}")


def readFolder(paths: list[str], values: Values, kinds: Registry) -> list[tuple[str, ClientConfig]]:
    """
    Load the files of a folder, to serve with them, and say what is wrong or doubtful.

    @return: the path of each that can be used, and its configuration.
    """
    clients = []
    for path in paths:
        try:
            loaded = loadClient(path, values, kinds)
        except ConfigErrors as errors:
            failed(path, errors.detail)
            continue
        warn(loaded, serves=True)
        clients.append((path, loaded.config))
    return clients
