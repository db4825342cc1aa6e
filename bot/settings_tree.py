"""The settings as a tree (SPEC section 2). bot.settings reads them from outside, bot.settings_rules judges them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from handlers.firm import Account, Firm
from handlers.jobs.worker import WAITS

PREFIX = "PAYLINK_"
Words = Annotated[tuple[str, ...], NoDecode]  # comma-separated in the environment, a list in the file


def _split(value: object) -> object:
    """The words without the blank ones: a blank admin would be everybody without a mail address."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        return value
    return tuple(word.strip() for word in words if word.strip())


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
    oauth_token_url: str = ""
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_refresh_token: SecretStr = SecretStr("")
    oauth_scope: str = ""
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
    min_score: float | None = Field(None, ge=0, le=1)  # set: the site key is one of reCAPTCHA v3


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
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *others: Any, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # nothing from outside: that is bot.settings' work

    @classmethod
    def of(cls, tree: dict[str, Any]) -> Settings:
        """Settings from values alone: the sandbox's own, and the benchmarks'."""
        return cls(**tree)

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
            captcha_provider=self.captcha.provider,
        )
