"""Puts the pages of C{docs} into the wheel, below the package: C{frps docs} shows them. All else is in setup.cfg."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PARTS = (".", "architecture", "extending", "guides", "protocol", "reference")


class BuildWithPages(build_py):
    """An editable install has the pages where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for page in (page for part in PARTS for page in Path("docs", part).glob("*.md")):
                target = Path(self.build_lib, "frp", page)
                self.mkpath(str(target.parent))
                self.copy_file(str(page), str(target))


setup(cmdclass={"build_py": BuildWithPages})
