"""The tests. The folder mirrors the package."""

from hypothesis import settings

# The same examples in every run, and no failure because the machine was busy.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")
