"""Amounts in words (大写) by the PRC convention (R-440): 人民币壹仟贰佰叁拾肆元伍角陆分, or 整 at the end.

The convention is that of the payment and settlement rules of the People's Bank: a run of zeros between digits is
read as one 零, a zero jiao before fen is read, and an amount that ends with fen takes no 整.
"""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
# The names of currencies as invoices say them; another one keeps its code.
CURRENCIES: dict[str, str] = {
    "CNY": "人民币",
    "AED": "阿联酋迪拉姆",
    "AUD": "澳大利亚元",
    "BRL": "巴西雷亚尔",
    "CAD": "加拿大元",
    "CHF": "瑞士法郎",
    "DKK": "丹麦克朗",
    "EUR": "欧元",
    "GBP": "英镑",
    "HKD": "港元",
    "IDR": "印度尼西亚卢比",
    "INR": "印度卢比",
    "JPY": "日元",
    "KRW": "韩元",
    "MOP": "澳门元",
    "MXN": "墨西哥比索",
    "MYR": "马来西亚林吉特",
    "NOK": "挪威克朗",
    "NZD": "新西兰元",
    "PHP": "菲律宾比索",
    "PLN": "波兰兹罗提",
    "RUB": "俄罗斯卢布",
    "SAR": "沙特里亚尔",
    "SEK": "瑞典克朗",
    "SGD": "新加坡元",
    "THB": "泰国铢",
    "TRY": "土耳其里拉",
    "TWD": "新台币",
    "USD": "美元",
    "VND": "越南盾",
    "ZAR": "南非兰特",
}
UNITS = ((10**8, "亿"), (10**4, "万"))
AMOUNT_MAX = Decimal("9999999999999999.99")


def amount_in_words_zh(amount: Decimal, currency: str = "CNY") -> str:
    """The words of a non-negative amount with at most two places; raises ValueError outside of that.

    The name of the currency comes first, for one without a name here its code.
    """
    fen_total = amount * 100
    if not 0 <= amount <= AMOUNT_MAX or fen_total != fen_total.to_integral_value():
        raise ValueError(f"no amount in words for {amount}")
    yuan, cents = divmod(int(fen_total), 100)
    jiao, fen = divmod(cents, 10)
    return CURRENCIES.get(currency, currency) + _yuan_words(yuan, cents) + _cents_words(jiao, fen, after_yuan=yuan > 0)


def _yuan_words(yuan: int, cents: int) -> str:
    if yuan == 0:
        return "" if cents else "零元"
    return _integer_words(yuan) + "元"


def _cents_words(jiao: int, fen: int, *, after_yuan: bool) -> str:
    if fen == 0:
        return f"{DIGITS[jiao]}角整" if jiao else "整"
    if jiao:
        return f"{DIGITS[jiao]}角{DIGITS[fen]}分"
    return f"零{DIGITS[fen]}分" if after_yuan else f"{DIGITS[fen]}分"


def _integer_words(number: int) -> str:
    """A low part that does not fill its places is led by 零."""
    for unit, name in UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _integer_words(high) + name + gap + (_integer_words(low) if low else "")
    return _group_words(number)


def _group_words(group: int) -> str:
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + DIGITS[digit] + PLACES[place]
        zero = digit == 0
    return words
