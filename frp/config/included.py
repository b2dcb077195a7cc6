"""The files that a pattern in C{includes} names."""

from __future__ import annotations

import fnmatch
import os

__all__ = ["matching"]


def matching(pattern: str) -> list[str]:
    """
    @param pattern: a path, from the working directory; wildcards in its last part count.
    @return: the paths of the files, by name.
    @raise OSError: the folder cannot be read; its path is the error's C{filename}.
    """
    folder, name = os.path.split(os.path.abspath(pattern))
    files = sorted(entry.name for entry in os.scandir(folder) if not entry.is_dir())
    return [os.path.join(folder, file) for file in fnmatch.filter(files, name.replace("[^", "[!"))]
