"""The settings: flags, then ``CLAIMBOT_*`` in the environment, then ``claimbot.toml``."""

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from claimbot.errors import BadConfiguration
from claimbot.words import languages

PREFIX = "CLAIMBOT_"
FILE = Path("claimbot.toml")
CLIENTS = frozenset({"url", "token"})  # variables of `claimbot claims`, where somebody else serves


class Settings(BaseSettings):
    """Read once, in ``app.py`` or the command line.  Every default runs on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", coerce_numbers_to_str=True
    )

    database: str = Field(
        "sqlite:///claimbot.db",
        description="The claim database: `sqlite:///PATH` or `postgresql://USER@HOST/NAME`.",
        repr=False,
    )
    photos: str = Field(
        "file:./photos",
        description="Where photos and forms are kept: `file:FOLDER` or `s3://BUCKET/PREFIX`.",
    )
    queue: str = Field(
        "", description="The adjuster queue; empty: in the claim database.", repr=False
    )
    policies: str = Field(
        r"pattern:\d{9}",
        description="The policy directory: `pattern:REGEX` or `csv:PATH`, each with options.",
        repr=False,
    )
    extras: str = Field(
        "",
        description="Slower looks at each claim's photos, after the reply: any of `c2pa`, `faces` "
        "and `ocr`.",
    )
    sinks: str = Field(
        "",
        description="Systems that are told of claims: URLs such as `https://HOST/PATH`, with "
        "spaces between them.",
        repr=False,
    )
    sink_watch_minutes: int = Field(
        60,
        ge=1,
        le=7 * 24 * 60,
        description="Minutes after which a sink that knows nothing of an undecided claim is told "
        "again.",
    )
    webhook_secrets: SecretStr | None = Field(
        None,
        description="What webhooks are signed with: `whsec_` and base 64; two, the new one first, "
        "while you change it.",
    )
    webhook_allow_private: bool = Field(
        default=False,
        description="Whether webhooks may go to addresses of your own network, and without TLS.",
    )
    language: str = Field("nl", description="The language when nothing tells another: nl or en.")
    insurer: str = Field("Polder Verzekeringen", description="The insurer's name.")
    emergency_number: str = Field("112", description="Whom to call when hurt.")
    phone: str = Field("", description="A phone number that people answer; empty: none.")
    timezone: str = Field(
        "Europe/Amsterdam", description="The time zone of every time that is shown."
    )
    hold_minutes: int = Field(
        30, ge=1, le=24 * 60, description="Minutes that an adjuster holds a claim."
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
        None, description="What Telegram proves itself with; 1 to 256 of A-Z a-z 0-9 _ -, at will."
    )
    message_gap_seconds: float = Field(
        1.0,
        ge=0,
        le=60,
        description="Seconds between two messages to one chat, at least; Telegram asks for 1.",
    )
    messages_per_second: int = Field(
        30,
        ge=5,
        le=1000,
        description="Messages a second to all chats together, at most, from one process that "
        "sends; Telegram allows 30.",
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
        return init_settings, env_settings, InitSettingsSource(settings_cls, _file_values())

    @field_validator("queue")
    @classmethod
    def _lasts(cls, url: str) -> str:
        if url.startswith("memory:"):
            raise ValueError("in memory it loses claims; leave it empty, for the claim database")
        return url

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
        raise BadConfiguration(_complaint(first, given)) from None


def explain(settings: Settings, flags: Mapping[str, object] | None = None) -> list[Setting]:
    """Return every setting with its value and where that came from.

    Raises:
        BadConfiguration: ``claimbot.toml`` cannot be read.
    """
    given = {name for name, value in (flags or {}).items() if value is not None}
    in_file = _file_values()
    return [
        Setting(
            name=PREFIX + name.upper(),
            value=shown(getattr(settings, name)),
            origin=_origin(name, given, in_file),
            description=describe(field),
        )
        for name, field in Settings.model_fields.items()
    ]


def describe(field: FieldInfo) -> str:
    """Return what a setting is, with the range of a number."""
    about = field.description or ""
    rules = [(rule, bound) for bound in ("ge", "le") for rule in field.metadata]
    bounds = [str(getattr(rule, bound)) for rule, bound in rules if hasattr(rule, bound)]
    return f"{about.removesuffix('.')} ({' to '.join(bounds)})." if bounds else about


def shown(value: object) -> str:
    """Return a setting's value for people to read: no secret, no password in a URL."""
    match value:
        case SecretStr():
            return "(set)"
        case None:
            return ""
        case _:
            return _without_password(str(value))


def unknown_variables() -> dict[str, str | None]:
    """Return the ``CLAIMBOT_*`` variables that no setting has, each with what may be meant."""
    unknown = {}
    for variable in sorted(os.environ):
        name = variable.lower().removeprefix(PREFIX.lower())
        if name != variable.lower() and name not in {*Settings.model_fields, *CLIENTS}:
            meant = _closest(name)
            unknown[variable] = meant and PREFIX + meant.upper()
    return unknown


def _complaint(error: ErrorDetails, given: Mapping[str, object]) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        meant = _closest(name)
        hint = f"did you mean '{meant}'?" if meant else "remove it"
        return f"{FILE} has '{name}', which is no setting; {hint}"
    reason = error["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    match _origin(name, given.keys(), _file_values()):
        case "flag":
            return f"--{name.replace('_', '-')} cannot be used: {reason}; give another value"
        case origin if origin == str(FILE):
            return f"'{name}' in {FILE} cannot be used: {reason}; correct or remove it"
        case _:
            return f"{PREFIX}{name.upper()} cannot be used: {reason}; correct or unset it"


def _closest(name: str) -> str | None:
    return next(iter(get_close_matches(name, Settings.model_fields, n=1)), None)


# Greedy: who forgets to escape an @ or a / in a password does not want it shown either.
_ACCOUNT = re.compile(r"(://[^:/?#@]*):.*@")
_BARE_ACCOUNT = re.compile(r"^([^:/?#@]*):.*@")  # of a URL whose scheme was forgotten
_IN_QUERY = re.compile(r"((?:password|passwd|secret|token|key)=)[^&#]+", re.IGNORECASE)


def _without_password(text: str) -> str:
    account = _ACCOUNT if "://" in text else _BARE_ACCOUNT
    return _IN_QUERY.sub(r"\1***", account.sub(r"\1:***@", text))


def _file_values() -> dict[str, Any]:
    """Return what ``claimbot.toml`` in the working folder says; nothing when it is not there.

    Raises:
        BadConfiguration: It cannot be read.
    """
    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadConfiguration(
            f"{FILE} cannot be read: {error.strerror}; let this user read it, or remove it"
        ) from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise BadConfiguration(f"{FILE} is not TOML: {error}; correct or remove it") from None


def _origin(name: str, given: Collection[str], in_file: Collection[str]) -> str:
    variable = PREFIX + name.upper()
    if name in given:
        return "flag"
    if any(known.upper() == variable and value for known, value in os.environ.items()):
        return "environment"
    return str(FILE) if name in in_file else "default"
