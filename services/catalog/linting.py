"""`qizhang catalog lint`: every check over every file; errors stop an import, warnings are defects of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources.abc import Traversable

from msgspec import Struct

from services.catalog.checks import acceptance, documents, references, structure
from services.catalog.checks.context import Check, Context, Contradiction, Document, duplicates
from services.catalog.format.tiers import Tier
from services.catalog.loading import (
    TIERS_FILE,
    ServiceFile,
    TiersFile,
    convert,
    data_folder,
    order_of,
    read_marks,
    read_services,
    read_tiers,
    service_paths,
)
from services.catalog.problems import CatalogueInvalid, Defect, Problem
from services.catalog.walking import walk
from services.catalog.yaml_source import MarkedData
from shared.catalogue.format.model import Service

CHECKS: dict[str, Check] = {
    "unique-ids": references.unique_ids,
    "editions": references.known_editions,
    "windows-named": references.known_windows,
    "covers": references.known_covers,
    "acceptance-order": references.known_acceptance_entries,
    "prerequisites": references.known_prerequisites,
    "phases": references.known_phases,
    "matrix": structure.complete_matrix,
    "choices": structure.selectable_editions,
    "deliverables-reachable": structure.reachable_deliverables,
    "milestones": structure.sound_milestones,
    "deliverables": structure.sound_deliverables,
    "raci": structure.raci_letters,
    "periods": structure.sound_periods,
    "windows": structure.sound_windows,
    "quantities": structure.sound_quantities,
    "english": structure.named_in_english,
    "acceptance": acceptance.complete_acceptance,
    "accepted-editions": acceptance.accepted_editions,
    "sources": documents.known_sources,
    "sourced": documents.sourced_entries,
    "sections": documents.known_sections,
    "contradictions-noted": documents.noted_contradictions,
    "contradiction": documents.contradictory_document,
    "tight-milestone": documents.tight_milestones,
    "open-milestone": documents.open_milestones,
    "slower-window": documents.slower_wide_window,
}

_DISAGREE = Defect(path=("id",), text_en="file, id and provider disagree", text_zh="文件名、标识与提供方不一致")


class Linted(Struct, frozen=True, kw_only=True):
    """What was read, and what is wrong with it; with an error among the problems, nothing of it may be imported."""

    services: tuple[Service, ...]
    tiers: tuple[Tier, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop an import."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def lint_shipped() -> Linted:
    """Lint the catalogue that ships with the program, and whether it is whole."""
    folder = data_folder()
    files, problems = read_services(service_paths(folder))
    context = context_of(folder, files)
    problems.extend(missing_services(files, context))
    return _lint(files, [folder / TIERS_FILE], context, problems)


def lint_paths(paths: Sequence[Traversable]) -> Linted:
    """Lint some files against the shipped catalogue; a file replaces the shipped one of its service."""
    folder = data_folder()
    files, problems = read_services([path for path in paths if path.name != TIERS_FILE])
    shipped, _ = read_services(service_paths(folder))
    context = context_of(folder, [*shipped, *files])
    return _lint(files, [path for path in paths if path.name == TIERS_FILE], context, problems)


def _lint(
    files: Sequence[ServiceFile], tiers_paths: Sequence[Traversable], context: Context, problems: list[Problem]
) -> Linted:
    problems = [*problems, *lint_files(files, context), *one_file_a_service(files)]
    tiers: list[Tier] = []
    for path in tiers_paths:
        try:
            file = read_tiers(path)
        except CatalogueInvalid as invalid:
            problems.extend(invalid.problems)
        else:
            problems.extend(lint_tiers(file, context))
            tiers.extend(file.tiers)
    return Linted(
        services=tuple(sorted((file.service for file in files), key=order_of)),
        tiers=tuple(tiers),
        problems=tuple(_sorted(problems)),
    )


def context_of(folder: Traversable, files: Sequence[ServiceFile]) -> Context:
    """The documents and contradictions of a data folder around the services given; a later file wins."""
    return Context(
        services={file.service.id: file.service for file in files},
        documents=convert(read_marks(folder / "sections.yaml"), tuple[Document, ...]),
        contradictions=convert(read_marks(folder / "contradictions.yaml"), tuple[Contradiction, ...]),
    )


def lint_files(files: Sequence[ServiceFile], context: Context) -> Iterator[Problem]:
    """Every check over every file."""
    for file in files:
        stem = file.marks.file.rpartition("/")[2].removesuffix(".yaml")
        if stem != file.service.id or not file.service.id.startswith(file.service.provider):
            yield file.marks.problem("file-name", _DISAGREE)
        for name, check in CHECKS.items():
            for defect in check(file.service, context):
                yield file.marks.problem(name, defect)


def lint_tiers(file: TiersFile, context: Context) -> Iterator[Problem]:
    """Tiers have ids of their own; the tiers, services and sections that a tier names exist."""
    tiers = {tier.id for tier in file.tiers}
    for position, tier in duplicates([tier.id for tier in file.tiers]):
        defect = Defect(path=(position, "id"), text_en=f"`{tier}` is used twice", text_zh=f"标识“{tier}”重复")
        yield file.marks.problem("tiers", defect)
    for defect in documents.unknown_sections(file.tiers, context.sections_of("", "kingdee")):
        yield file.marks.problem("tiers", defect)
    for path, value in walk(file.tiers):
        for key in ("of", "builds_on"):
            name = getattr(value, key, None)
            if name is not None and name not in tiers and name not in context.services:
                defect = Defect(path=(*path, key), text_en=f"no `{name}`", text_zh=f"“{name}”不存在")
                yield file.marks.problem("tiers", defect)


def one_file_a_service(files: Sequence[ServiceFile]) -> Iterator[Problem]:
    """Two files of one service cannot both be its revision (R-020)."""
    for position, service in duplicates([file.service.id for file in files]):
        text_en, text_zh = f"another file has `{service}` too", f"另一文件也是“{service}”"
        defect = Defect(path=("id",), text_en=text_en, text_zh=text_zh)
        yield files[position].marks.problem("one-file", defect)


def missing_services(files: Sequence[ServiceFile], context: Context) -> Iterator[Problem]:
    """Chapters of the documents that have no file (R-020)."""
    present = {file.service.id for file in files}
    for document in context.documents:
        for service in document.chapters:
            if service not in present:
                marks = MarkedData(file=f"{service}.yaml", data=None, lines={})
                defect = Defect(text_en="the chapter has no file", text_zh="章节缺少目录文件")
                yield marks.problem("complete", defect)


def lint_document(kind: type[Service | Tier], name: str, document: object) -> None:
    """Refuse a document that is to be published without a file; raises CatalogueInvalid with every error.

    What it needs of other services may have been published since, so that is not compared with what ships.
    """
    marks = MarkedData(file=name, data=document, lines={})
    try:
        entry = convert(marks, kind)
    except CatalogueInvalid as invalid:
        raise CatalogueInvalid(invalid.problems, field="/document") from None
    if isinstance(entry, Service):
        problems = lint_files([ServiceFile(service=entry, marks=marks)], _shipped_context())
        alone = [problem for problem in problems if problem.check != "prerequisites"]
    else:
        alone = [] if entry.id == name else [marks.problem("file-name", _DISAGREE)]
    errors = [problem for problem in alone if problem.severity == "error"]
    if errors:
        raise CatalogueInvalid(errors, field="/document")


@cache
def _shipped_context() -> Context:
    return context_of(data_folder(), [])


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.severity, problem.file, problem.line, problem.check))
