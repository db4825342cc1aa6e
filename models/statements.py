"""Ready-made statements for what is written most: links, their trail, their jobs.

Tortoise takes longer to put an UPDATE into words, and to make the object of a new row, than either database takes for
the work itself. Values pass through the fields' own conversions and checks, as they do in Tortoise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from tortoise.connection import get_connection
from tortoise.fields import CharField
from tortoise.fields.base import Field
from tortoise.models import Model

from models.parts import in_parts


def marks(count: int) -> list[str]:
    """What stands for the values in a statement to the open database: ?, ? or $1, $2."""
    if get_connection("default").capabilities.dialect == "sqlite":
        return ["?"] * count
    return [f"${number}" for number in range(1, count + 1)]


async def insert_all(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows in the current transaction. A field that a row does not name takes its default."""
    for part in in_parts(rows):
        await get_connection("default").execute_many(_insert(model), [_values(model, row) for row in part])


async def insert_once(model: type[Model], row: Mapping[str, Any], *, unique: str, otherwise: str = "NOTHING") -> bool:
    """Write a row, unless one stands there with the same values in the `unique` columns: then DO what is said.

    Whether a row was written or changed. It is no error, so it needs no savepoint. `otherwise` is SQL.
    """
    statement = f"{_insert(model)} ON CONFLICT ({unique}) DO {otherwise} RETURNING id"
    return bool(await get_connection("default").execute_query_dict(statement, _values(model, row)))


async def change(
    model: type[Model], where: Mapping[str, Any], to: Mapping[str, Any], *, also: str = "", returning: str = "id"
) -> list[dict[str, Any]]:
    """Change the rows whose columns have these values; what `returning` names of each as it is now.

    `also` and `returning` are SQL, and so must never hold anything that came from outside.
    """
    signs = marks(len(to) + len(where))
    sets = [f"{name} = {sign}" for name, sign in zip(to, signs, strict=False)]
    conditions = [f"{name} = {sign}" for name, sign in zip(where, signs[len(to) :], strict=True)]
    values = [_field(model, name).to_db_value(value, model) for name, value in chain(to.items(), where.items())]
    return await get_connection("default").execute_query_dict(
        f"UPDATE {model._meta.db_table} SET {', '.join([*sets, *filter(None, [also])])}"  # noqa: S608, SLF001  names of ours
        f" WHERE {' AND '.join(conditions)} RETURNING {returning}",
        values,
    )


async def change_each(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Change many rows, each found by the `id` it names; all of them name the same columns."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    signs = marks(len(names) + 1)
    sets = ", ".join(f"{name} = {sign}" for name, sign in zip(names, signs, strict=False))
    statement = f"UPDATE {model._meta.db_table} SET {sets} WHERE id = {signs[-1]}"  # noqa: S608, SLF001  names of ours
    writes = [_written(_field(model, name), model) for name in names]
    for part in in_parts(rows):
        values = [[*(write(row[name]) for name, write in zip(names, writes, strict=True)), row["id"]] for row in part]
        await get_connection("default").execute_many(statement, values)


def _insert(model: type[Model]) -> str:
    names = [name for name, _, _ in _columns(model)]
    return f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({', '.join(marks(len(names)))})"  # noqa: S608, SLF001


def _values(model: type[Model], row: Mapping[str, Any]) -> list[Any]:
    return [write(row[name]) if name in row else usual for name, usual, write in _columns(model)]


@lru_cache
def _columns(model: type[Model]) -> list[tuple[str, Any, Callable[[Any], Any]]]:
    """Each column but the generated key, with its default and what makes the database's value of ours."""
    fields = {name: field for name, field in model._meta.fields_map.items() if not field.generated}  # noqa: SLF001
    return [(name, _default(field, model), _written(field, model)) for name, field in fields.items()]


def _default(field: Field[Any], model: type[Model]) -> Any:
    usual = field.default() if callable(field.default) else field.default
    return None if usual is None else field.to_db_value(usual, model)


def _written(field: Field[Any], model: type[Model]) -> Callable[[Any], Any]:
    if type(field) is CharField:  # most columns are: the same check, a fifth of the time
        most = field.max_length
        return lambda text: text if type(text) is str and len(text) <= most else field.to_db_value(text, model)
    if type(field).to_db_value is Field.to_db_value and not field.validators:
        return _as_it_is
    return lambda value: field.to_db_value(value, model)


def _as_it_is(value: Any) -> Any:
    return value


def _field(model: type[Model], name: str) -> Field[Any]:
    return model._meta.fields_map[name]  # noqa: SLF001  tortoise documents it
