"""One catalogue file: the structs that describe a service of the source documents, value by value.

The key names are those of `qizhang catalog export --json`. Chinese text of the source stands in `*_zh`; what the
source leaves out is null or an empty list. `docs/catalogue-format.md` explains every field with examples.
"""

from __future__ import annotations

from msgspec import Struct

from shared.catalogue.format import vocabulary as v
from shared.catalogue.format.acceptance import Acceptance, AfterCare, Completion, Cover
from shared.catalogue.format.values import Entry, Figure, Limit, Note, Period, Source, Statement


class ServicePeriod(Period, frozen=True, kw_only=True):
    """How long a service, pack, subscription or support phase runs."""

    kind: v.ServicePeriodKind
    starts: v.Start | None = None
    name_zh: str | None = None


class Edition(Entry, frozen=True, kw_only=True):
    """Something of the service that is chosen or bought as a whole."""

    id: v.Slug
    name_zh: str
    name_en: str
    kind: v.EditionKind
    pricing_unit: v.PricingUnit | None = None
    limits: tuple[Limit, ...] = ()


class Choice(Entry, frozen=True, kw_only=True):
    """A choose rule (R-022..R-026) over ids of editions or options; `editions` says inside which edition it holds."""

    kind: v.ChoiceKind
    of: tuple[v.Slug, ...]
    mandatory: bool
    rule: v.RuleId | None = None


class Option(Entry, frozen=True, kw_only=True):
    """An extra with a unit of its own, such as a visit or a resident day (R-301)."""

    id: v.Slug
    name_zh: str
    name_en: str
    unit: v.PricingUnit
    priced: bool = True
    caps: tuple[Limit, ...] = ()
    lead_time: Period | None = None
    window: v.Slug | None = None


class Module(Entry, frozen=True, kw_only=True):
    """A training module (A24): reference hours and the most participants of one session."""

    id: v.Slug
    name_zh: str
    name_en: str
    category_zh: str | None = None
    hours: int | None = None
    participants: int | None = None


class Cell(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cell of the feature matrix (R-041): null only where R-042 leaves it open; a printed text stays in `text_zh`."""

    support: v.Support | None
    text_zh: str | None = None


class MatrixRow(Entry, frozen=True, kw_only=True):
    """A row of the feature matrix with one cell for every edition that the table has a column for."""

    phase_zh: str | None = None
    item_zh: str
    item_en: str | None = None
    products_zh: str | None = None
    cells: dict[v.Slug, Cell]


class Phase(Entry, frozen=True, kw_only=True):
    """A phase of the service, in the order of the file; `aliases` are other names of it in the same chapter."""

    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()
    period: Period | None = None


class Step(Entry, frozen=True, kw_only=True):
    """A step of the service flow, timed where the source times it: `period` runs from `starts` (R-057, R-092)."""

    name_zh: str
    name_en: str
    actor: v.Side | None = None
    period: Period | None = None
    starts: v.Start | None = None
    forms: tuple[v.Form, ...] = ()
    output_zh: str | None = None
    rule: v.RuleId | None = None


class Milestone(Entry, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A milestone: `offset` units after `from`; null where the contract fills it. `met_when` speaks of `covers`."""

    name_zh: str
    name_en: str
    offset: int | None
    unit: v.Unit | None
    from_: v.Start | None
    template: bool = False
    phase_zh: str | None = None
    covers: tuple[Cover, ...] = ()
    met_when: v.MetWhen | None = None


class Deliverable(Entry, frozen=True, kw_only=True):
    """A deliverable (R-125); entries with one `alternative_group` are alternatives, one of them is enough (R-044)."""

    id: v.Slug
    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()
    phase_zh: str | None = None
    type_zh: str | None = None
    format_zh: str | None = None
    conditional: bool = False
    condition_zh: str | None = None
    recurrence: v.Recurrence | None = "once"
    blocking: bool = True
    alternative_group: v.Slug | None = None


class RaciRow(Entry, frozen=True, kw_only=True):
    """A row of the responsibility table, letters as printed (R-076)."""

    phase_zh: str | None = None
    task_zh: str
    task_en: str | None = None
    customer: v.RaciLetters | None
    provider: v.RaciLetters | None


class SlaRow(Entry, frozen=True, kw_only=True):
    """A service level; `strict` means the limit itself is a breach (R-284). `kind` is of the response.

    `resolution_kind` is of the resolution time. A promise that is a share, not a time, stands in `attainment_percent`.
    """

    what_zh: str
    level: str | None = None
    level_zh: str | None = None
    response: Period | None = None
    resolution: Period | None = None
    resolution_zh: str | None = None
    window: v.Slug | None = None
    strict: bool = False
    kind: v.SlaKind
    resolution_kind: v.SlaKind | None = None
    attainment_percent: int | None = None


class Window(Entry, frozen=True, kw_only=True):
    """A service window in Beijing time (R-295); `hours` is empty where the source names days only."""

    id: v.Slug
    name_zh: str
    days: v.WindowDays
    hours: tuple[v.DayTime, ...] = ()


class Channel(Entry, frozen=True, kw_only=True):
    """A way to reach the other side; `levels` are SLA levels that it is for (R-276)."""

    kind: v.ChannelKind
    name_zh: str
    window: v.Slug | None = None
    levels: tuple[str, ...] = ()


class Cancellation(Entry, frozen=True, kw_only=True):
    """A rule about cancelling, ending early, forfeiting or refunding."""

    kind: v.CancellationKind
    period: Period | None = None
    starts: v.Start | None = None
    percent: int | None = None
    text_zh: str | None = None
    text_en: str
    rule: v.RuleId | None = None


class Prerequisite(Entry, frozen=True, kw_only=True):
    """Something that has to be there first; `of` is a service id, `service:edition`, a slug, or null for a product.

    `condition` says before what; entries with one `group` are alternatives.
    """

    kind: v.PrerequisiteKind
    of: str | None = None
    of_zh: str | None = None
    condition: v.PrerequisiteTime | None = None
    condition_zh: str | None = None
    group: v.Slug | None = None
    rule: v.RuleId | None = None


class QuantityRule(Entry, frozen=True, kw_only=True):
    """Arithmetic over ordered quantities (R-030..R-040, R-300).

    `strictness` says whether the bounds themselves are inside; open = the source leaves it open.
    """

    id: v.Slug
    kind: v.QuantityKind
    inputs: tuple[v.Slug, ...]
    figures: tuple[Figure, ...]
    strictness: v.Strictness | None = None
    effect: v.QuantityEffect | None = None
    text_zh: str | None = None
    rule: v.RuleId | None = None


class Payment(Entry, frozen=True, kw_only=True):
    """How payment is tied to the work (R-222, R-223, R-227, R-230)."""

    kind: v.PaymentKind
    text_zh: str | None = None
    text_en: str | None = None
    rule: v.RuleId | None = None


class Role(Entry, frozen=True, kw_only=True):
    """A person that a side names (R-071..R-073)."""

    kind: v.RoleKind
    side: v.Side
    name_zh: str


class OrganisationUnit(Entry, frozen=True, kw_only=True):
    """A unit of the project organisation (R-075)."""

    name_zh: str
    name_en: str


class FormTemplate(Entry, frozen=True, kw_only=True):
    """A form of the annexes with the names of its fields (R-346)."""

    name_zh: str
    name_en: str
    fields_zh: tuple[str, ...] = ()


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service of the catalogue: one YAML file, one entry of the export."""

    id: v.ServiceId
    provider: v.Provider
    name_zh: str
    name_en: str
    category: v.Category | None = None
    category_zh: str | None = None
    summary_en: str | None = None
    sources: tuple[Source, ...]
    exclusions: tuple[Statement, ...] = ()
    editions: tuple[Edition, ...] = ()
    choices: tuple[Choice, ...] = ()
    options: tuple[Option, ...] = ()
    modules: tuple[Module, ...] = ()
    matrix: tuple[MatrixRow, ...] = ()
    phases: tuple[Phase, ...] = ()
    procedure: tuple[Step, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    raci: tuple[RaciRow, ...] = ()
    delivery_modes: tuple[v.DeliveryMode, ...] = ()
    sla: tuple[SlaRow, ...] = ()
    windows: tuple[Window, ...] = ()
    channels: tuple[Channel, ...] = ()
    lead_time: Period | None = None
    bulk_lead_time: Period | None = None
    service_periods: tuple[ServicePeriod, ...] = ()
    acceptance: tuple[Acceptance, ...] = ()
    completion: tuple[Completion, ...] = ()
    after_care: tuple[AfterCare, ...] = ()
    cancellation: tuple[Cancellation, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    quantity_rules: tuple[QuantityRule, ...] = ()
    payment: tuple[Payment, ...] = ()
    roles: tuple[Role, ...] = ()
    organisation_units: tuple[OrganisationUnit, ...] = ()
    form_templates: tuple[FormTemplate, ...] = ()
    notes: tuple[Note, ...] = ()
