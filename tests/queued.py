"""What waits for Celery's workers: a fixture of conftest.py, and what reads it."""

import contextlib

import pytest

from akeneo_app.celery import app


@pytest.fixture
def queue():
    """The broker's queue, empty."""
    with app.connection_for_write() as connection, connection.SimpleQueue("celery") as queue:
        queue.clear()
        yield queue
        queue.clear()


def waiting(queue):
    """Take the messages from the queue: name and arguments of each task."""
    messages = []
    with contextlib.suppress(queue.Empty):
        while True:
            message = queue.get_nowait()
            message.ack()
            messages.append((message.headers["task"], message.payload[0]))
    return messages
