"""`schedcore rules`: the product's rules, where each is built and which tests hold it.

The list is made from docs/rules.tsv, from the docstrings of the modules and from the marks of the tests by
docs/generate.py, and lies beside this module, so that an installed command has it.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import click

from schedcore.cli.output import print_json, print_table

__all__ = ["rules"]


@click.command()
@click.option("--area", metavar="A", help="Only the rules of one area, such as visibility.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the rulings and with all tests.")
def rules(area: str | None, as_json: bool) -> None:
    """List the product's rules with the module that builds each and a test that holds it."""
    known = load()
    areas = list(dict.fromkeys(rule["area"] for rule in known))
    if area is not None and area not in areas:
        raise click.BadParameter(f"{area!r} is no area; there are {', '.join(areas)}", param_hint="--area")
    chosen = [rule for rule in known if area in (None, rule["area"])]
    if as_json:
        print_json(chosen)
        return
    print_table(["id", "area", "built in", "tested in", "rule"], (_row(rule) for rule in chosen))
    tested = sum(bool(rule["tests"]) for rule in chosen)
    of = f"{len(chosen)} rules" if area is None else f"{len(chosen)} rules of {area}"
    click.echo(f"{tested} of {of} tested")


def load() -> list[dict[str, Any]]:
    """Read the rules that came with the package."""
    text = files("schedcore.cli").joinpath("rules.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _row(rule: dict[str, Any]) -> list[str]:
    built = ", ".join(name.removeprefix("schedcore.") for name in rule["built"])
    tests = rule["tests"]
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    tested = tests[0].removeprefix("tests/") + more if tests else ""
    return [rule["id"], rule["area"], built, tested, rule["rule"]]
