"""Which values no log may show."""

from __future__ import annotations

from bot.settings import Settings
from mailroom.mail_server import MailServer


def known_secrets(settings: Settings) -> list[str]:
    """Every configured secret, so that the logs can mask it wherever it turns up."""
    slack, mail = settings.slack, settings.mail
    hidden = [slack.bot_token, slack.signing_secret, slack.app_token, mail.imap_url, mail.smtp_url]
    hidden += [settings.database_url, settings.captcha.secret_key, mail.oauth_client_secret, mail.oauth_refresh_token]
    hidden += [account.secret_key for account in settings.accounts.values()]
    secrets = [value.get_secret_value() for value in hidden]
    secrets += [secret for account in settings.accounts.values() for secret in account.webhook_secrets]
    mail_urls = [url.get_secret_value() for url in (mail.imap_url, mail.smtp_url)]
    secrets += [MailServer.of(url).password for url in mail_urls if url]
    return [secret for secret in secrets if secret and not secret.startswith("sqlite:")]
