"""The README's state diagram is what the conversation does."""

from pathlib import Path

import pytest

from claimbot.conversation import Asking
from tests.state_diagram import README, draw, edges, main


def test_the_readme_has_the_diagram_as_it_is_drawn() -> None:
    """After a change of the conversation: ``python -m tests.state_diagram --write``."""
    text = README.read_text(encoding="utf-8")

    assert f"<!-- state diagram -->\n{draw()}<!-- /state diagram -->" in text


def test_every_question_is_in_the_diagram() -> None:
    """One can get to each and away from each."""
    steps = [(here, there) for here, there, _ in edges() if here != there]

    assert {there for _, there in steps} == set(Asking)
    assert {here for here, _ in steps} == {"[*]", *Asking}


def test_the_diagram_is_written_between_its_marks(tmp_path: Path) -> None:
    """All else stays, and a second time changes nothing."""
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- state diagram -->\nold\n<!-- /state diagram -->\nb\n")

    for _ in range(2):
        main(["--write"], readme)
        written = f"a\n<!-- state diagram -->\n{draw()}<!-- /state diagram -->\nb\n"
        assert readme.read_text() == written


def test_the_diagram_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an argument."""
    main([])

    assert capsys.readouterr().out == draw()
