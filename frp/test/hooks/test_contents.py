"""The JSON of HTTP plugins."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.hooks.remote import answer, request
from frp.interfaces.operations import Caller, NewUserConn, Operation
from frp.test.hooks.recording import CALLER
from frp.wire.messages import CloseProxy, Login, Message, NewProxy, NewWorkConn, Ping, fromJSON

RECORDED = json.loads(files("frp.test").joinpath("vectors/hooks.json").read_text("utf-8"))["requests"]

KINDS: dict[str, type[Any]] = {
    "Login": Login,
    "NewProxy": NewProxy,
    "CloseProxy": CloseProxy,
    "Ping": Ping,
    "NewWorkConn": NewWorkConn,
    "NewUserConn": NewUserConn,
}


class RequestTests(SynchronousTestCase):
    """What a plugin is asked."""

    def test_recorded(self) -> None:
        """Every byte is as the Go program wrote it."""
        for name, kind in KINDS.items():
            body = RECORDED[name]["body"].encode()
            content = json.loads(body)["content"]
            who = content.get("user", {}) if name != "Login" else {}
            caller = Caller(
                who.get("user", ""), who.get("metas", {}), who.get("run_id", ""), content.get("client_address", "")
            )
            message = fromJSON(kind, json.dumps(content if name == "Login" else {**content, "user": None}).encode())
            self.assertEqual(request(Operation(name, message, caller)), body)

    def test_noMetas(self) -> None:
        """A client without metadata has none: null, as in Go; and a message that says nothing leaves only the user."""
        self.assertEqual(
            request(Operation("Ping", Ping(), Caller("", {}, "r", ""))),
            b'{"version":"0.1.0","op":"Ping","content":{"user":{"user":"","metas":null,"run_id":"r"}}}',
        )


class AnswerTests(SynchronousTestCase):
    """What a plugin says."""

    def test_unchanged(self) -> None:
        """It may leave all as it is; then the content need not be there."""
        said, _ = answer(b'{"reject":false,"reject_reason":"","unchange":true,"content":null}', Ping)
        self.assertEqual((said.reject, said.unchange), (False, True))

    def test_rejected(self) -> None:
        """Or refuse, with a reason."""
        said, _ = answer('{"reject": true, "reject_reason": "nö", "other": 1}'.encode(), Ping)
        self.assertEqual((said.reject, said.reject_reason), (True, "nö"))

    def test_replaced(self) -> None:
        """What it does not mention in a new content is empty afterwards."""
        said, content = answer(b'{"content":{"proxy_name":"b","remote_port":7,"user":{"user":"x"}}}', NewProxy)
        self.assertEqual((said.unchange, content), (False, NewProxy(proxy_name="b", remote_port=7)))

    def test_silent(self) -> None:
        """Whoever says nothing has replaced the content by an empty one: that is the protocol."""
        self.assertEqual(answer(b"{}", NewProxy)[1], NewProxy())

    def test_wrong(self) -> None:
        """What is no such answer is refused, and the error says where."""
        for body, text in [
            (b"", "not JSON"),
            (b"[]", "expected an object, found a list"),
            (b'{"unchange":"true"}', "unchange: expected a boolean, found a text"),
            (b'{"unchange":true,"content":{"timestamp":"1"}}', "content.timestamp: expected an integer, found a text"),
            (b'{"content":"x"}', "content: expected an object, found a text"),
            (b"[" * 100000, "not JSON: nested too deeply"),
        ]:
            self.assertIn(text, self.assertRaises(RemoteWireError, answer, body, Ping).brief)

    @given(st.binary() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps).map(str.encode))
    def test_junk(self, data: bytes) -> None:
        """Junk is an answer or an error, never anything else."""
        try:
            _, content = answer(data, Login)
        except RemoteWireError:
            return
        self.assertIsInstance(content, Message | None)

    def test_comesBack(self) -> None:
        """A plugin that sends the content back as it came changes nothing."""
        login = Login(user="é", metas={"<": ">"}, pool_count=1)
        content = json.loads(request(Operation("Login", login, CALLER)))["content"]
        self.assertEqual(answer(json.dumps({"content": content}).encode(), Login)[1], login)
