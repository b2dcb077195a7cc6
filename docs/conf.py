"""How Sphinx builds these pages. C{docs/build} runs it; every warning is an error there."""

from frp import __version__

project = "frp on Twisted"
author = copyright = "The txfrp authors"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "changelog.d"]
nitpicky = True
smartquotes = False
highlight_language = "text"

html_theme = "furo"
html_title = project
html_theme_options = {"navigation_with_keys": True}
