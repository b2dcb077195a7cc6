"""C{docs}: the pages of the documentation. A wheel has them below the package, a checkout beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path

import click

from frp.cli.command import Command, Word
from frp.cli.suggesting import asked
from frp.config.flags import Flag, Values
from frp.errors import FRPError

__all__ = ["docs", "found", "pages"]

_PACKAGE = Path(__file__).parents[1]

#: A guide is what people mean by an end that other pages have, too.
_MEANT = "guides/"

#: Of these a checkout has files, but no pages.
_NO_PAGES = {"_build", "changelog.d"}


def docs(about: str, flags: Collection[Flag]) -> Command:
    """@return: the command that lists the pages, or shows the one that is named."""
    return Command("docs", about, tuple(flags), _show, Word("PAGE", "page", needed=False), offers={"page": _offered})


def _offered(_values: Values, word: str) -> Iterable[str]:
    """The names that begin like this; where none does, the ends of names that are enough."""
    names = pages()
    ends = Counter(name.rpartition("/")[2] for name in names)
    whole = [name for name in names if name.startswith(word)]
    return whole or [end for end, times in ends.items() if times == 1 or f"{_MEANT}{end}" in names]


def pages() -> dict[str, Path]:
    """
    @return: the file of each page by its name, which is its path without the suffix: C{guides/tcp}.
    @raise FRPError: they are not there.
    """
    folder = next((one for one in (_PACKAGE / "docs", _PACKAGE.parent / "docs") if one.is_dir()), None)
    if folder is None:
        raise FRPError("the pages are not installed: install the wheel")
    paths = {file.relative_to(folder).with_suffix(""): file for file in folder.rglob("*.md")}
    names = sorted((path for path in paths if path.parts[0] not in _NO_PAGES), key=lambda path: (path.parent, path))
    return {path.as_posix(): paths[path] for path in names}


def found(wanted: str, names: Collection[str]) -> str:
    """
    @param wanted: as in a list, C{guides/tcp}; its end, C{tcp}, which is the guide where several end so; or as
        in a link of another page, C{../guides/tcp.md#a}.
    @return: the name of the page.
    @raise FRPError: there is none, or several.
    """
    parts = [part for part in wanted.partition("#")[0].removesuffix(".md").split("/") if part not in ("", ".", "..")]
    name = "/".join(parts).removeprefix("docs/")
    for whole in (name, f"{name}/index"):
        if whole in names:
            return whole
    near = [one for one in names if one.endswith(f"/{name}")]
    for several in ([one for one in near if one.startswith(_MEANT)], near):
        if len(several) == 1:
            return several[0]
    near = near or get_close_matches(name, names) or [one for one in names if get_close_matches(name, one.split("/"))]
    raise FRPError(f"no page {wanted}: {asked(near, 'without a name all are listed')}")


def _show(values: Values) -> int:
    known = pages()
    if "page" in values:
        click.echo_via_pager(known[found(values["page"], known)].read_text())
        return 0
    width = max(map(len, known))
    for name, file in known.items():
        with file.open() as text:
            click.echo(f"{name:{width}}  {text.readline().lstrip('# ').rstrip()}")
    return 0
