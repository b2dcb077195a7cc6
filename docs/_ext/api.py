"""
Build the API pages with pydoctor, without a network. Usage, from the top of the checkout::

    python docs/_ext/api.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from inventory import MANUALS, foreignNames, inventory
from pydoctor.driver import main
from pydoctor.extensions import zopeinterface

# pydoctor knows an interface by having read its base; Twisted's are not among what it reads here.
zopeinterface.interface_prog = re.compile(zopeinterface.interface_prog.pattern + r"|twisted\.[\w.]+\.I[A-Z]\w+$")

if __name__ == "__main__":
    docs = Path(__file__).parents[1]
    (docs / "_build").mkdir(exist_ok=True)
    options = ["--config", str(docs / "pydoctor.ini")]
    for manual, names in foreignNames(docs.parent / "frp").items():
        foreign = docs / "_build" / f"{manual}.inv"
        foreign.write_bytes(inventory(names))
        options += ["--intersphinx-file", f"{foreign}::{MANUALS[manual]}"]
    sys.exit(main([*options, "frp"]))
