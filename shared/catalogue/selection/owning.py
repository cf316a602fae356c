"""Products that have to be owned before the purchase (R-028): one product has many printed names.

The documents spell a product as they like, so a requirement and what a customer says he owns meet in this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shared.catalogue.selection.answer import Finding
from shared.catalogue.selection.case import Case

# A product with the names under which the sources and customers know it.
NAMES: Mapping[str, tuple[str, ...]] = {
    "mpaas": ("mPaaS", "移动开发平台mPaaS", "移动开发平台mPaas", "阿里云移动开发平台服务（mPaaS）", "移动开发平台"),
    "pts": ("PTS", "性能测试服务PTS服务", "性能测试服务PTS", "性能测试服务"),
    "anti-ddos": ("DDoS高防", "DDoS高防产品", "Anti-DDoS"),
    "web-firewall": ("WAF", "Web应用防火墙", "Web应用防火墙产品"),
    "cloud-firewall": ("云防火墙", "云防火墙产品", "Cloud Firewall"),
    "bastion-host": ("堡垒机", "堡垒机产品", "Bastionhost"),
    "security-centre": ("云安全中心", "云安全中心产品", "Security Center"),
    "database-audit": ("数据库审计", "数据库审计产品", "Database Audit"),
    "galaxy-enterprise": ("金蝶云·星空（企业版）", "星空企业版"),
    "galaxy-standard": ("金蝶云·星空（标准版）", "星空标准版"),
    "eas-cloud": ("EAS Cloud（不含 s-HR）", "EAS Cloud"),
    "eas-cloud-with-s-hr": ("EAS Cloud（含 s-HR）",),
    "s-hr": ("s-HR",),
    "cosmic": ("苍穹", "金蝶云·苍穹"),
    "constellation": ("星瀚", "金蝶云·星瀚"),
}
# Printed requirements that more than one product meets; any other is met by the product of its name.
MET_BY: Mapping[str, tuple[str, ...]] = {
    "金蝶云·星空（企业版、标准版）": ("galaxy-enterprise", "galaxy-standard"),
    # 含 and 不含 say which modules the work covers, so whoever owns either form owns the product [READ].
    "EAS Cloud（不含 s-HR）": ("eas-cloud", "eas-cloud-with-s-hr"),
    "EAS Cloud（含 s-HR）": ("eas-cloud", "eas-cloud-with-s-hr", "s-hr"),
    "s-HR": ("s-hr", "eas-cloud-with-s-hr"),
}
_UNIFORM = str.maketrans(
    {"（": "(", "）": ")", "、": ",", "，": ",", "•": "·", " ": None, "\u3000": None, "\u00a0": None}
)


def _uniform(name: str) -> str:
    """A name without the differences of spelling that mean nothing: case, blanks, width of brackets."""
    return name.translate(_UNIFORM).casefold()


_PRODUCTS = {_uniform(name): product for product, names in NAMES.items() for name in (product, *names)}
_REQUIREMENTS = {_uniform(text): products for text, products in MET_BY.items()}


def products_of(names: Iterable[str]) -> frozenset[str]:
    """The products that these names mean; a name that the table lacks stands for itself."""
    return frozenset(_PRODUCTS.get(name, name) for name in map(_uniform, names))


def is_known(name: str) -> bool:
    """Whether the table has a product, or a printed requirement, of this name."""
    return _uniform(name) in _PRODUCTS or _uniform(name) in _REQUIREMENTS


def meets(required: str, owned: frozenset[str]) -> bool:
    """Whether a printed requirement is met by what is owned (`products_of`)."""
    name = _uniform(required)
    return not owned.isdisjoint({name, *_REQUIREMENTS.get(name, (_PRODUCTS.get(name, name),))})


def products(case: Case) -> Iterator[Finding]:
    """R-028: a product has to be owned before the purchase; entries of one group are alternatives."""
    owned = products_of(case.request.owned_products)
    for group in case.alternatives("product_owned"):
        names = [needed.of_zh or needed.of or "" for needed in group]
        if not any(meets(name, owned) for name in names):
            text, rule = " / ".join(names), group[0].rule or "R-028"
            yield case.violated(rule, "owned_products", text, f"needs the product {text}", f"须先购买产品：{text}")
