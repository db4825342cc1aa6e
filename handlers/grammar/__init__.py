"""The one grammar for Slack and mail: a command's text to a request. Pure: no table, no clock."""

from handlers.grammar.commands import COMMANDS, LATER, is_command, read_command
from handlers.grammar.house import House
from handlers.grammar.listing import COLUMNS
from handlers.grammar.replies import begins_step, read_batch_reply
from handlers.grammar.spelling import quoted, spell_create, spell_list

__all__ = [
    "COLUMNS",
    "COMMANDS",
    "LATER",
    "House",
    "begins_step",
    "is_command",
    "quoted",
    "read_batch_reply",
    "read_command",
    "spell_create",
    "spell_list",
]
