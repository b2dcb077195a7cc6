"""The matrix: its cells with the programs at hand, and the command that shows them."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.cells import Cell, Selection, cells, version
from frp.test.interop.loads import carry
from frp.test.interop.matrix import main
from frp.test.interop.pairings import OUR_CLIENT, OUR_SERVER, OURS, PAIRINGS, Pairing, varied
from frp.test.interop.programs import MISSING, REFERENCE

#: Each transport and each switch at least once, for where nothing but ours is at hand.
FEW = (
    Pairing(tls=False, mux=False, wire="v2"),
    Pairing(transport="kcp"),
    Pairing(transport="quic", wire="v2"),
    Pairing(transport="websocket", tls=False),
    Pairing(transport="wss", mux=False, wire="v2"),
)


class CarryingTests(ProgramsTestsBuilder):
    """A cell."""

    def test_carries(self) -> None:
        """Streams, datagrams and requests come through unharmed."""
        carry(self.stage)


def ours() -> tuple[Pairing, ...]:
    """@return: all cells in which something is ours."""
    found = [cell.pairing for cell in cells(version(REFERENCE)) if not cell.reason]
    return tuple(pairing for pairing in found if "ours" in pairing.makers)


globals().update(
    CarryingTests.makeTestCaseClasses(
        *(FEW if MISSING else ours()),
        # frps is bound to every address; clients and users come by IPv6. Over QUIC the reference's client cannot.
        *varied(PAIRINGS, bound="::", host="::1", transport="kcp"),
        *varied((OURS, OUR_CLIENT), bound="::", host="::1", transport="quic"),
        *varied((OUR_SERVER,), bound="::", transport="quic"),
    )
)


class CellTests(SynchronousTestCase):
    """What there is, and what of it can be run."""

    def reasons(self, release: tuple[int, ...]) -> dict[str, int]:
        """@return: how many cells there are for each reason."""
        found: dict[str, int] = {}
        for cell in cells(release):
            found[cell.reason] = found.get(cell.reason, 0) + 1
        return found

    def test_all(self) -> None:
        """Every cell is there; those that cannot be run say why."""
        self.assertEqual(
            self.reasons((0, 70, 1)),
            {
                "": 120,
                "wss is TLS, whatever transport.tls.enable says": 16,
                "QUIC has TLS and streams of its own; these settings change nothing": 24,
            },
        )

    def test_old(self) -> None:
        """A release that does not know version 2 of the wire is not asked for it; ours is."""
        reasons = self.reasons((0, 68, 1))
        self.assertEqual(reasons["frp 0.68.1 does not speak version 2"], 45)
        self.assertEqual(reasons[""], 75)

    def test_alone(self) -> None:
        """Without the reference's programs, ours run with each other."""
        self.assertEqual(self.reasons(())[""], 30)

    def select(self, text: str) -> list[Cell]:
        selection = Selection(text)
        return [cell for cell in cells((0, 70, 1)) if selection.wants(cell)]

    def test_selected(self) -> None:
        """A name that stands there twice may have either value; different names narrow."""
        self.assertEqual(len(self.select("")), 160)
        chosen = self.select("transport=quic, transport=kcp,server=go,client=ours,tls=on,wire=v1")
        self.assertEqual(
            [str(cell.pairing) for cell in chosen],
            ["go+ours kcp", "go+ours kcp alone", "go+ours quic", "go+ours quic alone"],
        )

    def test_mistaken(self) -> None:
        """What there is not is said."""
        error = self.assertRaises(ValueError, Selection, "transport=ipx")
        self.assertEqual(str(error), "transport=ipx: transport is one of tcp, kcp, quic, websocket, wss")
        error = self.assertRaises(ValueError, Selection, "speed=9")
        self.assertEqual(
            str(error), "speed=9: no axis has this name; there are server, client, transport, tls, mux, wire"
        )


class CommandTests(SynchronousTestCase):
    """C{python -m frp.test.interop.matrix}."""

    def call(self, *arguments: str) -> tuple[int, list[str]]:
        """@return: the exit code, and what was printed."""
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = main(arguments)
        return code, said.getvalue().splitlines()

    def test_table(self) -> None:
        """A line for each cell; those that were not run say why, and do not count as failures."""
        code, lines = self.call("--reference", "", "--only", "transport=tcp,client=ours,tls=off,mux=on", "--jobs", "2")
        self.assertEqual(code, 0)
        shown = [line.split() for line in lines]
        self.assertEqual(
            [(words[:6], words[7:9]) for words in shown[1:5]],
            [
                (["ours", "ours", "tcp", "off", "on", "v1"], ["ok"]),
                (["ours", "ours", "tcp", "off", "on", "v2"], ["ok"]),
                (["go", "ours", "tcp", "off", "on", "v1"], ["not", "run:"]),
                (["go", "ours", "tcp", "off", "on", "v2"], ["not", "run:"]),
            ],
        )
        self.assertTrue(lines[-1].startswith("2 ok, 0 FAILED, 2 not run, of 4, in "), lines[-1])

    def test_failed(self) -> None:
        """A cell whose programs do not start has failed, and what they said is shown."""
        with tempfile.TemporaryDirectory(prefix="frp-matrix-") as folder:
            program = Path(folder, "frps")
            program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo 0.70.1 || echo broken\n')
            program.chmod(0o700)
            code, lines = self.call(
                "--reference", folder, "--only", "server=go,client=ours,transport=tcp,tls=on,mux=on,wire=v1"
            )
        self.assertEqual(code, 1)
        self.assertIn("FAILED: go frps did not say 'frps started successfully' but:", lines[1])
        self.assertEqual(lines[3:5], ["go+ours", "go frps: broken"])
        self.assertTrue(lines[-1].startswith("0 ok, 1 FAILED, 0 not run, of 1, in "), lines[-1])

    def test_nothing(self) -> None:
        """Where nothing could be run, nothing has been shown to work."""
        code, lines = self.call("--reference", "", "--only", "server=go,transport=wss,tls=on,mux=on,wire=v1")
        self.assertEqual(code, 2)
        self.assertEqual(lines[-1], "0 ok, 0 FAILED, 2 not run, of 2, in 0 s")
