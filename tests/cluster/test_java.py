"""tools/java.py: which Java is taken, and what is said where there is none."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "java.py"


@pytest.fixture
def java(monkeypatch, tmp_path):
    """The tool, on a machine that has no Java, and where nothing may be installed."""
    spec = importlib.util.spec_from_file_location("java_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PLACES", (str(tmp_path / "jvm"),))
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return module


def installed(home: Path, version: str) -> Path:
    """A Java that says it is of a version."""
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint('openjdk version \"{version}\"', file=sys.stderr)\n")
    program.chmod(0o755)
    return home


def test_one_line_where_there_is_none(java, capsys):
    """What is missing, and how to get it; nothing on stdout, which is a path."""
    assert 1 == java.main()
    out, err = capsys.readouterr()
    assert "" == out
    assert 1 == err.count("\n") and "openjdk-17-jre-headless" in err


def test_the_one_that_suits_is_taken(java, tmp_path, capsys, monkeypatch):
    """One that is too old or too new is passed over, also in JAVA_HOME."""
    monkeypatch.setenv("JAVA_HOME", str(installed(tmp_path / "own", "25.0.1")))
    installed(tmp_path / "jvm" / "a", "1.8.0_392")
    wanted = installed(tmp_path / "jvm" / "b", "21.0.5")
    assert 0 == java.main()
    assert f"{wanted}\n" == capsys.readouterr().out


def test_root_on_a_debian_gets_one(java, tmp_path, monkeypatch, capsys):
    """apt-get is asked for the package once, and what it installs is taken."""
    asked = []

    def apt(words, **how):
        asked.append(words[-1])
        if words[0] == "apt-get" and "install" in words:
            installed(tmp_path / "jvm" / "debian", "17.0.9")

    monkeypatch.setattr(java.os, "geteuid", lambda: 0)
    monkeypatch.setattr(java.shutil, "which", lambda name: None if name == "java" else name)
    monkeypatch.setattr(java, "install", lambda kept=java.install: run(java, apt, kept, monkeypatch))
    assert 0 == java.main()
    assert ["update", "openjdk-17-jre-headless"] == asked
    assert str(tmp_path / "jvm" / "debian") in capsys.readouterr().out


def run(java, apt, install, monkeypatch):
    """Install with another `subprocess.run`, which is put back before a Java is asked for its version."""
    with monkeypatch.context() as changed:
        changed.setattr(java.subprocess, "run", apt)
        install()
