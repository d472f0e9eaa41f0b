"""The table of what a verdict costs."""

from tests.bench.photos import Result, decode, photo, shown, usual_check, verdict
from tests.pictures import encoded


def test_a_missed_goal_is_called_missed() -> None:
    """Whether a number should be small or large, and beside what it was the last time."""
    found = [
        Result(name="cost", value=1.25, most=1.6),
        Result(name="memory", value=130, most=120),
        Result(name="gain", value=1.5, least=1.8),
    ]

    lines = shown(found, {"cost": 1.5}).splitlines()

    assert lines[2] == "| cost | 1.25 | 1.50 | at most 1.6 |"
    assert lines[3] == "| memory | 130.00 |  | at most 120: MISSED |"
    assert lines[4] == "| gain | 1.50 |  | at least 1.8: MISSED |"


def test_what_is_compared_can_be_done_with_the_photo() -> None:
    """All that is timed runs through on a photo as it is drawn for it."""
    data = encoded(photo((640, 480)))

    for step in (verdict, decode, usual_check):
        step(data)
