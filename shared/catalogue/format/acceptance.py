"""Acceptance as the catalogue describes it: items under a profile, completion marks, and duties afterwards."""

from __future__ import annotations

from msgspec import Struct

from shared.catalogue.format import vocabulary as v
from shared.catalogue.format.values import Entry, Period, Statement


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an acceptance entry or a milestone is about: a deliverable, phase or milestone by its Chinese name."""

    kind: v.CoverKind
    name_zh: str


class Objection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stops or refuses an acceptance (R-142, R-186) and how the next round runs (R-174, R-175)."""

    kind: v.ObjectionKind
    neutral_reply_stops: bool | None = None
    any_person_stops: bool = False
    re_review_period: Period | None = None
    re_review_silence: bool = False
    discussion_period: Period | None = None


class TimeCompletion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Completion by time (P8): what runs out, and its length where it is fixed."""

    kind: v.TimeCompletionKind
    period: Period | None = None


class CompletionFact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact of an alternative completion, with its figure where it has one."""

    kind: v.CompletionFactKind
    period: Period | None = None


class AlternativeCompletion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another way to completion (R-315): `needed` says whether all facts or any one of them is enough."""

    needed: v.FormsNeeded
    facts: tuple[CompletionFact, ...]


class Criterion(Statement, frozen=True, kw_only=True):
    """A criterion (R-152); `period` is the time that the proof of it takes, for example a week of stable running."""

    period: Period | None = None


class Acceptance(Entry, frozen=True, kw_only=True):
    """One acceptance item for a group of editions on one layer, complete for its profile (R-150, R-151).

    `rework_period` is the time that the provider has to answer. `after` names entries that come first (R-153),
    `confirms` entries that the explicit acceptance of this one confirms too.
    """

    id: v.Slug
    name_zh: str | None = None
    name_en: str
    layer: v.Layer
    covers: tuple[Cover, ...] = ()
    profile: v.ProfileId
    group: v.Group
    forms: tuple[v.Form, ...] = ()
    forms_needed: v.FormsNeeded = "any"
    acceptor: v.Acceptor | None = None
    criteria: tuple[Criterion, ...] = ()
    review_period: Period | None = None
    starts: v.Start | None = None
    silence: bool = False
    use_is_acceptance: bool = False
    rework_period: Period | None = None
    implementation_period: Period | None = None
    objection: Objection | None = None
    time_based_completion: TimeCompletion | None = None
    alternative_completion: AlternativeCompletion | None = None
    after: tuple[v.Slug, ...] = ()
    confirms: tuple[v.Slug, ...] = ()


class Completion(Entry, frozen=True, kw_only=True):
    """A completion mark (R-310..R-321)."""

    kind: v.CompletionKind
    text_zh: str | None = None
    period: Period | None = None
    starts: v.Start | None = None


class AfterCare(Entry, frozen=True, kw_only=True):
    """A duty after acceptance or cutover (R-240..R-249); it runs by the calendar without rolling (R-011)."""

    kind: v.AfterCareKind
    name_zh: str
    name_en: str
    period: Period | None = None
    starts: v.Start | None = None
    window: v.Slug | None = None
    channels: tuple[v.ChannelKind, ...] = ()
