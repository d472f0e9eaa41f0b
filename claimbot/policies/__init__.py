"""The policy directory: which policy numbers there are.

It answers "is this a number of ours?" and nothing else, so that the bot cannot reveal a policy.
"""

import re
from typing import Protocol

from claimbot.claim import Standing
from claimbot.plugins import load_plug


class PolicyDirectory(Protocol):
    """Where policy numbers are looked up.

    ``pattern`` matches a whole policy number in upper case without separators; it is what is
    looked for in a message.  ``example`` is a number of that shape which is nobody's.
    """

    pattern: re.Pattern[str]
    example: str

    async def look_up(self, number: str) -> Standing:
        """Say whether a number is known; never raises: a directory that is down is UNVERIFIED."""

    def check(self) -> None:
        """Return when the directory can be asked.

        Raises:
            BadConfiguration: It cannot; the message says why.
        """


def open_policies(url: str) -> PolicyDirectory:
    r"""Open the directory at a URL such as ``pattern:\d{9}`` or ``csv:policies.csv``.

    Raises:
        BadConfiguration: The URL cannot be used.
        NoSuchPlug: No installed plug answers to the scheme.
    """
    directory: PolicyDirectory = load_plug("policies", url.partition(":")[0])(url)
    return directory
