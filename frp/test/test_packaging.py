"""
What people install: the wheel, a third-party package beside it, and an editable checkout.

Nothing is downloaded: the virtual environments made here see the libraries of the one that runs the tests, but not its
frp.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import mkdtemp
from threading import Timer
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from frp.test.started import WORKERS

CHECKOUT = Path(__file__).parents[2]
SOURCES = ("docs", "frp", "twisted", "setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "dropin.cache", "_trial_temp*", "_build", "*.egg-info")

FRPS = """
bindAddr = "127.0.0.1"
bindPort = {port}
workers = {workers}
log.disablePrintColor = true

[[hooks]]
type = "names"
name = "tidy"
prefixes = ["hello"]
"""

FRPC = """
serverAddr = "127.0.0.1"
serverPort = {port}
log.disablePrintColor = true

[[proxies]]
name = "hello"
type = "echo"
remotePort = {public}
greeting = "hi "
"""


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; its failure is shown whole."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "VIRTUAL_ENV"))}
    environment |= {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise AssertionError(f"{command} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def copyCheckout(folder: Path) -> Path:
    """
    A copy of what a wheel is made from. Building writes into its tree, and what is left there would get into the next
    wheel.
    """
    folder.mkdir()
    for name in SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, folder / name)
    return folder


def sourceFiles(checkout: Path, pattern: str) -> set[str]:
    """The files of that pattern, without what Python leaves there, relative to the checkout."""
    found = (path for path in checkout.glob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(checkout)) for path in found}


def buildWheel(source: Path, folder: Path) -> Path:
    """The wheel of a source tree."""
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-build-isolation",
        "--no-deps",
        "-w",
        folder,
        source,
        cwd=folder.parent,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


class Program:
    """A program that runs in the background, and what it has said so far."""

    def __init__(self, *command: str | Path, cwd: Path) -> None:
        self.said = ""
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Whoever waits for a line in vain gets the end of the output, and says so.
        self._watchdog = Timer(30, self._process.kill)
        self._watchdog.start()

    def waitFor(self, words: str) -> None:
        """Read its output up to the line with these words."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"{words!r} was not said, but:\n{self.said}")

    def stop(self) -> None:
        self._watchdog.cancel()
        self._process.terminate()
        self._process.communicate()


class Environment:
    """A fresh virtual environment that sees our libraries, but not our frp."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.folder = folder
        self.python = folder / "bin" / "python"
        site = Path(
            run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
        )
        # Python does not read the .pth files of a folder that a .pth file names, so an editable frp there stays unseen.
        libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        (site / "libraries.pth").write_text("".join(f"{path}\n" for path in sorted(libraries)))

    def pip(self, *arguments: str | Path) -> None:
        run(sys.executable, "-m", "pip", "--python", self.python, *arguments, cwd=self.folder)

    def install(self, *arguments: str | Path) -> None:
        self.pip("install", "-q", "--no-deps", "--no-build-isolation", *arguments)

    def kinds(self, *flags: str, cwd: Path | None = None) -> set[tuple[str, ...]]:
        """Every kind in C{frps plugins}: the interface's name, its own name, the package."""
        found, family = set(), ""
        for line in run(self.folder / "bin" / "frps", "plugins", *flags, cwd=cwd or self.folder).splitlines():
            if line.startswith("  "):
                found.add((family, *line.split()[:2]))
            elif line:
                family = line
        return found

    def commands(self, cwd: Path | None = None) -> list[str]:
        """The first words of the lines of C{python -m twisted --help}, which is C{twistd} in the foreground."""
        lines = run(self.python, "-m", "twisted", "--help", cwd=cwd or self.folder).splitlines()
        return [line.split()[0] for line in lines if line.strip()]


class Shared:
    """What takes seconds to make, made once for all tests of this module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = copyCheckout(folder / "checkout")
        self.wheel = buildWheel(self.checkout, folder / "wheels")
        self.environment = Environment(folder / "installed")
        self.environment.install(self.wheel)


class PackagingTests(SynchronousTestCase):
    """A person installs frp."""

    shared: Shared

    @classmethod
    def setUpClass(cls) -> None:
        if not (CHECKOUT / "setup.cfg").exists():
            raise SkipTest("installed without the checkout")
        try:
            version("pip")
            if int(version("setuptools").partition(".")[0]) < 77:
                raise SkipTest("setuptools is too old: install the test extra")
        except PackageNotFoundError as missing:
            raise SkipTest(f"{missing.name} is not installed: install the test extra") from missing
        folder = Path(mkdtemp(prefix="frp-packaging-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.shared = Shared(folder)

    def test_wheelHoldsAll(self) -> None:
        """The wheel holds every file of the package and of twisted/plugins, and the pages; no tests, nothing else."""
        with zipfile.ZipFile(self.shared.wheel) as wheel:
            found = {name for name in wheel.namelist() if not name.partition("/")[0].endswith((".dist-info", ".data"))}
        wanted = sourceFiles(self.shared.checkout, "frp/**/*") | sourceFiles(
            self.shared.checkout, "twisted/plugins/*.py"
        )
        wanted |= {f"frp/{page}" for page in sourceFiles(self.shared.checkout, "docs/**/*.md")}
        self.assertEqual(
            found, {name for name in wanted if not name.startswith(("frp/test/", "frp/docs/changelog.d/"))}
        )
        self.assertIn("frp/py.typed", found)

    def test_wheelLeavesTwistedWhole(self) -> None:
        """The wheel adds plugin modules to twisted/plugins and no __init__.py, which would hide Twisted."""
        with zipfile.ZipFile(self.shared.wheel) as wheel:
            inTwisted = [name for name in wheel.namelist() if name.startswith("twisted/")]
        self.assertTrue(inTwisted)
        self.assertEqual([name for name in inTwisted if not name.startswith("twisted/plugins/frp_")], [])

    def test_installedFromWheel(self) -> None:
        """After pip install, Python takes frp from where pip has put it."""
        where = run(self.shared.environment.python, "-c", "import frp; print(frp.__file__)", cwd=self.shared.folder)
        self.assertTrue(where.startswith(str(self.shared.environment.folder)), where)

    def test_twistdKnowsTheCommands(self) -> None:
        """After pip install, twistd offers frps and frpc."""
        commands = self.shared.environment.commands()
        self.assertIn("frps", commands)
        self.assertIn("frpc", commands)

    def test_consoleScripts(self) -> None:
        """After pip install there are two commands, frps and frpc."""
        for name in ("frps", "frpc"):
            self.assertTrue(os.access(self.shared.environment.folder / "bin" / name, os.X_OK), name)

    def test_pages(self) -> None:
        """After pip install a command shows the page that an error about a plugin names."""
        frpc = self.shared.environment.folder / "bin" / "frpc"
        shown = run(frpc, "docs", "extending/proxy", cwd=self.shared.folder)
        self.assertEqual(shown.strip(), (CHECKOUT / "docs" / "extending" / "proxy.md").read_text().strip())

    def test_manuals(self) -> None:
        """After pip install there are manual pages, where man looks for those of commands beside it."""
        for name in ("frps", "frpc"):
            shown = (self.shared.environment.folder / "share" / "man" / "man1" / f"{name}.1").read_text()
            self.assertEqual(shown, (CHECKOUT / "docs" / "man" / f"{name}.1").read_text())

    def test_builtInKinds(self) -> None:
        """After pip install frps plugins lists the built-in kinds, and each of them can be loaded."""
        kinds = self.shared.environment.kinds("--check")
        built = {
            ("IProxyKind", "tcp", "frp"),
            ("ITunnelTransport", "tcp", "frp"),
            ("IAuthenticatorKind", "token", "frp"),
        }
        self.assertEqual(built - kinds, set())
        self.assertEqual({package for _family, _name, package in kinds}, {"frp"})

    def test_thirdPartyComesAndGoes(self) -> None:
        """
        A package installed beside frp is known at the next start, works, passes its own tests, and is forgotten when it
        is uninstalled.
        """
        if not (CHECKOUT / "examples").is_dir():
            raise SkipTest("installed without the examples")
        source = self.shared.folder / "frpx-echo"
        shutil.copytree(CHECKOUT / "examples" / "frpx-echo", source, ignore=LEFT_OUT)
        environment = self.shared.environment
        before = environment.kinds()
        environment.install(buildWheel(source, self.shared.folder / "echo-wheels"))
        during = environment.kinds("--check")
        said = self.throughTheTunnel(environment)
        tests = run(environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=source / "tests")
        environment.pip("uninstall", "-q", "-y", "frpx-echo")
        after = environment.kinds()
        brought = {("IProxyKind", "echo"), ("IClientPlugin", "echo"), ("IServerHookKind", "names")}
        self.assertEqual(during - before, {(*kind, "frpx_echo") for kind in brought})
        self.assertEqual(said, b"hi there")
        self.assertRegex(tests, r"\d\d passed")
        self.assertEqual(after, before)

    def test_newPlugin(self) -> None:
        """
        What new-plugin writes is known after pip install -e, from every folder, and after pip install; Twisted is
        unharmed by both.
        """
        environment = self.shared.environment
        before, root = environment.kinds(), Path("/")
        for kind, family in (("proxy", "IProxyKind"), ("plugin", "IClientPlugin"), ("hook", "IServerHookKind")):
            source = self.shared.folder / f"frpx-my-{kind}"
            run(environment.folder / "bin" / "frpc", "new-plugin", f"my-{kind}", "--kind", kind, cwd=self.shared.folder)
            for way in (["-e", source], [buildWheel(source, self.shared.folder / f"my-{kind}")]):
                environment.install(*way)
                brought = {(family, f"my-{kind}", f"frpx_my_{kind}")}
                self.assertEqual(environment.kinds("--check", cwd=root) - before, brought, way)
                self.assertLessEqual({"frps", "frpc", "web"}, set(environment.commands(root)))
                environment.pip("uninstall", "-q", "-y", f"frpx-my-{kind}")
        self.assertEqual(environment.kinds(), before)

    def throughTheTunnel(self, environment: Environment) -> bytes:
        """What a user of an echo proxy gets who says "there"."""
        folder = environment.folder
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
            port, public = one.getsockname()[1], other.getsockname()[1]
        for name, text in (("frps", FRPS), ("frpc", FRPC)):
            (folder / f"{name}.toml").write_text(text.format(port=port, public=public, workers=WORKERS))
        server = Program(folder / "bin" / "frps", "-c", "frps.toml", cwd=folder)
        self.addCleanup(server.stop)
        server.waitFor("frps started successfully")
        client = Program(folder / "bin" / "frpc", "-c", "frpc.toml", cwd=folder)
        self.addCleanup(client.stop)
        client.waitFor("start proxy success")
        with socket.create_connection(("127.0.0.1", public), timeout=10) as user:
            user.sendall(b"there")
            user.shutdown(socket.SHUT_WR)
            with user.makefile("rb") as answer:
                return answer.read(8)

    def test_editableInstall(self) -> None:
        """After pip install -e twistd offers the commands and all kinds are found, from the checkout itself."""
        environment = Environment(self.shared.folder / "editable")
        environment.install("-e", self.shared.checkout)
        where = run(environment.python, "-c", "import frp; print(frp.__file__)", cwd=self.shared.folder)
        self.assertTrue(where.startswith(str(self.shared.checkout)), where)
        self.assertLessEqual({"frps", "frpc"}, set(environment.commands()))
        self.assertEqual(environment.kinds(), self.shared.environment.kinds())

    def test_notInstalled(self) -> None:
        """In a checkout that is not installed, python -m twisted offers the commands."""
        environment = Environment(self.shared.folder / "bare")
        self.assertLessEqual({"frps", "frpc"}, set(environment.commands(self.shared.checkout)))
