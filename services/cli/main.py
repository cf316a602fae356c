"""`qizhang`: finds the module of a command in a table and hands the remaining arguments over.

Modules are imported only when their command is called, so that `qizhang deadline` starts without the web and the store.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from services.cli.arguments import EXIT_BAD_INPUT, EXIT_OK
from shared.config import ConfigError
from shared.kernel.errors import StoreUnavailable

EXIT_STORE_OUT_OF_REACH = 1
# As of a program that was ended by SIGPIPE: 128 + 13.
EXIT_OUTPUT_CLOSED = 141


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A command: `target` is `module:function`, the function takes the arguments and returns the exit code.

    One that takes seconds before it has something to show says `waiting` first.
    """

    target: str
    help_zh: str
    help_en: str
    waiting: str = ""


COMMANDS: dict[str, Entry] = {
    "run": Entry(
        target="services.cli.run:run",
        help_zh="启动账本：一个进程，四个服务",
        help_en="start the ledger: one process, four services",
        waiting="正在启动；首次启动会先发布服务目录与日历 / starting; a first start publishes catalogue and calendars",
    ),
    "demo": Entry(
        target="services.cli.demo:run",
        help_zh="演示三份合同从签署到开票，并按规则核对",
        help_en="play three contracts from signing to invoice, and check them",
        waiting="正在临时目录中启动账本 / starting a ledger in a temporary folder",
    ),
    "deadline": Entry(
        target="services.cli.deadline:run",
        help_zh="计算期限，并说明每一天如何计算",
        help_en="compute a deadline and show how each day was counted",
    ),
    "calendar": Entry(
        target="services.cli.calendar_import:run",
        help_zh="核对并发布年度工作日历",
        help_en="check and publish the working calendar of a year",
    ),
    "catalog": Entry(
        target="services.cli.catalog:run",
        help_zh="检查、导出、统计并比较服务目录",
        help_en="check, export, count and compare the service catalogue",
    ),
    "bus": Entry(
        target="services.cli.bus:run",
        help_zh="查看、重放或放弃被搁置的消息",
        help_en="show, apply again or give up parked messages",
    ),
    "clock": Entry(
        target="services.cli.clock:run",
        help_zh="查看或核对被改动的本机时钟",
        help_en="show a clock that was set, or confirm that it is right",
    ),
    "topics": Entry(
        target="services.cli.topics:run",
        help_zh="按定义创建或检查 Kafka 主题",
        help_en="create or check the topics on Kafka",
    ),
    "token": Entry(
        target="services.cli.token:run",
        help_zh="为本机账本签发开发令牌",
        help_en="issue a development token for the embedded ledger",
    ),
    "rebuild": Entry(
        target="services.cli.rebuild:run",
        help_zh="由事件重新生成视图",
        help_en="build read models anew from the events",
    ),
    "verify": Entry(
        target="services.cli.verify:run",
        help_zh="核对视图和期限与事件是否一致",
        help_en="compare read models and deadlines with the events",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    2 for one that does not exist or is told what cannot be, 1 where a file or the database cannot be used, 141 when the
    reader of its output (`| head`) went away.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return EXIT_OK
    if arguments[0] in ("-V", "--version"):
        print(f"qizhang {version('qizhang')}")
        return EXIT_OK
    name, *rest = arguments
    entry = COMMANDS.get(name)
    if entry is None:
        print(f"qizhang: there is no command {name!r}\nqizhang：没有名为 {name!r} 的命令\n", file=sys.stderr)
        print(usage(), file=sys.stderr)
        return EXIT_BAD_INPUT
    if entry.waiting and not {"-h", "--help"} & set(rest):
        print(f"qizhang {name}: {entry.waiting}", file=sys.stderr, flush=True)
    try:
        code = load(entry)(rest)
        sys.stdout.flush()
    except ConfigError as error:
        print(f"qizhang {name}: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except BrokenPipeError:
        # What is still buffered would be told as an error when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OUTPUT_CLOSED
    except StoreUnavailable as error:
        return _out_of_reach(name, "the database", "数据库", str(error))
    except OSError as error:
        if error.filename is None:
            raise
        return _out_of_reach(name, str(error.filename), str(error.filename), str(error.strerror))
    return code


def _out_of_reach(name: str, what_en: str, what_zh: str, why: str) -> int:
    print(f"qizhang {name}: cannot use {what_en}: {why}", file=sys.stderr)
    print(f"qizhang {name}：无法使用{what_zh}：{why}", file=sys.stderr)
    return EXIT_STORE_OUT_OF_REACH


def load(entry: Entry) -> Callable[[list[str]], int]:
    """The function behind an entry."""
    module, _, function = entry.target.partition(":")
    target: Callable[[list[str]], int] = getattr(import_module(module), function)
    return target


def usage() -> str:
    """Help in both languages, one line a command."""
    width = max(map(len, COMMANDS))
    lines = [
        "qizhang 契账 - 专业服务合同与验收账本 / a ledger of service contracts and their acceptance",
        "",
        "用法 Usage: qizhang COMMAND [...]      qizhang COMMAND --help      qizhang --version",
        "",
    ]
    lines += [f"  {name:<{width}}  {entry.help_zh} / {entry.help_en}" for name, entry in COMMANDS.items()]
    return "\n".join(lines)
