"""What a person begins with: the sent pages as they last set them, and what their role lets them do."""

from __future__ import annotations

from dataclasses import replace

from handlers.answers import HomePage
from handlers.links.own_view import own_list
from handlers.people.roles import may
from handlers.ports import Ports
from handlers.requests import Asker, CopyLink, OpenHome, Role


async def home_page(asked: OpenHome, by: Asker, ports: Ports) -> HomePage:
    listed = await own_list(asked.links, by, ports)
    return HomePage(replace(listed, may_act=may(by, CopyLink, ports.firm)), admin=by.role is Role.ADMIN)
