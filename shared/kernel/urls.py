"""Addresses that could be called, and places where content could lie."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from shared.kernel.admission import NotAdmitted, admitted_by

URL_CHARACTERS_MAX: Final = 2048
HOST_CHARACTERS_MAX: Final = 253
PORT_MAX: Final = 65535

# http is for development, on the machine itself.
LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})

# RFC 3986 in ASCII: anything else is percent-encoded, and a blank or a control character is no part of an address.
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# RFC 1123: letters, digits and hyphens, not at the ends; IDNA names come in their ASCII form (xn--).
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_QUAD: Final = re.compile(r"[0-9.]+")
_BYTE: Final = re.compile(r"25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]")
_QUAD_BYTES: Final = 4


class UrlNotPossible(NotAdmitted):
    """An address that nobody can call."""

    code = "URL_NOT_POSSIBLE"
    title_en = "The address cannot be called"
    title_zh = "该地址无法访问"


def check_callable(url: str) -> None:
    """An absolute https URL with a host (http on the machine itself), no user, no fragment; raises UrlNotPossible."""
    parts = _split(url)
    host = _host(parts)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK_HOSTS):
        raise UrlNotPossible("it does not begin with https://", "须以 https:// 开头")
    if parts.fragment or url.endswith("#"):
        raise UrlNotPossible("a fragment (#…) is not sent; leave it away", "请去掉片段（#…）")


def check_at_host(url: str) -> None:
    """A URL of any scheme that has a host, as in `https://host/path`; raises UrlNotPossible."""
    _host(_split(url))


def is_host(text: str) -> bool:
    """Whether a text is the name or the address of a host, without port and brackets."""
    return _is_name(text) or _is_ipv6(text)


def _split(url: str) -> SplitResult:
    if len(url) > URL_CHARACTERS_MAX:
        raise UrlNotPossible(
            f"it has more than {URL_CHARACTERS_MAX} characters", f"长度超过 {URL_CHARACTERS_MAX} 个字符"
        )
    if not _CHARACTERS.fullmatch(url) or _PERCENT.search(url):
        raise UrlNotPossible(
            "it holds characters that no address holds; encode them (RFC 3986), and names of hosts as xn--",
            "含有地址中不可使用的字符；请按 RFC 3986 编码，域名使用 xn-- 形式",
        )
    try:
        return urlsplit(url)
    except ValueError:
        raise UrlNotPossible("it is no URL", "不是有效的 URL") from None


def _host(parts: SplitResult) -> str:
    """The host in lower case; what stands in the authority is read here, since `urlsplit` takes nearly everything."""
    authority = parts.netloc
    if "@" in authority:
        raise UrlNotPossible("it holds a user or a password; leave them away", "请勿包含用户名或密码")
    bracketed = authority.startswith("[")
    if bracketed:
        host, closed, rest = authority[1:].partition("]")
        known = bool(closed) and _is_ipv6(host)
        colon, port = rest[:1], rest[1:]
    else:
        host, colon, port = authority.partition(":")
        known = _is_name(host)
    if not known or colon not in ("", ":"):
        raise UrlNotPossible(f"{authority!r} names no host", f"{authority!r} 不是有效的主机名")
    if colon and not (_PORT.fullmatch(port) and int(port) <= PORT_MAX):
        raise UrlNotPossible(f"{port!r} is no port from 1 to {PORT_MAX}", f"{port!r} 不是 1 到 {PORT_MAX} 的端口")
    return host.lower()


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_name(host: str) -> bool:
    """A name by its labels, or an IPv4 address with its four bytes; a dot at the end is the root and may stand."""
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > HOST_CHARACTERS_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    if _QUAD.fullmatch(name):
        return len(labels) == _QUAD_BYTES and all(_BYTE.fullmatch(label) for label in labels)
    return not labels[-1].isdigit() and all(_is_idna(label) for label in labels)


def _is_idna(label: str) -> bool:
    """Whether an `xn--` label can be decoded; a label with hyphens at places 3 and 4 is nothing else (RFC 5890)."""
    if label[2:4] != "--":
        return True
    if label[:4].lower() != "xn--":
        return False
    try:
        label.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    return True


CallableUrl = Annotated[
    str, admitted_by(check_callable, extra_json_schema={"format": "uri", "maxLength": URL_CHARACTERS_MAX})
]
