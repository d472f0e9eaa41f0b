"""The claim's JSON Schema that ships: `python -m tests.claim_schema [--write]`."""

import json
import sys
from pathlib import Path

from claimbot import exports
from claimbot.exports.document import NAME, claim_schema

PUBLISHED = Path(exports.__file__).with_name(NAME)


def schema_text() -> str:
    """Return the file as it should be."""
    return json.dumps(claim_schema(), indent=2) + "\n"


def main(arguments: list[str]) -> None:
    """Print the schema, or put it where it ships."""
    if arguments == ["--write"]:
        PUBLISHED.write_text(schema_text(), encoding="utf-8")
    else:
        sys.stdout.write(schema_text())


if __name__ == "__main__":
    main(sys.argv[1:])
