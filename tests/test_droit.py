"""The law as data: every row dated and sourced, and the mentions that the facts of a document call for."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import string
from pathlib import Path
from typing import Any

import pytest
import yaml

import facture.droit
from facture import rules
from facture.codes import CODES
from facture.dossier import Dossier, build_dossier, nature_of_operation
from facture.droit import (
    RegleDeDroit,
    Situation,
    choose_on,
    find_concordance,
    find_seuil,
    find_situation,
    is_in_force,
    list_concordances,
    list_mentions,
    list_regles,
    list_situations,
    load_table,
)
from facture.grammaire import SITUATIONS
from facture.lecture import Lecteur

DROIT = Path(facture.droit.__file__).parent
EXPLICATIONS = {"en16931", "termes"}
"""Tables that put the official rules of e-invoices into French: words of ours, which no date bounds."""
TABLES = sorted({path.stem for path in DROIT.glob("*.yaml")} - EXPLICATIONS)
ROWS = [(name, row) for name in TABLES for row in load_table(name)]
PRINTED = [(name, row) for name, row in ROWS if isinstance(row.get("texte"), dict)]
DATES = ("depuis", "jusqu_au", "source", "verifie_le")
CLES: dict[str, tuple[str, ...]] = {
    "calendrier": ("id",),
    "concordances": ("ancien",),
    "mentions": ("id",),
    "regles": ("code",),
    "seuils": ("nom",),
    "situations": ("nom", "variante"),
    "taux": ("taux",),
    "textes": ("id",),
}
"""What names a thing in each table; a table that is not here is named by all that is neither a date nor a value."""
FUTURES = {"calendrier", "concordances", "regles"}
"""Tables that say what a text already published will change."""
NUMERO = re.compile(r"\bart\.|\barticle|\d")
"""How an article shows: a word, or a figure."""
JOUR = dt.date(2026, 11, 22)
UN_JOUR = dt.timedelta(days=1)


def key_of(table: str, row: dict[str, Any]) -> str:
    """Return what a row is about, whatever its dates."""
    values = (*DATES, "texte", "loi", "valeur", "point")
    keys = CLES.get(table) or tuple(key for key in row if key not in values)
    return "-".join(str(row[key]) for key in keys if key in row)


def name_row(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    keys = ("code", "id", "nom", "variante", "taux", "ancien")
    return "-".join(str(item[key]) for key in keys if key in item) or "ligne"


# --- The tables


@pytest.mark.parametrize(("table", "row"), ROWS, ids=name_row)
def test_every_row_is_dated_and_sourced(table: str, row: dict[str, Any]) -> None:
    """What the law fixes says since when, until when, where it was read and when it was last checked."""
    assert set(DATES) <= set(row)
    assert isinstance(row["depuis"], dt.date)
    assert isinstance(row["verifie_le"], dt.date)
    assert row["depuis"] <= row["verifie_le"] or table in FUTURES
    assert row["jusqu_au"] is None or row["jusqu_au"] > row["depuis"]
    assert isinstance(row["source"], str)
    assert row["source"].strip() == row["source"]
    # Only a rule may be known from memory: what is printed or computed was read somewhere.
    assert row["source"] or table == "regles"
    assert isinstance(row.get("loi", ""), str)


@pytest.mark.parametrize(("table", "row"), ROWS, ids=name_row)
def test_what_has_no_source_names_no_article(table: str, row: dict[str, Any]) -> None:
    """A row that nobody read in a text is said in plain words, without a number that would look like one."""
    if not row["source"]:
        assert not any(NUMERO.search(str(value)) for key, value in row.items() if key not in (*DATES, "code"))


@pytest.mark.parametrize(
    ("table", "row"), [item for item in ROWS if isinstance(item[1].get("texte"), dict)], ids=name_row
)
def test_every_text_is_in_both_languages(table: str, row: dict[str, Any]) -> None:
    """French and English say the same thing: both are there, with the same values to fill in."""
    assert set(row["texte"]) == {"fr", "en"}
    fields = {
        language: {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        for language, text in row["texte"].items()
    }
    assert fields["fr"] == fields["en"]
    assert all(text.strip() == text and text for text in row["texte"].values())


def test_what_is_printed_has_its_words() -> None:
    """Mentions, situations and texts of notices are printed: each of their rows has its words, in both languages."""
    printed = {"mentions", "situations", "textes"}
    assert all(isinstance(row.get("texte"), dict) for table, row in ROWS if table in printed)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_known_from_memory_names_no_article(table: str) -> None:
    """A row that nobody read in the law is said in plain words."""
    path = DROIT / f"{table}.yaml"
    _, *blocks = re.split(r"(?m)^- ", path.read_text(encoding="utf-8"))
    assert len(blocks) == len(load_table(table))
    for block, row in zip(blocks, load_table(table), strict=True):
        if "memory" in block:
            words = row["texte"].values() if isinstance(row["texte"], dict) else [row["texte"]]
            assert row.get("loi", "") == ""
            assert not any(NUMERO.search(text) for text in words)


def test_debours_are_known_from_memory() -> None:
    """The article on disbursements was not read: the mention stands without it."""
    situation = find_situation("debours")
    assert (situation.loi, situation.categorie, situation.vatex) == ("", "E", "VATEX-EU-79-C")


def test_two_rows_of_one_thing_do_not_overlap() -> None:
    """On any day there is one value, one wording; and rows of one thing are in the order of time."""
    seen: dict[tuple[str, str], list[tuple[dt.date, dt.date]]] = {}
    for table, row in ROWS:
        key = (table, key_of(table, row))
        span = (row["depuis"], row["jusqu_au"] or dt.date.max)
        assert all(end < span[0] for _, end in seen.get(key, [])), key
        seen.setdefault(key, []).append(span)


def test_the_code_of_taxes_stays_good_until_june_2028() -> None:
    """References to the CGI in VAT situations are accepted until 30 June 2028."""
    assert {situation.jusqu_au for situation in list_situations()} == {dt.date(2028, 6, 30)}


def test_each_situation_says_which_code_it_rests_on() -> None:
    """The code is that of its article; where no article is named, none is."""
    for situation in list_situations():
        assert situation.code == situation.loi.partition(" ")[0], situation
        assert situation.code in ("CGI", "CIBS", ""), situation


# --- From one code to the other


def test_the_concordance_is_what_was_read() -> None:
    """Four articles, typed again from what was read; no other is known, and none is guessed."""
    assert {(row.ancien, row.nouveau) for row in list_concordances()} == {
        ("CGI art. 293 B, I, al. 1", "CIBS art. L. 223-3"),
        ("CGI art. 289, I-1-a", "CIBS art. L. 216-30"),
        ("CGI art. 289, I-3", "CIBS art. L. 216-34"),
        ("CGI art. 262, I", "CIBS art. L. 213-16"),
    }
    assert {row.depuis for row in list_concordances()} == {dt.date(2027, 1, 1)}
    assert find_concordance("CGI art. 256") is None
    assert find_concordance("") is None


def test_situations_name_concordances_that_exist() -> None:
    """Franchise and exports have a known successor; a name that leads nowhere would lose it in silence."""
    named = {situation.nom: situation.ancien for situation in list_situations() if situation.ancien}
    assert named == {"franchise": "CGI art. 293 B, I, al. 1", "export": "CGI art. 262, I"}
    assert all(find_concordance(ancien) is not None for ancien in named.values())


def test_no_article_of_the_cibs_is_invented() -> None:
    """Outside the concordance, no table cites the new code: its words are not fixed yet."""
    for table, row in ROWS:
        if table != "concordances":
            assert "CIBS art" not in str(row), (table, row)


# --- Rules


def test_each_rule_has_one_row() -> None:
    """A row is a code that exists, and each code that shows a text of law has its row."""
    codes = [regle.code for regle in list_regles()]
    assert len(codes) == len(set(codes))
    assert set(codes) <= set(CODES)
    assert {code for code, entry in CODES.items() if code.startswith("L") and entry.law} <= set(codes)


@pytest.mark.parametrize("regle", list_regles(), ids=lambda regle: regle.code)
def test_a_finding_shows_the_text_of_its_rule(regle: RegleDeDroit) -> None:
    """What stands under « loi » is the text of the table; what is known from memory shows none."""
    assert CODES[regle.code].law == (regle.texte if regle.source else "")
    assert regle.point.endswith(".")


# --- Situations


def test_situations_are_those_of_the_grammar() -> None:
    """What a document may name has its row, and no row is out of reach."""
    assert {situation.nom for situation in list_situations()} == set(SITUATIONS)
    assert len(SITUATIONS) == len(set(SITUATIONS))


@pytest.mark.parametrize(
    ("nom", "pays", "categorie", "vatex"),
    [
        ("franchise", "FR", "E", "VATEX-FR-FRANCHISE"),
        ("autoliquidation", "FR", "AE", "VATEX-FR-AE"),
        ("autoliquidation", "BE", "AE", "VATEX-EU-AE"),
        ("intracom", "DE", "K", "VATEX-EU-IC"),
        ("export", "US", "G", "VATEX-EU-G"),
        ("hors-ue", "GB", "O", "VATEX-EU-O"),
        ("hors-champ", "FR", "O", "VATEX-EU-O"),
        ("debours", "FR", "E", "VATEX-EU-79-C"),
        ("marge-occasion", "FR", "E", "VATEX-EU-F"),
        ("marge-voyages", "FR", "E", "VATEX-EU-D"),
        ("exonere-formation", "FR", "E", "VATEX-FR-CGI261-4"),
        ("exonere-sante", "FR", "E", "VATEX-FR-CGI261-4"),
        ("exonere-association", "FR", "E", "VATEX-FR-CGI261-7"),
        ("exonere-banque", "FR", "E", "VATEX-FR-CGI261C-1"),
        ("exonere-assurance", "FR", "E", "VATEX-FR-CGI261C-2"),
        ("exonere-location", "FR", "E", "VATEX-FR-CGI261D-2"),
        ("exonere-dom", "FR", "E", "VATEX-FR-CGI295"),
    ],
)
def test_each_situation_has_its_coding(nom: str, pays: str, categorie: str, vatex: str) -> None:
    """Category BT-118 and reason BT-121 are those of the code lists."""
    situation = find_situation(nom, pays)
    assert (situation.nom, situation.categorie, situation.vatex) == (nom, categorie, vatex)


@pytest.mark.parametrize(
    ("nom", "pays", "texte"),
    [
        ("franchise", "FR", "TVA non applicable, art. 293 B du CGI"),
        ("autoliquidation", "FR", "Autoliquidation"),
        ("intracom", "FR", "Exonération de TVA, art. 262 ter, I du CGI"),
        ("export", "FR", "Exonération de TVA, art. 262, I du CGI"),
        ("hors-ue", "FR", "TVA non applicable, art. 259-1° du CGI"),
        ("exonere-formation", "FR", "Exonération de TVA, art. 261, 4-4° a du CGI"),
        ("marge-occasion", "FR", "Régime particulier - Biens d'occasion"),
        ("marge-voyages", "FR", "Régime particulier - Agences de voyages"),
    ],
)
def test_the_words_of_the_law_are_verbatim(nom: str, pays: str, texte: str) -> None:
    """Where the law gives the words, they are printed as it gives them."""
    assert find_situation(nom, pays).textes["fr"] == texte


def test_autoliquidation_depends_on_the_country_of_the_client() -> None:
    """Between French parties the word alone; towards another country the directive is named as well."""
    assert "196" in find_situation("autoliquidation", "IT").textes["fr"]
    assert find_situation("autoliquidation", "FR").textes["fr"] == "Autoliquidation"


@pytest.mark.parametrize("nom", SITUATIONS)
@pytest.mark.parametrize("pays", ["FR", "BE"])
def test_the_coding_does_not_depend_on_the_day(nom: str, pays: str) -> None:
    """Words change with the law; category and reason do not, so that they may be read without a date."""
    wanted = "interne" if pays == "FR" else "ue"
    rows = [row for row in list_situations() if row.nom == nom and row.variante in ("", wanted)]
    assert {(row.categorie, row.vatex) for row in rows} == {
        (find_situation(nom, pays).categorie, find_situation(nom, pays).vatex)
    }


DATEES = [
    Situation(
        "s", "E", "", {"fr": text}, "", dt.date.fromisoformat(first), dt.date.fromisoformat(last) if last else None
    )
    for text, first, last in (
        ("une", "2000-01-01", "2009-12-31"),
        ("deux", "2010-01-01", "2019-12-31"),
        ("trois", "2021-01-01", None),
    )
]


@pytest.mark.parametrize(
    ("jour", "texte", "in_force"),
    [
        # Before all: the first, which was printed so far.
        ("1999-12-31", "une", False),
        ("2000-01-01", "une", True),
        ("2009-12-31", "une", True),
        ("2010-01-01", "deux", True),
        # In the hole: the last that ended.
        ("2020-06-15", "deux", False),
        ("2021-01-01", "trois", True),
        ("2099-01-01", "trois", True),
    ],
)
def test_the_words_are_those_of_the_day(monkeypatch: pytest.MonkeyPatch, jour: str, texte: str, in_force: bool) -> None:
    """The row in force on the document's day, both ends included; on a day without one, the nearest."""
    day = dt.date.fromisoformat(jour)
    row = choose_on(DATEES, day)
    assert (row.textes["fr"], is_in_force(row, day)) == (texte, in_force)
    monkeypatch.setattr(facture.droit, "list_situations", lambda: tuple(DATEES))
    assert find_situation.__wrapped__("s", "FR", day) == row


def test_a_day_without_words_keeps_the_last_ones() -> None:
    """After the CGI's last day nothing else is known: its words stand, and L435 says so."""
    for day in (dt.date(1990, 1, 1), dt.date(2028, 6, 30), dt.date(2028, 7, 1)):
        assert find_situation("franchise", "FR", day).textes["fr"] == "TVA non applicable, art. 293 B du CGI"


def test_an_unknown_situation_is_a_bug_of_ours() -> None:
    """The grammar refuses it before; past it, nothing is guessed."""
    with pytest.raises(KeyError):
        find_situation("exoneree")


# --- Figures


@pytest.mark.parametrize("row", load_table("seuils"), ids=name_row)
def test_a_figure_holds_from_its_first_day(row: dict[str, Any]) -> None:
    """It is found on its first day, and the day before there is none: no figure is carried back in time."""
    assert str(find_seuil(row["nom"], row["depuis"]).valeur) == row["valeur"]
    assert str(find_seuil(row["nom"], JOUR).valeur) == row["valeur"]
    with pytest.raises(KeyError):
        find_seuil(row["nom"], row["depuis"] - UN_JOUR)


def test_figures_of_the_law() -> None:
    """40 euros, 73 euros TTC, 60 days, 45 days end of month, 30 days for public buyers."""
    names = {"indemnite-recouvrement": 40, "cadeau-bien-ttc": 73, "delai-maximal-public": 30}
    names |= {"delai-maximal-jours": 60, "delai-maximal-fin-de-mois": 45}
    assert {name: find_seuil(name, JOUR).valeur for name in names} == names


# --- Rules


LEGAL = [
    rule
    for rule in (*rules.REGLES_VALEUR, *rules.REGLES_ABSENCE, *rules.REGLES_TOTAUX)
    if re.search(r'"L4\d\d"', inspect.getsource(rule))
]


@pytest.mark.parametrize("rule", LEGAL, ids=lambda rule: rule.__name__)
def test_every_legal_rule_names_its_source(rule: Any) -> None:
    """A rule that gives a finding of law says which text it rests on."""
    assert re.search(r"Source: \S", inspect.getdoc(rule) or "")


def test_every_rule_is_applied_once() -> None:
    """A rule that is written is used, in one of the three passes."""
    written = {name for name in vars(rules) if re.match(r"(check|need)_", name)}
    applied = [rule.__name__ for rule in (*rules.REGLES_VALEUR, *rules.REGLES_ABSENCE, *rules.REGLES_TOTAUX)]
    assert sorted(written) == sorted(applied)
    assert len(LEGAL) > 10


# --- Mentions


def judge(**changes: Any) -> Dossier:
    """A facture between French businesses, changed at will; two underscores reach inside a group."""
    data: dict[str, Any] = {
        "type": "facture",
        "date": "2026-11-22",
        "emetteur": {
            "nom": "Atelier Nord",
            "forme_juridique": "EI",
            "siren": "002718286",
            "tva_intra": "FR80002718286",
            "regime_tva": "reel",
            "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
        },
        "client": {
            "nom": "Dupont",
            "qualite": "professionnel",
            "siren": "003141595",
            "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
        },
        "tva": "20",
        "lignes": [{"designation": "Conseil", "prix_unitaire": "100"}],
        "paiement": {"echeance": "30 jours"},
    }
    for path, value in changes.items():
        *parents, key = path.split("__")
        holder = data
        for parent in parents:
            holder = holder[parent]
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value
    return build_dossier(Lecteur().read("-", yaml.safe_dump(data, allow_unicode=True).encode()), JOUR)


def build(**changes: Any) -> Dossier:
    dossier = judge(**changes)
    assert [found.to_text() for found in dossier.constats if found.is_error] == []
    return dossier


def list_ids(**changes: Any) -> list[str]:
    return [mention.id for mention in build(**changes).mentions]


def join_texts(dossier: Dossier) -> str:
    return "\n".join(mention.texte for mention in dossier.mentions)


OFFRE = {"type": "devis", "validite": "30 jours"}
RENVOI = {"type": "avoir", "facture": {"numero": "F1", "date": "2026-11-01"}, "motif": "erreur"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["nature-service", "escompte-neant", "penalites-bce", "indemnite-professionnel"]),
        (
            {"paiement__penalites": "bce+12"},
            ["nature-service", "escompte-neant", "penalites-bce", "indemnite-professionnel"],
        ),
        (
            {"paiement__penalites": "legal x 3"},
            ["nature-service", "escompte-neant", "penalites-legal", "indemnite-professionnel"],
        ),
        (
            {"paiement__penalites": "12 %"},
            ["nature-service", "escompte-neant", "penalites-fixe", "indemnite-professionnel"],
        ),
        (
            {"paiement__escompte": {"taux": "2 %", "jours": "8"}},
            ["nature-service", "escompte", "penalites-bce", "indemnite-professionnel"],
        ),
        (
            {"client__qualite": "public"},
            ["nature-service", "escompte-neant", "interets-moratoires-public", "indemnite-public"],
        ),
        # A consumer reads nothing of what is between businesses.
        ({"client__qualite": "particulier"}, ["nature-service"]),
        ({"client__qualite": "particulier", "paiement__penalites": "bce+10"}, ["nature-service"]),
        # Nothing is to pay: all given, all paid.
        ({"lignes": [{"designation": "x", "prix_unitaire": "100", "offert": "oui"}]}, ["nature-service"]),
        ({"reglements": [{"date": "2026-11-22", "montant": "120"}]}, ["nature-service"]),
        # An avoir has no due date, no penalties.
        ({**RENVOI, "paiement": None}, ["nature-service"]),
        (RENVOI, ["nature-service"]),
        # An offer either.
        (OFFRE, []),
        ({**OFFRE, "acompte": "30 %"}, []),
        ({**OFFRE, "acompte": "30 %", "client__qualite": "particulier"}, ["acompte-consommateur"]),
        # Nature of the operation: what the document says, else what its lines say, else a service.
        ({**RENVOI, "nature": "service"}, ["nature-service"]),
        ({**RENVOI, "nature": "bien"}, ["nature-bien"]),
        ({**RENVOI, "nature": "mixte"}, ["nature-mixte"]),
        ({**OFFRE, "nature": "service"}, []),
        # VAT on debits.
        ({**RENVOI, "emetteur__regime_tva": "debits"}, ["nature-service", "option-debits"]),
        ({**OFFRE, "emetteur__regime_tva": "debits"}, []),
        # Situations come first: they explain the table.
        (
            {"emetteur__regime_tva": "franchise", "tva": None, "client__qualite": "particulier"},
            ["tva-franchise", "nature-service"],
        ),
        ({**RENVOI, "tva": "exonere-sante", "nature": "service"}, ["tva-exonere-sante", "nature-service"]),
        # Who stands behind the seller.
        ({**OFFRE, "emetteur__association_agreee": "oui"}, ["association-agreee"]),
        ({**OFFRE, "emetteur__assurance": "MAAF"}, ["assurance"]),
        ({**OFFRE, "emetteur__mediateur": "CM2C"}, []),
        ({**OFFRE, "emetteur__mediateur": "CM2C", "client__qualite": "particulier"}, ["mediateur"]),
        # The seller's own words, then the document's, come last.
        ({**OFFRE, "mentions": ["ici"], "emetteur__mentions": ["chez nous"]}, ["emetteur", "document"]),
    ],
)
def test_the_facts_call_for_their_mentions(changes: dict[str, Any], expected: list[str]) -> None:
    """Each mention is there when the law wants it, absent otherwise, in the order of the page."""
    assert list_ids(**changes) == expected


def test_a_mention_is_filled_with_the_figures_of_the_document() -> None:
    """Points, indemnity, discount: the sentence says those of this document, with no brace left."""
    text = join_texts(build(paiement__penalites="bce+12", paiement__escompte={"taux": "2,5 %", "jours": "8"}))
    plain = text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "majoré de 12 points" in plain
    assert "frais de recouvrement en cas de retard : 40 €" in plain
    assert "2,5 % pour un paiement sous 8 jours" in plain
    assert not set("{}") & set(text)


@pytest.mark.parametrize(
    ("penalites", "words"),
    [("legal x 3", "3 fois le taux d'intérêt légal"), ("legal x 4,5", "4,5 fois"), ("12,5 %", "12,5 % par an")],
)
def test_each_rule_of_penalties_has_its_sentence(penalites: str, words: str) -> None:
    """The sentence says the rule that was typed."""
    text = join_texts(build(paiement__penalites=penalites)).replace("\u00a0", " ").replace("\u202f", " ")
    assert words in text
    assert "Banque centrale" not in text


@pytest.mark.parametrize("penalites", ["legal x 3", "12 %"])
def test_a_public_buyer_never_reads_points_that_are_not(penalites: str) -> None:
    """A rule of 12 % is not « the ECB's rate plus 12 points »: it is refused, or it is not said so."""
    dossier = judge(client__qualite="public", paiement__penalites=penalites)
    assert dossier.has_errors or "majoré" not in join_texts(dossier)


def test_a_consumer_is_spared_the_law_of_businesses() -> None:
    """Neither 40 euros, nor article L. 441-10, nor early payment discount."""
    text = join_texts(build(client__qualite="particulier"))
    assert not re.search(r"40|441-10|scompte|pénalité", text)


def test_mentions_follow_the_language() -> None:
    """In English, every sentence of the law is in English."""
    text = join_texts(build(langue="en", tva="hors-ue", client__adresse={"rue": "r", "ville": "v", "pays": "GB"}))
    assert "Late payment bears interest" in text
    assert "Not subject to French VAT" in text
    assert not re.search(r"paiement|pénalité|Escompte", text)


def test_each_situation_is_said_once() -> None:
    """Two lines of one situation, one sentence; two situations, two."""
    situations = ("exonere-sante", "exonere-sante", "debours")
    lignes = [{"designation": "x", "prix_unitaire": "1", "tva": tva} for tva in situations]
    assert list_ids(**OFFRE, lignes=lignes) == ["tva-exonere-sante", "tva-debours"]


def test_an_option_calls_for_no_mention() -> None:
    """What is only proposed is not taxed: its situation is not on the page."""
    lignes = [{"designation": "x", "prix_unitaire": "1"}]
    lignes.append({"designation": "y", "prix_unitaire": "1", "tva": "export", "option": "oui"})
    assert list_ids(**OFFRE, lignes=lignes) == []


@pytest.mark.parametrize(
    ("natures", "expected"),
    [
        (["bien", "bien"], "bien"),
        (["service", "service"], "service"),
        (["bien", "service"], "mixte"),
        (["bien", None], "mixte"),
        ([None, None], "service"),
    ],
)
def test_the_nature_of_the_operation_comes_from_the_lines(natures: list[str | None], expected: str) -> None:
    """When the document does not say, its lines do, a line without a word being a service; an option says nothing."""
    one = {"designation": "x", "prix_unitaire": "1"}
    lignes = [{**one, "option": "oui", "nature": "bien"}]
    lignes += [{**one, "nature": nature} if nature else one for nature in natures]
    document = build(lignes=lignes).document
    assert document is not None
    assert nature_of_operation(document) == expected
    # What the document says is of the lines that say nothing: a word on a line is never lost.
    said = build(lignes=lignes, nature="service").document
    assert said is not None
    assert nature_of_operation(said) == expected
    document = build(lignes=lignes, nature="mixte").document
    assert document is not None
    assert nature_of_operation(document) == "mixte"


@pytest.mark.parametrize("mention", list_mentions(), ids=lambda mention: mention.id)
def test_a_mention_waits_for_its_first_day(mention: Any) -> None:
    """The facts alone do not suffice: the text must be in force on the day of the document."""
    facts = {name: accepted[0] for name, accepted in mention.si.items()}
    assert mention.applies(facts, mention.depuis)
    assert mention.applies(facts, JOUR)
    assert not mention.applies(facts, mention.depuis - UN_JOUR)
    for name in facts:
        assert not mention.applies({**facts, name: "autre"}, JOUR)
