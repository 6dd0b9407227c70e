"""A listener that speaks MongoDB's wire protocol over litemongo, for tests alone.

``python mongowire.py DIR PORT [--user NAME --password WORD [--read-only]]`` keeps its databases in DIR, or
nothing if DIR is ``memory``, prints its address and serves until it is killed. One thread runs every command,
so each is atomic. There are neither transactions nor TLS.
"""

import argparse
import asyncio
import itertools
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import litemongo
import operations
from operations import DUPLICATE, LARGEST_DOCUMENT, NO_COMMAND, Document
from pymongo.errors import OperationFailure, PyMongoError
from scram import Login

LARGEST_MESSAGE = 48_000_000
BATCH = 8 * 2**20
NO_CURSOR, NO_RIGHT = 43, 13
OP_QUERY, OP_REPLY, OP_MSG = 2004, 1, 2013
OPEN = {"hello", "ismaster", "ping", "buildinfo", "saslstart", "saslcontinue", "endsessions"}
AT_ONCE = {"hello", "ismaster", "ping"}
INDEXING = {"createindexes", "dropindexes"}
WRITING = {"insert", "update", "delete", "findandmodify", "create", "drop", "dropdatabase", *INDEXING}


class Server:
    """Runs commands on the databases of one directory."""

    def __init__(self, place: str, user: str = "", password: str = "", *, read_only: bool = False) -> None:
        self.place, self.user, self.password, self.read_only = place, user, password, read_only
        self.worker = ThreadPoolExecutor(1)  # commands are atomic, and SQLite stays on its thread
        self.cursors: dict[int, Iterator[Document]] = {}
        self.cursor_ids = itertools.count(1000)

    def open(self) -> None:
        where = "mem?engine=memory" if self.place == "memory" else Path(self.place).resolve()
        self.client = litemongo.connect(f"file:{where}")

    async def answer(self, name: str, command: Document, login: Login) -> Document:
        """Answer a command; what says that the server lives does not wait for the others."""
        if next(iter(command)).lower() in AT_ONCE:
            return self.safe(name, command, login)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.worker, self.safe, name, command, login)

    def safe(self, name: str, command: Document, login: Login) -> Document:
        """Run a command and say what went wrong as MongoDB does."""
        verb = next(iter(command)).lower()
        try:
            self.allow(verb, name, login)
            if verb in {"saslstart", "saslcontinue"}:
                return (login.start if verb == "saslstart" else login.proceed)(command["payload"])
            return self.run(verb, name, command)
        except Exception as error:  # noqa: BLE001 - whatever fails here fails in the test
            return {
                "ok": 0.0,
                "code": operations.code_of(error),
                "errmsg": f"{error}"[:800] or type(error).__name__,
            }

    def allow(self, verb: str, name: str, login: Login) -> None:
        """Refuse what the user of a connection may not do."""
        if verb not in OPEN and not login.done:
            raise OperationFailure(f"command {verb} requires authentication", NO_RIGHT)
        if verb in WRITING and self.read_only:
            raise OperationFailure(f"not authorized on {name} to execute command {verb}", NO_RIGHT)

    def run(self, verb: str, name: str, command: Document) -> Document:
        """Run a command that the user may run."""
        if verb in SERVER_COMMANDS:
            return SERVER_COMMANDS[verb](self, name, command)
        if verb not in COLLECTION_COMMANDS or command[next(iter(command))] == 1:
            raise OperationFailure(f"no such command: '{verb}'", NO_COMMAND)
        collection = self.client[name][command[next(iter(command))]]
        reply = COLLECTION_COMMANDS[verb](self, collection, command)
        return {"ok": 1.0, **reply}

    def hello(self, _name: str, command: Document) -> Document:
        mechanisms = {"saslSupportedMechs": ["SCRAM-SHA-256"]} if "saslSupportedMechs" in command else {}
        return {
            **mechanisms,
            "ismaster": True,
            "isWritablePrimary": True,
            "helloOk": True,
            "maxBsonObjectSize": LARGEST_DOCUMENT,
            "maxMessageSizeBytes": LARGEST_MESSAGE,
            "maxWriteBatchSize": 100_000,
            "minWireVersion": 0,
            "maxWireVersion": 21,
            "readOnly": False,
            "localTime": datetime.now(UTC),
            "ok": 1.0,
        }

    def ping(self, _name: str, command: Document) -> Document:
        for number in command.get("cursors", ()):
            self.cursors.pop(number, None)
        return {"ok": 1.0}

    def build_info(self, _name: str, _command: Document) -> Document:
        return {
            "version": "7.0.0",
            "versionArray": [7, 0, 0, 0],
            "maxBsonObjectSize": LARGEST_DOCUMENT,
            "ok": 1.0,
        }

    def drop_database(self, name: str, _command: Document) -> Document:
        self.client.drop_database(name)
        return {"ok": 1.0}

    def list_databases(self, _name: str, _command: Document) -> Document:
        return {"databases": [{"name": known} for known in self.client.list_database_names()], "ok": 1.0}

    def list_collections(self, name: str, command: Document) -> Document:
        wanted = command.get("filter", {}).get("name")
        names = self.client[name].list_collection_names()
        found = [
            {"name": known, "type": "collection", "options": {}, "info": {"readOnly": False}}
            for known in names
            if not isinstance(wanted, str) or known == wanted
        ]
        return self.cursor(f"{name}.$cmd.listCollections", found)

    def get_more(self, name: str, command: Document) -> Document:
        number = command["getMore"]
        if number not in self.cursors:
            raise OperationFailure(f"cursor id {number} not found", NO_CURSOR)
        rest = self.cursors.pop(number)
        space = f"{name}.{command['collection']}"
        return self.cursor(space, rest, command.get("batchSize"), number=number)

    def cursor(
        self,
        space: str,
        documents: Iterable[Document],
        batch_size: int | None = None,
        *,
        number: int = 0,
        single: bool = False,
    ) -> Document:
        """Return one batch, and keep the rest for the command getMore."""
        rest, batch, size = iter(documents), [], 0
        for document in rest:
            if size > BATCH or (batch_size is not None and len(batch) >= batch_size):
                rest = itertools.chain([document], rest)
                break
            size += len(bson.encode(document))
            batch.append(document)
        else:
            single = True
        key = "nextBatch" if number else "firstBatch"
        following = 0 if single else number or next(self.cursor_ids)
        if following:
            self.cursors[following] = rest
        return {"cursor": {key: batch, "id": bson.Int64(following), "ns": space}, "ok": 1.0}

    def find(self, collection: Any, command: Document) -> Document:
        found = collection.find(
            command.get("filter") or {},
            command.get("projection") or None,
            skip=command.get("skip", 0),
            limit=abs(command.get("limit", 0)),
            sort=operations.sorting(command),
        )
        return self.cursor(
            operations.space(collection),
            list(found),
            command.get("batchSize"),
            single=command.get("singleBatch", False),
        )

    def aggregate(self, collection: Any, command: Document) -> Document:
        found = list(collection.aggregate(command["pipeline"]))
        return self.cursor(operations.space(collection), found, command.get("cursor", {}).get("batchSize"))

    def list_indexes(self, collection: Any, _command: Document) -> Document:
        known = collection.index_information().items()
        return self.cursor(
            operations.space(collection),
            [{"v": 2, "name": n, **index, "key": dict(index["key"])} for n, index in known],
        )

    def write(self, collection: Any, command: Document) -> Document:
        """Run inserts, updates or deletions one after the other."""
        verb = next(iter(command))
        todo = command["documents" if verb == "insert" else f"{verb}s"]
        reply: Document = {"n": 0, "nModified": 0}
        upserted, errors = [], []
        for index, operation in enumerate(todo):
            try:
                count, modified, new = operations.WRITES[verb](collection, operation)
            except Exception as error:
                if not isinstance(error, PyMongoError) and operations.code_of(error) != DUPLICATE:
                    raise
                errors.append({"index": index, "code": operations.code_of(error), "errmsg": str(error)[:500]})
                if command.get("ordered", True):
                    break
                continue
            reply["n"] += count
            reply["nModified"] += modified
            if new is not None:
                upserted.append({"index": index, "_id": new})
        reply |= {"upserted": upserted} if upserted else {}
        return reply | ({"writeErrors": errors} if errors else {})


SERVER_COMMANDS = {
    "hello": Server.hello,
    "ismaster": Server.hello,
    "ping": Server.ping,
    "endsessions": Server.ping,
    "killcursors": Server.ping,
    "buildinfo": Server.build_info,
    "dropdatabase": Server.drop_database,
    "listdatabases": Server.list_databases,
    "listcollections": Server.list_collections,
    "getmore": Server.get_more,
}
COLLECTION_COMMANDS = {
    "insert": Server.write,
    "update": Server.write,
    "delete": Server.write,
    "find": Server.find,
    "aggregate": Server.aggregate,
    "listindexes": Server.list_indexes,
    "findandmodify": operations.find_and_modify,
    "create": operations.create,
    "drop": operations.drop,
    "createindexes": operations.create_indexes,
    "dropindexes": operations.drop_indexes,
    "count": operations.count,
    "distinct": operations.distinct,
}


def _unpacked(body: bytes) -> tuple[Document, bool]:
    """Take an OP_MSG apart: the command, and whether it wants no reply."""
    (flags,) = struct.unpack_from("<I", body)
    end, place = len(body) - (4 if flags & 1 else 0), 4
    command: Document = {}
    sequences: Document = {}
    while place < end:
        kind, (size,) = body[place], struct.unpack_from("<i", body, place + 1)
        start, place = place + 1, place + 1 + size
        if kind == 0:
            command = bson.decode(body[start:place])
        else:
            stop = body.index(b"\0", start + 4)
            sequences[body[start + 4 : stop].decode()] = bson.decode_all(body[stop + 1 : place])
    return {**command, **sequences}, bool(flags & 2)


async def _reply(server: Server, code: int, body: bytes, login: Login) -> tuple[bytes, int]:
    if code == OP_QUERY:  # the first handshake
        end = body.index(b"\0", 4)
        name = body[4:end].decode().partition(".")[0]
        answer = await server.answer(name, bson.decode(body[end + 9 :]), login)
        return struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(answer), OP_REPLY
    command, silent = _unpacked(body)
    answer = await server.answer(command.get("$db", "admin"), command, login)
    return b"" if silent else struct.pack("<IB", 0, 0) + bson.encode(answer), OP_MSG


async def _serve(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    login = Login(server.user, server.password)
    try:
        while True:
            size, request, _, code = struct.unpack("<iiii", await reader.readexactly(16))
            if code not in {OP_QUERY, OP_MSG} or size > LARGEST_MESSAGE:
                break  # such as a handshake of TLS
            message, kind = await _reply(server, code, await reader.readexactly(size - 16), login)
            if message:
                writer.write(struct.pack("<iiii", len(message) + 16, 0, request, kind) + message)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve(server: Server, port: int) -> None:
    """Print the address and serve until killed."""
    await asyncio.get_running_loop().run_in_executor(server.worker, server.open)
    listener = await asyncio.start_server(
        lambda reader, writer: _serve(server, reader, writer), "127.0.0.1", port, limit=2**26
    )
    host, port = listener.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)  # noqa: T201 - the parent reads it
    await listener.serve_forever()


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("port", type=int)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--read-only", action="store_true")
    given = parser.parse_args()
    server = Server(given.directory, given.user, given.password, read_only=given.read_only)
    asyncio.run(serve(server, given.port))


if __name__ == "__main__":
    _main()
