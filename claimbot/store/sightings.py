"""Which files a claim has, and which of its photos other claims have too.

A photo is seen in another claim that has the same bytes, also as a page of its form, or a photo
that looks like it in one of its eight forms: `claimbot.likeness` says why none is missed.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from claimbot import likeness
from claimbot.claim import NEAR_DUPLICATE_BITS, Claim, Photo, Sighting
from claimbot.columns import insert_new
from claimbot.store import audit
from claimbot.store.tables import BAND_COLUMNS, claim_file, picture

TOLD = 10  # claims in which one photo is seen: an adjuster opens the first few
ASKED_FOR = 2 * TOLD  # files: a claim may have one as a photo and as a page of its form
ENOUGH_ALIKE = 100  # pictures among which the nearest are looked for
COMPARED = 20_000  # pictures that one photo is compared with; among a million it meets 1,000

_rows = (
    select(claim_file, picture.c.phash)
    .join(picture, picture.c.id == claim_file.c.picture, isouter=True)
    .order_by(claim_file.c.id)
)


class FileKind(StrEnum):
    """What a claim holds a file as."""

    PHOTO = "photo"
    FORM = "form"


def find(tx: Connection, reference: str, photos: Iterable[Photo]) -> tuple[Sighting, ...]:
    """Return which of a claim's photos other claims have too, and hold the audit's chain.

    Of each photo at most `TOLD` claims: first those with the same bytes, then those with the
    nearest picture, of these the one that had it first.  Should more than `ENOUGH_ALIKE` different
    pictures be alike, or `COMPARED` share a band, the others are not looked at: the search ends
    in time, whatever very many claims have.

    Of two claims that are submitted at the same time one sees the other, and neither waits while
    the other searches: whoever adds files holds the chain, and looks at what was added meanwhile.
    """
    last = tx.execute(select(func.coalesce(func.max(claim_file.c.id), 0))).scalar_one()
    different = {photo.sha256: photo for photo in photos}.values()
    found = [_search(tx, reference, photo) for photo in different]
    audit.hold_chain(tx)
    added = _files(tx, reference, claim_file.c.id > last)
    return tuple(
        sighting
        for photo, files in zip(different, found, strict=True)
        for sighting in _nearest(photo, [*files, *added])
    )


def keep(tx: Connection, now: Claim) -> None:
    """Keep which files a claim has, in the place of those it had; `find` comes before.

    A file that it had stays in its place: the order tells who had a photo first.
    """
    photos = [(photo.sha256, FileKind.PHOTO.value, photo.phash) for photo in now.photos]
    pages = [(page.sha256, FileKind.FORM.value, None) for page in now.form]
    files = dict.fromkeys([*photos, *pages])
    rows = tx.execute(_rows.where(claim_file.c.reference == now.reference))
    was = {(row.sha256, row.kind, row.phash and row.phash.hex()): row for row in rows}
    _forget(tx, [row for file, row in was.items() if file not in files])
    new = [file for file in files if file not in was]
    looks = {phash for _, _, phash in new if phash is not None}
    if looks:
        tx.execute(insert_new(tx, picture), [picture_row(phash) for phash in sorted(looks)])
    if new:
        look = select(picture.c.id).where(picture.c.phash == bindparam("phash"))
        tx.execute(
            insert(claim_file).values(picture=look.scalar_subquery()),
            [
                {
                    "reference": now.reference,
                    "sha256": sha256,
                    "kind": kind,
                    "phash": phash and bytes.fromhex(phash),
                }
                for sha256, kind, phash in new
            ],
        )


def picture_row(phash: str) -> dict[str, object]:
    """Return the row that keeps a perceptual hash."""
    bands = zip(BAND_COLUMNS, likeness.keys(phash), strict=True)
    return {"phash": bytes.fromhex(phash), **dict(bands)}


def _forget(tx: Connection, rows: Sequence[Row[Any]]) -> None:
    """Forget files of a claim, and what they looked like if no other file does."""
    if not rows:
        return
    tx.execute(delete(claim_file).where(claim_file.c.id.in_([row.id for row in rows])))
    looks = picture.c.id.in_([row.picture for row in rows if row.picture is not None])
    still = exists().where(claim_file.c.picture == picture.c.id)
    tx.execute(delete(picture).where(looks, ~still))


def _search(tx: Connection, reference: str, photo: Photo) -> list[Row[Any]]:
    """Return the files of other claims that come into question for a photo, the nearest of them.

    What many claims have ends the search early: a logo has no more than these to tell of.
    """
    found = _files(tx, reference, claim_file.c.sha256 == photo.sha256, ASKED_FOR)
    if photo.phash is None or _are_enough(found):
        return found
    keys = likeness.lookups(photo.phash, NEAR_DUPLICATE_BITS)
    is_sqlite = tx.dialect.name == "sqlite"
    shared = {
        name: json.dumps(band) if is_sqlite else band
        for name, band in zip(BAND_COLUMNS, keys, strict=True)
    }
    with tx.execute(_sharing_a_band(tx.dialect.name), shared) as rows:
        alike = likeness.alike(photo.phash, rows, NEAR_DUPLICATE_BITS)
        nearest = sorted(islice(alike, ENOUGH_ALIKE))
    for _, look, _ in nearest:
        if _are_enough(found):
            break
        found += _files(tx, reference, claim_file.c.picture == look, ASKED_FOR)
    return found


def _are_enough(files: Sequence[Row[Any]]) -> bool:
    return len({file.reference for file in files}) >= TOLD


@cache
def _sharing_a_band(dialect: str) -> Select[int, bytes]:
    """Return the pictures that have one of the keys given for a band."""

    def is_given(column: ColumnElement[int]) -> ColumnElement[bool]:
        if dialect == "postgresql":
            return column == any_(bindparam(column.name, type_=ARRAY(Integer)))
        keys = func.json_each(bindparam(column.name)).table_valued("value")
        return column.in_(select(keys.c.value))

    return (
        select(picture.c.id, picture.c.phash)
        .where(or_(*(is_given(picture.c[name]) for name in BAND_COLUMNS)))
        .limit(literal(COMPARED, literal_execute=True))
    )


def _files(
    tx: Connection, reference: str, wanted: ColumnElement[bool], limit: int | None = None
) -> list[Row[Any]]:
    """Return files of other claims, those they had first."""
    others = _rows.where(wanted, claim_file.c.reference != reference)
    return list(tx.execute(others.limit(limit)))


def _nearest(photo: Photo, files: Sequence[Row[Any]]) -> Iterator[Sighting]:
    """Yield in which claims a photo is seen, each once and the nearest first."""
    seen = [
        (False, 0, file.id, file.reference, False) for file in files if file.sha256 == photo.sha256
    ]
    if photo.phash is not None:
        looks = [(file, file.phash) for file in files if file.phash is not None]
        seen += [
            (True, distance, file.id, file.reference, turned)
            for distance, file, turned in likeness.alike(photo.phash, looks, NEAR_DUPLICATE_BITS)
        ]
    nearest: dict[str, Sighting] = {}
    for differs, distance, _, reference, turned in sorted(seen):
        nearest.setdefault(
            reference,
            Sighting(
                sha256=photo.sha256,
                reference=reference,
                distance=distance,
                exact=not differs,
                turned=turned,
            ),
        )
    yield from list(nearest.values())[:TOLD]
