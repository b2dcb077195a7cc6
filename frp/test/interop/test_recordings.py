"""What the reference's programs said to each other, read by ours and said to ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.recordings import Conversation, control, conversations, served, streams
from frp.testing.network import Network, User
from frp.wire.messages import (
    Login,
    LoginResp,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from frp.wire.v2.dialect import V2


class ReadTests(SynchronousTestCase):
    """Every byte of both sides is understood, however the bytes are cut."""

    def test_client(self) -> None:
        """What frpc said: its login, its proxy, and the service's answer on a work connection."""
        for conversation in conversations():
            for cut in (1, 7, 1 << 20):
                first, *others = streams(conversation.sent("client"), conversation.tcpMux, cut)
                login, *messages = control(first, conversation, "client", cut)
                assert isinstance(login, Login)
                self.assertEqual((login.user, login.pool_count, login.run_id), ("ann", 1, ""))
                proxies = [message for message in messages if isinstance(message, NewProxy)]
                self.assertEqual([proxy.proxy_name for proxy in proxies], ["ann.web"])
                self.assertEqual(proxies[0].remote_port, conversation.remotePort)
                self.assertEqual(proxies[0].use_encryption, conversation.useEncryption)
                self.assertEqual(proxies[0].use_compression, conversation.useCompression)
                self.assertLessEqual({type(message) for message in messages}, {NewProxy, Ping})
                answers = self.payloads(others, conversation, cut, NewWorkConn)
                self.assertEqual(answers, [conversation.answer, *[b""] * (len(answers) - 1)], conversation.name)

    def test_server(self) -> None:
        """What frps said: that the login and the proxy are welcome, and the user's bytes on a work connection."""
        for conversation in conversations():
            for cut in (1, 7, 1 << 20):
                first, *others = streams(conversation.sent("server"), conversation.tcpMux, cut)
                login, *messages = control(first, conversation, "server", cut)
                assert isinstance(login, LoginResp)
                self.assertEqual((login.error, len(login.run_id)), ("", 16))
                answers = [message for message in messages if isinstance(message, NewProxyResp)]
                self.assertEqual([(a.proxy_name, a.error) for a in answers], [("ann.web", "")])
                self.assertEqual(answers[0].remote_addr, f":{conversation.remotePort}")
                self.assertLessEqual({type(message) for message in messages}, {NewProxyResp, ReqWorkConn, Pong})
                payloads = self.payloads(others, conversation, cut, StartWorkConn)
                self.assertEqual(payloads, [conversation.payload], conversation.name)

    def payloads(self, streams: list[bytes], conversation: Conversation, cut: int, first: type) -> list[bytes]:
        """The payload of each work connection on which a side said anything."""
        found = []
        for stream in streams:
            if stream:
                message, payload = served(stream, conversation, cut)
                self.assertIsInstance(message, first)
                found.append(payload)
        return found


class ReplayTests(SynchronousTestCase):
    """Our programs in the place of those that were recorded."""

    def fresh(self) -> Network:
        """@return: a network for one conversation."""
        network = Network()
        self.addCleanup(lambda: self.assertEqual(network.stop(), []))
        return network

    def settings(self, conversation: Conversation) -> dict[str, Any]:
        """What both configurations say."""
        return {"auth": {"token": conversation.token.decode()}}

    def knowing(self, *randoms: bytes) -> None:
        """Whoever wants as many random bytes as one of these has gets these; with another hello nothing would open."""
        known, system = {len(random): random for random in randoms}, os.urandom
        self.patch(os, "urandom", lambda size: known.get(size) or system(size))

    def test_server(self) -> None:
        """Our frps takes the recorded frpc, and the user gets the recorded answer."""
        for conversation in conversations():
            self.replayClient(conversation, self.fresh())

    def replayClient(self, conversation: Conversation, network: Network) -> None:
        """Say what frpc said, with a user who comes as soon as there is a port."""
        first = streams(conversation.sent("server"), conversation.tcpMux)[0]
        login = control(first, conversation, "server")[0]
        assert isinstance(login, LoginResp)
        known = [bytes.fromhex(login.run_id)]
        if conversation.wireProtocol == "v2":
            known.append(conversation.serverHello.selected.crypto.serverRandom)
        self.knowing(*known)
        port = network.bindPort
        network.server(transport={"tcpMux": conversation.tcpMux}, **self.settings(conversation))
        connections: dict[int, User] = {}
        user: User | None = None
        for piece in conversation.pieces:
            if piece.side == "server":
                continue
            if piece.connection not in connections:
                connections[piece.connection] = network.user(port)
            connections[piece.connection].send(piece.data)
            network.settle()
            if user is None:
                user = network.user(conversation.remotePort)
                if user.refused is not None:
                    user = None
                else:
                    user.send(conversation.payload)
                    network.settle()
        assert user is not None
        self.assertEqual(user.received, conversation.answer, conversation.name)
        if not conversation.tcpMux:
            for connection in connections.values():
                connection.close()
            network.settle()
        self.assertTrue(user.closed, conversation.name)
        ours = [connections[number].received for number in sorted(connections)]
        first, *others = streams(ours, conversation.tcpMux)
        self.assertIn(NewProxyResp, [type(message) for message in control(first, conversation, "server")])
        payloads = [served(stream, conversation)[1] for stream in others if stream]
        self.assertIn(conversation.payload, payloads)

    def test_client(self) -> None:
        """Our frpc takes the recorded frps, and the service gets the recorded user's bytes."""
        for conversation in conversations():
            self.replayServer(conversation, self.fresh())

    def replayServer(self, conversation: Conversation, network: Network) -> None:
        """Say what frps said."""
        heard: list[bytes] = []
        service = network.service(_answering(conversation, heard))
        server = network.service(port=network.bindPort)
        transport = {"tcpMux": conversation.tcpMux, "poolCount": 1, "wireProtocol": conversation.wireProtocol}
        if conversation.wireProtocol == "v2":
            offer = conversation.clientHello.capabilities.crypto
            self.knowing(offer.clientRandom)
            self.patch(V2, "algorithms", offer.algorithms)
        payload = {"useEncryption": conversation.useEncryption, "useCompression": conversation.useCompression}
        proxy = {
            "name": "web",
            "type": "tcp",
            "localPort": service.port,
            "remotePort": conversation.remotePort,
            "transport": payload,
        }
        network.client(user="ann", transport=transport, proxies=[proxy], **self.settings(conversation))
        for piece in conversation.pieces:
            if piece.side == "server":
                server.users[piece.connection].send(piece.data)
                network.settle()
        self.assertEqual(b"".join(heard), conversation.payload, conversation.name)
        ours = [connection.received for connection in server.users]
        first, *others = streams(ours, conversation.tcpMux)
        login, *messages = control(first, conversation, "client")
        self.assertIsInstance(login, Login)
        self.assertIn(NewProxy, [type(message) for message in messages])
        answers = [served(stream, conversation)[1] for stream in others]
        self.assertIn(conversation.answer, answers)


def _answering(conversation: Conversation, heard: list[bytes]) -> Callable[[User, bytes], None]:
    """The service of the recording: it answers once it has heard all, and hangs up."""

    def answer(user: User, data: bytes) -> None:
        heard.append(data)
        if len(user.received) == len(conversation.payload):
            user.send(conversation.answer)
            user.close()

    return answer
