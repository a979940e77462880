"""Sphinx builds the site from these pages and from the docstrings; `make docs` runs it with warnings as errors."""

import posixpath
import re

import schedcore

project = "schedcore"
copyright = "the schedcore authors"
version = release = schedcore.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {
    "description": "When does this happen, who is busy, when can we meet?",
    "fixed_sidebar": True,
    "page_width": "1180px",
    "body_max_width": "940px",
}
html_static_path = ["static"]
html_css_files = ["site.css"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"

# Pages that stand beside README.md, where people look for them, and are pages of the site too.
ROOT_PAGES = {"COMPARE.md": "compare", "CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changes"}


def lead_to_the_site(app, docname, source):
    """Let links to the pages at the root, which are right where a repository is read, lead to those of the site."""

    def page(found):
        return "](" + posixpath.relpath(ROOT_PAGES[found[1]], posixpath.dirname(docname) or ".") + ".md"

    source[0] = re.sub(rf"\]\((?:\.\./)+({'|'.join(map(re.escape, ROOT_PAGES))})", page, source[0])


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", lead_to_the_site)
