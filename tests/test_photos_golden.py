"""Facts and verdicts are the same everywhere, to the last digit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import tests.golden_facts
from claimbot.photos.examination import as_json
from claimbot.photos.examiners import Examiners
from tests.golden_facts import FACTS, SAMPLES, TODAY, facts_of_samples, main


@pytest.fixture(scope="module")
def examiners() -> Iterator[Examiners]:
    """Children as in service."""
    with closing(Examiners(2)) as ready:
        yield ready


def test_the_facts_of_our_samples_are_as_they_were() -> None:
    """On any machine, in any run; when a rule changed: `python -m tests.golden_facts --write`."""
    assert facts_of_samples() == FACTS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Pacific/Apia"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/Adak"},
    ],
    ids=["one", "another"],
)
def test_another_process_says_the_same(environment: dict[str, str]) -> None:
    """Whatever its order of sets, its language and its time zone, byte for byte."""
    ours = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
    said = subprocess.run(
        [sys.executable, "-m", "tests.golden_facts"],
        cwd=Path(__file__).parents[1],
        env=ours | environment,
        capture_output=True,
        check=True,
    )

    assert said.stdout == FACTS.read_bytes()


def test_the_children_say_the_same(examiners: Examiners) -> None:
    """What comes back from a child in service is what was measured, to the last digit."""
    kept = json.loads(FACTS.read_text(encoding="utf-8"))
    verdicts = [
        examiners.examine((SAMPLES / one["file"]).read_bytes(), today=TODAY) for one in kept
    ]

    said = [
        as_json(one["file"], verdict.result()) for one, verdict in zip(kept, verdicts, strict=True)
    ]

    assert said == kept


def test_the_facts_are_kept_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being asked, they are only printed."""
    kept = tmp_path / "facts.json"
    monkeypatch.setattr(tests.golden_facts, "FACTS", kept)

    main([])
    assert not kept.exists()
    main(["--write"])
    assert kept.read_bytes() == FACTS.read_bytes()
