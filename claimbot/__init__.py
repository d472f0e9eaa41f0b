"""Car-damage claim intake by chat."""

__version__ = "0.1.0"
