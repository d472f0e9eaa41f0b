"""The settings: flags, then ``CLAIMBOT_*`` in the environment, then ``claimbot.toml``."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import TomlConfigSettingsSource as TomlSource

from claimbot.errors import BadConfiguration
from claimbot.words import languages

PREFIX = "CLAIMBOT_"
FILE = Path("claimbot.toml")


class Settings(BaseSettings):
    """Read once, in ``app.py`` or the command line.  Every default runs on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, toml_file=FILE, extra="forbid"
    )

    database: str = Field(
        "sqlite:///claimbot.db", description="Where conversations and claims are kept."
    )
    photos: str = Field("file:./photos", description="Where photos and claim forms are kept.")
    queue: str = Field("", description="The adjuster queue; empty: in the database.")
    policies: str = Field(
        r"pattern:\d{9}",
        description="The policy directory: `pattern:REGEX[?check=luhn]` or `csv:PATH`.",
    )
    language: str = Field("nl", description="The language when nothing tells another: nl or en.")
    insurer: str = Field("Polder Verzekeringen", description="The insurer's name.")
    emergency_number: str = Field("112", description="Whom to call when hurt.")
    phone: str = Field("", description="A phone number that people answer; empty: none.")
    timezone: str = Field("Europe/Amsterdam", description="Policyholders are told times in it.")
    hold_minutes: int = Field(
        30, ge=1, le=24 * 60, description="How long an adjuster holds a claim, in minutes."
    )
    host: str = Field("127.0.0.1", description="The address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port that `serve` listens on.")
    telegram_token: SecretStr | None = Field(
        None, description="From @BotFather; no token, no Telegram."
    )
    telegram_base_url: HttpUrl = Field(
        HttpUrl("https://api.telegram.org"), description="The Bot API server."
    )
    telegram_webhook_url: HttpUrl | None = Field(
        None, description="This service's public base URL; without it, polling."
    )
    telegram_webhook_secret: SecretStr | None = Field(
        None, description="What Telegram proves itself with; any 1 to 256 of A-Z a-z 0-9 _ -."
    )
    message_gap_seconds: float = Field(
        1.0,
        ge=0,
        le=60,
        description="The least time between two messages to one chat; Telegram asks for 1.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from, first to last."""
        return init_settings, env_settings, TomlSource(settings_cls)

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, code: str) -> str:
        if code not in languages():
            raise ValueError(f"no such language here; choose {' or '.join(languages())}")
        return code

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; write for example Europe/Amsterdam") from None
        return name

    @property
    def hold(self) -> timedelta:
        """Return how long an adjuster holds a claim."""
        return timedelta(minutes=self.hold_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as ``claimbot config`` shows it; a secret's value is not in it."""

    name: str
    value: str
    origin: str
    description: str


def read_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings; a flag that is None was not given.

    Raises:
        BadConfiguration: One cannot be used; the message is one line that names it, not its value.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
        where = _origin(name, given, _file_values())
        raise BadConfiguration(
            f"the setting {name} ({where}) cannot be used: {reason}; "
            "`claimbot config` shows every setting"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{FILE} is not TOML: {error}; mend or remove it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{FILE} cannot be read: {error}; mend or remove it") from None


def explain(settings: Settings, flags: Mapping[str, object] | None = None) -> list[Setting]:
    """Return every setting with its value and where that came from."""
    given = {name for name, value in (flags or {}).items() if value is not None}
    in_file = _file_values()
    return [
        Setting(
            name=PREFIX + name.upper(),
            value=_shown(getattr(settings, name)),
            origin=_origin(name, given, in_file),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def unknown_variables() -> list[str]:
    """Return the ``CLAIMBOT_*`` variables that no setting has, such as misspelt ones."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _shown(value: object) -> str:
    match value:
        case SecretStr():
            return "(set)"
        case None:
            return ""
        case _:
            return _without_password(str(value))


def _without_password(text: str) -> str:
    scheme, slashes, rest = text.partition("://")
    account, at, place = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    return f"{scheme}{slashes}{user}:***{at}{place}" if colon and at else text


def _file_values() -> Mapping[str, object]:
    try:
        return tomllib.loads(FILE.read_text())
    except (OSError, ValueError):
        return {}


def _origin(name: str, given: object, in_file: Mapping[str, object]) -> str:
    variable = PREFIX + name.upper()
    if isinstance(given, (set, dict)) and name in given:
        return "flag"
    if any(known.upper() == variable and value for known, value in os.environ.items()):
        return f"environment, {variable}"
    return str(FILE) if name in in_file else "default"
