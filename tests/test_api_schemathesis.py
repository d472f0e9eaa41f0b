"""The API does what its schema says, whatever is sent: tried by schemathesis over real HTTP.

It has an environment of its own, in ``.build``: what it needs is not what we need.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from claimbot.store import Chat, attention
from claimbot.web.api.access import Limits
from tests.api_office import SINK, ApiOffice, open_office, served
from tests.journeys import ROOT, photo
from tests.queued_claims import addition

BESIDE = Path(__file__).parent / "schemathesis"
BUILT = ROOT / ".build" / "schemathesis"
EXAMPLES = 10  # a route; all of it takes about a minute
PATIENCE = Limits(of_a_token=10**6, refused=10**6)
INSTALL = ("install", "--quiet", "--no-deps", "--require-hashes", "--requirement")
CLAIMS = [number for number in range(60) if number % 37 < 32]  # that references are made of
HELD = 30


def installed() -> Path:
    """Return schemathesis' command; where it cannot be installed, CI fails and others skip."""
    lock = BESIDE / "requirements.txt"
    wanted = sha256(lock.read_bytes()).hexdigest()
    mark, command = BUILT / "installed", BUILT / "bin" / "schemathesis"
    if not mark.exists() or mark.read_text() != wanted:
        steps: tuple[list[str | Path], ...] = (
            [sys.executable, "-m", "venv", "--clear", BUILT],
            [BUILT / "bin" / "python", "-m", "pip", *INSTALL, lock],
        )
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                if os.environ.get("CI") == "true":
                    pytest.fail(f"schemathesis cannot be installed: {done.stderr}")
                pytest.skip("schemathesis cannot be installed")
        mark.write_text(wanted)
    return command


def real_ids(office: ApiOffice) -> dict[str, Sequence[str | int]]:
    """Fill an office: half of the claims are held, each has files, and one waits for a person."""
    names = [office.send_whole(number, photo("whole car")) for number in CLAIMS]
    chat = Chat(channel="telegram", chat=names[0])
    office.store.write(lambda tx: attention.raise_all(tx, chat, [addition(names[0])], office.now))
    held = [office.desk.next("ann", hold=timedelta(days=1)) for _ in range(HELD)]
    after = base64.urlsafe_b64encode(names[-1].encode()).decode()
    return {
        "name": names,
        "lease_id": [one.lease.token for one in held if one],
        "n": [1],
        "slot": [1],
        "sink_id": [SINK.partition("#")[2]],
        "wait_seconds": [0],
        "cursor": [after],
    }


def test_the_api_does_what_its_schema_says(tmp_path: Path) -> None:
    """No failure of any of its checks, on claims and leases that are there and on any others."""
    command = installed()
    with open_office("sqlite", tmp_path, PATIENCE) as office:
        ids, token = real_ids(office), office.token("ann")
        with served(office) as url:
            tried = subprocess.run(  # noqa: S603
                [
                    command,
                    *("run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {token}"),
                    *("--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-color"),
                    *("--seed", "1"),
                ],
                env=os.environ | {"REAL_IDS": json.dumps(ids), "SCHEMATHESIS_HOOKS": "real_ids"},
                cwd=BESIDE,
                capture_output=True,
                text=True,
                check=False,
            )
        broken = office.store.verify_audit().broken

    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert broken == ()
