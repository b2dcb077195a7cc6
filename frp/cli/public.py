"""What authors of plugins may rely on, and where in the source it stands. Nothing is imported to find it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import frp
from frp.values import frozen

__all__ = ["PUBLIC", "SPOKEN", "Name", "basesOf", "definitions", "modules", "names"]

#: By the module: which of its names are public; none where all of its C{__all__} are. Those below a package are, too.
PUBLIC: Mapping[str, tuple[str, ...]] = {
    "frp": ("expose",),
    "frp.auth.scopes": (),
    "frp.client.service": ("FRPClient",),
    "frp.config.proxy": ("PluginConfig", "ProxyConfig"),
    "frp.config.schema": (),
    "frp.config.server": ("GatewayConfig", "HookConfig"),
    "frp.config.values": ("Bandwidth",),
    "frp.config.visitor": ("VisitorConfig", "VisitorPluginConfig"),
    "frp.directories.memory": ("Memory", "Shelf"),
    "frp.errors": (),
    "frp.hooks.base": (),
    "frp.hooks.wrapper": (),
    "frp.http.apps.asgi": (),
    "frp.http.apps.wsgi": (),
    "frp.http.exchange": (),
    "frp.http.server": (),
    "frp.interfaces": (),
    "frp.plugin": (),
    "frp.proxies.local": (),
    "frp.proxies.registration": (),
    "frp.proxies.remoteport": (),
    "frp.server.service": ("FRPServer",),
    "frp.session.greeting": (),
    "frp.session.turns": ("chosen",),
    "frp.testing": (),
    "frp.transports.carrier": (),
    "frp.transports.dial": (),
    "frp.transports.lookup": ("reached",),
    "frp.transports.port": (),
    "frp.web.answers": (),
    "frp.web.operations": (),
    "frp.web.page": (),
    "frp.web.paging": ("BAD_QUERY", "Page", "Paging", "anyOf"),
    "frp.web.queries": (),
    "frp.web.serving": (),
    "frp.web.shaping": (),
    "frp.wire.messages": (),
}

#: What the interfaces speak of besides: to be read, not to be imported.
SPOKEN = ("frp.wire.dialect", "frp.wire.http.fields", "frp.wire.http.head")

_ROOT = Path(frp.__file__).parent

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


@frozen
class Name:
    """
    A public name.

    @ivar module: from which it is imported.
    @ivar source: in which it is defined.
    @ivar said: what stands about a constant, beside it.
    """

    name: str
    module: str
    source: str
    node: Definition
    said: str = ""


def modules() -> Iterator[str]:
    """@return: every public module: the listed ones, and those below packages."""
    for listed in (*PUBLIC, *SPOKEN):
        yield listed
        if _file(listed).name == "__init__.py" and listed != "frp":
            yield from sorted(_below(_file(listed).parent, listed))


@cache
def names() -> tuple[Name, ...]:
    """@return: every public name, once for each definition: from a package, where that gives it."""
    found: dict[tuple[str, str], Name] = {}
    for module in modules():
        for name in PUBLIC.get(module, ()) or _exported(module):
            one = _definition(module, name)
            if one is not None:
                found.setdefault((one.source, name), one)
    return tuple(found.values())


def definitions(name: str) -> list[Name]:
    """
    @param name: alone, or with the module that it is imported from, or defined in. Case does not matter.
    @return: what is called so; more than one where modules use a name for different things.
    """
    module, _, last = name.lower().rpartition(".")
    called = [one for one in names() if one.name.lower() == last]
    return [one for one in called if module in (one.module, one.source)] or called


def basesOf(one: Name) -> list[Name]:
    """@return: the public classes that a class is derived from: those that are called so where it is defined."""
    assert isinstance(one.node, ast.ClassDef), "only classes have bases"
    named = [base.id for base in one.node.bases if isinstance(base, ast.Name)]
    defined = (_definition(one.module, name, one.source) for name in named)
    public = {(other.source, other.name): other for other in names()}
    found = [public.get((base.source, base.name)) for base in defined if base is not None]
    return [base for base in found if base is not None and base.node is not one.node]


def _below(folder: Path, package: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.suffix == ".py" and not entry.stem.startswith("__"):
            yield f"{package}.{entry.stem}"
        elif (entry / "__init__.py").exists():
            yield f"{package}.{entry.name}"
            yield from _below(entry, f"{package}.{entry.name}")


def _file(module: str) -> Path:
    path = _ROOT.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(_file(module).read_text(encoding="utf-8"))


def _exported(module: str) -> list[str]:
    for node in _parsed(module).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return []


def _definition(module: str, name: str, source: str = "") -> Name | None:
    """@param source: where to look, if not in the module itself."""
    source = source or module
    body = _parsed(source).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name == name
            and "overload" not in map(ast.unparse, node.decorator_list)
        ):
            return Name(name, module, source, node)
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in _targets(node):
            return Name(name, module, source, node, _said(source, node, after))
    for found in ast.walk(_parsed(source)):  # a name may be imported where only type checkers look
        if isinstance(found, ast.ImportFrom) and found.module is not None and found.module.startswith("frp."):
            given = {alias.asname or alias.name: alias.name for alias in found.names}
            if name in given:
                return _definition(module, given[name], found.module)
    return None


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [ast.unparse(target) for target in targets]


def _said(module: str, node: ast.stmt, after: ast.stmt | None) -> str:
    """@return: the text behind a constant, or in the comments before it."""
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
        return after.value.value
    lines = _file(module).read_text(encoding="utf-8").splitlines()[: node.lineno - 1]
    said: list[str] = []
    while lines and lines[-1].startswith("#:"):
        said.insert(0, lines.pop()[2:].strip())
    return " ".join(said)
