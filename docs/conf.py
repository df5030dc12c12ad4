"""How Sphinx builds these pages: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import __version__

project = "pi-dnn-bench"
author = "pi-dnn-bench contributors"
project_copyright = author
release = version = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3  # so that a link to a heading is the same here and on a forge
nitpicky = True
smartquotes = False  # an option is written with two hyphens

html_theme = "furo"
html_title = f"pi-dnn-bench {__version__}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False
