"""The diagrams of transitions, drawn from the very tables that `apply` walks.

    python docs/diagrams.py        write docs/diagrams/*.dot, and with Graphviz's `dot` the .svg of each

`docs/generate.py` compares the .dot with the tables, and each .svg says of which .dot it was made.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from schedcore.meetings import table as meetings
from schedcore.policy import Answer
from schedcore.polls import table as polls

HOME = Path(__file__).resolve().parent / "diagrams"

_LINES = r"\n\n"
STYLE = """\
  nodesep=0.6; ranksep=1.1; bgcolor="white";
  node [shape=box, style="rounded,filled", fillcolor="#eef3fa", color="#3b5b8c", fontname="Helvetica", fontsize=13];
  edge [color="#3b5b8c", fontname="Helvetica", fontsize=10];
"""


def texts() -> dict[Path, str]:
    """Every .dot file, with the text that it should have."""
    graphs = {"meeting": meeting(), "answer": answer(), "poll": poll()}
    return {HOME / f"{name}.dot": graph for name, graph in graphs.items()}


def meeting() -> str:
    """States of a meeting; one arrow for all commands that lead from one to another."""
    edges: dict[tuple[str, str], list[str]] = {}
    for row in meetings.TABLE:
        label = row.command.__name__ + (f" ({row.when})" if row.when else "")
        if row.kind is not None:
            told = "the creator told of some" if row.kind == meetings.Kind.ANSWERED else f"{row.to} told"
            label += f": {told}" + (" *" if row.suppressible else "")
        edges.setdefault((row.state, row.after), []).append(f"{row.who}: {label}")
    return drawn("meeting", [state.value for state in meetings.State], edges)


def answer() -> str:
    """Answers of a participant; bold where the creator is told."""
    commands = {
        Answer.ACCEPTED: "Accept",
        Answer.TENTATIVE: "Tentative",
        Answer.REFUSED: "Refuse",
        Answer.REFUSED_KEPT: "Refuse, keep",
    }
    edges: dict[tuple[str, str], list[str]] = {}
    for (before, after), told in meetings.ANSWERS.items():
        if before is not after:
            edges[before, after] = [commands[after] + (": the creator told" if told else "")]
    return drawn("answer", [one.value for one in Answer], edges, "LR")


def poll() -> str:
    """States of a poll, with who is told of each step."""
    edges: dict[tuple[str, str], list[str]] = {}
    for row in polls.TABLE:
        told = ", ".join(f"{to} told" for _, to in row.notices)
        label = f"{row.who}: {row.command.__name__}" + (f": {told}" if told else "")
        edges.setdefault((row.state, row.after), []).append(label)
    return drawn("poll", [state.value for state in polls.State], edges)


def drawn(name: str, nodes: list[str], edges: dict[tuple[str, str], list[str]], direction: str = "TB") -> str:
    """A graph in the language of Graphviz: one arrow from here to there, a line for each way; what stays is inside."""
    lines = ["// Made by docs/diagrams.py from the table: change the table instead.\n"]
    lines.append(f"digraph {name} {{\n  rankdir={direction};\n{STYLE}")
    for node in nodes:
        inside = "".join(rf"{label}\l" for label in edges.get((node, node), ()))
        lines.append(f'  "{node}" [label="{node}{_LINES + inside if inside else ""}"];\n')
    for (before, after), labels in edges.items():
        if before == after:
            continue
        told = ", penwidth=2" if any("told" in label for label in labels) else ""
        shown = "".join(rf"{label}\l" for label in labels)
        lines.append(f'  "{before}" -> "{after}" [label="{shown}"{told}];\n')
    return "".join([*lines, "}\n"])


def stamp(graph: str) -> str:
    """What an .svg says of the .dot that it was made of."""
    return f"<!-- of {hashlib.sha256(graph.encode()).hexdigest()} -->"


def stale() -> list[Path]:
    """The .svg files that are not of the .dot that there should be."""
    found = []
    for path, graph in texts().items():
        picture = path.with_suffix(".svg")
        if not picture.is_file() or stamp(graph) not in picture.read_text(encoding="utf-8"):
            found.append(picture)
    return found


def main() -> int:
    """Write and draw everything."""
    HOME.mkdir(exist_ok=True)
    for path, graph in texts().items():
        path.write_text(graph, encoding="utf-8")
        made = subprocess.run(["dot", "-Tsvg", str(path)], check=True, capture_output=True, text=True).stdout
        path.with_suffix(".svg").write_text(made.rstrip() + "\n" + stamp(graph) + "\n", encoding="utf-8")
        print(path.with_suffix(".svg").name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
