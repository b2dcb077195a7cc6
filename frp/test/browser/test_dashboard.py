"""The pages of frps."""

from __future__ import annotations

import signal
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from frp.test.browser.browsing import LOOKS, BrowserTestCase, User
from frp.testing.live import freePort

PAGES = (
    ("#/", ("Overview", "Traffic now", "Proxies by type", "Subdomains of", "What happens", "Compatible with frp")),
    ("#/clients", ("alice.laptop", "Online", "127.0.0.1")),
    ("#/clients/alice.laptop", ("alice.laptop", "Run ID", "alice.shop", "alice.web")),
    ("#/proxies", ("alice.shop", "alice.web", "http://shop.example.com")),
    ("#/proxies/alice.shop", ("Traffic of seven days", "owner team", "Encryption")),
    ("#/proxies/none", ("There is no proxy none.",)),
    ("#/events", ("Events", "Client came: alice.laptop", "Proxy is up: alice.web")),
    ("#/nowhere", ("There is no such page.",)),
)


class _Emptying(BaseHTTPRequestHandler):
    """A hook that says nothing: what it was asked about loses all that it had."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class DashboardTests(BrowserTestCase):
    """An operator looks at frps."""

    async def test_pages(self) -> None:
        """Every page shows what it should, large and small, light and dark."""
        await self.both()

        def work(user: User) -> None:
            for width, height, dark in LOOKS:
                user.look(width, height, dark)
                for place, texts in PAGES:
                    user.go(self.dashboard + place)
                    user.sees(*texts)
                    self.assertEqual(user.problems(), [], (place, width, dark))

        await self.visit(work)

    async def test_found(self) -> None:
        """Filters and searches stand in the address: it leads to the same again."""
        await self.both()

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.press("Proxies", "//nav")
            user.sees("alice.shop", "alice.web")
            user.choose("Type", "http")
            user.misses("alice.web")
            user.fill("Search proxies", "nothing like it")
            user.sees("There are no proxies.", "Nothing fits the filters.")
            user.until(lambda: "type=http&q=nothing" in user.address, "the filters are not in the address")
            user.driver.refresh()
            user.sees("Nothing fits the filters.")
            user.fill("Search proxies", "shop")
            user.sees("alice.shop")
            user.press("Offline")
            user.misses("alice.shop")
            user.press("All")
            user.press("alice.shop")
            user.sees("Traffic of seven days")
            user.press("alice.laptop")
            user.sees("Run ID")

        await self.visit(work)

    async def test_moderated(self) -> None:
        """Somebody closes a proxy, opens it again, sends a client away, and forgets what is gone."""
        _server, client = await self.both()

        def work(user: User) -> None:
            user.go(f"{self.dashboard}#/proxies/alice.web")
            user.press("Disable")
            user.sees("Disable alice.web?")
            user.press("Cancel", "//dialog")
            user.misses("Disable alice.web?")
            user.press("Disable")
            user.fill("Reason, which the client is told (may be empty)", "too loud")
            user.press("Disable", "//dialog")
            user.sees("alice.web is disabled.", "Kept closed: too loud", "Disabled")
            user.press("Enable")
            user.misses("Kept closed")
            user.go(f"{self.dashboard}#/clients/alice.laptop")
            user.press("Disconnect")
            user.fill("Reason, which the client is told (may be empty)", "maintenance")
            user.press("Disconnect", "//dialog")
            user.sees("alice.laptop is disconnected.", "Offline", "Sent away", ": maintenance")
            user.press("Disable")
            user.fill("Reason, which the client is told (may be empty)", "not you")
            user.press("Disable", "//dialog")
            user.sees("Kept out: not you")
            user.go(f"{self.dashboard}#/clients?status=disabled")
            user.sees("alice.laptop", "not you")
            user.press("Enable")
            user.sees("Nothing is disabled.")
            user.go(f"{self.dashboard}#/proxies")
            user.sees("alice.shop")
            user.press("Clear offline")
            user.press("Clear offline", "//dialog")
            user.sees("There are no proxies.")

        await self.visit(work)
        self.assertIn("disabled by an operator: too loud", client.lines.text)

    async def test_dots(self) -> None:
        """A name that browsers take for the way up keeps nobody out of the operator's reach."""
        await self.both()
        other = self.program(
            "frpc",
            f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\nclientID = ".."\n'
            '[[proxies]]\nname = ".."\ntype = "http"\nsubdomain = "up"\nlocalPort = 1\n',
        )
        await other.lines.wait("start proxy success")

        def work(user: User) -> None:
            user.go(f"{self.dashboard}#/proxies/..")
            user.press("Disable")
            user.press("Disable", "//dialog")
            user.sees(".. is disabled.")
            user.go(f"{self.dashboard}#/clients/..")
            user.sees("1\u20131 of 1", "Disabled")
            user.press("Disconnect")
            user.press("Disconnect", "//dialog")
            user.sees(".. is disconnected.")

        await self.visit(work)

    async def test_workers(self) -> None:
        """Where there are several workers, the sums are those of all, and each says what it has of them."""
        server, _ = await self.both("workers = 2")
        await server.lines.wait("2 workers serve")
        await server.lines.wait("node worker 1 is there")

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.sees("Workers", "worker 1", "worker 2", "clients: 1, connections: 0", "clients: 0, connections: 0")
            self.assertEqual(user.problems(), [])

        await self.visit(work)

    async def test_refused(self) -> None:
        """Who wants a proxy that is another's is seen among the clients, with all that is known of the reason."""
        await self.both()
        await self.rival()
        why = "router config conflict: domain [shop.example.com] is that of proxy [alice.shop]"

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.sees("1 refused", "Proxy has failed: bob.mine (bob.pc)", why)
            user.press("bob.mine")
            user.sees("bob.mine", why)
            user.press("bob.pc")
            user.sees("1 proxy refused", why)
            self.assertEqual(user.problems(), [])
            user.press("Clients", "//nav")
            user.sees("alice.laptop", "bob.pc")
            user.press("Refused")
            user.misses("alice.laptop")
            user.sees("bob.pc", "1 proxy refused")
            user.press("Proxies", "//nav")
            user.press("Refused")
            user.sees("bob.mine", "bob.pc", why)

        await self.visit(work)

    async def test_notLetIn(self) -> None:
        """Who is not let in is found where the event leads, with the hook that has failed; frpc's pages say it, too."""
        await self.frps(
            f'webServer.port = {self.ports["frps"]}\nhttpPlugins = [{{ name = "door", '
            f'addr = "127.0.0.1:{freePort()}", path = "/", ops = ["Login"] }}]\n'
        )
        service = freePort()
        other = self.program(
            "frpc",
            f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\nuser = "bob"\nloginFailExit = false\n'
            f"webServer.port = {self.ports['frpc']}\n"
            f'[[proxies]]\nname = "ssh"\ntype = "tcp"\nlocalPort = {service}\nremotePort = 6022\n',
        )
        await other.lines.wait("send Login request to plugin error")
        told = "send Login request to plugin error"

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.sees("Client was refused: 127.0.0.1", f"{told}: hook [door]: ")
            user.press("127.0.0.1", "//ol")
            user.sees("Not let in", "bob", f"{told}: hook [door]: ", "No proxy is refused.")
            user.go(self.admin)
            server = f"127.0.0.1:{self.bindPort}"
            user.sees(f"No session with {server}", f"No session with server {server}", told)
            self.assertNotIn("Everything runs", user.text())
            user.press("Waiting", "//main")
            user.sees("ssh", f"127.0.0.1:{service}")
            user.press("ssh")
            user.press("Test")
            user.sees("The service does not answer")

        await self.visit(work)

    async def test_nameless(self) -> None:
        """A proxy whose name a hook has taken away can be looked at and disabled."""
        hook = ThreadingHTTPServer(("127.0.0.1", 0), _Emptying)
        Thread(target=hook.serve_forever, daemon=True).start()
        self.addCleanup(hook.server_close)
        self.addCleanup(hook.shutdown)
        await self.frps(
            f'webServer.port = {self.ports["frps"]}\nhttpPlugins = [{{ name = "door", '
            f'addr = "127.0.0.1:{hook.server_port}", path = "/", ops = ["NewProxy"] }}]\n'
        )
        other = self.program(
            "frpc",
            f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\n'
            '[[proxies]]\nname = "ssh"\ntype = "tcp"\nlocalPort = 22\nremotePort = 6022\n',
        )
        await other.lines.wait("an answer comes for proxy []")

        def work(user: User) -> None:
            user.go(f"{self.dashboard}#/proxies")
            user.press("(no name)")
            user.sees("A hook has taken the name of this proxy away", "Traffic of seven days")
            user.press("Disable")
            user.press("Disable", "//dialog")
            user.sees("(no name) is disabled.")

        await self.visit(work)

    async def test_addresses(self) -> None:
        """What a browser can open is a link, and the table fits where a laptop shows it."""
        await self.both(
            client='[[proxies]]\nname = "documentation-of-the-house"\ntype = "http"\nlocalPort = 1\n'
            'customDomains = ["documentation.internal.example.org"]'
        )

        def work(user: User) -> None:
            user.look(1280, 800, False)
            user.go(f"{self.dashboard}#/proxies")
            user.sees("alice.documentation-of-the-house")
            address = f"http://shop.example.com:{self.ports['http']}"
            self.assertEqual(user.shown(f"//a[@href='{address}']").text, address)
            copying = user.shown(f"//button[@aria-label='Copy {address}']")
            self.assertGreaterEqual(min(copying.size.values()), 32)
            cut = "const table = document.querySelector('.table'); return table.scrollWidth - table.clientWidth"
            self.assertEqual(user.driver.execute_script(cut), 0)

        await self.visit(work)

    async def test_live(self) -> None:
        """What happens is shown without being asked for; when frps is gone, the page says so."""
        server, client = await self.both()

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.sees("Live", "Client came: alice.laptop")
            client.signal(signal.SIGKILL)
            why = "the connection was lost: the other side has closed it"
            user.sees("Client left: alice.laptop and its 2 proxies", why)
            user.press("All events")
            user.sees("Proxy is down: alice.shop (alice.laptop)", "of 6")
            user.choose("Of what", "Problems")
            user.misses("Client left")
            user.go(f"{self.dashboard}#/clients/alice.laptop")
            user.sees("Left because", "Proxy is up: alice.web")
            server.signal(signal.SIGKILL)
            user.sees("No answer", "The program does not answer.")
            lamp = "return getComputedStyle(document.querySelector('.live i')).backgroundColor"
            words = "return getComputedStyle(document.querySelector('.live')).color"
            self.assertEqual(user.driver.execute_script(lamp), user.driver.execute_script(words))
            user.driver.get_log("browser")  # that it cannot be reached

        await self.visit(work)

    async def test_comfort(self) -> None:
        """The theme and the language can be chosen, and are remembered; the keyboard is enough to move about."""
        await self.both()

        def work(user: User) -> None:
            from selenium.webdriver.common.keys import Keys

            user.look(1000, 800, False)
            user.go(self.dashboard)
            user.sees("Overview")
            light = user.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            user.press("Use the dark theme")
            user.choose("Language", "中文")
            user.sees("概览", "实时流量")
            user.driver.refresh()
            user.sees("概览")
            dark = user.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            self.assertNotEqual(light, dark)
            user.choose("语言", "English")
            user.sees("Overview")
            user.go(f"{self.dashboard}#/clients")
            user.sees("alice.laptop")
            body = user.driver.find_element("tag name", "body")
            body.send_keys(Keys.TAB)
            self.assertEqual(user.driver.switch_to.active_element.text, "Skip to the content")
            user.driver.switch_to.active_element.send_keys(Keys.ENTER)
            self.assertEqual(user.driver.switch_to.active_element.tag_name, "main")
            for _ in range(20):
                user.driver.switch_to.active_element.send_keys(Keys.TAB)
                if user.driver.switch_to.active_element.text == "alice.laptop":
                    break
            user.driver.switch_to.active_element.send_keys(Keys.ENTER)
            user.sees("Run ID")

        await self.visit(work)

    async def test_small(self) -> None:
        """On a phone the side bar comes when it is called, and goes when somebody has chosen."""
        await self.both()

        def work(user: User) -> None:
            user.look(360, 740, True)
            user.go(self.dashboard)
            user.sees("Overview")
            self.assertFalse(user.driver.find_element("css selector", "nav.side").is_displayed())
            user.press("Menu")
            user.press("Clients", "//nav")
            user.sees("alice.laptop")
            user.until(lambda: not user.driver.find_element("css selector", "nav.side").is_displayed(), "it stays")

        await self.visit(work)


class _Prefixed(BaseHTTPRequestHandler):
    """Passes what is below C{/tunnels} on, without that."""

    port = 0

    def do_GET(self) -> None:
        """As it comes, so that streams are streams."""
        asked = Request(f"http://127.0.0.1:{self.port}{self.path.removeprefix('/tunnels')}")
        try:
            with build_opener(_Still).open(asked) as answer:
                self.send_response(answer.status)
                for name in ("Content-Type", "Location"):
                    if answer.headers[name]:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                while piece := answer.read1():
                    self.wfile.write(piece)
        except (OSError, HTTPException, ValueError):  # either side has gone; a chunk without a size is a ValueError
            pass

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class _Still(HTTPRedirectHandler):
    """Leaves it to the browser to go elsewhere."""

    def http_error_301(self, req: object, fp: Any, code: int, msg: str, headers: object) -> Any:
        """It is an answer like any other."""
        fp.status = code
        return fp


class PrefixTests(BrowserTestCase):
    """The pages behind a reverse proxy."""

    async def test_prefix(self) -> None:
        """They work below a prefix that they know nothing of."""
        await self.both()
        passing = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (_Prefixed,), {"port": self.ports["frps"]}))
        passing.daemon_threads, passing.block_on_close = True, False
        Thread(target=passing.serve_forever, daemon=True).start()
        self.addCleanup(passing.server_close)
        self.addCleanup(passing.shutdown)

        def work(user: User) -> None:
            user.go(f"http://127.0.0.1:{passing.server_port}/tunnels/")
            user.sees("Overview", "Traffic now", "Live")
            user.press("Clients", "//nav")
            user.press("alice.laptop")
            user.sees("Run ID")

        await self.visit(work)
