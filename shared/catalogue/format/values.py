"""The small values that every part of a catalogue file is made of: notes, entries, periods, statements, figures."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from shared.catalogue.format import vocabulary as v


class Note(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contradiction or a gap of the source and what is done about it; `contradiction` is a C-id of the rule book."""

    text_en: str
    text_zh: str | None = None
    contradiction: v.ContradictionId | None = None
    rule: v.RuleId | None = None
    source: v.SectionList | UnsetType = UNSET


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every list entry may carry: the editions that it holds for (absent = all), its section, notes."""

    editions: tuple[v.Slug, ...] | UnsetType = UNSET
    source: v.SectionList | UnsetType = UNSET
    notes: tuple[Note, ...] | UnsetType = UNSET


class Period(Entry, frozen=True, kw_only=True):
    """A length of time: either `value` and `unit`, or `min`, `max`, `unit` and `approx` (an open bound is null).

    `consecutive` is for packs of days in a row (R-010), `template` for a 【】 field that the contract fills (R-014);
    a template without a number has `value: null`.
    """

    value: int | UnsetType | None = UNSET
    min: int | UnsetType | None = UNSET
    max: int | UnsetType | None = UNSET
    unit: v.Unit
    approx: bool | UnsetType = UNSET
    consecutive: bool | UnsetType = UNSET
    template: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuse a mixture of the two forms; msgspec reports the message with the path of the value."""
        exact = self.value is not UNSET
        range_parts = (self.min, self.max, self.approx)
        if exact and any(part is not UNSET for part in range_parts):
            raise ValueError("a period has either `value` or `min`, `max` and `approx`")
        if not exact and any(part is UNSET for part in range_parts):
            raise ValueError("a period needs `value`, or all of `min`, `max` and `approx`")
        if not exact and self.min is None and self.max is None:
            raise ValueError("a range has at least one bound")
        if self.value is None and self.template is not True:
            raise ValueError("only a template period may leave its `value` open")


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the chapter stands; `document` is an id of `sections.yaml`, `version` the one printed there (R-020)."""

    document: str
    version: str
    section: str
    title_zh: str


class Statement(Entry, frozen=True, kw_only=True):
    """A short fact of the source (never a whole sentence) and its meaning in our words."""

    text_zh: str | None = None
    text_en: str


class Limit(Entry, frozen=True, kw_only=True):
    """A bound on a countable thing, for example at most 100 nodes; `strict` means the bound itself is outside."""

    of: v.Slug
    name_zh: str | None = None
    min: int | None = None
    max: int | None = None
    strict: bool = False


class Figure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number of a quantity rule: of which input, and for which edition where editions differ."""

    name: v.FigureName
    value: int
    of: v.Slug | None = None
    unit: v.Unit | None = None
    edition: v.Slug | None = None
