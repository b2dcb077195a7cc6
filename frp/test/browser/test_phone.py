"""Somebody with a phone, who taps, goes back, and is away when things happen."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from frp.test.browser.browsing import BrowserTestCase, User
from frp.test.browser.test_admin import DEAD
from frp.test.live.children import Child
from frp.testing.live import freePort

T = TypeVar("T")

#: Seconds that a program may take to start or to end; a thread that waited for ever would hold up all.
SLOW = 40

#: What is under a finger at the right end of what an expression selects, how high that is, and where it leads.
TAP = """
const box = document.querySelector(arguments[0]).getBoundingClientRect();
const found = document.elementFromPoint(box.right - 20, box.top + 20);
return [found?.getAttribute("href"), box.height];
"""

#: The least height of a text within what an expression selects, in pixels of the screen.
SMALLEST = (
    "return Math.min(...[...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect().height))"
)


class PhoneTests(BrowserTestCase):
    """Both programs, on a narrow screen."""

    def opened(self, user: User, place: str) -> None:
        """Go somewhere."""
        user.look(360, 740, False)
        user.go(place)

    def focused(self, user: User, name: str) -> None:
        """Wait until the focus is on what is called so."""
        active = "const e = document.activeElement; return e.getAttribute('aria-label') || e.id"
        user.until(lambda: user.driver.execute_script(active) == name, f"the focus is not on {name}")

    def awaited(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something where the programs are, from the thread of the user."""

        async def done() -> T:
            return await work()

        def begun() -> Deferred[T]:
            return Deferred.fromCoroutine(done()).addTimeout(SLOW, self.reactor)

        found: T = blockingCallFromThread(self.reactor, begun)  # type: ignore[arg-type]
        return found

    def stop(self, child: Child) -> None:
        """End a program."""

        async def end() -> None:
            child.transport.signalProcess("TERM")
            await child.ended

        self.awaited(end)

    async def test_back(self) -> None:
        """Whoever goes back from a form and stays keeps the way back, however often."""
        await self.both()

        def work(user: User) -> None:
            self.opened(user, f"{self.admin}#/proxies")
            user.press("New proxy")
            user.fill("Name", "mine")
            for _ in range(3):
                user.driver.back()
                user.sees("Discard the changes?")
                user.press("Cancel", "//dialog")
                user.until(lambda: user.address.endswith("#/proxies?form=new"), "not on the form")
            self.assertEqual(user.field("Name").get_attribute("value"), "mine")
            user.driver.back()
            user.press("Discard", "//dialog")
            user.sees("All sources")
            self.assertTrue(user.address.endswith("#/proxies"), user.address)
            user.driver.forward()
            user.sees("Remote port")

        await self.visit(work)

    async def test_focus(self) -> None:
        """The focus goes where somebody goes on: back to the menu, into a new row, to the list."""
        await self.both()

        def work(user: User) -> None:
            self.opened(user, f"{self.admin}#/proxies?form=new&type=http")
            user.press("Menu")
            user.shown("//nav[contains(@class, 'open')]")
            user.driver.switch_to.active_element.send_keys("\ue00c")
            self.focused(user, "Menu")
            user.press("Add", "//fieldset[legend='Custom domains']")
            self.focused(user, "Custom domains 1")
            user.driver.switch_to.active_element.send_keys("a.example.org")
            user.fill("Name", "mine")
            user.press("Create")
            user.sees("Without a port nobody is led anywhere")
            self.focused(user, "form.localPort")
            user.fill("Local port", "80")
            user.press("Create")
            user.sees("mine is created.")
            self.opened(user, f"{self.admin}#/proxies")
            user.press("Delete mine")
            user.press("Delete", "//dialog")
            user.sees("mine is deleted.")
            self.focused(user, "main")

        await self.visit(work)

    async def test_away(self) -> None:
        """While the program is away that is said, also of a page that was never loaded; then it comes by itself."""
        _server, client = await self.both()
        settings = f'user = "alice"\nwebServer.port = {self.ports["frpc"]}\n'

        def work(user: User) -> None:
            self.opened(user, f"{self.admin}#/")
            user.sees("What happens", "Connected")
            self.stop(client)
            user.press("Menu")
            user.press("Configuration")
            user.sees("The program does not answer", "it is asked again by itself")
            self.awaited(lambda: self.frpc(settings))
            user.shown("//textarea")
            user.misses("it is asked again by itself")
            user.driver.get_log("browser")  # nobody answered

        await self.visit(work)

    async def test_noServer(self) -> None:
        """Without a server a proxy is there all the same, and its service is tested; what was found goes with that."""
        server, _client = await self.both(client="loginFailExit = false")

        def work(user: User) -> None:
            self.opened(user, f"{self.admin}#/proxies/web")
            user.sees("Running")
            self.stop(server)
            user.sees("New")
            user.press("Test")
            user.sees("The service answers, after ")

        await self.visit(work)

    async def test_unreached(self) -> None:
        """A proxy that leads nowhere is counted by itself, with the time; its card can be hit with a finger."""
        port = freePort()
        _server, client = await self.both(client=DEAD.format(freePort(), port))
        await client.lines.wait("start proxy success", 3)

        def work(user: User) -> None:
            socket.create_connection(("127.0.0.1", port)).close()
            self.opened(user, f"{self.admin}#/")
            user.sees("1 more without a service", "No service")
            user.shown("//li[contains(., 'No service')]//time")
            user.press("1 more without a service")
            user.sees("No service\n1")
            user.misses("shop")
            href, height = user.driver.execute_script(TAP, "tbody th")
            self.assertEqual(href, "#/proxies/dead")
            self.assertGreaterEqual(height, 44)
            user.go(f"{self.admin}#/")
            user.sees("Proxies running")
            self.assertEqual(user.driver.execute_script(TAP, ".figure")[0], "#/proxies?status=online")

        await self.visit(work)

    async def test_file(self) -> None:
        """A proxy of the file is edited there; that its requests are kept stands among its keys."""
        await self.both()

        def work(user: User) -> None:
            self.opened(user, f"{self.admin}#/proxies/shop")
            user.sees("Inspect")
            user.press("Edit in the file")
            area = user.shown("//textarea")
            text, at = area.get_attribute("value"), area.get_property("selectionStart")
            self.assertEqual(text[at:].splitlines()[0], 'name = "shop"')

        await self.visit(work)

    async def test_now(self) -> None:
        """A live chart tells its values where it is tapped, and by the keys; the focus elsewhere is the end of it."""
        await self.both()

        def work(user: User) -> None:
            self.opened(user, f"{self.dashboard}#/")
            # Its two first samples.
            user.until(lambda: len(user.driver.find_elements("css selector", ".chart .u-over")) == 2, "no chart")
            user.driver.execute_script("document.querySelector('.chart').scrollIntoView({block: 'center'})")
            over = user.shown("//figure[contains(@class, 'chart')]//*[@class='u-over']")
            over.click()
            moment = "//figure[contains(@class, 'chart')]//figcaption/time"
            user.shown(moment)
            chart = user.shown("//figure[contains(@class, 'chart')]/*[@role='img']")
            chart.send_keys("\ue012")
            user.shown(moment)
            user.driver.execute_script("document.activeElement.blur()")
            user.until(lambda: not user.driver.find_elements("xpath", moment), "the moment is still told")

        await self.visit(work)

    async def test_days(self) -> None:
        """A day is told by a tap, in texts that can be read; the page of a proxy fits, also when it was closed once."""
        await self.both()
        await self.finish(await self.served())

        def work(user: User) -> None:
            self.opened(user, f"{self.dashboard}#/proxies/alice.web")
            user.shown("//a[starts-with(@href, 'http://127.0.0.1:')][starts-with(@aria-label, 'Open tcp://')]")
            user.press("Disable")
            box = user.shown("//dialog").rect
            self.assertLessEqual(box["x"] + box["width"], 360)
            user.press("Disable", "//dialog")
            user.press("Enable")
            user.sees("alice.web is enabled", "Last closed")
            today = user.driver.find_elements("css selector", ".days g")[-1]
            user.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", today)
            today.click()
            user.sees("in 8 B, out 15 B")
            self.assertGreaterEqual(user.driver.execute_script(SMALLEST, ".days text"), 11)

        await self.visit(work)
