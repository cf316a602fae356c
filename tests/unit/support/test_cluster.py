"""What `make up-full` says of a running cluster, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import cluster
from tests.support.cluster import SERVICES, STARTING, State, shown, up, without_password


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://postgres@/postgres?host=/tmp/pg", "user=postgres dbname=postgres host=/tmp/pg"),
        ("postgresql://u:S3cret@db:5433/l", "user=u dbname=l host=db port=5433"),
        ("postgresql://u@db/l?password=S3cret", "user=u dbname=l host=db"),
        ("host=db user=u password='S3 cret'", "user=u host=db"),
    ],
)
def test_a_database_is_shown_as_psql_takes_it_and_without_its_password(dsn: str, expected: str) -> None:
    assert sorted(without_password(dsn).split()) == sorted(expected.split())


def test_services_database_and_broker_are_shown() -> None:
    addresses = {service: f"http://127.0.0.1:{port}" for port, service in enumerate(SERVICES, 8081)}
    state = State(supervisor=1, addresses=addresses, database="user=u host=db", broker="127.0.0.1:9092")
    lines = shown(state)
    assert [line.split()[:2] for line in lines[:4]] == [list(item) for item in addresses.items()]
    assert 'psql "user=u host=db"' in lines[4] and "contracts" in lines[4]
    assert lines[5].split() == ["Kafka", "127.0.0.1:9092"]


def test_it_says_what_it_starts_before_it_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said_before: list[str] = []

    def started(*_: object, **__: object) -> None:
        said_before.append(capsys.readouterr().out)
        raise InterruptedError

    monkeypatch.setattr(cluster.subprocess, "Popen", started)
    with pytest.raises(InterruptedError):
        up(tmp_path)
    assert said_before == [f"{STARTING}\n"]
