"""The registry of a process follows its file: a key is rotated or revoked without a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.config import ConfigError
from shared.inbound.key_file import KeyFile
from tests.support.clocks import ImpatientClock
from tests.support.inbound import CRM, CRM_UNTIL_THEN, registration
from tests.support.toy_ledger import START

REVOKED = {"revoked_at": START, "revocation_recorded_at": START}


def write(path: Path, *registrations: dict[str, Any]) -> None:
    path.write_bytes(msgspec.json.encode({"keys": registrations}))


async def test_a_key_that_is_added_is_known_and_one_that_is_revoked_counts_no_more(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write(path, registration(CRM_UNTIL_THEN))
    keys = KeyFile(path, ImpatientClock())
    assert keys.senders().sender("crm") is None
    write(path, registration(CRM), registration(CRM_UNTIL_THEN, **REVOKED))
    await keys.step()
    assert keys.senders().sender("crm") is not None
    revoked = keys.senders().sender("crm-until-then")
    assert revoked is not None
    assert not revoked.valid_at(START)


async def test_while_the_file_cannot_be_used_what_it_said_last_holds_on(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write(path, registration(CRM))
    keys = KeyFile(path, ImpatientClock())
    for broken in (lambda: path.write_text("{"), path.unlink):
        broken()
        with pytest.raises(ConfigError, match=r"keys\.json"):
            await keys.step()
        assert keys.senders().sender("crm") is not None


def test_a_process_does_not_start_on_a_registry_that_it_cannot_use(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(ConfigError):
            KeyFile(path, ImpatientClock())
