"""The only reader of the environment and the settings file; tells all problems at once."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.settings_rules import PREFIX, problems_of
from handlers.firm import Account, Firm
from handlers.jobs.worker import WAITS

Words = Annotated[tuple[str, ...], NoDecode]  # comma-separated in the environment, a list in the file


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FirmPart(_Part):
    name: str = "Paylink"
    timezone: str = "UTC"
    locale: str = "en_US"
    currency: str = "USD"


class SlackPart(_Part):
    bot_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    team_id: str = ""
    api_url: str = "https://slack.com/api/"

    @property
    def on(self) -> bool:
        return bool(self.bot_token.get_secret_value())

    @property
    def socket_mode(self) -> bool:
        return bool(self.app_token.get_secret_value())


class StripePart(_Part):
    api_url: str = "https://api.stripe.com"
    checkout_hosts: Words = ("checkout.stripe.com",)

    _split = field_validator("checkout_hosts", mode="before")(_split)


class AccountPart(_Part):
    name: str = ""
    secret_key: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    currency: str = ""
    kind: Literal["operating", "trust"] = "operating"

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """One, or two while rotating."""
        return tuple(part.strip() for part in self.webhook_secret.get_secret_value().split(",") if part.strip())


class MailPart(_Part):
    imap_url: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")
    address: str = ""
    authserv_id: str = ""
    ca_file: str = ""
    poll: float = Field(60, gt=0)
    timeout: float = Field(60, gt=0)

    @property
    def on(self) -> bool:
        return bool(self.imap_url.get_secret_value() or self.smtp_url.get_secret_value())


class JobsPart(_Part):
    poll: float = Field(1, gt=0)
    reconcile: float = Field(600, gt=0)
    retry: Words = tuple(str(wait) for wait in WAITS)

    _split = field_validator("retry", mode="before")(_split)

    @property
    def waits(self) -> tuple[int, ...]:
        """The waits between tries, seconds; a list that ends before the twelfth try goes on with its last."""
        named = [int(wait) for wait in self.retry if wait.isdigit()] or list(WAITS)
        return tuple(named + [named[-1]] * (len(WAITS) - len(named)))


class CaptchaPart(_Part):
    provider: Literal["none", "altcha", "recaptcha", "hcaptcha", "turnstile"] = "none"
    site_key: str = ""
    secret_key: SecretStr = SecretStr("")
    verify_url: str = ""


class Settings(BaseSettings):
    """SPEC section 2, as a tree."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database_url: SecretStr = SecretStr("sqlite://paylink.db")
    admins: Words = ()
    trusted_proxies: Words = ()
    firm: FirmPart = FirmPart()
    slack: SlackPart = SlackPart()
    stripe: StripePart = StripePart()
    accounts: dict[str, AccountPart] = Field(default_factory=dict)
    mail: MailPart = MailPart()
    jobs: JobsPart = JobsPart()
    captcha: CaptchaPart = CaptchaPart()

    _split = field_validator("admins", "trusted_proxies", mode="before")(_split)

    @classmethod
    def of(cls, tree: dict[str, Any]) -> Settings:
        """Settings from a tree alone, without environment or file: the sandbox's own, and tests'."""
        return _Given(**tree)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get(f"{PREFIX}CONFIG")
        file = Path(named or "paylink.toml")
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file))

    def firm_facts(self) -> Firm:
        """The firm as the operations see it."""
        return Firm(
            name=self.firm.name,
            public_url=self.public_url.rstrip("/"),
            timezone=self.firm.timezone,
            locale=self.firm.locale,
            currency=self.firm.currency.upper(),
            accounts={
                key.lower(): Account(
                    key.lower(),
                    part.name or key.title(),
                    part.kind,
                    (part.currency or self.firm.currency).upper(),
                )
                for key, part in self.accounts.items()
            },
            admins=frozenset(admin if "@" not in admin else admin.lower() for admin in self.admins),
            intake_address=self.mail.address,
        )


class _Given(Settings):
    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *others: Any, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


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


def _validated() -> Settings:
    try:
        return Settings()
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
    return [f"{PREFIX}CONFIG: {named} does not exist."] if named and not Path(named).is_file() else []


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
