"""Find the plug that a URL's scheme names.

Plugs are entry points, ours too: a third party adds one by installing a package that lists it.
"""

from typing import Any

from claimbot.errors import NoSuchPlug

# scheme -> the extra that brings what its plug imports
EXTRAS = {
    "amqp": "amqp",
    "amqps": "amqp",
    "kafka": "kafka",
    "nats": "nats",
    "postgresql": "postgresql",
    "redis": "redis",
    "rediss": "redis",
    "s3": "s3",
    "sqs": "sqs",
}


def installed(group: str) -> list[str]:
    """Return the schemes that ``group``, such as ``"queues"``, has plugs for, sorted."""
    from importlib.metadata import entry_points  # noqa: PLC0415  25 ms of each child's start

    return sorted({point.name for point in entry_points(group=f"claimbot.{group}")})


def load_plug(group: str, url: str) -> Any:
    """Return what the entry point of ``claimbot.<group>`` named by a URL's scheme is.

    A driver does not matter: ``postgresql+psycopg:`` is ``postgresql``.

    Raises:
        NoSuchPlug: Nothing installed answers to the scheme, or what it needs is not installed.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415  same

    scheme = url.partition(":")[0].partition("+")[0]
    found = entry_points(group=f"claimbot.{group}", name=scheme)
    if not found:
        known = ", ".join(installed(group)) or "nothing"
        raise NoSuchPlug(f"no {group} plug for '{scheme}'; installed: {known}")
    try:
        return next(iter(found)).load()
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        hint = f"pip install claimbot[{extra}]" if extra else f"install what it needs: {error}"
        raise NoSuchPlug(f"the {group} plug '{scheme}' cannot be loaded; {hint}") from error
