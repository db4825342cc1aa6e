"""The table of jobs."""

from __future__ import annotations

from handlers.jobs.kinds import STEPS
from handlers.owed import LANES


def test_every_kind_of_job_has_a_step_and_a_lane() -> None:
    """What is owed without either would never be paid."""
    assert STEPS.keys() == LANES.keys()
