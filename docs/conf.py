"""Sphinx builds the site from these pages and from the docstrings; `make docs` runs it with warnings as errors."""

import schedcore

project = "schedcore"
copyright = "the schedcore authors"
version = release = schedcore.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "When does this happen, who is busy, when can we meet?", "fixed_sidebar": True}
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"
