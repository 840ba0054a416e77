"""The currencies: ISO's decimals, and names that can be read in a sentence."""

from __future__ import annotations

import pytest
from babel.core import get_global

from facture.monnaies import MONNAIES, NOMS_EN, NOMS_FR, minor_unit

# CLDR gives the digits people display, ISO those of the currency, which an e-invoice is checked against.
CLDR_DISPLAYS_NO_DECIMALS = {
    "AFN": 2, "ALL": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2,
    "MGA": 2, "MMK": 2, "RSD": 2, "SOS": 2, "SYP": 2, "YER": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("devise", "decimales"),
    [
        ("EUR", 2), ("USD", 2), ("GBP", 2), ("CHF", 2), ("MAD", 2), ("MRU", 2), ("MGA", 2), ("XCG", 2),
        ("ZWG", 2), ("SLE", 2), ("VED", 2), ("JPY", 0), ("CLP", 0), ("ISK", 0), ("UGX", 0), ("XOF", 0),
        ("XAF", 0), ("XPF", 0), ("KRW", 0), ("VND", 0), ("PYG", 0), ("TND", 3), ("KWD", 3), ("BHD", 3),
        ("IQD", 3), ("JOD", 3), ("LYD", 3), ("OMR", 3),
    ],
)  # fmt: skip
def test_minor_unit_is_that_of_iso(devise: str, decimales: int) -> None:
    """The minor unit is ISO 4217's, whatever shops display."""
    assert minor_unit(devise) == decimales


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XDR", "CLF", "CHE", "BGN", "HRK", "ANG", "FRF", "eur", "", "€"])
def test_what_no_invoice_is_settled_in_is_unknown(code: str) -> None:
    """Metals, funds, tests, withdrawn and misspelt codes raise instead of getting two decimals."""
    with pytest.raises(KeyError):
        minor_unit(code)


def test_digits_agree_with_cldr_except_where_listed() -> None:
    """An independent source has the same digits; each disagreement is known by name."""
    fractions = get_global("currency_fractions")
    cldr = {code: fractions.get(code, fractions["DEFAULT"])[0] for code in MONNAIES}
    differing = {code: digits for code, digits in MONNAIES.items() if cldr[code] != digits}
    assert differing == CLDR_DISPLAYS_NO_DECIMALS
    assert {cldr[code] for code in differing} == {0}


def test_codes_are_those_of_legal_tenders_in_cldr() -> None:
    """No active tender is missing, and no code is invented.

    SVC and VED are in ISO's list, while CLDR holds them as out of use; babel's data predates Bulgaria's euro.
    """
    rows = [row for territory in get_global("territory_currencies").values() for row in territory]
    tenders = {code for code, _, end, is_tender in rows if end is None and is_tender}
    assert set(MONNAIES) - tenders <= {"SVC", "VED"}
    assert tenders - set(MONNAIES) <= {"BGN"}


def test_codes_are_three_capitals_in_order() -> None:
    """The table stays sorted, so that a missing code is seen."""
    assert list(MONNAIES) == sorted(MONNAIES)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MONNAIES)


def test_names_exist_in_both_languages_for_known_currencies() -> None:
    """A currency that has a name in French has one in English, and is an active one."""
    assert NOMS_FR.keys() == NOMS_EN.keys()
    assert NOMS_FR.keys() <= MONNAIES.keys()


@pytest.mark.parametrize("devise", sorted(NOMS_FR))
def test_a_fraction_has_a_name_only_when_there_are_decimals(devise: str) -> None:
    """No name for cents that cannot exist; only currencies divided by five have decimals without one."""
    for noms in (NOMS_FR[devise], NOMS_EN[devise]):
        if MONNAIES[devise] == 0:
            assert noms.fraction is None
        else:
            assert (noms.fraction is None) == (devise in {"MRU", "MGA"})


def test_feminine_names_are_the_feminine_nouns() -> None:
    """Gender follows the noun: livre, couronne, roupie, gourde, hryvnia."""
    nouns = {"livre", "couronne", "roupie", "gourde", "hryvnia"}
    for devise, noms in NOMS_FR.items():
        assert noms.unite.feminin == (noms.unite.singulier.split()[0] in nouns), devise
