"""The check that a person pays: what the pay page shows for it, what its policy opens, and how an answer is judged.

One Captcha a product, by setting; none is the usual. paypage.proof_of_work and paypage.siteverify are the two kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

LONGEST_ANSWER = 8192  # characters; reCAPTCHA's are the longest, about 2,000


class NotPassed(Exception):
    """The answer is missing, wrong, used or too old. The words are for the log; the payer may try again."""


class CaptchaDown(Exception):
    """Nobody can say whether the answer is right: the service is away, or refuses our key. The words are for admins."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one pay page needs for its check. `kind` names the piece of the template and of the script."""

    kind: str  # altcha, recaptcha, recaptcha_score, hcaptcha, turnstile
    field: str  # the form field that takes the answer
    site_key: str = ""
    script: str = ""  # the service's own, by its URL
    challenge: str = ""  # JSON, made for this page alone; blank: the page may be kept and shown again


class Captcha(Protocol):
    @property
    def fields(self) -> frozenset[str]:
        """The form fields that come with an answer."""
        ...

    @property
    def policy(self) -> Mapping[str, str]:
        """The directives of the pay page's Content-Security-Policy that the check needs, besides the usual ones."""
        ...

    def check(self, token: str) -> Check:
        """For the page of the link with this token."""
        ...

    async def judge(self, fields: Mapping[str, str], token: str) -> None:
        """Judge the answer in a form of that link's page. Raises NotPassed, CaptchaDown."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def answer_in(fields: Mapping[str, str], field: str) -> str:
    """Raises NotPassed: there is none, or more than any service gives."""
    answer = fields.get(field, "")
    if not answer:
        raise NotPassed("the form came without an answer")
    if len(answer) > LONGEST_ANSWER:
        raise NotPassed("the answer is too long to be one")
    return answer
