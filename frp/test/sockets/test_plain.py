"""Streams that are made of other transports. What all streams do is tested by their contract."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IUNIXTransport
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.sockets.plain import Entrance, streamOf
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder, Recorders


@implementer(IUNIXTransport)
class Socket(StringTransportWithDisconnection):
    """Like one of the system's."""

    def sendFileDescriptor(self, descriptor: int) -> None:
        """Nobody does."""


class PlainTests(SynchronousTestCase):
    """A transport that is not ours."""

    def entered(self, transport: Any) -> Recorder:
        """@return: what a factory of ours has made for it."""
        recorders = Recorders()
        made = Entrance(recorders).buildProtocol(transport.getPeer())
        assert made is not None
        transport.protocol = made
        made.makeConnection(transport)
        recorder: Recorder = recorders.built[0]
        return recorder

    def test_stream(self) -> None:
        """What is a stream is left as it is, and nothing stays in between."""
        end = Pipe().client
        self.assertIs(streamOf(end), end)
        recorder = self.entered(end)
        self.assertIs(recorder.transport, end)
        self.assertIs(end.protocol, recorder)

    def test_nothingBetween(self) -> None:
        """A socket gives its bytes straight to the protocol, but while something is put back."""
        socket = Socket()
        recorder = self.entered(socket)
        self.assertIs(socket.protocol, recorder)
        recorder.transport.unread(b"again")
        self.assertIsNot(socket.protocol, recorder)
        recorder.transport.resumeProducing()
        self.assertEqual(recorder.received, b"again")
        self.assertIs(socket.protocol, recorder)
        other = Recorder()
        recorder.transport.protocol = other
        self.assertIs(socket.protocol, other)

    def test_connected(self) -> None:
        """A stream can be made of a socket that has its protocol already."""
        socket = Socket()
        socket.protocol = recorder = Recorder()
        stream = streamOf(socket)
        stream.unread(b"first")
        stream.resumeProducing()
        self.assertEqual(recorder.received, b"first")
        self.assertIs(socket.protocol, recorder)

    def test_wrapper(self) -> None:
        """What has its protocol inside itself is a stream of its own, though it says that it is what it wraps."""
        end = Pipe().client
        recorders = Recorders()
        made: Any = Entrance(recorders).buildProtocol(end.getPeer())
        wrapper: Any = ProtocolWrapper(WrappingFactory(recorders), made)
        end.protocol = wrapper
        wrapper.makeConnection(end)
        (recorder,) = recorders.built
        self.assertIsNot(recorder.transport, end)
        other = Recorder()
        recorder.transport.protocol = other
        wrapper.dataReceived(b"hello")
        self.assertEqual((other.received, recorder.received), (b"hello", b""))
