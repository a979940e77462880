"""The pages that are made from the library's data say what the data says."""

import importlib.util

import layers


def generator():
    """The module docs/generate.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("generate", layers.HOME / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date():
    """Each committed page is what docs/generate.py would write now."""
    assert [] == generator().outdated()


def test_the_diagrams_are_of_their_tables(monkeypatch, tmp_path):
    """Each picture was drawn from what the table says now; one that was not is named."""
    module = generator()
    assert [] == module.undrawn()
    monkeypatch.setattr(module.diagrams, "HOME", tmp_path)
    assert sorted(path.with_suffix(".svg") for path in module.diagrams.texts()) == sorted(module.undrawn())


def test_an_outdated_page_is_seen(tmp_path, monkeypatch, capsys):
    """A page that is missing or changed is listed, written, and then up to date."""
    module = generator()
    monkeypatch.setattr(module, "PAGES", tmp_path / "docs")
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    assert 1 == module.main(["--check"])
    assert 0 == module.main([])
    assert 0 == module.main(["--check"])
    page = tmp_path / "docs" / "reference" / "by-parts.md"
    page.write_text(page.read_text().replace("N/A", "Limit"))
    assert 1 == module.main(["--check"])
    assert "docs/reference/by-parts.md is out of date" in capsys.readouterr().err
