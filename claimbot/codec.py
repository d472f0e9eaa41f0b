"""Values to JSON and back: what the store keeps and the command line prints."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def dump(value: object) -> str:
    """Return a value, a frozen dataclass of ours, as one line of JSON."""
    return _adapter(type(value)).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """Return the value of type ``kind`` that `dump` wrote.

    Fields that were added since take their defaults, so that a draft survives an upgrade.

    Raises:
        pydantic.ValidationError: The text is not such a value.
    """
    return _adapter(kind).validate_json(text)


def plain(value: object) -> Any:
    """Return a value as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
    return _adapter(type(value)).dump_python(value, mode="json")
