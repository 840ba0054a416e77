"""From bytes to located nodes: what is kept as typed, where each thing stands, and every trap named in French."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture.dossier import build_dossier
from facture.errors import Diagnostic, Position, RessourceError
from facture.lecture import Lecteur
from facture.source import (
    MAX_NOEUDS,
    MAX_OCTETS,
    MAX_PROFONDEUR,
    Liste,
    Noeud,
    Table,
    Texte,
    find_node,
    locate,
    parse,
    parse_scalar_or_flow,
    read_bytes,
    walk,
    write_atomic,
)

F = "essai.yaml"


def read(text: str | bytes) -> Table:
    """Parse a text that holds no mistake."""
    root, findings = parse(text.encode() if isinstance(text, str) else text, F)
    assert findings == []
    assert root is not None
    return root


def judge(text: str | bytes) -> list[Diagnostic]:
    return parse(text.encode() if isinstance(text, str) else text, F)[1]


def judge_one(text: str | bytes) -> tuple[str, int, int, str, str]:
    """Return code, line, column, message and advice of the one finding of a text."""
    (found,) = judge(text)
    return found.code, found.position.line, found.position.column, found.message, found.advice


def at(root: Noeud, *path: str | int) -> tuple[int, int]:
    node = find_node(root, path)
    assert node is not None
    return node.position.line, node.position.column


def value(root: Noeud, *path: str | int) -> str:
    node = find_node(root, path)
    assert isinstance(node, Texte)
    return node.value


# --- Scalars stay as typed


@pytest.mark.parametrize(
    "typed",
    [
        *("01000", "2026_001", "NO", "yes", "Oui", "on", "12:30", "1.10", "1e3", "0x1F", "0o17", "-.inf", ".nan"),
        *("2026-11-22", "22/11/2026", "1 500", "+33 6 12", "5,5 %", "true", "False", "1.0", "007", "=", "Néant"),
        *("C#", "a#b", "https://exemple.fr/x#y", "l'eau", "10%", "A & B", "à 18h", "x:y"),
    ],
)
def test_a_scalar_is_the_text_that_was_typed(typed: str) -> None:
    """A postal code keeps its zero, NO stays NO, 1.10 stays 1.10: nothing is read as a number, a date or a boolean."""
    root = read(f"a: {typed}\nb: [{typed.replace(',', '')}]\n")
    assert value(root, "a") == typed
    node = find_node(root, ("a",))
    assert isinstance(node, Texte)
    assert not node.nul


@pytest.mark.parametrize("typed", ["", "~", "null", "Null", "NULL"])
def test_only_these_are_empty(typed: str) -> None:
    """An empty value, `~` and `null` are no value; between quotes they are text."""
    node = find_node(read(f"a: {typed}\nb: x\n"), ("a",))
    assert isinstance(node, Texte)
    assert node.nul
    quoted = find_node(read(f'a: "{typed}"\n'), ("a",))
    assert isinstance(quoted, Texte)
    assert (quoted.nul, quoted.quoted, quoted.value) == (False, True, typed)


def test_quotes_and_blocks_give_their_text() -> None:
    """Quoted, folded and literal texts are read as YAML says."""
    root = read("a: \"é : #3\"\nb: 'l''eau'\nc: |\n  un\n  deux\nd: >-\n  un\n  deux\ne: un\n  deux\n")
    assert [value(root, key) for key in "abcde"] == ["é : #3", "l'eau", "un\ndeux\n", "un deux", "un deux"]


# --- Positions


def test_positions_in_blocks() -> None:
    """Lines and columns count from 1; a key and its value each have their own."""
    root = read("type: devis\nlignes:\n  - designation: A\n    remise:\n      taux: 5 %\n  - B\n")
    assert at(root) == (1, 1)
    assert at(root, "type") == (1, 7)
    assert at(root, "lignes") == (3, 3)
    assert at(root, "lignes", 0) == (3, 5)
    assert at(root, "lignes", 0, "designation") == (3, 18)
    assert at(root, "lignes", 0, "remise", "taux") == (5, 13)
    assert at(root, "lignes", 1) == (6, 5)
    lignes = find_node(root, ("lignes", 0))
    assert isinstance(lignes, Table)
    assert {key: (place.line, place.column) for key, place in lignes.keys.items()} == {
        "designation": (3, 5),
        "remise": (4, 5),
    }


def test_positions_in_flow() -> None:
    """On one line too, each key and each item has its own column."""
    root = read("a: {b: [x, {c: y}], d: z}\n")
    assert at(root, "a") == (1, 4)
    assert at(root, "a", "b") == (1, 8)
    assert at(root, "a", "b", 0) == (1, 9)
    assert at(root, "a", "b", 1, "c") == (1, 16)
    assert at(root, "a", "d") == (1, 24)


def test_columns_count_characters_not_bytes() -> None:
    """An accent is one column, and so is an emoji, whatever their bytes."""
    root = read('é: {ù: "😀😀", b: x}\n')
    assert at(root, "é", "ù") == (1, 8)
    assert at(root, "é", "b") == (1, 17)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_move_nothing(end: str, mark: bytes) -> None:
    """The same text saved by another editor has the same positions and the same values."""
    root = read(mark + "type: devis\nobjet: Été\nlignes:\n  - a: 1\n".replace("\n", end).encode())
    assert at(root, "type") == (1, 7)
    assert at(root, "objet") == (2, 8)
    assert at(root, "lignes", 0, "a") == (4, 8)
    assert value(root, "objet") == "Été"


def test_an_alias_stands_where_its_value_was_typed() -> None:
    """What an alias repeats is mended at its anchor."""
    root = read("a: &x {b: c}\nd: *x\n")
    assert at(root, "d", "b") == (1, 11)


def test_a_character_of_a_value_has_its_own_column() -> None:
    """A character to replace is shown where it is, in a literal block too; in a folded text the start is shown."""
    root = read('a: xé\nb: "xé"\nc: >\n  x\n  é\nd: |\n  x\n  yé\n')
    places = [find_node(root, (key,)) for key in "abcd"]
    assert [node.character_position(1) for node in places if isinstance(node, Texte)][:2] == [
        *(Position(F, 1, 5), Position(F, 2, 6))
    ]
    folded = places[2]
    assert isinstance(folded, Texte)
    assert folded.character_position(2) == folded.position
    literal = places[3]
    assert isinstance(literal, Texte)
    assert [literal.character_position(index) for index in (0, 2, 3)] == [
        Position(F, 7, 3),
        Position(F, 8, 3),
        Position(F, 8, 4),
    ]


def test_locate_stops_at_what_the_user_can_see() -> None:
    """Steps that the text does not hold are skipped: a finding always lands on something typed."""
    root = read("lignes:\n  - remise: 10 %\n")
    assert locate(root, ("lignes", "«ligne»", 0, "remise", "taux")) == (Position(F, 2, 13), ("lignes", 0, "remise"))
    assert locate(root, ("lignes", 0, "remise"), at_key=True) == (Position(F, 2, 5), ("lignes", 0, "remise"))
    assert locate(root, ("lignes", 0, "tva")) == (Position(F, 2, 5), ("lignes", 0))
    assert locate(root, ("lignes", 7)) == (Position(F, 2, 3), ("lignes",))
    assert locate(root, ("lignes", -1)) == (Position(F, 2, 3), ("lignes",))
    assert locate(root, ("client",)) == (Position(F, 1, 1), ())


def test_walk_visits_every_scalar() -> None:
    """Every text of a document is seen, with its path, in order."""
    root = read("a: 1\nb: [2, {c: 3}]\nd: {e: {f: 4}}\n")
    assert [(path, node.value) for path, node in walk(root)] == [
        (("a",), "1"),
        (("b", 0), "2"),
        (("b", 1, "c"), "3"),
        (("d", "e", "f"), "4"),
    ]


PLAIN = st.text(alphabet="abé😀 ", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.dictionaries(PLAIN, st.one_of(PLAIN, st.lists(PLAIN, min_size=1, max_size=4)), min_size=1, max_size=6))
def test_every_position_points_at_its_text(data: dict[str, str | list[str]]) -> None:
    """Going back to the line and the column of a node finds the text that was typed."""
    text = "".join(
        f"{key}: {item}\n" if isinstance(item, str) else f"{key}: [{', '.join(item)}]\n" for key, item in data.items()
    )
    rows = text.split("\n")
    root = read(text)
    for key, place in root.keys.items():
        assert rows[place.line - 1][place.column - 1 :].startswith(f"{key}:")
    for _path, node in walk(root):
        assert rows[node.position.line - 1][node.position.column - 1 :].startswith(node.value)


# --- Text that is refused before YAML


def test_latin_1_is_refused_at_its_character() -> None:
    """A file of an old encoding is refused at the line and the column, in characters, of its first odd byte."""
    data = b"type: devis\n" + "é: é".encode() + "é\n".encode("latin-1")
    assert judge_one(data) == (
        *("Y101", 2, 5, "octet 0xE9 : ce fichier n'est pas en UTF-8", "enregistrez le fichier en UTF-8"),
    )
    assert parse(data, F)[0] is None


def test_utf_16_is_refused() -> None:
    """A file saved as « Unicode » by an old editor is not UTF-8."""
    assert judge_one("type: devis\n".encode("utf-16"))[:3] == ("Y101", 1, 1)


FORBIDDEN = [
    *(0x00, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x7F, 0x80, 0x85, 0x9F),
    *(0xAD, 0x61C, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C, 0x202D),
    *(0x202E, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF, 0xFFFC, 0xE0041),
]


@pytest.mark.parametrize("code", FORBIDDEN, ids=lambda code: f"U+{code:04X}")
def test_invisible_characters_are_refused_where_they_are(code: int) -> None:
    """A control, a zero-width or a direction mark could make the paper say something else than the screen."""
    assert judge_one(f"type: devis\nobjet: é{chr(code)}b\n") == (
        *("Y103", 2, 9, f"caractère invisible ou de contrôle U+{code:04X}"),
        "effacez ce caractère, puis retapez le mot",
    )
    assert parse(f"type: devis\nobjet: é{chr(code)}b\n".encode(), F)[0] is None


@pytest.mark.parametrize("escape", ["\\0", "\\a", "\\e", "\\x1b", "\\u200b", "\\u202e", "\\u2066", "\\N", "\\L", "\\P"])
def test_invisible_characters_do_not_come_in_by_an_escape(escape: str) -> None:
    """Written as an escape between double quotes, such a character is the same danger."""
    codes = {found.code for found in judge(f'type: devis\nobjet: "a{escape}b"\n')}
    assert codes == {"Y103"}


@pytest.mark.parametrize("character", ["\t", "\u00a0", "\u202f", "é", "œ", "€", "😀", "—", "’"])
def test_ordinary_characters_are_not(character: str) -> None:
    """Tabulation inside a line, no-break spaces, accents, emoji: a text needs them."""
    assert value(read(f'objet: "a{character}b"\n'), "objet") == f"a{character}b"


def test_every_invisible_character_is_said_up_to_twenty() -> None:
    """All are listed, so that one pass mends them; a binary file does not list thousands."""
    assert len(judge("a: \u200b\u200b\nb: \u200b\n")) == 3
    assert len(judge("\u200b" * 1000)) == 20


# --- Traps of YAML


DIESE = "mettez le texte entre guillemets ; pour un commentaire, une espace après « # »"
DOUBLE = "gardez une seule des deux ; pour deux lignes, commencez chacune par « - »"
GUILLEMETS = "mettez le texte entre guillemets"
FERMER = "vérifiez virgules, guillemets et « ] » ou « } » de fin"
CLE = "écrivez « clé: valeur »"
ALIAS = "recopiez la valeur au lieu de l'alias"
NOUVEAU = "commencez par : facture new devis"
TAB = "remplacez-la par des espaces"


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "message", "advice"),
    [
        (
            "remise: {taux: 5,5 %}",
            *("Y112", 1, 16),
            "« 5,5 % » : entre accolades, la virgule sépare deux clés",
            'mettez « 5,5 % » entre guillemets : taux: "5,5 %"',
        ),
        (
            "remise: {motif: x, montant: 12,50}",
            *("Y112", 1, 29),
            "« 12,50 » : entre accolades, la virgule sépare deux clés",
            'mettez « 12,50 » entre guillemets : montant: "12,50"',
        ),
        (
            "remise: {taux: 5,5, motif: x}",
            *("Y112", 1, 16),
            "« 5,5 » : entre accolades, la virgule sépare deux clés",
            'mettez « 5,5 » entre guillemets : taux: "5,5"',
        ),
        ("objet: Sprint #3", "Y113", 1, 8, "« #3 » est lu comme un commentaire : il ne reste que « Sprint »", DIESE),
        ("couleur: #0B5FA5", "Y113", 1, 10, "« #0B5FA5 » est lu comme un commentaire : la valeur est vide", DIESE),
        (
            "a: 1\nlignes:\n  - Lot n° 2 #urgent, à voir\n",
            *("Y113", 3, 5),
            "« #urgent, à voir » est lu comme un commentaire : il ne reste que « Lot n° 2 »",
            DIESE,
        ),
        (
            "objet: Bienvenue : merci",
            *("Y114", 1, 8),
            "« : » dans un texte sans guillemets",
            'mettez le texte entre guillemets : "Bienvenue : merci"',
        ),
        (
            "lignes:\n  - offert: Été : cadeau\n",
            *("Y114", 2, 13),
            "« : » dans un texte sans guillemets",
            'mettez le texte entre guillemets : "Été : cadeau"',
        ),
        ("a: 1\nb: 2\na: 3\n", "Y105", 3, 1, "clé « a » en double, déjà à la ligne 1", DOUBLE),
        ("a: {b: 1, b: 2}", "Y105", 1, 11, "clé « b » en double, déjà à la ligne 1", DOUBLE),
        ("a: 1\n'a': 2\n", "Y105", 2, 1, "clé « a » en double, déjà à la ligne 1", DOUBLE),
        (
            "a: !secret x",
            *("Y106", 1, 4),
            "étiquette YAML « !secret » refusée",
            "retirez l'étiquette, ou mettez le texte entre guillemets",
        ),
        (
            "a: &b {c: d}\ne:\n  <<: *b\n",
            *("Y107", 3, 3),
            "clé de fusion « << » refusée",
            "recopiez les clés, ou utilisez le catalogue (article:)",
        ),
        (
            "a: 1\n---\nb: 2\n",
            *("Y108", 2, 1),
            "plusieurs documents dans un fichier (« --- »)",
            "un fichier par document",
        ),
        ("a: *b", "Y110", 1, 4, "l'ancre « b » n'est définie nulle part", ALIAS),
        ("a: &b [*b]", "Y110", 1, 8, "l'ancre « b » se contient elle-même", ALIAS),
        ("a: &b {c: *b}", "Y110", 1, 11, "l'ancre « b » se contient elle-même", ALIAS),
        ("", "Y111", 1, 1, "fichier vide", NOUVEAU),
        ("# rien\n", "Y111", 1, 1, "fichier vide", NOUVEAU),
        ("---\n...\n", "Y111", 1, 1, "fichier vide", NOUVEAU),
        ("~", "Y111", 1, 1, "fichier vide", NOUVEAU),
        ("[a]: b", "Y115", 1, 1, "une clé doit être un texte, pas une liste ni un groupe de clés", CLE),
        ("a: &b c\n*b : d\n", "Y115", 2, 1, "une clé doit être un texte, pas un alias", CLE),
        ("a: 1\n~: b\n", "Y115", 2, 1, "clé vide", CLE),
        ("- a\n- b\n", "Y116", 1, 1, "le fichier contient une liste, pas des clés", "commencez par type: devis"),
        ("  bonjour\n", "Y116", 1, 3, "le fichier contient un texte seul, pas des clés", "commencez par type: devis"),
        ("a:\n\tb: 1\n", "Y117", 2, 1, "tabulation en début de ligne", TAB),
        ("a:\n  b: 1\n\tc: 2\n", "Y117", 3, 1, "tabulation en début de ligne", TAB),
        ("a: 1\n\tb: 2\n", "Y117", 2, 1, "tabulation en début de ligne", TAB),
        ('a: "b\nc: d\n', "Y104", 1, 4, "guillemet ouvert et jamais refermé", ""),
        ("a: 'l'eau'\n", "Y104", 1, 7, "du texte suit un guillemet fermant", "mettez tout le texte entre guillemets"),
        ("a: [b, c\nd: e\n", "Y104", 1, 4, "« [ » ouvert et mal refermé", FERMER),
        ("a: {b: c\n", "Y104", 1, 4, "« { » ouvert et mal refermé", FERMER),
        (
            "a: 1\nobjet sans deux points\nb: 2\n",
            *("Y104", 2, 1),
            "il manque « : » après cette clé",
            "écrivez « clé: valeur », avec une espace après « : »",
        ),
        (
            "a: - b\n",
            *("Y104", 1, 4),
            "« - » n'est pas permis ici",
            "mettez la liste à la ligne, en retrait sous sa clé",
        ),
        ("a: @b\n", "Y104", 1, 4, "un texte ne peut pas commencer par « @ »", GUILLEMETS),
        ("a: %b\n", "Y104", 1, 4, "un texte ne peut pas commencer par « % »", GUILLEMETS),
        ("a: `b`\n", "Y104", 1, 4, "un texte ne peut pas commencer par « ` »", GUILLEMETS),
        (
            "a: 1\n   b: 2\n",
            *("Y104", 2, 4),
            "le retrait de cette ligne ne correspond à rien",
            "alignez les clés d'un même groupe",
        ),
    ],
)
def test_each_trap_is_named_where_it_is(
    text: str, code: str, line: int, column: int, message: str, advice: str
) -> None:
    """One trap, one finding, at the place where a person mends it, in words they understand."""
    assert judge_one(text) == (code, line, column, message, advice)


@pytest.mark.parametrize(
    "text",
    [
        "\ta: 1\n",
        "a: 1\n\tb: 2\n",
        "a: > x\n",
        "a: | x\n",
        "a: [Urgent] Refonte\n",
        "a: {Urgent} Refonte\n",
        "a: *gras*\n",
        "a: & Co\n",
        "a: ! x\n",
        'a: "\\q"\n',
        'a: "\\u12"\n',
        'a: "b" c\n',
        "a: ]\n",
        "a: }\n",
        "a: ,\n",
        "a: ? b\n",
        "a: b: c\n",
        "a\nb\n",
        "a: [}\n",
        "a: {]\n",
        "a:\n- b\n c: d\n",
        "%YAML 9.9\n---\na: 1\n",
        "%TAG ! x\na: 1\n",
        "a: !<x y\n",
        "a: !x!y z\n",
        ": b\n",
        "? a\n? b\n: [c\n",
        "a: &\n",
        "a: *\n",
        "--- |\n  x\n",
        "a: '\n",
        "- a\nb: c\n",
    ],
)
def test_a_broken_file_is_explained_in_french(text: str) -> None:
    """No message of the YAML parser, which speaks English to programmers, reaches a person."""
    found = judge(text)
    assert found
    for finding in found:
        assert finding.code in {"Y104", "Y106", "Y110", "Y111", "Y112", "Y114", "Y115", "Y116", "Y117"}
        assert "mal formé (" not in finding.message
        assert 1 <= finding.position.line <= text.count("\n") + 1


@pytest.mark.parametrize("text", ['dit "oui" : merci', "l'eau : merci", "Lot 1 : x : y", "C:\\temp : ici"])
def test_the_quotes_proposed_can_be_typed(text: str) -> None:
    """The text between quotes that the advice shows is read as the person meant it."""
    (found,) = judge(f"objet: {text}\n")
    assert found.code == "Y114"
    assert value(read(f"objet: {found.advice.partition(' : ')[2]}\n"), "objet") == text


def test_a_quote_left_open_is_said_where_it_opens() -> None:
    """When a quote further down seems to close it, the fault is still on the line where it was left open."""
    (found,) = judge('type: devis\nobjet: "Refonte du site\nclient:\n  nom: Dupont\n  siren: "003141595"\ntva: 20\n')
    assert (found.code, found.position) == ("Y104", Position(F, 2, 8))


@pytest.mark.parametrize("text", ["a: [Urgent] Refonte\n", "a: {Urgent} Refonte\n", "a: *gras*\n", "a: & Co\n"])
def test_a_text_that_starts_with_a_sign_of_yaml_wants_quotes(text: str) -> None:
    """`[Urgent] Refonte` is a text to the person who typed it: the advice is to quote it, on its line."""
    (found,) = judge(text)
    assert found.position.line == 1
    assert "entre guillemets" in found.advice


def test_a_table_of_two_rates_is_not_a_comma() -> None:
    """`{20: 80, 10: 5}` holds two keys that have each their value: it is what an acompte's VAT looks like."""
    root = read("tva: {20: 80, 10: 5}\n")
    assert (value(root, "tva", "20"), value(root, "tva", "10")) == ("80", "5")


def test_a_comma_between_braces_is_mended_for_what_follows() -> None:
    """The value goes on whole, so that `5 %` does not become an unknown key as well."""
    root, _ = parse(b"remise: {taux: 5,5 %, motif: x}\n", F)
    assert root is not None
    assert (value(root, "remise", "taux"), value(root, "remise", "motif")) == ("5,5 %", "x")


def test_of_a_duplicated_key_the_first_value_is_kept() -> None:
    """The second is reported; what is judged next is the first."""
    root, _ = parse(b"a: 1\nb: {c: 2}\na: {d: 3}\nb: 4\n", F)
    assert root is not None
    assert value(root, "a") == "1"
    assert value(root, "b", "c") == "2"


@pytest.mark.parametrize(
    "text", ["objet: a # b\n", "objet: a #\n", "# Sprint #3\na: b #  c\n", "a: 'x #3'\n", "a: x#3\n"]
)
def test_a_comment_is_a_comment(text: str) -> None:
    """A dièse and a space begin a comment; inside quotes or a word it is a character."""
    assert judge(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("objet:", ("F210", 2, 1, "clé sans valeur")),
        ("objet: ~", ("F210", 2, 1, "clé sans valeur")),
        ("objet: null", ("F210", 2, 1, "clé sans valeur")),
        ('objet: ""', ("F210", 2, 8, "texte vide")),
        ("date: 22/11/2026", ("F208", 2, 7, "« 22/11/2026 » n'est pas une date")),
        ("date: 2026-02-30", ("F208", 2, 7, "« 2026-02-30 » : ce jour n'existe pas dans le calendrier")),
        ("date: 2026-11-2", ("F208", 2, 7, "« 2026-11-2 » n'est pas une date")),
        ("date: 1989-12-31", ("F208", 2, 7, "« 1989-12-31 » : année hors de 1990 à 2100")),
    ],
)
def test_empty_values_and_dates_are_named(text: str, expected: tuple[str, int, int, str]) -> None:
    """An empty key is said at the key; a date that is not one, at the value."""
    (found,) = Lecteur().read("-", f"type: devis\n{text}\n".encode()).constats
    assert (found.code, found.position.line, found.position.column, found.message) == expected


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("22/11/2026", "écrivez 2026-11-22"),
        ("2/1/2026", "écrivez 2026-01-02"),
        ("22-11-2026", "écrivez 2026-11-22"),
        ("22.11.2026", "écrivez 2026-11-22"),
        ("2026/11/22", "écrivez l'année, le mois et le jour : 2026-11-22"),
        ("demain", "écrivez l'année, le mois et le jour : 2026-11-22"),
        # There is no thirteenth month to propose.
        ("11/22/2026", "écrivez l'année, le mois et le jour : 2026-11-22"),
        ("32/13/2026", "écrivez l'année, le mois et le jour : 2026-11-22"),
    ],
)
def test_a_french_date_gets_its_iso_form(typed: str, advice: str) -> None:
    """The date to write is proposed, and only when it is one."""
    (found,) = Lecteur().read("-", f"type: devis\ndate: {typed}\n".encode()).constats
    assert (found.code, found.advice) == ("F208", advice)


# --- Size and depth


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "a: " + "[" * 10_000,
        "{" * 10_000,
        "- " * 10_000,
        "? " * 10_000,
        "a: {b: " * 10_000,
        "".join(" " * depth + "a:\n" for depth in range(1_500)),
        "[" * 10_000 + "]" * 10_000,
    ],
    ids=["[", "a: [", "{", "-", "?", "{b:", "indent", "[]"],
)
def test_deep_nesting_is_refused_before_it_costs(text: str) -> None:
    """Thousands of levels end at the first that is too deep, without recursion."""
    (found,) = judge(text)
    assert found.code in {"Y109", "Y115", "Y104"}


def test_the_depth_allowed_is_exact() -> None:
    """Forty levels are read, the forty-first is refused where it opens."""
    inside = MAX_PROFONDEUR - 1
    read("a: " + "[" * inside + "x" + "]" * inside)
    assert judge_one("a: " + "[" * (inside + 1) + "]" * (inside + 1)) == (
        *("Y109", 1, 4 + inside, f"plus de {MAX_PROFONDEUR} niveaux imbriqués", "revoyez les retraits"),
    )


def test_an_alias_bomb_is_refused() -> None:
    """Nine aliases of nine aliases, nine times over, would be four hundred million values."""
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    (found,) = judge("\n".join(rows))
    assert (found.code, found.message) == ("Y110", f"plus de {MAX_NOEUDS} valeurs une fois les alias développés")


@pytest.mark.parametrize("levels", [1, 35])
def test_aliases_cannot_make_what_nesting_may_not(levels: int) -> None:
    """A chain of aliases that would be hundreds of levels deep is refused as deep nesting is, and breaks nothing."""
    rows = ["type: devis", "clauses:", "  - &a0 [x]"]
    rows += [f"  - &a{i} {'[' * levels}*a{i - 1}{']' * levels}" for i in range(1, 600 if levels == 1 else 100)]
    data = "\n".join(rows).encode()
    _, findings = parse(data, F)
    assert {found.code for found in findings} & {"Y109", "Y110"}
    build_dossier(Lecteur().read("-", data), dt.date(2026, 11, 22))


def test_a_plain_alias_is_welcome() -> None:
    """An address used twice may be written once."""
    root = read("a: &x {rue: r}\nb: *x\n")
    assert value(root, "b", "rue") == "r"


def test_five_megabytes_and_not_one_more(tmp_path: Path) -> None:
    """A file at the limit is read, one byte more is refused without being read."""
    path = tmp_path / "gros.yaml"
    path.write_bytes(b"x" * MAX_OCTETS)
    assert len(read_bytes(path, "gros.yaml")) == MAX_OCTETS == 5_000_000
    path.write_bytes(b"x" * (MAX_OCTETS + 1))
    with pytest.raises(RessourceError, match=r"^gros.yaml : plus de 5 Mo, fichier refusé$"):
        read_bytes(path, "gros.yaml")


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    """A folder, a missing file, a pipe that would never end: each has its words, and exit status 3."""
    os.mkfifo(tmp_path / "tube")
    for name, reason in (("", "est un dossier"), ("absent.yaml", "introuvable"), ("tube", "introuvable")):
        with pytest.raises(RessourceError) as caught:
            read_bytes(tmp_path / name, "x")
        assert str(caught.value) == f"x : {reason}"
        assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["a\0b.yaml", "n" * 400 + ".yaml"])
def test_an_impossible_name_is_a_missing_file(tmp_path: Path, name: str) -> None:
    """A name that no file can have is refused as one that cannot be read."""
    with pytest.raises(RessourceError):
        read_bytes(tmp_path / name, "x")


@given(st.binary(max_size=200))
def test_any_bytes_give_nodes_or_findings(data: bytes) -> None:
    """Whatever the bytes, there is a document or a finding inside the text, never an exception."""
    root, findings = parse(data, F)
    assert root is not None or findings
    for found in findings:
        assert found.code.startswith("Y")
        assert 1 <= found.position.line <= data.count(b"\n") + data.count(b"\r") + 1


# --- A value of the command line


@pytest.mark.parametrize("text", ["450", "5,5 %", "a: b", "Sprint #3", "NO", "- x", "@x", "'x'", "Bienvenue : merci"])
def test_a_value_of_the_command_line_is_text_as_it_stands(text: str) -> None:
    """The shell has its own quotes: what reaches us is the text itself."""
    assert parse_scalar_or_flow(text, "--set x") == (Texte(Position("--set x"), text), [])


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_an_empty_value_of_the_command_line_is_empty(text: str) -> None:
    """`--set objet=` leaves the key without a value."""
    node, findings = parse_scalar_or_flow(text, "--set x")
    assert isinstance(node, Texte)
    assert (node.nul, findings) == (True, [])


def test_a_list_and_a_group_fit_on_the_command_line() -> None:
    """`[virement, carte]` and `{taux: 5 %}` are read as YAML on one line."""
    node, findings = parse_scalar_or_flow("[virement, carte]", "--set x")
    assert isinstance(node, Liste)
    assert ([value(item) for item in node.items], findings) == (["virement", "carte"], [])
    node, findings = parse_scalar_or_flow("{taux: 5 %}", "--set x")
    assert isinstance(node, Table)
    assert (value(node, "taux"), findings) == ("5 %", [])


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [("[a, b", "Y104", 1), ("{taux: 5,5 %}", "Y112", 8), ("{a: 1, a: 2}", "Y105", 8), ("a\u200b", "Y103", 2)],
)
def test_a_fault_of_the_command_line_has_its_column(text: str, code: str, column: int) -> None:
    """The column is counted in what was typed."""
    _, (found,) = parse_scalar_or_flow(text, "--set x")
    assert (found.code, found.position) == (code, Position("--set x", 1, column))


def test_a_value_that_is_not_text_is_refused() -> None:
    """A shell set to another encoding hands over bytes that are no character."""
    _, (found,) = parse_scalar_or_flow("caf\udce9", "--set x")
    assert found.code == "Y101"


# --- Writing


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_file_is_written_whole_and_alone(tmp_path: Path) -> None:
    """The folder is made, the content is there, and nothing else is left beside it."""
    path = tmp_path / "sortie" / "2026" / "F1.pdf"
    write_atomic(path, b"un")
    write_atomic(path, b"deux")
    assert path.read_bytes() == b"deux"
    assert os.listdir(path.parent) == ["F1.pdf"]


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize("fault", [OSError(28, "full"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_crash_before_the_rename_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, fault: BaseException
) -> None:
    """Until the last step the former file is untouched, and no temporary file is left behind."""
    path = tmp_path / "F1.pdf"
    path.write_bytes(b"ancien")

    def fail(*_args: object, **_options: object) -> None:
        raise fault

    monkeypatch.setattr(os, call, fail)
    with pytest.raises((RessourceError, KeyboardInterrupt)) as caught:
        write_atomic(path, b"nouveau")
    monkeypatch.undo()
    assert path.read_bytes() == b"ancien"
    assert os.listdir(tmp_path) == ["F1.pdf"]
    if isinstance(fault, OSError):
        assert str(caught.value) == f"{path} : écriture impossible (disque plein)"


def test_the_content_reaches_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content flushed, then renamed, then the folder flushed: no power cut shows an empty file under the final name."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spy_fsync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file {os.fstat(handle).st_size}")
        fsync(handle)

    def spy_replace(source: str, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(os, "replace", spy_replace)
    write_atomic(tmp_path / "F1.pdf", b"12345")
    assert steps == ["file 5", "rename", "folder"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
@pytest.mark.usefixtures("umask")
def test_permissions_follow_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    """A file we write is as readable as any other the person makes, and the umask stays as it was."""
    os.umask(mask)
    write_atomic(tmp_path / "F1.pdf", b"x")
    assert stat.S_IMODE((tmp_path / "F1.pdf").stat().st_mode) == mode
    assert os.umask(mask) == mask


@pytest.mark.parametrize("below", ["fichier/F1.pdf", "dossier"])
def test_what_cannot_be_written_is_said(tmp_path: Path, below: str) -> None:
    """A folder that is a file, a target that is a folder: exit status 3, the path, and the reason in French."""
    (tmp_path / "fichier").write_bytes(b"")
    (tmp_path / "dossier").mkdir()
    with pytest.raises(RessourceError, match=r"écriture impossible \(") as caught:
        write_atomic(tmp_path / below, b"x")
    assert caught.value.exit_code == 3
    assert sorted(os.listdir(tmp_path)) == ["dossier", "fichier"]
