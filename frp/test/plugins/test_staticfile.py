"""The plugin that serves files."""

from __future__ import annotations

import gzip
import os
from base64 import b64encode
from email import message_from_bytes
from pathlib import Path
from typing import Any

from frp.plugins import staticfile
from frp.test.plugins.asking import Heard, ask, heard
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract

OLD = 1_600_000_000
DATE = "Sun, 13 Sep 2020 12:26:40 GMT"


class StaticFileTests(ClientPluginContract, NetworkTestCase):
    """Somebody looks at the files of a folder."""

    name = "static_file"

    def setUp(self) -> None:
        super().setUp()
        self.outside = Path(self.mktemp())
        self.folder = self.outside / "public"
        self.data = bytes(range(250)) * 2000
        for name, content in {
            "big.bin": self.data,
            "page.html": b"<p>hello",
            "a b#?.txt": b"odd",
            "sub/index.html": b"index",
            "list/one.txt": b"1",
            "list/<two>&.txt": b"2",
            "list/deep/x": b"",
            "empty": b"",
        }.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (OLD, OLD))
        (self.outside / "secret.txt").write_bytes(b"secret")
        self.table = {"localPath": str(self.folder)}

    def get(self, target: str, *fields: str, method: str = "GET", body: bytes = b"") -> Heard:
        return ask(self.network, self.port, target, *fields, method=method, body=body)

    def use(self) -> None:
        found = self.get("/big.bin")
        self.assertEqual((found.status, found.body), (200, self.data))

    def test_headers(self) -> None:
        """A file comes with its length, its type, the time of its change, and the promise of ranges."""
        self.start()
        found = self.get("/page.html")
        self.assertEqual(found.body, b"<p>hello")
        self.assertEqual(found.fields["content-type"], "text/html; charset=utf-8")
        self.assertEqual(found.fields["last-modified"], DATE)
        self.assertEqual(found.fields["accept-ranges"], "bytes")
        self.assertEqual(found.fields["content-length"], "8")
        self.assertEqual(self.get("/empty").body, b"")
        self.assertEqual(self.get("/big.bin?x=1").fields["content-type"], "application/octet-stream")

    def test_folders(self) -> None:
        """A folder shows its index.html, or what lies in it."""
        self.start()
        self.assertEqual(self.get("/sub/").body, b"index")
        found = self.get("/list/")
        self.assertEqual(found.fields["content-type"], "text/html; charset=utf-8")
        self.assertEqual(
            found.body.decode().splitlines()[2:],
            [
                "<pre>",
                '<a href="%3Ctwo%3E&amp;.txt">&lt;two&gt;&amp;.txt</a>',
                '<a href="deep/">deep/</a>',
                '<a href="one.txt">one.txt</a>',
                "</pre>",
            ],
        )
        self.assertIn(b'<a href="a%20b%23%3F.txt">a b#?.txt</a>', self.get("/").body)
        self.assertEqual(self.get("/a%20b%23%3f.txt").body, b"odd")

    def test_redirects(self) -> None:
        """Each file and folder has one address; others lead to it."""
        self.start()
        for target, where in {
            "/sub": "sub/",
            "/sub?x=1": "sub/?x=1",
            "/sub/index.html": "./",
            "/index.html": "./",
            "/page.html/": "../page.html",
            "//page.html": "/page.html",
            "/list/../page.html?a": "/page.html?a",
            "/list/./": "/list/",
            "//example.com/..": "/",
            "/list/%2e%2e/page.html": "/page.html",
        }.items():
            found = self.get(target)
            self.assertEqual((found.status, found.fields["location"]), (301, where), target)

    def test_noWayOut(self) -> None:
        """Nothing but what lies in the folder is ever given, whatever is asked for."""
        (self.folder / "link").symlink_to("../secret.txt")
        (self.folder / "absolute").symlink_to(self.outside.absolute() / "secret.txt")
        (self.folder / "up").symlink_to("..")
        (self.folder / "loop").symlink_to("loop")
        (self.folder / "inside").symlink_to("list/one.txt")
        os.mkfifo(self.folder / "pipe")
        self.start()
        for target in (
            *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/list/..%2f..%2fsecret.txt"),
            *(
                "/link",
                "/absolute",
                "/up/secret.txt",
                "/up/",
                "/up/public/page.html/../../secret.txt",
                "/loop",
                "/pipe",
            ),
            *(
                "/secret.txt%00.html",
                "/page.html%00",
                "/%00",
                "/..\\secret.txt",
                "/%c0%ae%c0%ae/secret.txt",
                "/" + "x" * 5000,
            ),
            *("/page.html/x", "/%ff%fe", "/....//secret.txt", "/.%00./secret.txt", "/\xff"),
        ):
            found = self.get(target)
            self.assertIn(found.status, (301, 404), target)
            self.assertNotIn(b"secret", found.body, target)
        for target in ("/%", "/%zz", "/%2", "page.html"):
            self.assertIn(self.get(target).status, (400, 404), target)
        self.assertEqual(self.get("/inside").body, b"1")

    def test_undisturbed(self) -> None:
        """Who waits for a reader of a pipe in the folder does not take a user for one."""
        os.mkfifo(self.folder / "pipe")
        self.start()
        opened: list[str] = []
        system = os.open

        def opening(path: str, *args: Any, **keys: Any) -> int:
            opened.append(path)
            return system(path, *args, **keys)

        self.patch(os, "open", opening)
        self.assertEqual(self.get("/pipe").status, 404)
        self.assertNotIn("pipe", opened)

    def test_doubleEncoding(self) -> None:
        """What is escaped twice is unescaped once: it is the name of a file, not a way out."""
        (self.folder / "%2e%2e").mkdir()
        (self.folder / "%2e%2e" / "x").write_bytes(b"odd")
        self.start()
        self.assertEqual(self.get("/%252e%252e/x").body, b"odd")
        for target in ("/%252e%252e/secret.txt", "/%252e%252e%252fsecret.txt", "/..%252fsecret.txt"):
            self.assertEqual(self.get(target).status, 404, target)

    def test_swappedWhileOpening(self) -> None:
        """A part of the path that becomes a link while it is opened leads nowhere."""
        self.start()
        system = os.path.realpath

        def late(path: Any, **keys: Any) -> Any:
            found = system(path, **keys)
            if str(path).endswith("one.txt"):
                (self.folder / "list").rename(self.folder / "moved")
                (self.folder / "list").symlink_to("..")
                (self.outside / "one.txt").write_bytes(b"secret")
            return found

        self.patch(os.path, "realpath", late)
        found = self.get("/list/one.txt")
        self.assertEqual((found.status, found.body), (404, b"404 page not found\n"))

    def test_longLists(self) -> None:
        """A list ends somewhere, and says so."""
        self.patch(staticfile, "MOST_NAMES", 2)
        self.start()
        self.assertNotIn(b"and more", self.get("/sub/deeper/../../list/").body)
        (self.folder / "list" / "two.txt").touch()
        lines = self.get("/list/").body.decode().splitlines()
        self.assertEqual(len(lines), 7)
        self.assertEqual(lines[-2:], ["and more", "</pre>"])

    def test_replaced(self) -> None:
        """Whoever downloads while the proxy is replaced gets all of it; the next one gets what is new."""
        client = self.start()
        user = self.network.user(self.port)
        user.transport.pauseProducing()
        with (self.folder / "huge").open("wb") as file:
            file.truncate(8 << 20)
        user.send(b"GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
        self.network.advance(1)
        other = self.network.user(self.port)
        client.update(self.network.proxies(self.tables(localPath=str(self.folder / "list"))))
        self.network.advance(1)
        self.assertTrue(other.closed)
        self.assertEqual(self.get("/one.txt").body, b"1")
        user.transport.resumeProducing()
        self.network.advance(5)
        self.assertEqual(len(heard(user).body), 8 << 20)
        self.assertTrue(user.closed)

    def test_notReadable(self) -> None:
        """What may not be read is forbidden."""
        (self.folder / "page.html").chmod(0)
        self.start()
        if os.access(self.folder / "page.html", os.R_OK):
            return
        self.assertEqual(self.get("/page.html").status, 403)

    def test_prefix(self) -> None:
        """With stripPrefix files are below it, and nothing is elsewhere."""
        self.start(stripPrefix="a/b")
        self.assertEqual(self.get("/a/b/page.html").body, b"<p>hello")
        self.assertEqual(self.get("/a/b/sub").fields["location"], "sub/")
        for target in ("/page.html", "/a/b", "/a/bc/page.html", "/"):
            self.assertEqual(self.get(target).status, 404)

    def test_methods(self) -> None:
        """Files can be got, and nothing else."""
        self.start()
        for method in ("HEAD", "POST", "DELETE", "OPTIONS", "NONSENSE"):
            found = self.get("/page.html", method=method, body=b"x" * 100000 if method == "POST" else b"")
            self.assertEqual((found.status, found.fields["allow"]), (405, "GET"))

    def test_password(self) -> None:
        """Who does not know the password hears so after a while."""
        self.start(httpUser="alice", httpPassword="pa:ss")
        for proof in (None, "alice:wrong", "bob:pa:ss", "alice"):
            fields = ["Authorization: Basic " + b64encode(proof.encode()).decode()] if proof else []
            user = self.network.user(self.port)
            user.send("\r\n".join(["GET /page.html HTTP/1.1", "Host: x", *fields, "", ""]).encode())
            self.network.advance(0.19)
            self.assertEqual(user.received, b"")
            self.network.advance(0.02)
            found = heard(user)
            self.assertEqual((found.status, found.body), (401, b"Unauthorized\n"))
            self.assertEqual(found.fields["www-authenticate"], 'Basic realm="Restricted"')
            user.close()
        proof = "Authorization: Basic " + b64encode(b"alice:pa:ss").decode()
        self.assertEqual(self.get("/page.html", proof).status, 200)

    def test_ranges(self) -> None:
        """A user may ask for pieces."""
        self.start()
        size = len(self.data)
        for asked, start, end in (("0-9", 0, 10), ("10-", 10, size), ("-5", size - 5, size), ("5-999999999", 5, size)):
            found = self.get("/big.bin", f"Range: bytes={asked}")
            self.assertEqual((found.status, found.body), (206, self.data[start:end]), asked)
            self.assertEqual(found.fields["content-range"], f"bytes {start}-{end - 1}/{size}")
        for asked in (f"{size}-", "9-5", "x-", "-", "1", "-0", "0-1-2", "9" * 30 + "-"):
            found = self.get("/big.bin", f"Range: bytes={asked}")
            self.assertEqual((found.status, found.fields["content-range"]), (416, f"bytes */{size}"), asked)
        for asked in ("0-,0-", ",".join(["0-0"] * 101)):
            self.assertEqual(self.get("/big.bin", f"Range: bytes={asked}").status, 200)
        self.assertEqual(self.get("/empty", "Range: bytes=0-").status, 200)

    def test_manyRanges(self) -> None:
        """Several pieces come in parts."""
        self.start()
        found = self.get("/big.bin", "Range: bytes=0-1, 100-300000,-3,999999999-")
        self.assertEqual(found.status, 206)
        whole = message_from_bytes(f"Content-Type: {found.fields['content-type']}\n\n".encode() + found.body)
        parts: list[Any] = list(whole.walk())[1:]
        self.assertEqual(
            [part.get_payload(decode=True) for part in parts], [self.data[:2], self.data[100:300001], self.data[-3:]]
        )
        self.assertEqual(parts[0]["Content-Range"], f"bytes 0-1/{len(self.data)}")
        self.assertEqual(int(found.fields["content-length"]), len(found.body))

    def test_conditions(self) -> None:
        """Who has a file already does not get it again."""
        self.start()
        before, after = "Sun, 13 Sep 2020 12:26:39 GMT", "Sun, 13 Sep 2020 12:26:41 GMT"
        for field, status in {
            f"If-Modified-Since: {DATE}": 304,
            f"If-Modified-Since: {after}": 304,
            f"If-Modified-Since: {before}": 200,
            "If-Modified-Since: yesterday": 200,
            "If-None-Match: *": 304,
            f'If-None-Match: "x"\r\nIf-Modified-Since: {DATE}': 200,
            "If-Match: *": 200,
            'If-Match: "x"': 412,
            f"If-Unmodified-Since: {DATE}": 200,
            f"If-Unmodified-Since: {before}": 412,
            f"Range: bytes=0-0\r\nIf-Range: {DATE}": 206,
            f"Range: bytes=0-0\r\nIf-Range: {before}": 200,
            'Range: bytes=0-0\r\nIf-Range: "x"': 200,
        }.items():
            found = self.get("/page.html", field)
            self.assertEqual(found.status, status, field)
            self.assertEqual(found.fields.get("last-modified"), DATE)

    def test_gzip(self) -> None:
        """Who takes gzip gets it, where it saves something."""
        self.start()
        found = self.get("/big.bin", "Accept-Encoding: br, gzip")
        self.assertEqual((found.fields["content-encoding"], gzip.decompress(found.body)), ("gzip", self.data))
        self.assertNotIn("content-length", found.fields)
        (self.folder / "x.png").write_bytes(self.data)
        for target, field in (("/x.png", "gzip"), ("/big.bin", "gzip;q=0"), ("/big.bin", "gzip\r\nRange: bytes=0-3")):
            self.assertNotIn("content-encoding", self.get(target, f"Accept-Encoding: {field}").fields)

    def test_keepAlive(self) -> None:
        """Many requests may follow each other on one connection, and none of them waits for another user."""
        self.start()
        user = self.network.user(self.port)
        user.send(b"GET /page.html HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        self.network.advance(1)
        self.assertEqual([heard(user).body for _ in range(20)], [b"<p>hello"] * 20)

    def test_slowUser(self) -> None:
        """A user who does not read holds little, and its file is closed when it goes."""
        with (self.folder / "huge").open("wb") as file:
            file.truncate(1 << 30)
        self.start()
        before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        user = self.network.user(self.port)
        user.transport.pauseProducing()
        user.send(b"GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
        self.network.advance(1)
        user.abort()
        self.network.advance(1)
        if before:
            self.assertLessEqual(len(os.listdir("/proc/self/fd")), before)

    def test_reallySlowUser(self) -> None:
        """A user who reads nothing for minutes is given up, and its file closed."""
        with (self.folder / "huge").open("wb") as file:
            file.truncate(1 << 30)
        self.start()
        before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        user = self.network.user(self.port)
        user.transport.pauseProducing()
        user.send(b"GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
        self.network.advance(400)
        if before:
            self.assertLessEqual(len(os.listdir("/proc/self/fd")), before)
        user.abort()

    def test_shrinks(self) -> None:
        """A file that becomes shorter while it is sent breaks the connection, and is not taken for whole."""
        self.start()
        path = self.folder / "huge"
        with path.open("wb") as file:
            file.truncate(1 << 30)
        user = self.network.user(self.port)
        user.transport.pauseProducing()
        user.send(b"GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
        self.network.advance(1)
        os.truncate(path, 1000)
        user.transport.resumeProducing()
        self.network.advance(1)
        self.assertTrue(user.closed)
        self.assertLess(len(user.received), 1 << 28)

    def test_manyNames(self) -> None:
        """A file without an ending is known by its first bytes."""
        self.start()
        for number, (content, kind) in enumerate(
            {
                b"\x89PNG\r\n\x1a\n...": "image/png",
                b"  <!doctype HTML>": "text/html; charset=utf-8",
                b"<html2>": "text/plain; charset=utf-8",
                b"<?xml ": "text/xml; charset=utf-8",
                b"plain \xc3\xa4": "text/plain; charset=utf-8",
                b"\x00\x01": "application/octet-stream",
                b"RIFF1234WEBPVP8": "image/webp",
            }.items()
        ):
            (self.folder / f"f{number}").write_bytes(content)
            self.assertEqual(self.get(f"/f{number}").fields["content-type"], kind)
        (self.folder / "a.tar.gz").write_bytes(b"x")
        self.assertEqual(self.get("/a.tar.gz").fields["content-type"], "application/gzip")
