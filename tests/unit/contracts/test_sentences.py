"""Every public event can be told in both languages: a sentence that fails would hide the whole timeline."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from services.contracts.sentences import SENTENCES, sentence
from services.contracts.sentences.naming import Names, named, names_of
from shared.public_events.contracts import ContractExtended, MilestoneMet
from shared.public_events.envelope import PublicEvent
from tests.unit.contracts.world import in_force, signed

TEXTS = ("x", "2025-09-25T01:00:00.000Z", "a" * 64, "CNY", "5wd", "24:00", "wd 09:00-17:00", "PM")


def example(of: type[PublicEvent]) -> PublicEvent:
    """The smallest event of a type, with every field filled."""
    return msgspec.convert(_value(inspect.type_info(of)), of)


def _value(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StructType(fields=fields):
            return {field.encode_name: _value(field.type) for field in fields}
        case inspect.StrType(pattern=pattern):
            return _text(pattern or "")
        case inspect.IntType():
            return 1
        case inspect.BoolType():
            return True
        case inspect.DecimalType():
            return Decimal(1)
        case inspect.DateType():
            return date(2025, 9, 25)
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [_value(item)]
        case inspect.UnionType(types=types):
            return _value(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.Metadata(type=inner):
            return _value(inner)
        case _:
            raise TypeError(f"no example for {kind}")


def _text(pattern: str) -> str:
    """A text for each of the patterns that the language uses."""
    return next(text for text in TEXTS if re.search(pattern, text))


@pytest.mark.parametrize("type", list(SENTENCES), ids=lambda type: type.TYPE)
def test_every_event_is_told_in_both_languages(type: type[PublicEvent]) -> None:
    said = sentence(example(type))
    assert said.zh
    assert said.en
    assert said.en.isascii() or "“" in said.en
    assert "{" not in said.zh + said.en
    assert said.rule


def test_an_event_without_a_sentence_is_told_by_its_type() -> None:
    class Unheard(PublicEvent, frozen=True, kw_only=True):
        TYPE = "future.unheard.v1"
        TOPIC = "ledger.future.v1"

    assert sentence(Unheard()).en == "future.unheard.v1"


def test_parts_are_called_by_the_names_of_the_terms() -> None:
    names = names_of(in_force(signed("alibaba-8")).terms)
    met = MilestoneMet(contract="C1", milestone="m1", on_time=True)
    assert named(met, names.zh) == MilestoneMet(contract="C1", milestone="“项目启动会议”", on_time=True)
    unknown = MilestoneMet(contract="C1", milestone="m9", on_time=True)
    assert named(unknown, names.en) == unknown


def test_names_inside_lists_and_deadlines_are_found() -> None:
    names = Names(zh={"x": "某项"}, en={})
    extended = named(example(ContractExtended), names.zh)
    assert isinstance(extended, ContractExtended)
    assert (extended.items, extended.milestones) == (("某项",), ("某项",))
