"""The policy directory: which policy numbers there are.

It answers "is this a number of ours?", and since when, and nothing else: there is no more of a
policy that the bot could reveal.
"""

import re
from typing import Protocol

from claimbot.claim import PolicyNumber
from claimbot.plugins import load_plug


class PolicyDirectory(Protocol):
    """Where policy numbers are looked up.

    Both properties may change while the bot serves, so they are asked for each time.
    """

    @property
    def pattern(self) -> re.Pattern[str]:
        """What is looked for in a message: a whole number, in upper case without separators."""

    @property
    def example(self) -> str:
        """A number of that shape which is nobody's, as far as the directory can tell."""

    async def look_up(self, number: str) -> PolicyNumber:
        """Say whether a number is known, and since when its policy is in force if that is told.

        Never raises: while the directory is down, every number is UNVERIFIED.
        """

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
    directory: PolicyDirectory = load_plug("policies", url)(url)
    return directory
