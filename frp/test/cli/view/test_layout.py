"""Scenes as lines of text."""

from __future__ import annotations

import os
import time

import attrs
from hypothesis import given
from hypothesis.strategies import builds, integers, lists, text, tuples
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.view.layout import drawn
from frp.cli.view.scene import Note, Request, Scene, Server, Tunnel, Tunnels
from frp.cli.view.text import amount, cut, padded, width

PROXY = Tunnel(
    name="web",
    status="running",
    error="",
    open=2,
    total=14,
    bytesIn=1234,
    bytesOut=5_000_000,
    addresses=("http://demo.example.com:8080",),
    service="127.0.0.1:8080",
)
DOWN = attrs.evolve(PROXY, name="db", status="start error", error="port already used", addresses=(), open=0, total=0)
VISITOR = attrs.evolve(PROXY, name="to-ssh", addresses=("127.0.0.1:6000",), service="stcp:ann.ssh")
SCENE = Scene(
    servers=(Server("frps.example.com:7000", "connected", ""),),
    pages=("http://127.0.0.1:7400",),
    proxies=Tunnels((PROXY, DOWN), 2, 1),
    visitors=Tunnels(),
    requests=(
        Request(60, "web", "GET", "/late", 0, None, ""),
        Request(1, "web", "GET", "/a\x1b[2J", 502, 0.0123, ""),
        Request(0, "web", "POST", "/b", 0, 1, "left"),
    ),
    inspecting=True,
    notes=(Note(2, "[db] start error: port already used", False),),
)

SHOWN = """\
frpc                                              Ctrl+C ends it
Server    frps.example.com:7000  connected
Pages     http://127.0.0.1:7400

Proxies 1/2              Open    All        In       Out
web       running           2     14    1.2 KB    4.8 MB
  http://demo.example.com:8080 → 127.0.0.1:8080
db        start error       0      0    1.2 KB    4.8 MB
  port already used

Requests
00:01:00  …              [web]  GET /late
00:00:01  502     12 ms  [web]  GET /a\\x1b[2J
00:00:00  left  1000 ms  [web]  POST /b

Warnings
00:00:02  [db] start error: port already used\
"""


def plain(scene: Scene, columns: int, rows: int) -> list[str]:
    """@return: the lines without their styles."""
    return ["".join(text for text, _ in line).rstrip() for line in drawn(scene, columns, rows)]


TUNNELS = builds(
    Tunnels,
    lists(builds(attrs.evolve, builds(lambda: PROXY), name=text(), error=text()), max_size=9).map(tuple),
    integers(0, 20),
)


class LayoutTests(SynchronousTestCase):
    """What stands where."""

    def setUp(self) -> None:
        before = os.environ.get("TZ")
        self.addCleanup(self.zone, before)
        self.zone("UTC")

    def zone(self, name: str | None) -> None:
        """Be somewhere."""
        if name is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = name
        time.tzset()

    def test_all(self) -> None:
        """Where there is room, all of it; what others have said cannot move the cursor."""
        self.assertEqual("\n".join(plain(SCENE, 64, 40)), SHOWN)

    def test_one(self) -> None:
        """Requests of the only proxy need not name it."""
        lines = plain(attrs.evolve(SCENE, proxies=Tunnels((PROXY,), 1, 1)), 64, 40)
        self.assertIn("00:01:00  …              GET /late", lines)

    def test_little(self) -> None:
        """Nothing that is not there has a title."""
        scene = attrs.evolve(
            SCENE,
            servers=(Server("x:1", "waiting", "refused"),),
            pages=(),
            proxies=Tunnels(),
            inspecting=False,
            notes=(),
        )
        self.assertEqual(
            plain(scene, 60, 9)[1:],
            ["Server    x:1  waiting: refused", "", "Proxies 0/0              Open    All        In       Out"],
        )

    def test_visitors(self) -> None:
        """Those of a client that visits only take the place of its proxies; a client may have both."""
        shown = ["to-ssh    running           2     14    1.2 KB    4.8 MB", "  127.0.0.1:6000 → stcp:ann.ssh"]
        both = attrs.evolve(SCENE, visitors=Tunnels((VISITOR,), 1, 1), inspecting=False, notes=())
        only = attrs.evolve(both, proxies=Tunnels())
        head = "Visitors 1/1             Open    All        In       Out"
        self.assertEqual(plain(only, 64, 40)[4:], [head, *shown])
        lines = plain(both, 64, 40)
        self.assertEqual((lines[4][:11], lines[-3:]), ("Proxies 1/2", [head, *shown]))

    def test_low(self) -> None:
        """On a low terminal the longest part gives way, and says how many proxies are missing."""
        many = attrs.evolve(SCENE, proxies=Tunnels((PROXY,) * 9, 900, 900))
        self.assertEqual(
            plain(many, 64, 16)[4:],
            [
                "Proxies 900/900          Open    All        In       Out",
                "web       running           2     14    1.2 KB    4.8 MB",
                "  http://demo.example.com:8080 → 127.0.0.1:8080",
                "  … and 899 more",
                "",
                "Requests",
                "00:01:00  …              [web]  GET /late",
                "00:00:01  502     12 ms  [web]  GET /a\\x1b[2J",
                "00:00:00  left  1000 ms  [web]  POST /b",
                "",
                "Warnings",
                "00:00:02  [db] start error: port already used",
            ],
        )

    def test_amounts(self) -> None:
        """Bytes, as on the pages."""
        shown = [amount(count) for count in (0, 1023, 1024, 1_048_575, 1_048_576, 10**13)]
        self.assertEqual(shown, ["0 B", "1023 B", "1.0 KB", "1.0 MB", "1.0 MB", "9.1 TB"])

    def test_cells(self) -> None:
        """Wide letters take two cells, and none is cut in halves."""
        self.assertEqual(width("日本e\u0301"), 5)
        self.assertEqual(cut([("日本", "bold"), ("go", "")], 6), (("日本", "bold"), ("go", "")))
        self.assertEqual(cut([("日本", "bold"), ("go", "")], 4), (("日", "bold"), ("…", "")))
        self.assertEqual((padded("日本", 5), padded("日本", 5, right=True)), ("日本 ", " 日本"))

    @given(
        builds(
            attrs.evolve,
            builds(lambda: SCENE),
            proxies=TUNNELS,
            visitors=TUNNELS,
            notes=lists(builds(Note, integers(0, 9), text(), builds(bool))).map(tuple),
        ),
        tuples(integers(1, 99), integers(1, 30)),
    )
    def test_fits(self, scene: Scene, size: tuple[int, int]) -> None:
        """Whatever is to be shown, no line is too long, and there are not too many."""
        columns, rows = size
        lines = drawn(scene, columns, rows)
        self.assertLessEqual(len(lines), rows)
        self.assertLessEqual(max(sum(width(text) for text, _ in line) for line in lines), columns)
        self.assertTrue(all(text.isprintable() for line in lines for text, _ in line))
