"""What stands in C{cluster.store}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.directories.redis.url import Place
from frp.errors import ConfigError


class PlaceTests(SynchronousTestCase):
    """One URL says it all."""

    def test_least(self) -> None:
        """A host is enough."""
        place = Place.parse("redis://10.0.0.1")
        self.assertEqual(place, Place("redis", (("10.0.0.1", 6379),)))
        self.assertEqual((str(place), place.prefix, place.overTLS), ("redis://10.0.0.1:6379/0", "frp", False))

    def test_all(self) -> None:
        """Words are quoted as in any URL."""
        place = Place.parse("rediss://ann:p%40ss%2Fw@[::1]:7000/12?prefix=a%20b&ca=/c.pem&cert=/x.pem&key=/x.key")
        expected = Place("rediss", (("::1", 7000),), "", 12, "ann", "p@ss/w", "a b", "/c.pem", "/x.pem", "/x.key")
        self.assertEqual(place, expected)
        self.assertEqual(place.channel, "a b:changes:12")

    def test_password(self) -> None:
        """There may be no user; the password is shown nowhere."""
        place = Place.parse("redis://:secret@h")
        self.assertEqual((place.user, place.password), ("", "secret"))
        self.assertNotIn("secret", f"{place} {place!r}")

    def test_sentinels(self) -> None:
        """There may be several, and a name."""
        place = Place.parse("redis+sentinel://u:secret@a,b:7/main/3")
        self.assertEqual((place.hosts, place.master, place.database), ((("a", 26379), ("b", 7)), "main", 3))
        self.assertEqual(str(place), "redis+sentinel://a:26379,b:7/main/3")

    def test_wrong(self) -> None:
        """What means nothing is told with what would, and without the password."""
        for url, problem in (
            ("redis", "the URL names no Redis"),
            ("http://h", "the URL names no Redis"),
            ("redis://", "the URL names no Redis"),
            ("redis:///0", "the URL has no host"),
            ("redis://u:secret@/0", "the URL has no host"),
            ("redis://h:port", "no usable host and port"),
            ("redis://h:99999", "no usable host and port"),
            ("redis://a,b", "more than one host, and no sentinels"),
            ("redis://ann@h", "a user without a password"),
            ("redis://u:secret@h/one", "the database is a number, not 'one'"),
            ("redis://h/1/2", "more than a database: 1/2"),
            ("redis://h?prefx=a", "the unknown parameter 'prefx'"),
            ("redis://h?prefix=", "the parameter prefix is empty"),
            ("redis://h?ca=a", "ca is for TLS, which rediss has"),
            ("rediss://h?ca=a&cert=b", "cert and key are only of use together"),
            ("rediss://h?cert=b&key=c", "cert and key need ca"),
            ("redis+sentinel://h", "does not say which Redis"),
        ):
            error = self.assertRaises(ConfigError, Place.parse, url)
            self.assertIn(problem, error.problem, url)
            self.assertEqual(error.path, "cluster.store")
            self.assertIn("write ", error.hint)
            self.assertNotIn("secret", error.detail)
