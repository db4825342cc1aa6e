"""Stripe and the product together: the local Stripe's webhooks through the real door into the real tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, web

from handlers.jobs.settle_event import settle_event
from handlers.jobs.steps import GiveUp
from handlers.payments.record_event import record_event
from handlers.ports import Ports
from models.job_queue import Claimed
from models.tables import InboundEvent, Job
from paypage.stand_in import Fault, StandInAccount, StripeStandIn
from paypage.stripe_cards import StripeCards
from paypage.stripe_line import Patience, StripeKeys
from paypage.stripe_webhook import stripe_webhook
from tests.cast import ports_of
from tests.contracts.card_bench import request_for
from tests.fakes import FakeClock


@dataclass(slots=True)
class Product:
    """The webhook's door with the real recorder behind it; it can be broken and mended."""

    url: str
    ports: Ports
    broken: bool = False
    refused: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class World:
    stand_in: StripeStandIn
    cards: StripeCards
    product: Product
    clock: FakeClock

    async def opened(self, key: str = "cs-1-1") -> str:
        return (await self.cards.open_checkout(request_for(self.clock, key=key))).session_id


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    clock = FakeClock()
    accounts = {"operating": StandInAccount("sk_test_o", "whsec_o"), "trust": StandInAccount("sk_test_t", "whsec_t")}
    stand_in = StripeStandIn(accounts, clock, waits=(0.05,) * 100)
    plain = {key: StripeKeys(account.secret_key) for key, account in accounts.items()}
    quick = Patience(one_try=0.3, all_tries=2, unreachable=(0.01, 0.01), busy=(0.01, 0.02))
    cards = StripeCards(plain, clock, await stand_in.serve(), patience=quick)
    product = Product("", ports_of(clock, cards=cards))

    async def record(account: str, event_id: str, kind: str, body: str, ports: Ports) -> bool:
        if product.broken:
            product.refused.set()
            raise ConnectionError("the database is gone")
        return await record_event(account, event_id, kind, body, ports)

    app = web.Application()
    keys = {key: StripeKeys(account.secret_key, (account.webhook_secret,)) for key, account in accounts.items()}
    app.router.add_post("/stripe/{account}", stripe_webhook(keys, product.ports, record))
    runner = web.AppRunner(app, auto_decompress=False, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    product.url = f"http://127.0.0.1:{site.port}"
    for key, account in accounts.items():
        account.webhook_url = f"{product.url}/stripe/{key}"
    yield World(stand_in, cards, product, clock)
    await cards.close()
    await stand_in.close()
    await runner.cleanup()


async def test_what_the_local_stripe_signs_is_kept_with_a_job_to_settle_it(world: World) -> None:
    """(M02)"""
    session = await world.opened()
    world.stand_in.pay(session)
    await world.stand_in.delivered()
    [event] = await InboundEvent.all()
    assert (event.source, event.kind) == ("stripe:operating", "checkout.session.completed")
    assert session in event.body
    assert await Job.filter(kind="settle_event").count() == 1
    assert all(kept.delivered for kept in world.stand_in.till.events.values())


async def test_one_event_a_thousand_times_is_kept_once(world: World) -> None:
    """(T09)"""
    world.stand_in.weather.copies = 1000
    world.stand_in.pay(await world.opened())
    await world.stand_in.delivered()
    assert await InboundEvent.all().count() == 1
    assert await Job.filter(kind="settle_event").count() == 1


async def test_a_database_that_is_down_loses_no_event(world: World) -> None:
    """(F11) 503 until it is back; Stripe comes again."""
    world.product.broken = True
    world.stand_in.pay(await world.opened())
    async with asyncio.timeout(10):
        await world.product.refused.wait()
    assert await InboundEvent.all().count() == 0
    assert not any(event.delivered for event in world.stand_in.till.events.values())
    world.product.broken = False
    async with asyncio.timeout(10):
        await world.stand_in.delivered()
    assert await InboundEvent.all().count() == 1


async def test_events_in_the_wrong_order_are_all_kept(world: World) -> None:
    """(F10)"""
    world.stand_in.weather.hold = True
    session = await world.opened()
    world.stand_in.decline(session)
    world.stand_in.debit(session)
    world.stand_in.settle_debit(session, cleared=True)
    await world.stand_in.release()
    kinds = [event.kind for event in await InboundEvent.all().order_by("id")]
    assert kinds == [
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "payment_intent.payment_failed",
    ]


async def test_dropped_webhooks_can_be_found_and_sent_again(world: World) -> None:
    """(M02, F09)"""
    world.stand_in.weather.drop = True
    world.stand_in.pay(await world.opened())
    await world.stand_in.delivered()
    assert await InboundEvent.all().count() == 0
    async with ClientSession(headers={"Authorization": "Bearer sk_test_o"}) as http:
        async with http.get(f"{world.stand_in.base_url}/v1/events?delivery_success=false") as answer:
            missed = (await answer.json())["data"]
    assert [event["type"] for event in missed] == ["checkout.session.completed"]
    world.stand_in.weather.drop = False
    world.stand_in.redeliver()
    await world.stand_in.delivered()
    assert await InboundEvent.all().count() == 1


async def test_an_account_hears_of_its_own_sessions_only(world: World) -> None:
    """(M16)"""
    world.stand_in.pay(await world.opened())
    await world.stand_in.delivered()
    assert await InboundEvent.filter(source="stripe:trust").count() == 0


async def test_an_event_about_nothing_is_told_to_the_admins(world: World) -> None:
    """(B61)"""
    for number, body in enumerate(['{"id": "evt_1"}', '{"data": []}', '{"data": {"object": "cs_1"}}']):
        await record_event("operating", f"evt_{number}", "checkout.session.completed", body, world.product.ports)
        event = await InboundEvent.get(external_id=f"evt_{number}")
        with pytest.raises(GiveUp, match="about nothing"):
            await settle_event(Claimed(1, "settle_event", {"event": event.id}, 1, 0, ""), world.product.ports)


async def test_an_event_of_an_unknown_type_about_nothing_is_just_kept(world: World) -> None:
    """(B61)"""
    await record_event("operating", "evt_1", "invoice.brand_new", '{"id": "evt_1"}', world.product.ports)
    event = await InboundEvent.get()
    await settle_event(Claimed(1, "settle_event", {"event": event.id}, 1, 0, ""), world.product.ports)
    assert (await InboundEvent.get()).outcome == "stored"


async def test_the_ledger_and_the_events_agree_after_a_storm_of_faults(world: World) -> None:
    """(R5) Every fault in turn, one payment each: one session and one charge a key, whatever was lost on the way."""
    for number, fault in enumerate(Fault):
        world.stand_in.faults.plan(fault)
        key = f"cs-{number}-1"
        while True:
            world.clock.tick(60)  # past the pause after a refused key
            try:
                session = await world.opened(key)
            except Exception:
                if fault is Fault.STORED_ERROR:
                    key = f"cs-{number}-2"
                continue
            break
        world.stand_in.pay(session)
    await world.stand_in.delivered()
    assert len(world.stand_in.ledger) == len(Fault)
    assert await InboundEvent.all().count() == len(Fault)
