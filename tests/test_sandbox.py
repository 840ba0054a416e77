"""Templates of clauses: what they print, what they leave open, and that nothing in them can do harm."""

from __future__ import annotations

import datetime as dt
import itertools
import pickle
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facture.sandbox import (
    MAX_GABARIT,
    MAX_RENDU,
    Expression,
    Gabarit,
    GabaritInvalide,
    Manque,
    Valeur,
    parse_expression,
    parse_gabarit,
)

NBSP = "\u00a0"

VALEURS: dict[str, Valeur | Manque] = {
    "series": Valeur(3, "3"),
    "une": Valeur(1, "1"),
    "zero": Valeur(0, "0"),
    "moins": Valeur(-2, "−2"),
    "demi": Valeur(Decimal("1.5"), "1,5"),
    "mille": Valeur(1200, "1\u202f200"),
    "taux": Valeur(Decimal("30"), f"30{NBSP}%"),
    "prix": Valeur(Decimal("150.50"), f"150,50{NBSP}€"),
    "delai": Valeur(720, f"30{NBSP}jours"),
    "client.qualite": Valeur("professionnel", "professionnel"),
    "client.nom": Valeur("Atelier *B*", "Atelier *B*"),
    "offerts": Valeur(True, "oui"),
    "promesses": Valeur(False, "non"),
    "vide": Valeur("", ""),
    "jour": Valeur(dt.date(2026, 11, 22), "22 novembre 2026"),
    "moyens": Valeur(("virement", "carte"), "virement, carte"),
    "absent": Manque("absent", "Ce qu'il faut"),
}


def fill(text: str, **valeurs: Valeur | Manque) -> str:
    return parse_gabarit(text).render({**VALEURS, **valeurs})[0]


def refusal(text: str) -> GabaritInvalide:
    with pytest.raises(GabaritInvalide) as caught:
        parse_gabarit(text).render(VALEURS)
    return caught.value


# --- Texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Un texte seul : 50 % { a } #1\n", "Un texte seul : 50 % { a } #1\n"),
        ("{{ series }} séries", "3 séries"),
        ("{{series}}", "3"),
        ("{{\n series\n}}", "3"),
        ("pour {{ client.qualite }}", "pour professionnel"),
        ("a{# une note d'auteur #}b", "ab"),
        ("{# {{ jamais }} {% for %} #}b", "b"),
        # Filters.
        ("{{ series|en_lettres }}", "trois"),
        ("{{ series | en_lettres | majuscule }}", "Trois"),
        ("{{ zero|en_lettres }}", "zéro"),
        ("{{ moins|en_lettres }}", "moins deux"),
        ("{{ mille|en_lettres }}", "mille deux cents"),
        ("{{ taux|en_lettres }} pour cent", "trente pour cent"),
        ("série{{ series|pluriel }}", "séries"),
        ("série{{ une|pluriel }}", "série"),
        ("série{{ zero|pluriel }}", "série"),
        ("degré{{ moins|pluriel }}", "degrés"),
        ("jour{{ demi|pluriel }}", "jour"),
        ('bateau{{ series|pluriel("x") }}', "bateaux"),
        ('journ{{ series|pluriel("al", "aux") }}', "journaux"),
        ("journ{{ une|pluriel('al', 'aux') }}", "journal"),
        ("{{ client.qualite|majuscule }}", "Professionnel"),
        ("{{ client.nom|minuscule }}", "atelier *B*"),
        ("{{ vide|majuscule }}.", "."),
        # Conditions.
        ("{% if offerts %}oui{% endif %}", "oui"),
        ("{% if promesses %}oui{% else %}non{% endif %}", "non"),
        ("{% if une > 1 %}a{% elif series > 1 %}b{% else %}c{% endif %}", "b"),
        ("{% if une > 1 %}a{% elif series > 9 %}b{% else %}c{% endif %}", "c"),
        ("{% if offerts %}{% if promesses %}a{% else %}b{% endif %}c{% endif %}d", "bcd"),
        ('{% if client.qualite == "professionnel" %}pro{% endif %}', "pro"),
        # A sign of closing between quotes closes nothing.
        ('a{{ series|pluriel("}}") }}', "a}}"),
        ("{% if client.nom != '%}' %}a{% endif %}", "a"),
        # Jinja's own trimming.
        ("a  {{- series -}}  b", "a3b"),
        ("a\n{%- if offerts -%}\n b\n{%- endif -%}\nc", "abc"),
    ],
)
def test_text_prints_its_values(text: str, expected: str) -> None:
    """A text prints its values and the branches that hold, and the rest of it untouched."""
    assert fill(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\n{% if offerts %}\nb\n{% endif %}\nc\n", "a\nb\nc\n", id="kept"),
        pytest.param("a\n{% if promesses %}\nb\n{% endif %}\nc\n", "a\nc\n", id="left-out"),
        pytest.param("a\n\n{% if promesses %}\nb\n{% endif %}\n\nc", "a\n\n\nc", id="paragraph-left-out"),
        pytest.param("- a\n  {# note #}  \n- b", "- a\n- b", id="comment"),
        pytest.param("a\r\n{% if offerts %}\r\nb\r\n{% endif %}\r\nc", "a\r\nb\r\nc", id="crlf"),
        pytest.param("{% if offerts %}\na\n{% endif %}", "a\n", id="whole-text"),
        pytest.param("a {% if offerts %}b{% endif %}\nc", "a b\nc", id="line-goes-on"),
        # A line that held a condition and prints nothing would end the paragraph.
        pytest.param("a\n{% if promesses %}b{% endif %}\nc", "a\nc", id="inline-left-out"),
        pytest.param("a\n{% if promesses %}b{% endif %}{% if promesses %}b{% endif %}\nc", "a\nc", id="two-inline"),
        pytest.param("a\n{{ vide }}\nc", "a\nc", id="empty-value"),
        pytest.param("a :\n- {% if promesses %}b{% endif %}\n- c", "a :\n- c", id="item-left-out"),
        pytest.param("1. {% if promesses %}b{% endif %}\n2. c", "1. \n2. c", id="number-stays"),
        pytest.param("a\n{% if promesses %}b{% endif %}", "a\n", id="last-line"),
        pytest.param("a\n\n{% if promesses %}b{% endif %}\n\nc", "a\n\n\nc", id="inline-paragraph-left-out"),
        pytest.param("a{% if promesses %}b{% endif %}c", "ac", id="middle"),
    ],
)
def test_no_empty_line_where_a_tag_stood(text: str, expected: str) -> None:
    """A tag alone on its line leaves no trace, and a line emptied by a condition goes with it."""
    assert fill(text) == expected


def test_values_are_escaped_and_the_text_is_not() -> None:
    """Only what comes from the document goes through `escape`, endings included."""
    gabarit = parse_gabarit("*a* {{ client.nom }} {{ series|pluriel('*') }}")
    assert gabarit.render(VALEURS, escape=lambda text: text.replace("*", "\\*"))[0] == "*a* Atelier \\*B\\* \\*"


@pytest.mark.parametrize(
    ("text", "expected", "missing"),
    [
        ("{{ absent }}.", f"[à compléter{NBSP}: Ce qu'il faut].", ["absent"]),
        ("{{ ailleurs }}.", f"[à compléter{NBSP}: ailleurs].", ["ailleurs"]),
        ("{{ absent|en_lettres|majuscule }}", f"[à compléter{NBSP}: Ce qu'il faut]", ["absent"]),
        (
            "{{ b }} {{ a }} {{ b }}",
            f"[à compléter{NBSP}: b] [à compléter{NBSP}: a] [à compléter{NBSP}: b]",
            ["b", "a"],
        ),
        # An ending says both: the number beside it says what is missing.
        ("série{{ absent|pluriel }}", "série(s)", ["absent"]),
        ('journ{{ absent|pluriel("al", "aux") }}', "journal(aux)", ["absent"]),
        # An unknown condition prints no branch, and says once what it hangs on.
        ("a {% if absent %}b{% else %}c{% endif %} d", f"a [à compléter{NBSP}: Ce qu'il faut] d", ["absent"]),
        ("{% if x == 1 and y == 2 %}b{% endif %}", f"[à compléter{NBSP}: x]", ["x", "y"]),
        ("{% if promesses %}a{% elif x %}b{% else %}c{% endif %}", f"[à compléter{NBSP}: x]", ["x"]),
        ("a\n{% if x %}\nb\n{% endif %}\nc", f"a\n[à compléter{NBSP}: x]\nc", ["x"]),
        # A condition that is settled without it does not ask for it.
        ("{% if offerts or absent %}b{% endif %}", "b", []),
        ("{% if absent or offerts %}b{% endif %}", "b", []),
        ("{% if absent and promesses %}b{% else %}c{% endif %}", "c", []),
        ("{% if promesses %}{{ absent }}{% endif %}", "", []),
    ],
)
def test_what_is_missing_shows_and_is_told(text: str, expected: str, missing: list[str]) -> None:
    """A missing value shows in its place, and each is reported once, in the order met."""
    shown, holes = parse_gabarit(text).render(VALEURS)
    assert (shown, [hole.nom for hole in holes]) == (expected, missing)


def test_caller_chooses_how_a_hole_shows() -> None:
    """The caller's mark is printed as it is, and gets the hole with its help."""
    seen: list[Manque] = []

    def mark(hole: Manque) -> str:
        seen.append(hole)
        return "<*>"

    text, holes = parse_gabarit("{{ absent }}").render(VALEURS, escape=str.upper, manque=mark)
    assert text == "<*>"
    assert holes == tuple(seen) == (Manque("absent", "Ce qu'il faut"),)


def test_gabarit_knows_the_names_it_may_read() -> None:
    """Every name is known with the line of its first use, in branches never taken as well."""
    gabarit = parse_gabarit(
        "{{ a }}\n{% if b and\n   c.d in ['x'] %}\n{{ e|pluriel }}{{ a }}\n{% elif f == g %}\n{% endif %}\n{{\n h }}"
    )
    assert gabarit.noms == {"a", "b", "c.d", "e", "f", "g", "h"}
    assert gabarit.noms_lignes == {"a": 1, "b": 2, "c.d": 3, "e": 4, "f": 5, "g": 5, "h": 8}


def test_gabarit_and_expression_are_values() -> None:
    """Two readings of one text are equal, may be keys, and survive a copy to another process."""
    text = "{% if a == 12.5 %}b{% endif %}"
    assert len({parse_gabarit(text), parse_gabarit(text)}) == 1
    assert len({parse_expression("a"), parse_expression("a")}) == 1
    copy = pickle.loads(pickle.dumps(parse_gabarit(text)))
    assert isinstance(copy, Gabarit)
    assert copy.render({"a": Valeur(Decimal("12.50"), "12,50")})[0] == "b"


# --- Conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("series == 3", True),
        ("series != 3", False),
        ("series < 4", True),
        ("series <= 3", True),
        ("series > 3", False),
        ("series >= 3.0", True),
        ("3 == series", True),
        ('series == "3"', True),
        ("moins < -1", True),
        ("moins == -2", True),
        ("series > une", True),
        ("demi == 1.5", True),
        ('demi == "1,5"', True),
        ("prix == 150.5", True),
        ("1 < series < 5", True),
        ("1 < series < 3", False),
        ("series > une > zero", True),
        ('client.qualite == "professionnel"', True),
        ("client.qualite == 'public'", False),
        ("client.qualite == client.nom", False),
        ('client.qualite in ["professionnel", "public"]', True),
        ('client.qualite in ("particulier", "public")', False),
        ('client.qualite not in ["particulier"]', True),
        ('not client.qualite in ["particulier"]', True),
        ('"virement" in moyens', True),
        ('"cheque" in moyens', False),
        ("offerts", True),
        ("not offerts", False),
        ("offerts == true", True),
        ("promesses != false", False),
        ("true", True),
        ("False", False),
        ("series", True),
        ("zero", False),
        ("vide", False),
        ("client.nom", True),
        ("moyens", True),
        ("jour", True),
        ('jour == "2026-11-22"', True),
        ('jour < "2026-12-01"', True),
        ("jour == jour", True),
        ("offerts and not promesses", True),
        ("(offerts or promesses) and series > 1", True),
        ("offerts or promesses and promesses", True),
        ("offerts\n  and\n  series == 3", True),
        # Unknown.
        ("absent", None),
        ("not absent", None),
        ("absent == 3", None),
        ("3 < absent < 1", None),
        ("absent in ['a']", None),
        ("1 < series < absent", None),
        ("5 < series < absent", False),
        ("nulle.part", None),
    ],
)
def test_condition_is_true_false_or_unknown(source: str, expected: bool | None) -> None:
    """Values compare by what they are, whatever they print."""
    assert parse_expression(source).evaluate(VALEURS) is expected


KLEENE: dict[str, bool | None] = {"v": True, "f": False, "i": None}


@pytest.mark.parametrize(("a", "b"), list(itertools.product("vfi", repeat=2)))
def test_unknown_follows_kleene(a: str, b: str) -> None:
    """`and` is the least of its sides and `or` the greatest, unknown standing between false and true."""
    contexte: dict[str, Valeur | Manque] = {"v": Valeur(True, ""), "f": Valeur(False, ""), "i": Manque("i")}
    rank = {False: 0, None: 1, True: 2}
    left, right = KLEENE[a], KLEENE[b]
    assert parse_expression(f"{a} and {b}").evaluate(contexte) is min(left, right, key=rank.__getitem__)
    assert parse_expression(f"{a} or {b}").evaluate(contexte) is max(left, right, key=rank.__getitem__)
    assert parse_expression(f"not ({a} and {b})").evaluate(contexte) is parse_expression(
        f"not {a} or not {b}"
    ).evaluate(contexte)


def test_expression_explains_itself() -> None:
    """A condition shows on one line, with the names it reads."""
    expression = parse_expression('client.qualite\n   == "professionnel"\n and series')
    assert expression.noms == {"client.qualite", "series"}
    assert expression.noms_lignes == {"client.qualite": 1, "series": 3}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("jour == 3", "« jour » est une date et ne se compare pas à un nombre"),
        ("3 < jour", "« jour » est une date et ne se compare pas à un nombre"),
        ("jour == series", "« jour » est une date et ne se compare pas à un nombre"),
        ('jour == "2026-02-30"', "« jour » est une date et ne se compare pas à un texte"),
        ('series == "trois"', "« series » est un nombre et ne se compare pas à un texte"),
        ("client.nom == 3", "« client.nom » est un texte et ne se compare pas à un nombre"),
        ("offerts == 1", "« offerts » est oui ou non et ne se compare pas à un nombre"),
        ("series == true", "« series » est un nombre et ne se compare pas à oui ou non"),
        ("moyens == moyens", "« moyens » est une liste et ne se compare pas à une liste"),
        ('client.nom < "b"', "« client.nom » est un texte : « < » n'y a pas de sens"),
        ("offerts >= promesses", "« offerts » est oui ou non : « >= » n'y a pas de sens"),
        ('"a" in client.nom', "« client.nom » n'est pas une liste"),
        ('series in ["3"]', "« series » est un nombre : « in » cherche un texte"),
    ],
)
def test_what_cannot_be_compared_is_refused(source: str, said: str) -> None:
    """A comparison without sense is a fault that names both sides, never a silent « no » nor a TypeError."""
    with pytest.raises(GabaritInvalide) as caught:
        parse_expression(source).evaluate(VALEURS)
    assert (caught.value.code, str(caught.value)) == ("C530", said)
    assert caught.value.advice
    error = refusal(f"a\n{{% if {source} %}}b{{% endif %}}")
    assert (error.code, str(error), error.line) == ("C517", said, 2)


@pytest.mark.parametrize(
    "brut", [None, 1.5, Decimal("NaN"), Decimal("sNaN"), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), [1], object()]
)
def test_a_value_of_no_known_kind_never_breaks(brut: Any) -> None:
    """A caller's mistake in a value is refused as any other, not a traceback from the comparison."""
    with pytest.raises(GabaritInvalide):
        parse_expression("a == 3").evaluate({"a": Valeur(brut, "")})
    with pytest.raises(GabaritInvalide):
        parse_expression("a < b").evaluate({"a": Valeur(brut, ""), "b": Valeur(brut, "")})


# --- Refusals --------------------------------------------------------------------------------------------------------

INTERDITS = [
    ("{{ ''.__class__ }}", 1),
    ("{{ client.__init__ }}", 1),
    ("{{ client.nom.strip }}", 1),
    ("{{ _prive }}", 1),
    ("{{ client._nom }}", 1),
    ("{{ self._TemplateReference__context }}", 1),
    ("{{ self.__dict__ }}", 1),
    ("{{ range(10**9) }}", 1),
    ("{{ cycler('a') }}", 1),
    ("{{ lipsum() }}", 1),
    ("{{ super() }}", 1),
    ("{{ client.nom.upper() }}", 1),
    ("{{ ().__class__ }}", 1),
    ("{{ 9**9**9 }}", 1),
    ("{{ 'a'*10**9 }}", 1),
    ("{{ series + 1 }}", 1),
    ("{{ series - 1 }}", 1),
    ("{{ series / 2 }}", 1),
    ("{{ series // 2 }}", 1),
    ("{{ series % 2 }}", 1),
    ("{{ -series }}", 1),
    ("{{ +series }}", 1),
    ("{{ series ~ series }}", 1),
    ("{{ client['nom'] }}", 1),
    ("{{ client.0 }}", 1),
    ("{{ client.nom[1:] }}", 1),
    ("{{ [1, 2] }}", 1),
    ("{{ {'a': 1} }}", 1),
    ("{{ (series, series) }}", 1),
    ("{{ 'texte' }}", 1),
    ("{{ 3 }}", 1),
    ("{{ true }}", 1),
    ("{{ none }}", 1),
    ("{{ series == 3 }}", 1),
    ("{{ not series }}", 1),
    ("{{ series and series }}", 1),
    ("{{ 'a' if series else 'b' }}", 1),
    ("{{ series is defined }}", 1),
    ("{{ x|attr('y') }}", 1),
    ("{{ x|map }}", 1),
    ("{{ x|safe }}", 1),
    ("{{ x|e }}", 1),
    ("{{ x|format(1) }}", 1),
    ("{{ x|default('a') }}", 1),
    ("{{ x|pluriel(3) }}", 1),
    ("{{ x|pluriel(y) }}", 1),
    ("{{ x|pluriel('a', 'b', 'c') }}", 1),
    ("{{ x|pluriel(suffixe='x') }}", 1),
    ("{{ x|pluriel(*y) }}", 1),
    ("{{ x|majuscule('a') }}", 1),
    ("{{ x|majuscule|en_lettres }}", 1),
    ("{{ x|en_lettres|pluriel }}", 1),
    ("{{ '\\ue000' }}", 1),
    ("a\n{% for x in y %}{% endfor %}", 2),
    ("{% set a = 1 %}", 1),
    ("{% set a %}b{% endset %}", 1),
    ("{% macro f() %}{% endmacro %}", 1),
    ("{% call f() %}{% endcall %}", 1),
    ("\n\n{% include '/etc/passwd' %}", 3),
    ("{% import 'a' as b %}", 1),
    ("{% from 'a' import b %}", 1),
    ("{% extends 'a' %}", 1),
    ("{% block a %}{% endblock %}", 1),
    ("{% filter upper %}a{% endfilter %}", 1),
    ("{% with a = 1 %}{% endwith %}", 1),
    ("{% raw %}{{ a }}{% endraw %}", 1),
    ("{% autoescape false %}{% endautoescape %}", 1),
    ("{% do a() %}", 1),
    ("{% if a() %}{% endif %}", 1),
    ("a\n\n{% if b and\n c.d.e %}{% endif %}", 4),
    ("{% if a is defined %}{% endif %}", 1),
    ("{% if a + 1 > 2 %}{% endif %}", 1),
    ("{% if a|pluriel == 's' %}{% endif %}", 1),
    ("{% if a.__class__ %}{% endif %}", 1),
    ("{% if 'a' %}{% endif %}", 1),
    ("{% if 3 %}{% endif %}", 1),
    ("{% if none %}{% endif %}", 1),
    ("{% if a == none %}{% endif %}", 1),
    ("{% if 1 < 2 %}{% endif %}", 1),
    ("{% if 'a' in ['a'] %}{% endif %}", 1),
    ("{% if a == ['a'] %}{% endif %}", 1),
    ("{% if a in 'abc' %}{% endif %}", 1),
    ("{% if a in [1, 2] %}{% endif %}", 1),
    ("{% if a in [b] %}{% endif %}", 1),
    ("{% if a in ['a', ['b']] %}{% endif %}", 1),
    ("{% if a == -b %}{% endif %}", 1),
    ("{% if a == (b if c else d) %}{% endif %}", 1),
    ("{% if a < (b < c) %}{% endif %}", 1),
    ("{% if a == 1e999 %}{% endif %}", 1),
    ("{% if a == 0xffffffffffffff %}{% endif %}", 1),
    ("{% if a == " + "9" * 5000 + " %}{% endif %}", 1),
    ("{% if a == 1." + "9" * 30 + " %}{% endif %}", 1),
    ("un \ue000texte", 1),
    ("a\nb\ue123", 2),
]


@pytest.mark.parametrize(("text", "line"), INTERDITS)
def test_forbidden_constructs_are_named(text: str, line: int) -> None:
    """All that is not on the short list is refused where it stands, in French, before any value is known."""
    with pytest.raises(GabaritInvalide) as caught:
        parse_gabarit(text)
    error = caught.value
    assert (error.code, error.line) == ("C517", line)
    assert_french(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ a + b }}", "l'addition « + »"),
        ("{{ f() }}", "l'appel « …(…) »"),
        ("{{ a[0] }}", "l'indice « …[…] »"),
        ("{{ a if b else c }}", "« … if … else … »"),
        ("{{ a|upper }}", "filtre « upper » inconnu"),
        ("{% for a in b %}{% endfor %}", "« for » (boucle)"),
        ("{% if a is defined %}{% endif %}", "le test « is »"),
        ("{{ a.b.c }}", "plus de deux parties"),
        ("{{ a._b }}", "« a._b » : un nom ne commence pas par « _ »"),
    ],
)
def test_refusal_says_which_construct(text: str, said: str) -> None:
    """The message names what was written, as a French reader would."""
    assert said in str(refusal(text))


SYNTAXE = [
    ("a\n{{ series", 2, "« {{ » n'est pas fermé par « }} »"),
    ("a\n{{ series }\nb {{ series }}", 2, "« {{ » n'est pas fermé par « }} »"),
    ("{{ series }\nb", 1, "« {{ » n'est pas fermé par « }} »"),
    ("a\n\n{% if series }}b{% endif %}", 3, "« {% » n'est pas fermé par « %} »"),
    ("{# jamais fermé", 1, "« {# » n'est pas fermé par « #} »"),
    ("{{ l'article }}", 1, "« {{ » n'est pas fermé par « }} »"),
    ("a\nseries }}", 2, "« }} » sans « {{ » avant"),
    ("a %}", 1, "« %} » sans « {% » avant"),
    ("a\n#}", 2, "« #} » sans « {# » avant"),
    ("a\n{% if series %}\nb\n\n", 2, "{% if %} sans {% endif %}"),
    ("{% if series %}\n{% if series %}{% endif %}", 1, "{% if %} sans {% endif %}"),
    ("a\n{% endif %}", 2, "{% endif %} sans {% if %} avant"),
    ("{% else %}", 1, "{% else %} sans {% if %} avant"),
    ("{% elif a %}", 1, "{% elif %} sans {% if %} avant"),
    ("{% if a %}\n{% else %}\n{% else %}{% endif %}", 3, "{% else %} après {% else %}"),
    ("{% if a %}{% else %}{% elif b %}{% endif %}", 1, "{% elif %} après {% else %}"),
    ("{% if a %}{% else b %}{% endif %}", 1, "« b » de trop après « else »"),
    ("{% if a %}{% endif a %}", 1, "« a » de trop après « endif »"),
    ("{% if %}{% endif %}", 1, "condition vide"),
    ("{% if a %}{% elif %}{% endif %}", 1, "condition vide"),
    ("{% %}", 1, "balise {% %} sans mot"),
    ("{% (if) %}", 1, "balise {% %} sans mot"),
    ("{% si a %}", 1, "balise « si » inconnue"),
    ("{% fi %}", 1, "balise « fi » inconnue"),
    ("{{ }}", 1, "balise {{ }} vide"),
    ("{{ a b }}", 1, "« b » inattendu"),
    ("{{ a | }}", 1, "il manque un nom ou une valeur"),
    ("{{ a|3 }}", 1, "« nombre » inattendu"),
    ("{{ a.. }}", 1, "écriture illisible"),
    ("{{ $ }}", 1, "caractère « $ » inattendu"),
    ("{% if a = 1 %}{% endif %}", 1, "« = » n'est pas une comparaison"),
    ("{% if a == 12,5 %}{% endif %}", 1, "virgule inattendue"),
    ("\n{% if a ==\n\n %}{% endif %}", 2, "il manque un nom ou une valeur"),
    ("{% if\na and\n) %}{% endif %}", 3, "parenthèses ou crochets mal fermés"),
    ("{% if (a %}{% endif %}", 1, "parenthèses ou crochets mal fermés"),
    ("{% if a in ['x' %}{% endif %}", 1, "parenthèses ou crochets mal fermés"),
    ("{% if a && b %}{% endif %}", 1, "caractère « & » inattendu"),
]


@pytest.mark.parametrize(("text", "line", "said"), SYNTAXE)
def test_syntax_is_said_in_french_at_its_line(text: str, line: int, said: str) -> None:
    """A slip of syntax is told in French, at the line of the tag that has it."""
    with pytest.raises(GabaritInvalide) as caught:
        parse_gabarit(text)
    error = caught.value
    assert (error.code, error.line, str(error)) == ("C516", line, said)
    assert_french(error)


def assert_french(error: GabaritInvalide) -> None:
    said = f"{error} {error.advice}"
    assert not re.search(r"\b(expected|unexpected|got|token|statement|template|encountered|char)\b", said), said
    assert len(said) < 400
    assert error.line >= 1


@pytest.mark.parametrize(
    "source",
    [
        "",
        "   ",
        "a ==",
        "a b",
        "(a",
        "a = 1",
        "a + 1",
        "f()",
        "a._b",
        "{{ a }} == 1",
        "{% if a %}",
        "a }} b",
        "'a",
        "3",
    ],
)
def test_condition_alone_has_its_own_code(source: str) -> None:
    """Whatever is wrong with a condition alone is one code, in French."""
    with pytest.raises(GabaritInvalide) as caught:
        parse_expression(source)
    assert caught.value.code == "C530"
    assert_french(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ " + "(" * 9_000 + "a" + ")" * 9_000 + " }}", id="parentheses"),
        pytest.param("{% if a in " + "[" * 9_000 + "]" * 9_000 + " %}{% endif %}", id="lists"),
        pytest.param("{% if a %}" * 1_900, id="open-ifs"),
        pytest.param("{% if a %}" * 900 + "{% endif %}" * 900, id="nested-ifs"),
        pytest.param("{% if " + "not " * 4_900 + "a %}{% endif %}", id="nots"),
        pytest.param("{% if a == " + "-" * 9_000 + "1 %}{% endif %}", id="minuses"),
        pytest.param("{% if " + " and ".join("a" * 2_500) + " %}{% endif %}", id="ands"),
        pytest.param("{{ a" + "|majuscule" * 1_900 + " }}", id="filters"),
        pytest.param("{{ " + "a if b else " * 1_600 + "c }}", id="inline-ifs"),
        pytest.param("{{ " + "9**" * 6_000 + "9 }}", id="powers"),
        pytest.param("{{ a" + ".b" * 9_000 + " }}", id="steps"),
        pytest.param("{{ a" + "[0]" * 6_000 + " }}", id="indices"),
    ],
)
def test_depth_is_bounded(text: str) -> None:
    """Whatever is nested without end is refused as any other text."""
    error = refusal(text)
    assert error.code == "C517"
    assert_french(error)


def test_forty_levels_are_enough_for_anyone() -> None:
    """The bound on depth leaves room: forty `if` in one another are read, forty-one are not."""
    assert fill("{% if offerts %}" * 40 + "a" + "{% endif %}" * 40) == "a"
    assert "trop de niveaux" in str(refusal("{% if offerts %}" * 41 + "{% endif %}" * 41))
    assert fill("{% if offerts %}a{% endif %}" * 500) == "a" * 500


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ a }}" * 2_850, id="values"),
        pytest.param("{% if " + "<".join("a" * 9_000) + " %}{% endif %}", id="chain"),
        pytest.param("{% if a in [" + "'a'," * 4_900 + "] %}{% endif %}", id="list"),
        pytest.param("{% if a == '" + "x" * 19_000 + "' %}{% endif %}", id="string"),
        pytest.param("{{ " + "a" * 19_000 + " }}", id="name"),
        pytest.param("{{ été }} {{ имя }} {{ 名 }}", id="unicode"),
        pytest.param("a\0b", id="null"),
        pytest.param((" " * 50 + "{# #}") * 350, id="spaces"),
        pytest.param("{%- if a -%} {%- endif -%} " * 700, id="trims"),
    ],
)
def test_long_texts_of_admitted_things_are_admitted(text: str) -> None:
    """What is only long, and under the bound, is read and filled."""
    gabarit = parse_gabarit(text)
    assert gabarit.source == text
    assert isinstance(gabarit.render({})[0], str)


def test_size_is_bounded() -> None:
    """A text is at most 20,000 characters, and its filling ten times that."""
    assert parse_gabarit("a" * MAX_GABARIT).render({})[0] == "a" * MAX_GABARIT
    assert refusal("a" * (MAX_GABARIT + 1)).code == "C532"
    with pytest.raises(GabaritInvalide) as caught:
        parse_expression("a" * (MAX_GABARIT + 1))
    assert caught.value.code == "C532"
    gabarit = parse_gabarit("\n{{ a }}" * 2_000)
    with pytest.raises(GabaritInvalide) as caught:
        gabarit.render({"a": Valeur("", "x" * 2_000)})
    assert (caught.value.code, str(MAX_RENDU) in str(caught.value)) == ("C532", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ client.nom|en_lettres }}", "« client.nom » n'est pas un nombre"),
        ("\n{{ client.nom|pluriel }}", "« client.nom » n'est pas un nombre"),
        ("\n{{ offerts|pluriel }}", "« offerts » n'est pas un nombre"),
        ("\n{{ demi|en_lettres }}", "« demi » n'est pas un nombre entier"),
        ("\n{{ grand|en_lettres }}", "« grand » est trop grand"),
        # 30 days compare as 720 hours: neither « sept cent vingt » nor the plural of 24 hours for one day.
        ("\n{{ delai|en_lettres }}", f"« delai » s'imprime « 30{NBSP}jours »"),
        ("\n{{ delai|pluriel }}", f"« delai » s'imprime « 30{NBSP}jours »"),
    ],
)
def test_filters_of_numbers_want_the_number_that_prints(text: str, said: str) -> None:
    """A number in words or a plural comes from the number that the page shows, or is refused."""
    with pytest.raises(GabaritInvalide) as caught:
        fill(text, grand=Valeur(10**12, "beaucoup"))
    assert (caught.value.code, caught.value.line) == ("C517", 2)
    assert said in str(caught.value)


def test_nothing_is_compiled_nor_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jinja only parses: a text is filled with its compiler and its renderer out of order."""
    import jinja2

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("the template was compiled")

    monkeypatch.setattr(jinja2.Environment, "compile", refuse)
    monkeypatch.setattr(jinja2.Environment, "from_string", refuse)
    monkeypatch.setattr(jinja2.Template, "render", refuse)
    assert fill('{% if series == 3 and 1 < series %}{{ series|pluriel("x") }}{% endif %}') == "x"


# --- Whatever is written ---------------------------------------------------------------------------------------------

MORCEAUX = st.sampled_from([
    "{{", "}}", "{%", "%}", "{#", "#}", "if", "elif", "else", "endif", "for", "in", "not", "and", "or", "is", "a",
    "b.c", "==", "<", "=", "|", "pluriel", "en_lettres", "(", ")", "[", "]", "{", "}", ",", ".", "-", "+", "*", "~",
    "\\", "'", '"', "'x'", "3", "1.5", "1e9", "none", "true", "_", "__class__", " ", "\n", "\0", "é", "\ud800", "$",
])  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(MORCEAUX, max_size=25).map("".join), st.lists(MORCEAUX, max_size=25).map(" ".join))
)
@example("{{ a|pluriel( }}")
@example("{% if a == 'b %}")
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is filled or refused in French: no other exception, no English."""
    try:
        parse_gabarit(text).render({"a": Valeur(2, "2"), "b.c": Valeur("x", "x")})
    except GabaritInvalide as error:
        assert_french(error)
        assert error.line <= text.count("\n") + 1
    for source in (text, f"a == {text}"):
        try:
            result = parse_expression(source).evaluate({"a": Valeur(2, "2"), "b.c": Valeur("x", "x")})
        except GabaritInvalide as error:
            assert_french(error)
        else:
            assert result in (True, False, None)


@given(st.lists(st.sampled_from(["{% if a %}", "{% else %}", "{% endif %}", "x", "\n"]), max_size=14).map("".join))
def test_branches_are_those_of_jinja(text: str) -> None:
    """Where `if`, `else` and `endif` balance, the words that print are those Jinja itself would print."""
    from jinja2 import Environment, TemplateSyntaxError

    for value in (True, False):
        try:
            expected: str | None = Environment().from_string(text).render(a=value)
        except TemplateSyntaxError:
            expected = None
        try:
            found: str | None = parse_gabarit(text).render({"a": Valeur(value, "")})[0]
        except GabaritInvalide:
            found = None
        # Lines aside: a line that holds one tag is dropped here, and not there.
        assert (found is None) == (expected is None)
        assert (found or "").replace("\n", "") == (expected or "").replace("\n", "")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-999_999, max_value=999_999))
def test_numbers_compare_exactly(number: Decimal) -> None:
    """A number typed in a condition is the number that was typed, whatever floats make of it."""
    contexte = {"a": Valeur(number, str(number))}
    for written in (f"{number:f}", f'"{number:f}"', f'"{number:f}"'.replace(".", ",")):
        assert parse_expression(f"a == {written}").evaluate(contexte) is True
    assert parse_expression(f"a < {number + Decimal('0.01'):f}").evaluate(contexte) is True


def test_types_are_what_the_program_says() -> None:
    """Reading gives the two public types."""
    assert isinstance(parse_gabarit("a"), Gabarit)
    assert isinstance(parse_expression("a"), Expression)
