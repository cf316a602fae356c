"""The export: the keys that readers rely on in stable order, null and empty lists for what the source leaves out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from services.catalog.exporting import counts, entry_document
from services.catalog.format.profiles import PROFILES
from services.catalog.format.tiers import Tier
from services.catalog.loading import load_all, parse_service
from shared.catalogue.format import vocabulary
from shared.catalogue.format.model import Service
from tests.unit.catalog.sample import ALL_CHECKS, SAMPLE

FORMAT = Path(__file__).parents[3] / "docs" / "catalogue-format.md"

DOCUMENT = entry_document(parse_service(SAMPLE, "alibaba-10.yaml").service)

SERVICE_KEYS = """id provider name_zh name_en category sources exclusions editions choices options modules matrix phases
    procedure milestones deliverables raci sla windows channels lead_time bulk_lead_time service_periods acceptance
    completion after_care cancellation prerequisites quantity_rules notes"""

# What an entry of each list shows.
ENTRY_KEYS = {
    "exclusions": "text_zh text_en",
    "editions": "id name_zh name_en kind pricing_unit limits",
    "choices": "kind of mandatory",
    "options": "id name_zh unit caps lead_time",
    "modules": "id name_zh hours participants",
    "matrix": "phase_zh item_zh cells",
    "phases": "name_zh name_en",
    "procedure": "name_zh period starts",
    "milestones": "name_zh offset unit from",
    "deliverables": "name_zh aliases phase_zh type_zh conditional condition_zh recurrence blocking alternative_group",
    "raci": "phase_zh task_zh customer provider",
    "sla": "what_zh level response resolution window strict kind",
    "acceptance": """layer covers profile group forms acceptor criteria review_period starts silence use_is_acceptance
        rework_period implementation_period objection time_based_completion alternative_completion""",
    "windows": "id name_zh days hours",
    "channels": "kind name_zh",
    "service_periods": "kind unit",
    "completion": "kind text_zh period",
    "after_care": "kind name_zh period starts",
    "cancellation": "kind text_zh period",
    "prerequisites": "kind of condition",
    "quantity_rules": "kind inputs figures strictness",
    "notes": "contradiction text_en",
}


def test_a_service_has_every_key_of_the_format() -> None:
    assert set(SERVICE_KEYS.split()) <= set(DOCUMENT)


def test_every_list_entry_has_the_keys_of_the_format() -> None:
    shipped = [entry_document(service) for service in load_all().services]
    for name, keys in ENTRY_KEYS.items():
        entries = [entry for document in shipped for entry in document[name]]
        assert entries, name
        assert all(set(keys.split()) <= set(entry) for entry in entries), name


def test_every_cell_of_the_matrix_says_support_and_text() -> None:
    rows = [row for service in load_all().services for row in entry_document(service)["matrix"]]
    assert rows and all(set(cell) == {"support", "text_zh"} for row in rows for cell in row["cells"].values())


def test_what_the_source_leaves_out_is_null_or_an_empty_list() -> None:
    assert DOCUMENT["bulk_lead_time"] is None
    assert DOCUMENT["modules"] == []
    assert DOCUMENT["acceptance"][0]["review_period"] is None


def test_an_entry_for_all_editions_does_not_name_them() -> None:
    assert "editions" not in DOCUMENT["raci"][0]
    assert DOCUMENT["deliverables"][0]["editions"] == ["consulting"]


def test_periods_have_exactly_one_of_the_two_forms() -> None:
    assert DOCUMENT["lead_time"] == {"value": 15, "unit": "working_day", "source": "3"}
    assert DOCUMENT["sla"][0]["response"] == {"value": 30, "unit": "minute"}
    pack = DOCUMENT["service_periods"][0]
    assert (pack["value"], pack["unit"], pack["consecutive"]) == (10, "working_day", True)


def test_keys_stand_in_declared_order() -> None:
    assert list(DOCUMENT)[:4] == ["id", "provider", "name_zh", "name_en"]
    assert list(entry_document(parse_service(SAMPLE, "b").service)) == list(DOCUMENT)


def test_counts_count_rows_and_notes_wherever_they_stand() -> None:
    service = parse_service(SAMPLE, "alibaba-10.yaml").service
    assert counts([service, service]) == {
        "services": 2,
        "editions": 6,
        "deliverables": 6,
        "matrix": 4,
        "raci": 2,
        "acceptance": 4,
        "milestones": 4,
        "notes": 6,
    }


def test_r_151_there_are_seventeen_profiles_in_twelve_groups() -> None:
    assert len(PROFILES) == 17
    assert {profile.group for profile in PROFILES.values()} == {f"P{number}" for number in range(12)}


def test_r_185_silence_rules_exist_only_where_the_sources_have_them() -> None:
    silent = {service for profile in PROFILES.values() if profile.silence for service in profile.services}
    assert silent == {f"alibaba-{number}" for number in (1, 18, 14, 15, 16, 25, 27, 22, 24, 6)}


CLOSED_LISTS = {name: get_args(value) for name, value in vars(vocabulary).items() if get_origin(value) is Literal}


@pytest.mark.parametrize("name", CLOSED_LISTS)
def test_every_value_of_a_closed_list_is_documented(name: str) -> None:
    words = set(re.findall(r"[A-Za-z0-9_-]+", FORMAT.read_text(encoding="utf-8")))
    assert {value for value in CLOSED_LISTS[name] if name != "Group"} <= words


def test_every_key_of_a_service_and_of_a_tier_is_documented() -> None:
    words = set(re.findall(r"[a-z_]+", FORMAT.read_text(encoding="utf-8")))
    assert set(Service.__struct_fields__) | set(Tier.__struct_fields__) <= words


def test_every_check_of_the_linter_is_documented() -> None:
    named = set(re.findall(r"`([a-z-]+)`", FORMAT.read_text(encoding="utf-8")))
    assert named >= ALL_CHECKS
