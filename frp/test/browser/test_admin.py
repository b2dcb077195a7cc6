"""The pages of frpc."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from frp.test.browser.browsing import LOOKS, BrowserTestCase, User
from frp.testing.live import freePort

PAGES = (
    ("#/", ("Overview", "Proxies running", "Servers", "Connected", "Everything runs.")),
    ("#/proxies", ("shop", "web", "http://shop.example.com", "tcp://127.0.0.1:")),
    ("#/proxies/shop", ("shop", "How it is reached", "Annotations", "owner team")),
    ("#/visitors", ("peek", "somewhere")),
    ("#/visitors/peek", ("Secret key", "••••••")),
    ("#/requests", ("/healthz?first",)),
    ("#/events", ("Events", "Proxy is up: web")),
    ("#/config", ("Configuration", "serverAddr")),
    ("#/proxies?form=new", ("New proxy", "Remote port", "The same in a configuration file")),
    ("#/visitors?form=new&type=xtcp", ("New visitor", "Server name")),
    ("#/proxies/shop/edit", ("shop is not in the store.",)),
)

VISITOR = """
[[visitors]]
name = "peek"
type = "stcp"
serverName = "somewhere"
secretKey = "hidden"
bindPort = -1
"""

#: A proxy whose service is not there.
DEAD = '[[proxies]]\nname = "dead"\ntype = "tcp"\nlocalPort = {}\nremotePort = {}\n'

#: What each type of proxy needs beside a name.
PROXIES = {
    "tcp": {"Local port": "22"},
    "udp": {"Local port": "53"},
    "http": {"Local port": "80", "Subdomain": "one"},
    "https": {"Local port": "443", "Subdomain": "two"},
    "tcpmux": {"Local port": "22", "Subdomain": "three"},
    "stcp": {"Local port": "22", "Secret key": "s"},
    "sudp": {"Local port": "53", "Secret key": "s"},
    "xtcp": {"Local port": "22", "Secret key": "s"},
}

VISITORS = {
    "stcp": {"Server name": "a", "Bind port": "-1"},
    "sudp": {"Server name": "b", "Bind port": "17"},
    "xtcp": {"Server name": "c", "Bind port": "-1"},
}


class AdminTests(BrowserTestCase):
    """Somebody looks at frpc, and changes what it does."""

    async def test_pages(self) -> None:
        """Every page shows what it should, large and small, light and dark."""
        _server, client = await self.both(client=VISITOR)
        await client.lines.wait("start proxy success", 2)

        def work(user: User) -> None:
            self.use("/healthz?first")
            for width, height, dark in LOOKS:
                user.look(width, height, dark)
                for place, texts in PAGES:
                    user.go(self.admin + place)
                    user.sees(*texts)
                    self.assertEqual(user.problems(), [], (place, width, dark))
            self.assertNotIn("hidden", user.text())

        await self.visit(work)

    async def test_proxies(self) -> None:
        """A form for each type makes a proxy, which is then in the store."""
        await self.both()

        def work(user: User) -> None:
            for kind, fields in PROXIES.items():
                user.go(f"{self.admin}#/proxies?form=new")
                user.press(kind, "//main")
                user.fill("Name", f"my {kind}")
                for label, text in fields.items():
                    user.fill(label, text)
                if kind == "tcpmux":
                    user.choose("Multiplexer", "httpconnect")
                user.press("Create")
                user.sees(f"my {kind} is created.", "How it is reached")

        await self.visit(work)
        stored = json.loads((self.folder / "store.json").read_text())
        self.assertEqual({one["type"] for one in stored["proxies"]}, set(PROXIES))

    async def test_visitors(self) -> None:
        """The same of visitors."""
        await self.both()

        def work(user: User) -> None:
            for kind, fields in VISITORS.items():
                user.go(f"{self.admin}#/visitors?form=new")
                user.press(kind, "//main")
                user.fill("Name", f"my {kind}")
                for label, text in fields.items():
                    user.fill(label, text)
                user.press("Create")
                user.sees(f"my {kind} is created.")

        await self.visit(work)
        stored = json.loads((self.folder / "store.json").read_text())
        self.assertEqual({one["type"] for one in stored["visitors"]}, set(VISITORS))

    async def test_edited(self) -> None:
        """Lists, tables and plugins are filled in; then the proxy is changed, turned off, and deleted."""
        await self.both()

        def work(user: User) -> None:
            user.look(1600, 1000, False)
            user.go(f"{self.admin}#/proxies?form=new&type=http")
            user.press("Create")  # without a name the browser does not let it pass
            user.fill("Name", "mine")
            user.press("Add", "//fieldset[legend='Custom domains']")
            user.driver.switch_to.active_element.click()
            user.shown("//input[@aria-label='Custom domains 1']").send_keys("a.example.org")
            user.shown("//select[@aria-label='Type']").send_keys("static_file")
            user.fill("Local path", "/srv")
            user.press("HTTP")
            user.press("Add", "//fieldset[legend='Request headers']")
            user.shown("//fieldset[legend='Request headers']//input[@placeholder='Name']").send_keys("X-From")
            user.shown("//fieldset[legend='Request headers']//input[@placeholder='Value']").send_keys("frp")
            user.press("Transport")
            user.field("Use encryption").click()
            user.press("Inspect")
            user.field("Use it", "//details[summary='Inspect']").click()
            user.sees('customDomains = ["a.example.org"]', 'plugin.localPath = "/srv"')
            user.sees("transport.useEncryption = true", "inspect = {}")
            user.field("Use it", "//details[summary='Inspect']").click()  # not together with a plugin
            user.press("Create")
            user.sees("mine is created.", "a.example.org")
            user.press("Edit")
            user.fill("Subdomain", "mine")
            user.press("Proxies", "//nav")
            user.sees("Discard the changes?")
            user.press("Cancel", "//dialog")
            user.press("Save")
            user.sees("mine is saved.", "http://mine.example.com")
            user.press("Proxies", "//nav")
            user.press("mine is enabled")
            user.sees("mine is disabled.", "Disabled")
            user.press("mine is enabled")
            user.sees("mine is enabled.")
            user.press("Delete mine")
            user.press("Delete", "//dialog")
            user.sees("mine is deleted.")

        await self.visit(work)

    async def test_wrong(self) -> None:
        """What breaks a rule is refused with the rule, and what was typed stays; whoever leaves may come back."""
        await self.both()

        def work(user: User) -> None:
            user.go(f"{self.admin}#/proxies?form=new&type=http")
            user.fill("Name", "mine")
            user.fill("Local port", "80")
            user.press("Transport")
            user.fill("Bandwidth limit", "much")
            user.press("Transport")
            user.press("Create")
            user.sees("It cannot be saved as it is:")
            user.shown("//input[@id='form.transport.bandwidthLimit'][@aria-invalid='true']")  # its section is open
            self.assertEqual(user.driver.switch_to.active_element.get_attribute("id"), "form.transport.bandwidthLimit")
            user.driver.switch_to.active_element.send_keys("\b")
            user.misses("It cannot be saved as it is:")
            user.shown("//input[@id='form.transport.bandwidthLimit'][@aria-invalid='false']")
            user.driver.switch_to.active_element.send_keys("\b" * len("muc"))
            user.press("Create")
            user.shown("//fieldset[legend='Custom domains'][@aria-invalid='true']/div[contains(., 'both empty')]")
            self.assertEqual(user.driver.switch_to.active_element.text, "Add")
            self.assertEqual(user.field("Name").get_attribute("value"), "mine")
            user.press("Cancel")
            user.press("Discard", "//dialog")
            user.sees("New proxy", "shop")
            user.driver.get_log("browser")  # the refusal

        await self.visit(work)

    async def test_service(self) -> None:
        """Whether a service is there is found out by a test, and told when a user has not reached it."""
        port = freePort()
        _server, client = await self.both(client=DEAD.format(freePort(), port))
        await client.lines.wait("start proxy success", 2)

        def work(user: User) -> None:
            user.go(f"{self.admin}#/proxies/dead")
            user.press("Test")
            user.sees("The service does not answer: dial tcp 127.0.0.1:", "connection refused")
            self.assertNotIn("A user came", user.text())
            socket.create_connection(("127.0.0.1", port)).close()
            user.sees("A user came and did not reach the service, ", "Nothing listens there.")
            user.press("Proxies", "//nav")
            user.sees("No service")
            user.go(f"{self.admin}#/proxies/shop")
            user.press("Test")
            user.sees("The service answers, after ")
            address = user.shown("//dd//a[@target]").get_attribute("href")
            self.assertEqual(address, f"http://shop.example.com:{self.ports['http']}/")

        await self.visit(work)

    async def test_password(self) -> None:
        """An address with the password in it works, and is left for one without."""
        await self.both(client='webServer.user = "admin"\nwebServer.password = "secret"')

        def work(user: User) -> None:
            user.go(f"{self.admin}#/proxies".replace("://", "://admin:secret@"))
            user.sees("shop", "Live")
            self.assertEqual(user.address, f"{self.admin}#/proxies")

        await self.visit(work)

    async def test_chinese(self) -> None:
        """Names of keys, and what they mean, are told in the language of the page."""
        await self.both()

        def work(user: User) -> None:
            user.go(f"{self.admin}#/proxies?form=new")
            user.choose("Language", "中文")
            user.sees("本地端口", "本地服务的端口。", "代替本地服务的插件。")
            self.assertNotIn("The port of the local service.", user.text())
            user.choose("语言", "English")

        await self.visit(work)

    async def test_config(self) -> None:
        """A configuration is checked, mended, compared, saved and in use."""
        await self.both()

        def work(user: User) -> None:
            user.go(f"{self.admin}#/config")
            area = user.shown("//textarea")
            area.send_keys('\n[[proxies]]\nname = "more"\ntype = "tcp"\nlocalPort = 22\nnonsense = 1\n')
            user.press("Save and reload")
            user.sees("nonsense", "There are problems, so nothing was saved.")
            area.send_keys("\b" * len("nonsense = 1\n"))
            user.press("Check")
            user.sees("Nothing is wrong with it.")
            user.press("Save and reload")
            user.sees("+ [[proxies]]", '+ name = "more"')
            user.press("Save and reload", "//dialog")
            user.sees("The configuration is saved, and frpc has read it.")
            user.press("Proxies", "//nav")
            user.sees("more")

        await self.visit(work)

    async def test_changedElsewhere(self) -> None:
        """What somebody else has made of the file meanwhile is not written over unless one wants it."""
        _server, client = await self.both()
        path = Path(client.path)

        def work(user: User) -> None:
            user.look(360, 740, True)
            user.go(f"{self.admin}#/config")
            area = user.shown("//textarea")
            area.send_keys("\n# mine")
            path.write_text(f"# theirs\n{path.read_text()}")
            user.press("Save and reload")
            user.press("Save and reload", "//dialog")
            user.sees("The file has changed since you opened it", "+ # theirs", "+ # mine")
            user.press("Take the file, drop my changes")
            user.misses("The file has changed")
            self.assertIn("# theirs", area.get_attribute("value"))
            self.assertNotIn("# mine", area.get_attribute("value"))
            area.send_keys("\n# mine")
            path.write_text(f"# again\n{path.read_text()}")
            user.press("Save and reload")
            user.press("Save and reload", "//dialog")
            user.press("Save mine over it")
            user.sees("# again")
            user.press("Save and reload", "//dialog")
            user.sees("The configuration is saved")
            user.driver.get_log("browser")  # the refusals

        await self.visit(work)
        self.assertIn("# mine", path.read_text())
        self.assertNotIn("# again", path.read_text())

    async def test_reload(self) -> None:
        """What was changed elsewhere is read again, and what of it has to wait, and does not run, is told."""
        port = freePort()
        _server, client = await self.both()
        path = Path(client.path)

        def work(user: User) -> None:
            user.look(360, 740, False)
            user.go(f"{self.admin}#/config")
            user.sees("Reload")
            text = path.read_text().replace('user = "alice"', 'user = "bob"')
            path.write_text(text + DEAD.format(9, port) + DEAD.format(9, port).replace("dead", "second"))
            user.press("Reload")
            user.sees("frpc has read the file again.", "Counts at the next start of frpc: user", "1 has failed:")
            self.assertIn("second", user.shown("//textarea").get_attribute("value"))
            path.write_text(text + "nonsense = 1\n")
            user.press("Reload")
            user.sees("nonsense")
            user.shown("//*[contains(@class, 'editor')]//pre/*[@class='wrong']")
            user.driver.get_log("browser")  # the refusal

        await self.visit(work)
