"""Claims as files for others: found by name, the same each time, nothing lost or made up."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from runpy import run_path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from jsonschema import Draft202012Validator, ValidationError

import tests.claim_schema
from claimbot.claim import Claim, Finding, Flag, Place, Sighting
from claimbot.codec import plain
from claimbot.desk import as_json
from claimbot.errors import NoSuchPlug, PhotoMissing
from claimbot.exports import Bundle, open_exporter
from claimbot.exports.document import claim_schema, published_schema
from claimbot.plugins import installed
from claimbot.queues import Lease
from claimbot.store import Chat, KeptFile, Status, StoredClaim
from tests.claim_schema import PUBLISHED, main, schema_text
from tests.queued_claims import NOON, plain_claim, reference, rich_claim

FILES = {letter * 64: f"the bytes of {letter}".encode() for letter in "abcde"}
FORMS = ("csv", "json", "sivi", "zip")


def stored(claim: Claim, **told: Any) -> StoredClaim:
    """Return a claim as the store gives it."""
    kept = StoredClaim(
        key=Chat(channel="telegram", chat=claim.reference),
        claim=claim,
        status=Status.QUEUED,
        due_at=claim.due_at,
        decided_at=None,
        decision=None,
    )
    return replace(kept, **told)


def full_claim() -> StoredClaim:
    """Return a claim about which everything is known."""
    claim = replace(
        rich_claim(0),
        policy_since=date(2020, 1, 31),
        place=Place(latitude=52.09, longitude=-5.11),
        sightings=(
            Sighting(
                sha256="a" * 64, reference=reference(1), distance=3, exact=False, turned=True
            ),
        ),
    )
    findings = (
        Finding(sha256="a" * 64, flag=Flag.PLATE_READ, detail="AB-123-C, 12-ABC-3"),
        Finding(sha256="b" * 64, flag=Flag.PLATE_READ, detail="AB-123-C"),
        Finding(sha256="e" * 64, flag=Flag.PLATE_READ, detail="99-XYZ-9"),
    )
    decided = {"status": Status.DECIDED, "decided_at": NOON, "decision": "accepted"}
    return stored(claim, findings=findings, revision=3, **decided)


def bundle(
    kept: StoredClaim, files: Mapping[str, bytes] = FILES, lease: Lease | None = None
) -> Bundle:
    """Return a claim to be exported; the first photo is a JPEG, of the second nothing is known."""
    known = {
        "a" * 64: KeptFile(sha256="a" * 64, facts=None, media_type="image/jpeg", size=1),
        "c" * 64: KeptFile(sha256="c" * 64, facts=None, media_type="text/html", size=1),
        "d" * 64: KeptFile(sha256="d" * 64, facts=None, media_type="image/heif", size=1),
        "e" * 64: KeptFile(sha256="e" * 64, facts=None, media_type="application/pdf", size=1),
    }

    def fetch(name: str) -> bytes:
        if name not in files:
            raise PhotoMissing(name)
        return files[name]

    return Bundle(claim=as_json(kept, lease), fetch=fetch, known=known.get)


def exported(form: str, *bundles: Bundle) -> bytes:
    """Return claims in a form."""
    return b"".join(open_exporter(form).export(bundles))


def test_the_exporters_are_plugs() -> None:
    """Ours are listed as a third party's would be; one that is not there is named."""
    assert installed("exporters") == list(FORMS)
    with pytest.raises(NoSuchPlug, match="no exporters plug for 'pdf'; installed: csv, json"):
        open_exporter("pdf")


@pytest.mark.parametrize("form", FORMS)
def test_the_same_claims_give_the_same_bytes(form: str) -> None:
    """Whenever they are exported, so that two exports can be compared by a hash."""
    bundles = (bundle(full_claim()), bundle(stored(plain_claim(1)), {f"{1:064x}": b"one"}))

    assert exported(form, *bundles) == exported(form, *bundles)
    assert open_exporter(form).media_type
    assert open_exporter(form).ending


@pytest.mark.parametrize("form", FORMS)
def test_no_claims_are_an_export_too(form: str) -> None:
    """A night without claims breaks nobody's import."""
    whole = exported(form)

    if form == "zip":
        assert ZipFile(BytesIO(whole)).read("SHA256SUMS") == b""
    else:
        assert len(whole.splitlines()) == (1 if form == "csv" else 0)


def test_json_is_a_line_for_each_claim() -> None:
    """What `claims list --json` prints, in ASCII."""
    claims = [full_claim(), stored(replace(plain_claim(1), remarks=("één\u2028twee\n",)))]

    whole = exported("json", *map(bundle, claims))

    assert whole.isascii()
    assert [json.loads(line) for line in whole.splitlines()] == [
        as_json(claim, None) for claim in claims
    ]


def test_a_zip_file_holds_the_files_as_they_were_sent() -> None:
    """Each claim in its folder, each file named after its part, and readable by its user only."""
    with ZipFile(BytesIO(exported("zip", bundle(full_claim())))) as archive:
        assert archive.testzip() is None
        folder = reference(0)
        assert archive.namelist() == [
            f"{folder}/claim.json",
            f"{folder}/photo-1.jpeg",
            f"{folder}/photo-2.bin",
            f"{folder}/photo-3.bin",
            f"{folder}/photo-4.heif",
            f"{folder}/form-1.pdf",
            "SHA256SUMS",
        ]
        assert archive.read(f"{folder}/photo-3.bin") == FILES["c" * 64]
        assert json.loads(archive.read(f"{folder}/claim.json")) == as_json(full_claim(), None)
        for entry in archive.infolist():
            assert (entry.external_attr >> 16, entry.compress_type) == (0o600, ZIP_STORED)
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_manifest_looks_over_what_was_unpacked(tmp_path: Path) -> None:
    """With the tool that every Unix has; it finds a photo that was changed."""
    ZipFile(BytesIO(exported("zip", bundle(full_claim())))).extractall(tmp_path)

    def checked() -> "subprocess.CompletedProcess[str]":
        check = ["sha256sum", "--strict", "--check", "SHA256SUMS"]
        return subprocess.run(  # noqa: S603 the command is ours
            check, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    whole = checked()
    (tmp_path / reference(0) / "photo-1.jpeg").write_bytes(b"another photo")
    changed = checked()

    assert (whole.returncode, whole.stdout.count(": OK")) == (0, 6)
    assert changed.returncode == 1
    assert "photo-1.jpeg: FAILED" in changed.stdout


def test_a_claim_whose_photo_is_lost_is_not_exported_as_if_it_were_whole() -> None:
    """Nobody takes an incomplete file for the evidence; without files, a claim is whole."""
    lost = bundle(full_claim(), {name: data for name, data in FILES.items() if name[0] != "c"})

    with pytest.raises(PhotoMissing):
        exported("zip", lost)
    for form in ("json", "sivi", "csv"):
        assert exported(form, lost) == exported(form, bundle(full_claim()))


def test_a_zip_file_comes_a_file_at_a_time() -> None:
    """A claim's 200 MB are never in memory together."""
    fetched = []

    def fetch(name: str) -> bytes:
        fetched.append(name)
        return bytes(100_000)

    pieces = open_exporter("zip").export([replace(bundle(full_claim()), fetch=fetch)])
    sizes = [(len(fetched), len(piece)) for piece in pieces]

    assert [count for count, _ in sizes] == [0, 1, 2, 3, 4, 5, 5]
    assert max(size for _, size in sizes) < 101_000


# The schema


def claims() -> Iterator[StoredClaim]:
    """Yield claims of every kind that there is."""
    yield full_claim()
    yield stored(plain_claim(1))
    yield stored(plain_claim(2), status=Status.ASKED)


LEASE = Lease(
    token="f" * 32,
    claim_id=reference(0),
    adjuster="ann",
    attempt=1,
    expires_at=NOON,
)


@pytest.mark.parametrize("lease", [None, LEASE], ids=["free", "held"])
def test_every_claim_is_as_the_schema_says(lease: Lease | None) -> None:
    """With all of the members, and no others; formats and choices included."""
    schema = json.loads(published_schema())
    Draft202012Validator.check_schema(schema)
    checks = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    for claim in claims():
        told = as_json(claim, lease)
        checks.validate(told)
        assert told.keys() == schema["properties"].keys()
        assert set(schema["required"]) == told.keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "lost"},
        {"revision": 0},
        {"revision": "1"},
        {"photos": [{"sha256": "a"}]},
        {"submitted_at": "yesterday"},
        {"reference": None},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_claim(wrong: dict[str, Any]) -> None:
    """It says more than that a claim is an object."""
    checks = Draft202012Validator(
        json.loads(published_schema()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    with pytest.raises(ValidationError):
        checks.validate(as_json(full_claim(), LEASE) | wrong)


def test_the_schema_that_ships_is_that_of_the_types() -> None:
    """Else run `python -m tests.claim_schema --write`, and see whether the version goes up."""
    assert published_schema() == schema_text()
    assert claim_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert claim_schema()["$id"] == "urn:claimbot:schema:claim-1"


def test_the_schema_is_printed_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a command, and never by hand."""
    monkeypatch.setattr("tests.claim_schema.PUBLISHED", tmp_path / PUBLISHED.name)
    monkeypatch.setattr("sys.argv", ["claim_schema"])

    run_path(tests.claim_schema.__file__, run_name="__main__")
    main(["--write"])

    assert capsys.readouterr().out == (tmp_path / PUBLISHED.name).read_text() == schema_text()


# SIVI


def test_a_claim_in_the_shape_of_sivi() -> None:
    """Everything that is known has its place."""
    (line,) = exported("sivi", bundle(full_claim())).splitlines()

    claim = full_claim().claim
    shape = json.loads(line)["claimStructure"]
    assert list(shape) == ["claim", "incident", "party", "policy", "object", "document"]
    assert shape["claim"] == [
        {
            "entityType": "default",
            "refKey": reference(0),
            "refKeySource": "claimbot",
            "revision": 3,
            "status": "decided",
            "priority": "hurt",
            "flags": ["policy_unverified"],
            "submittedAt": plain(claim.submitted_at),
            "dueAt": plain(claim.due_at),
            "decision": "accepted",
            "decidedAt": plain(NOON),
        }
    ]
    assert shape["incident"] == [
        {
            "entityType": "default",
            "claimRef": [reference(0)],
            "description": list(claim.remarks),
            "latitude": 52.09,
            "longitude": -5.11,
        }
    ]
    assert shape["party"] == [
        {"entityType": "policyholder", "language": "nl", "channel": "telegram"}
    ]
    assert shape["policy"] == [
        {
            "entityType": "policyDetails",
            "contractNumber": "123456789",
            "effectiveDate": "2020-01-31",
        }
    ]
    # The form's plate may be the other car's.
    assert [car["licensePlate"] for car in shape["object"]] == ["AB-123-C", "12-ABC-3"]
    assert [(one["entityType"], one["filename"]) for one in shape["document"]] == [
        ("photo", "photo-1.jpeg"),
        ("photo", "photo-2.bin"),
        ("photo", "photo-3.bin"),
        ("photo", "photo-4.heif"),
        ("claimForm", "form-1.pdf"),
    ]
    assert shape["document"][0] == {
        "entityType": "photo",
        "claimRef": [reference(0)],
        "filename": "photo-1.jpeg",
        "mediaType": "image/jpeg",
        "sha256": "a" * 64,
    }


def test_what_is_not_known_is_not_in_sivi() -> None:
    """No empty member, no null, no place at 0 degrees."""
    shape = json.loads(exported("sivi", bundle(stored(plain_claim(1)))))["claimStructure"]

    assert list(shape) == ["claim", "party", "policy", "document"]
    assert "null" not in json.dumps(shape)
    assert "[]" not in json.dumps(shape)
    assert shape["policy"] == [{"entityType": "policyDetails", "contractNumber": "123456789"}]


def test_a_place_on_the_equator_is_a_place() -> None:
    """Zero degrees is somewhere."""
    there = replace(plain_claim(1), place=Place(latitude=0.0, longitude=0.0))

    shape = json.loads(exported("sivi", bundle(stored(there))))["claimStructure"]

    assert (shape["incident"][0]["latitude"], shape["incident"][0]["longitude"]) == (0, 0)
