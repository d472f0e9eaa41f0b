"""The photos page keeps up with the rules."""

from runpy import run_path

import pytest

import tests.photo_rules
from claimbot.claim import Flag, Flaw
from tests.marked import PHOTOS_PAGE, marked
from tests.photo_rules import NOTED_WHEN, REFUSED_WHEN, flags_table, flaws_table, limits_table


@pytest.mark.parametrize(
    ("name", "text"),
    [("flaws", flaws_table()), ("flags", flags_table()), ("limits", limits_table())],
)
def test_the_page_has_the_rules_as_they_are(name: str, text: str) -> None:
    """Each threshold and each word; else run `python -m tests.photo_rules --write`."""
    assert marked(PHOTOS_PAGE, name) == text


def test_the_page_has_every_flaw_in_the_order_of_judgement() -> None:
    """The first that applies is the one that is told."""
    assert list(REFUSED_WHEN) == list(Flaw)


def test_the_page_has_every_flag_of_a_photo() -> None:
    """Those of the extras too; what is left is a flag of the claim."""
    page = PHOTOS_PAGE.read_text(encoding="utf-8")

    assert [flag for flag in Flag if f"`{flag}`" not in page] == [Flag.POLICY_UNVERIFIED]
    assert set(NOTED_WHEN) < set(Flag)


def test_the_rules_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without being asked, the page is left as it is."""
    monkeypatch.setattr("sys.argv", ["photo_rules"])

    run_path(tests.photo_rules.__file__, run_name="__main__")

    assert capsys.readouterr().out == flaws_table() + flags_table() + limits_table()
