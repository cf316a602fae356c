"""Kingdee's overview of service tiers (chapter 1 of its document), as catalogue data beside the services."""

from __future__ import annotations

from msgspec import Struct

from shared.catalogue.format import vocabulary as v
from shared.catalogue.format.values import Entry, Note


class TierFeature(Entry, frozen=True, kw_only=True):
    """A line of the overview table: a feature of the tier, with the text of its cell where it is not a tick."""

    group_zh: str
    item_zh: str | None = None
    item_en: str
    support: v.Support
    text_zh: str | None = None


class TierPart(Entry, frozen=True, kw_only=True):
    """A tier, service or further offer named inside a tier; `of` is the id of the tier or service, null without one."""

    kind: v.TierPartKind
    group_zh: str | None = None
    name_zh: str
    of: str | None = None
    text_zh: str | None = None


class TierExample(Entry, frozen=True, kw_only=True):
    """An example of a tailored plan: the parts that the document combines."""

    name_zh: str
    name_en: str
    parts: tuple[TierPart, ...]


class Tier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of the overview; `builds_on` is the tier that it contains."""

    id: v.Slug
    provider: v.Provider
    name_zh: str
    name_en: str
    tagline_zh: str | None = None
    summary_en: str | None = None
    builds_on: v.Slug | None = None
    features: tuple[TierFeature, ...] = ()
    services: tuple[TierPart, ...] = ()
    examples: tuple[TierExample, ...] = ()
    source: v.SectionList
    notes: tuple[Note, ...] = ()
