"""The export ``json``: a line of JSON for each claim, in ASCII."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from claimbot.exports import Bundle


class Lines:
    """Writes claims as `document` describes them."""

    media_type = "application/json"
    ending = "json"

    def export(self, bundles: Iterable[Bundle]) -> Iterator[bytes]:
        """Yield a line for each claim."""
        for bundle in bundles:
            yield as_line(bundle.claim)


def as_line(value: Any) -> bytes:
    """Return a value as one line of JSON."""
    return json.dumps(value).encode() + b"\n"
