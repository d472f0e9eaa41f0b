"""Pages keep what a command prints between their marks."""

from pathlib import Path

import pytest

from tests.marked import marked, show, table


def test_a_table_has_its_numbers_on_the_right() -> None:
    """What is not text is a number; the first row tells."""
    assert table(("photos", "refused"), [("sharp", 0), ("dark", 3)]) == (
        "| photos | refused |\n| --- | --: |\n| sharp | 0 |\n| dark | 3 |\n"
    )


def test_a_text_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without being asked, no page is touched, be there one or not."""
    show("new\n", tmp_path / "page.md", "name", [])

    assert capsys.readouterr().out == "new\n"


def test_a_text_is_written_between_the_marks_of_its_name(tmp_path: Path) -> None:
    """The rest of the page stays as it is."""
    page = tmp_path / "page.md"
    page.write_text("<!-- other -->\no\n<!-- /other -->\n<!-- name -->\nold\n<!-- /name -->\nx\n")

    show("new\n", page, "name", ["--write"])

    assert marked(page, "name") == "new\n"
    assert page.read_text() == (
        "<!-- other -->\no\n<!-- /other -->\n<!-- name -->\nnew\n<!-- /name -->\nx\n"
    )
