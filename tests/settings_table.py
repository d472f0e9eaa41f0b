"""The README's table of settings, from the settings themselves.

``python -m tests.settings_table`` prints it, with ``--write`` it goes into the README.
"""

import re
import sys
from pathlib import Path

from claimbot.settings import PREFIX, Settings, describe, shown

README = Path(__file__).parents[1] / "README.md"
MARKED = re.compile(r"(?<=<!-- settings -->\n).*(?=<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    """Return the table, with its last line ended."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = shown(field.default)
        cells = (f"`{PREFIX}{name.upper()}`", f"`{default}`" if default else "", describe(field))
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def main(arguments: list[str]) -> None:
    """Print the table, or write it where the README is marked."""
    if "--write" in arguments:
        text = README.read_text(encoding="utf-8")
        README.write_text(MARKED.sub(lambda _: settings_table(), text), encoding="utf-8")
    else:
        sys.stdout.write(settings_table())


if __name__ == "__main__":
    main(sys.argv[1:])
