"""Read content credentials: ``python -m claimbot.extras.c2pa_child`` is told pictures.

An answer is a JSON list of lines for people, empty for a picture without credentials.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO

import c2pa

from claimbot.children import serve
from claimbot.extras.c2pa import LIMITS

# Nothing is asked of the network: credentials that are kept elsewhere stay unread, and whether a
# certificate was revoked, or is one that somebody trusts, is not known.
OFFLINE = {
    "verify": {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_trust": False,
        "verify_timestamp_trust": False,
    },
    "core": {"allowed_network_hosts": []},
}
LONGEST_NAME = 60  # characters; a stranger chose it

# https://cv.iptc.org/newscodes/digitalsourcetype/, of the picture or of one it was made from.
_BY_AI = re.compile(r'/(composite[wW]ith)?[tT]rainedAlgorithmicMedia"')

_context = c2pa.Context.from_dict(OFFLINE)
_NONE = (
    c2pa.C2paError.ManifestNotFound,
    c2pa.C2paError.NotSupported,
    c2pa.C2paError.Other,
    c2pa.C2paError.Io,
)
"""What is raised for pictures without credentials, and for what is no picture."""


def answer(data: bytes) -> bytes:
    """Return what a picture's credentials say, as JSON."""
    return json.dumps(_credentials(data)).encode()


def _credentials(data: bytes) -> list[str]:
    try:
        with c2pa.Reader(BytesIO(data), context=_context) as reader:
            return list(_told(reader))
    except _NONE:
        return []
    except c2pa.C2paError as error:
        is_elsewhere = str(error).startswith("Remote")
        return ["kept elsewhere, not fetched" if is_elsewhere else "cannot be read"]


def _told(reader: c2pa.Reader) -> Iterator[str]:
    if found := _BY_AI.findall(reader.json()):
        yield "partly made by AI" if any(found) else "made by AI"
    yield "signature intact" if reader.get_validation_state() == "Valid" else "signature not valid"
    manifest = reader.get_active_manifest() or {}
    [program, *_] = manifest.get("claim_generator_info") or [{}]
    signature = manifest.get("signature_info") or {}
    names = {
        "written by": program.get("name") or manifest.get("claim_generator"),
        "signed as": signature.get("common_name") or signature.get("issuer"),
    }
    for did, name in names.items():
        yield f"{did} {' '.join(str(name or 'somebody').split())[:LONGEST_NAME]}"


if __name__ == "__main__":  # pragma: no cover  in a process of its own
    serve(answer, LIMITS)
