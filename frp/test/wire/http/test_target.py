"""What a request asks for, and by whom."""

from __future__ import annotations

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead
from frp.wire.http.target import readBasic, readTarget, splitAuthority


def _target(method: bytes, target: bytes) -> tuple[bytes, bytes, bytes]:
    found = readTarget(RequestHead(method, target, Fields()))
    return found.scheme, found.authority, found.path


class TargetTests(SynchronousTestCase):
    """The four forms."""

    def test_forms(self) -> None:
        """Each form is taken apart."""
        for method, target, parts in (
            (b"GET", b"/", (b"", b"", b"/")),
            (b"GET", b"//x/y?z", (b"", b"", b"//x/y?z")),
            (b"GET", b"/http://x/", (b"", b"", b"/http://x/")),
            (b"GET", b"HTTP://x:80/a?b", (b"http", b"x:80", b"/a?b")),
            (b"GET", b"http://x", (b"http", b"x", b"/")),
            (b"GET", b"http://x?q", (b"http", b"x", b"/?q")),
            (b"GET", b"https://[::1]:8/a", (b"https", b"[::1]:8", b"/a")),
            (b"OPTIONS", b"*", (b"", b"", b"*")),
            (b"OPTIONS", b"http://x", (b"http", b"x", b"*")),
            (b"CONNECT", b"x:443", (b"", b"x:443", b"")),
            (b"CONNECT", b"[2001:db8::1]:443", (b"", b"[2001:db8::1]:443", b"")),
        ):
            self.assertEqual(_target(method, target), parts)

    def test_refused(self) -> None:
        """What is none of the forms, or not for this method, is refused."""
        for method, target in (
            (b"GET", b"*"),
            (b"GET", b"x"),
            (b"GET", b"x:80"),
            (b"GET", b"http:/x"),
            (b"GET", b"http://"),
            (b"GET", b"http:///x"),
            (b"GET", b"http://user@x/"),
            (b"GET", b"http://user:password@x/"),
            (b"GET", b"http://x:y/"),
            (b"GET", b"http://x:65536/"),
            (b"GET", b"http://x\\y/"),
            (b"GET", b"http://x/#y"),
            (b"CONNECT", b"/"),
            (b"CONNECT", b"x"),
            (b"CONNECT", b"x:"),
            (b"CONNECT", b"http://x:80/"),
            (b"CONNECT", b"user@x:80"),
        ):
            with self.assertRaises(HTTPWireError) as caught:
                _target(method, target)
            self.assertEqual(caught.exception.status, 400)

    def test_authorities(self) -> None:
        """Host and port are told apart, IPv6 addresses lose their brackets."""
        for authority, parts in (
            (b"X.Example", (b"x.example", None)),
            (b"x:", (b"x", None)),
            (b"x:0080", (b"x", 80)),
            (b"10.0.0.1:65535", (b"10.0.0.1", 65535)),
            (b"[::FFFF:10.0.0.1]:1", (b"::ffff:10.0.0.1", 1)),
            (b"[::1]", (b"::1", None)),
            (b"a_b", (b"a_b", None)),
        ):
            self.assertEqual(splitAuthority(authority), parts)
        for wrong in (b"", b":80", b"x:+8", b"x:8_0", b"::1", b"[::1", b"[::1]8", b"[x]", b"[]", b"[::1%25lo]", b"x y"):
            self.assertRaises(HTTPWireError, splitAuthority, wrong)

    @given(st.binary(max_size=12), st.sampled_from([b"GET", b"CONNECT", b"OPTIONS"]))
    def test_junk(self, target: bytes, method: bytes) -> None:
        """Whatever is asked for is taken apart or refused."""
        for prefix in (b"", b"http://", b"["):
            try:
                _target(method, prefix + target)
            except HTTPWireError:
                pass


class BasicTests(SynchronousTestCase):
    """User and password."""

    @given(st.binary().filter(lambda user: b":" not in user), st.binary(), st.sampled_from([b"Basic ", b"bASIC  "]))
    def test_credentials(self, user: bytes, password: bytes, scheme: bytes) -> None:
        """They are read back; a password may have colons in it."""
        self.assertEqual(readBasic(scheme + b64encode(user + b":" + password)), (user, password))

    def test_none(self) -> None:
        """What is no proof of this kind is none."""
        for value in (
            None,
            b"",
            b"Basic",
            b"Bearer abc",
            b"Basic " + b64encode(b"user"),
            b"Basic dTpw=",
            b"Basic dT pw",
        ):
            self.assertIsNone(readBasic(value), value)
        self.assertEqual(readBasic(b"Basic dTpw"), (b"u", b"p"))
        self.assertIsNone(readBasic(b"Basic dTp"))
        self.assertIsNone(readBasic(b"Basic dTp-"))
