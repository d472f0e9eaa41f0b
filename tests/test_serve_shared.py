"""A whole claim with real photos of damage, from the chat to the adjuster's disk."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from tests.fake_bot_api import FakeBotApi
from tests.journeys import POLICY_NUMBER, ROOT, Served, hand_in

DAMAGE = ROOT.parent / "shared" / "photos" / "damage"
SHORT_SIDE = 480  # px; smaller ones are refused

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DAMAGE.is_dir(), reason="the real photos are not on this machine"),
]


def large_enough(path: Path) -> bool:
    """Tell whether a photo shows enough."""
    with Image.open(path) as image:
        return min(image.size) >= SHORT_SIDE


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in each file below a folder, by the file's name."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_claim_with_real_photos_reaches_the_adjuster_unchanged(tmp_path: Path) -> None:
    """Promise 2: by `claims next`, by `claims show --files`, and byte for byte in the store."""
    chosen = [path for path in sorted(DAMAGE.iterdir()) if large_enough(path)][:3]
    sent = [path.read_bytes() for path in chosen]
    names = [sha256(data).hexdigest() for data in sent]
    async with FakeBotApi() as api, Served(api, tmp_path) as served:
        reference = await hand_in(api.user(), sent)
        taken = await served.command("claims", "next", "--json", "--adjuster", "an")
        shown = await served.command(
            "claims", "show", reference, "--files", "here", "--originals", "--json"
        )

    claim = json.loads(taken.out)
    assert (claim["reference"], claim["policy_number"]) == (reference, POLICY_NUMBER)
    assert [photo["sha256"] for photo in claim["photos"]] == names
    assert claim["lease"]["attempt"] == 1
    assert json.loads(shown.out)["lease"] == claim["lease"]
    written, kept = contents(tmp_path / "here"), contents(tmp_path / "photos")
    assert [written[name] for name in sorted(written)] == sent
    assert kept == dict(zip(names, sent, strict=True))
