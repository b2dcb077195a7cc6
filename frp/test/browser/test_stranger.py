"""A page that somebody else has written: that of docs/extending/web.md."""

from __future__ import annotations

import os
import re

from twisted.trial.unittest import SkipTest

from frp.test.browser.browsing import BrowserTestCase, User
from frp.test.started import WORKERS, command
from frp.test.test_docs import CHECKOUT, FILE

PAGE = CHECKOUT / "docs" / "extending" / "web.md"

FRPS = """
bindAddr = "127.0.0.1"
bindPort = {bindPort}
webServer.port = {web}

[[hooks]]
type = "visits"
"""


class StrangerTests(BrowserTestCase):
    """frps with a package beside it that it knows nothing of."""

    def setUp(self) -> None:
        super().setUp()
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        for path, text in FILE.findall(PAGE.read_text()):
            if path:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_text(text)

    async def start(self) -> None:
        """Start both programs; frps finds the package."""
        (self.folder / "frps.toml").write_text(FRPS.format(bindPort=self.bindPort, web=self.ports["frps"]))
        where = os.path.abspath(self.folder)
        server = self.child(*command("frps", packages=where), "-c", f"{where}/frps.toml")
        await server.lines.wait("frps started successfully")
        await self.frpc()

    async def test_page(self) -> None:
        """Its page is in the side bar, and shows what its API says, in our tables."""
        if WORKERS != 1:
            raise SkipTest("a hook knows the users of its own worker, and its page is the first worker's")
        await self.start()
        user = await self.served()
        address = user.transport.getHost()

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.press("Visits", "//nav")
            user.press("web", "//main")
            user.sees(f"{address.host}:{address.port}")

        await self.visit(work)

    async def test_kit(self) -> None:
        """So does the other example: a list that is searched, and a question before something is done."""
        example = re.findall(r"(?s)^```js\n(.*?)^```", PAGE.read_text(), re.M)[1]
        (self.folder / "frpx_visits" / "page" / "page.js").write_text(example)
        await self.start()

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.press("Visits", "//nav")
            user.sees("Sessions")
            key = user.shown("//main//tbody//th").text
            user.fill("Search", "nobody has this name")
            user.sees("Nobody is here.")
            user.fill("Search", key)
            user.press(f"End {key}", "//main")
            user.fill("Why", "a test")
            user.press("End it", "//dialog")
            user.sees("It was ended.")

        await self.visit(work)
