"""Values to JSON and back: what the store keeps and the command line prints."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}  # building one costs a millisecond


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(value: object) -> str:
    """Return a value, a frozen dataclass of ours, as one line of JSON."""
    return _adapter(type(value)).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """Return the value of type ``kind`` that `dump` wrote.

    Fields that were added since take their defaults, so that a draft survives an upgrade.

    Raises:
        pydantic.ValidationError: The text is not such a value.
    """
    value: T = _adapter(kind).validate_json(text)
    return value


def plain(value: object) -> Any:
    """Return a value as dictionaries, lists, strings and numbers, ready for ``json.dumps``."""
    return _adapter(type(value)).dump_python(value, mode="json")
