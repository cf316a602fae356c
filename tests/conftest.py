"""What every test stands on: a clean environment, repeatable chance, and real backends, one server a session."""

from __future__ import annotations

import gc
import logging
import os
import random
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import hypothesis
import pytest

from shared.telemetry.logs import LineHandler
from shared.testing import backends, kafka_broker

pytest_plugins = ["tests.support.no_skips", "tests.support.ending", "tests.support.side_by_side", "pytester"]

# Variables that change what the ledger or one of its libraries does, by the start of their names.
SCRUBBED = ("QIZHANG_", "OTEL_", "PG")
KEPT = "QIZHANG_TEST_"
SEED_VARIABLE = "QIZHANG_TEST_SEED"
IN_CI = os.environ.get("CI", "") not in {"", "false", "0"}

for name in list(os.environ):
    if name.startswith(SCRUBBED) and not name.startswith(KEPT):
        del os.environ[name]

# The same inputs in every run of CI, so that a failure is the change's and not the day's; new ones at the desk.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("desk", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "desk")

SEED = int(os.environ.get(SEED_VARIABLE) or (0 if IN_CI else random.SystemRandom().randrange(2**32)))
# Processes that run tests side by side have the same.
os.environ[SEED_VARIABLE] = str(SEED)


def pytest_report_header() -> str:
    """How to repeat this run."""
    return f"seed: {SEED} (repeat with {SEED_VARIABLE}={SEED}), hypothesis profile: {'ci' if IN_CI else 'desk'}"


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of this run: for whatever a test leaves to chance."""
    return SEED


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """A PostgreSQL server for the whole session. It skips fsync: tests kill the ledger, never the server."""
    with backends.postgres(os.environ, durable=False) as dsn:
        yield dsn


@pytest.fixture
def fresh_schema(postgres_dsn: str) -> Iterator[tuple[str, str]]:
    """(dsn, schema): an empty schema for one test; a test that needs more takes `backends.temporary_schema`."""
    with backends.temporary_schema(postgres_dsn) as schema:
        yield postgres_dsn, schema


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """The address of a Kafka broker for the whole session; tests take topics and groups of their own on it."""
    with kafka_broker.kafka(os.environ) as bootstrap:
        yield bootstrap


@pytest.fixture
def own_broker() -> Iterator[kafka_broker.KafkaBroker]:
    """A Kafka broker that a test may kill, pause and start again."""
    with kafka_broker.own_kafka() as broker:
        yield broker


@pytest.fixture(autouse=True)
def logs_where_they_were() -> Iterator[None]:
    """A command that a test runs in this process sets up the logs of its own: into a stream that ends with the test."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    for handler in root.handlers[:]:
        if isinstance(handler, LineHandler):
            root.removeHandler(handler)


# Tests that talk to a broker from this process, by words in their names.
ON_THE_BROKER = ("kafka", "deployed", "cluster")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Let go of connections that aiokafka has dropped, before a later test is blamed for them.

    aiokafka 0.14 forgets a connection whose making was cancelled: it is closed when it is collected, with warnings
    (those that name it are passed over in `pyproject.toml`, for they may come at any time). Only tests on the broker
    are looked after, and only at their end; what the ledger itself forgets is still an error.
    """
    if not any(word in item.nodeid for word in ON_THE_BROKER):
        yield
        return
    with _without_resource_warnings():
        yield
        gc.collect()


def pytest_sessionfinish() -> None:
    """What the last test on the broker has left."""
    with _without_resource_warnings():
        gc.collect()


@contextmanager
def _without_resource_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
