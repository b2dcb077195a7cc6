"""Tests of the port of a web server."""

from __future__ import annotations

import ssl
from http.client import HTTPSConnection
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from twisted.web.resource import IResource, Resource

from frp import logs
from frp.config.common import TLSFiles, WebServerConfig
from frp.errors import ConfigError, PortTaken
from frp.sockets.eager import eager
from frp.test.sockets.authority import Authority
from frp.testing.web import PORT, WebTestCase
from frp.web.guarding import Guard
from frp.web.listening import WebServer

reactor: Any = installed


def server(on: Any, config: WebServerConfig, resource: IResource) -> WebServer:
    """One that is not yet started."""
    return WebServer(on, config, resource, Guard(config, on), name="page", log=logs.Log("frp.web.test"))


class StartTests(WebTestCase):
    """It listens, or says why not."""

    def test_says(self) -> None:
        """The log names it and its address."""
        self.serve(server(self.network.reactor, WebServerConfig(addr="::1", port=PORT), Resource()))
        self.assertEqual(self.logged(f"page listen on [::1]:{PORT}"), 1)

    def test_taken(self) -> None:
        """A port that another program has is an error in the reference's words."""
        self.network.reactor.taken.add(PORT)
        web = server(self.network.reactor, WebServerConfig(port=PORT), Resource())
        error = self.assertRaises(PortTaken, web.startService)
        self.assertEqual(error.brief, f"listen tcp 127.0.0.1:{PORT}: bind: address already in use")
        self.assertFalse(web.running)

    def test_noCertificate(self) -> None:
        """A certificate that is not there is an error that names it, and nothing is opened."""
        config = WebServerConfig(port=PORT, tls=TLSFiles(certFile="/no/cert", keyFile="/no/key"))
        web = server(self.network.reactor, config, Resource())
        error = self.assertRaises(ConfigError, web.startService)
        self.assertEqual(
            (error.path, error.problem), ("webServer.tls.certFile", "open /no/cert: no such file or directory")
        )
        self.assertIsNotNone(self.network.user(PORT).refused)


class _Page(Resource):
    isLeaf = True

    def render_GET(self, request: object) -> bytes:
        return b"safe"


class HTTPSTests(TestCase):
    """On a socket, with TLS."""

    async def test_https(self) -> None:
        """A browser that trusts the certificate gets the page."""
        authority = Authority()
        files = authority.fields("page", addresses=["127.0.0.1"])
        # A CA that is named beside it means nothing: nobody is asked for a certificate.
        tls = TLSFiles(certFile=files.certFile, keyFile=files.keyFile, trustedCaFile=authority.caFile)
        web = server(eager(reactor), WebServerConfig(tls=tls), _Page())
        web.startService()
        self.addCleanup(web.stopService)
        context = ssl.create_default_context(cafile=authority.caFile)
        connection = HTTPSConnection("127.0.0.1", web.port, context=context, timeout=10)

        def ask() -> bytes:
            connection.request("GET", "/", headers={"Connection": "close"})
            with connection.getresponse() as response:
                return response.read()

        self.assertEqual(await deferToThread(ask), b"safe")

    async def test_renewed(self) -> None:
        """Who comes from then on is shown another certificate."""
        old, new = (Authority(name).fields("page", addresses=["127.0.0.1"]) for name in ("Old", "New"))
        web = server(eager(reactor), WebServerConfig(tls=TLSFiles(certFile=old.certFile, keyFile=old.keyFile)), _Page())
        web.startService()
        self.addCleanup(web.stopService)
        renew = web.renewal(TLSFiles(certFile=new.certFile, keyFile=new.keyFile))
        assert renew is not None
        for path, become in ((old.certFile, lambda: None), (new.certFile, renew)):
            become()
            shown = await deferToThread(ssl.get_server_certificate, ("127.0.0.1", web.port))
            with open(path) as file:
                self.assertEqual(shown.split(), file.read().split())

    def test_nothingToRenew(self) -> None:
        """Without HTTPS a certificate means nothing until the next start; one that cannot be used is an error."""
        plain = server(eager(reactor), WebServerConfig(), _Page())
        self.assertIsNone(plain.renewal(TLSFiles(certFile="/no/cert", keyFile="/no/key")))
        files = Authority().fields("page")
        web = server(
            eager(reactor), WebServerConfig(tls=TLSFiles(certFile=files.certFile, keyFile=files.keyFile)), _Page()
        )
        web.startService()
        self.addCleanup(web.stopService)
        error = self.assertRaises(ConfigError, web.renewal, TLSFiles(certFile="/no/cert", keyFile="/no/key"))
        self.assertEqual(error.path, "webServer.tls.certFile")
