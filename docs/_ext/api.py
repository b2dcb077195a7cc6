"""
Build the API pages with pydoctor, without a network. Usage, from the top of the checkout::

    python docs/_ext/api.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from inventory import foreignNames, inventory
from pydoctor.driver import main
from pydoctor.extensions import zopeinterface

TWISTED = "https://docs.twisted.org/en/stable/api/"

# pydoctor knows an interface by having read its base; Twisted's are not among what it reads here.
zopeinterface.interface_prog = re.compile(zopeinterface.interface_prog.pattern + r"|twisted\.[\w.]+\.I[A-Z]\w+$")

if __name__ == "__main__":
    docs = Path(__file__).parents[1]
    foreign = docs / "_build" / "foreign.inv"
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_bytes(inventory(foreignNames(docs.parent / "frp")))
    sys.exit(main(["--config", str(docs / "pydoctor.ini"), "--intersphinx-file", f"{foreign}::{TWISTED}", "frp"]))
