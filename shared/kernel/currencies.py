"""The currencies of ISO 4217 (list one, 2026-01) that a contract can be priced in, with their minor units.

Without codes of funds, metals, tests and of no currency, which have no minor unit or are nobody's money.
"""

from __future__ import annotations

from typing import Final

MINOR_UNITS_USUAL: Final = 2

# What is counted in whole units, and in thousandths.
_WHOLE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"
_HUNDREDTHS: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""

MINOR_UNITS: Final[dict[str, int]] = {
    **dict.fromkeys(_WHOLE.split(), 0),
    **dict.fromkeys(_HUNDREDTHS.split(), MINOR_UNITS_USUAL),
    **dict.fromkeys(_THOUSANDTHS.split(), 3),
}


def minor_units(currency: str) -> int:
    """How many places an amount of the currency has; two for a code that an earlier build took in without a table."""
    return MINOR_UNITS.get(currency, MINOR_UNITS_USUAL)
