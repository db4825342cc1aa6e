"""What a mailbox in the wrong hands cannot do: more than the caps, and whatever is done in Slack only (T16)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.answers import Decided, Refusal
from handlers.desk import Desk
from handlers.grammar import read_command
from handlers.help import help_text
from handlers.links.cancel_link import MOST_BY_MAIL
from handlers.people.roles import ALLOWED, Place
from handlers.requests import DecideProposal
from models.errors import PaylinkError
from models.money import Money
from models.tables import FirmEvent, FirmSetting, LinkProposal, PaymentLink, StaffMember
from tests.cast import FIRM, NOOR, ONE_ACCOUNT_FIRM, SAM, Person
from tests.handlers.houses import TWO
from tests.mailroom.office import Office, opened
from tests.mailroom.writing import File, staff_letter

pytestmark = pytest.mark.usefixtures("database")

CREATE = "create 120 jane@client.example for Jane Doe account operating"
FILE: File = (
    "november.csv",
    "text/csv",
    b"recipient name,amount,email address\nJane,120,jane@client.example\nBob,80,bob@client.example\n",
)


@pytest.fixture
async def office(database: str) -> Office:
    """Sam is known in Slack and by mail; a letter may ask for 1,000 dollars and for two links a day."""
    office = await opened()
    await StaffMember.filter(email=SAM.email).update(slack_id=SAM.slack_id)
    office.around.firm = replace(ONE_ACCOUNT_FIRM, mail_limit=Money(100_000, "USD"), mail_links=2)
    return office


async def write(office: Office, *subjects: str, sender: str = SAM.email, files: tuple[File, ...] = ()) -> list[str]:
    """The answers to letters, on one line each."""
    letters = [staff_letter(subject, sender=sender, files=files) for subject in subjects]
    came = [answer for answer in await office.read(*letters) if answer.to == sender]
    return [" ".join(answer.text.split()) for answer in came]


async def press(office: Office, who: Person, number: int = 1) -> str:
    answer = await Desk(office.around.ports).ask(who.in_slack(""), DecideProposal(number, approve=True))
    assert isinstance(answer, Decided | Refusal)
    await office.post()
    return answer.sentence


async def test_a_link_above_the_cap_of_mail_waits_for_its_makers_own_button_in_slack(office: Office) -> None:
    [answer] = await write(office, CREATE.replace("120", "1000.01"))
    assert answer.startswith("P-1 waits to be confirmed in Slack")
    assert "A link of $1,000.01 for Jane Doe, to Harbor & Finch Operating" in answer
    assert "above the $1,000.00 that a letter may ask for by itself" in answer
    assert "a button in Slack confirms it first: yours or an admin's" in answer
    assert "nothing was made or sent yet" in answer
    assert not await PaymentLink.exists()
    assert sorted(to for to, _ in office.around.poster.asked) == [NOOR.slack_id, SAM.slack_id]
    question = office.around.poster.asked[0][1].words
    assert f"It was asked for by mail, from {SAM.email}." in question
    assert "Its letter would go to jane@client.example." in question
    assert "Sam Okafor may approve it as well, if that letter is theirs." in question

    assert "Approved by Sam Okafor" in await press(office, SAM)
    link = await PaymentLink.get()
    assert (link.created_by, link.door, link.amount) == (SAM.slack_id, "slack", Money(100_001, "USD"))
    assert [letter.to for letter in office.around.letters.requests] == ["jane@client.example"]
    assert office.around.letters.answers[-1].to == SAM.email  # told through the door they came by
    assert f"{link.reference} is made" in office.around.letters.answers[-1].text


async def test_what_is_within_the_caps_is_done_at_once_and_more_is_kept_until_an_admin_presses(office: Office) -> None:
    first, second, third = await write(office, *(CREATE.replace("120", amount) for amount in ("1000", "20", "30")))
    assert "is on its way to" in first
    assert "is on its way to" in second
    assert "more than the 2 links a day that one person may have made by mail (2 made today)" in third
    assert await PaymentLink.all().count() == 2
    await press(office, NOOR)
    assert await PaymentLink.all().count() == 3
    assert len(office.around.letters.requests) == 3
    office.around.clock.tick(timedelta(days=1))
    [tomorrow] = await write(office, CREATE.replace("120", "40"))
    assert "is on its way to" in tomorrow
    slack = await Desk(office.around.ports).hear(SAM.in_slack(), "create 5000 for Jane account operating")
    assert not isinstance(slack, Refusal)
    assert await PaymentLink.all().count() == 5


async def test_a_file_above_the_cap_is_kept_whole_and_leaves_whole(office: Office) -> None:
    await write(office, CREATE)
    await write(office, "November", files=(FILE,))
    [waits] = [answer.text for answer in await office.read(staff_letter("Re: B-1", "send")) if answer.to == SAM.email]
    assert "P-1 waits to be confirmed in Slack" in waits
    assert "2 links, the largest of $120.00 for Jane" in " ".join(waits.split())
    assert await PaymentLink.all().count() == 1
    await press(office, SAM)
    assert await PaymentLink.all().count() == 3
    assert sorted(letter.to for letter in office.around.letters.requests) == [
        "bob@client.example",
        "jane@client.example",
        "jane@client.example",
    ]


async def test_links_without_letters_that_were_kept_are_handed_over_once_they_are_asked_for_again(
    office: Office,
) -> None:
    await write(office, CREATE)
    await write(office, "November", files=(FILE,))
    await office.read(staff_letter("Re: B-1", "links"))
    await press(office, SAM)
    told = office.around.letters.answers[-1].text
    assert "2 links of B-1 are made. Say `links` once more in answer to its review" in told
    [answer] = await office.read(staff_letter("Re: B-1", "links"))
    assert [name for name, _, _ in answer.attachments] == ["paylinks-B-1.csv", "paylinks-B-1.xlsx"]
    assert await PaymentLink.all().count() == 3


async def test_two_letters_read_at_once_do_not_pass_the_cap_together(office: Office) -> None:
    await write(office, CREATE)
    for amount in ("20", "30"):
        office.mailbox.deliver(staff_letter(CREATE.replace("120", amount)))
    await asyncio.gather(office.intake().round(), office.intake().round())
    assert len([answer for answer in await office.post() if answer.to == SAM.email]) == 2
    assert await PaymentLink.all().count() == 2
    assert await LinkProposal.all().count() == 1


async def test_a_writer_who_is_not_in_slack_is_told_that_an_admin_confirms_it(office: Office) -> None:
    await StaffMember.filter(email=SAM.email).update(slack_id=None)
    [answer] = await write(office, CREATE.replace("120", "1500"))
    assert "a button in Slack confirms it first: an admin's" in answer
    assert [to for to, _ in office.around.poster.asked] == [NOOR.slack_id]
    await press(office, NOOR)
    assert (await PaymentLink.get()).created_by == SAM.email


async def test_where_nobody_in_slack_could_confirm_it_the_answer_says_so_and_nothing_waits(office: Office) -> None:
    await StaffMember.filter(email=SAM.email).update(slack_id=None)
    office.around.firm = replace(office.around.firm, admins=frozenset({NOOR.email}))
    [answer] = await write(office, CREATE.replace("120", "1500"))
    assert "nobody who may confirm it is known in Slack: ask for it there" in answer
    assert not await LinkProposal.exists()


async def test_a_mailbox_in_the_wrong_hands_does_not_bury_admins_in_questions(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.people.waiting.MOST_WAITING", 2)
    first, second, third = await write(office, *(CREATE.replace("120", f"200{number}") for number in range(3)))
    assert "P-1 waits" in first
    assert "P-2 waits" in second
    assert "2 requests that you mailed wait to be confirmed in Slack, and no more may: nothing was kept" in third
    assert await LinkProposal.all().count() == 2
    await press(office, NOOR)
    [next_one] = await write(office, CREATE.replace("120", "2004"))
    assert "P-3 waits" in next_one


async def test_a_press_of_ones_own_is_not_the_second_persons_word_above_the_approval_limit(office: Office) -> None:
    office.around.firm = replace(office.around.firm, approval_limit=Money(200_000, "USD"))
    [answer] = await write(office, CREATE.replace("120", "3000"))
    assert "above the approval limit of $2,000.00, so a second person confirms it first: an admin" in answer
    assert "You asked for P-1 yourself" in await press(office, SAM)
    assert not await PaymentLink.exists()
    await write(office, CREATE.replace("120", "1500"))
    office.around.firm = replace(office.around.firm, approval_limit=Money(50_000, "USD"))  # meanwhile
    await press(office, SAM, 2)
    assert not await PaymentLink.exists()
    assert "needs a second person" in office.around.letters.answers[-1].text


async def test_a_letter_cancels_ten_links_at_most(office: Office) -> None:
    """No word cancels all, and no list of references does what such a word would do."""
    references = [f"PL-0000{number:02}" for number in range(MOST_BY_MAIL + 1)]
    [answer] = await write(office, f"cancel {' '.join(references)}")
    assert "A letter cancels 10 links at most, and this one names 11: nothing was done." in answer
    assert (await FirmEvent.get()).kind == "refused"
    [answer] = await write(office, f"cancel {' '.join(references[:-1])}")
    assert "0 of 10 cancelled" in answer
    [answer] = await write(office, "cancel all")
    assert "Nothing was done" in answer


# ── what is done in Slack only ────────────────────────────────────────────────────────────────────────────────────────


def _not_by_mail() -> list[str]:
    """Every form of a command that the help shows and the table of roles keeps in Slack."""
    found = []
    for topic in ("", *ADMIN_WORDS):
        for form, _ in help_text(topic, FIRM.intake_address, for_admins=True).lines:
            try:
                request = read_command(form, TWO)
            except PaylinkError:  # a form with blanks to fill in
                continue
            if Place.MAIL not in ALLOWED[type(request)].places:
                found.append(form)
    return sorted({*found, *ADMIN_WORDS})


ADMIN_WORDS = ("settings", "accounts", "users", "notifications", "quarantine", "refund PL-7F3K9Q")


async def test_what_is_done_in_slack_only_is_refused_by_mail_even_to_an_admin(office: Office) -> None:
    office.around.firm = FIRM
    forms = _not_by_mail()
    assert len(forms) > len(ADMIN_WORDS)
    for number, words in enumerate(forms, 1):
        [answer] = await write(office, words, sender=NOOR.email)
        assert "Nothing was done" in answer
        assert "That is done in Slack only" in answer
        assert answer.endswith("Type it there after `/paylink`.")
        assert await FirmEvent.filter(kind="refused").count() == number
        office.around.clock.tick(timedelta(days=1))  # else no more than ten such answers leave
    assert {event.detail["why"] for event in await FirmEvent.all()} == {"not in Slack"}
    assert not await FirmSetting.exclude(name="trail.head").exists()


async def test_no_request_of_slack_only_is_served_to_anybody_by_mail(office: Office) -> None:
    """Whatever the grammar may ever make of a letter. They need no values, for the desk does not look at them."""
    kinds = [kind for kind, rule in ALLOWED.items() if Place.MAIL not in rule.places]
    assert len(kinds) > 20
    for kind in kinds:
        for person in (NOOR, SAM):
            request: Any = object.__new__(kind)
            answer = await Desk(office.around.ports).ask(person.by_mail(), request)
            assert isinstance(answer, Refusal), kind
            assert answer.code == "not_allowed"


@pytest.mark.parametrize(
    "subject",
    [
        'create 120 jane@client.example message "The balance of your account"',
        "Paylink create 120 jane@client.example",
        "Create: 120 jane@client.example",
    ],
)
async def test_the_account_of_the_plus_address_is_meant_however_the_command_is_worded(
    office: Office, subject: str
) -> None:
    """A word of its message, or of its beginning, must not send the money to the usual account."""
    office.around.firm = replace(FIRM, usual_account="operating")
    await office.read(staff_letter(subject, to="pay+trust@harborfinch.example"))
    assert (await PaymentLink.get()).account == "trust"


async def test_two_plus_addresses_or_one_of_no_account_are_asked_about(office: Office) -> None:
    office.around.firm = replace(FIRM, usual_account="operating")
    create = "create 120 jane@client.example"
    both = "pay+trust@harborfinch.example, pay+operating@harborfinch.example"
    letters = [staff_letter(create, to=to) for to in (both, "pay+trsut@harborfinch.example")]
    told = [answer.text for answer in await office.read(*letters)]
    assert "There is no account “trust or operating” here" in told[0]
    assert "There is no account “trsut” here" in told[1]
    assert not await PaymentLink.exists()
