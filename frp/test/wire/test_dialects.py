"""Which dialect a connection is in."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.strategies import messages
from frp.wire import frames
from frp.wire.dialects import dialectNamed, dialectOf
from frp.wire.messages import Message, Ping
from frp.wire.sniff import V2_MAGIC
from frp.wire.v1 import V1
from frp.wire.v2.dialect import V2, preferred


class DialectTests(SynchronousTestCase):
    """The two that there are."""

    def test_named(self) -> None:
        """As the configuration names them."""
        self.assertIs(dialectNamed("v1"), V1)
        self.assertIs(dialectNamed("v2"), V2)
        self.assertEqual(
            (V1.name, V1.since, V1.limit, V2.name, V2.since, V2.limit), ("v1", "", 10240, "v2", "v0.69.0", 65534)
        )

    def test_magic(self) -> None:
        """The first seven bytes tell, and as few as are needed."""
        self.assertEqual(V2_MAGIC.hex(), "46525000020d0a")
        for size in range(1, 7):
            self.assertIsNone(dialectOf(V2_MAGIC[:size]))
            other = bytearray(V2_MAGIC[:size])
            other[-1] ^= 1
            self.assertIs(dialectOf(bytes(other)), V1)
        self.assertIs(dialectOf(V2_MAGIC), V2)
        self.assertIs(dialectOf(V2_MAGIC + b"more"), V2)

    @given(messages())
    def test_first(self, message: Message) -> None:
        """Whatever a client says first, its server finds the dialect by it."""
        for dialect in (V1, V2):
            self.assertIs(dialectOf(dialect.opening(opener=True).first(message)[:16]), dialect)

    @given(st.binary(min_size=1, max_size=16))
    def test_anything(self, first: bytes) -> None:
        """All that does not begin so is version 1's to judge."""
        wanted = V2 if first.startswith(V2_MAGIC) else None if V2_MAGIC.startswith(first) else V1
        self.assertIs(dialectOf(first), wanted)

    def test_lazy(self) -> None:
        """Version 2 is not imported before somebody speaks it."""
        code = (
            "import sys; from frp.wire.dialects import dialectOf; dialectOf(b'o'); print('frp.wire.v2' in sys.modules)"
        )
        self.assertEqual(subprocess.check_output([sys.executable, "-c", code], text=True).strip(), "False")

    def test_preferred(self) -> None:
        """AES first where processors have it built in."""
        self.assertEqual(preferred("x86_64"), ("aes-256-gcm", "xchacha20-poly1305"))
        self.assertEqual(preferred("armv7l"), ("xchacha20-poly1305", "aes-256-gcm"))

    def test_framed(self) -> None:
        """Each writes its own frames, and reads them."""
        self.assertEqual(V1.encode(Ping()), frames.encode(Ping()))
        for dialect in (V1, V2):
            reader = dialect.reader()
            reader.receive(dialect.encode(Ping()))
            self.assertEqual(reader.nextMessage(), Ping())
