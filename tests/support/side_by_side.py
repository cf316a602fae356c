"""A pytest plugin for runs on several processes: they share one database server, one broker and one seed.

Each would start servers of its own otherwise, which takes longer than most of what is tested on them.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Final

import pytest

from shared.testing import backends, kafka_broker

_servers: Final = ExitStack()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Start what all of them use, before the first of them is started."""
    os.environ[backends.POSTGRES_DSN_VARIABLE] = _servers.enter_context(backends.postgres(os.environ, durable=False))
    os.environ[kafka_broker.KAFKA_VARIABLE] = _servers.enter_context(kafka_broker.kafka(os.environ))


def pytest_unconfigure() -> None:
    """The last of them has ended."""
    _servers.close()
