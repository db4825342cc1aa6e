"""Installed versions are at or above those that closed known holes (C01, RELIABILITY section 6)."""

from __future__ import annotations

import itertools
import re
import tomllib
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]

FLOORS = {
    "aiohttp": "3.14.4",  # CVE-2026-128131, PYSEC-2026-4369/4370/4392 and all before
    "aiosmtplib": "5.1.3",  # CVE-2026-53533, GHSA-vxj7-4xrp-5vr4, parameter smuggling
    "certifi": "2024.7",
    "defusedxml": "0.7.1",  # entity bombs in workbooks
    "idna": "3.7",  # CVE-2024-3651
    "imapclient": "4.1",
    "jinja2": "3.1.6",  # CVE-2024-22195, 34064, 56201, 56326; CVE-2025-27516
    "openpyxl": "3.1.5",  # CVE-2017-5992
    "requests": "2.32.4",  # CVE-2024-35195, 47081
    "slack-bolt": "1.30",
    "slack-sdk": "3.43",  # takes an empty signing secret before
    "stripe": "16.0",  # takes an empty webhook secret before
    "tortoise-orm": "1.1",  # CVE-2020-11010
    "urllib3": "2.8.0",  # CVE-2025-50181, 66418, 66471; CVE-2026-21441, 44431, 97687 and others
}

LOCKS = ("requirements.lock", "requirements-dev.lock")


def entries_of(lock: str) -> list[str]:
    """A lock's text, a package each, with its hashes and who asked for it."""
    return re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())


def locked(lock: str) -> dict[str, set[str]]:
    """Package → the versions the lock pins; a few have one for each of several Pythons."""
    pins: dict[str, set[str]] = {}
    for entry in entries_of(lock):
        name, pin = entry.split()[0].split("==")
        pins.setdefault(name, set()).add(pin)
    assert len(pins) > 40
    return pins


@pytest.mark.parametrize("package", FLOORS)
def test_no_installed_package_has_a_hole_that_was_closed(package: str) -> None:
    """(C01)"""
    assert Version(version(package)) >= Version(FLOORS[package])


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_pins_a_package_below_its_floor(lock: str) -> None:
    """(C01, T24)"""
    pins = locked(lock)
    lowest = {name: min(Version(pin) for pin in pins[name]) for name in FLOORS}
    assert {name: low for name, low in lowest.items() if low < Version(FLOORS[name])} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hash_and_no_registry_is_named(lock: str) -> None:
    """(T24)"""
    for entry in entries_of(lock):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]
    assert "://" not in (ROOT / lock).read_text()


def test_what_is_installed_is_what_the_lock_pins() -> None:
    """Else every check above looks at something else than what runs."""
    pins = locked("requirements-dev.lock")
    found = {canonicalize_name(package.metadata["Name"]): package.version for package in distributions()}
    assert {name: found[name] for name in found.keys() & pins.keys() if found[name] not in pins[name]} == {}


def test_both_locks_agree() -> None:
    dev = locked("requirements-dev.lock")
    assert {name: pins for name, pins in locked("requirements.lock").items() if dev.get(name) != pins} == {}


def test_the_locks_hold_what_pyproject_asks_for_and_no_more() -> None:
    """`./run lock` was run after the last change of the dependencies."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras, groups = asked["project"]["optional-dependencies"].values(), asked["dependency-groups"].values()
    entries = itertools.chain(asked["project"]["dependencies"], *extras, *groups)
    wanted = [Requirement(entry) for entry in entries if isinstance(entry, str)]
    pins = locked("requirements-dev.lock")
    allowed = {canonicalize_name(one.name): one.specifier for one in wanted}
    assert {name for name in allowed if not all(allowed[name].contains(pin) for pin in pins[name])} == set()
    for entry in entries_of("requirements-dev.lock"):
        name = entry.partition("==")[0]
        assert "paylink (pyproject.toml" not in entry or name in allowed, f"{name} is asked for no more: ./run lock"


def test_a_floor_that_is_not_met_is_noticed() -> None:
    """The control: 3.9 is below 3.14, whatever its letters say."""
    assert Version("3.9.0") < Version(FLOORS["aiohttp"])
    assert Requirement("aiohttp>=3.14.4").specifier.contains("3.14.5")
