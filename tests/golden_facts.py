"""The facts and verdicts of our sample photos, as they are to be everywhere.

``python -m tests.golden_facts`` prints them, with ``--write`` they go into tests/facts.json.
"""

import json
import sys
from datetime import date
from pathlib import Path

from claimbot.photos.examination import as_json, examine

SAMPLES = Path(__file__).parents[1] / "fixtures" / "photos"
FACTS = Path(__file__).with_name("facts.json")
KINDS = {".jpg", ".heic", ".pdf", ".docx"}
TODAY = date(2026, 3, 1)


def facts_of_samples() -> str:
    """Return what is said of each sample, as JSON, with the last line ended."""
    said = [
        as_json(path.name, examine(path.read_bytes(), today=TODAY))
        for path in sorted(SAMPLES.iterdir())
        if path.suffix in KINDS
    ]
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Print what is said of the samples, or keep it."""
    if "--write" in arguments:
        FACTS.write_text(facts_of_samples(), encoding="utf-8")
    else:
        sys.stdout.write(facts_of_samples())


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
