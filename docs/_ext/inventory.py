"""
The inventories of foreign names that our docstrings link to, so that pydoctor resolves them without a network.

Each name is imported to see that it exists: a link to nothing is an error here as it is for names of our own.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from twisted.python.reflect import namedAny
from zope.interface.interface import InterfaceClass

LINK = re.compile(r"L\{(?:[^{}<>]*<)?([A-Za-z_][\w.]*)>?\}")

MANUALS = {
    "twisted": "https://docs.twisted.org/en/stable/api/",
    "python": "https://docs.python.org/3/library/",
    "OpenSSL": "https://www.pyopenssl.org/en/latest/api/",
    "zope": "https://zopeinterface.readthedocs.io/en/latest/",
    "cryptography": "https://cryptography.io/en/latest/",
}
"""Where the names of a root package are described; C{python} stands for the whole standard library."""


def foreignNames(package: Path) -> dict[str, set[str]]:
    """For each manual, the dotted names that docstrings below C{package} link to."""
    found: dict[str, set[str]] = {manual: set() for manual in MANUALS}
    for module in sorted(package.rglob("*.py")):
        text = module.read_text()
        imported = dict(importedNames(ast.parse(text)))
        for link in LINK.findall(re.sub(r"\s+", " ", text).replace(" <", "<")):
            first, dot, rest = link.partition(".")
            name = imported.get(first, first) + dot + rest
            manual = manualOf(name.partition(".")[0])
            if manual is not None:
                found[manual].add(name)
    return found


def importedNames(module: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module calls the things that it imports, and what they are."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def manualOf(root: str) -> str | None:
    """Where names of this root are described; None for our own."""
    return "python" if root in sys.stdlib_module_names or hasattr(builtins, root) else root if root in MANUALS else None


def entry(name: str) -> str:
    """The line for one name. With pydoctor classes have a page of their own; elsewhere a module has one for all."""
    if hasattr(builtins, name):
        page = "exceptions" if name.endswith(("Error", "Exception")) else "functions"
        return f"{name} py:class 1 {page}.html#{name} -"
    parent, _, last = name.rpartition(".")
    owner = namedAny(parent) if parent else None
    if isinstance(owner, InterfaceClass):
        owner[last]  # raises KeyError for what the interface does not have
        return f"{name} py:method 1 {parent}.html#{last} -"
    found = namedAny(name)
    if isinstance(found, ModuleType):
        return f"{name} py:module 1 {name}.html -"
    if isinstance(found, (type, InterfaceClass)):
        page = f"{name}.html" if name.startswith("twisted.") else f"{parent}.html#{name}"
        return f"{name} py:class 1 {page} -"
    return f"{name} py:function 1 {parent}.html#{last} -"


def inventory(names: Iterable[str]) -> bytes:
    """A Sphinx inventory, version 2."""
    head = b"# Sphinx inventory version 2\n# Project: foreign\n# Version: 1\n"
    head += b"# The rest of this file is compressed with zlib.\n"
    body = "".join(entry(name) + "\n" for name in sorted(set(names)))
    return head + zlib.compress(body.encode())
