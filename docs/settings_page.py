"""The settings of `schedcore serve` as a page, from the class that reads them."""

from __future__ import annotations

from schedcore.service.settings import Settings

__all__ = ["page"]

_HEAD = """\
# Settings of the service

<!-- Made by docs/generate.py: change service/settings.py instead. -->

Each is a flag of `schedcore serve` (`--max-waiting 64`) and a variable in the environment (`SCHEDCORE_MAX_WAITING=64`);
the flag wins. A value that cannot be is refused when the server starts, in a line that names it.

| flag | unless given | what it is |
|---|---|---|
"""


def page() -> str:
    """The page, a row a setting, in the order of the class."""
    return _HEAD + "".join(
        f"| `--{name.replace('_', '-')}` | {_told(field.get_default(call_default_factory=True))} "
        f"| {(field.description or '').replace('|', chr(92) + '|')} |\n"
        for name, field in Settings.model_fields.items()
    )


def _told(value: object) -> str:
    """A default as one would write it."""
    if value is None or value == {} or value is False:
        return ""
    secret = getattr(value, "get_secret_value", None)
    return f"`{secret() if secret is not None else value}`"
