"""The ways out to Stripe, Slack, mail and a captcha service, as the settings say."""

from __future__ import annotations

from functools import lru_cache, partial
from urllib.parse import urlsplit

from bot.settings import Settings
from bot.slack.line import SlackKeys
from handlers.firm import FirmBook
from handlers.payments.human_check import use_answer
from handlers.ports import Clock, Ports
from mailroom.imap_mailbox import ImapMailbox
from mailroom.mail_server import MailServer
from mailroom.mail_tokens import Grant, MailTokens
from mailroom.smtp_sender import SmtpSender
from paypage.captcha import Captcha
from paypage.proof_of_work import ProofOfWork
from paypage.siteverify import SERVICES, SiteKeys, SiteVerify
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import StripeKeys


def stripe_keys(settings: Settings) -> dict[str, StripeKeys]:
    """What each merchant account is spoken for with."""
    return {
        key.lower(): StripeKeys(part.secret_key.get_secret_value(), part.webhook_secrets)
        for key, part in settings.accounts.items()
    }


def stripe_cards(settings: Settings, clock: Clock) -> StripeCards:
    """Stripe, with the key of every account."""
    stripe = settings.stripe
    return StripeCards(stripe_keys(settings), clock, stripe.api_url, stripe.checkout_hosts)


def slack_keys(settings: Settings) -> SlackKeys:
    """What Slack gave the operator."""
    slack = settings.slack
    return SlackKeys(
        bot_token=slack.bot_token.get_secret_value(),
        team_id=slack.team_id,
        api_url=slack.api_url,
        signing_secret=slack.signing_secret.get_secret_value(),
        app_token=slack.app_token.get_secret_value(),
    )


def smtp_sender(settings: Settings, book: FirmBook, clock: Clock) -> SmtpSender | None:
    """Mail out; None where the mail front is off."""
    mail = settings.mail
    if not mail.on:
        return None
    server = MailServer.of(mail.smtp_url.get_secret_value(), mail.ca_file)
    return SmtpSender(server, book, clock, mail.timeout, tokens=_tokens(settings, server))


def imap_mailbox(settings: Settings) -> ImapMailbox:
    """The intake mailbox."""
    mail = settings.mail
    server = MailServer.of(mail.imap_url.get_secret_value(), mail.ca_file)
    return ImapMailbox(server, mail.timeout, tokens=_tokens(settings, server))


def _tokens(settings: Settings, server: MailServer) -> MailTokens | None:
    """For a server whose URL names a user and no password, where tokens are set up."""
    mail = settings.mail
    if not mail.oauth_token_url or not server.user or server.password:
        return None
    grant = Grant(
        mail.oauth_token_url,
        mail.oauth_client_id,
        mail.oauth_client_secret.get_secret_value(),
        mail.oauth_refresh_token.get_secret_value(),
        mail.oauth_scope,
        mail.ca_file,
    )
    return _tokens_of(grant)


@lru_cache(maxsize=4)
def _tokens_of(grant: Grant) -> MailTokens:
    """One for IMAP and SMTP together: a token server may take back the older of two tokens."""
    return MailTokens(grant)


def captcha(settings: Settings, page_key: str, ports: Ports) -> Captcha | None:
    """The check of the pay form that is set up, if any."""
    part = settings.captcha
    if part.provider == "none":
        return None
    secret = part.secret_key.get_secret_value()
    if part.provider == "altcha":
        return ProofOfWork(page_key + secret, partial(use_answer, ports=ports), ports.clock)
    return siteverify(settings)


def siteverify(settings: Settings) -> SiteVerify:
    """The captcha service that is set up."""
    part = settings.captcha
    keys = SiteKeys(part.site_key, part.secret_key.get_secret_value(), part.verify_url, part.min_score)
    return SiteVerify(SERVICES[part.provider], keys, urlsplit(settings.public_url).hostname or "")
