"""How text, figures, dates and amounts look, in French (fr, fr-BE, fr-CH) and in English (en).

Why: pure functions that round nothing, read no clock and no locale of the machine, so that the same document
has the same characters everywhere. Own tables rather than CLDR's: they cannot change with a library's
release, and formatting is on the path of every line of every document.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from facture.monnaies import NOMS_EN, NOMS_FR, Nom, NomsMonnaie, minor_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from decimal import Decimal

NBSP = "\u00a0"
NNBSP = "\u202f"
MINUS = "\u2212"
APOSTROPHE = "\u2019"
ELLIPSIS = "\u2026"

LANGUES = ("fr", "fr-BE", "fr-CH", "en")
MAX_PRICE_DECIMALS = 6
MAX_INTEGER_DIGITS = 12

# Separator of thousands, decimal mark.
_FR_MARKS = (NNBSP, ",")
_MARKS = {"fr": _FR_MARKS, "fr-BE": _FR_MARKS, "fr-CH": _FR_MARKS, "en": (",", ".")}

# Only symbols that cannot be taken for another currency's, and that the shipped fonts hold; other
# currencies show their code. In French ¥ would leave a doubt between yen and yuan.
_FR_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$US", "CAD": "$CA", "AUD": "$AU"}
_EN_SYMBOLS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "US$", "CAD": "CA$", "AUD": "A$"}

_MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _is_french(langue: str) -> bool:
    """Tell French from English, and refuse any other language rather than print it as one of the two."""
    if langue not in _MARKS:
        raise ValueError(f"unknown language {langue!r}: expected one of {', '.join(LANGUES)}")
    return langue != "en"


# --- Figures


def _split_digits(value: Decimal) -> tuple[str, str, str]:
    """Split a number into its sign, whole part grouped by commas, and significant decimals.

    Why: the text form of a `Decimal` is exact whatever the context, where `quantize` and "%.2f" would round
    half to even. `copy_abs` for the same reason: `abs` rounds to the context.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is not a number that can be printed")
    whole, _, fraction = format(value.copy_abs(), ",f").partition(".")
    # Comparing, not reading the sign bit: -0.00 has one and must not show it.
    return (MINUS if value < 0 else ""), whole, fraction.rstrip("0")


def _join_digits(sign: str, whole: str, fraction: str, langue: str) -> str:
    """Put the language's marks between the parts of a number."""
    marks = _MARKS.get(langue)
    if marks is None:
        raise ValueError(f"unknown language {langue!r}: expected one of {', '.join(LANGUES)}")
    group, point = marks
    grouped = whole if group == "," else whole.replace(",", group)
    return f"{sign}{grouped}{point}{fraction}" if fraction else f"{sign}{grouped}"


def format_amount(value: Decimal, decimals: int, langue: str) -> str:
    """Write an amount with its currency's decimals: "12 345,67", "12,345.67".

    Why: it refuses to round. An amount with too many decimals has missed the one place where money is
    rounded, and printing it would hide that.

    Args:
        value: amount in the currency's main unit.
        decimals: decimals of the currency's minor unit (EUR 2, JPY 0, TND 3).
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact amount, never rounded; groups of three are parted by U+202F in French, a negative amount
        starts with U+2212, and zero has no sign.

    Raises:
        ValueError: when the value has more decimals than that, is not finite, or the language is unknown.
    """
    sign, whole, fraction = _split_digits(value)
    if len(fraction) > decimals:
        raise ValueError(f"{value} has more than {decimals} decimals: it was not rounded")
    return _join_digits(sign, whole, fraction.ljust(decimals, "0"), langue)


def format_price(value: Decimal, decimals: int, langue: str) -> str:
    """Write a unit price with its currency's decimals, or more when they matter: "450,00", "0,0375".

    Args:
        value: price of one unit, in the currency's main unit.
        decimals: least number of decimals shown, those of the currency.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact price, never rounded.

    Raises:
        ValueError: when the price has more than 6 decimals, is not finite, or the language is unknown.

    Source: EN 16931 BT-146, a unit price may be more precise than the currency.
    """
    sign, whole, fraction = _split_digits(value)
    if len(fraction) > max(decimals, MAX_PRICE_DECIMALS):
        raise ValueError(f"{value} has more than {MAX_PRICE_DECIMALS} decimals")
    return _join_digits(sign, whole, fraction.ljust(decimals, "0"), langue)


def format_number(value: Decimal, langue: str) -> str:
    """Write a quantity as plainly as possible: "4", "0,5", "1 200".

    Why: thousands are grouped from 1 000 on, as in amounts, so that one page has one way to write figures.

    Args:
        value: a quantity, in its own unit.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact number, without useless decimals or an exponent.

    Raises:
        ValueError: when the value is not finite or the language is unknown.
    """
    return _join_digits(*_split_digits(value), langue)


def format_rate(value: Decimal, langue: str) -> str:
    """Write a rate: "5,5 %" in French, "5.5%" in English.

    Args:
        value: rate in percent points (20 for 20 %).
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact rate; in French the sign is kept on its line by U+00A0.

    Raises:
        ValueError: when the value is not finite or the language is unknown.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale, "pourcentage".
    """
    number = format_number(value, langue)
    return f"{number}{NBSP}%" if _is_french(langue) else f"{number}%"


def format_money(value: Decimal, devise: str, langue: str) -> str:
    """Write an amount with its currency: "1 846,80 €", "£1,200.00", "CHF 90.00".

    Why: a lone "$" is the dollar of a dozen countries, so dollars say whose they are ("$US", "CA$").

    Args:
        value: amount in the currency's main unit.
        devise: ISO 4217 code.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact amount with the decimals of its currency, sign first, in one piece (U+00A0, U+202F).

    Raises:
        KeyError: when the currency is unknown.
        ValueError: when the value has too many decimals, is not finite, or the language is unknown.
    """
    amount = format_amount(value, minor_unit(devise), langue)
    if _is_french(langue):
        return f"{amount}{NBSP}{_FR_SYMBOLS.get(devise, devise)}"
    symbol = _EN_SYMBOLS.get(devise, f"{devise}{NBSP}")
    # The sign is outside: "−£5.00", as English accounts have it, not "£−5.00".
    return f"{MINUS}{symbol}{amount[1:]}" if amount.startswith(MINUS) else f"{symbol}{amount}"


def format_round_money(value: Decimal, devise: str, langue: str) -> str:
    """Write an amount as `format_money` does, its decimals left out when they are all zero: "40 €", "150,50 €".

    Raises: as `format_money`.
    """
    shown = format_money(value, devise, langue)
    decimals = minor_unit(devise)
    if not decimals or value != value.to_integral_value():
        return shown
    return re.sub(rf"[,.]0{{{decimals}}}(?=\D*$)", "", shown)


# --- Dates


def _day(d: date) -> str:
    return "1er" if d.day == 1 else str(d.day)


def format_date(d: date, langue: str) -> str:
    """Write a date in full: "1er décembre 2026", "22 November 2026".

    Why: plain spaces. A date must be found by whoever searches the PDF for it, and may break over two lines.

    Args:
        d: the date.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The date as plain text; only the first of a month is an ordinal in French.

    Raises:
        ValueError: when the language is unknown.
    """
    if _is_french(langue):
        return f"{_day(d)} {_MOIS[d.month - 1]} {d.year}"
    return f"{d.day} {_MONTHS[d.month - 1]} {d.year}"


def format_short_date(d: date, langue: str) -> str:
    """Write a date for a narrow column: "22/11/2026", "22 Nov 2026".

    Why: English readers disagree on which of 03/04 is the month, so English names it.

    Args:
        d: the date.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The date in ten or eleven characters.

    Raises:
        ValueError: when the language is unknown.
    """
    if _is_french(langue):
        return f"{d.day:02}/{d.month:02}/{d.year:04}"
    return f"{d.day:02} {_MONTHS[d.month - 1][:3]} {d.year:04}"


def format_period(du: date, au: date, langue: str) -> str:
    """Write a period, as short as it can be: "du 3 au 7 mars 2026", "juillet à octobre 2026", "mars 2026".

    Args:
        du: first day.
        au: last day, included.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        Whole months by their names, one day as "le 3 mars 2026", else both ends without what they share.

    Raises:
        ValueError: when the period ends before it starts, or the language is unknown.

    Source: EN 16931 BT-73 and BT-74, both days included.
    """
    from calendar import monthrange

    french = _is_french(langue)
    if au < du:
        raise ValueError(f"the period ends ({au}) before it starts ({du})")
    names = _MOIS if french else _MONTHS
    to = "à" if french else "to"
    same_year = du.year == au.year
    same_month = same_year and du.month == au.month
    if du.day == 1 and au.day == monthrange(au.year, au.month)[1]:
        last = f"{names[au.month - 1]} {au.year}"
        if same_month:
            return last
        first = names[du.month - 1] if same_year else f"{names[du.month - 1]} {du.year}"
        return f"{first} {to} {last}"
    end = format_date(au, langue)
    if du == au:
        return f"le {end}" if french else end
    start = _day(du) if french else str(du.day)
    if not same_month:
        start += f" {names[du.month - 1]}"
    if not same_year:
        start += f" {du.year}"
    return f"du {start} au {end}" if french else f"{start} to {end}"


# --- Text


@cache
def _french_rules() -> re.Pattern[str]:
    """Compile the rules of `frenchify`: one pattern, so that every rule sees the text as the user typed it.

    Why: spans to leave alone come first, and win over any rule inside them. Each rule needs its context on
    both sides (a high mark must be followed by a space, a closing or the end), which is what keeps code,
    times, paths and Markdown as they are. Compiled late: a check prints nothing and does not need it.
    """
    space = f"[ {NBSP}{NNBSP}]"
    closing = f"""[»”"'{APOSTROPHE})\\].,{ELLIPSIS}*_]"""
    rules = {
        "keep": "|".join(
            (
                r"`[^`\n]*`",
                r"\b[A-Za-z][A-Za-z0-9+.\-]{0,20}://\S+",
                r"\b(?:www\.|mailto:)\S+",
                rf"(?<![\w.+'{APOSTROPHE}\-])[\w.+'{APOSTROPHE}\-]+@[\w\-]+(?:\.[\w\-]+)+",
                r"(?<![\w.\-])[\w.\-]+\.[a-z]{2,}/\S*",
            )
        ),
        "apostrophe": r"(?<=[^\W\d_])'(?=[^\W\d_]|«)",
        "ellipsis": r"(?<![./\\])\.\.\.(?![\w./\\])",
        "guillemet": rf"(?<=«){space}+(?=\S)|(?<=\S){space}+(?=»)",
        "high": rf"(?<=\S){space}+(?=[;!?]+(?:\s|\Z|{closing}))",
        "colon": rf"(?<=\S){space}+(?=:(?:\s|\Z|{closing}))",
        "unit": rf"(?<=\d){space}+(?=[%‰€£$¥](?!\w))|(?<=\b[nN]°){space}+(?=\w)",
        # Neither a piece of a longer reference (SIRET, telephone, IBAN) nor decimals.
        "thousands": rf"(?<![\w.,])(?<!\d{space})\d{{1,3}}(?:{space}\d{{3}})+(?!\w|{space}\d)",
    }
    return re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in rules.items()))


_REPLACEMENTS = {
    "apostrophe": APOSTROPHE,
    "ellipsis": ELLIPSIS,
    "guillemet": NBSP,
    "high": NNBSP,
    "colon": NBSP,
    "unit": NBSP,
}


def frenchify(text: str) -> str:
    """Give a user's text the signs of French print: ’ for ', … for ..., and no-break spaces.

    Why: it mends what is there and adds nothing: "Bravo!" stays, since a space put before every mark would
    also land in code and references. Web and e-mail addresses, `code`, times (12:30), references and paths
    are left alone. No letter and no figure is ever changed, so a text can be searched as it was typed.

    Args:
        text: one or more lines written by the user, plain or Markdown.

    Returns:
        The text, with U+202F before ; ! ? and between thousands, U+00A0 before : % € and inside « ».
        Applying it twice changes nothing more.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale, "ponctuation", "espacements".
    """

    def replace(match: re.Match[str]) -> str:
        rule = match.lastgroup or "keep"
        if rule == "keep":
            return match.group()
        if rule == "thousands":
            return match.group().replace(" ", NNBSP).replace(NBSP, NNBSP)
        return _REPLACEMENTS[rule]

    return _french_rules().sub(replace, text)


def join_list(items: Sequence[str], langue: str) -> str:
    """Write a list as a sentence does: "a, b et c", "a, b and c".

    Args:
        items: texts, in the order to print.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The joined text; empty for no item.

    Raises:
        ValueError: when the language is unknown.
    """
    word = "et" if _is_french(langue) else "and"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


# --- Names

# Letters that Unicode does not decompose into a base letter and an accent.
_WHOLE_LETTERS = str.maketrans({
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH",
})  # fmt: skip


def strip_accents(text: str) -> str:
    """Remove the accents of letters and open ligatures: "Désignation" gives "Designation", "œuvre" "oeuvre".

    Args:
        text: any text.

    Returns:
        The text with the same case; letters of other scripts stay as they are.
    """
    if text.isascii():
        return text
    import unicodedata

    letters = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", bare).translate(_WHOLE_LETTERS)


def slugify(text: str) -> str:
    """Make a piece of a file name: "Dupont & Fils, Société" gives "dupont-fils-societe".

    Why: at most 80 characters, since file systems stop at 255 bytes and the name carries a number too.

    Args:
        text: a name, usually the client's.

    Returns:
        Lower-case ASCII letters, digits and single hyphens; "client" when nothing is left.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", strip_accents(text).lower()).strip("-")
    if len(slug) > 80:
        # Cut between words, unless the first word alone is longer than that.
        slug = slug[:81].rpartition("-")[0] or slug[:80]
    return slug or "client"


def _fold(word: str) -> str:
    """Reduce a key to what a person had in mind: no accents, case, hyphens, underscores or spaces."""
    return re.sub(r"[\s_\-]+", "", strip_accents(word).casefold())


def suggest(word: str, choices: Iterable[str]) -> str | None:
    """Find the known key a user probably meant: "prix_unitare" gives "prix_unitaire".

    Why: strict, since a key that is one suggestion away counts as present. A wrong suggestion would hide a
    missing key; no suggestion only costs a longer message.

    Args:
        word: what was written.
        choices: the keys known there.

    Returns:
        The nearest choice, always the same for the same set; None when nothing is near enough.
    """
    folded: dict[str, str] = {}
    # Sorted: `choices` may be a set, and a tie must not depend on its order.
    for choice in sorted(choices):
        folded.setdefault(_fold(choice), choice)
    wanted = _fold(word)
    if not wanted:
        return None
    if wanted in folded:
        return folded[wanted]
    # Swapped letters first: the ratio below would send sirne to siret, and misses tav and bci altogether.
    if len(wanted) > 2:
        letters = sorted(wanted)
        for key, choice in folded.items():
            if sorted(key) == letters:
                return choice
    from difflib import get_close_matches

    near = get_close_matches(wanted, folded, n=1, cutoff=0.75)
    return folded[near[0]] if near else None


# --- Amounts in words

_TEENS = ("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf")
_UNITS = ("", " et un", "-deux", "-trois", "-quatre", "-cinq", "-six", "-sept", "-huit", "-neuf")


@cache
def _regional_words(langue: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """List the French numbers that Belgium and Switzerland say otherwise, longest first."""
    words: dict[str, str] = {}
    for teen, unit in zip(_TEENS, _UNITS, strict=True):
        words["soixante et onze" if teen == "onze" else f"soixante-{teen}"] = f"septante{unit}"
        words[f"quatre-vingt-{teen}"] = f"nonante{unit}"
    if langue == "fr-CH":
        words |= {"quatre-vingts": "huitante", "quatre-vingt": "huitante"}
        words["quatre-vingt-un"] = "huitante et un"
        words |= {f"quatre-vingt{unit}": f"huitante{unit}" for unit in _UNITS[2:]}
    pattern = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(pattern), words


@cache
def _load_speller(langue: str) -> Callable[[int], str]:
    """Return what num2words spells the whole numbers of one language with.

    Why: importing the package imports its fifty languages, 30 ms of every first facture; an empty shell in its
    place lets one module in. It is taken away at once: whoever imports num2words later gets all of it.
    """
    import sys
    from importlib import import_module
    from importlib.util import find_spec, module_from_spec

    spec = None if "num2words" in sys.modules else find_spec("num2words")
    if spec is not None:
        sys.modules["num2words"] = module_from_spec(spec)
    try:
        module = import_module(f"num2words.lang_{langue.upper()}")
    finally:
        if spec is not None:
            del sys.modules["num2words"]
    spell: Callable[[int], str] = getattr(module, f"Num2Word_{langue.upper()}")().to_cardinal
    return spell


def _spell(number: int, langue: str) -> str:
    """Write a whole number in words, masculine in French."""
    if langue == "en":
        # Commas belong to figures: in a sum written out they look like the end of a clause.
        return _load_speller("en")(number).replace(",", "")
    words = _load_speller("fr")(number)
    if langue == "fr":
        return words
    # Not num2words' own fr_BE and fr_CH: they say "un millions", "deux cents un", "quatre-vingt euros".
    pattern, regional = _regional_words(langue)
    return pattern.sub(lambda match: regional[match.group()], words)


def _elide(noun: str) -> str:
    """Put "de" before a noun: "d’euros", "de francs"."""
    return f"d{APOSTROPHE}{noun}" if noun[0] in "aeiouéèêAEIOUÉ" and not noun.isupper() else f"de {noun}"


def _count(number: int, nom: Nom, langue: str) -> str:
    """Write so many of a unit, in words, with the agreement and the link its language asks for."""
    words = _spell(number, langue)
    if langue == "en":
        return f"{words} {nom.singulier if number == 1 else nom.pluriel}"
    # Only a final "un" agrees: "vingt et une livres", but "vingt et un mille livres".
    if nom.feminin and re.search(r"\bun\Z", words):
        words += "e"
    noun = nom.singulier if number < 2 else nom.pluriel
    # "Million" and "milliard" are nouns, unlike "mille": "deux millions d’euros", "deux millions un euros".
    if number and number % 1_000_000 == 0:
        noun = _elide(noun)
    return f"{words} {noun}"


def amount_in_words(value: Decimal, devise: str, langue: str) -> str:
    """Write an amount in words: "mille huit cent quarante-six euros et quatre-vingts centimes".

    Why: the words are the ones a court reads when they differ from the figures, so no digit is dropped and
    different amounts of a currency never read the same. French follows the traditional spelling (hyphens
    under one hundred only), agrees with feminine units ("vingt et une livres") and is singular below two.
    Cents alone name their unit: "cinquante centimes d’euro"; in English the unit stays, "zero euros and fifty
    cents". fr-BE says septante and nonante; fr-CH also huitante, as in Vaud, Valais and Fribourg (other
    cantons and the Confederation say quatre-vingts: both are understood). A unit without a name here is said
    by its code, its decimals in figures: "douze MWK et 50/100".

    Args:
        value: amount in the currency's main unit, at most 12 integer digits.
        devise: ISO 4217 code.
        langue: fr, fr-BE, fr-CH or en.

    Returns:
        The exact amount in lower case, with U+2019 as apostrophe.

    Raises:
        KeyError: when the currency is unknown.
        ValueError: when the value has too many digits, is not finite, or the language is unknown.
    """
    french = _is_french(langue)
    decimals = minor_unit(devise)
    sign, grouped, fraction = _split_digits(value)
    whole = grouped.replace(",", "")
    if len(fraction) > decimals:
        raise ValueError(f"{value} has more than {decimals} decimals: it was not rounded")
    if len(whole) > MAX_INTEGER_DIGITS:
        raise ValueError(f"{value} has more than {MAX_INTEGER_DIGITS} integer digits")
    noms = (NOMS_FR if french else NOMS_EN).get(devise) or NomsMonnaie(Nom(devise, devise))
    minus = "" if not sign else "moins " if french else "minus "
    unites, centimes = int(whole), fraction.ljust(decimals, "0")
    text = _count(unites, noms.unite, langue)
    if not fraction:
        return f"{minus}{text}"
    et = "et" if french else "and"
    if noms.fraction is None:
        return f"{minus}{text} {et} {centimes}/{10**decimals}"
    cents = _count(int(centimes), noms.fraction, langue)
    if french and unites == 0:
        return f"{minus}{cents} {_elide(noms.unite.singulier)}"
    return f"{minus}{text} {et} {cents}"


def capitalise(text: str) -> str:
    """Return a text with a capital: `str.capitalize` would lower the rest."""
    return text[:1].upper() + text[1:]
