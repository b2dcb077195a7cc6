"""A process that serves."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp import logs
from frp.cli.clientprogram import ClientProgram
from frp.cli.run import Process, told
from frp.cli.serverprogram import ServerProgram
from frp.cli.servicemanager import ServiceManager
from frp.errors import Fault, FRPError, PluginError, PortTaken
from frp.interfaces import IReactor


class FakeReactor(MemoryReactorClock):
    """Runs what waits for its start, and shuts down when told to."""

    def run(self) -> None:
        """Returns at once, and goes on running."""
        self.running = self.hasRun = True
        for function, args, kwargs in self.whenRunningHooks:
            function(*args, **kwargs)

    def callFromThread(self, function: Any, *args: Any) -> None:
        function(*args)

    def stop(self) -> None:
        super().stop()
        for phase in self.triggers["before"]["shutdown"]:
            function, args, kwargs = phase
            self.stopping = function(*args, **kwargs)


class FakeService(Service):
    """A frps or a frpc."""

    def __init__(self) -> None:
        self.started: Deferred[Any] = Deferred()
        self.ended: Deferred[None] = Deferred()
        self.drained: Deferred[None] = Deferred()
        self.stopped: Deferred[None] = Deferred()
        self.stops = 0

    def stopService(self) -> Deferred[None]:
        """Takes until C{stopped} fires."""
        super().stopService()
        self.stops += 1
        return self.stopped


class Taken(Service):
    """A web server whose port is taken."""

    def startService(self) -> None:
        raise PortTaken("taken")


class FakeManager:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def ready(self, status: str = "") -> None:
        self.heard.append(f"ready {status}".strip())

    def reloading(self) -> None:
        self.heard.append("reloading")

    def stopping(self) -> None:
        self.heard.append("stopping")


def always(value: Any) -> Any:
    """@return: what gives this, whatever it is called with."""
    return lambda *_: value


class RunTests(SynchronousTestCase):
    """Start, signals, end, exit code."""

    def setUp(self) -> None:
        self.signals: dict[int, Any] = {}
        self.reactor = FakeReactor()
        self.manager = FakeManager()
        self.process = Process(
            cast(IReactor, self.reactor), cast(ServiceManager, self.manager), watch=self.signals.__setitem__
        )
        self.service = FakeService()
        self.path = self.mktemp()
        self.settings = SimpleNamespace(to=self.path, level="info", maxDays=3, disablePrintColor=True)
        self.config: Any = SimpleNamespace(log=self.settings)
        # So that no test begins the log: the log of the other tests is left alone.
        logs.hush()
        self.addCleanup(logs.stop)
        thresholds = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *thresholds)
        self.addCleanup(gc.unfreeze)

    def messages(self) -> list[str]:
        """The messages in the log."""
        with open(self.path) as file:
            return [re.sub(r"^.*?\[.\] \[.*?\] ", "", line.rstrip("\n")) for line in file]

    def serve(self, path: str = "", web: Service | None = None) -> ServerProgram:
        """Be frps."""
        program = ServerProgram(self.config, path, always(self.service), always(web), self.load, told, logs.start)
        self.process.serve(program)
        return program

    def load(self, path: str = "") -> Any:
        """What the configuration is when it is read again."""
        return self.config

    def serveClients(self, *paths: str, web: Service | None = None) -> tuple[list[FakeService], list[Any]]:
        """Be frpc with some files; gives the services, and what failed."""
        services = [FakeService() for _ in paths]
        waiting: Any = iter(services)
        failures: list[Any] = []

        def failed(path: str, failure: Failure) -> int:
            failures.append((path, failure.value))
            return 1

        clients = [(path, self.config) for path in paths]
        self.program = ClientProgram(clients, lambda *_: next(waiting), always(web), self.load, failed, logs.start)
        self.process.serve(self.program)
        return services, failures

    def test_serverStart(self) -> None:
        """frps says which file it uses, and starts."""
        self.serve("/etc/frps.toml")
        self.assertTrue(self.service.running)
        self.assertEqual(self.messages(), ["frps uses config file: /etc/frps.toml"])

    def test_ready(self) -> None:
        """Who has started frps hears when clients can come, and when it begins to end."""
        self.serve()
        self.assertEqual(self.manager.heard, [])
        self.service.started.callback(None)
        self.assertEqual(self.manager.heard, ["ready"])
        self.signals[signal.SIGTERM](signal.SIGTERM, None)
        self.assertEqual(self.manager.heard, ["ready", "stopping"])

    def test_reloading(self) -> None:
        """It hears that the configuration is read again, whatever becomes of that; not of what has not started."""
        self.serve()
        self.patch(ServerProgram, "reload", self.broken)
        self.signals[signal.SIGHUP](signal.SIGHUP, None)
        self.assertEqual(self.manager.heard, [])
        self.service.started.callback(None)
        self.signals[signal.SIGHUP](signal.SIGHUP, None)
        self.assertEqual(self.manager.heard, ["ready", "reloading", "ready"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    async def broken(self) -> None:
        """Read it again."""
        raise ZeroDivisionError

    def test_drained(self) -> None:
        """A frps that was drained ends by itself, and well."""
        self.serve()
        self.service.started.callback(None)
        self.assertFalse(self.reactor.hasStopped)
        self.service.drained.callback(None)
        self.assertEqual((self.reactor.hasStopped, self.process.code), (True, 0))

    def test_neverReady(self) -> None:
        """A start that fails is none."""
        self.serve()
        with contextlib.redirect_stdout(io.StringIO()):
            self.service.started.errback(PortTaken("taken"))
        self.assertEqual(self.manager.heard, ["stopping"])

    def test_clientsReady(self) -> None:
        """frpc is ready when the first attempt of each client is over, or the client is."""
        services, _ = self.serveClients("a.toml", "b.toml", "c.toml")
        services[0].started.callback("a:7000: connected")
        services[1].ended.callback(None)
        self.assertEqual(self.manager.heard, [])
        services[2].started.callback("c:7000: waiting")
        self.assertEqual(self.manager.heard, ["ready a:7000: connected; c:7000: waiting"])

    def test_clientsNeverReady(self) -> None:
        """Where all have given up there is nothing to be ready."""
        services, _ = self.serveClients("a.toml")
        services[0].ended.errback(FRPError("no"))
        self.assertEqual(self.manager.heard, ["stopping"])

    def test_serverFlags(self) -> None:
        """Or that there is none."""
        self.serve()
        self.assertEqual(self.messages(), ["frps uses command line arguments for config"])

    def test_startFailure(self) -> None:
        """A port that is taken is said on standard output, and ends frps with code 1."""
        self.serve()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.service.started.errback(PortTaken("listen tcp 0.0.0.0:7000: bind: address already in use"))
        self.assertEqual(out.getvalue(), "listen tcp 0.0.0.0:7000: bind: address already in use\n")
        self.assertTrue(self.reactor.hasStopped)
        self.assertEqual(self.process.code, 1)

    def test_bug(self) -> None:
        """A bug at the start ends frps, too, with a traceback in the log."""
        self.serve()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.service.started.errback(ZeroDivisionError("x"))
        self.assertEqual(out.getvalue(), "ZeroDivisionError: x\n")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.process.code, 1)

    def test_plugin(self) -> None:
        """A plugin that keeps frps from starting is told with all that is known of it."""
        self.serve()
        fault = Fault("hook failed: KeyError: 'x'", "owner.py:7", "hook(config, site)", "extending/hook")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.service.started.errback(PluginError("internal error", faults=[fault], bug=KeyError("x")))
        self.assertEqual(
            out.getvalue(),
            "owner.py:7: hook failed: KeyError: 'x'\n"
            "    expected: hook(config, site)\n    see: frpc docs extending/hook\n",
        )
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
        self.assertEqual(self.process.code, 1)

    def test_collector(self) -> None:
        """Once started, the collector leaves alone what is there."""
        self.serve()
        before = gc.get_freeze_count()
        self.service.started.callback(None)
        self.assertGreater(gc.get_freeze_count(), before)
        self.assertTrue(gc.isenabled())

    def test_signal(self) -> None:
        """SIGTERM stops the services, waits for them, and leaves with code 0; a second one would end frps at once."""
        self.serve()
        self.service.started.callback(None)
        self.signals[signal.SIGTERM](signal.SIGTERM, None)
        self.assertEqual(self.service.stops, 1)
        self.assertNoResult(self.reactor.stopping)
        self.assertEqual((self.signals[signal.SIGTERM], self.signals[signal.SIGINT]), (signal.SIG_DFL, signal.SIG_DFL))
        self.service.stopped.callback(None)
        self.successResultOf(self.reactor.stopping)
        self.assertEqual(self.process.code, 0)

    def test_signalsAtOnce(self) -> None:
        """Signals that come in the same moment are all heard, and the first of them is the end: nobody is killed."""
        self.serve()
        ended = list[Callable[[], object]]()
        self.patch(self.reactor, "callFromThread", ended.append)
        for number in (signal.SIGINT, signal.SIGTERM):
            self.assertNotEqual(self.signals[number], signal.SIG_DFL)
            self.signals[number](number, None)
        for end in ended:
            end()
        self.assertEqual(self.service.stops, 1)

    def test_stuck(self) -> None:
        """A service that fails to end does not hold up the end."""
        self.serve()
        self.signals[signal.SIGINT](signal.SIGINT, None)
        self.service.stopped.errback(ZeroDivisionError())
        self.successResultOf(self.reactor.stopping)
        self.assertEqual(len(self.flushLoggedErrors()), 1)

    def test_clientLines(self) -> None:
        """frpc says what it serves and when that ended."""
        services, failures = self.serveClients("a.toml")
        services[0].ended.callback(None)
        self.assertEqual(
            self.messages(),
            [
                "start frpc service for config file [a.toml] with aggregated configuration",
                "frpc service for config file [a.toml] stopped",
            ],
        )
        self.assertEqual((failures, self.process.code, self.reactor.hasStopped), ([], 0, True))

    def test_clientWithoutFile(self) -> None:
        """A client from flags has neither line."""
        services, _failures = self.serveClients("")
        services[0].ended.callback(None)
        self.assertFalse(os.path.exists(self.path))

    def test_loginFails(self) -> None:
        """A login that fails ends frpc with the code for it; it has ended by itself and is not stopped."""
        services, failures = self.serveClients("a")
        error = FRPError("login to the server failed")
        services[0].ended.errback(error)
        self.assertEqual((failures, self.process.code), ([("a", error)], 1))
        self.assertEqual(services[0].stops, 0)

    def test_started(self) -> None:
        """The start of frpc has come to its end with that of the last client, if any has started."""
        services, _failures = self.serveClients("a", "b", "c")
        services[0].started.callback("up")
        services[1].ended.errback(FRPError("no"))
        self.assertNoResult(self.program.started)
        services[2].started.callback("up as well")
        self.assertEqual(self.manager.heard, ["ready up; up as well"])

    def test_noneStarted(self) -> None:
        """If none has, the start has failed."""
        services, _failures = self.serveClients("a", "b")
        services[0].ended.errback(FRPError("no"))
        services[1].ended.errback(FRPError("no"))
        self.assertNoResult(self.program.started)
        self.assertEqual(self.process.code, 1)

    def test_notMade(self) -> None:
        """A client that cannot even be made fails alone."""
        made = [FRPError("no"), FakeService()]

        def make(*_: object) -> Any:
            found = made.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        failures: list[str] = []

        def failed(path: str, _failure: Failure) -> int:
            failures.append(path)
            return 1

        clients = [("a", self.config), ("b", self.config)]
        program = ClientProgram(clients, make, always(None), self.load, failed, logs.start)
        self.process.serve(program)
        self.assertEqual((failures, self.reactor.hasStopped), (["a"], False))

    def test_stoppedBefore(self) -> None:
        """Whoever stops frps before it has started is not told that this has failed."""
        program = self.serve()
        self.signals[signal.SIGTERM](signal.SIGTERM, None)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.service.started.errback(FRPError("stopped before it had started"))
        self.assertNoResult(program.started)
        self.assertNoResult(program.ended)
        self.assertEqual((out.getvalue(), self.process.code), ("", 0))

    def test_manyClients(self) -> None:
        """Of many clients each ends alone; frpc ends with the last."""
        services, failures = self.serveClients("a", "b")
        services[0].ended.errback(FRPError("no"))
        self.assertFalse(self.reactor.hasStopped)
        services[1].ended.callback(None)
        self.assertTrue(self.reactor.hasStopped)
        self.assertEqual(len(failures), 1)

    def test_webServer(self) -> None:
        """The web server of a client lives as long as the client."""
        web = FakeService()
        services, _failures = self.serveClients("a", web=web)
        self.assertTrue(web.running)
        services[0].ended.callback(None)
        self.assertEqual((web.stops, self.process.code, self.reactor.hasStopped), (1, 0, True))

    def test_webServerFails(self) -> None:
        """A client whose web server cannot listen is not started; frpc ends with what kept it from it."""
        services, failures = self.serveClients("a", web=Taken())
        self.assertFalse(services[0].running)
        self.assertEqual([(path, str(error)) for path, error in failures], [("a", "taken")])
        self.assertEqual(self.process.code, 1)

    def test_dashboardFails(self) -> None:
        """The same of frps."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.serve(web=Taken())
        self.assertEqual((out.getvalue(), self.process.code, self.service.running), ("taken\n", 1, 0))

    def test_stopClients(self) -> None:
        """A signal stops all of them."""
        services, _failures = self.serveClients("a", "b")
        self.signals[signal.SIGTERM](signal.SIGTERM, None)
        self.assertEqual([service.stops for service in services], [1, 1])
        for service in services:
            service.ended.callback(None)
            service.stopped.callback(None)
        self.successResultOf(self.reactor.stopping)
        self.assertEqual(self.process.code, 0)
