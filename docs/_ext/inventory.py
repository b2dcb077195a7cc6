"""
The inventory of foreign names that our docstrings link to, so that pydoctor resolves them without a network.

Each name is imported to see that it exists: a link to nothing is an error here as it is for names of our own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from twisted.python.reflect import namedAny
from zope.interface.interface import InterfaceClass

FOREIGN = re.compile(r"L\{(?:[^{}<>]*<)?((?:twisted|zope\.interface|OpenSSL|cryptography)\.[\w.]+)>?\}")


def foreignNames(package: Path) -> Iterator[str]:
    """Every foreign dotted name that a docstring below C{package} links to."""
    for module in sorted(package.rglob("*.py")):
        # A link may be broken over two lines between its text and its target.
        yield from FOREIGN.findall(re.sub(r"\s+", " ", module.read_text()).replace(" <", "<"))


def entry(name: str) -> str:
    """The line for one name. Classes and modules have a page of their own; a method stands on the page of its class."""
    parent, _, last = name.rpartition(".")
    owner = namedAny(parent)
    if isinstance(owner, InterfaceClass):
        owner[last]  # raises KeyError for what the interface does not have
        return f"{name} py:method 1 {parent}.html#{last} -"
    kind = "module" if isinstance(namedAny(name), ModuleType) else "class" if last[:1].isupper() else "function"
    page = f"{parent}.html#{last}" if kind == "function" else f"{name}.html"
    return f"{name} py:{kind} 1 {page} -"


def inventory(names: Iterable[str]) -> bytes:
    """A Sphinx inventory, version 2, with pydoctor's names of pages."""
    head = b"# Sphinx inventory version 2\n# Project: foreign\n# Version: 1\n"
    head += b"# The rest of this file is compressed with zlib.\n"
    body = "".join(entry(name) + "\n" for name in sorted(set(names)))
    return head + zlib.compress(body.encode())
