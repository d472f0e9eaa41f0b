"""A power cut under the real store: what it acknowledged, and what the disk still holds."""
