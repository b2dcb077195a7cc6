"""C{plugins --interface}: what a plugin writer may rely on, for those who have no source at hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import indent

from frp.cli.public import PUBLIC, Name, basesOf, definitions, modules, names
from frp.cli.suggesting import meant
from frp.errors import FRPError
from frp.kinds.promises import unmarked

__all__ = ["described"]

_TAGS = (
    (r"@(?:param|ivar|cvar) (\w+):", r"\1:"),
    (r"@return:", "returns:"),
    (r"@raise (?:frp\.errors\.)?([\w.]+):", r"raises \1:"),
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def described(name: str) -> str:
    """
    @param name: of something public, alone or with its module; or of a public module, or a package of such.
    @return: what it is, and its members with what they promise, those of its bases first; or what is in the module.
    @raise FRPError: there is none.
    """
    within = [one for one in modules() if one == name or one.startswith(f"{name}.")]
    if within:
        return "\n\n".join(_listed(module) for module in within if _in(module))
    found = definitions(name)
    if not found:
        known = sorted({one.name for one in names()})
        hint = meant(name.rpartition(".")[2], known, f"there are: {', '.join(PUBLIC)}")
        raise FRPError(f"no interface {name}: {hint}")
    return "\n\n".join(map(_described, found))


def _in(module: str) -> list[Name]:
    return [one for one in names() if one.module == module]


def _listed(module: str) -> str:
    """The names that are imported from a module, each with the first sentence of what it says of itself."""
    found = sorted(_in(module), key=lambda one: one.name)
    width = max(len(one.name) for one in found)
    return "\n".join([module, *(f"  {one.name:{width}}  {_first(one)}".rstrip() for one in found)])


def _first(one: Name) -> str:
    first, *rest = _about(one).split("\n\n")[0].splitlines() or [""]
    text = _plain(" ".join([first, *rest]))
    return re.split(r"(?<=[.:;]) ", text, maxsplit=1)[0]


def _about(one: Name) -> str:
    return one.said if isinstance(one.node, ast.Assign | ast.AnnAssign) else ast.get_docstring(one.node) or ""


def _described(one: Name) -> str:
    node = one.node
    lines = [f"{one.name} ({one.module})", ""]
    if isinstance(node, ast.ClassDef):
        lines += [indent(_plain(_about(one)), "  "), "", *_ofClass(one)]
    else:
        title = _signature(node) if isinstance(node, _Function) else ast.unparse(node)
        lines += [f"  {title}", indent(_plain(_about(one)), "      ")]
    return "\n".join(lines).rstrip()


def _ofClass(one: Name) -> Iterator[str]:
    node, made = _class(one), _constructor(one)
    members = [] if made is None else [(f"{node.name}({_arguments(made.args)})", ast.get_docstring(made) or "")]
    for title, meaning in [*members, *_members(one)]:
        yield f"  {title}"
        if meaning:
            yield from (indent(_plain(meaning), "      "), "")
    known = {"Interface", *(base.name for base in basesOf(one))}
    foreign = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id[:1] == "I"]
    foreign = [base for base in foreign if base not in known]
    if foreign:
        yield f"  Besides these it has all of {', '.join(foreign)}."


def _constructor(of: Name) -> ast.FunctionDef | None:
    """@return: how a class is called, where it or the nearest of its bases says that."""
    for one in _class(of).body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return one
    return next(filter(None, map(_constructor, basesOf(of))), None)


def _class(of: Name) -> ast.ClassDef:
    assert isinstance(of.node, ast.ClassDef), "only classes have members"
    return of.node


def _members(of: Name) -> Iterator[tuple[str, str]]:
    """
    The members that are everybody's: how each is written, and what it says of itself. What a class has because it
    provides an interface, and says nothing of its own about, is left out.
    """
    for base in basesOf(of):
        yield from _members(base)
    for one in _class(of).body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            kind = ast.unparse(one.annotation)
            if not kind.startswith("ClassVar") and not one.target.id.startswith("_"):
                yield f"{one.target.id}: {kind}", _attribute(one.value)
        elif isinstance(one, _Function):
            meaning = ast.get_docstring(one) or ""
            own = not _class(of).decorator_list or (meaning and not meaning.startswith("As "))
            if own and not one.name.startswith("_"):
                yield _signature(one), meaning


def _signature(one: _Function) -> str:
    returns = ast.unparse(one.returns) if one.returns is not None else ""
    if any(ast.unparse(decorator) == "property" for decorator in one.decorator_list):
        return f"{one.name}: {returns}"
    waits = "async " if isinstance(one, ast.AsyncFunctionDef) else ""
    return f"{waits}{one.name}({_arguments(one.args)}){returns and f' -> {returns}'}"


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
