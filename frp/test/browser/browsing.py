"""A browser, as its user has it: it is told to press what can be read, and asked what can be seen."""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest

from frp.test.live.children import Child
from frp.test.live.test_processes import ProcessTestCase
from frp.testing.live import freePort

__all__ = ["BrowserTestCase", "User"]

T = TypeVar("T")

#: Seconds in which something has to be seen.
PATIENCE = 30

#: What may be there, the best first: the one without windows, tabs and menus of its own needs half the processor time.
_PROGRAMS = ("chromium-headless-shell", "chromium")

# None of these may look for hosts outside, nor need a screen or a graphics card.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
)

#: The sizes and themes in which every page is looked at.
LOOKS = ((360, 740, True), (1600, 1000, False), (1600, 1000, True), (360, 740, False))

_PRESSED = "//*[self::a or self::button or self::input or self::summary][normalize-space()={0} or @aria-label={0}]"
_LABELLED = "//label[normalize-space(text())={0} or normalize-space(span)={0} or normalize-space()={0}]"


def quoted(text: str) -> str:
    """As XPath has it: no text here has quotes."""
    return f'"{text}"'


def _program() -> str:
    return next(filter(None, map(shutil.which, _PROGRAMS)), "")


@cache
def _browser() -> Any:
    """@return: that of this process: it takes longer to start than most who use it stay."""
    from selenium import webdriver  # where it is not installed, all tests are skipped
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = _program()
    for flag in _FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    atexit.register(driver.quit)
    return driver


class User:
    """
    Somebody before a browser, in a window of his own, with no cookies. The pages of each test have ports of their own:
    what they have stored is nobody else's.
    """

    def __init__(self) -> None:
        self.driver = _browser()
        self._desk = self.driver.current_window_handle
        self.driver.switch_to.new_window("window")
        self._tell("Network.clearBrowserCookies")
        self.driver.get_log("browser")

    def quit(self) -> None:
        """Close the window."""
        self.driver.close()
        self.driver.switch_to.window(self._desk)

    def look(self, width: int, height: int, dark: bool) -> None:
        """Have a window of that size, and a system of that theme."""
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._tell(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )

    def _tell(self, command: str, **values: object) -> None:
        self.driver.execute_cdp_cmd(command, values)

    def until(self, found: Callable[[], T], what: str) -> T:
        """Wait for something that is true."""
        from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
        from selenium.webdriver.support.wait import WebDriverWait

        waiting = WebDriverWait(self.driver, PATIENCE, 0.05, (StaleElementReferenceException,))
        try:
            answer: T = waiting.until(lambda _: found())
        except TimeoutException:
            raise AssertionError(f"{what}; there is:\n{self.text()}") from None
        return answer

    def text(self) -> str:
        """All that can be read."""
        return str(self.driver.execute_script("return document.body.innerText"))

    def sees(self, *texts: str) -> None:
        """Wait until all of these can be read."""
        for text in texts:
            self.until(lambda text=text: text in self.text(), f"not seen: {text}")  # type: ignore[misc]

    def misses(self, text: str) -> None:
        """Wait until it can be read no more."""
        self.until(lambda: text not in self.text(), f"still seen: {text}")

    def shown(self, path: str) -> Any:
        """@return: the first element there that can be seen, once there is one."""

        def find() -> Any:
            return next((one for one in self.driver.find_elements("xpath", path) if one.is_displayed()), None)

        return self.until(find, f"not shown: {path}")

    def press(self, name: str, within: str = "") -> None:
        """A button or link that is called so."""

        def pressed() -> bool:
            from selenium.common.exceptions import ElementClickInterceptedException

            found = self.shown(within + _PRESSED.format(quoted(name)))
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
            try:
                found.click()
            except ElementClickInterceptedException:
                return False
            return True

        self.until(pressed, f"cannot be pressed: {name}")

    def field(self, label: str, within: str = "") -> Any:
        """What has that label."""
        found = self.shown(within + _LABELLED.format(quoted(label)))
        name = found.get_attribute("for")
        return self.driver.find_element("id", name) if name else found.find_element("xpath", ".//input|.//select")

    def fill(self, label: str, text: str) -> None:
        """Type into a field, in place of what is there."""
        field = self.field(label)
        field.clear()
        field.send_keys(text)

    def choose(self, label: str, option: str) -> None:
        """One of a choice."""
        from selenium.webdriver.support.select import Select

        Select(self.field(label)).select_by_visible_text(option)

    def go(self, url: str) -> None:
        """Begin anew there."""
        self.driver.get("about:blank")
        self.driver.get(url)

    @property
    def address(self) -> str:
        return str(self.driver.current_url)

    def problems(self) -> list[str]:
        """@return: what the browser's console has to complain of, and what does not fit into the window."""
        said = [one["message"] for one in self.driver.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]
        wide = self.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        return said + ([f"{wide} pixels too wide: {self.address}"] if wide > 0 else [])


class BrowserTestCase(ProcessTestCase):
    """
    frps and frpc with their web servers, and somebody who looks at them.

    @ivar dashboard: where the pages of frps are.
    @ivar admin: where those of frpc are.
    """

    timeout = 120

    def setUp(self) -> None:
        if importlib.util.find_spec("selenium") is None:
            raise SkipTest("selenium is not installed: install the browser extra")
        if not _program():
            raise SkipTest("there is no chromium")
        if shutil.which("chromedriver") is None:
            raise SkipTest("there is no chromedriver")
        super().setUp()
        self.ports = {name: freePort() for name in ("frps", "frpc", "http")}
        self.dashboard = f"http://127.0.0.1:{self.ports['frps']}/static/"
        self.admin = f"http://127.0.0.1:{self.ports['frpc']}/static/"
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    async def both(self, server: str = "", client: str = "") -> tuple[Child, Child]:
        """Start frps, and frpc with a proxy C{web} of type tcp, and one of type http that keeps its requests."""
        first = await self.frps(
            f"webServer.port = {self.ports['frps']}\nvhostHTTPPort = {self.ports['http']}\n"
            f'subDomainHost = "example.com"\n{server}'
        )
        second = await self.frpc(
            f'user = "alice"\nclientID = "laptop"\nwebServer.port = {self.ports["frpc"]}\n'
            f'store.path = "{self.folder / "store.json"}"\n{client}\n[[proxies]]\nname = "shop"\ntype = "http"\n'
            f'subdomain = "shop"\nlocalPort = {self.ports["frps"]}\n'
            'inspect = {}\nannotations = { owner = "team" }\n'
        )
        return first, second

    def use(self, target: str, method: str = "GET", body: str | bytes = "", host: str = "shop", **headers: str) -> None:
        """Ask a proxy of type http."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=10)
        connection.request(method, target, body, {"Host": f"{host}.example.com", **headers})
        connection.getresponse().read()
        connection.close()

    async def rival(self) -> None:
        """Start a client C{bob.pc}, whose proxy C{bob.mine} is refused: it wants the domain of C{alice.shop}."""
        other = self.program(
            "frpc",
            f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\nuser = "bob"\nclientID = "pc"\n'
            '[[proxies]]\nname = "mine"\ntype = "http"\nsubdomain = "shop"\nlocalPort = 1\n',
        )
        await other.lines.wait("start error")

    async def visit(self, work: Callable[[User], None]) -> None:
        """Let a user do something; nothing may go wrong in the browser meanwhile."""

        def visited() -> list[str]:
            user = User()
            try:
                work(user)
                return user.problems()
            finally:
                user.quit()

        self.assertEqual(await deferToThread(visited), [])
