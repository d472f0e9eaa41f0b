"""The export ``sivi``: claims in the shape of the Dutch insurers' standard, SIVI AFS.

Entities and attributes are named as SIVI does where the public manual says how; docs/exports.md
lists them, and ours.  What we do not know is left out, and code lists are not filled in.

Source: https://www.manula.com/manuals/sivi/sivi-all-finance-standard/1/en/topic/claim-structure
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from claimbot.claim import Flag
from claimbot.exports import Bundle, Original
from claimbot.exports.lines import as_line

Entity = dict[str, Any]


class Sivi:
    """Writes a line of JSON for each claim, its `claimStructure`."""

    media_type = "application/json"
    ending = "sivi.json"

    def export(self, bundles: Iterable[Bundle]) -> Iterator[bytes]:
        """Yield a line for each claim."""
        for bundle in bundles:
            yield as_line({"claimStructure": _structure(bundle)})


def _structure(bundle: Bundle) -> dict[str, list[Entity]]:
    claim = bundle.claim
    reference = claim["reference"]
    refers = {"claimRef": [reference]}
    incident = {"description": claim["remarks"], **(claim["place"] or {})}
    is_told_of = claim["remarks"] or claim["place"]
    documents = (
        *(_document("photo", photo) for photo in bundle.photos()),
        *(_document("claimForm", page) for page in bundle.form()),
    )
    structure = {
        "claim": [
            _entity(
                "default",
                refKey=reference,
                refKeySource="claimbot",
                revision=claim["revision"],
                status=claim["status"],
                priority=claim["priority"],
                flags=claim["flags"],
                submittedAt=claim["submitted_at"],
                dueAt=claim["due_at"],
                decision=claim["decision"],
                decidedAt=claim["decided_at"],
            )
        ],
        "incident": [_entity("default", **refers, **incident)] if is_told_of else [],
        "party": [_entity("policyholder", language=claim["language"], channel=claim["channel"])],
        "policy": [
            _entity(
                "policyDetails",
                contractNumber=claim["policy_number"],
                effectiveDate=claim["policy_since"],
            )
        ],
        "object": [_entity("vehicle", licensePlate=plate) for plate in _plates(claim)],
        "document": [_entity(kind, **refers, **document) for kind, document in documents],
    }
    return {name: entities for name, entities in structure.items() if entities}


def _entity(kind: str, **attributes: object) -> Entity:
    """Return an entity with those of the attributes that there is something to say about."""
    known = {name: value for name, value in attributes.items() if value not in (None, [])}
    return {"entityType": kind, **known}


def _document(kind: str, original: Original) -> tuple[str, Entity]:
    named = {"filename": original.filename, "mediaType": original.media_type}
    return kind, {**named, "sha256": original.sha256}


def _plates(claim: Mapping[str, Any]) -> list[str]:
    """Return the plates that were read in the photos; the form's may be another car's."""
    photos = {photo["sha256"] for photo in claim["photos"]}
    read = [
        found["detail"].split(", ")
        for found in claim["findings"]
        if found["flag"] == Flag.PLATE_READ and found["sha256"] in photos
    ]
    return list(dict.fromkeys(plate for plates in read for plate in plates))
