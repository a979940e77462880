"""The product's rules: the table is whole, marks and docstrings name what is in it, and finished areas have no gap."""

import ast
from dataclasses import replace

import product_rules
import pytest
from product_rules import Rule, Traced

WORLD = Rule("O3", "layering", "now", "Added calendar is layered automatically", "")


def traced(**changes) -> Traced:
    """One rule that is built and tested, but for what is changed."""
    whole = Traced(
        [WORLD],
        [],
        {"O3": ["schedcore.views.layers"]},
        {"O3": ["tests/rules/test_views.py::test_added"]},
        {"tests/rules/test_views.py": frozenset({"views"})},
        ["layering"],
    )
    return replace(whole, **changes)


def test_every_rule_of_a_finished_area_is_built_and_tested():
    """No finished area has a rule without a module and a test, and no mark or docstring names what is no rule."""
    assert [] == product_rules.read().problems()


def test_the_table():
    """The list has 158 rules for now, each with an id of its own."""
    found = product_rules.read()
    assert 158 == len(found.rules)
    assert 189 == len({rule.id for rule in (*found.rules, *found.others)}) == len(found.rules) + len(found.others)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"tests": {}}, ['O3 (layering) has no test: mark one @pytest.mark.rule("O3")']),
        ({"built": {}}, ['O3 (layering) is built nowhere: name it in "Product rules: " of a module']),
        ({"tests": {}, "built": {}, "finished": []}, []),
        (
            {"tests": {"O3": ["tests/rules/test_views.py::test_added"], "O99": ["tests/test_a.py::test_b"]}},
            ["tests/test_a.py::test_b: O99 is not the id of a rule in docs/rules.tsv"],
        ),
        (
            {"built": {"O3": ["schedcore.views.layers"], "Q1": ["schedcore.views.feeds"]}},
            ["schedcore.views.feeds: Q1 is not the id of a rule in docs/rules.tsv"],
        ),
        (
            {"rooms": {"tests/rules/test_views.py": frozenset({"ics"})}},
            ["O3: schedcore.views.layers is said to build it, but no test that holds it imports schedcore.views"],
        ),
        ({"finished": ["layering", "layers"]}, ["'layers' is said to be finished, but no rule is of that area"]),
    ],
)
def test_gaps_are_named(changes, said):
    """Each way in which the three facts can disagree is told, with what to do."""
    assert said == traced(**changes).problems()


def test_marks_are_read():
    """Marks count on functions, on classes and for a whole module; one mark may name several rules."""
    source = """
import pytest
pytestmark = [pytest.mark.rule("R1"), pytest.mark.long]

@pytest.mark.rule("O3", "O4")
@pytest.mark.parametrize("n", [1])
def test_one(n): ...

@pytest.mark.rule("O5")
class TestMany:
    def test_two(self): ...
    def helper(self): ...

def helper(): ...
"""
    assert [
        ("test_one", "R1"),
        ("test_one", "O3"),
        ("test_one", "O4"),
        ("TestMany::test_two", "R1"),
        ("TestMany::test_two", "O5"),
    ] == list(product_rules.marks(ast.parse(source), "test_x.py"))


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("pytest.mark.rule", "name the rule"),
        ("pytest.mark.rule()", "name the rule"),
        ("pytest.mark.rule(id='O3')", "name the rule"),
        ("pytest.mark.rule(f'O{3}')", "texts, written out"),
        ("pytest.mark.rule(3)", "texts, written out"),
    ],
)
def test_marks_that_cannot_be_read(mark, said):
    """A mark that names no rule, or by an expression, is an error and not overlooked."""
    with pytest.raises(ValueError, match=said):
        list(product_rules.marks(ast.parse(f"@{mark}\ndef test_x(): ..."), "test_x.py"))


def test_a_mark_on_what_is_no_test():
    """A mark on a helper would count for nothing."""
    with pytest.raises(ValueError, match=r"test_x\.py:2: world has the mark of a rule, but is no test"):
        list(product_rules.marks(ast.parse("@pytest.mark.rule('O3')\ndef world(): ..."), "test_x.py"))


@pytest.mark.parametrize(
    "line", ["O3\tlayering\tnow\ttext", "O3\tlayering\tsoon\ttext\t", "o3\tlayering\tnow\ttext\t", ""]
)
def test_a_line_that_is_no_rule(line):
    """A damaged line of the table is an error that names it."""
    with pytest.raises(ValueError, match=r"rules\.tsv, line 2"):
        list(product_rules.table("id\tarea\twhen\trule\truling\n" + line + "\n"))


def test_where_a_rule_is_built():
    """Ids stand in one sentence of a docstring, which may run over lines."""
    source = '''"""Layers.

Rules
1. O9 is no claim.

Product rules: O3,
O4, O5. And more.
"""
"Product rules: X1."
'''
    assert ["O3", "O4", "O5"] == product_rules.built_by(source)


def test_the_page_shows_text_as_it_is():
    """Text that Markdown would read as its own is escaped."""
    rule = Rule("W1", "webhook", "now", "%subject%_x | *now* <b>", "")
    page = product_rules.page(Traced([rule], [], {}, {}))
    assert r"| W1 | %subject%\_x \| \*now\* \<b\> |  |  |" in page
