"""The one-machine broker, with several processes at it."""

import multiprocessing
import uuid
from queue import Empty

import pytest
from kombu import Connection, Exchange, Queue

from akeneo_app import broker
from akeneo_app.local_state import filesystem_broker


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "broker"


@pytest.fixture
def name():
    """Of a queue: a process binds each only once, whatever the folder."""
    return uuid.uuid4().hex


def connect(folder):
    broker.use()
    return Connection("filesystem://", transport_options=filesystem_broker(folder))


def put_many(folder, name, writer, count):
    with connect(folder) as connection, connection.SimpleQueue(name) as queue:
        for number in range(count):
            queue.put([writer, number])


def bind(folder, exchange, name):
    with connect(folder) as connection:
        Queue(name, Exchange(exchange), channel=connection.channel()).declare()


def take_all(folder, name, expected):
    """What arrives until `expected` messages have; an error if none comes for ten seconds."""
    taken: list[tuple[str, int]] = []
    with connect(folder) as connection, connection.SimpleQueue(name) as queue:
        while len(taken) < expected:
            message = queue.get(timeout=10)
            message.ack()
            taken.append(tuple(message.payload))
    return taken


def test_every_message_of_several_processes_arrives_once(folder, name):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=put_many, args=(folder, name, who, 150)) for who in "ab"]

    for writer in writers:
        writer.start()
    taken = take_all(folder, name, 300)
    for writer in writers:
        writer.join()

    assert sorted(taken) == [(who, number) for who in "ab" for number in range(150)]
    assert list((folder / "messages").iterdir()) == []


def test_a_message_that_is_being_written_is_not_taken(folder, name, monkeypatch):
    seen = []

    def look_while_written(path, content):
        with connect(folder) as other, other.SimpleQueue(name) as queue:
            path.touch()
            try:
                seen.append(queue.get(block=False).payload)
            except Empty:
                seen.append(None)
        with path.open("wb") as file:
            file.write(content)

    with connect(folder) as connection, connection.SimpleQueue(name) as queue:
        monkeypatch.setattr("pathlib.Path.write_bytes", look_while_written)
        queue.put("whole")
        monkeypatch.undo()

        assert seen == [None]
        assert queue.get(block=False).payload == "whole"


def test_a_broken_message_is_put_aside(folder, name):
    with connect(folder) as connection, connection.SimpleQueue(name) as queue:
        (folder / "messages" / f"1_left-by-a-killed-process.{name}.msg").touch()
        queue.put("after it")

        assert queue.get(block=False).payload == "after it"
        with pytest.raises(Empty):
            queue.get(block=False)


def test_queues_that_several_processes_bind_at_once_are_all_found(folder):
    context = multiprocessing.get_context("spawn")
    names = [f"queue{number}" for number in range(6)]
    binders = [context.Process(target=bind, args=(folder, "shared", name)) for name in names]

    for binder in binders:
        binder.start()
    for binder in binders:
        binder.join()

    with connect(folder) as connection:
        table = connection.channel().get_table("shared")
    assert sorted(entry.queue for entry in table) == names
