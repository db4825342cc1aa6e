"""What a payer writes to the intake address reaches whoever made the link, and moves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.mail.pass_on import MOST_A_DAY
from handlers.ports import StaffLetter
from mailroom.mailbox import Folder
from models.link_states import LinkState
from models.tables import LinkEvent, PaymentLink, StaffMember
from tests.cast import NOOR, SAM
from tests.mailroom.office import fates
from tests.mailroom.reports import JANE
from tests.mailroom.test_bounces_intake import Mailed, mailed
from tests.mailroom.writing import AUTHSERV, staff_letter

pytestmark = pytest.mark.usefixtures("database")

VOUCHED = f"{AUTHSERV}; dmarc=pass header.from={JANE.partition('@')[2]}"
REFUSED = f"{AUTHSERV}; dmarc=fail header.from={JANE.partition('@')[2]}"


def wrote(at: Mailed, text: str = "I shall pay on Friday.", *, sender: str = JANE, **how: object) -> bytes:
    """Jane's answer to the request, addressed to the intake."""
    verdict, headers = str(how.pop("verdict", VOUCHED)), dict(how.pop("headers", {}))  # type: ignore[call-overload]  # str: str
    answered = {"In-Reply-To": f"<{at.message_ids[JANE]}>"} if how.pop("answers", True) else {}
    return staff_letter(
        "Re: Payment request",
        text,
        sender=sender,
        verdict=verdict,
        headers={**answered, **headers},
        **how,  # type: ignore[arg-type]  # staff_letter's own
    )


async def read(at: Mailed, *letters: bytes) -> list[StaffLetter]:
    return await at.office.read(*letters)


async def test_it_is_passed_on_by_mail_and_in_the_thread_and_never_obeyed() -> None:
    at = await mailed(by=SAM.by_mail())
    [told] = await read(at, wrote(at, f"cancel {at.link.reference}\n"))
    assert (told.to, told.reply_to) == (SAM.email, JANE)
    assert f"> cancel {at.link.reference}" in told.text
    assert "UNVERIFIED" not in told.text
    assert (await PaymentLink.get()).state is LinkState.OPEN
    assert at.office.folder(Folder.PROCESSED)
    assert await fates() == [("silent", f"passed on to whoever made {at.link.reference}")]


async def test_the_thread_tells_it_shortened_and_without_anything_to_click() -> None:
    at = await mailed()
    await read(at, wrote(at, "See https://evil.example/pay <!channel> " + "x" * 500))
    words = (await at.thread())[-1]
    assert words.startswith(f"The client wrote ({JANE}): “See … <!channel> xxx")
    assert len(words) < 400
    assert words.endswith("…”")


async def test_what_nobody_vouches_for_is_marked_and_has_no_way_back() -> None:
    """(T15)"""
    at = await mailed(by=SAM.by_mail())
    [told] = await read(at, wrote(at, "Pay here instead: https://evil.example/x", verdict=REFUSED))
    assert told.subject.endswith("(unverified)")
    assert "UNVERIFIED" in told.text
    assert "evil.example" not in told.text
    assert told.reply_to == ""
    event = await LinkEvent.get(kind="client_wrote")
    assert event.detail["verified"] is False


async def test_a_letter_that_names_none_of_ours_is_known_by_its_vouched_address() -> None:
    at = await mailed(by=SAM.by_mail())
    assert len(await read(at, wrote(at, answers=False))) == 1
    assert await read(at, wrote(at, "Other words.", answers=False, verdict=REFUSED)) == []
    assert (await fates())[-1][0] == "aside"


async def test_whoever_answers_from_another_address_is_said_not_to_have_had_the_request() -> None:
    at = await mailed(by=SAM.by_mail())
    letter = wrote(at, sender="boss@client.example", verdict=f"{AUTHSERV}; dmarc=pass header.from=client.example")
    [told] = await read(at, letter)
    assert "The request was not mailed to boss@client.example." in told.text


async def test_only_the_new_words_are_passed_on_and_files_are_counted() -> None:
    at = await mailed(by=SAM.by_mail())
    quoted = "On Mon, Nov 23, 2026 at 10:00 AM Harbor & Finch LLP <pay@harborfinch.example> wrote:\n> Dear Jane"
    text = f"Paid by bank.\n\n{quoted}"
    [told] = await read(at, wrote(at, text, files=[("proof.pdf", "application/pdf", b"%PDF-1.7")]))
    assert "> Paid by bank." in told.text
    assert "Dear Jane" not in told.text
    assert "1 file, not passed on" in told.text
    assert told.attachments == ()


async def test_a_card_number_is_not_passed_on() -> None:
    """(T21)"""
    at = await mailed(by=SAM.by_mail())
    [told] = await read(at, wrote(at, "Charge 4242 4242 4242 4242 please"))
    assert "4242" not in told.text
    assert "4242" not in str((await LinkEvent.get(kind="client_wrote")).detail)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"X-Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"List-Id": "<all.client.example>"},
        {"Return-Path": "<>"},
    ],
)
async def test_machines_and_lists_are_not_passed_on(headers: dict[str, str]) -> None:
    """(T17)"""
    at = await mailed(by=SAM.by_mail())
    assert await read(at, wrote(at, headers=headers)) == []
    assert not await LinkEvent.filter(kind="client_wrote").exists()


async def test_a_forged_letter_of_our_own_people_is_not_passed_on() -> None:
    """(T15)"""
    at = await mailed(by=SAM.by_mail())
    forged = wrote(
        at, "Refund it all.", sender=SAM.email, verdict=f"{AUTHSERV}; dmarc=fail header.from=harborfinch.example"
    )
    assert await read(at, forged) == []
    assert not await LinkEvent.filter(kind="client_wrote").exists()


async def test_so_many_a_day_and_no_more() -> None:
    """(T17)"""
    at = await mailed(by=SAM.by_mail())
    told = await read(at, *(wrote(at, f"Letter {number}") for number in range(MOST_A_DAY + 3)))
    assert len(told) == MOST_A_DAY
    assert len(at.office.folder(Folder.PROCESSED)) == MOST_A_DAY + 3
    at.office.around.clock.tick(timedelta(days=1))
    assert len(await read(at, wrote(at, "The next day"))) == 1


async def test_the_same_letter_is_passed_on_once_whatever_number_it_bears() -> None:
    """(F22)"""
    at = await mailed(by=SAM.by_mail())
    letter = wrote(at)
    assert len(await read(at, letter)) == 1
    assert await read(at, letter, letter) == []


async def test_what_was_passed_on_and_comes_back_stays_where_it_is() -> None:
    """A rule that forwards the creator's mail to the intake makes no loop."""
    at = await mailed(by=SAM.by_mail())
    [told] = await read(at, wrote(at))
    forwarded = staff_letter(
        told.subject, told.text, message_id=told.message_id, headers={"Auto-Submitted": "auto-generated"}
    )
    assert await read(at, forwarded) == []
    assert await LinkEvent.filter(kind="client_wrote").count() == 1


async def test_a_stranger_who_was_never_written_to_is_set_aside() -> None:
    at = await mailed(by=SAM.by_mail())
    letter = wrote(
        at,
        answers=False,
        sender="max@elsewhere.example",
        verdict=f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example",
    )
    assert await read(at, letter) == []
    assert at.office.folder(Folder.QUARANTINE)


async def test_where_the_maker_has_left_the_firms_own_address_hears_of_it() -> None:
    at = await mailed(by=SAM.by_mail())
    await StaffMember.filter(email=SAM.email).update(active=False)
    [to_admins] = await read(at, wrote(at))
    assert (to_admins.to, to_admins.subject) == (NOOR.email, "Paylink needs you")
    at.office.around.firm = replace(at.office.around.firm, reply_to="billing@harborfinch.example")
    told = await read(at, wrote(at, "Again"))
    assert {one.to for one in told} == {"billing@harborfinch.example", NOOR.email}
