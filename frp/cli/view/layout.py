"""Scenes as lines of text, for a terminal of any size."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from frp.cli.view.scene import Note, Request, Scene, Server, Tunnel, Tunnels
from frp.cli.view.text import Line, amount, cut, padded, printable, width
from frp.values import frozen

__all__ = ["drawn"]

_STYLES = {"running": "green", "connected": "green", "start error": "red", "check failed": "red", "closed": "red"}

#: The columns of numbers: their titles, and cells.
_NUMBERS = (("Open", 6), ("All", 7), ("In", 10), ("Out", 10))
_STATUS = 13


@frozen
class _Section:
    """
    A title, and what stands below: groups of lines that are shown whole, the most interesting first.

    @ivar total: how many groups there would be; 0 where nobody misses those that are not shown.
    """

    title: Line
    groups: Sequence[Sequence[Line]]
    total: int = 0

    def lines(self, shown: int) -> Iterator[Line]:
        """@param shown: how many groups."""
        yield self.title
        for group in self.groups[:shown]:
            yield from group
        if self.total > shown:
            yield ((f"  … and {self.total - shown} more", "dim"),)

    def height(self, shown: int) -> int:
        """@return: how many lines that takes, with an empty one before."""
        return 2 + sum(map(len, self.groups[:shown])) + (self.total > shown)


def drawn(scene: Scene, columns: int, rows: int) -> list[Line]:
    """@return: at most so many lines, none of which takes more cells than there are columns."""
    head = [_head(columns), *_servers(scene), *((("Pages     ", "dim"), (one, "")) for one in scene.pages)]
    sections = [*_tunnels(scene, columns, rows), *_requests(scene, rows), *_notes(scene, rows)]
    shown = [len(section.groups) for section in sections]
    while sum(map(_Section.height, sections, shown)) > rows - len(head) and any(shown):
        # The longest one gives way.
        shown[max(range(len(shown)), key=lambda n: sections[n].height(shown[n]) if shown[n] else 0)] -= 1
    for section, count in zip(sections, shown, strict=True):
        head += [(), *section.lines(count)]
    return [cut(line, columns) for line in head[:rows]]


def _head(columns: int) -> Line:
    end = "Ctrl+C ends it"
    return (("frpc", "bold"), (end.rjust(columns - 4) if columns > len(end) + 5 else "", "dim"))


def _servers(scene: Scene) -> Iterator[Line]:
    for server in scene.servers:
        yield _server(server)


def _server(server: Server) -> Line:
    status, error = server.status, f": {printable(server.error)}" if server.error else ""
    return (
        ("Server    ", "dim"),
        (f"{printable(server.title)}  ", ""),
        (status, _STYLES.get(status, "yellow")),
        (error, ""),
    )


def _tunnels(scene: Scene, columns: int, rows: int) -> Iterator[_Section]:
    if scene.proxies.wanted or not scene.visitors.wanted:
        yield _section("Proxies", scene.proxies, columns, rows)
    if scene.visitors.wanted:
        yield _section("Visitors", scene.visitors, columns, rows)


def _section(title: str, tunnels: Tunnels, columns: int, rows: int) -> _Section:
    titles = "".join(title.rjust(cells) for title, cells in _NUMBERS)
    head, names = f"{title} {tunnels.running}/{tunnels.wanted}", [printable(one.name) for one in tunnels.shown]
    # What is left of a line behind the other columns; names that are longer are cut, unless there is no room at all.
    room = max(12, columns - _STATUS - sum(cells for _, cells in _NUMBERS) - 4)
    room = min(room, max([8, *map(width, names)])) + 2
    groups = [list(_tunnel(one, room)) for one in tunnels.shown[:rows]]
    return _Section(((f"{padded(head, room + _STATUS)}{titles}", "bold"),), groups, tunnels.wanted)


def _tunnel(one: Tunnel, room: int) -> Iterator[Line]:
    numbers = (str(one.open), str(one.total), amount(one.bytesIn), amount(one.bytesOut))
    cells = "".join(text.rjust(cells) for text, (_, cells) in zip(numbers, _NUMBERS, strict=True))
    status = padded(one.status, _STATUS)
    yield (padded(printable(one.name), room), ""), (status, _STYLES.get(one.status, "yellow")), (cells, "")
    service = f" → {printable(one.service)}" if one.service else ""
    for address in one.addresses:
        yield ("  ", ""), (printable(address), "bold"), (service, "dim")
    if one.error:
        yield ("  ", ""), (printable(one.error), "red")


def _requests(scene: Scene, rows: int) -> Iterator[_Section]:
    if scene.inspecting:
        several = scene.proxies.wanted > 1
        yield _Section((("Requests", "bold"),), [[_request(one, several)] for one in scene.requests[:rows]])


def _request(request: Request, named: bool) -> Line:
    when = time.strftime("%H:%M:%S", time.localtime(request.at))
    status = str(request.status or "…" if request.took is None else request.status or request.trouble)
    took = "" if request.took is None else f"{request.took * 1000:.0f} ms"
    style = "red" if request.status >= 500 or status == request.trouble else "yellow" if request.status >= 400 else ""
    return (
        (f"{when}  ", "dim"),
        (padded(status, 5), style),
        (took.rjust(8), "dim"),
        (f"  [{printable(request.proxy)}]" if named else "", "dim"),
        (f"  {printable(request.method)} {printable(request.target)}", ""),
    )


def _notes(scene: Scene, rows: int) -> Iterator[_Section]:
    if scene.notes:
        yield _Section((("Warnings", "bold"),), [[_note(note)] for note in scene.notes[:rows]])


def _note(note: Note) -> Line:
    return (f"{note.when}  ", "dim"), (printable(note.text), "red" if note.worse else "yellow")
