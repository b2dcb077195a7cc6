"""The health check of a local service: when it starts and stops to answer, and two ways to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.config.proxy import ProxyConfig
from frp.errors import LocalServiceDown, Unavailable
from frp.interfaces import IReactor
from frp.logs import Log
from frp.session.deadline import Later
from frp.sockets.local import LocalEndpoint
from frp.wire.address import authority

if TYPE_CHECKING:
    from twisted.web.iweb import IAgent

__all__ = ["HealthCheck", "Probe", "healthCheck", "httpProbe", "tcpProbe"]

# Asks once. The Deferred fires with anything when the service answers as it should, else it fails; it can be cancelled.
Probe = Callable[[], Deferred[None]]

# The reference's defaults, for keys that are not set.
INTERVAL = 10.0
TIMEOUT = 3.0
MAX_FAILED = 1

REDIRECTS = 10


def healthCheck(
    config: ProxyConfig, reactor: IReactor, log: Log, onChange: Callable[[str], object]
) -> HealthCheck | None:
    """@return: the check, or None where the service is not to be asked: no type is set, or there is no port to ask."""
    wanted = config.healthCheck
    if not wanted.type or config.localPort <= 0:
        return None
    if wanted.type == "http":
        from frp.http.bounded import Bounded

        headers = [(header.name, header.value) for header in wanted.httpHeaders]
        probe = httpProbe(Bounded(reactor), config.localIP, config.localPort, wanted.path, headers)
    else:
        probe = tcpProbe(LocalEndpoint(reactor, config.localIP, config.localPort))
    return HealthCheck(
        reactor,
        probe,
        onChange,
        log,
        interval=wanted.intervalSeconds,
        timeout=wanted.timeoutSeconds,
        maxFailed=wanted.maxFailed,
    )


class HealthCheck:
    """
    Asks again and again, and says when the service starts and stops to answer. It is down until it first answers.

    Only failures in a row count; the reference up to 0.70 adds them up for ever.

    @ivar up: whether the service answers.
    """

    def __init__(
        self,
        clock: IReactorTime,
        probe: Probe,
        onChange: Callable[[str], object],
        log: Log,
        *,
        interval: float = 0,
        timeout: float = 0,
        maxFailed: int = 0,
    ) -> None:
        """
        @param onChange: called when the service answers, with an empty text, and when it does not, with the reason.
        @param interval: seconds between an answer and the next question; this and the others: nothing above 0 means
            the default.
        @param timeout: seconds after which no answer is a failure.
        @param maxFailed: how many failures in a row mean down.
        """
        self.up = False
        self._clock = clock
        self._probe = probe
        self._onChange = onChange
        self._log = log
        self._interval = interval if interval > 0 else INTERVAL
        self._timeout = timeout if timeout > 0 else TIMEOUT
        self._maxFailed = maxFailed if maxFailed > 0 else MAX_FAILED
        self._failures = 0
        self._stopped = False
        self._asked: Deferred[None] | None = None
        self._timer = Later(clock)

    def start(self) -> None:
        """Ask now, and go on asking. Once only."""
        asked = self._asked = maybeDeferred(self._probe)
        asked.addTimeout(self._timeout, self._clock, _late)
        asked.addCallbacks(self._succeeded, self._failed)
        asked.addErrback(lambda bug: self._log.failure("the health check broke", bug))
        asked.addCallback(self._rest)

    def stop(self) -> None:
        """Ask no more, and say nothing any more. Final."""
        self._stopped = True
        self._timer.stop()
        if self._asked is not None:
            self._asked.cancel()

    def _succeeded(self, _: object) -> None:
        if self._stopped:
            return
        self._log.trace("do one health check success")
        self._failures = 0
        if not self.up:
            self.up = True
            self._log.info("health check success")
            self._onChange("")

    def _failed(self, failure: Failure) -> None:
        if self._stopped:
            return
        why = failure.getErrorMessage() or "no answer"
        self._log.warn("do one health check failed: {reason}", reason=why)
        self._failures += 1
        if self._failures == self._maxFailed:
            if self.up:
                self.up = False
                self._log.warn("health check failed")
            self._onChange(why)

    def _rest(self, _: object) -> None:
        self._asked = None
        if not self._stopped:
            self._timer.set(self._interval, self.start)


def _late(result: object, seconds: float) -> object:
    # An agent that is cancelled fails with something of its own; to a user it is the same.
    if isinstance(result, Failure):
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return result


def tcpProbe(endpoint: IStreamClientEndpoint) -> Probe:
    """The service is well when it takes a connection."""
    factory = Factory.forProtocol(_Knock)
    factory.noisy = False

    async def ask() -> None:
        await endpoint.connect(factory)

    return lambda: Deferred.fromCoroutine(ask())


class _Knock(Protocol):
    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()


def httpProbe(agent: IAgent, host: str, port: int, path: str, headers: Iterable[tuple[str, str]] = ()) -> Probe:
    """
    The service is well when it answers a GET with 2xx, after any redirects.

    @param agent: such as L{twisted.web.client.Agent}; it need not follow redirects.
    @param path: with or without its first slash; may have a query.
    @param headers: names and values; C{Host} is honoured, and the last of a name counts.
    """
    # twisted.web is loaded only where somebody checks over HTTP.
    from frp.http.fetch import Fetcher, Misled, quoted

    fetcher = Fetcher(agent)
    url = urldefrag(f"http://{authority(host, port)}/{quoted(path.removeprefix('/'))}").url
    fields = {name.lower(): value for name, value in headers}

    async def ask() -> None:
        try:
            # So much of a body is read that a service does not see its connection reset; the status is all that counts.
            answer = await fetcher.get(url, fields, redirects=REDIRECTS, whole=False)
        except Misled as error:
            raise LocalServiceDown(f"do http health check, {error.brief}") from error
        except Unavailable as error:
            raise LocalServiceDown(f"do http health check, no answer: {error.brief}") from error
        if answer.code // 100 != 2:
            raise LocalServiceDown(f"do http health check, StatusCode is [{answer.code}] not 2xx")

    return lambda: Deferred.fromCoroutine(ask())
