"""How long a policyholder waits for an answer while many others write too.

``python -m tests.bench.latency`` starts ``claimbot serve`` on an empty SQLite database, writes to
it by way of the fake Bot API, and prints the table; ``--json FILE`` keeps it in a file, after it
was compared with what is there from the last time.  The time is from the moment that an update can
be fetched to the one at which ``sendMessage`` arrives.  Messages come at random, so that now and
then many come together; each is answered by one.  The limits that Telegram sets are lifted.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.photos import Result
from tests.bench.report import report, takes_json
from tests.fake_bot_api import BotMessage, FakeBotApi
from tests.journeys import POLICY_NUMBER, Served

A_SECOND = 50.0
SECONDS = 20.0
WARM_UP = 0.2  # of the seconds, before them
CHATS = 250
SAID = ("hallo", POLICY_NUMBER, "status", "hulp")  # of which each is answered by one message
MOST_P99_MS = 250
ANSWERED_WITHIN_S = 60
NO_LIMIT = "1000"  # messages a second


class Heard(list[BotMessage]):
    """What someone hears, and when."""

    def __init__(self) -> None:
        """Begin with silence."""
        super().__init__()
        self.at: list[float] = []

    def append(self, said: BotMessage) -> None:
        """Note the moment, too."""
        self.at.append(perf_counter())
        super().append(said)


class Chatter:
    """Someone who writes now and then, whether answered or not."""

    def __init__(self, api: FakeBotApi) -> None:
        """Have a chat of their own."""
        self._person = api.user()
        self._person.heard = self._heard = Heard()
        self._said: list[float] = []

    @property
    def is_answered(self) -> bool:
        """Whether as much was heard as was said."""
        return len(self._heard) >= len(self._said)

    async def writes(self) -> None:
        """Say the next thing."""
        text = SAID[len(self._said) % len(SAID)]
        self._said.append(perf_counter())
        await self._person.says(text)

    def waits(self, since: float) -> list[float]:
        """Return how many seconds each answer took to what was said since a moment.

        Raises:
            ValueError: Something was answered twice, so that it is not known which was late.
        """
        pairs = zip(self._said, self._heard.at, strict=True)
        return [heard - said for said, heard in pairs if said >= since]


async def waits(api: FakeBotApi, a_second: float, seconds: float) -> list[float]:
    """Return how many seconds each answer took, shortest first."""
    chatters = [Chatter(api) for _ in range(CHATS)]
    dice = Random(7)  # noqa: S311  nothing is to be kept secret
    due = perf_counter()
    warm = due + WARM_UP * seconds
    number = 0
    while (due := due + dice.expovariate(a_second)) < warm + seconds:
        await asyncio.sleep(due - perf_counter())
        await chatters[number % CHATS].writes()
        number += 1
    await api.until(
        lambda: all(chatter.is_answered for chatter in chatters),
        "answered",
        within=ANSWERED_WITHIN_S,
    )
    return sorted(wait for chatter in chatters for wait in chatter.waits(warm))


async def results(a_second: float, seconds: float) -> list[Result]:
    """Measure."""
    with TemporaryDirectory() as folder:
        async with FakeBotApi() as api, Served(api, Path(folder), MESSAGES_PER_SECOND=NO_LIMIT):
            took = await waits(api, a_second, seconds)
    p50, p99, worst = (took[int((len(took) - 1) * part)] * 1_000 for part in (0.5, 0.99, 1))
    name = f"{a_second:g} messages/s: answered within"
    return [
        Result(name=f"{name}, p50, ms", value=p50),
        Result(name=f"{name}, p99, ms", value=p99, most=MOST_P99_MS),
        Result(name=f"{name}, worst, ms", value=worst),
    ]


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How long an answer takes.")
    parser.add_argument("--a-second", type=float, default=A_SECOND, help="messages, on average")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    takes_json(parser)
    told = parser.parse_args(arguments)
    report(asyncio.run(results(told.a_second, told.seconds)), told.json)


if __name__ == "__main__":
    main(sys.argv[1:])
