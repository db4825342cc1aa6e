"""The local Slack in a process of its own: `python -m bot.slack.stand_in --port 9100`."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from bot.clock import SystemClock
from bot.slack.stand_in.hands import hands
from bot.slack.stand_in.local_slack import SlackStandIn


@click.command()
@click.option("--port", default=0, show_default=True, help="Where to listen on 127.0.0.1; 0 takes any free port.")
@click.option("--events-url", default="", help="The app's /slack/events; not needed for Socket Mode.")
@click.option("--bot-token", default="xoxb-sandbox", show_default=True)
@click.option("--app-token", default="xapp-sandbox", show_default=True)
@click.option("--signing-secret", default="sandbox-signing-secret", show_default=True)
@click.option("--team-id", default="T0SANDBOX01", show_default=True)
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="A file that keeps the channels.")
def main(
    port: int, events_url: str, bot_token: str, app_token: str, signing_secret: str, team_id: str, data: Path | None
) -> None:
    """A Slack for one app and three people, on this machine only. People's hands are under /hands/."""
    slack = SlackStandIn(bot_token, signing_secret, app_token, team_id, events_url, data, SystemClock())
    asyncio.run(_serve(slack, port))


async def _serve(slack: SlackStandIn, port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    app = slack.app()
    app.add_subapp("/hands", hands(slack))
    try:
        await slack.serve(port=port, app=app)
        click.echo(f"PAYLINK_SLACK__API_URL={slack.api_url}")
        await stop.wait()
    finally:
        await slack.close()


if __name__ == "__main__":
    main()
