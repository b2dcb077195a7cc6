"""What somebody waits for who operates a frps: its API, its pages in a browser; and what others wait for meanwhile."""

from __future__ import annotations

import http.client
import importlib.util
import math
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.measures import Bench
from benchmarks.peers import Tunnel
from benchmarks.processes import Worker
from benchmarks.table import percentile

__all__ = ["answering", "missingBrowser", "opening"]

#: How often each is asked.
_TIMES = 7

#: Seconds between two questions of somebody who sees how long others wait.
_PAUSE = 0.002


def answering(path: str) -> Callable[[Bench, Tunnel], Sequence[float]]:
    """A measurement of one path: how long its answer takes, and the longest that C{/healthz} waits meanwhile."""

    def measure(_: Bench, tunnel: Tunnel) -> Sequence[float]:
        ask = _asker(tunnel.gatewayPort, path)
        ask()
        with _beside(tunnel.gatewayPort) as longest:
            took = sorted(ask() for _ in range(_TIMES))
        return percentile(took, 0.5) * 1e3, longest.value * 1e3

    return measure


def _asker(port: int, path: str) -> Callable[[], float]:
    """@return: asks on a connection that is kept, and returns the seconds until all of the answer was there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask() -> float:
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return time.perf_counter() - began

    return ask


@contextmanager
def _beside(port: int) -> Iterator[Any]:
    """@return: the seconds that somebody has waited longest who asks for nothing much, all the time."""
    longest = multiprocessing.Value("d", 0.0)
    worker = Worker(_waitOften, port, longest)
    try:
        while not longest.value:
            time.sleep(0.01)
        longest.value = 0.0
        yield longest
    finally:
        worker.stop()


def _waitOften(port: int, longest: Any) -> None:
    ask = _asker(port, "/healthz")
    while True:
        longest.value = max(longest.value, ask())
        time.sleep(_PAUSE)


def missingBrowser() -> str:
    """Why pages cannot be looked at; empty if they can."""
    if importlib.util.find_spec("selenium") is None:
        return "the extra browser is not installed"
    missing = [program for program in ("chromium", "chromedriver") if shutil.which(program) is None]
    return f"there is no {missing[0]}" if missing else ""


# The moment at which what is looked for is there, and whatever was to be done for it.
_WATCH = """
window.interactiveAt = 0;
new MutationObserver(function (_, observer) {
  if (!document.querySelector(%r)) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.interactiveAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""


def opening(*pages: tuple[str, str]) -> Callable[[Bench, Tunnel], Sequence[float]]:
    """
    A measurement of pages, each in a browser that has nothing of it yet.

    @param pages: what stands behind the C{#} of its address, and a selector of what is there when it can be used, on
        the pages of whichever make.
    """

    def measure(_: Bench, tunnel: Tunnel) -> Sequence[float]:
        driver = _browser()
        try:
            return [_opened(driver, tunnel.gatewayPort, *page) for page in pages]
        finally:
            driver.quit()

    return measure


def _browser() -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def _opened(driver: Any, port: int, place: str, selector: str) -> float:
    """@return: milliseconds; not a number where there is no such page."""
    driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    watch = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH % selector})
    driver.get("about:blank")
    driver.get(f"http://127.0.0.1:{port}/static/#{place}")
    end = time.monotonic() + 10
    at = 0.0
    while not at and time.monotonic() < end:
        time.sleep(0.02)
        at = float(driver.execute_script("return window.interactiveAt || 0"))
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": watch["identifier"]})
    return at or math.nan
