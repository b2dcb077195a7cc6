"""What a service gets of a request, and a user of its response."""

from __future__ import annotations

import gzip

from frp.http.forwarding import EXPECT_TIMEOUT
from frp.test.http.site import GET, PORT, ForwardingTestCase, SayingTestCase
from frp.test.http.web import Asked, ok, told


class RequestTests(ForwardingTestCase):
    """What the service gets."""

    proxy = {
        "hostHeaderRewrite": "inner.example",
        "requestHeaders": {"set": {"x-set": "ours", "X-New": "new"}},
        "responseHeaders": {"set": {"x-answer": "ours"}},
    }

    def answer(self, asked: Asked) -> bytes | None:
        return ok(b"", b"X-Answer: theirs", b"Connection: keep-alive, X-Hop", b"X-Hop: 1", b"Keep-Alive: timeout=5")

    def test_request(self) -> None:
        """Fields of the connection stay here, the user's address is added, and what is set takes its place."""
        response = self.ask(
            b"GET /x?a=1&b=%zz;c HTTP/1.1\r\nhost: a.com:8080\r\nX-Set: theirs\r\nConnection: keep-alive, X-Hop\r\n"
            b"X-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\nTE: gzip, trailers\r\nForwarded: for=evil\r\n"
            b"X-Forwarded-For: 10.1.1.1\r\nx-forwarded-for: 10.1.1.2\r\nX-Forwarded-Host: evil\r\n"
            b"X-Forwarded-Proto: https\r\nX-Real-IP: evil\r\nx-Odd-CASE: Kept\r\n\r\n"
        )
        head = self.web.last.head
        self.assertEqual((head.method, head.target, head.version), (b"GET", b"/x?a=1", b"HTTP/1.1"))
        self.assertEqual(
            sorted(head.fields.pairs),
            sorted(
                [
                    (b"Host", b"inner.example"),
                    (b"X-Real-IP", b"evil"),
                    (b"x-Odd-CASE", b"Kept"),
                    (b"X-Forwarded-For", b"10.1.1.1, 10.1.1.2, 127.0.0.1"),
                    (b"X-Forwarded-Host", b"a.com:8080"),
                    (b"X-Forwarded-Proto", b"http"),
                    (b"Te", b"trailers"),
                    (b"x-set", b"ours"),
                    (b"X-New", b"new"),
                    (b"Accept-Encoding", b"gzip"),
                ]
            ),
        )
        fields = dict(response.head.fields.pairs)
        self.assertIn(b"Date", fields)
        del fields[b"Date"]
        self.assertEqual(fields, {b"Content-Length": b"0", b"x-answer": b"ours"})

    def test_underscores(self) -> None:
        """What is ours to say cannot be said in another spelling, which many services take for the same."""
        self.ask(
            b"POST / HTTP/1.1\r\nHost: a.com\r\nX_Forwarded-For: 10.1.1.1\r\nX_SET: theirs\r\nx_odd: kept\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 10.1.1.1\r\nx-odd: kept\r\n\r\n"
        )
        asked = self.web.last
        names = {name.lower().replace(b"_", b"-"): value for name, value in asked.head.fields}
        self.assertEqual(names[b"x-forwarded-for"], b"127.0.0.1")
        self.assertEqual(names[b"x-set"], b"ours")
        self.assertEqual(names[b"x-odd"], b"kept")
        assert asked.trailers is not None
        self.assertEqual(asked.trailers.pairs, [(b"x-odd", b"kept")])

    def test_optionsOfAll(self) -> None:
        """OPTIONS of a whole server names no path."""
        self.ask(b"OPTIONS http://a.com HTTP/1.1\r\nHost: other\r\n\r\n")
        self.assertEqual(self.web.last.head.target, b"http://inner.example")

    def test_compressionAsked(self) -> None:
        """Who says what it takes, wants a part, or wants no body, is passed on as it is."""
        for more in (b"Accept-Encoding: br\r\n", b"Range: bytes=0-1\r\n"):
            self.ask(b"GET / HTTP/1.1\r\nHost: a.com\r\n" + more + b"\r\n")
            self.assertIn(self.web.last.field(b"accept-encoding"), (None, b"br"))
        self.ask(b"HEAD / HTTP/1.1\r\nHost: a.com\r\n\r\n")
        self.assertIsNone(self.web.last.field(b"accept-encoding"))

    def test_emptyBody(self) -> None:
        """Methods that have a body say so when it is empty."""
        self.ask(b"POST / HTTP/1.1\r\nHost: a.com\r\n\r\n")
        self.assertEqual(self.web.last.field(b"content-length"), b"0")


class BodyTests(ForwardingTestCase):
    """Bodies, there and back."""

    def answer(self, asked: Asked) -> bytes | None:
        return ok(asked.body)

    def test_length(self) -> None:
        """A body of known length stays one, and comes piece by piece."""
        user = self.send(b"PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 10\r\n\r\nhello")
        self.assertEqual((self.web.last.body, self.web.last.done), (b"hello", False))
        self.send(b"world", user)
        self.assertEqual((self.web.last.body, self.web.last.done), (b"helloworld", True))
        self.assertEqual(self.web.last.field(b"content-length"), b"10")
        self.assertEqual(told(user.received)[0].body, b"helloworld")

    def test_chunks(self) -> None:
        """A body in chunks stays one, trailers and all."""
        user = self.send(
            b"POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n"
        )
        self.assertEqual((self.web.last.body, self.web.last.done), (b"hello", False))
        self.send(b"5;x=y\r\nworld\r\n0\r\nX-Sum: 7\r\n\r\n", user)
        asked = self.web.last
        self.assertEqual((asked.body, asked.done), (b"helloworld", True))
        assert asked.trailers is not None
        self.assertEqual(asked.trailers.pairs, [(b"X-Sum", b"7")])
        self.assertEqual((asked.field(b"transfer-encoding"), asked.field(b"trailer")), (b"chunked", b"X-Sum"))
        self.assertEqual(told(user.received)[0].body, b"helloworld")

    def test_tinyChunks(self) -> None:
        """Chunks of a byte go on in as few pieces as they came."""
        body = b"1\r\nx\r\n" * 10000
        self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")
        self.assertEqual((self.web.last.body, self.web.last.done), (b"x" * 10000, True))
        (received,) = [user.received for user in self.web.service.users]
        self.assertLess(len(received), 11000)

    def test_expect(self) -> None:
        """A user who asks before it sends a body hears what the service says."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(self.web.last.field(b"expect"), b"100-continue")
        self.assertEqual(user.received, b"")
        self.web.last.user.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.network.settle()
        self.assertEqual(user.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        self.send(b"hello", user)
        self.assertEqual([response.status for response in told(user.received)], [100, 200])

    def test_expectInVain(self) -> None:
        """A user is not left waiting by a service that never asks for a body."""
        user = self.send(b"PUT /x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(user.received, b"")
        self.network.advance(EXPECT_TIMEOUT + 0.1)
        self.assertEqual(user.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        self.send(b"hello", user)
        self.assertEqual([response.status for response in told(user.received)], [100, 200])

    def test_broken(self) -> None:
        """A body that is no body is refused, and the service does not take it for a whole one."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello")
        self.send(b"\r\nnonsense\r\n", user)
        self.assertEqual(told(user.received)[0].status, 400)
        self.assertFalse(self.web.last.done)
        self.assertTrue(self.web.last.user.closed)

    def test_cut(self) -> None:
        """A user who leaves in the middle of its body leaves the service with a part."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 10\r\n\r\nhello")
        user.close()
        self.network.settle()
        self.assertFalse(self.web.last.done)
        self.assertTrue(self.web.last.user.closed)

    def test_earlyAnswer(self) -> None:
        """A service that answers before the body has come is heard; what is left of the body is for nobody."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 10\r\n\r\nhello")
        self.web.last.user.send(ok(b"too large", status=413))
        self.network.settle()
        (response,) = told(user.received)
        self.assertEqual((response.status, response.body), (413, b"too large"))
        self.assertEqual(response.field(b"connection"), b"close")
        self.send(b"world", user)
        user.close()
        self.network.advance(3)
        self.assertTrue(self.web.last.user.closed)


class ResponseTests(SayingTestCase):
    """What users get."""

    def test_chunks(self) -> None:
        """A body of unknown length comes in chunks as it comes, trailers behind it."""
        self.said = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhe"]
        user = self.send(GET)
        self.assertEqual(told(user.received)[0].body, b"he")
        self.say(b"llo\r\n", b"0\r\nX-Sum: 7\r\n\r\n")
        (response,) = told(user.received)
        self.assertEqual((response.body, response.done), (b"hello", True))
        assert response.trailers is not None
        self.assertEqual(response.trailers.pairs, [(b"X-Sum", b"7")])
        self.assertEqual(self.ask().body, b"/x")
        self.assertEqual(len(self.web.service.users), 1)

    def test_headFirst(self) -> None:
        """The head comes when the service has sent it, though there is no body yet."""
        self.said = [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"]
        user = self.send(GET)
        self.assertEqual(told(user.received)[0].field(b"content-type"), b"text/event-stream")

    def test_untilClose(self) -> None:
        """A body that ends with the connection is whole when that ends in order."""
        self.said = [b"HTTP/1.0 200 OK\r\n\r\nhello"]
        user = self.send(GET)
        self.assertFalse(told(user.received)[0].done)
        self.web.last.user.close()
        self.network.settle()
        (response,) = told(user.received)
        self.assertEqual((response.body, response.done), (b"hello", True))
        self.assertEqual(told(self.send(GET, user).received)[1].body, b"/x")

    def test_oldUser(self) -> None:
        """A user of HTTP/1.0 gets a body that ends with the connection, and no interim responses."""
        self.said = [
            b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        ]
        user = self.send(b"GET / HTTP/1.0\r\nHost: a.com\r\nConnection: keep-alive\r\n\r\n")
        self.assertTrue(user.received.startswith(b"HTTP/1.0 200 OK\r\n"))
        self.assertTrue(user.received.endswith(b"\r\n\r\nhello"))
        self.assertTrue(user.closed)
        user = self.send(b"GET / HTTP/1.0\r\nHost: a.com\r\nConnection: keep-alive\r\n\r\n")
        self.assertFalse(user.closed)
        self.assertEqual(told(user.received)[0].field(b"connection"), b"keep-alive")

    def test_interim(self) -> None:
        """Early hints come before the response."""
        self.said = [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 9\r\nTE: x\r\n\r\n" + ok(b"page")]
        early, response = told(self.send(GET).received)
        self.assertEqual((early.status, early.field(b"link")), (103, b"</a.css>"))
        self.assertEqual((early.field(b"content-length"), early.field(b"te")), (None, None))
        self.assertEqual(response.body, b"page")

    def test_noBody(self) -> None:
        """HEAD, 204 and 304 have fields and no body; the connection goes on."""
        self.said = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: x\r\n\r\n",
        ]
        user = self.send(b"HEAD / HTTP/1.1\r\nHost: a.com\r\n\r\n" + GET * 3)
        self.assertEqual(
            [(response.status, response.body, response.done) for response in told(user.received, b"HEAD")],
            [(200, b"", True), (204, b"", True), (304, b"", True), (200, b"/x", True)],
        )
        self.assertIsNone(told(user.received, b"HEAD")[1].field(b"content-length"))
        self.assertEqual(len(self.web.service.users), 1)

    def test_brokenOff(self) -> None:
        """A response that breaks off is seen to be incomplete."""
        self.said = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"]
        user = self.send(GET)
        self.web.last.user.close()
        self.network.settle()
        self.assertFalse(told(user.received)[0].done)
        self.assertTrue(user.closed)
        self.assertTrue(self.logged("the response breaks off"))

    def test_unasked(self) -> None:
        """What a service says unasked reaches nobody: its connection ends."""
        self.assertEqual(self.ask().body, b"/x")
        self.say(ok(b"poison"))
        self.assertEqual(self.ask().body, b"/x")
        self.assertTrue(self.web.service.users[0].closed)
        self.said = [ok(b"good") + ok(b"poison")]
        self.assertEqual(self.ask().body, b"good")
        self.assertEqual(self.ask().body, b"/x")
        self.assertTrue(self.web.service.users[1].closed)


class GzipTests(SayingTestCase):
    """Compression that we have asked for."""

    def packed(self, body: bytes) -> bytes:
        """A response with a packed body."""
        return ok(gzip.compress(body), b"Content-Encoding: gzip")

    def test_unpacked(self) -> None:
        """A user who did not ask for it does not see it."""
        self.said = [self.packed(b"hello" * 1000)]
        response = self.ask()
        self.assertEqual(response.body, b"hello" * 1000)
        self.assertEqual(response.field(b"transfer-encoding"), b"chunked")
        self.assertIsNone(response.field(b"content-encoding"))

    def test_pieces(self) -> None:
        """It is unpacked as it comes, one file behind the other."""
        data = self.packed(b"hello") + gzip.compress(b"world")
        data = data.replace(b"Content-Length: 25", b"Connection: close").replace(b"HTTP/1.1", b"HTTP/1.0")
        self.said = [data[:80]]
        user = self.send(GET)
        for at in range(80, len(data)):
            self.say(data[at : at + 1])
        self.web.last.user.close()
        self.network.settle()
        (response,) = told(user.received)
        self.assertEqual((response.body, response.done), (b"helloworld", True))

    def test_asked(self) -> None:
        """A user who asked for it gets what the service has packed."""
        self.said = [self.packed(b"hello")]
        response = self.ask(b"GET / HTTP/1.1\r\nHost: a.com\r\nAccept-Encoding: gzip\r\n\r\n")
        self.assertEqual(gzip.decompress(response.body), b"hello")
        self.assertEqual(response.field(b"content-encoding"), b"gzip")

    def test_broken(self) -> None:
        """What is no gzip, or only a part, breaks off."""
        for data in (
            ok(b"no gzip at all", b"Content-Encoding: gzip"),
            ok(gzip.compress(b"x")[:-3], b"Content-Encoding: gzip"),
        ):
            self.said = [data]
            user = self.send(GET)
            self.assertTrue(user.closed)
            self.assertFalse(user.received.endswith(b"0\r\n\r\n"))

    def test_bomb(self) -> None:
        """What swells up waits, packed, for a user who takes its time; it comes whole in the end."""
        size = 10_000_000
        self.said = [self.packed(bytes(size))]
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(GET)
        self.network.settle()
        (link,) = self.network.links(PORT)
        self.assertLess(link.server.queued, 1_000_000)
        user.transport.resumeProducing()
        self.network.settle()
        (response,) = told(user.received)
        self.assertEqual((len(response.body), response.done), (size, True))
