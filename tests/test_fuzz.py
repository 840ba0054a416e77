"""Whatever is typed, a person gets findings: never a traceback, never a line that is not there."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from facture.codes import CODES
from facture.documents import TYPES, Client, Emetteur, Ligne, Paiement
from facture.dossier import Dossier, build_dossier
from facture.errors import UsageError, compute_exit_code, sort_diagnostics
from facture.grammaire import known_keys
from facture.lecture import Lecteur
from facture.totaux import compute_echeancier, to_json

EXEMPLES = Path(__file__).resolve().parent.parent / "examples"
TEXTES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(EXEMPLES.glob("*.yaml"))}
COURTS = sorted(name for name, text in TEXTES.items() if len(text) < 3_000)
JOUR = dt.date(2026, 11, 22)


@pytest.fixture(scope="module", autouse=True)
def in_the_examples() -> Iterator[None]:
    """References of a mutated example are still found: the project of the examples is the current folder."""
    before = Path.cwd()
    os.chdir(EXEMPLES)
    yield
    os.chdir(before)


def judge(data: bytes) -> Dossier:
    """Judge any bytes, and check all that must hold for any bytes."""
    dossier = build_dossier(Lecteur().read("-", data), JOUR)
    found = list(dossier.constats)
    rows = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for item in found:
        assert item.code in CODES
        assert item.message.strip()
        assert item.position.line >= 1
        assert item.position.column >= 1
        if item.position.file == "-":
            assert item.position.line <= len(rows)
            assert item.position.column <= len(rows[item.position.line - 1]) + 2
        else:
            assert Path(item.position.file).is_file()
        assert "\n" not in item.to_github()
        json.dumps(item.to_dict())
        item.to_text()
    assert found == sort_diagnostics(found)
    assert len(set(found)) == len(found)
    assert dossier.has_errors == (compute_exit_code(found) != 0)
    if dossier.texte is not None:
        assert dossier.has_errors or dossier.require_texte() is dossier.texte
    elif not dossier.has_errors and dossier.document is not None:
        document, totaux = dossier.require()
        assert totaux.total_ttc == totaux.total_ht + totaux.total_tva
        json.dumps(to_json(document, totaux))
        parts = compute_echeancier(document, totaux)
        assert not parts or sum(parts, Decimal(0)) == totaux.net_a_payer
    return dossier


@pytest.mark.parametrize("name", TEXTES)
def test_every_example_is_sound(name: str) -> None:
    """What the mutations below start from has no error."""
    assert not judge(TEXTES[name].encode()).has_errors


# --- Junk


JUNK = st.one_of(
    st.sampled_from(
        [
            *("", "~", "null", "[]", "{}", "[[]]", "{a: b}", "[a, [b, {c: d}]]", '""', "''", "- a", "? a"),
            *("&a b", "*a", "!x y", "@a", "`a`", "%a", "# a", "a #b", "a: b", "a : b", "|", ">", "\t", "---"),
            *("...", "<<: {a: b}", "0", "-0", "-1", "1e400", "NaN", "Infinity", "0.0000001"),
            *("9" * 12, "9" * 13, "9" * 400, "1 500", "1_0"),
            *("999999999999.999999", "0,01", "-999999999999", "12,", ".5", "5,5 %", "0 %", "100 %", "101 %", "%"),
            *("2026-11-22", "1990-01-01", "2018-05-05", "2100-12-31", "2026-02-30", "9999-12-31", "22/11/2026"),
            *("oui", "non", "True", "no", "franchise", "autoliquidation", "hors-champ", "exonere-sante", "devis"),
            *("JPY", "TND", "XXX", "€", "fr-CH", "EI", "SASU", "public", "particulier", "solde", "rectificative"),
            *("999 jours fin de mois le 31", "99 mois", "fin de mois", "à réception", "bce+0", "legal x 0", "100 %"),
            *("facture", "moi", "../x", "/etc/passwd", "studio-orvenne", "devis.yaml", ".", "..", "a" * 300),
            *("developpement", "0000-00-00", "avoir"),
            *("é" * 201, "😀", "\u200b", "\x07", '"\\0"', '"\\u202e"', '"\\x1b[2J"', "a\\b", "{{ x }}", "<b>", "${x}"),
        ]
    ),
    st.text(max_size=12),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)

TOKENS = st.sampled_from(
    [
        *("type: ", "devis", "facture", "lignes:", "\n", "\n", "\n  ", "\n    ", "\n  - ", "- ", ": ", ", ", "{", "}"),
        *("[", "]", "designation: x", "prix_unitaire: 1", "tva: 20", "remise: ", "10 %", "section: S", '"', "'", "#"),
        *("&a ", "*a", "!t ", "|", ">", "?", "~", "\t", "\r\n", "---\n", "client:", "emetteur: ", "offert: oui"),
        *("5,5 %", "é", "😀", "\ufeff"),
    ]
)


@settings(max_examples=150)
@given(st.lists(TOKENS, max_size=30).map("".join))
def test_pieces_of_yaml_in_any_order(text: str) -> None:
    """Keys, brackets, quotes and indents thrown together are explained, not suffered."""
    judge(text.encode())


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes(data: bytes) -> None:
    """A picture, an archive, another encoding."""
    judge(data)
    judge(b"type: devis\nobjet: " + data)


# --- Examples, damaged


@settings(max_examples=150)
@given(st.sampled_from(COURTS), st.data())
def test_damaged_lines(name: str, data: st.DataObject) -> None:
    """Lines lost, doubled, moved, shifted, cut, or with another value."""
    rows = TEXTES[name].split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(rows) - 1))
        how = data.draw(st.sampled_from(["value", "value", "insert", "delete", "double", "move", "shift", "cut"]))
        row = rows[index]
        if how == "delete":
            del rows[index]
        elif how == "double":
            rows.insert(index, row)
        elif how == "move":
            rows.insert(data.draw(st.integers(0, len(rows) - 1)), rows.pop(index))
        elif how == "shift":
            rows[index] = " " * data.draw(st.integers(1, 4)) + row if data.draw(st.booleans()) else row[1:]
        elif how == "cut":
            rows = [*rows[:index], row[: data.draw(st.integers(0, len(row)))]]
        elif how == "value":
            key, colon, _ = row.partition(": ")
            rows[index] = f"{key}{colon or ': '}{data.draw(JUNK)}"
        else:
            rows.insert(index, data.draw(JUNK))
        if not rows:
            break
    judge("\n".join(rows).encode("utf-8", "replace"))


def walk(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield from walk(child, (*path, key))


VALUES = st.recursive(
    st.one_of(st.none(), JUNK, st.integers(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["taux", "montant", "lignes", "section", "du", "a"]), inner, max_size=3),
    ),
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.sampled_from(COURTS), st.data())
def test_anything_in_the_wrong_place(name: str, data: st.DataObject) -> None:
    """A list where a text goes, a group where a number goes, nothing at all: anywhere in a document."""
    tree = yaml.load(TEXTES[name], Loader=yaml.BaseLoader)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from([path for path in walk(tree) if path]))
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = data.draw(VALUES)
    judge(yaml.dump(tree, allow_unicode=True).encode("utf-8", "replace"))


# --- Documents made of known keys


def group(keys: list[str]) -> st.SearchStrategy[Any]:
    return st.one_of(JUNK, st.dictionaries(st.sampled_from(keys), JUNK, max_size=4))


LIGNE = st.dictionaries(st.sampled_from(known_keys(Ligne)), JUNK, max_size=6)
SECTION = st.fixed_dictionaries({"section": JUNK, "lignes": st.lists(LIGNE, max_size=2)})
GROUPES: dict[str, st.SearchStrategy[Any]] = {
    "emetteur": group(known_keys(Emetteur)),
    "client": group(known_keys(Client)),
    "paiement": group(known_keys(Paiement)),
    "lignes": st.lists(st.one_of(LIGNE, SECTION), max_size=4),
    "remise": group(["taux", "montant", "motif"]),
    "acompte": group(["taux", "montant"]),
    "periode": group(["du", "au"]),
    "cours_eur": group(["taux", "date", "source"]),
    "facture": group(["numero", "date"]),
    "facture_rectifiee": group(["numero", "date"]),
    "controle": group(["total_ht", "total_ttc", "net_a_payer"]),
    "acomptes_verses": st.lists(group(["numero", "date", "montant_ttc", "tva"]), max_size=2),
    "reglements": st.lists(group(["date", "montant", "moyen"]), max_size=2),
    "promesses": st.lists(group(["quoi", "pour", "statut", "historique"]), max_size=2),
}
DOCUMENTS = st.sampled_from(sorted(TYPES)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"type": st.just(kind)},
        optional={key: GROUPES.get(key, JUNK) for key in known_keys(TYPES[kind]) if key != "type"},
    )
)


@settings(max_examples=150)
@given(DOCUMENTS)
def test_known_keys_with_any_value(data: dict[str, Any]) -> None:
    """Every key that exists, with values that may be anything: no rule takes its input for granted."""
    judge(yaml.dump(data, allow_unicode=True).encode("utf-8", "replace"))


MONEY = st.sampled_from(["0", "-0", "1", "-1", "0.01", "-3", "999999999999", "0.000001", "1234,56", "12.5", "100"])
RATES = st.sampled_from(
    ["20", "0", "100", "2,1", "5,5 %", "franchise", "autoliquidation", "exonere-sante", "hors-champ", "debours"]
)
PARTS = st.one_of(MONEY, st.sampled_from(["0 %", "10 %", "100 %", "33.3333 %"]))
SOUND_LIGNE = st.fixed_dictionaries(
    {"designation": st.just("x")},
    optional={
        "prix_unitaire": MONEY,
        "prix_unitaire_ttc": MONEY,
        "quantite": MONEY,
        "tva": RATES,
        "remise": PARTS,
        "offert": st.sampled_from(["oui", "non", "un motif"]),
        "option": st.sampled_from(["oui", "non", "un motif"]),
        "nature": st.sampled_from(["bien", "service"]),
    },
)
VERSE = st.fixed_dictionaries({"numero": st.just("F1"), "date": st.just("2026-01-01"), "montant_ttc": MONEY})
SOUND = st.fixed_dictionaries(
    {
        "type": st.sampled_from(sorted(TYPES)),
        "date": st.sampled_from(["2026-11-22", "1990-01-01", "2015-06-01", "2020-06-01", "2100-12-31"]),
        "lignes": st.lists(SOUND_LIGNE, min_size=1, max_size=4),
    },
    optional={
        "devise": st.sampled_from(["EUR", "JPY", "TND", "USD"]),
        "tva": RATES,
        "remise": PARTS,
        "langue": st.sampled_from(["fr", "fr-BE", "fr-CH", "en"]),
        "nature": st.sampled_from(["solde", "acompte", "bien", "mixte"]),
        "emetteur": st.sampled_from(["studio-orvenne", "ines-carvalho", "kervalec-conseil"]),
        "client": st.sampled_from(["thistledown-press", "communaute-ysane", "aubrespin", "laiterie-valdombre"]),
        "acompte": PARTS,
        "reglements": st.lists(st.fixed_dictionaries({"date": st.just("2026-01-01"), "montant": MONEY}), max_size=2),
        "acomptes_verses": st.lists(VERSE, max_size=2),
        "paiement": st.fixed_dictionaries(
            {},
            optional={
                "echeance": st.sampled_from(["30 jours", "45 jours fin de mois", "à réception", "2026-12-22"]),
                "penalites": st.sampled_from(["bce+10", "legal", "legal x 3", "12 %"]),
                "echeancier": st.lists(st.fixed_dictionaries({"part": PARTS}), max_size=3),
            },
        ),
        "cours_eur": st.fixed_dictionaries({"taux": MONEY, "date": st.just("2026-11-20"), "source": st.just("BCE")}),
    },
)


@settings(max_examples=200)
@given(SOUND)
def test_readable_documents_with_extreme_values(data: dict[str, Any]) -> None:
    """Values that are each admitted, in combinations nobody tried: sums hold, or a finding says why not."""
    judge(yaml.dump(data, allow_unicode=True).encode())


# --- The command line


PATHS = ["client.nom", "client", "lignes[0].quantite", "lignes[9].tva", "remise.taux", "objet", "type", "lignes"]


@settings(max_examples=80)
@given(st.sampled_from(PATHS), JUNK)
def test_any_value_of_set(path: str, value: str) -> None:
    """`--set` takes any value: it is a finding, or a mistake of usage that says so."""
    try:
        lecture = Lecteur().read("devis.yaml", overrides=[(path, value)])
    except UsageError as error:
        assert f"--set {path}" in str(error)
        return
    for item in build_dossier(lecture, JOUR).constats:
        assert item.code in CODES
