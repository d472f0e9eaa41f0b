"""Plugs are found by entry point, and what is missing is named."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from claimbot.errors import NoSuchPlug
from claimbot.plugins import installed, load_plug
from claimbot.queues import open_queue


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that Python imports from."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, entry_points: str) -> None:
    """Lay down what pip would for a package with these entry points."""
    package = site / "third_party-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(entry_points)


def test_the_queues_we_bring_are_listed_as_any_others_would_be() -> None:
    """Ours have no other way in than a third party's."""
    assert {"memory", "postgresql", "sqlite"} <= set(installed("queues"))


def test_a_third_partys_queue_is_opened_by_its_scheme(site: Path) -> None:
    """Installing a package is enough; a driver after ``+`` is the plug's own business."""
    (site / "carrier.py").write_text("def open_carrier(url, engine):\n    return url, engine\n")
    install(site, "[claimbot.queues]\npigeon = carrier:open_carrier\n")
    engine = create_engine("sqlite://")

    opened: object = open_queue("pigeon+grey://loft", engine)

    assert opened == ("pigeon+grey://loft", engine)
    assert "pigeon" in installed("queues")


def test_an_unknown_schemes_message_names_what_is_installed() -> None:
    """The reader sees at once whether it is a typing error."""
    with pytest.raises(NoSuchPlug, match=r"no queues plug for 'sqs'; installed: memory, postg"):
        open_queue("sqs://queue", create_engine("sqlite://"))


def test_a_socket_without_plugs_says_so() -> None:
    """No list is not an empty line."""
    with pytest.raises(NoSuchPlug, match="installed: nothing"):
        load_plug("kites", "paper")


def test_a_plug_whose_extra_is_missing_says_how_to_install_it(site: Path) -> None:
    """The message can be pasted into a terminal."""
    install(site, "[claimbot.kites]\npostgresql = no_such_driver:open_kite\n")

    with pytest.raises(NoSuchPlug, match=r"pip install claimbot\[postgresql\]"):
        load_plug("kites", "postgresql")


def test_a_third_partys_plug_that_cannot_be_imported_names_what_is_missing(site: Path) -> None:
    """We know no extra for it, but we know what Python did not find."""
    install(site, "[claimbot.kites]\npaper = no_such_glue:open_kite\n")

    with pytest.raises(NoSuchPlug, match=r"'paper' cannot be loaded; .*no_such_glue"):
        load_plug("kites", "paper")
