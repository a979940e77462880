"""`schedcore rules`: what it prints for people and for programs, from the list that lies in the package."""

import json
import re

import pytest
from click.testing import CliRunner

from schedcore.cli.command import cli
from schedcore.cli.rules import load


def asked(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(cli, ["rules", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table():
    """A line for each rule, with where it is built and tested, and the count at the end."""
    lines = asked().splitlines()
    known = load()
    tested = sum(bool(rule["tests"]) for rule in known)
    assert ["id", "area", "built in", "tested in", "rule"] == re.split(r" {2,}", lines[0])
    assert [rule["id"] for rule in known] == [line.split()[0] for line in lines[1:-1]]
    assert f"{tested} of 158 rules tested" == lines[-1]


def test_one_area():
    """An area alone, counted alone."""
    lines = asked("--area", "layering").splitlines()
    assert ["O3", "O4", "O5", "O6"] == [line.split()[0] for line in lines[1:-1]]
    assert lines[-1].endswith(" of 4 rules of layering tested")


def test_no_such_area():
    """A wrong area is refused with those that there are."""
    result = CliRunner().invoke(cli, ["rules", "--area", "layers"])
    assert result.exit_code == 2
    assert "'layers' is no area; there are recurrence, event," in result.output


def test_json():
    """For programs: every rule with its ruling, its modules and all its tests."""
    found = json.loads(asked("--json"))
    assert found == load()
    assert {"id", "area", "when", "rule", "ruling", "built", "tests"} == set(found[0])


@pytest.mark.parametrize("rule", load(), ids=lambda rule: rule["id"])
def test_what_is_listed(rule):
    """The package lists rules of now, and names tests as pytest does."""
    assert rule["when"] == "now"
    assert all(re.fullmatch(r"tests/[\w/]+\.py::[\w:]+", test) for test in rule["tests"])
