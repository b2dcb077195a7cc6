"""Files that a configuration names: reading one, and what to say of one that cannot be read or written."""

from __future__ import annotations

import errno
import os
import stat

from frp.errors import ConfigError, reasonOf

__all__ = ["readDoubt", "readFile", "remedy", "unreadable", "waits", "writeDoubt"]


def readFile(path: str, key: str, most: int = -1) -> bytes:
    """
    @param key: what names it, C{"transport.tls.certFile"}.
    @param most: how many bytes of it; less than 0 for all.
    @raise ConfigError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError as error:
        raise unreadable(error, path, key) from error


def waits(path: str) -> bool:
    """@return: whether a read may wait, or take what another one wants: whether it is a pipe, a socket or a device."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def unreadable(error: OSError, path: str, key: str) -> ConfigError:
    """
    @param path: of a file, as it was written.
    @param key: what names it; empty for the configuration itself.
    @return: what to raise, in the words of the reference, with the whole path and what to do.
    """
    does = "read" if isinstance(error, IsADirectoryError) else "open"
    return ConfigError(key, f"{does} {path}: {reasonOf(error)}", hint=remedy(error, path))


def remedy(error: OSError, path: str) -> str:
    """@return: what to do about a file that could not be opened. It has the whole path."""
    whole = os.path.abspath(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        lacks = whole if os.path.isdir(os.path.dirname(whole)) else f"{whole}, nor its folder"
        if os.path.isabs(path):
            return f"there is no {lacks}: put it there, or correct the path"
        begins = f"this one begins where frp starts, in {os.getcwd()}"
        return f"there is no {lacks}: put it there, or write its whole path; {begins}"
    if isinstance(error, IsADirectoryError):
        return f"{whole} is a folder: name a file in it"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"whoever runs this program may not open {whole}: change its owner or mode, or those of a folder above"
    return f"the file is {whole}"


def readDoubt(path: str, _table: object) -> str:
    """The doubt about a file that is read when it is needed, and does without a start."""
    try:
        if path:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        return f"open {path}: {reasonOf(error)}: {remedy(error, path)}"
    return ""


def writeDoubt(path: str) -> str:
    """The doubt about a file that is written, with all folders that are missing above it. Nothing is made."""
    whole = os.path.abspath(path)
    if os.path.isdir(whole):
        return f"{path} cannot be written: it is a folder: name a file in it"
    there = whole
    while not os.path.exists(there):
        there = os.path.dirname(there)
    mode = os.W_OK if there == whole else os.W_OK | os.X_OK
    if there != whole and not os.path.isdir(there):
        return f"{path} cannot be written: {there} is no folder"
    if os.access(there, mode):
        return ""
    return f"{path} cannot be written: whoever runs this program may not write to {there}: change its owner or mode"
