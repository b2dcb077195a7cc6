"""A file that takes the place of another one."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["replaceFile"]


def replaceFile(path: str, content: bytes) -> None:
    """
    Put a file in the place of another, so that whatever happens there is always one of the two, whole. Where the path
    is a link, it is what that leads to. Owner and mode stay; a new file is for its owner alone.

    @raise OSError: it cannot be done; the old one is there still.
    """
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, 0o755, exist_ok=True)
    beside = f"{path}.tmp"
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            _likeBefore(path, file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _likeBefore(path: str, descriptor: int) -> None:
    with suppress(OSError):  # it is new, or not ours to give away
        before = os.stat(path)
        os.fchmod(descriptor, before.st_mode & 0o7777)
        os.fchown(descriptor, before.st_uid, before.st_gid)
