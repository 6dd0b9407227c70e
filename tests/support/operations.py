"""What the listener does to one collection, in the words of MongoDB's commands."""

from typing import Any

import bson
from pymongo import ReturnDocument
from pymongo.errors import OperationFailure

Document = dict[str, Any]

LARGEST_DOCUMENT = 16 * 2**20
DUPLICATE, NO_COMMAND, TOO_LARGE, UNKNOWN = 11000, 59, 10334, 2


def code_of(error: Exception) -> int:
    if "uplicate" in type(error).__name__ + str(error):
        return DUPLICATE
    return getattr(error, "code", None) or UNKNOWN


def space(collection: Any) -> str:
    return f"{collection.database.name}.{collection.name}"


def sorting(command: Document) -> list[tuple[str, int]] | None:
    return list(command["sort"].items()) if command.get("sort") else None


def _checked(document: Document) -> Document:
    if len(bson.encode(document)) > LARGEST_DOCUMENT:
        raise OperationFailure("BSONObj size is invalid", TOO_LARGE)
    return document


def _changes(update: Document) -> bool:
    """Tell operators from a whole new document."""
    if isinstance(update, list):
        raise OperationFailure("pipeline update", NO_COMMAND)
    return next(iter(update), "").startswith("$")


def insert(collection: Any, document: Document) -> tuple[int, int, Any]:
    collection.insert_one(_checked(document))
    return 1, 0, None


def delete(collection: Any, operation: Document) -> tuple[int, int, Any]:
    delete = collection.delete_one if operation["limit"] == 1 else collection.delete_many
    return delete(operation["q"]).deleted_count, 0, None


def update(collection: Any, operation: Document) -> tuple[int, int, Any]:
    update, upsert = operation["u"], operation.get("upsert", False)
    if _changes(update):
        change = collection.update_many if operation.get("multi") else collection.update_one
        filters = {"array_filters": operation["arrayFilters"]} if operation.get("arrayFilters") else {}
        done = change(operation["q"], update, upsert=upsert, **filters)
    else:
        done = collection.replace_one(operation["q"], _checked(update), upsert=upsert)
    if done.upserted_id is not None:
        return 1, 0, done.upserted_id
    return done.matched_count, done.modified_count, None


def find_and_modify(_server: object, collection: Any, command: Document) -> Document:
    options = {"projection": command.get("fields"), "sort": sorting(command)}
    query = command.get("query") or {}
    if command.get("remove"):
        value = collection.find_one_and_delete(query, **options)
    else:
        changes = _changes(command["update"])
        modify = collection.find_one_and_update if changes else collection.find_one_and_replace
        which = ReturnDocument.AFTER if command.get("new") else ReturnDocument.BEFORE
        upsert = command.get("upsert", False)
        value = modify(query, command["update"], upsert=upsert, return_document=which, **options)
    there = value is not None
    return {"value": value, "lastErrorObject": {"n": int(there), "updatedExisting": there}}


def create(_server: object, collection: Any, _command: Document) -> Document:
    collection.database.create_collection(collection.name)
    return {}


def drop(_server: object, collection: Any, _command: Document) -> Document:
    collection.database.drop_collection(collection.name)
    return {}


def create_indexes(_server: object, collection: Any, command: Document) -> Document:
    known = ("unique", "sparse", "expireAfterSeconds", "name", "partialFilterExpression")
    for index in command["indexes"]:
        options = {key: index[key] for key in known if key in index}
        collection.create_index(list(index["key"].items()), **options)
    return {}


def drop_indexes(_server: object, collection: Any, command: Document) -> Document:
    if command["index"] == "*":
        collection.drop_indexes()
    else:
        collection.drop_index(command["index"])
    return {}


def count(_server: object, collection: Any, command: Document) -> Document:
    return {"n": collection.count_documents(command.get("query") or {})}


def distinct(_server: object, collection: Any, command: Document) -> Document:
    return {"values": list(collection.distinct(command["key"], command.get("query") or {}))}


WRITES = {"insert": insert, "update": update, "delete": delete}
