"""What the page on architecture says of the whole tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import frp

ROOT = Path(frp.__file__).parent
PAGE = ROOT.parent / "docs" / "architecture" / "index.md"

#: What others use in tests is bound by the same; our own tests are not.
TESTS = ROOT / "test"

#: How the page calls a module or a folder, and nothing else.
NAME = re.compile(r"[a-z0-9]+(/[a-z0-9]+)*/?")


def modules() -> dict[str, Path]:
    """All modules but tests, by their names."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        if TESTS not in path.parents:
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            found[".".join(parts[:-1] if path.name == "__init__.py" else parts)] = path
    return found


@cache
def parsed(path: Path) -> ast.Module:
    """What stands in a module."""
    return ast.parse(path.read_text())


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """For each import, annotations' and late ones included: what it may be the name of, the likeliest first."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((name.name,) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{name.name}", node.module) for name in node.names)


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """The largest sets of modules each of which leads to all the others."""
    reached = {name: _reach(name, arrows) for name in arrows}
    found: list[set[str]] = []
    for name in arrows:
        circle = {other for other in reached[name] if name in reached[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def _reach(name: str, arrows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        more = arrows[ahead.pop()] - seen
        seen |= more
        ahead.extend(more)
    return seen


def section(title: str) -> str:
    """What stands below a heading of the page."""
    return PAGE.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall("`([^`]+)`", text)


def exists(folder: Path, name: str) -> bool:
    """Whether a folder has a module or a folder of this name."""
    return (folder / name).is_dir() or (not name.endswith("/") and (folder / f"{name}.py").is_file())


class ArchitectureTests(SynchronousTestCase):
    """It is as the page has it."""

    def test_circles(self) -> None:
        """One is left: interfaces name tables, and tables name families."""
        known = modules()
        arrows: dict[str, set[str]] = {}
        for name, path in known.items():
            if not name.startswith("frp.testing"):  # a double's parts may know each other
                found = {next((one for one in names if one in known), name) for names in imported(path)}
                arrows[name] = found - {name}
        (left,) = circles(arrows)
        rooms = {name.split(".")[1] for name in left}
        self.assertEqual(rooms, {"interfaces", "config", "kinds"})

    def test_bounds(self) -> None:
        """No file has more than 400 lines, and no function more than 40, a table excepted."""
        long = []
        for name, path in modules().items():
            if path.read_text().count("\n") > 400:
                long.append(name)
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    if lines > 40:
                        long.append(f"{name}.{node.name}")
        self.assertEqual(long, ["frp.client.life._machine"])

    def test_tree(self) -> None:
        """Each folder and file in the first column of the tree is there, and in it what the second one names."""
        rows = re.findall(r"^\| (`[^|]+?) \| (.+) \|$", section("The tree"), re.MULTILINE)
        self.assertGreater(len(rows), 20)
        missing = []
        for cell, text in rows:
            folders = quoted(cell)
            missing += [folder for folder in folders if not any(ROOT.parent.glob(folder.rstrip("/")))]
            for name in filter(NAME.fullmatch, quoted(text)):
                if not any(exists(ROOT.parent / folder, name) for folder in (*folders, "")):
                    missing.append(f"{name} of {cell}")
        self.assertEqual(missing, [])

    def test_changes(self) -> None:
        """What is to be opened for a change is there."""
        places = [place for place in quoted(section("Where a change goes")) if NAME.fullmatch(place) and "/" in place]
        self.assertGreater(len(places), 20)
        self.assertEqual([place for place in places if not exists(ROOT, place)], [])

    def test_noWallClock(self) -> None:
        """Nodes never ask what time of day it is: their clocks need not agree."""
        asked = []
        for name, path in modules().items():
            if name.startswith(("frp.directories.", "frp.server.cluster.")):
                words = {words[0] for words in imported(path)}
                words |= {ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
                clocks = (word for word in words if re.match(r"(date)?time\.|calendar", word))
                asked += [f"{name}: {word}" for word in clocks if word != "time.monotonic"]
        self.assertEqual(asked, [])
        lua = [path.read_text() for path in (ROOT / "directories").rglob("*.lua")]
        self.assertTrue(lua)
        self.assertFalse(any("os.time" in text or "os.date" in text for text in lua))
