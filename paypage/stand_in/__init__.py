"""A local Stripe: speaks the part of its wire protocol that the product uses, shows a hosted page, signs webhooks.

It moves no money and knows no cards. The sandbox runs it, and so do the tests, which can make it fail on demand.
"""

from __future__ import annotations

from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.faults import Fault
from paypage.stand_in.server import StripeStandIn
from paypage.stand_in.things import LedgerLine

__all__ = ["Fault", "LedgerLine", "StandInAccount", "StripeStandIn"]
