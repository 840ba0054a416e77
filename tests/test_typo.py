"""How text, figures, dates and amounts look. Expected values come from the rules, not from the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import facture
from facture.monnaies import MONNAIES, NOMS_FR
from facture.typo import (
    APOSTROPHE,
    ELLIPSIS,
    LANGUES,
    MINUS,
    NBSP,
    NNBSP,
    amount_in_words,
    format_amount,
    format_date,
    format_money,
    format_number,
    format_period,
    format_price,
    format_rate,
    format_round_money,
    format_short_date,
    frenchify,
    join_list,
    slugify,
    strip_accents,
    suggest,
)

langues = st.sampled_from(LANGUES)
cents = st.integers(-(10**14) + 1, 10**14 - 1)


def plain(text: str) -> str:
    """Show no-break spaces as ~ (thin) and _ (wide), so that a table of cases can be read."""
    return text.replace(NNBSP, "~").replace(NBSP, "_")


def read_figures(text: str, langue: str) -> Decimal:
    """Read a printed number back, as a person would."""
    point = "." if langue == "en" else ","
    bare = re.sub(rf"[ {NBSP}{NNBSP}]" if point == "," else ",", "", text)
    return Decimal(bare.replace(MINUS, "-").replace(point, "."))


# --- Figures


@pytest.mark.parametrize(
    ("value", "decimals", "fr", "en"),
    [
        ("0", 2, "0,00", "0.00"),
        ("-0.00", 2, "0,00", "0.00"),
        ("-0", 0, "0", "0"),
        ("5", 2, "5,00", "5.00"),
        ("0.5", 2, "0,50", "0.50"),
        ("999.99", 2, "999,99", "999.99"),
        ("1000", 2, "1~000,00", "1,000.00"),
        ("12345.67", 2, "12~345,67", "12,345.67"),
        ("1E+3", 2, "1~000,00", "1,000.00"),
        ("0E+5", 2, "0,00", "0.00"),
        ("1846.800000", 2, "1~846,80", "1,846.80"),
        ("-1846.8", 2, "−1~846,80", "−1,846.80"),
        ("-0.01", 2, "−0,01", "−0.01"),
        ("1500", 0, "1~500", "1,500"),
        ("12.345", 3, "12,345", "12.345"),
        ("999999999999.99", 2, "999~999~999~999,99", "999,999,999,999.99"),
        # More digits than the default precision of `decimal`, which `abs` would round.
        ("12345678901234567890123456789.01", 2, "12~345~678~901~234~567~890~123~456~789,01", None),
    ],
)
def test_amounts(value: str, decimals: int, fr: str, en: str | None) -> None:
    """An amount has its currency's decimals, thousands apart, a true minus, and no sign on zero."""
    for langue in ("fr", "fr-BE", "fr-CH"):
        assert plain(format_amount(Decimal(value), decimals, langue)) == fr
    if en is not None:
        assert format_amount(Decimal(value), decimals, "en") == en


@pytest.mark.parametrize(("value", "decimals"), [("0.005", 2), ("1.5", 0), ("1.0001", 3), ("1e-30", 2)])
def test_an_amount_is_never_rounded(value: str, decimals: int) -> None:
    """A figure that missed the rounding step is refused, not rounded a second time."""
    with pytest.raises(ValueError, match="not rounded"):
        format_amount(Decimal(value), decimals, "fr")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_not_printed(value: str) -> None:
    """NaN and infinity never reach the page."""
    with pytest.raises(ValueError, match="is not a number"):
        format_amount(Decimal(value), 2, "fr")


@pytest.mark.parametrize(
    ("value", "decimals", "fr", "en"),
    [
        ("450", 2, "450,00", "450.00"),
        ("450.5", 2, "450,50", "450.50"),
        ("0.0375", 2, "0,0375", "0.0375"),
        ("0.123456", 2, "0,123456", "0.123456"),
        ("1234.1000", 2, "1~234,10", "1,234.10"),
        ("0.123000", 0, "0,123", "0.123"),
        ("7", 3, "7,000", "7.000"),
    ],
)
def test_prices(value: str, decimals: int, fr: str, en: str) -> None:
    """A price has at least its currency's decimals, and all those that matter."""
    assert plain(format_price(Decimal(value), decimals, "fr")) == fr
    assert format_price(Decimal(value), decimals, "en") == en


def test_a_price_has_six_decimals_at_most() -> None:
    """The seventh decimal is an error."""
    with pytest.raises(ValueError, match="more than 6"):
        format_price(Decimal("0.1234567"), 2, "fr")


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [
        ("4", "4", "4"),
        ("4.000", "4", "4"),
        ("0.5", "0,5", "0.5"),
        ("5.50", "5,5", "5.5"),
        ("1200", "1~200", "1,200"),
        ("1E+2", "100", "100"),
        ("-2.5", "−2,5", "−2.5"),
        ("-0.0", "0", "0"),
        ("0.0001", "0,0001", "0.0001"),
    ],
)
def test_numbers(value: str, fr: str, en: str) -> None:
    """A quantity has no useless decimal and no exponent."""
    assert plain(format_number(Decimal(value), "fr-BE")) == fr
    assert format_number(Decimal(value), "en") == en


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [("20", "20_%", "20%"), ("5.50", "5,5_%", "5.5%"), ("0", "0_%", "0%"), ("-2.1", "−2,1_%", "−2.1%")],
)
def test_rates(value: str, fr: str, en: str) -> None:
    """The percent sign is parted from its figure in French, without a line break."""
    assert plain(format_rate(Decimal(value), "fr")) == fr
    assert format_rate(Decimal(value), "en") == en


@pytest.mark.parametrize(
    ("value", "devise", "fr", "en"),
    [
        ("1846.8", "EUR", "1~846,80_€", "€1,846.80"),
        ("-5", "EUR", "−5,00_€", "−€5.00"),
        ("0", "EUR", "0,00_€", "€0.00"),
        ("1200", "GBP", "1~200,00_£", "£1,200.00"),
        ("1500", "JPY", "1~500_JPY", "¥1,500"),
        ("90", "CHF", "90,00_CHF", "CHF_90.00"),
        ("-90", "CHF", "−90,00_CHF", "−CHF_90.00"),
        ("12.3", "USD", "12,30_$US", "US$12.30"),
        ("12.3", "CAD", "12,30_$CA", "CA$12.30"),
        ("12.345", "TND", "12,345_TND", "TND_12.345"),
        ("10000", "XOF", "10~000_XOF", "XOF_10,000"),
    ],
)
def test_money(value: str, devise: str, fr: str, en: str) -> None:
    """An amount and its currency stay on one line, in the order of the language."""
    assert plain(format_money(Decimal(value), devise, "fr")) == fr
    assert plain(format_money(Decimal(value), devise, "en")) == en


def test_money_refuses_what_it_does_not_know() -> None:
    """An unknown currency, or half a yen, is an error."""
    with pytest.raises(KeyError):
        format_money(Decimal(1), "XXX", "fr")
    with pytest.raises(ValueError, match="not rounded"):
        format_money(Decimal("0.5"), "JPY", "fr")


@given(cents, st.integers(0, 4), langues)
def test_amounts_read_back(number: int, decimals: int, langue: str) -> None:
    """What is printed is the amount itself, whatever the arithmetic context."""
    value = Decimal(number).scaleb(-decimals)
    with localcontext() as context:
        context.prec = 3
        text = format_amount(value, decimals, langue)
    assert read_figures(text, langue) == value
    assert re.fullmatch(r"−?\d{1,3}(?:[^\d−]\d{3})*" + (rf"[,.]\d{{{decimals}}}" if decimals else ""), text)


@given(cents, langues)
def test_prices_and_numbers_read_back(number: int, langue: str) -> None:
    """Prices, quantities and rates lose nothing either."""
    value = Decimal(number).scaleb(-6)
    assert read_figures(format_price(value, 2, langue), langue) == value
    assert read_figures(format_number(value, langue), langue) == value
    assert read_figures(format_rate(value, langue).rstrip(f"%{NBSP}"), langue) == value


@given(cents, st.sampled_from(sorted(MONNAIES)), langues)
def test_money_is_in_one_piece(number: int, devise: str, langue: str) -> None:
    """No ordinary space in an amount: it cannot be cut at the end of a line."""
    text = format_money(Decimal(number).scaleb(-MONNAIES[devise]), devise, langue)
    assert " " not in text
    assert "-" not in text


@pytest.mark.parametrize("langue", ["de", "FR", "fr-CA", "", "fr_BE"])
def test_an_unknown_language_is_refused(langue: str) -> None:
    """No language is silently taken for another."""
    one, day = Decimal(1), date(2026, 11, 22)
    calls: list[Callable[[], str]] = [
        lambda: format_amount(one, 2, langue),
        lambda: format_price(one, 2, langue),
        lambda: format_number(one, langue),
        lambda: format_rate(one, langue),
        lambda: format_money(one, "EUR", langue),
        lambda: format_date(day, langue),
        lambda: format_short_date(day, langue),
        lambda: format_period(day, day, langue),
        lambda: join_list(["a"], langue),
        lambda: amount_in_words(one, "EUR", langue),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="unknown language"):
            call()


# --- Dates


@pytest.mark.parametrize(
    ("iso", "fr", "en", "short_fr", "short_en"),
    [
        ("2026-11-22", "22 novembre 2026", "22 November 2026", "22/11/2026", "22 Nov 2026"),
        ("2026-12-01", "1er décembre 2026", "1 December 2026", "01/12/2026", "01 Dec 2026"),
        ("2026-01-31", "31 janvier 2026", "31 January 2026", "31/01/2026", "31 Jan 2026"),
        ("2024-02-29", "29 février 2024", "29 February 2024", "29/02/2024", "29 Feb 2024"),
        ("2026-08-21", "21 août 2026", "21 August 2026", "21/08/2026", "21 Aug 2026"),
        ("2026-09-02", "2 septembre 2026", "2 September 2026", "02/09/2026", "02 Sep 2026"),
    ],
)
def test_dates(iso: str, fr: str, en: str, short_fr: str, short_en: str) -> None:
    """A date in full and in short; only the first of the month is an ordinal, in French alone."""
    d = date.fromisoformat(iso)
    assert (format_date(d, "fr"), format_date(d, "en")) == (fr, en)
    assert (format_short_date(d, "fr-CH"), format_short_date(d, "en")) == (short_fr, short_en)


@pytest.mark.parametrize(
    ("du", "au", "fr", "en"),
    [
        ("2026-03-03", "2026-03-07", "du 3 au 7 mars 2026", "3 to 7 March 2026"),
        ("2026-03-01", "2026-03-07", "du 1er au 7 mars 2026", "1 to 7 March 2026"),
        ("2026-03-03", "2026-03-03", "le 3 mars 2026", "3 March 2026"),
        ("2026-03-01", "2026-03-01", "le 1er mars 2026", "1 March 2026"),
        ("2026-03-01", "2026-03-31", "mars 2026", "March 2026"),
        ("2024-02-01", "2024-02-29", "février 2024", "February 2024"),
        ("2024-02-01", "2024-02-28", "du 1er au 28 février 2024", "1 to 28 February 2024"),
        ("2026-07-01", "2026-10-31", "juillet à octobre 2026", "July to October 2026"),
        ("2026-07-01", "2026-10-30", "du 1er juillet au 30 octobre 2026", "1 July to 30 October 2026"),
        ("2026-07-15", "2026-10-31", "du 15 juillet au 31 octobre 2026", "15 July to 31 October 2026"),
        ("2026-11-01", "2027-02-28", "novembre 2026 à février 2027", "November 2026 to February 2027"),
        ("2026-12-15", "2027-01-14", "du 15 décembre 2026 au 14 janvier 2027",
         "15 December 2026 to 14 January 2027"),
        ("2026-03-10", "2027-03-09", "du 10 mars 2026 au 9 mars 2027", "10 March 2026 to 9 March 2027"),
        ("2026-01-01", "2026-12-31", "janvier à décembre 2026", "January to December 2026"),
        ("9999-12-01", "9999-12-31", "décembre 9999", "December 9999"),
    ],
)  # fmt: skip
def test_periods(du: str, au: str, fr: str, en: str) -> None:
    """A period says each thing once: what both ends share is written at the end."""
    first, last = date.fromisoformat(du), date.fromisoformat(au)
    assert (format_period(first, last, "fr"), format_period(first, last, "en")) == (fr, en)


def test_a_period_cannot_end_before_it_starts() -> None:
    """Swapped dates are an error, not a period read backwards."""
    with pytest.raises(ValueError, match="before it starts"):
        format_period(date(2026, 3, 7), date(2026, 3, 3), "fr")


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 800), days, st.integers(0, 800), langues)
def test_different_periods_read_differently(a: date, m: int, b: date, n: int, langue: str) -> None:
    """Shortening loses nothing: two periods never have the same text."""
    one, other = (a, a + timedelta(m)), (b, b + timedelta(n))
    assert (format_period(*one, langue) == format_period(*other, langue)) == (one == other)


# --- Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'administration du site", "l’administration du site"),
        ("aujourd'hui, d'après l'équipe", "aujourd’hui, d’après l’équipe"),
        ("qu'« offert » veut dire", "qu’«_offert_» veut dire"),
        ("Bonjour !", "Bonjour~!"),
        ("Vraiment ?! Oui ; bien.", "Vraiment~?! Oui~; bien."),
        ("Objet : refonte", "Objet_: refonte"),
        ("Objet  : refonte", "Objet_: refonte"),
        ("« Bienvenue »", "«_Bienvenue_»"),
        ("« Bienvenue ! »", "«_Bienvenue~!_»"),
        ("(vraiment ?)", "(vraiment~?)"),
        ("**Attention !** lisez", "**Attention~!** lisez"),
        ("à suivre...", "à suivre…"),
        ("[...] puis", "[…] puis"),
        ("quoi ?...", "quoi~?…"),
        ("10 000 euros", "10~000 euros"),
        ("1 234 567,89 €", "1~234~567,89_€"),
        ("20 % ou 5,5 %.", "20_% ou 5,5_%."),
        ("1 200 € HT", "1~200_€ HT"),
        ("facture n° 12", "facture n°_12"),
        (f"déjà{NBSP}! et 10{NBSP}000", "déjà~! et 10~000"),
        # Nothing to mend, or nothing that may be touched.
        ("Bravo!", "Bravo!"),
        ("rendez-vous à 12:30", "rendez-vous à 12:30"),
        ("https://exemple.fr/l'eau?a=1...", "https://exemple.fr/l'eau?a=1..."),
        ("voir http://exemple.fr/a:b ; merci", "voir http://exemple.fr/a:b~; merci"),
        ("www.exemple.fr/l'eau", "www.exemple.fr/l'eau"),
        ("exemple.fr/l'eau", "exemple.fr/l'eau"),
        ("o'neil@exemple.fr", "o'neil@exemple.fr"),
        ("l'adresse o'neil@exemple.fr !", "l’adresse o'neil@exemple.fr~!"),
        ("FR76 3000 6000 0112 3456 7890 189", "FR76 3000 6000 0112 3456 7890 189"),
        ("SIRET 732 829 320 00074", "SIRET 732 829 320 00074"),
        ("01 23 45 67 89", "01 23 45 67 89"),
        ("C++ et a:b", "C++ et a:b"),
        ("a != b", "a != b"),
        ("`l'option ... : 10 000`", "`l'option ... : 10 000`"),
        ("![schéma](a.png)", "![schéma](a.png)"),
        ("voir ![schéma](a.png)", "voir ![schéma](a.png)"),
        ("../dossier et a...b", "../dossier et a...b"),
        ("attendre....", "attendre...."),
        ("5' de pause, 'cité'", "5' de pause, 'cité'"),
        ("0,123 456", "0,123 456"),
        ("clé\n  : valeur", "clé\n  : valeur"),
        ("oui\n! non", "oui\n! non"),
        ("modulo 5 %d", "modulo 5 %d"),
        ("", ""),
    ],
)
def test_french_text(text: str, expected: str) -> None:
    """Text is mended where French asks for it, and left alone everywhere else."""
    assert plain(frenchify(text)) == expected


SIGNS = "aéœZ1039 .:;!?%€«»'`*_/\\@-+,()[]|°n\n\t~$" + NBSP + NNBSP + APOSTROPHE + ELLIPSIS
SNIPPETS = ["...", " 000", "l'", "12 ", " : ", "http://", "www.", "x@y.fr", ".fr/", "n° "]
pieces = st.sampled_from([*SIGNS, *SNIPPETS])
texts = st.one_of(st.lists(pieces, max_size=30).map("".join), st.text(max_size=60))


@given(texts)
def test_mending_twice_changes_nothing_more(text: str) -> None:
    """Text that went through once is as it should be."""
    once = frenchify(text)
    assert frenchify(once) == once


@given(texts)
def test_mending_keeps_every_letter_figure_and_mark(text: str) -> None:
    """Only spaces, straight apostrophes and rows of three dots may change, and line ends never do."""

    def skeleton(value: str) -> str:
        value = value.replace(ELLIPSIS, "...").replace(APOSTROPHE, "'")
        return re.sub(rf"[ {NBSP}{NNBSP}]", "", value)

    assert skeleton(frenchify(text)) == skeleton(text)


@pytest.mark.parametrize(
    ("items", "fr", "en"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a et b", "a and b"),
        (["a", "b", "c"], "a, b et c", "a, b and c"),
    ],
)
def test_lists(items: list[str], fr: str, en: str) -> None:
    """The last item is joined by a word."""
    assert (join_list(items, "fr-BE"), join_list(items, "en")) == (fr, en)


# --- Names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Désignation", "Designation"),
        ("ÀÉÎÕÜ çñ", "AEIOU cn"),
        ("Œuvre, œuf, Łódź, straße, Ærø", "OEuvre, oeuf, Lodz, strasse, AEro"),
        ("e\u0301", "e"),
        ("déjà ’ 10 €", "deja ’ 10 €"),
        ("Ωμέγα", "Ωμεγα"),
    ],
)
def test_accents(text: str, expected: str) -> None:
    """Accents go, ligatures open, case and the rest stay."""
    assert strip_accents(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dupont & Fils, Société", "dupont-fils-societe"),
        ("L'Œuf d’or", "l-oeuf-d-or"),
        ("  --Éts. MÜLLER--  ", "ets-muller"),
        ("../../etc/passwd", "etc-passwd"),
        ("3 Suisses", "3-suisses"),
        ("北京", "client"),
        ("&", "client"),
        ("", "client"),
        ("a" * 200, "a" * 80),
        (" ".join(["mot"] * 40), "-".join(["mot"] * 20)),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    """A file name is plain, short, and never empty."""
    assert slugify(text) == expected


@given(st.text())
def test_a_slug_is_always_a_safe_name(text: str) -> None:
    """Whatever the client is called, and slugging again changes nothing."""
    slug = slugify(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 80
    assert slugify(slug) == slug


KEYS = [
    "designation", "quantite", "unite", "prix_unitaire", "prix_unitaire_ttc", "remise", "offert", "option",
    "tva", "client", "emetteur", "echeance", "lignes", "siren", "siret", "rcs", "bic", "iban", "nom",
    "langue", "objet",
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("prix_unitare", "prix_unitaire"),
        ("prix unitaire", "prix_unitaire"),
        ("prix-unitaire", "prix_unitaire"),
        ("PrixUnitaireTTC", "prix_unitaire_ttc"),
        ("designtion", "designation"),
        ("Désignation", "designation"),
        ("quantité", "quantite"),
        ("remises", "remise"),
        ("ligne", "lignes"),
        ("lang", "langue"),
        ("TVA", "tva"),
        ("tav", "tva"),
        ("bci", "bic"),
        ("sirne", "siren"),
        ("tva", "tva"),
        ("couleur", None),
        ("prix", None),
        ("xyz", None),
        ("nombre", None),
        ("_", None),
        ("", None),
    ],
)
def test_suggestions(word: str, expected: str | None) -> None:
    """A slip of the hand finds its key; another word finds none."""
    assert suggest(word, KEYS) == expected
    assert suggest(word, reversed(KEYS)) == expected


def test_no_choice_no_suggestion() -> None:
    """An empty set of keys suggests nothing."""
    assert suggest("tva", []) is None


# --- Amounts in words

NUMBERS_FR = [
    (0, "zéro"), (1, "un"), (2, "deux"), (10, "dix"), (11, "onze"), (16, "seize"), (17, "dix-sept"),
    (20, "vingt"), (21, "vingt et un"), (22, "vingt-deux"), (29, "vingt-neuf"), (30, "trente"),
    (31, "trente et un"), (41, "quarante et un"), (51, "cinquante et un"), (60, "soixante"),
    (61, "soixante et un"), (69, "soixante-neuf"), (70, "soixante-dix"), (71, "soixante et onze"),
    (72, "soixante-douze"), (76, "soixante-seize"), (77, "soixante-dix-sept"), (79, "soixante-dix-neuf"),
    (80, "quatre-vingts"), (81, "quatre-vingt-un"), (88, "quatre-vingt-huit"), (90, "quatre-vingt-dix"),
    (91, "quatre-vingt-onze"), (97, "quatre-vingt-dix-sept"), (99, "quatre-vingt-dix-neuf"), (100, "cent"),
    (101, "cent un"), (111, "cent onze"), (171, "cent soixante et onze"), (180, "cent quatre-vingts"),
    (181, "cent quatre-vingt-un"), (200, "deux cents"), (201, "deux cent un"),
    (280, "deux cent quatre-vingts"), (300, "trois cents"), (999, "neuf cent quatre-vingt-dix-neuf"),
    (1000, "mille"), (1001, "mille un"),
    (1080, "mille quatre-vingts"), (1100, "mille cent"), (1200, "mille deux cents"),
    (1999, "mille neuf cent quatre-vingt-dix-neuf"), (2000, "deux mille"), (2001, "deux mille un"),
    (21_000, "vingt et un mille"), (71_000, "soixante et onze mille"), (80_000, "quatre-vingt mille"),
    (80_080, "quatre-vingt mille quatre-vingts"), (100_000, "cent mille"), (200_000, "deux cent mille"),
    (200_200, "deux cent mille deux cents"), (280_000, "deux cent quatre-vingt mille"),
    (300_080, "trois cent mille quatre-vingts"), (1_000_001, "un million un"),
    (1_001_000, "un million mille"),
    (2_300_000, "deux millions trois cent mille"), (80_000_080, "quatre-vingts millions quatre-vingts"),
    (200_000_200, "deux cents millions deux cents"), (1_000_000_080, "un milliard quatre-vingts"),
    (2_000_200_000, "deux milliards deux cent mille"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "words"), NUMBERS_FR)
def test_numbers_in_french(number: int, words: str) -> None:
    """Traditional spelling: hyphens under one hundred, vingts and cents only at the end or before million."""
    unit = "euro" if number < 2 else "euros"
    assert amount_in_words(Decimal(number), "EUR", "fr") == f"{words} {unit}"


@pytest.mark.parametrize(
    ("value", "devise", "words"),
    [
        ("1846.80", "EUR", "mille huit cent quarante-six euros et quatre-vingts centimes"),
        ("0", "EUR", "zéro euro"),
        ("-0.00", "EUR", "zéro euro"),
        ("1", "EUR", "un euro"),
        ("1.00", "EUR", "un euro"),
        ("1.01", "EUR", "un euro et un centime"),
        ("1.5", "EUR", "un euro et cinquante centimes"),
        ("2.02", "EUR", "deux euros et deux centimes"),
        ("0.01", "EUR", "un centime d’euro"),
        ("0.50", "EUR", "cinquante centimes d’euro"),
        ("-12.30", "EUR", "moins douze euros et trente centimes"),
        ("-0.30", "EUR", "moins trente centimes d’euro"),
        ("1000000", "EUR", "un million d’euros"),
        ("1000000.10", "EUR", "un million d’euros et dix centimes"),
        ("3000000", "EUR", "trois millions d’euros"),
        ("80000000", "EUR", "quatre-vingts millions d’euros"),
        ("200000000", "EUR", "deux cents millions d’euros"),
        ("1000000000", "EUR", "un milliard d’euros"),
        ("2001000000", "EUR", "deux milliards un million d’euros"),
        ("2300000", "EUR", "deux millions trois cent mille euros"),
        ("1000001", "EUR", "un million un euros"),
        ("2000000", "CHF", "deux millions de francs suisses"),
        ("1", "GBP", "une livre sterling"),
        ("0", "GBP", "zéro livre sterling"),
        ("21", "GBP", "vingt et une livres sterling"),
        ("21.01", "GBP", "vingt et une livres sterling et un penny"),
        ("101.21", "GBP", "cent une livres sterling et vingt et un pence"),
        ("21000", "GBP", "vingt et un mille livres sterling"),
        ("1000000", "GBP", "un million de livres sterling"),
        ("81", "INR", "quatre-vingt-une roupies indiennes"),
        ("1", "SEK", "une couronne suédoise"),
        ("31.5", "DKK", "trente et une couronnes danoises et cinquante øre"),
        ("11", "NOK", "onze couronnes norvégiennes"),
        ("71", "CZK", "soixante et onze couronnes tchèques"),
        ("0.21", "EGP", "vingt et une piastres de livre égyptienne"),
        ("12.5", "TND", "douze dinars tunisiens et cinq cents millimes"),
        ("0.001", "KWD", "un fils de dinar koweïtien"),
        ("1.1", "USD", "un dollar américain et dix cents"),
        ("0.05", "CAD", "cinq cents de dollar canadien"),
        ("1500", "JPY", "mille cinq cents yens"),
        ("1000000", "JPY", "un million de yens"),
        ("10000", "XOF", "dix mille francs CFA"),
        ("1", "XAF", "un franc CFA"),
        ("2.5", "RON", "deux lei roumains et cinquante bani"),
        ("3", "DZD", "trois dinars algériens"),
        ("5.2", "MAD", "cinq dirhams marocains et vingt centimes"),
        ("1", "HTG", "une gourde haïtienne"),
        # Divided by five in life, by a hundred in ISO: figures for what has no name.
        ("3.2", "MRU", "trois ouguiyas mauritaniens et 20/100"),
        ("1000000", "MGA", "un million d’ariarys malgaches"),
        # No name here: the code.
        ("12.5", "MWK", "douze MWK et 50/100"),
        ("12", "MWK", "douze MWK"),
        ("0.05", "MWK", "zéro MWK et 05/100"),
        ("1", "AOA", "un AOA"),
        ("1000000", "AOA", "un million de AOA"),
        ("5", "UGX", "cinq UGX"),
    ],
)
def test_amounts_in_french(value: str, devise: str, words: str) -> None:
    """Agreement, elision and links of a whole amount, with its cents when there are some."""
    assert amount_in_words(Decimal(value), devise, "fr") == words


@pytest.mark.parametrize(
    ("value", "belgium", "switzerland"),
    [
        ("70", "septante euros", "septante euros"),
        ("71", "septante et un euros", "septante et un euros"),
        ("72", "septante-deux euros", "septante-deux euros"),
        ("77", "septante-sept euros", "septante-sept euros"),
        ("79", "septante-neuf euros", "septante-neuf euros"),
        ("80", "quatre-vingts euros", "huitante euros"),
        ("81", "quatre-vingt-un euros", "huitante et un euros"),
        ("86", "quatre-vingt-six euros", "huitante-six euros"),
        ("89", "quatre-vingt-neuf euros", "huitante-neuf euros"),
        ("90", "nonante euros", "nonante euros"),
        ("91", "nonante et un euros", "nonante et un euros"),
        ("96", "nonante-six euros", "nonante-six euros"),
        ("97", "nonante-sept euros", "nonante-sept euros"),
        ("99", "nonante-neuf euros", "nonante-neuf euros"),
        ("63", "soixante-trois euros", "soixante-trois euros"),
        ("180", "cent quatre-vingts euros", "cent huitante euros"),
        ("201", "deux cent un euros", "deux cent un euros"),
        ("80000", "quatre-vingt mille euros", "huitante mille euros"),
        ("71000", "septante et un mille euros", "septante et un mille euros"),
        ("1000000", "un million d’euros", "un million d’euros"),
        ("80000000", "quatre-vingts millions d’euros", "huitante millions d’euros"),
        ("1.75", "un euro et septante-cinq centimes", "un euro et septante-cinq centimes"),
        ("1995.95", "mille neuf cent nonante-cinq euros et nonante-cinq centimes",
         "mille neuf cent nonante-cinq euros et nonante-cinq centimes"),
    ],
)  # fmt: skip
def test_amounts_in_belgium_and_switzerland(value: str, belgium: str, switzerland: str) -> None:
    """Septante and nonante in both, huitante in Switzerland; everything else as in France."""
    assert amount_in_words(Decimal(value), "EUR", "fr-BE") == belgium
    assert amount_in_words(Decimal(value), "EUR", "fr-CH") == switzerland


def test_a_regional_one_agrees_too() -> None:
    """Septante et une, huitante et une: the agreement comes after the regional word."""
    assert amount_in_words(Decimal(71), "GBP", "fr-BE") == "septante et une livres sterling"
    assert amount_in_words(Decimal(81), "SEK", "fr-CH") == "huitante et une couronnes suédoises"


@pytest.mark.parametrize(
    ("value", "devise", "words"),
    [
        ("1846.80", "EUR", "one thousand eight hundred and forty-six euros and eighty cents"),
        ("0", "EUR", "zero euros"),
        ("1", "EUR", "one euro"),
        ("1.01", "EUR", "one euro and one cent"),
        ("0.50", "EUR", "zero euros and fifty cents"),
        ("100", "EUR", "one hundred euros"),
        ("101", "EUR", "one hundred and one euros"),
        ("1001", "EUR", "one thousand and one euros"),
        ("1100", "EUR", "one thousand one hundred euros"),
        ("1000000", "EUR", "one million euros"),
        ("1000080.05", "EUR", "one million and eighty euros and five cents"),
        ("2000000000", "USD", "two billion US dollars"),
        ("1.01", "GBP", "one pound sterling and one penny"),
        ("21.50", "GBP", "twenty-one pounds sterling and fifty pence"),
        ("1500", "JPY", "one thousand five hundred yen"),
        ("1", "CHF", "one Swiss franc"),
        ("2.3", "SEK", "two Swedish kronor and thirty öre"),
        ("12.005", "TND", "twelve Tunisian dinars and five millimes"),
        ("-5", "EUR", "minus five euros"),
        ("12.5", "MWK", "twelve MWK and 50/100"),
        ("1000000", "MWK", "one million MWK"),
    ],
)
def test_amounts_in_english(value: str, devise: str, words: str) -> None:
    """British "and", no commas, and the unit always named."""
    assert amount_in_words(Decimal(value), devise, "en") == words


@pytest.mark.parametrize(
    ("value", "devise", "error"),
    [
        ("1.001", "EUR", ValueError),
        ("0.5", "JPY", ValueError),
        ("1000000000000", "EUR", ValueError),
        ("NaN", "EUR", ValueError),
        ("1", "XXX", KeyError),
    ],
)
def test_what_cannot_be_said_is_refused(value: str, devise: str, error: type[Exception]) -> None:
    """Nothing is rounded, cut, or given a currency that it does not have."""
    with pytest.raises(error):
        amount_in_words(Decimal(value), devise, "fr")


FRENCH_WORDS = {
    "zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
    "huitante": 80, "nonante": 90,
}  # fmt: skip
SCALES = {"mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9}


def read_words(words: str) -> int:
    """Read a French number back: "quatre-vingts" is four twenties, "cent" multiplies what is before it."""
    total = group = 0
    for word in words.replace("quatre-vingts", "huitante").replace("quatre-vingt", "huitante").split():
        for part in word.split("-"):
            if part in ("cent", "cents"):
                group = (group or 1) * 100
            elif part in SCALES:
                total += (group or 1) * SCALES[part]
                group = 0
            elif part != "et":
                group += FRENCH_WORDS[part]
    return total + group


@given(st.integers(0, 10**12 - 1), st.integers(0, 99), st.sampled_from(["fr", "fr-BE", "fr-CH"]))
def test_french_words_read_back(whole: int, part: int, langue: str) -> None:
    """The words alone give the amount back; cents are said when there are some, and never otherwise."""
    text = amount_in_words(Decimal(whole) + Decimal(part) / 100, "EUR", langue)
    assert "zéro centime" not in text
    assert ("centime" in text) == (part > 0)
    if whole == 0 and part:
        euros, centimes = "zéro euro", text.removesuffix(" d’euro")
    else:
        # "vingt et un euros et dix centimes": the "et" that parts them follows the unit.
        match = re.fullmatch(r"(.+ (?:d’)?euros?)(?: et (.+))?", text)
        assert match is not None
        euros, centimes = match.groups("")
    assert read_words(re.sub(r" (?:d’)?euros?$", "", euros)) == whole
    assert read_words(re.sub(r" centimes?$", "", centimes) or "zéro") == part
    assert text == text.strip()
    assert "  " not in text


some_currencies = st.sampled_from(["EUR", "USD", "GBP", "TND", "JPY", "MWK", "MRU"])
amounts = st.tuples(st.integers(-(10**12) + 1, 10**12 - 1), some_currencies)


@given(amounts, amounts, langues)
def test_different_amounts_have_different_words(one: tuple[int, str], other: tuple[int, str], langue: str) -> None:
    """Neither two sums nor two currencies read the same."""

    def say(number: int, devise: str) -> str:
        return amount_in_words(Decimal(number).scaleb(-MONNAIES[devise]), devise, langue)

    assert (say(*one) == say(*other)) == (one == other)


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize("devise", sorted(MONNAIES))
def test_every_currency_can_be_said(devise: str, langue: str) -> None:
    """Each ISO code has words, singular and plural, without a straight apostrophe or a no-break space."""
    for number in (0, 1, 2, 10 ** MONNAIES[devise], 10 ** MONNAIES[devise] * 10**6 + 1):
        text = amount_in_words(Decimal(number).scaleb(-MONNAIES[devise]), devise, langue)
        assert not set(text) & {"'", NBSP, NNBSP, ","}
    assert devise in NOMS_FR or devise in text


# --- Cold start


def test_importing_the_module_loads_no_library() -> None:
    """Checking a document must not pay for what only printing needs."""
    code = "import sys, facture.typo; print(sorted({'babel', 'num2words', 'difflib'} & sys.modules.keys()))"
    root = str(Path(facture.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("value", "devise", "langue", "expected"),
    [
        ("40", "EUR", "fr", "40\u00a0€"),
        ("150.50", "EUR", "fr", "150,50\u00a0€"),
        ("1000", "EUR", "en", "€1,000"),
        ("100", "JPY", "en", "¥100"),
        ("1000", "JPY", "en", "¥1,000"),
        ("5", "TND", "fr", "5\u00a0TND"),
        ("5.050", "TND", "fr", "5,050\u00a0TND"),
    ],
)
def test_a_round_amount_leaves_its_cents_out(value: str, devise: str, langue: str, expected: str) -> None:
    """Only decimals that are all zero go: a thousand keeps its zeros."""
    assert format_round_money(Decimal(value), devise, langue) == expected
