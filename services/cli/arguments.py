"""What every command shares: an argument parser that answers in both languages and exits with 2 on bad input."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from shared.kernel.urls import PORT_MAX, is_host

EXIT_OK = 0
EXIT_BAD_INPUT = 2

_PORT = re.compile(r"[0-9]{1,5}")
_NEGATIVE_VALUE = re.compile(r"-[0-9]+[a-z]+!?")


class BilingualParser(argparse.ArgumentParser):
    """An `ArgumentParser` whose errors tell in Chinese, too, that the input is at fault and where help is."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit with 2."""
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        print(f"{self.prog}：参数有误，见上；运行“{self.prog} --help”查看用法", file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT)


def port(text: str) -> int:
    """A TCP port for an argument; 0 is any free one. argparse tells what is wrong where this raises."""
    if not _PORT.fullmatch(text) or int(text) > PORT_MAX:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port from 0 to {PORT_MAX} / {text!r} 不是 0 到 {PORT_MAX} 之间的端口"
        )
    return int(text)


def host(text: str) -> str:
    """The name or address of a host for an argument."""
    if not is_host(text):
        raise argparse.ArgumentTypeError(f"{text!r} names no host / {text!r} 不是有效的主机名或地址")
    return text


def folder(text: str) -> Path:
    """A folder for an argument, there already or to be made."""
    path = Path(text)
    if not text.strip() or not _can_be_a_folder(path):
        raise argparse.ArgumentTypeError(f"{text!r} is no folder that can be written to / {text!r} 不是可写入的文件夹")
    return path


def _can_be_a_folder(path: Path) -> bool:
    """Whether the first of its parents that is there is a folder that this user may write to."""
    try:
        there = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    except OSError:
        # A name that is longer than names are, or a loop of links.
        return False
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def join_negative_values(argv: Sequence[str]) -> list[str]:
    """`--period -10wd` as `--period=-10wd`: argparse would take the negative value for an option of its own."""
    joined: list[str] = []
    for argument in argv:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _NEGATIVE_VALUE.fullmatch(argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def say_bad_input(command: str, field: str, text_en: str, text_zh: str) -> int:
    """Tell on standard error which input is at fault and what to do; returns the exit code."""
    print(f"{command}: {field}: {text_en}", file=sys.stderr)
    print(f"{command}：{field}：{text_zh}", file=sys.stderr)
    return EXIT_BAD_INPUT
