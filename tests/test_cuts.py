"""A database that comes and goes loses nothing, and nobody is told anything twice."""

import re
from pathlib import Path

from tests.soak.cuts import cut_under_load


async def test_connections_are_cut_while_claims_are_handed_in(tmp_path: Path) -> None:
    """For some seconds here; for minutes by hand."""
    told = await cut_under_load(tmp_path, seconds=6, seed=7, chats=3)

    cuts, updates, claims = (int(number) for number in re.findall(r"\d+", told))
    assert min(cuts, updates, claims) > 0
