"""Settings of a user, checked at the door: one sentence for what is wrong."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lithicoat.workflows.errors import UsageError

__all__ = ["checked"]

Schema = TypeVar("Schema", bound=BaseModel)


def checked(
    schema: type[Schema], settings: dict[str, Any], *, context: dict[str, Any] | None = None
) -> Schema:
    """Make a specification out of a user's settings.

    Parameters
    ----------
    schema : type[BaseModel]
        What the settings are checked against.
    settings : dict
        As they stand in the file or on the command line.
    context : dict, optional
        What validators of the schema need to know besides, such as the place of the file.

    Raises
    ------
    UsageError
        If a setting is unknown, missing or absurd: names the first such setting and what would be right.
    """
    try:
        return schema.model_validate(settings, context=context)
    except ValidationError as error:
        raise _first_problem(error, schema.__name__) from error


def _first_problem(error: ValidationError, schema: str) -> UsageError:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or schema
    reason = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if problem["type"] == "value_error":
        return UsageError(reason, where=where)
    if problem["type"] == "extra_forbidden":
        return UsageError(f"{where} is not a setting of {schema}", where=where)
    given = json.dumps(problem["input"], default=str)
    return UsageError(f"{where} is {given}; it should be {reason}", where=where)
