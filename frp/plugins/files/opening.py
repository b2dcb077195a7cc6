"""Opening what lies below a folder, and nothing else."""

from __future__ import annotations

import errno
import os
import stat

import attrs

__all__ = ["NotAllowed", "NotThere", "Opened", "openBelow"]

_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Whoever opens a pipe without the second waits for somebody who writes into it.
_LAST = _STEP | os.O_NONBLOCK


class NotThere(Exception):
    """There is no such file or folder, or it is outside, or something that cannot be sent."""


class NotAllowed(Exception):
    """It may not be read."""


@attrs.define(eq=False)
class Opened:
    """
    An open file or folder.

    @ivar descriptor: of the system; -1 once it is closed.
    """

    descriptor: int
    isFolder: bool
    size: int
    modified: int

    def close(self) -> None:
        """Let go of it. May be called again."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def openBelow(folder: str, path: str) -> Opened:
    """
    @param path: relative, its parts separated by slashes; empty for the folder itself.
    @raise NotThere: also where a part of it is C{".."}, or a link leads outside.
    @raise NotAllowed: the system refuses.
    """
    try:
        return _opened(folder, path)
    except PermissionError:
        raise NotAllowed from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL, or what the file system's encoding does not have.
        if getattr(error, "errno", 0) in (errno.EMFILE, errno.ENFILE, errno.EIO):
            raise
        raise NotThere from None


def _opened(folder: str, path: str) -> Opened:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        raise NotThere
    root = os.path.realpath(folder)
    # Links are followed here, on paper. Then every step is taken without following any, so that nobody who changes
    # the tree meanwhile leads us outside.
    real = os.path.realpath(os.path.join(root, *parts))
    inside = os.path.relpath(real, root)
    steps = [] if inside == "." else inside.split(os.sep)
    if steps[:1] == [os.pardir]:
        raise NotThere
    descriptor = os.open(root, _LAST if not steps else _STEP | os.O_DIRECTORY)
    try:
        for number, step in enumerate(steps):
            flags = _STEP | os.O_DIRECTORY
            if number == len(steps) - 1:
                # Merely to open a device, or a pipe for which somebody waits, may do something.
                _refuseOthers(os.stat(step, dir_fd=descriptor, follow_symlinks=False).st_mode)
                flags = _LAST
            below = os.open(step, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        found = os.fstat(descriptor)
        isFolder = _refuseOthers(found.st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return Opened(descriptor, isFolder, found.st_size, int(found.st_mtime))


def _refuseOthers(mode: int) -> bool:
    """@return: whether it is a folder; else it is a file."""
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise NotThere
    return stat.S_ISDIR(mode)
