"""The pages of the inspector."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from frp.test.browser.browsing import BrowserTestCase, User
from frp.testing.live import freePort

#: What JavaScript would print in another way.
ODD = '{"b": 12345678901234567890, "a": 1.10, "a": "\\u00e9", "list": [], "nested": {"x": [1, 2]}}'

ODD_LAID_OUT = r"""{
  "b": 12345678901234567890,
  "a": 1.10,
  "a": "\u00e9",
  "list": [],
  "nested": {
    "x": [
      1,
      2
    ]
  }
}"""

#: The smallest picture that there is.
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

#: Texts, whether each is whole, and what is shown of it; None for as it is.
LAID_OUT = (
    (ODD, True, ODD_LAID_OUT),
    ('{"a":1}\n{"b":2}\n', True, '{\n  "a": 1\n}\n{\n  "b": 2\n}'),
    ('["cut, te', False, '[\n  "cut, te'),
    ('["cut, te', True, None),
    ('[{"a":1}', False, '[\n  {\n    "a": 1\n  }'),
    ("[1, 2}", True, None),
    ("[1]]", True, None),
    ("[INFO] started", True, None),
    ('"text"', True, None),
    ("17", True, None),
    ("", True, None),
)

PROXY = """
[[proxies]]
name = "{name}"
type = "http"
subdomain = "{name}"
localPort = {port}
inspect = {{ bodySize = 2000 }}
"""


class Service(BaseHTTPRequestHandler):
    """A webhook's receiver: C{/slow} waits until it may answer."""

    protocol_version = "HTTP/1.1"
    go: Event
    asked: list[bytes]

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(body)
        if self.path == "/slow" and len(self.asked) > 1:
            self.go.wait(20)
        kinds = {
            "/odd": ("application/json", ODD.encode()),
            "/gif": ("image/gif", GIF),
            "/bytes": ("x/y", b"\x00\xffabc"),
        }
        kind, answer = kinds.get(self.path, ("text/plain; charset=iso-8859-1", b"caf\xe9"))
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: Any) -> None:
        """Nobody wants it."""


class InspectorTests(BrowserTestCase):
    """A developer looks at requests."""

    async def test_requests(self) -> None:
        """A request is found, looked at, and sent again, also with changes."""
        await self.both()

        def work(user: User) -> None:
            self.use("/api/v2/pages?one", "POST", '{"paid": true}')
            self.use("/healthz?two")
            user.look(1600, 1000, False)
            user.go(f"{self.admin}#/requests")
            user.sees("/healthz?two", "/api/v2/pages?one")
            user.press("4xx")
            user.misses("/healthz?two")
            user.shown("//tbody//a[contains(., 'pages?one')]").click()
            user.sees('"paid": true', "curl -i -g -X POST", "405")
            user.press("Send again with changes")
            user.fill("Path and query", "/healthz?three")
            user.press("Send")
            user.sees("Sent again: 200", "POST /healthz?three", "Repeats")
            user.press("Send again")
            user.press("Requests", "//nav")
            user.press("Forget all")
            user.press("Forget all", "//dialog")
            user.sees("No requests.")

        await self.visit(work)

    async def test_hidden(self) -> None:
        """Headers that were not kept are said to lack, and may be filled in; nothing that a stranger sends runs."""
        await self.both()
        hostile = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">"

        def work(user: User) -> None:
            self.use("/healthz?secret", "POST", hostile, Authorization="Bearer secret", Cookie="a=b")
            user.look(1600, 1000, False)
            user.go(f"{self.admin}#/proxies")
            user.shown("//tbody//a[contains(., 'shop')]").click()
            user.press("Requests", "//main")
            user.shown("//tbody//a[contains(., 'secret')]").click()
            user.sees(hostile, "Not kept, and not sent again unless you fill it in below: Authorization, Cookie")
            user.press("Send again")
            user.sees("because the value was not kept: Authorization, Cookie", "Repeats")
            user.press("Send again with changes")
            user.sees("A line that stays empty is not sent.")
            headers = user.field("Headers").get_attribute("value")
            self.assertIn("Authorization: \nCookie: ", headers)
            user.fill("Headers", headers.replace("Authorization: ", "Authorization: mine"))
            user.press("Send")
            user.sees("because the value was not kept: Cookie", "and its value is not kept: Authorization")
            self.assertNotIn("ran", user.driver.title)

        await self.visit(work)

    async def test_astray(self) -> None:
        """A link that others have made leads to no other place of the API than the page that it names."""
        _server, client = await self.both()
        await client.lines.wait("start proxy success", 2)

        def work(user: User) -> None:
            user.go(f"{self.admin}#/requests/..%2F..%2Freload%3F")
            user.sees("There is no such request, or it was forgotten.")
            user.driver.get_log("browser")  # there is no such request

        await self.visit(work)
        self.assertNotIn("/api/reload", client.lines.text)


class WebhookTests(BrowserTestCase):
    """A developer looks for the reason why a webhook failed."""

    async def hooks(self) -> None:
        """A service, and a proxy of which there is none."""
        service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        Service.go, Service.asked = Event(), []
        thread = Thread(target=service.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        self.addCleanup(Service.go.set)
        client = PROXY.format(name="hook", port=service.server_port) + PROXY.format(name="dead", port=freePort())
        _frps, frpc = await self.both(client=client)
        await frpc.lines.wait("start proxy success", 4)

    def open(self, user: User, text: str) -> None:
        """Look at the latest request with this in its address."""
        user.go(f"{self.admin}#/requests")
        user.shown(f"//tbody//a[contains(., '{text}')]").click()
        user.shown("//button[normalize-space()='Send again' or normalize-space()='Sending…']")

    async def test_bodies(self) -> None:
        """They are shown as they came: no digit is another, and what is no text is seen as what it is."""
        await self.hooks()

        def work(user: User) -> None:
            for target in ("/odd", "/gif", "/bytes", "/text"):
                self.use(target, "POST", "a=1%202&b=x", "hook", **{"Content-Type": "application/x-www-form-urlencoded"})
            user.look(1600, 1000, False)
            self.open(user, "/odd")
            user.sees('"b": 12345678901234567890', '"a": 1.10', r'"a": "\u00e9"', "1 2")
            response = "//section[@aria-label='Response']"
            user.press("Raw", response)
            user.sees(ODD)
            self.open(user, "/gif")
            user.until(lambda: user.shown("//img").get_property("naturalWidth") == 1, "no picture")
            self.open(user, "/bytes")
            user.sees("00000000  00 ff 61 62 63", "..abc")
            self.open(user, "/text")
            user.sees("caf\u00e9")

        await self.visit(work)

    async def test_json(self) -> None:
        """It is laid out token by token."""
        await self.hooks()

        def work(user: User) -> None:
            user.go(self.admin)
            script = (
                "const done = arguments[arguments.length - 1];"
                "import('./pages/requests/json.js').then((m) => done(m.indented(arguments[0], arguments[1])));"
            )
            for text, whole, shown in LAID_OUT:
                self.assertEqual(user.driver.execute_async_script(script, text, whole), shown, text)

        await self.visit(work)

    async def test_away(self) -> None:
        """What came while the service was away is there, and sent again when it is back."""
        await self.hooks()

        def work(user: User) -> None:
            self.use("/dead", "POST", "paid", "dead")
            self.use("/long", "POST", "x" * 3000, "dead")
            user.look(1600, 1000, False)
            self.open(user, "/dead")
            user.sees("connection refused", "paid", "curl -i -g -X POST")
            user.press("Send again")
            user.sees("Sent again: no answer", "Repeats")
            user.shown("//div[contains(@class, 'notice wrong')]")
            user.shown("//dd//a[contains(., '#')]").click()
            user.sees("Repeated by")
            user.misses("Sent again: no answer")
            self.open(user, "/long")
            user.sees("It cannot be sent again as it was", "There is no command: of the body only")
            self.assertFalse(user.shown("//button[normalize-space()='Send again']").is_enabled())
            user.press("Send again with changes")
            user.sees("were kept: complete or replace it.")
            self.assertFalse(user.shown("//button[normalize-space()='Send']").is_enabled())
            user.fill("Body", "short")
            user.press("Send")
            user.sees("Repeats")

        await self.visit(work)

    async def test_slow(self) -> None:
        """While one is being sent that is seen, and it is sent once."""
        await self.hooks()

        def work(user: User) -> None:
            self.use("/slow", "POST", "once", "hook")
            user.look(1600, 1000, False)
            self.open(user, "/slow")
            button = user.shown("//button[normalize-space()='Send again']")
            user.driver.execute_script("arguments[0].click(); arguments[0].click()", button)
            user.sees("Sending…")
            self.assertFalse(user.shown("//button[normalize-space()='Sending…']").is_enabled())
            Service.go.set()
            user.sees("Sent again: 200")
            self.assertEqual(Service.asked, [b"once", b"once"])

        await self.visit(work)

    async def test_filters(self) -> None:
        """Those that failed are found, by whatever is known of them, and looked at one after the other."""
        await self.hooks()

        def work(user: User) -> None:
            self.use("/fine?" + "long" * 500, "GET", "", "hook")
            self.use("/broken", "POST", "needle", "hook")
            self.use("/dead", "POST", "", "dead")
            for width, height, dark in ((1600, 1000, False), (360, 740, True)):
                user.look(width, height, dark)
                user.go(f"{self.admin}#/requests")
                row = user.shown("//tbody/tr[contains(., '/fine?')]")
                self.assertLess(row.size["height"], 320 if width < 400 else 80)
                user.press("Failed")
                user.misses("/fine?")
                user.sees("/broken", "/dead")
            user.look(1600, 1000, False)
            # Whatever is there of the row is the link.
            user.driver.execute_script(
                "const at = arguments[0].getBoundingClientRect();"
                "document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2).click()",
                user.shown("//tbody/tr[contains(., '/broken')]/td[1]"),
            )
            user.sees("POST /broken", "needle")
            user.until(lambda: user.driver.title == "POST /broken · Requests · frp client", "the tab has another title")
            user.press("Newer request")
            user.sees("POST /dead")
            self.assertFalse(user.shown("//button[@aria-label='Newer request']").is_enabled())
            user.press("Requests", "//main")
            user.sees("/broken")
            user.misses("/fine?")
            for text, found, lost in (("no answer", "/dead", "/broken"), ("needle", "/broken", "/dead")):
                field = user.shown("//input[@type='search']")
                field.clear()
                field.send_keys(text)
                user.sees(found)
                user.misses(lost)

        await self.visit(work)

    async def test_changes(self) -> None:
        """Mistakes are told at their field; what was packed is packed again; a form is not left by mistake."""
        await self.hooks()

        def work(user: User) -> None:
            self.use("/packed", "POST", gzip.compress(b"old text"), "hook", **{"Content-Encoding": "gzip"})
            user.look(1600, 1000, False)
            self.open(user, "/packed")
            user.sees("shown unpacked (gzip)")
            user.press("Send again with changes")
            user.sees("It came packed, and is packed again (gzip).")
            user.fill("Method", "PO ST")
            user.press("Send")
            field = "//div[contains(@class, 'field')][label='Method']"
            user.until(lambda: "cannot be sent" in user.shown(field).text, "not said at the field")
            user.driver.get_log("browser")  # the request that was refused
            user.fill("Method", "POST")
            user.fill("Body", "new text")
            user.press("Proxies", "//nav")
            user.sees("Discard the changes?")
            user.press("Cancel", "//dialog")
            user.field("Body").send_keys("\ue009\ue007")  # Ctrl+Enter
            user.sees("Sent again: 200", "Repeats")
            self.assertEqual(gzip.decompress(Service.asked[1]), b"new text")

        await self.visit(work)

    async def test_forget(self) -> None:
        """Whoever forgets them hears how many there are; where there are none it is said whose would be here."""
        await self.hooks()

        def work(user: User) -> None:
            for number in range(3):
                self.use(f"/{number}", "GET", "", "hook")
            user.look(1600, 1000, False)
            user.go(f"{self.admin}#/requests")
            user.press("Forget all")
            user.sees("Forget all 3 requests?")
            user.press("Forget all", "//dialog")
            user.sees("Those of dead, hook, shop appear here.")

        await self.visit(work)
