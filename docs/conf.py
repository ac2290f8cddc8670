"""Sphinx settings. `make docs` builds the pages into docs/_build/html."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

import lhb_model

project = "lhb_model"
author = "the lhb_model founders"
copyright = "the lhb_model founders, CeCILL 2.1"
version = release = lhb_model.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "tables"]
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
copybutton_prompt_text = "$ "
html_theme = "furo"
html_title = f"lhb_model {release}"
html_static_path = ["static"]
html_css_files = ["wide.css"]
suppress_warnings = ["myst.header"]


def setup(app: object) -> None:
    """Write the pages that follow from the program before Sphinx reads them."""
    generate.write_all(Path(__file__).parent / "reference" / "generated")
