"""C{plugins --interface}: what a plugin writer may rely on, for those who have no source at hand."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from textwrap import indent

from frp import interfaces
from frp.cli.suggesting import meant
from frp.errors import FRPError
from frp.kinds.promises import unmarked

__all__ = ["described", "names"]

#: Where to look: the interfaces, and what they speak of.
_MODULES = (
    *(f"frp.interfaces.{module.name}" for module in iter_modules(interfaces.__path__)),
    "frp.hooks.wrapper",
    "frp.http.exchange",
    "frp.wire.dialect",
    "frp.wire.http.fields",
    "frp.wire.http.head",
    "frp.wire.messages",
)

_TAGS = (
    (r"@(?:param|ivar|cvar) (\w+):", r"\1:"),
    (r"@return:", "returns:"),
    (r"@raise (?:frp\.errors\.)?([\w.]+):", r"raises \1:"),
)


def described(name: str) -> str:
    """
    @param name: of an interface, or of a class that one of them speaks of.
    @return: what it is, and its members with what they promise, those of its bases first.
    @raise FRPError: there is none.
    """
    known = _classes()
    found = {one.lower(): one for one in known}.get(name.rpartition(".")[2].lower())
    if found is None:
        hint = meant(name, known, f"there are: {', '.join(sorted(known))}")
        raise FRPError(f"no interface {name}: {hint}")
    module, node = known[found]
    package = "frp.interfaces" if found in interfaces.__all__ else module
    lines = [f"{found} ({package})", "", indent(_plain(ast.get_docstring(node) or ""), "  "), ""]
    for title, meaning in _members(node, known):
        lines.append(f"  {title}")
        if meaning:
            lines += [indent(_plain(meaning), "      "), ""]
    foreign = [base for base in _bases(node) if base[:1] == "I" and base not in known and base != "Interface"]
    if foreign:
        lines.append(f"  Besides these it has all of {', '.join(foreign)}.")
    return "\n".join(lines).rstrip()


def names() -> list[str]:
    """@return: what can be described."""
    return sorted(_classes())


_Known = dict[str, tuple[str, ast.ClassDef]]


def _classes() -> _Known:
    found: _Known = {}
    for module in _MODULES:
        for node in ast.parse(inspect.getsource(import_module(module))).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name] = module, node
    return found


def _bases(node: ast.ClassDef) -> list[str]:
    return [base.id for base in node.bases if isinstance(base, ast.Name)]


def _members(node: ast.ClassDef, known: _Known) -> Iterator[tuple[str, str]]:
    """
    The members that are everybody's: how each is written, and what it says of itself. What a class has because it
    provides an interface, and says nothing of its own about, is left out.
    """
    for base in _bases(node):
        if base in known:
            yield from _members(known[base][1], known)
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            kind = ast.unparse(one.annotation)
            if not kind.startswith("ClassVar"):
                yield f"{one.target.id}: {kind}", _attribute(one.value)
        elif isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            meaning = ast.get_docstring(one) or ""
            if not node.decorator_list or (meaning and not meaning.startswith("As ")):
                returns = f" -> {ast.unparse(one.returns)}" if one.returns is not None else ""
                yield f"{one.name}({_arguments(one.args)}){returns}", meaning


def _arguments(declared: ast.arguments) -> str:
    return ast.unparse(declared).removeprefix("self, ").removeprefix("self")


def _attribute(value: ast.expr | None) -> str:
    """What an interface says of an attribute; empty for the fields of a class, whose docstring has them."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Attribute":
        return str(ast.literal_eval(value.args[0]))
    return ""


def _plain(text: str) -> str:
    """Without the marks of epytext."""
    shown = unmarked(text)
    for tag, words in _TAGS:
        shown = re.sub(tag, words, shown)
    return shown
