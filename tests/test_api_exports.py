"""Claims leave the house over HTTP: whole, each written down, and many as a table."""

import csv
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import SEEK_END, BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from jsonschema import Draft202012Validator

from claimbot.claim import Photo
from claimbot.desk import as_json
from claimbot.exports.document import published_schema
from claimbot.photos.folder import Folder
from claimbot.store.tokens import Scope
from claimbot.web.api import openapi
from tests.api_office import ApiOffice, open_office, problem, served
from tests.databases import DATABASES
from tests.filed_claims import Filed, file_claim
from tests.queued_claims import plain_claim, reference

ZEROS = reference(0)


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office of its own for each test, on each database."""
    with open_office(request.param, tmp_path) as office:
        yield office


@pytest.fixture
def filed(office: ApiOffice) -> Filed:
    """A claim with files, of reference 0."""
    return file_claim(office.store, office.queue, Folder(office.folder), 0)


@pytest.fixture
def ann(office: ApiOffice) -> Iterator[httpx.Client]:
    """An adjuster who may look at claims."""
    headers = {"Authorization": f"Bearer {office.token('ann', Scope.READ)}"}
    with served(office) as url, httpx.Client(base_url=url, headers=headers) as client:
        yield client


def written_down(office: ApiOffice) -> list[tuple[str, str, str]]:
    """Return who exported which claim in what form."""
    entries = (link.entry for link in office.store.audit_rows())
    return [
        (entry.actor, entry.subject, json.loads(entry.detail)["form"])
        for entry in entries
        if entry.action == "claim exported"
    ]


@pytest.mark.usefixtures("filed")
def test_a_claim_as_json(office: ApiOffice, ann: httpx.Client) -> None:
    """As the schema has it, and without who holds it: that is not the claim's."""
    office.desk.next("bo", hold=timedelta(minutes=30))

    answer = ann.get(f"claims/{ZEROS}/export.json")

    Draft202012Validator(json.loads(published_schema())).validate(answer.json())
    assert answer.json() == as_json(office.store.claim(ZEROS), None)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{ZEROS}.json"'
    assert answer.headers["cache-control"] == "no-store"


def test_a_claim_with_its_files(ann: httpx.Client, filed: Filed) -> None:
    """The originals, and how long the download is."""
    answer = ann.get(f"claims/{ZEROS}/export.zip")

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"] == f'attachment; filename="{ZEROS}.zip"'
    with ZipFile(BytesIO(answer.content)) as archive:
        names = ("photo-1.jpeg", "photo-2.png", "form-1.pdf", "form-2.jpeg")
        files = [archive.read(f"{ZEROS}/{name}") for name in names]
        assert files == [*filed.photos, *filed.form]
    assert ann.get(f"claims/{ZEROS}/export.zip").content == answer.content


@pytest.mark.usefixtures("filed")
def test_a_claim_in_any_form(ann: httpx.Client) -> None:
    """By the name of an exporter; the schema of the API names those that are installed."""
    answer = ann.get(f"claims/{ZEROS}/export", params={"format": "sivi"})

    assert answer.json()["claimStructure"]["claim"][0]["refKey"] == ZEROS
    assert answer.headers["content-disposition"] == f'attachment; filename="{ZEROS}.sivi.json"'
    unknown = ann.get(f"claims/{ZEROS}/export", params={"format": "pdf"})
    assert (unknown.status_code, problem(unknown)) == (422, "invalid")
    assert unknown.json()["detail"] == "Choose a format of csv, json, sivi, zip."
    (form,) = (
        parameter
        for parameter in openapi()["paths"]["/claims/{name}/export"]["get"]["parameters"]
        if parameter["name"] == "format"
    )
    assert form["schema"]["enum"] == ["csv", "json", "sivi", "zip"]


def rows(answer: httpx.Response) -> list[str]:
    """Return the references in a table."""
    assert answer.status_code == 200, answer.text
    return [row["reference"] for row in csv.DictReader(StringIO(answer.text, newline=""))]


def test_many_claims_as_a_table(
    office: ApiOffice, ann: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a status or since a moment, last submitted first, however many are read at once."""
    monkeypatch.setattr("claimbot.desk.exporting.AT_ONCE", 2)
    office.send(*range(5))
    held = office.desk.next("bo", hold=timedelta(minutes=30))
    assert held is not None
    office.desk.accept("bo", ZEROS)

    every = ann.get("claims/exports.csv")
    decided = ann.get("claims/exports.csv", params={"status": "decided"})
    later = ann.get("claims/exports.csv", params={"since": "2026-03-01T13:03:00+01:00"})
    both = ann.get(
        "claims/exports.csv", params={"since": "2026-03-01T12:01:00Z", "status": "decided"}
    )

    assert rows(every) == [reference(number) for number in (4, 3, 2, 1, 0)]
    assert every.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert every.headers["content-disposition"] == 'attachment; filename="claims.csv"'
    assert rows(decided) == [ZEROS]
    assert rows(later) == [reference(4), reference(3)]
    assert rows(both) == []
    assert len(written_down(office)) == 5 + 1 + 2


def test_a_table_of_what_is_not_understood(ann: httpx.Client) -> None:
    """Nobody is given all claims, or none, by a slip."""
    for since in ("5", "2026-03-01", "2026-03-01T12:00:00", "yesterday", "2026-02-30T00:00Z"):
        answer = ann.get("claims/exports.csv", params={"since": since})
        assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert problem(ann.get("claims/exports.csv", params={"status": "lost"})) == "invalid"


@pytest.mark.usefixtures("filed")
def test_every_export_is_written_down(office: ApiOffice, ann: httpx.Client) -> None:
    """Who took which claim in what form; what did not come about is not."""
    for path in ("export.json", "export.zip", "export?format=sivi"):
        ann.get(f"claims/{ZEROS}/{path}", headers={"Claimbot-Adjuster": "cas"})
    ann.get("claims/exports.csv")
    ann.get(f"claims/{reference(1)}/export.json")
    ann.get(f"claims/{ZEROS}/export?format=pdf")

    assert written_down(office) == [
        ("adjuster:cas", ZEROS, "json"),
        ("adjuster:cas", ZEROS, "zip"),
        ("adjuster:cas", ZEROS, "sivi"),
        ("adjuster:ann", ZEROS, "csv"),
    ]
    assert office.store.verify_audit().broken == ()


def test_a_claim_whose_photo_is_lost(office: ApiOffice, ann: httpx.Client, filed: Filed) -> None:
    """It cannot be had as a zip file, and the answer is no half of one."""
    Folder(office.folder).delete(filed.claim.photos[1].sha256)

    answer = ann.get(f"claims/{ZEROS}/export.zip")

    assert (answer.status_code, problem(answer)) == (410, "gone")
    assert written_down(office) == []
    assert ann.get(f"claims/{ZEROS}/export.json").status_code == 200


def test_a_large_claim_is_not_held_in_memory(office: ApiOffice) -> None:
    """Only the photo in hand is, and what a disk is written by; the rest waits on the disk."""
    photos = Folder(office.folder)
    names = [photos.put(bytes([number]) * 1_000_000) for number in range(10)]
    office.send_claim(replace(plain_claim(0), photos=tuple(Photo(sha256=one) for one in names)))

    tracemalloc.start()
    with office.desk.export("ann", "zip", names=[ZEROS]) as file:
        size = file.seek(0, SEEK_END)
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 10_000_000
    assert peak < 6_000_000


def test_an_unknown_claim(office: ApiOffice, ann: httpx.Client) -> None:
    """As everywhere; `exports.csv` is none."""
    office.send_claim(plain_claim(0))

    for path in ("export.json", "export.zip", "export?format=sivi"):
        assert problem(ann.get(f"claims/{reference(1)}/{path}")) == "no-such-claim"


def test_exports_take_a_token(office: ApiOffice, ann: httpx.Client) -> None:
    """That allows to read claims."""
    sinks = {"Authorization": f"Bearer {office.token('bo', Scope.SINKS)}"}

    for path in ("exports.csv", f"{ZEROS}/export.json", f"{ZEROS}/export.zip"):
        nobody = httpx.get(ann.base_url.join(f"claims/{path}"))
        assert (nobody.status_code, problem(nobody)) == (401, "no-token")
        assert problem(ann.get(f"claims/{path}", headers=sinks)) == "wrong-scope"
    assert written_down(office) == []
