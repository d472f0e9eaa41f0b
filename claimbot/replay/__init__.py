"""Replay conversations: what would the bot have said, and which claim would it have made?"""

from claimbot.replay.player import Played, Turn, play
from claimbot.replay.talk import Talk, difference, find_talks, parse_talk

__all__ = ["Played", "Talk", "Turn", "difference", "find_talks", "parse_talk", "play"]
