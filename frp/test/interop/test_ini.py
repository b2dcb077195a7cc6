"""INI files, as both sides understand them."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.test.config.legacy.mutations import mutated
from frp.test.config.legacy.reading import verdicts
from frp.test.config.legacy.test_reference import cases, write
from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_SERVER
from frp.test.interop.programs import MISSING, PATIENCE, freePort, pick
from frp.test.interop.services import ask, sayName

_MUTATIONS = 300


def _theirs(program: str, path: Path, environ: Mapping[str, str] = {}) -> tuple[int, str]:
    """What the reference's C{verify} exits with and prints."""
    command = [*pick("go", program), "verify", "-c", str(path)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout


class VerdictTests(SynchronousTestCase):
    """Files that are verified by both."""

    if MISSING:
        skip = MISSING

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def test_recorded(self) -> None:
        """What was recorded is what the reference says."""
        wrong = []
        for number, case in enumerate(cases()):
            folder = self.folder / str(number)
            folder.mkdir()
            path = write(folder, case)
            code, said = _theirs(case["program"], path, case.get("environment", {}))
            said = said.replace(str(path), "<FILE>").replace(str(folder), "<DIR>")
            if (code, said) != (case["exit"], case["output"]):
                wrong.append(f"{case['name']}: {said!r}")
        self.assertEqual(wrong, [])

    def test_mutations(self) -> None:
        """Whatever people have changed in a file, both take it or refuse it, with the same words."""
        made = []
        for number in range(_MUTATIONS):
            program, text = mutated(number)
            path = self.folder / f"{number}.ini"
            path.write_bytes(text.encode())
            made.append((program, path))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            theirs = list(pool.map(lambda one: _theirs(*one), made))
        wrong = []
        for (program, path), expected in zip(made, theirs, strict=True):
            found = verdicts(program, path)
            if found[0] != expected[0] or expected[1].strip() not in [said.strip() for said in found[1]]:
                wrong.append(f"{path.name}: expected {expected}, got {found}")
        self.assertEqual(wrong, [])
        self.assertGreater(sum(code == 0 for code, _said in theirs), _MUTATIONS // 3)


def _asked(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        return json.load(answer)


class EffectTests(ProgramsTestsBuilder):
    """What the programs do with a file."""

    def test_client(self) -> None:
        """Proxies of both clients are the same in the eyes of their users, of frps and of those who ask."""
        service = self.service(sayName(b"service"))
        frps, port = self.frps()
        remote, admin = freePort(), freePort()
        text = f"""
[common]
server_addr = 127.0.0.1
server_port = {port} ; a comment, so that the default counts
server_port = {port}
admin_port = {admin}
user = ann
meta_a = b
[plain]
type = tcp
local_port = {service.port}
remote_port = {remote}
use_encryption = yes
use_compression = 1
bandwidth_limit = 1MB
[range:many]
type = tcp
local_port = {service.port}-{service.port + 2}
remote_port = 0,0,0
[nothing]
type = tcp
plugin = nothing
[secret]
type = stcp
sk = abc
local_port = {service.port}
"""
        found: dict[str, Any] = {}
        for maker in ("go", "ours"):
            frpc = self.start(maker, "frpc", text)
            for name in ("plain", "many_0", "many_1", "many_2", "secret"):
                frpc.wait(rf"\[{name}\] start proxy success")
            frpc.wait(r"\[nothing\] start error")
            self.assertEqual(ask(remote), b"service")
            found[maker] = _entries(_asked(admin, "/api/status"))
            frpc.kill()
            frps.wait("client exit success", times=len(found))
        self.assertEqual(found["ours"], found["go"])
        self.assertEqual(len(found["go"]), 6)

    def test_server(self) -> None:
        """Both servers are the same in the eyes of those who ask."""
        found = {}
        for maker in ("go", "ours"):
            port, web = freePort(), freePort()
            frps = self.start(maker, "frps", _server(port, web))
            frps.wait("frps started successfully")
            found[maker] = _asked(web, "/api/serverinfo")
            self.assertEqual(found[maker].pop("bindPort"), port)
        self.assertEqual(found["ours"], found["go"])
        self.assertEqual(found["go"]["allowPortsStr"], "2000-3000,3001")


def _server(port: int, web: int) -> str:
    return f"""
[common]
bind_addr = 127.0.0.1
bind_port = {port}
dashboard_port = {web}
allow_ports = 2000-3000,3001
max_pool_count = 0x10
max_ports_per_client = "7"
subdomain_host = example.com
heartbeat_timeout = never
udp_packet_size = 1400
tls_only = on
"""


def _entries(status: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What does not depend on chance, nor on the words for an error; that ours tells where users come is besides."""
    hidden = ("remote_addr", "err", "addresses")
    return {
        entry["name"]: {key: value for key, value in entry.items() if key not in hidden}
        for entries in status.values()
        for entry in entries
    }


globals().update(EffectTests.makeTestCaseClasses(OUR_SERVER))
