"""
The directive C{frp-tables}: the reference of a configuration, made from the declarations that parse it.

C{frps} and C{frpc} describe the whole configuration of a program, table by table; C{proxies} describes what every proxy
has, and then each installed kind; C{visitors}, C{hooks} and C{gateways} do the same for these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from zope.interface import Interface

from frp.config.client import ClientConfig
from frp.config.declare import Declared
from frp.config.kindtables import configured
from frp.config.proxy import ProxyConfig
from frp.config.schema import explain, keysOf
from frp.config.server import GatewayConfig, HookConfig, ServerConfig
from frp.config.visitor import VisitorConfig
from frp.interfaces import IGatewayKind, IProxyKind, IServerHookKind, IVisitorKind
from frp.plugin import Registry

Path = tuple[str, ...]
Entry = tuple[str, str, str]

#: The pages about kinds: what they all have, and which interface they provide.
FAMILIES = {
    "proxies": (ProxyConfig, IProxyKind),
    "visitors": (VisitorConfig, IVisitorKind),
    "hooks": (HookConfig, IServerHookKind),
    "gateways": (GatewayConfig, IGatewayKind),
}


def subtables(schema: type, path: Path) -> Iterator[tuple[Path, type]]:
    """A table and those below it, in the order of declaration, each with where it stands."""
    yield path, schema
    for name, declared in keysOf(schema).items():
        suffix, inner = below(declared)
        if inner is not None:
            yield from subtables(inner, (*path, name + suffix))


def below(declared: Declared) -> tuple[str, type | None]:
    """The table that a key holds, or None. Tables that a plugin's name chooses have their own page."""
    shape = declared.shape
    suffix = {"list": "[]", "dict": ".NAME"}.get(shape.kind, "")
    if suffix and shape.item is not None:
        shape = shape.item
    return suffix, shape.type if shape.kind == "table" else None


def entries(schema: type) -> tuple[str, list[Entry]]:
    """What C{--explain} says of a table: about the whole; and of each key its name, its facts, its meaning."""
    about, _, rest = explain(schema).partition("\n\n")
    lines = rest.splitlines()
    found = []
    for head, meaning in zip(lines[::2], lines[1::2], strict=True):
        name, _, facts = head.partition(" ")
        found.append((name, facts.strip("()"), meaning.strip()))
    return about, found


class FRPTables(Directive):
    """The directive."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        wanted = self.arguments[0]
        if wanted in FAMILIES:
            return list(self._kinds(wanted, *FAMILIES[wanted]))
        schema = {"frps": ServerConfig, "frpc": ClientConfig}[wanted]
        return [self._section(wanted, path, table) for path, table in subtables(schema, ())]

    def _kinds(self, page: str, base: type, family: type[Interface]) -> Iterator[nodes.Node]:
        for path, table in subtables(base, (f"{page}[]",)):
            yield self._section(page, path, table)
        shared = set(keysOf(base))
        registry = Registry()
        for name in configured(family, registry):
            kind = registry.get(family, name)
            section = self._section(f"{page}-{name}", (f'type = "{name}"',), kind.schema, shared)
            for example in kind.examples:
                section += nodes.literal_block(example, example, language="toml")
            yield section
            for path, table in subtables(kind.schema, (f'type = "{name}"',)):
                if len(path) > 1 and path[1] not in shared:
                    yield self._section(f"{page}-{name}", path[1:], table)

    def _section(self, page: str, path: Path, schema: type, without: Collection[str] = ()) -> nodes.section:
        title = ".".join(path) or "The whole file"
        identity = nodes.make_id("-".join((page, *path)))
        section = nodes.section(
            "", nodes.title("", "", nodes.literal("", title) if path else nodes.Text(title)), ids=[identity]
        )
        about, keys = entries(schema)
        section += nodes.paragraph("", about)
        rows = [entry for entry in keys if entry[0] not in without]
        if rows:
            section += nodes.definition_list("", *(self._item(identity, *row) for row in rows))
        return section

    def _item(self, identity: str, name: str, facts: str, meaning: str) -> nodes.definition_list_item:
        term = nodes.term("", "", nodes.literal("", name), nodes.Text(f"  {facts}"), ids=[f"{identity}-{name.lower()}"])
        return nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", meaning)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_directive("frp-tables", FRPTables)
    return {"parallel_read_safe": True}
