"""What claimbot answers over HTTP: health, metrics, the API, and the channels' webhooks."""

from claimbot.web.service import create_web

__all__ = ["create_web"]
