"""The sink plug that docs/plugs.md shows: installed like a stranger's, nothing here knows it."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claimbot.app import now
from claimbot.errors import BadConfiguration, SinkDown
from claimbot.plugins import installed
from claimbot.sinks import Message, SinkOptions, open_sink, parse_sinks
from claimbot.store import deliveries
from claimbot.store.deliveries import EventType
from tests import journeys
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi
from tests.journeys import ROOT, Served
from tests.store_builders import NOON, claim, turn

EXAMPLE = Path(__file__).with_name("sink_plug_example")
PIP = "pip install --quiet --no-deps --no-build-isolation --no-index --target"
OPTIONS = SinkOptions(clock=now)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it where Python can be told to look."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", *PIP.split(), str(target), str(EXAMPLE)]
    subprocess.run(command, check=True)  # noqa: S603  our own
    return target


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


async def test_a_claim_reaches_a_sink_that_was_installed(
    api: FakeBotApi, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `claimbot relay`, without a change to claimbot."""
    folder = tmp_path / "events"
    folder.mkdir()
    url = f"spool://{folder}"
    [address] = parse_sinks(url)
    with open_store("sqlite", tmp_path) as store:
        store.record(
            turn(
                claim=claim("CB-1"),
                announce=lambda tx, event_type, _: deliveries.announce(
                    tx, [address.name], event_type, "CB-1", revision=1, at=NOON
                ),
            )
        )
        monkeypatch.setattr(journeys, "ROOT", f"{ROOT}:{site}")
        async with Served(api, tmp_path, command="relay", SINKS=url) as relay:
            await relay.logs("sink told")
            assert await relay.stop() == 0

    [file] = folder.iterdir()
    assert file.name == "CB-1:1.json"
    assert json.loads(file.read_bytes())["type"] == EventType.SUBMITTED


async def test_what_it_cannot_write_is_tried_again(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a folder that is not there is said before anything is written."""
    monkeypatch.syspath_prepend(site)
    folder = tmp_path / "events"
    assert "spool" in installed("sinks")
    with pytest.raises(BadConfiguration, match=r"no folder .* make it$"):
        open_sink(f"spool://{folder}", OPTIONS)

    folder.mkdir()
    sink = open_sink(f"spool://{folder}", OPTIONS)
    folder.rmdir()
    told = Message(id="CB-1:1", type="t", time=NOON, subject="CB-1", data=b"{}", key="CB-1")
    with pytest.raises(SinkDown, match="cannot be written to: No such file"):
        await sink.publish([told])
    folder.mkdir()
    assert list(await sink.publish([told, told])) == ["CB-1:1"] * 2
    await sink.close()

    assert [file.read_bytes() for file in folder.iterdir()] == [b"{}"]
