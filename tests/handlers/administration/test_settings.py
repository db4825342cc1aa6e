"""Settings that admins change while the product runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.administration.live_firm import refresh
from handlers.answers import LinkMade, Overview, Refusal
from handlers.desk import Desk
from handlers.firm import DEFAULT_MESSAGE, FirmBook
from handlers.firm_trail import verify_firm_trail
from handlers.people.add_staff import add_staff
from handlers.requests import Role
from models.money import Money
from models.tables import DisclaimerVersion, FirmEvent, FirmSetting, Job
from tests.cast import FIRM, NOOR, SAM, Surroundings

pytestmark = pytest.mark.usefixtures("database")


async def said(around: Surroundings, text: str) -> Overview:
    answer = await Desk(around.ports).hear(NOOR.in_slack(), text)
    assert isinstance(answer, Overview), answer
    return answer


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        ("settings firm name Finch & Daughters", "name", "Finch & Daughters"),
        ("settings name: Finch", "name", "Finch"),
        ('settings message "Please pay, with thanks."', "message", "Please pay, with thanks."),
        ("settings default message Pay.", "message", "Pay."),
        ("settings disclaimer First line.\nSecond line.", "disclaimer", "First line.\nSecond line."),
        ("settings link days 60", "link_days", 60),
        ("settings LINK-DAYS: 14 days", "link_days", 14),
        (
            "settings reply-to <mailto:Billing@Firm.example|Billing@Firm.example>",
            "reply_to",
            "Billing@firm.example",
        ),
        ("settings receipt copy books@firm.example", "receipt_copy", "books@firm.example"),
        ("settings contact +1 212 555 0100", "contact", "+1 212 555 0100"),
        ("settings locale de-DE", "locale", "de_DE"),
        ("settings usual account Trust", "usual_account", "trust"),
        ("settings default account: operating", "usual_account", "operating"),
        ("settings file encoding Windows-1250", "sheet_encoding", "cp1250"),
        ("settings encoding: shift-jis", "sheet_encoding", "shift_jis"),
        ('settings message "default"', "message", "default"),
        ("settings colour 0F5B4F", "colour", "#0f5b4f"),
        ("settings color #a11", "colour", "#aa1111"),
        ("settings partial payments yes", "partial", "allowed"),
        ("settings captcha no", "captcha", "off"),
        ("settings approval limit $5,000", "approval_limit", Money(500_000, "USD")),
        ("settings approval-limit: 900 EUR", "approval_limit", Money(90_000, "EUR")),
    ],
)
async def test_a_setting_holds_at_once_here_and_after_a_refresh_on_every_replica(
    command: str, field: str, value: object
) -> None:
    """(F9) And is as the operator left it when it is taken back."""
    around, replica = Surroundings(), FirmBook(FIRM)
    await said(around, command)
    assert getattr(around.ports.firm, field) == value
    assert getattr(replica.firm, field) != value
    await refresh(replica)
    assert getattr(replica.firm, field) == value
    name = str((await FirmEvent.get()).detail["what"])
    await said(around, f"settings {name} default")
    assert getattr(around.ports.firm, field) == getattr(FIRM, field)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("settings link days 0", "whole number from 1 to 366"),
        ("settings link days 367", "whole number from 1 to 366"),
        ("settings link days -5", "whole number from 1 to 366"),
        ("settings link days ٣", "whole number from 1 to 366"),
        ("settings locale english", "no locale"),
        ("settings locale xx_YY", "no locale"),
        ("settings locale bgn_PK", "no locale"),  # its decimal sign is on no keyboard here
        ("settings usual account escrow", "The accounts are: operating, trust"),
        ("settings file encoding utf-7", "no encoding that lists are read in"),
        ("settings file encoding idna", "Windows-1250, ISO-8859-2"),
        ("settings reply to nobody", "not an e-mail address"),
        ("settings receipt copy a@b@c", "not an e-mail address"),
        (f"settings message {'x' * 501}", "too long (max 500)"),
        (f"settings firm name {'x' * 121}", "too long (max 120)"),
        ('settings disclaimer ""', "settings disclaimer default"),
        ("settings wallpaper blue", "The settings are: firm name"),
        ("settings colour blue", "“blue” is no colour"),
        ("settings colour #00a0f", "is no colour"),
        ("settings colour #ffd700", "White words on #ffd700 cannot be read well (contrast 1.4:1, and 4.5:1"),
        ("settings colour #777777", "contrast 4.4:1"),
        ("settings approval limit lots", "not a number: lots"),
        ("settings approval limit -5", "more than 0"),
        ("settings partial sometimes", "`settings partial allowed` or `settings partial off`"),
        ("settings captcha on", "PAYLINK_CAPTCHA__PROVIDER"),
        ("settings captcha perhaps", "`settings captcha on` or `settings captcha off`"),
        ("settings lnk days 5", "Did you mean `link days`?"),
        ("settings message my card is 4242 4242 4242 4242", "card number"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_with_the_right_form_and_nothing_is_kept(
    command: str, why: str
) -> None:
    around = Surroundings()
    answer = await Desk(around.ports).hear(NOOR.in_slack(), command)
    assert isinstance(answer, Refusal), answer
    assert why in answer.sentence
    assert await FirmSetting.all().count() == 0
    assert await DisclaimerVersion.all().count() == 0
    assert around.ports.firm == FIRM


async def test_settings_shows_every_one_with_its_value_and_one_alone_when_named() -> None:
    around = Surroundings()
    await said(around, "settings link days 60")
    shown = {line.name: line for line in (await said(around, "settings")).lines}
    assert {"firm name", "message", "disclaimer", "link days", "reply to", "receipt copy", "contact", "locale"} <= set(
        shown
    )
    assert (shown["link days"].value, shown["firm name"].value) == ("60", FIRM.name)
    assert shown["message"].value == DEFAULT_MESSAGE
    assert shown["message"].about.endswith("the usual")
    assert [line.value for line in (await said(around, "settings link days")).lines] == ["60"]


async def test_a_change_is_told_to_all_admins_with_before_and_after_and_stands_in_the_trail() -> None:
    around = Surroundings()
    await add_staff(SAM.name, Role.ADMIN, SAM.slack_id, SAM.email)
    await said(around, "settings link days 60")
    told = {str(job.payload["to"]): str(job.payload["words"]) for job in await Job.filter(kind="tell_admins")}
    assert set(told) == {"U0NOOR", "noor@harborfinch.example", "U0SAM"}
    assert set(told.values()) == {"Noor Haddad changed link days: “60”. Before: “90”."}
    event = await FirmEvent.get()
    assert (event.who, event.door, event.kind) == ("U0NOOR", "slack", "setting")
    assert event.detail == {"name": "Noor Haddad", "what": "link days", "before": "90", "after": "60"}
    assert await verify_firm_trail() == (1, ())


async def test_the_same_value_again_changes_and_tells_nothing() -> None:
    """(M13) Also what a repeated delivery comes to."""
    around = Surroundings()
    await said(around, "settings link days 60")
    assert (await said(around, "settings link days 60")).title == "Nothing changed"
    assert await FirmEvent.all().count() == 1


async def test_every_disclaimer_there_ever_was_is_kept_under_its_number() -> None:
    """(F6) One that is taken back is a version, too: of nothing."""
    around = Surroundings()
    for words in ("disclaimer One.", "disclaimer Two.", "disclaimer default", "disclaimer Two."):
        await said(around, f"settings {words}")
    versions = await DisclaimerVersion.all().order_by("id")
    assert [version.text for version in versions] == ["One.", "Two.", "", "Two."]
    assert around.ports.firm.disclaimer_version == versions[-1].id
    assert (await said(around, "settings disclaimer")).lines[0].about.endswith(f"version {versions[-1].id}")


async def test_a_new_lifetime_is_that_of_links_made_from_then_on() -> None:
    around = Surroundings()
    await said(around, "settings link days 5")
    made = await Desk(around.ports).hear(SAM.in_slack(), "create 100 account operating")
    assert isinstance(made, LinkMade)
    assert made.card.expires_at is not None
    assert around.ports.firm.last_day(made.card.expires_at).isoformat() == "2026-11-28"


async def test_a_stored_value_that_this_version_does_not_take_leaves_the_operators() -> None:
    await FirmSetting.create(name="firm.link days", value="for ever")
    await FirmSetting.create(name="firm.contact", value="+1 212 555 0100")
    book = FirmBook(FIRM)
    await refresh(book)
    assert book.firm == replace(FIRM, contact="+1 212 555 0100")


async def test_a_refresh_without_a_change_leaves_the_very_firm() -> None:
    """So that nothing is printed anew."""
    book = FirmBook(FIRM)
    await refresh(book)
    assert book.firm is FIRM
