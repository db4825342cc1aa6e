"""Any sequence of steps on a batch against a model of it: what is done, what is refused, what is billed at the end."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.answers import BatchDecided, BatchReview
from handlers.desk import Desk
from handlers.links.verify_trail import verify_trails
from handlers.requests import (
    AddRow,
    ChangeBatch,
    DecideBatch,
    Decision,
    DeleteRows,
    EditRow,
    IncludeRows,
    ReviewFile,
    Step,
)
from models.tables import PaymentLink
from tests.cast import ONE_ACCOUNT_FIRM, SAM, Surroundings
from tests.handlers.batches.samples import as_csv

pytestmark = pytest.mark.usefixtures("database")
_files = itertools.count(1)
_AMOUNTS = {"5.00": 500, "1,250.00": 125000, "7": 700, "12,5": None, "": None, "0": None}  # None: refused


@dataclass(slots=True)
class Sheet:
    """The model: minor units of each row, and the rows that are left out."""

    rows: dict[int, int] = field(default_factory=dict)
    out: set[int] = field(default_factory=set)

    def take(self, step: Step) -> bool:
        """Whether the step can be done; it is done then."""
        match step:
            case DeleteRows(rows=rows):
                there = set(rows) - self.out
                self.out |= there
                return self._all_there(rows) and bool(there)
            case IncludeRows(rows=rows):
                there = set(rows) & self.out
                self.out -= there
                return self._all_there(rows) and bool(there)
            case EditRow(row=row, changes=((_, text),)):
                fits = row in self.rows and row not in self.out and _AMOUNTS[text] is not None
                self.rows[row] = _AMOUNTS[text] or 0
                return fits
            case AddRow(cells=cells):
                minor = _AMOUNTS[dict(cells)["amount"]]
                self.rows[max(self.rows) + 1] = minor or 0
                return minor is not None
        raise AssertionError(step)

    def _all_there(self, rows: tuple[int, ...]) -> bool:
        return set(rows) <= self.rows.keys()

    def copy(self) -> Sheet:
        return Sheet(dict(self.rows), set(self.out))

    @property
    def billed(self) -> dict[int, int]:
        return {row: minor for row, minor in sorted(self.rows.items()) if row not in self.out}


_NUMBERS = st.lists(st.integers(1, 8), min_size=1, max_size=3).map(tuple)
_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(DeleteRows, st.just(0), _NUMBERS),
    st.builds(IncludeRows, st.just(0), _NUMBERS),
    st.builds(EditRow, st.just(0), st.integers(2, 8), st.sampled_from([*_AMOUNTS]).map(lambda a: (("amount", a),))),
    st.builds(
        AddRow,
        st.just(0),
        st.sampled_from([*_AMOUNTS]).map(lambda a: (("recipient name", "Lee"), ("amount", a), ("email address", ""))),
    ),
)
_GROUPS = st.lists(st.tuples(st.lists(_STEPS, min_size=1, max_size=3), st.booleans()), max_size=6)


@settings(max_examples=30)
@given(_GROUPS, st.sampled_from([Decision.SEND, Decision.LINKS, Decision.DISCARD]))
async def test_every_step_is_done_or_refused_whole_and_what_stands_is_billed(
    groups: list[tuple[list[Step], bool]], decision: Decision
) -> None:
    """(F32, F33, M06)"""
    desk, file = Desk(Surroundings(firm=ONE_ACCOUNT_FIRM).ports), next(_files)
    rows = [(f"{file}-{n}", "", "", f"Client {n}", f"{n}.00", "", "") for n in (2, 3, 4)]
    review = await desk.ask(SAM.by_mail(), ReviewFile(f"{file}.csv", as_csv(*rows)))
    assert isinstance(review, BatchReview)
    batch, model = int(review.number.removeprefix("B-")), Sheet({n: n * 100 for n in (2, 3, 4)})
    for steps, stale in groups:
        after = model.copy()
        fits = all(after.take(step) for step in steps) and not stale
        seen = review.revision - 1 if stale else review.revision
        answer = await desk.ask(SAM.by_mail(), ChangeBatch(batch, tuple(steps), seen))
        assert isinstance(answer, BatchReview)
        assert answer.done is fits
        assert answer.revision == review.revision + fits
        review, model = answer, after if fits else model
        assert {line.row: line.amount.minor for line in review.lines} == model.billed
        assert {line.row for line in review.left_out} == model.out
        assert sum(total.minor for total in review.totals) == sum(model.billed.values())
    decided = await desk.ask(SAM.by_mail(), DecideBatch(batch, decision, review.revision))
    links = [link.amount_minor for link in await PaymentLink.filter(batch_id=batch)]
    billed = [] if decision is Decision.DISCARD else [*model.billed.values()]
    assert sorted(links) == sorted(billed)
    assert isinstance(decided, BatchDecided) is (bool(billed) or decision is Decision.DISCARD)
    assert (await verify_trails())[1] == ()
