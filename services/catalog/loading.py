"""Files in, catalogue out: the services, tiers and section lists of `data/`, each value with the line it stands on."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import takewhile
from typing import TypeVar

import msgspec
from msgspec import Struct

from services.catalog.exporting import entry_document
from services.catalog.format.tiers import Tier
from services.catalog.problems import CatalogueInvalid, Defect, Path, Problem, path_text
from services.catalog.yaml_source import MarkedData, read_yaml
from shared.catalogue.format.model import Service
from shared.kernel.ids import Sha256
from shared.messages import canonical
from shared.messages.refusals import taken_apart

Loaded = TypeVar("Loaded")

TIERS_FILE = "tiers.yaml"
_PROVIDER_ORDER = {"kingdee": 0, "shopex": 1, "alibaba": 2}


class ServiceFile(Struct, frozen=True, kw_only=True):
    """A service and the marks of its file."""

    service: Service
    marks: MarkedData


class TiersFile(Struct, frozen=True, kw_only=True):
    """The tiers and the marks of their file."""

    tiers: tuple[Tier, ...]
    marks: MarkedData


class Catalogue(Struct, frozen=True, kw_only=True):
    """Everything that is exported, in stable order: by provider as in the rule book, then by section number."""

    services: tuple[Service, ...]
    tiers: tuple[Tier, ...]

    def service(self, service_id: str) -> Service | None:
        """The service of that id."""
        return next((service for service in self.services if service.id == service_id), None)

    def tier(self, tier_id: str) -> Tier | None:
        """The tier of that id."""
        return next((tier for tier in self.tiers if tier.id == tier_id), None)


def data_folder() -> Traversable:
    """The catalogue data shipped with the program."""
    return resources.files("services.catalog") / "data"


@cache
def load_all() -> Catalogue:
    """The shipped catalogue, read once; raises CatalogueInvalid with every file that cannot be read."""
    services, problems = read_services(service_paths(data_folder()))
    try:
        tiers = read_tiers(data_folder() / TIERS_FILE).tiers
    except CatalogueInvalid as invalid:
        problems, tiers = [*problems, *invalid.problems], ()
    if problems:
        raise CatalogueInvalid(problems)
    return Catalogue(services=tuple(sorted((file.service for file in services), key=order_of)), tiers=tiers)


@cache
def shipped_digest() -> Sha256:
    """SHA-256 over the shipped files and the schema of the export: what is known by it need not be read again."""
    folder = data_folder()
    paths = [*service_paths(folder), folder / TIERS_FILE, folder / "schema" / "export.schema.json"]
    return canonical.sha256([(path.name, canonical.sha256_of_bytes(path.read_bytes())) for path in paths])


def service_paths(folder: Traversable) -> list[Traversable]:
    """The service files of a data folder, by name."""
    files = (path for path in (folder / "services").iterdir() if path.name.endswith(".yaml"))
    return sorted(files, key=lambda path: path.name)


def read_services(paths: list[Traversable]) -> tuple[list[ServiceFile], list[Problem]]:
    """Read every file; what is wrong with one does not hide the others."""
    files: list[ServiceFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(read_service(path))
        except CatalogueInvalid as invalid:
            problems.extend(invalid.problems)
    return files, problems


def read_service(path: Traversable) -> ServiceFile:
    """Read one file; raises CatalogueInvalid with file and line."""
    marks = read_marks(path)
    return ServiceFile(service=convert(marks, Service), marks=marks)


def read_tiers(path: Traversable) -> TiersFile:
    """Read the tiers; raises CatalogueInvalid with file and line."""
    marks = read_marks(path)
    return TiersFile(tiers=convert(marks, tuple[Tier, ...]), marks=marks)


def parse_service(text: str, file: str) -> ServiceFile:
    """The same from text that is at hand."""
    marks = read_yaml(text, file)
    return ServiceFile(service=convert(marks, Service), marks=marks)


def convert(marks: MarkedData, kind: type[Loaded]) -> Loaded:
    """Plain data to structs; a wrong type, a missing or an unknown key is refused at its line."""
    try:
        return msgspec.convert(marks.data, kind)
    except msgspec.ValidationError as error:
        raise CatalogueInvalid([_schema_problem(marks, str(error))]) from None


def order_of(service: Service) -> tuple[int, tuple[int, ...]]:
    """The place of a service in the catalogue: provider, then section number as a number."""
    digits = tuple(int(part) for part in re.findall(r"[0-9]+", service.id))
    return _PROVIDER_ORDER[service.provider], digits


def content_hash(service: Service) -> Sha256:
    """SHA-256 (hex) over the canonical JSON of the export entry; what a published revision is known by (R-020)."""
    return canonical.sha256(entry_document(service))


def read_marks(path: Traversable) -> MarkedData:
    """The data of a file with the line of every value; raises CatalogueInvalid."""
    name = str(path).removeprefix(f"{data_folder()}/")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CatalogueInvalid([_unreadable(name, "the file is not UTF-8", "文件不是UTF-8编码")]) from None
    except OSError as error:
        raise CatalogueInvalid([_unreadable(name, f"cannot be read: {error.strerror}", "文件无法读取")]) from None
    return read_yaml(text, name)


def _unreadable(file: str, text_en: str, text_zh: str) -> Problem:
    return Problem(severity="error", check="file", file=file, line=1, text_en=text_en, text_zh=text_zh)


def _schema_problem(marks: MarkedData, message: str) -> Problem:
    text, steps, member = taken_apart(message)
    path: Path = tuple(int(step) if step.isdecimal() else step for step in takewhile(lambda step: step != "...", steps))
    if member and "unknown" in text:
        path = (*path, member)
    where_en, where_zh = (f" at `{path_text(path)}`", f"：{path_text(path)}") if path else ("", "")
    defect = Defect(path=path, text_en=f"{text}{where_en}{_hint(text)}", text_zh=f"{_in_chinese(text)}{where_zh}")
    return marks.problem("schema", defect)


def _hint(text: str) -> str:
    is_number = text.startswith("Expected `str") and text.endswith(("got `int`", "got `float`"))
    return " (put a number that is text, such as a section, in quotes)" if is_number else ""


def _in_chinese(text: str) -> str:
    if "unknown field" in text:
        return "未知字段"
    if "missing required" in text:
        return "缺少必填字段"
    if "enum" in text:
        return "取值不在允许范围内"
    return "取值的类型或形式不正确"
