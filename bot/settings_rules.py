"""Which settings are unsafe or incomplete (B64), each said with its name, how to mend it, and without any secret."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import SecretStr

from bot.settings_tree import PREFIX, Settings
from models.currencies import CURRENCIES
from paypage.checkout_hosts import checkout_origin

SANDBOX_MARK = "sandbox"  # every key and token of the sandbox holds it, so that `run` can refuse them
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Each long enough that no random key holds it by chance, as one of three hundred holds "xxx".
_PLACEHOLDER = re.compile(r"change.?me|your[-_ ]|your(secret|key|token)|example|placeholder|x{5}|\.\.\.", re.IGNORECASE)


def problems_of(settings: Settings) -> list[str]:
    """Every reason not to start with these settings."""
    return [
        *_about_the_web(settings),
        *_about_slack(settings),
        *_about_accounts(settings),
        *_about_mail(settings),
        *_about_captcha(settings),
        *_about_the_rest(settings),
    ]


def _about_the_web(settings: Settings) -> list[str]:
    problems = []
    url = _parts(settings.public_url)
    if not settings.public_url:
        problems.append(f"{PREFIX}PUBLIC_URL is missing: the base of every link, e.g. https://pay.example.com")
    elif not _protected(settings.public_url):
        problems.append(f"{PREFIX}PUBLIC_URL must begin with https:// (http:// only on loopback).")
    elif not url.hostname or url.query or url.fragment or url.username:
        problems.append(f"{PREFIX}PUBLIC_URL must be a plain address such as https://pay.example.com")
    if not _protected(settings.stripe.api_url):
        problems.append(f"{PREFIX}STRIPE__API_URL must begin with https:// (http:// only on loopback).")
    return problems + _checkout_hosts(settings.stripe.checkout_hosts)


def _checkout_hosts(hosts: Sequence[str]) -> list[str]:
    name = f"{PREFIX}STRIPE__CHECKOUT_HOSTS"
    problems = [] if hosts else [f"{name} names no host, so nobody could pay."]
    for host in hosts:
        try:
            checkout_origin(host)
        except ValueError:
            problems.append(f"{name}: {host} is neither a host name nor http://127.0.0.1:PORT")
    return problems


def _parts(url: str) -> SplitResult:
    """The parts of a URL; all blank where it is none. Python's own error would quote a part of the password."""
    try:
        found = urlsplit(url)
        _ = found.port  # raises where it is none
    except ValueError:
        return urlsplit("")
    return found


def _protected(url: str) -> bool:
    """By https, or on this machine."""
    parts = _parts(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _about_slack(settings: Settings) -> list[str]:
    slack, problems = settings.slack, list[str]()
    if not slack.on:
        if not settings.mail.on:
            problems.append(f"{PREFIX}SLACK__BOT_TOKEN is missing, and so is the mail front: staff could not ask.")
        return problems
    problems += _secret("SLACK__BOT_TOKEN", slack.bot_token, "xoxb-", 20)
    if slack.socket_mode:
        problems += _secret("SLACK__APP_TOKEN", slack.app_token, "xapp-", 20)
    else:
        problems += _secret("SLACK__SIGNING_SECRET", slack.signing_secret, "", 16)
    if not slack.team_id:
        problems.append(f"{PREFIX}SLACK__TEAM_ID is missing: only people of that workspace are served.")
    if not _protected(slack.api_url):
        problems.append(f"{PREFIX}SLACK__API_URL must begin with https:// (http:// only on loopback).")
    return problems


def _secret(name: str, value: SecretStr, begins: str, least: int) -> list[str]:
    secret = value.get_secret_value()
    if not secret:
        return [f"{PREFIX}{name} is missing."]
    if SANDBOX_MARK in secret:
        return [f"{PREFIX}{name} is the sandbox's own; `paylink run` needs the real one."]
    if _PLACEHOLDER.search(secret) or len(set(secret)) < 4:
        return [f"{PREFIX}{name} is a placeholder, not a real secret."]
    if not secret.startswith(begins):
        return [f"{PREFIX}{name} must begin with {begins}"]
    if len(secret) < least or secret != secret.strip():
        return [f"{PREFIX}{name} is too short or has spaces around it: copy it whole."]
    return []


def _about_accounts(settings: Settings) -> list[str]:
    problems = []
    if not settings.accounts:
        problems.append(f"{PREFIX}ACCOUNTS__<KEY>__SECRET_KEY: at least one merchant account is needed.")
    modes = set()
    for key, account in settings.accounts.items():
        name = f"ACCOUNTS__{key.upper()}"
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", key.lower()):
            problems.append(f"{PREFIX}{name}: a key has letters, digits, - and _ only.")
        secret = account.secret_key.get_secret_value()
        problems += _secret(
            f"{name}__SECRET_KEY", account.secret_key, secret[:3] if secret[:3] in ("sk_", "rk_") else "sk_", 16
        )
        modes.add("live" if "_live_" in secret else "test")
        if len(account.webhook_secrets) > 2:
            problems.append(f"{PREFIX}{name}__WEBHOOK_SECRET holds more than two secrets.")
        for part in account.webhook_secrets or ("",):
            problems += _secret(f"{name}__WEBHOOK_SECRET", SecretStr(part), "whsec_", 16)
        if account.currency and account.currency.upper() not in CURRENCIES:
            problems.append(f"{PREFIX}{name}__CURRENCY: {account.currency} is no currency that Stripe charges.")
    if len(modes) > 1:
        problems.append(f"{PREFIX}ACCOUNTS: live and test keys must not be mixed.")
    return problems


def _about_mail(settings: Settings) -> list[str]:
    mail, problems = settings.mail, list[str]()
    if not mail.on:
        return problems
    problems += _mail_url(
        "MAIL__IMAP_URL", mail.imap_url, ("imaps", "imap+starttls", "imap"), bool(mail.oauth_token_url)
    )
    problems += _mail_url("MAIL__SMTP_URL", mail.smtp_url, ("smtps", "smtp+starttls", "smtp"))
    if not (mail.address.isascii() and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", mail.address)):
        problems.append(f"{PREFIX}MAIL__ADDRESS must be the intake address, e.g. pay@firm.example")
    if not mail.authserv_id:
        problems.append(f"{PREFIX}MAIL__AUTHSERV_ID is missing: without it no sender can be believed.")
    if mail.ca_file and not Path(mail.ca_file).is_file():
        problems.append(f"{PREFIX}MAIL__CA_FILE: {mail.ca_file} does not exist.")
    return problems + _about_mail_tokens(settings)


def _about_mail_tokens(settings: Settings) -> list[str]:
    """XOAUTH2 instead of passwords: all of it or none."""
    mail, problems = settings.mail, list[str]()
    secrets = (mail.oauth_client_secret.get_secret_value(), mail.oauth_refresh_token.get_secret_value())
    if not mail.oauth_token_url:
        if mail.oauth_client_id or any(secrets) or mail.oauth_scope:
            problems.append(f"{PREFIX}MAIL__OAUTH_TOKEN_URL is missing: the other OAUTH settings need it.")
        return problems
    if not _protected(mail.oauth_token_url):
        problems.append(f"{PREFIX}MAIL__OAUTH_TOKEN_URL must begin with https:// (http:// only on loopback).")
    if not mail.oauth_client_id:
        problems.append(f"{PREFIX}MAIL__OAUTH_CLIENT_ID is missing.")
    if not any(secrets):
        problems.append(
            f"{PREFIX}MAIL__OAUTH_REFRESH_TOKEN or __OAUTH_CLIENT_SECRET is missing: one of them is needed."
        )
    urls = [_parts(url.get_secret_value()) for url in (mail.imap_url, mail.smtp_url)]
    if all(url.password for url in urls):
        problems.append(f"{PREFIX}MAIL__OAUTH_TOKEN_URL is of no use while both mail URLs hold a password.")
    if any(url.hostname and not url.username for url in urls):
        problems.append(f"{PREFIX}MAIL__OAUTH_TOKEN_URL: the mail URLs must name the user the tokens are for.")
    return problems


def _mail_url(name: str, value: SecretStr, schemes: tuple[str, ...], tokens: bool = False) -> list[str]:
    if not value.get_secret_value():
        return [f"{PREFIX}{name} is missing."]
    url = _parts(value.get_secret_value())
    if url.scheme not in schemes or not url.hostname:
        return [f"{PREFIX}{name} must begin with {' or '.join(f'{s}://' for s in schemes[:2])} and name a host."]
    if url.scheme == schemes[-1] and url.hostname not in _LOOPBACK:
        return [f"{PREFIX}{name}: {url.scheme}:// sends passwords in the clear; it is for loopback only."]
    if "imap" in url.scheme and not (url.username and (tokens or unquote(url.password or ""))):
        return [f"{PREFIX}{name} must name a user and a password (percent-encoded)."]
    return []


def _about_captcha(settings: Settings) -> list[str]:
    captcha, problems = settings.captcha, list[str]()
    if captcha.provider == "none":  # switched off; its keys may stay
        return []
    if captcha.provider == "altcha":  # needs no key; one that is there must be a secret
        given = captcha.secret_key.get_secret_value()
        return _secret("CAPTCHA__SECRET_KEY", captcha.secret_key, "", 16) if given else []
    if not captcha.site_key:
        problems.append(f"{PREFIX}CAPTCHA__SITE_KEY is missing: {captcha.provider} shows nothing without it.")
    elif not re.fullmatch(r"[A-Za-z0-9_-]{10,100}", captcha.site_key):
        problems.append(f"{PREFIX}CAPTCHA__SITE_KEY is no key: it has letters, digits, - and _ only.")
    problems += _secret("CAPTCHA__SECRET_KEY", captcha.secret_key, "", 16)
    if captcha.verify_url and not _protected(captcha.verify_url):
        problems.append(f"{PREFIX}CAPTCHA__VERIFY_URL must begin with https:// (http:// only on loopback).")
    if captcha.min_score is not None and captcha.provider != "recaptcha":
        problems.append(f"{PREFIX}CAPTCHA__MIN_SCORE is for recaptcha; the provider is {captcha.provider}.")
    return problems


def _about_the_rest(settings: Settings) -> list[str]:
    problems = []
    if not settings.firm.name.strip() or not settings.firm.name.isprintable():
        problems.append(f"{PREFIX}FIRM__NAME must be one line of text: it stands in the head of every letter.")
    if not settings.admins:
        problems.append(f"{PREFIX}ADMINS is missing: name at least one Slack user id or mail address.")
    try:
        ZoneInfo(settings.firm.timezone)
    except (KeyError, ValueError, OSError):
        problems.append(f"{PREFIX}FIRM__TIMEZONE: {settings.firm.timezone} is no time zone such as America/New_York.")
    try:
        Locale.parse(settings.firm.locale)
    except (UnknownLocaleError, ValueError):
        problems.append(f"{PREFIX}FIRM__LOCALE: {settings.firm.locale} is no locale such as en_US.")
    if settings.firm.currency.upper() not in CURRENCIES:
        problems.append(f"{PREFIX}FIRM__CURRENCY: {settings.firm.currency} is no currency that Stripe charges.")
    if any(not re.fullmatch(r"[0-9]{1,7}", wait) for wait in settings.jobs.retry):
        problems.append(f"{PREFIX}JOBS__RETRY must be whole seconds, comma-separated.")
    for network in settings.trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError:
            problems.append(f"{PREFIX}TRUSTED_PROXIES: {network} is no network such as 10.0.0.0/8.")
    return problems + _about_the_database(settings.database_url.get_secret_value())


def _about_the_database(url: str) -> list[str]:
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        return []
    if scheme != "sqlite" or not rest:
        return [f"{PREFIX}DATABASE_URL must begin with sqlite:// or postgres://"]
    folder = Path(unquote(rest)).absolute().parent
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return [f"{PREFIX}DATABASE_URL: the folder {folder} does not exist or cannot be written."]
    return []
