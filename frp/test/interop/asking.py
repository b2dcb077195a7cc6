"""APIs of both makes, which are asked the same."""

from __future__ import annotations

import http.client
import re

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.programs import MISSING, PATIENCE, Program

__all__ = ["APICase", "Said"]

#: Status, type and body of an answer.
Said = tuple[int, str | None, str]

#: What is another each time.
_TEXTS = re.compile(r'"(runID|hostname)":"[^"]*"')
_NUMBERS = re.compile(r'"(\w+At|\w*[pP]ort)":\d+')
_RUN = re.compile(r"[0-9a-f]{16}")

#: What only a server of several workers says.
_WORKER = re.compile(r',"node":"worker \d+"')


class APICase(SynchronousTestCase):
    """Programs, and their web servers."""

    if MISSING:
        skip = MISSING

    def program(self, maker: str, name: str, text: str) -> Program:
        """Start one, which ends with the test."""
        program = Program(maker, name, text)
        self.addCleanup(program.close)
        return program

    def ask(self, port: int, method: str, path: str, body: str | None = None) -> Said:
        """Ask the web server on a port."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request(method, path, body)
        response = connection.getresponse()
        said = response.read().decode()
        connection.close()
        return response.status, response.getheader("Content-Type"), said

    def stripped(self, said: Said) -> Said:
        """@return: the same without what is another each time."""
        status, type, body = said
        body = _WORKER.sub("", body)
        return status, type, _RUN.sub("RUN", _NUMBERS.sub(r'"\1":0', _TEXTS.sub(r'"\1":"*"', body)))
