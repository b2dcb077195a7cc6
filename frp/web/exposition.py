"""How both programs answer Prometheus, and what they tell it of their process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from frp.web.operations import Media

__all__ = ["EXPOSITION", "processRegistry"]

EXPOSITION = Media("text/plain; version=0.0.4; charset=utf-8; escaping=values")


def processRegistry() -> CollectorRegistry:
    """@return: with the metrics of this process, and of its Python."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry
