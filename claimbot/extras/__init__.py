"""Extras: slower looks at the files of a claim that was sent, after the policyholder's reply.

Each does its work in a process of its own, with libraries of its own: nothing here loads them.
None of them ever reaches for the network.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from claimbot.claim import Claim, Finding
from claimbot.errors import NoSuchPlug
from claimbot.plugins import load_plug

# Since 1.29, ONNX Runtime reports to its maker what it runs, and numbers the machine for that.
# It looks here when it is loaded, which is later; our processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was found in a claim's files; ``failure`` is why some could not be looked at."""

    findings: tuple[Finding, ...]
    failure: Exception | None = None


class Extra(Protocol):
    """Looks at the pictures of a claim.  Synchronous and slow; call it in a thread."""

    def inspect(self, claim: Claim, fetch: Callable[[str], bytes]) -> Inspected:
        """Return what is found in the claim's photos, and photos of its form.

        A file that cannot be looked at does not keep the others from it.  A second call finds
        the same.

        Args:
            claim: The claim.
            fetch: Returns the bytes with a SHA-256; what it raises but ``PhotoMissing`` is raised.

        Raises:
            OSError: The extra's process cannot be started.
        """

    def check(self) -> None:
        """Return when the extra works, having tried.

        Raises:
            ClaimbotError: It does not.
            OSError: Its process cannot be started.
        """

    def close(self) -> None:
        """End the extra's process at once; it is started again when it is needed."""


def open_extras(names: str) -> dict[str, Extra]:
    """Open the extras of these names, such as ``"ocr, faces"``.

    Raises:
        NoSuchPlug: One is not known, or what it needs is not installed.
    """
    return {name: load_plug("extras", name)() for name in re.split(r"[,\s]+", names) if name}


def expect_installed(extra: str, *packages: str) -> None:
    """Return if these packages can be imported, without doing so.

    Raises:
        NoSuchPlug: One is not installed.
    """
    if any(find_spec(package) is None for package in packages):
        raise NoSuchPlug(f"'{extra}' is not installed; pip install claimbot[{extra}]")
