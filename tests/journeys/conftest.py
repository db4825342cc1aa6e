"""What a journey that fails tells besides its traceback."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.journeys.house import House

LAST = 60  # lines of the product's log


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of the product's log beside a failure."""
    report = yield
    given = [getattr(each, "house", each) for each in getattr(item, "funcargs", {}).values()]
    houses = [each for each in given if isinstance(each, House)]
    if report.failed:
        report.sections += [
            ("what the product logged last", "\n".join(each.log.splitlines()[-LAST:])) for each in houses
        ]
    return report
