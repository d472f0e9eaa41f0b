"""Numbers for whoever watches over claimbot, in Prometheus' text format."""

from collections.abc import Callable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from claimbot.queues import AdjusterQueue
from claimbot.store import Store
from claimbot.store.dead_letters import Direction
from claimbot.store.deliveries import SinkState


def exposition(
    store: Store,
    queue: AdjusterQueue,
    clock: Callable[[], datetime],
    sinks: Callable[[], Sequence[SinkState]] = tuple,
) -> bytes:
    """Return what waits now and for how long, counted in the database: the same on any process."""
    now, counts, depth = clock(), store.counts(), store.read(queue.depth)
    states = sinks()
    registry = CollectorRegistry()

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(f"claimbot_{name}", text, registry=registry).set(value)

    def age(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    gauge("inbox_waiting", "Messages not handled yet.", counts.inbox_waiting)
    gauge("inbox_oldest_seconds", "Age of the oldest of them.", age(counts.inbox_oldest))
    gauge("outbox_waiting", "Deliveries not made yet.", counts.outbox_waiting)
    gauge("outbox_oldest_seconds", "Age of the oldest of them.", age(counts.outbox_oldest))
    gauge("attention_open", "Policyholders who wait for a person.", counts.attention_open)
    for direction, what in (
        (Direction.MESSAGE, "Messages that could not be handled."),
        (Direction.ANSWER, "Answers that could not be sent."),
    ):
        gauge(f"dead_{direction}s", what, counts.undelivered[direction])
    gauge("queue_oldest_seconds", "Age of the longest due claim.", age(depth.oldest_ready))
    claims = Gauge("claimbot_claims", "Claims by status.", ["status"], registry=registry)
    for status, number in counts.claims.items():
        claims.labels(status=status.value).set(number)
    queued = Gauge("claimbot_queue", "Claims in the queue by state.", ["state"], registry=registry)
    for state in ("ready", "leased", "parked", "dead"):
        queued.labels(state=state).set(getattr(depth, state))
    for name, text in (
        ("waiting", "Events that a sink has not confirmed yet."),
        ("dead", "Events that a sink was not told of, and will not be."),
        ("disabled", "Whether a sink refused for good."),
    ):
        told = Gauge(f"claimbot_sink_{name}", text, ["sink"], registry=registry)
        for sink in states:
            told.labels(sink=sink.name).set(getattr(sink, name))
    return generate_latest(registry)
