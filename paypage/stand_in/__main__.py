"""The local Stripe in a process of its own: `python -m paypage.stand_in --port 4242`."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path

import click

from paypage.stand_in.deliveries import StandInAccount
from paypage.stand_in.server import StripeStandIn


class _SystemClock:
    """This process has no bot/ to take its clock from."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@click.command()
@click.option("--port", default=0, show_default=True, help="Where to listen on 127.0.0.1; 0 takes any free port.")
@click.option("--account", "keys", multiple=True, default=("operating",), show_default=True, help="A merchant account.")
@click.option(
    "--webhook", default="", help="Where events go, {account} standing for the account: http://…/stripe/{account}"
)
@click.option("--secret-key", default="sk_test_{account}", show_default=True)
@click.option("--webhook-secret", default="whsec_sandbox_{account}", show_default=True)
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="A file that keeps the sessions.")
def main(
    port: int, keys: tuple[str, ...], webhook: str, secret_key: str, webhook_secret: str, data: Path | None
) -> None:
    """A Stripe that moves no money, on this machine only. Its sessions are listed on its first page."""
    accounts = {
        key: StandInAccount(
            secret_key.replace("{account}", key),
            webhook_secret.replace("{account}", key),
            webhook.replace("{account}", key),
        )
        for key in keys
    }
    asyncio.run(_serve(accounts, port, data))


async def _serve(accounts: dict[str, StandInAccount], port: int, data: Path | None) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    stand_in = StripeStandIn(accounts, _SystemClock(), data)
    try:
        click.echo(f"PAYLINK_STRIPE__API_URL={await stand_in.serve(port=port)}")
        await stop.wait()
    finally:
        await stand_in.close()


if __name__ == "__main__":
    main()
