"""The log file."""

from __future__ import annotations

import os
import time

from twisted.trial.unittest import SynchronousTestCase

from frp.logfile import DailyFile

NOON = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
DAY = 86400


class DailyFileTests(SynchronousTestCase):
    """One file a day."""

    def setUp(self) -> None:
        self.folder = self.mktemp()
        self.path = os.path.join(self.folder, "frps.log")
        self.file = DailyFile(self.path, 3)
        self.addCleanup(self.file.close)

    def read(self, name: str = "frps.log") -> str:
        """What stands in a file of the folder."""
        with open(os.path.join(self.folder, name)) as file:
            return file.read()

    def test_append(self) -> None:
        """A restart goes on in the same file, which only its owner may read."""
        self.file.write(b"one\n", NOON)
        self.file.close()
        DailyFile(self.path, 3).write(b"two\n", NOON + 1)
        self.assertEqual(self.read(), "one\ntwo\n")
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_midnight(self) -> None:
        """The first line of a new day starts a new file; the old one is named like the reference names it."""
        os.makedirs(self.folder)
        with open(self.path, "w"):
            os.chmod(self.path, 0o644)
        self.file.write(b"sunday\n", NOON)
        self.file.write(b"monday\n", NOON + DAY)
        self.assertEqual(sorted(os.listdir(self.folder)), ["frps.20260302-120000.log", "frps.log"])
        self.assertEqual((self.read("frps.20260302-120000.log"), self.read()), ("sunday\n", "monday\n"))
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o644)

    def test_several(self) -> None:
        """Of several processes that write to a file one moves it, whoever comes first, and no line is lost."""
        other = DailyFile(self.path, 3)
        self.addCleanup(other.close)
        for day, name in enumerate(["sunday", "monday", "tuesday"]):
            for number, each in enumerate((self.file, other) if day % 2 else (other, self.file)):
                each.write(f"{name} {number}\n".encode(), NOON + day * DAY + day // 2 * number)
        names = ["frps.20260302-120000.log", "frps.20260303-120000.log", "frps.log"]
        self.assertEqual(sorted(os.listdir(self.folder)), names)
        days = ("sunday", "monday", "tuesday")
        self.assertEqual([self.read(name) for name in names], [f"{day} 0\n{day} 1\n" for day in days])

    def test_together(self) -> None:
        """Who moves it in the same moment as another one takes nothing of it away."""
        self.file.write(b"sunday\n", NOON)
        other = DailyFile(self.path, 3)
        self.addCleanup(other.close)
        other.write(b"sunday, too\n", NOON)
        self.patch(other, "_there", lambda: True)  # just now
        self.file.write(b"monday\n", NOON + DAY)
        other.write(b"monday, too\n", NOON + DAY)
        self.assertEqual(self.read("frps.20260302-120000.log"), "sunday\nsunday, too\n")
        self.assertEqual(self.read(), "monday\nmonday, too\n")

    def test_noLinks(self) -> None:
        """Where the file system has no links it is moved all the same."""

        def link(path: str, place: str) -> None:
            raise PermissionError("no links here")

        self.patch(os, "link", link)
        self.test_midnight()

    def test_maxDays(self) -> None:
        """Old files go after maxDays; what is not an old log of ours stays."""
        others = ["frps.notes.log", "frpc.20200101-000000.log", "frps.20200101-000000.txt", "frps.20200199-000000.log"]
        os.makedirs(self.folder)
        for name in [*others, "frps.20200101-000000.log"]:
            with open(os.path.join(self.folder, name), "w"):
                pass
        for day in range(6):
            self.file.write(b"x\n", NOON + day * DAY)
        kept = sorted(name for name in os.listdir(self.folder) if name not in others)
        self.assertEqual(kept, [f"frps.2026030{day}-120000.log" for day in (3, 4, 5, 6)] + ["frps.log"])
        self.assertTrue(all(os.path.exists(os.path.join(self.folder, name)) for name in others))

    def test_keepForEver(self) -> None:
        """A maxDays below 1 keeps everything."""
        file = DailyFile(self.path, -1)
        self.addCleanup(file.close)
        for day in range(0, 40, 10):
            file.write(b"x\n", NOON + day * DAY)
        self.assertEqual(len(os.listdir(self.folder)), 4)

    def test_removed(self) -> None:
        """When somebody moves the file away, the next second's lines go to a new one."""
        self.file.write(b"one\n", NOON)
        os.rename(self.path, self.path + ".moved")
        self.file.write(b"two\n", NOON + 1)
        self.assertEqual((self.read("frps.log.moved"), self.read()), ("one\n", "two\n"))

    def test_fullDisk(self) -> None:
        """A file that cannot be written costs lines, not the process; whoever wrote hears of it."""
        file = DailyFile("/dev/full", 3)
        self.addCleanup(file.close)
        self.assertEqual(file.write(b"x\n", NOON), "No space left on device")
        self.assertEqual(DailyFile("/dev/null/no/folder", 3).write(b"x\n", NOON), "Not a directory")

    def test_tornLine(self) -> None:
        """A line of which a part was written stands alone."""
        self.assertEqual(self.file.write(b"", NOON), "")
        write = os.write
        patch = self.patch(os, "write", lambda fd, data: write(fd, data[:2]))
        self.assertEqual(self.file.write(b"one\n", NOON), "there is no room")
        patch.restore()
        self.assertEqual(self.file.write(b"two\n", NOON), "")
        self.assertEqual(self.read(), "on\ntwo\n")
