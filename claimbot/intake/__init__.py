"""The policyholder's side: from a channel's message to the answer, and to a claim in the queue.

gather (await)  ->  decide (pure)  ->  record (one transaction)  ->  deliver (await)
"""

from claimbot.intake.gathering import Gathering
from claimbot.intake.relay import Relay
from claimbot.intake.upkeep import Upkeep
from claimbot.intake.worker import Worker

__all__ = ["Gathering", "Relay", "Upkeep", "Worker"]
