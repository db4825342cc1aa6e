"""Settings: read from environment, file and secret files; refused with every problem at once and no secret in any."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import settings
from bot.__main__ import main
from bot.known_secrets import known_secrets

GOOD = {
    "PUBLIC_URL": "https://pay.harborfinch.com",
    "ADMINS": "U0NOOR,noor@harborfinch.com",
    "SLACK__BOT_TOKEN": "xoxb-7204518936-kQ9vLm2XzT",
    "SLACK__SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "SLACK__TEAM_ID": "T0HARBOR",
    "ACCOUNTS__OPERATING__SECRET_KEY": "sk_live_51HqLyjWDarjtT1zdp7dc",
    "ACCOUNTS__OPERATING__WEBHOOK_SECRET": "whsec_9tZp4fT0qkLm3x8V",
    "MAIL__IMAP_URL": "imaps://pay%40harborfinch.com:s3cr%2Fet@imap.harborfinch.com/INBOX",
    "MAIL__SMTP_URL": "smtp+starttls://pay%40harborfinch.com:s3cr%2Fet@smtp.harborfinch.com",
    "MAIL__ADDRESS": "pay@harborfinch.com",
    "MAIL__AUTHSERV_ID": "mx.harborfinch.com",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A complete set of settings in an otherwise empty environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(f"PAYLINK_{name}", value)
    return monkeypatch


def problems() -> list[str]:
    with pytest.raises(settings.SettingsRefused) as refused:
        settings.load()
    return refused.value.problems


def test_complete_settings_are_taken_and_become_the_firm(given: pytest.MonkeyPatch) -> None:
    firm = settings.load().firm_facts()
    assert firm.page_url("x") == "https://pay.harborfinch.com/p/x"
    assert firm.admins == {"U0NOOR", "noor@harborfinch.com"}
    assert firm.accounts["operating"].currency == "USD"


@pytest.mark.parametrize("name", ["PUBLIC_URL", "ADMINS", "SLACK__SIGNING_SECRET", "SLACK__TEAM_ID"])
def test_what_is_missing_is_named(given: pytest.MonkeyPatch, name: str) -> None:
    """(B64)"""
    given.delenv(f"PAYLINK_{name}")
    assert any(f"PAYLINK_{name}" in problem for problem in problems())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://pay.harborfinch.com"),
        ("PUBLIC_URL", "pay.harborfinch.com"),
        ("PUBLIC_URL", "https://user@pay.harborfinch.com"),
        ("PUBLIC_URL", "https://[pay.harborfinch.com"),
        ("PUBLIC_URL", "https://pay.harborfinch.com:99999"),
        ("PORT", "eighty"),
        ("SLACK__SIGNING_SECRET", ""),
        ("SLACK__SIGNING_SECRET", "kQ9v"),
        ("SLACK__SIGNING_SECRET", "changeme-changeme-changeme"),
        ("SLACK__BOT_TOKEN", "xoxp-7204518936-kQ9vLm2XzT"),
        ("SLACK__BOT_TOKEN", "xoxb-sandbox-0123456789"),
        ("SLACK__API_URL", "http://slack.com/api/"),
        ("SLACK__API_URL", "https://[slack.com/api/"),
        ("SLACK__APP_TOKEN", "xoxb-not-an-app-token-at-all"),
        ("STRIPE__API_URL", "http://api.stripe.com"),
        ("STRIPE__CHECKOUT_HOSTS", "http://checkout.stripe.com"),
        ("STRIPE__CHECKOUT_HOSTS", "*.stripe.com"),
        ("STRIPE__CHECKOUT_HOSTS", "checkout.stripe.com; script-src *"),
        ("STRIPE__CHECKOUT_HOSTS", ","),
        ("ACCOUNTS__OPERATING__SECRET_KEY", "pk_live_51HqLyjWDarjtT1zdp7dc"),
        ("ACCOUNTS__OPERATING__WEBHOOK_SECRET", ""),
        ("ACCOUNTS__OPERATING__WEBHOOK_SECRET", "whsec_9tZp4fT0qkLm3x8V,whsec_2,whsec_3tZp4fT0qkLm3x8V"),
        ("ACCOUNTS__OPERATING__CURRENCY", "XYZ"),
        ("ACCOUNTS__TRUST__SECRET_KEY", "sk_test_51HqLyjWDarjtT1zdp7dc"),
        ("MAIL__IMAP_URL", "imap://pay:secret@imap.harborfinch.com"),
        ("MAIL__IMAP_URL", "imaps://imap.harborfinch.com"),
        ("MAIL__SMTP_URL", "smtp://smtp.harborfinch.com"),
        ("MAIL__SMTP_URL", "smtps://pay:secret@smtp.harborfinch.com:99999"),
        ("MAIL__ADDRESS", "pay"),
        ("MAIL__ADDRESS", "zahlüng@harborfinch.com"),
        ("MAIL__AUTHSERV_ID", ""),
        ("MAIL__CA_FILE", "/there/is/no/such/file.pem"),
        ("MAIL__OAUTH_TOKEN_URL", "https://login.example/token"),
        ("MAIL__OAUTH_CLIENT_SECRET", "hush-hush-hush"),
        ("FIRM__TIMEZONE", "Middle/Earth"),
        ("FIRM__LOCALE", "xx_YY"),
        ("FIRM__CURRENCY", "US"),
        ("FIRM__NAME", "Harbor & Finch\r\nBcc: eve@elsewhere.example"),
        ("FIRM__NAME", " "),
        ("JOBS__RETRY", "5,soon"),
        ("JOBS__RETRY", "5,²"),
        ("DATABASE_URL", "mysql://db"),
        ("DATABASE_URL", "sqlite:////there/is/no/such/folder/paylink.db"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("CAPTCHA__PROVIDER", "guess"),
        ("CAPTCHA__PROVIDER", "turnstile"),
        ("CAPTCHA__MIN_SCORE", "1.5"),
        ("PORTT", "80"),
        ("SLACK__TOKEN", "x"),
    ],
)
def test_what_is_unsafe_or_unknown_is_refused_by_name(given: pytest.MonkeyPatch, name: str, value: str) -> None:
    """(B64)"""
    given.setenv(f"PAYLINK_{name}", value)
    found = [problem for problem in problems() if name.rpartition("__")[0] in problem or name in problem]
    assert found
    if value and ("SECRET" in name or "TOKEN" in name):
        assert not any(value in problem for problem in found)


def test_all_problems_are_told_at_once_and_no_secret_in_any(given: pytest.MonkeyPatch) -> None:
    """(B64, T22)"""
    given.setenv("PAYLINK_PUBLIC_URL", "http://pay.harborfinch.com")
    given.setenv("PAYLINK_SLACK__SIGNING_SECRET", "hush-hush")
    given.setenv("PAYLINK_ACCOUNTS__OPERATING__SECRET_KEY", "not-a-key-but-still-secret")
    given.setenv("PAYLINK_NONSENSE", "1")
    told = "\n".join(problems())
    for name in ("PUBLIC_URL", "SIGNING_SECRET", "SECRET_KEY", "NONSENSE"):
        assert name in told
    assert "hush-hush" not in told
    assert "still-secret" not in told


WITH_TOKENS = {
    "MAIL__IMAP_URL": "imaps://pay%40harborfinch.com@outlook.office365.com/INBOX",
    "MAIL__SMTP_URL": "smtp+starttls://pay%40harborfinch.com@smtp.office365.com",
    "MAIL__OAUTH_TOKEN_URL": "https://login.microsoftonline.com/t/oauth2/v2.0/token",
    "MAIL__OAUTH_CLIENT_ID": "0b1e",
    "MAIL__OAUTH_CLIENT_SECRET": "hush-hush-hush",
    "MAIL__OAUTH_SCOPE": "https://outlook.office365.com/.default",
}


def test_tokens_may_take_the_place_of_the_mail_passwords(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "refresh"
    secret.write_text("long-lived\n")
    secret.chmod(0o600)
    for name, value in WITH_TOKENS.items():
        given.setenv(f"PAYLINK_{name}", value)
    given.setenv("PAYLINK_MAIL__OAUTH_REFRESH_TOKEN", "")  # reading the file sets it: so that it is taken back
    given.setenv("PAYLINK_MAIL__OAUTH_REFRESH_TOKEN_FILE", str(secret))
    read = settings.load()
    assert read.mail.oauth_refresh_token.get_secret_value() == "long-lived"
    assert {"hush-hush-hush", "long-lived"} <= set(known_secrets(read))
    assert "hush" not in repr(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL__OAUTH_TOKEN_URL", "http://login.microsoftonline.com/token"),
        ("MAIL__OAUTH_CLIENT_ID", ""),
        ("MAIL__OAUTH_CLIENT_SECRET", ""),
        ("MAIL__OAUTH_TOKEN_URL", ""),
        ("MAIL__IMAP_URL", "imaps://outlook.office365.com/INBOX"),
        ("MAIL__SMTP_URL", "smtp+starttls://smtp.office365.com"),
    ],
)
def test_half_of_what_tokens_need_is_refused(given: pytest.MonkeyPatch, name: str, value: str) -> None:
    for each, usual in (WITH_TOKENS | {name: value}).items():
        given.setenv(f"PAYLINK_{each}", usual)
    found = problems()
    assert any("MAIL__OAUTH" in problem for problem in found)
    assert not any("hush" in problem for problem in found)


@pytest.mark.parametrize("name", ["MAIL__IMAP_URL", "MAIL__SMTP_URL"])
def test_a_password_that_was_not_percent_encoded_is_not_told(given: pytest.MonkeyPatch, name: str) -> None:
    """(B64, T22) What stands before the # is then taken for a port, and Python's own error quotes it."""
    given.setenv(f"PAYLINK_{name}", f"{'imaps' if 'IMAP' in name else 'smtps'}://pay:hushhush#x@mail.harborfinch.com")
    told = problems()
    assert any(name in problem for problem in told)
    assert not any("hushhush" in problem for problem in told)


@pytest.mark.parametrize("key", ["sk_live_51HqLyjWXxXDarjtT1zdp7dc", "sk_live_51HqLyjWyOUrDarjtT1zdp7d"])
def test_a_random_key_that_happens_to_hold_a_word_is_no_placeholder(given: pytest.MonkeyPatch, key: str) -> None:
    """Three x stand in one random key of three hundred."""
    given.setenv("PAYLINK_ACCOUNTS__OPERATING__SECRET_KEY", key)
    assert settings.load().accounts


def test_a_blank_among_the_admins_makes_nobody_an_admin(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A person without a mail address would be one."""
    given.delenv("PAYLINK_ADMINS")
    (tmp_path / "paylink.toml").write_text('admins = ["", " U0NOOR "]\n')
    assert settings.load().firm_facts().admins == {"U0NOOR"}
    (tmp_path / "paylink.toml").write_text('admins = [""]\n')
    assert any("ADMINS" in problem for problem in problems())


def test_a_settings_file_with_secrets_that_everybody_can_read_is_refused(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """(T22)"""
    file = tmp_path / "paylink.toml"
    file.write_text(
        '[accounts.TRUST]\nsecret_key = "sk_live_51Another0000000"\nwebhook_secret = "whsec_7tZp4fT0qkLm3x8V"\n'
    )
    file.chmod(0o644)
    assert any("can be read by everybody" in problem for problem in problems())
    file.chmod(0o640)
    assert set(settings.load().firm_facts().accounts) == {"operating", "trust"}
    file.write_text("port = 9001\n")
    file.chmod(0o644)
    assert settings.load().port == 9001


def test_live_and_test_keys_are_not_mixed(given: pytest.MonkeyPatch) -> None:
    given.setenv("PAYLINK_ACCOUNTS__TRUST__SECRET_KEY", "sk_test_51HqLyjWDarjtT1zdp7dc")
    given.setenv("PAYLINK_ACCOUNTS__TRUST__WEBHOOK_SECRET", "whsec_7tZp4fT0qkLm3x8V")
    assert problems() == ["PAYLINK_ACCOUNTS: live and test keys must not be mixed."]


def test_a_secret_is_read_from_a_file_that_only_its_owner_can_read(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """(T22)"""
    file = tmp_path / "key"
    file.write_text("sk_live_51FromAFile0000000\n")
    file.chmod(0o600)
    given.delenv("PAYLINK_ACCOUNTS__OPERATING__SECRET_KEY")
    given.setenv("PAYLINK_ACCOUNTS__OPERATING__SECRET_KEY_FILE", str(file))
    key = settings.load().accounts["operating"].secret_key.get_secret_value()
    assert key == "sk_live_51FromAFile0000000"


def test_a_secret_file_that_everybody_can_read_is_refused(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """(T22)"""
    file = tmp_path / "key"
    file.write_text("sk_live_51FromAFile0000000")
    file.chmod(0o644)
    given.setenv("PAYLINK_ACCOUNTS__OPERATING__SECRET_KEY_FILE", str(file))
    assert "can be read by everybody" in problems()[0]


def test_the_file_is_read_and_the_environment_wins(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('port = 9001\n[firm]\nname = "From the file"\nlocale = "de_DE"\n')
    given.setenv("PAYLINK_CONFIG", str(tmp_path / "my.toml"))
    given.setenv("PAYLINK_FIRM__NAME", "From the environment")
    loaded = settings.load()
    assert (loaded.port, loaded.firm.name, loaded.firm.locale) == (9001, "From the environment", "de_DE")


@pytest.mark.parametrize("text", ["port = ", "nonsense = 1\n", "[slack]\nbot = 1\n"])
def test_a_broken_or_unknown_file_is_refused(given: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "paylink.toml").write_text(text)
    assert problems()


def test_a_named_file_that_is_not_there_is_refused(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.setenv("PAYLINK_CONFIG", str(tmp_path / "other.toml"))
    assert "does not exist" in problems()[0]


def test_the_program_ends_with_2_and_lists_the_problems(given: pytest.MonkeyPatch) -> None:
    given.delenv("PAYLINK_PUBLIC_URL")
    given.delenv("PAYLINK_ADMINS")
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code == 2
    assert "PAYLINK_PUBLIC_URL is missing" in result.output
    assert "PAYLINK_ADMINS is missing" in result.output


def test_unknown_parts_of_only_are_refused(given: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(main, ["run", "--only", "web,telegram"])
    assert result.exit_code == 2
    assert "--only takes" in result.output


def test_the_manifest_needs_no_complete_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAYLINK_PUBLIC_URL", "https://pay.harborfinch.com")
    result = CliRunner().invoke(main, ["slack-manifest"])
    assert result.exit_code == 0
    assert "https://pay.harborfinch.com/slack/events" in result.output


# ── the captcha ───────────────────────────────────────────────────────────────────────────────────────────────────────

CAPTCHA_KEYS = {"SITE_KEY": "6LcXyZ0123456789abcdefAB", "SECRET_KEY": "6LcSecretKey0123456789ab"}


def captcha(given: pytest.MonkeyPatch, provider: str, **named: str) -> None:
    given.setenv("PAYLINK_CAPTCHA__PROVIDER", provider)
    for name, value in named.items():
        given.setenv(f"PAYLINK_CAPTCHA__{name}", value)


@pytest.mark.parametrize("provider", ["recaptcha", "hcaptcha", "turnstile"])
def test_a_captcha_service_without_its_keys_is_refused_with_both_named(
    given: pytest.MonkeyPatch, provider: str
) -> None:
    """(B64, F7)"""
    captcha(given, provider)
    found = problems()
    assert [name in "".join(found) for name in ("CAPTCHA__SITE_KEY", "CAPTCHA__SECRET_KEY")] == [True, True]
    captcha(given, provider, **CAPTCHA_KEYS)
    assert settings.load().captcha.provider == provider


@pytest.mark.parametrize(
    ("provider", "named", "problem"),
    [
        ("turnstile", {"VERIFY_URL": "http://captcha.example/siteverify"}, "CAPTCHA__VERIFY_URL"),
        ("turnstile", {"MIN_SCORE": "0.5"}, "CAPTCHA__MIN_SCORE"),
        ("hcaptcha", {"SITE_KEY": 'x" onload="alert(1)'}, "CAPTCHA__SITE_KEY"),
        ("recaptcha", {"SECRET_KEY": "changeme-changeme-changeme"}, "CAPTCHA__SECRET_KEY"),
        ("altcha", {"SECRET_KEY": "kQ9v"}, "CAPTCHA__SECRET_KEY"),
    ],
)
def test_a_captcha_that_is_unsafe_is_refused_by_name(
    given: pytest.MonkeyPatch, provider: str, named: dict[str, str], problem: str
) -> None:
    """(B64)"""
    captcha(given, provider, **(CAPTCHA_KEYS | named))
    [told] = problems()
    assert problem in told
    assert not any(value in told for name, value in named.items() if name == "SECRET_KEY")


@pytest.mark.parametrize(
    ("provider", "named"),
    [
        ("altcha", {}),
        ("none", CAPTCHA_KEYS),
        ("recaptcha", {"MIN_SCORE": "0.5"} | CAPTCHA_KEYS),
        ("turnstile", {"VERIFY_URL": "http://127.0.0.1:9000/siteverify"} | CAPTCHA_KEYS),
    ],
)
def test_a_captcha_that_is_complete_is_taken(given: pytest.MonkeyPatch, provider: str, named: dict[str, str]) -> None:
    captcha(given, provider, **named)
    assert settings.load().captcha.provider == provider


def test_the_captchas_secret_is_masked_in_the_logs(given: pytest.MonkeyPatch) -> None:
    """(T22)"""
    captcha(given, "turnstile", **CAPTCHA_KEYS)
    assert CAPTCHA_KEYS["SECRET_KEY"] in known_secrets(settings.load())


@pytest.mark.parametrize(("provider", "taken"), [("altcha", "altcha"), ("turnstile", "none"), ("", "none")])
def test_the_sandbox_takes_the_captcha_that_needs_no_network(
    monkeypatch: pytest.MonkeyPatch, provider: str, taken: str
) -> None:
    monkeypatch.setenv("PAYLINK_CAPTCHA__PROVIDER", provider)
    assert settings.sandbox_captcha() == taken
