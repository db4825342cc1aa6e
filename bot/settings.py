"""The only reader of the environment and the settings file; tells all problems at once."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, TomlConfigSettingsSource

from bot.settings_rules import problems_of
from bot.settings_tree import PREFIX, Settings

__all__ = ["Settings", "SettingsRefused", "load"]

_SECRETS = frozenset(
    "bot_token signing_secret app_token secret_key webhook_secret imap_url smtp_url database_url "
    "oauth_client_secret oauth_refresh_token".split()
)


class _FromOutside(Settings):
    """The environment wins over the file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *others: Any,
        **named: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get(f"{PREFIX}CONFIG") or "paylink.toml")
        return (env_settings, TomlConfigSettingsSource(settings_cls, file))


class SettingsRefused(Exception):
    """Unsafe or incomplete settings: every problem in a line of its own, no secret in any."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(*, complete: bool = True) -> Settings:
    """Read the settings from the environment and the file.

    `complete` False: for a verb that needs a part of them only; what is there must still be well-formed.

    Raises SettingsRefused: something is unknown, malformed, missing or unsafe.
    """
    problems = [*_unknown_names(), *_config_file()]
    problems += _take_secret_files()
    try:
        settings = _validated()
        if complete:
            problems += problems_of(settings)
    except SettingsRefused as refused:
        problems += refused.problems
    if problems:
        raise SettingsRefused(list(dict.fromkeys(problems)))
    return settings


def sandbox_captcha() -> str:
    """The sandbox takes one setting, the captcha that needs no network."""
    return "altcha" if os.environ.get(f"{PREFIX}CAPTCHA__PROVIDER") == "altcha" else "none"


def _validated() -> Settings:
    try:
        return _FromOutside()
    except ValidationError as error:
        raise SettingsRefused([_spoken(problem) for problem in error.errors(include_input=False)]) from None
    except (OSError, ValueError) as error:  # a TOML file that cannot be read
        raise SettingsRefused([f"{PREFIX}CONFIG: {error}"]) from None


def _spoken(problem: Any) -> str:
    name = PREFIX + "__".join(str(part).upper() for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting."
    return f"{name}: {problem['msg']}."


def _unknown_names() -> list[str]:
    """pydantic-settings passes over a mistyped environment name at the top level, so it is checked here."""
    fields = {name.upper() for name in Settings.model_fields} | {"CONFIG"}
    tops = {name: name.removeprefix(PREFIX).split("__")[0] for name in os.environ if name.startswith(PREFIX)}
    return [
        f"{name}: there is no such setting."
        for name, top in sorted(tops.items())
        if top not in fields and top.removesuffix("_FILE") not in fields and not name.startswith(f"{PREFIX}TEST_")
    ]


def _config_file() -> list[str]:
    named = os.environ.get(f"{PREFIX}CONFIG")
    file = Path(named or "paylink.toml")
    if not file.is_file():
        return [f"{PREFIX}CONFIG: {named} does not exist."] if named else []
    try:
        bare = file.stat().st_mode & stat.S_IROTH and _holds_secret(tomllib.loads(file.read_text("utf-8")))
    except (OSError, ValueError):  # told when the settings are read from it
        return []
    told = f"{PREFIX}CONFIG: {file} holds secrets and can be read by everybody; take that right away (chmod o-r)."
    return [told] if bare else []


def _holds_secret(tree: dict[str, Any]) -> bool:
    parts = (part for part in tree.values() if isinstance(part, dict))
    return not _SECRETS.isdisjoint(tree) or any(map(_holds_secret, parts))


def _take_secret_files() -> list[str]:
    """`PAYLINK_X_FILE` names a file that holds PAYLINK_X; MAIL__CA_FILE is a setting of its own."""
    problems = []
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or not name.endswith("_FILE") or name == f"{PREFIX}MAIL__CA_FILE":
            continue
        file = Path(os.environ[name])
        try:
            if file.stat().st_mode & stat.S_IROTH:
                problems.append(f"{name}: {file} can be read by everybody; take that right away (chmod o-r).")
            os.environ[name.removesuffix("_FILE")] = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{name}: {file} cannot be read: {type(error).__name__}.")
        del os.environ[name]
    return problems
