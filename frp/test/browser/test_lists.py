"""The lists of frps: what somebody does there who looks for one among many."""

from __future__ import annotations

from frp.test.browser.browsing import BrowserTestCase, User

CROWD = "".join(
    f'[[proxies]]\nname = "many-{number:02}"\ntype = "stcp"\nsecretKey = "x"\nlocalPort = 1\n' for number in range(30)
)


class ListTests(BrowserTestCase):
    """An operator of more proxies than a page holds."""

    async def test_steps(self) -> None:
        """Orders, filters and pages are steps of the history, typing is none; the way back leads to where one was."""
        _server, client = await self.both(client=CROWD)
        await client.lines.wait("start proxy success", times=32)

        def work(user: User) -> None:
            user.look(1280, 600, False)
            user.go(f"{self.dashboard}#/proxies?pageSize=20")
            user.sees("alice.shop")
            user.press("Proxy", "//thead")
            user.until(lambda: "sort=name" in user.address, "the order is not in the address")
            user.press("Proxy", "//thead")
            user.sees("alice.shop", "alice.many-29")
            self.assertEqual(user.shown("//th[@aria-sort]").get_attribute("aria-sort"), "descending")
            user.press("Next page")
            user.sees("alice.many-00", "of 32")
            user.until(lambda: user.driver.execute_script("return scrollY") < 200, "not at the top of the list")
            user.press("alice.many-01")
            user.sees("Traffic of seven days")
            title = "alice.many-01 · Proxies · frp server"
            user.until(lambda: user.driver.title == title, "the tab has another title")
            user.driver.back()
            user.sees("alice.many-00")
            user.until(lambda: user.driver.execute_script("return scrollY") > 0, "not where one was")
            user.driver.back()
            user.sees("alice.many-29")
            user.driver.back()
            user.driver.back()
            user.until(lambda: "sort" not in user.address, "the order is still in the address")
            user.driver.switch_to.active_element.send_keys("/")
            user.driver.switch_to.active_element.send_keys("29 alice stcp")
            user.misses("alice.many-00")
            user.sees("alice.many-29")

        await self.visit(work)

    async def test_sameAddress(self) -> None:
        """Two steps may have one address: each is where somebody was. A link that leads nowhere else is no step."""
        _server, client = await self.both(client=CROWD)
        await client.lines.wait("start proxy success", times=32)

        def work(user: User) -> None:
            def scrolled(to: int) -> None:
                user.until(lambda: user.driver.execute_script("return scrollY") == to, f"not scrolled to {to}")

            def click(where: str) -> None:
                """Without scrolling there."""
                user.driver.execute_script("arguments[0].click()", user.shown(where))

            user.look(1280, 600, False)
            user.go(f"{self.dashboard}#/proxies")
            user.sees("alice.many-00")
            user.driver.execute_script("scrollTo(0, 300)")
            scrolled(300)
            click("//button[normalize-space()='Offline']")
            user.misses("alice.many-00")
            click("//button[normalize-space()='All']")
            user.sees("alice.many-00")
            user.driver.execute_script("scrollTo(0, 200)")
            scrolled(200)
            user.driver.execute_script("history.go(-2)")
            scrolled(300)
            click("//nav//a[normalize-space()='Proxies']")
            click("//a[.='alice.many-00']")
            user.sees("Traffic of seven days")
            user.driver.back()
            user.sees("alice.many-01")
            scrolled(300)

        await self.visit(work)

    async def test_refused(self) -> None:
        """What is refused stands among all, with a type and a button to disable it, and the way to who has it."""
        await self.both()
        await self.rival()

        def work(user: User) -> None:
            user.go(f"{self.dashboard}#/proxies")
            user.sees("bob.mine", "Refused")
            user.press("bob.mine")
            user.sees("http", "bob.pc")
            user.press("alice.shop")
            user.sees("Traffic of seven days")
            user.driver.back()
            user.press("Disable")
            user.press("Disable", "//dialog")
            user.sees("Kept closed")
            user.press("Enable")
            user.misses("Kept closed")
            user.go(f"{self.dashboard}#/clients/alice.laptop")
            user.press("Disconnect")
            user.press("Disconnect", "//dialog")
            user.sees("alice.laptop is disconnected.", "Offline")
            held = "return document.activeElement.id"
            user.until(lambda: user.driver.execute_script(held) == "main", "the keyboard is nowhere")

        await self.visit(work)
