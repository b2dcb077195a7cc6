"""The log."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import redirect_stderr
from io import StringIO
from types import SimpleNamespace
from typing import Any

from twisted.internet.protocol import ServerFactory
from twisted.logger import LogEvent, Logger, LogPublisher
from twisted.python import log as legacy
from twisted.trial.unittest import SynchronousTestCase

from frp import logs
from frp.logs import Log, Observer

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[([TDIWE])\] \[test/test_logs\.py:\d+\] (.*)\n")


class Unprintable:
    """Must not be looked at."""

    def __str__(self) -> str:
        raise AssertionError("a filtered line was formatted")

    __repr__ = __str__


class Collected(SynchronousTestCase):
    """Collects lines."""

    def setUp(self) -> None:
        self.lines: list[str] = []
        self.addCleanup(logs.setLevel, logs.setLevel("trace"))

    def log(self, **wishes: Any) -> Log:
        """A logger whose lines land in C{self.lines}."""
        observer = Observer(lambda line, _when: self.lines.append(line.decode()), **wishes)
        return Log("frp.example", observer=LogPublisher(observer))

    def only(self) -> str:
        """The message of the one line."""
        (line,) = self.lines
        found = LINE.fullmatch(line)
        assert found is not None, line
        return found[2]


class LinesTests(Collected):
    """What stands in the log."""

    def test_shape(self) -> None:
        """My scripts parse the reference's lines: time, level, place, message."""
        self.log().info("frps tcp listen on {address}", address="0.0.0.0:7000")
        self.assertEqual(self.only(), "frps tcp listen on 0.0.0.0:7000")

    def test_time(self) -> None:
        """A line says when it was written, in local time with milliseconds."""
        before = time.strftime("%Y-%m-%d %H:%M", time.localtime())
        self.log().info("now")
        after = time.strftime("%Y-%m-%d %H:%M", time.localtime())
        self.assertIn(self.lines[0][:16], (before, after))

    def test_levels(self) -> None:
        """Each level has its letter, trace included."""
        log = self.log()
        for write in (log.trace, log.debug, log.info, log.warn, log.error):
            write("x")
        self.assertEqual("".join(line.split("[")[1][0] for line in self.lines), "TDIWE")

    def test_subject(self) -> None:
        """A line about a proxy names the run and the proxy, as the reference does."""
        self.log().about("a1b2").about(proxy="web").info("start proxy success")
        self.assertEqual(self.only(), "[a1b2] [web] start proxy success")

    def test_bracesInSubject(self) -> None:
        """A proxy may be called {x}."""
        self.log().about("{x}").info("up {n}", n=1)
        self.assertEqual(self.only(), "[{x}] up 1")

    def test_noForgedLines(self) -> None:
        """A peer that puts line feeds, escapes or reversed text into its name cannot forge a line."""
        self.log().about("a\nb").info("hello {name}", name="x\r\n2026\x1b[31m\u202e\u2028\x85\ud800")
        self.assertEqual(self.only(), r"[a\nb] hello x\r\n2026\x1b[31m\u202e\u2028\x85\ud800")

    def test_otherAlphabets(self) -> None:
        """A proxy may be called by a name in any script."""
        self.log().about("宝塔").info("é")
        self.assertEqual(self.only(), "[宝塔] é")

    def test_mistakenFormat(self) -> None:
        """A mistake in a log call is told in the log, and harms nothing."""
        self.log().info("{missing} thing")
        self.assertIn("missing", self.only())

    def test_colours(self) -> None:
        """On the console each line has the colour of its level, to its very end."""
        log = self.log(colours=True)
        for write in (log.trace, log.debug, log.info, log.warn, log.error):
            write("x")
        colours = ["\x1b[1;36m", "\x1b[1;34m", "\x1b[1;33m", "\x1b[1;31m"]
        self.assertEqual([line[:7] for line in self.lines[1:]], colours)
        self.assertTrue(self.lines[0].endswith("x\n"))
        self.assertTrue(all(line.endswith("x\n\x1b[0m") for line in self.lines[1:]))

    def test_priorities(self) -> None:
        """For the journal each line begins with its priority, those of a traceback too."""
        log = self.log(priorities=True)
        for write in (log.trace, log.debug, log.info, log.warn, log.error):
            write("x")
        self.assertEqual([line[:3] for line in self.lines], ["<7>", "<7>", "<6>", "<4>", "<3>"])
        try:
            raise ValueError("x")
        except ValueError:
            log.failure("serving")
        rest = self.lines[-1].splitlines()
        self.assertGreater(len(rest), 1)
        self.assertEqual({line[:3] for line in rest}, {"<3>"})

    def test_failure(self) -> None:
        """A bug is logged with its traceback, indented, so that no exception text can pass for a line."""
        try:
            raise ValueError("first\n2026-01-01 00:00:00.000 [I] forged")
        except ValueError:
            self.log().failure("serving {who}", who="web")
        head, *rest = self.lines[0].splitlines()
        self.assertTrue(head.endswith("serving web"))
        self.assertIn("test_failure", self.lines[0])
        self.assertTrue(rest)
        self.assertEqual([line for line in rest if not line.startswith("    ")], [])

    def test_filtered(self) -> None:
        """What is below the level costs nothing: it is neither formatted nor published."""
        logs.setLevel("warn")
        log = Log("frp.example", observer=lambda event: self.fail("published"))
        for write in (log.trace, log.debug, log.info):
            write("{x}", x=Unprintable())
        self.assertEqual([log.enabled(level) for level in logs.Level], [False, False, False, True, True])

    def test_unknownLevel(self) -> None:
        """A level that nobody knows is info, as in the reference."""
        logs.setLevel("loud")
        self.assertEqual(logs.setLevel("error"), "info")


class ForeignTests(Collected):
    """What Twisted and other packages log."""

    def foreign(self, namespace: str) -> Logger:
        """A logger of somebody else."""
        observer = Observer(lambda line, _when: self.lines.append(line.decode()))
        return Logger(namespace, observer=observer)

    def test_noise(self) -> None:
        """Factories that start and ports that close are nobody's business at debug level."""
        logs.setLevel("debug")
        self.foreign("twisted.internet.protocol").info("Starting factory {factory!r}", factory=ServerFactory())
        self.assertEqual(self.lines, [])

    def test_noiseAtTrace(self) -> None:
        """At trace level everything is there."""
        self.foreign("twisted.internet.protocol").info("Starting")
        self.assertEqual(self.lines[0].split("[")[1][0], "T")

    def test_warnings(self) -> None:
        """What Twisted warns of is shown, with the place from which it came."""
        logs.setLevel("info")
        self.foreign("twisted.web").warn("odd {what()}", what=lambda: "thing")
        self.assertEqual(self.only(), "odd thing")

    def test_plugins(self) -> None:
        """A third-party plugin that uses Twisted's logger is heard."""
        logs.setLevel("info")
        self.foreign("frpx_echo").info("echo is here")
        self.assertEqual(self.only(), "echo is here")

    def test_oldStyle(self) -> None:
        """An error from twisted.python.log has its traceback below it."""
        observer = Observer(lambda line, _when: self.lines.append(line.decode()))
        publisher = legacy.LogPublisher(publishPublisher=LogPublisher(observer))
        publisher.msg(failure=_failure(), why="something", isError=True)
        self.assertIn("[E]", self.lines[0])
        self.assertIn("] something\n    Traceback", self.lines[0])

    def test_oldStyleWhose(self) -> None:
        """An error that a protocol has let through says which protocol, and from where its user came."""
        observer = Observer(lambda line, _when: self.lines.append(line.decode()))
        publisher = legacy.LogPublisher(publishPublisher=LogPublisher(observer))
        publisher.msg(failure=_failure(), isError=True, system="User,3,192.0.2.1")
        self.assertIn("] Unhandled error in User,3,192.0.2.1\n    Traceback", self.lines[0])


def _failure() -> Any:
    from twisted.python.failure import Failure

    return Failure(KeyError("k"))


class JSONTests(Collected):
    """C{FRP_LOG_FORMAT=json}."""

    def event(self) -> dict[str, Any]:
        """The one line, read."""
        (line,) = self.lines
        self.assertTrue(line.endswith("}\n"))
        found: dict[str, Any] = json.loads(line)
        return found

    def test_fields(self) -> None:
        """A log collector gets time, level, logger, subject and values as fields."""
        self.log(json=True).about("u", runId="a1").about(proxy="web").info("up on {port}", port=80)
        event = self.event()
        self.assertRegex(event.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$")
        self.assertRegex(event.pop("place"), r"^test/test_logs\.py:\d+$")
        self.assertEqual(
            event,
            {
                "level": "info",
                "logger": "frp.example",
                "message": "up on 80",
                "prefixes": ["u", "a1", "web"],
                "runId": "a1",
                "proxy": "web",
                "port": 80,
            },
        )

    def test_oneLine(self) -> None:
        """Whatever the values are, an event is one line, and says what it means."""
        self.log(json=True).info("{a}", a="x\ny\ud800", b=object(), level="forged", c={"d": object()})
        event = self.event()
        self.assertEqual((event["message"], event["level"], "b" in event), ("x\ny\ud800", "info", False))

    def test_traceback(self) -> None:
        """A bug brings its traceback."""
        self.log(json=True).failure("bad", _failure())
        self.assertIn("KeyError", self.event()["traceback"])


class StartTests(SynchronousTestCase):
    """Where the log goes."""

    def start(self, **wishes: Any) -> str:
        """Log to a file; gives its path."""
        path: str = self.mktemp() + "/frps.log"
        self.addCleanup(logs.setLevel, logs.setLevel("info"))
        self.addCleanup(logs.stop)
        settings = SimpleNamespace(to=path, level="info", maxDays=3, disablePrintColor=False)
        logs.start(settings, begin=False, **wishes)
        return path

    def test_file(self) -> None:
        """A line is in the file as soon as it was logged, without colours; missing folders are made."""
        path = self.start(environ={})
        Log("frp.example").info("here")
        with open(path) as file:
            self.assertRegex(file.read(), r"^\d{4}.* \[I\] \[test/test_logs\.py:\d+\] here\n$")

    def test_who(self) -> None:
        """One of several processes that write one log says which it is."""
        for asJSON, line in (False, r"py:\d+\] \[worker 2\] \[x\] here\n$"), (True, r'"process": "worker 2".*\["x"\]'):
            path = self.start(environ={}, who="worker 2", json=asJSON)
            Log("frp.example", ("x",)).info("here")
            with open(path) as file:
                self.assertRegex(file.read(), line)

    def test_lost(self) -> None:
        """
        A file that cannot be written says so once, and again when it has been written in between; its lines are on
        standard error meanwhile.
        """
        path = self.start(environ={})
        os.makedirs(path)
        said = f"WARNING: log.to: {path} cannot be written, lines go to standard error until it can: is a directory\n"
        with redirect_stderr(StringIO()) as err:
            Log("frp.example").info("one")
            Log("frp.example").info("two")
        self.assertEqual(err.getvalue()[: len(said)], said)
        self.assertRegex(err.getvalue()[len(said) :], r"\A.* one\n.* two\n\Z")
        os.rmdir(path)
        with redirect_stderr(StringIO()) as err:
            self.nextSecond()
            Log("frp.example").info("three")
            os.remove(path)
            os.makedirs(path)
            self.nextSecond()
            Log("frp.example").info("four")
        self.assertEqual(err.getvalue()[: len(said)], said)
        self.assertRegex(err.getvalue()[len(said) :], r"\A.* four\n\Z")

    def nextSecond(self) -> None:
        """A log looks at its file once a second."""
        now = time.time() + 1
        self.patch(time, "time", lambda: now)

    def test_notAlone(self) -> None:
        """Where somebody else writes the log, or draws on the terminal, it is only said that lines are lost."""
        path = self.start(environ={}, alone=False)
        os.makedirs(path)
        with redirect_stderr(StringIO()) as err:
            Log("frp.example").info("one")
        said = f"WARNING: log.to: {path} cannot be written, lines are lost: is a directory\n"
        self.assertEqual(err.getvalue(), said)

    def test_json(self) -> None:
        """The environment chooses JSON."""
        path = self.start(environ={"FRP_LOG_FORMAT": "json"})
        Log("frp.example").info("here")
        with open(path) as file:
            self.assertEqual(json.loads(file.read())["message"], "here")

    def test_journal(self) -> None:
        """Priorities are for the journal alone: standard output that the environment names, with the log on it."""
        script = (
            "from types import SimpleNamespace; from frp import logs; import sys\n"
            "logs.start(SimpleNamespace(to=sys.argv[1], level='info', maxDays=3, disablePrintColor=False))\n"
            "logs.Log('frp.example').warn('here')\n"
        )
        path = os.path.abspath(self.mktemp())
        for to, own, beginning in (("console", True, "<4>2"), ("console", False, "2"), (path, True, "")):
            reading, writing = os.pipe()
            about = os.fstat(writing)
            stream = f"{about.st_dev}:{about.st_ino + (not own)}"
            subprocess.run(
                [sys.executable, "-c", script, to],
                env={**os.environ, "JOURNAL_STREAM": stream},
                stdout=writing,
                check=True,
            )
            os.close(writing)
            with open(reading) as said:
                self.assertEqual(said.read()[: len(beginning) or None], beginning)
        with open(path) as file:
            self.assertTrue(file.read().startswith("2"))

    def test_again(self) -> None:
        """A second start takes the place of the first."""
        first, second = self.start(), self.start()
        Log("frp.example").info("here")
        with open(second) as file:
            self.assertIn("here", file.read())
        self.assertFalse(os.path.exists(first))

    def test_stop(self) -> None:
        """After a stop nothing is written, and stopping twice is no mistake."""
        path = self.start()
        logs.stop()
        logs.stop()
        Log("frp.example").info("here")
        self.assertFalse(os.path.exists(path))

    def test_everybodySeesIt(self) -> None:
        """Any Twisted observer sees our events, with the prefixes in their text."""
        from twisted.logger import formatEvent

        seen: list[LogEvent] = []
        Log("frp.example", ("web",), observer=seen.append).warn("x {n}", n=1)
        self.assertEqual(formatEvent(seen[0]), "[web] x 1")
