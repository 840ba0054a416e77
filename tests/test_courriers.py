"""Letters: what each must say, what contradicts itself or stays vague, and the page where nothing typed is lost."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture import typo
from facture.courriers import compose_page_courrier
from facture.dossier import Dossier, build_dossier
from facture.errors import Diagnostic, RefusError
from facture.geometrie import load_metriques
from facture.lecture import Lecteur
from facture.lettres import MODELES
from facture.page import Couleurs, Page, Tableau
from facture.prose import Bloc, to_plain

JOUR = dt.date(2026, 11, 22)
COULEURS = Couleurs()

EMETTEUR: dict[str, Any] = {
    "nom": "Atelier Nord",
    "forme_juridique": "EI",
    "siren": "008356024",
    "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
    "contact": "Inès Carvalho, gérante",
}
CLIENT: dict[str, Any] = {
    "nom": "Dupont et Fils",
    "qualite": "professionnel",
    "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
}
COMMUN: dict[str, Any] = {
    "type": "courrier", "date": "2026-11-22", "numero": "L2026-007", "emetteur": EMETTEUR, "client": CLIENT,
    "devis": "D2026-014", "reference_client": "BC-4711", "introduction": ["Nous avons relu votre dossier."],
    "notes": ["Notre bureau ferme le vendredi."], "promesses": [{"quoi": "un point écrit", "pour": "2026-12-01"}],
    "envoi": "recommande", "pieces": ["copie du devis"], "signataire": "Paul Dervaux, associé",
}  # fmt: skip
PROPRES: dict[str, dict[str, Any]] = {
    "hausse-tarifs": {
        "a_compter_du": "2027-02-01", "motif": "le coût de l'hébergement a augmenté de 12 % en un an",
        "tarifs": [
            {"prestation": "Développement", "unite": "jour", "ancien": "450", "nouveau": "480"},
            {"prestation": "Envoi de message", "unite": "pièce", "ancien": "0.0375", "nouveau": "0.04"},
        ],
        "commande_avant": "2027-01-15", "resiliation_avant": "2027-02-28", "contrat_en_cours": "oui",
    },
    "report-delai": {
        "promesse": {"quoi": "la version finale du site", "pour": "2026-12-10"},
        "cause": "l'imprimeur a livré les plaques le 20 novembre", "nouvelle_date": "2026-12-18",
        "en_attendant": "la version de test reste ouverte à vos équipes",
        "geste": {"designation": "deux heures de formation", "valeur": "120"},
    },
    "erreur-assumee": {
        "faits": "la sauvegarde n'a pas été faite", "le": "2026-11-12", "consequence": "douze commandes sont perdues",
        "cause": "le disque était plein", "reparation": "nous ressaisissons les douze commandes",
        "reparation_le": "2026-11-27", "prevention": "une alerte part à 80 % du disque",
        "geste": {"designation": "un mois d'hébergement", "valeur": "45.50"},
    },
    "mauvaise-nouvelle": {
        "nouvelle": "nous arrêtons l'hébergement le 31 mars 2027", "cause": "notre fournisseur ferme son centre",
        "consequence": "votre site doit changer de serveur", "proposition": "nous le transférons à nos frais",
        "reponse_avant": "2027-01-15",
    },
    "suspension": {
        "motif": "la facture F2026-019 reste impayée", "a_compter_du": "2026-12-08",
        "prestations": ["maintenance du site", "publication des annonces"],
        "reprise": "dès le paiement reçu, sous un jour ouvré",
        "factures": [
            {"numero": "F2026-019", "echeance": "2026-06-15", "montant": "1200"},
            {"numero": "F2026-021", "echeance": "2026-07-15", "montant": "300.50"},
        ],
        "continue": ["l'hébergement"],
    },
    "reprise": {
        "reprise_le": "2026-12-15", "prestations": ["maintenance du site"],
        "calendrier": [{"quoi": "mise en ligne", "pour": "2027-01-20"}], "changement": "un point chaque lundi",
    },
    "renegociation": {
        "objet_initial": "douze jours de tournage pour 9 600 €", "evenement": "le tournage en mer est interdit",
        "effet": "quatre jours de studio de plus, soit 3 200 €",
        "propositions": ["huit jours de tournage au même prix", "douze jours, et 3 200 € de plus"],
        "reponse_avant": "2026-12-15", "imprevision": "oui",
    },
    "cadre-de-mission": {
        "constat": ["3 novembre : les textes ne sont pas arrivés", "10 novembre : la réunion est annulée"],
        "conditions": ["une réponse sous cinq jours ouvrés"],
        "effet": "chaque semaine décale la mise en ligne d'autant",
        "demande": "désignez une personne qui décide", "reponse_avant": "2026-12-01",
    },
    "fin-de-collaboration": {
        "fin_le": "2026-12-31", "livre": ["le site", "le guide de publication"],
        "reste": [{"quoi": "la formation", "pour": "2026-12-20"}],
        "derniere_facture": {
            "numero": "F2026-041", "date": "2026-11-20", "montant": "840", "echeance": "2026-12-20",
        },
        "passation": ["les accès au serveur"], "preavis": "deux mois, comme convenu",
        "motif": "nous cessons cette activité", "remerciement": "merci pour ces trois ans de confiance",
    },
}  # fmt: skip
"""Every key of each letter; the two ways to tell a rise exclude each other."""


def letter(modele: str, **keys: Any) -> dict[str, Any]:
    """Return a complete letter, with keys changed; None takes a key away."""
    data = {**copy.deepcopy(COMMUN), "modele": modele, **copy.deepcopy(PROPRES[modele]), **keys}
    return {key: value for key, value in data.items() if value is not None}


def judge(data: dict[str, Any], folder: Path) -> Dossier:
    """Read and judge a letter written in a folder."""
    path = folder / "lettre.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    return build_dossier(Lecteur().read(str(path)), JOUR)


def compose(data: dict[str, Any], folder: Path) -> Page:
    dossier = judge(data, folder)
    assert not dossier.has_errors, [found.to_text() for found in dossier.constats]
    return compose_page_courrier(dossier, couleurs=COULEURS)


def codes(dossier: Dossier) -> list[str]:
    return [found.code for found in dossier.constats]


def one(dossier: Dossier, code: str) -> Diagnostic:
    """Return the only finding of a letter, which has this code."""
    (found,) = dossier.constats
    assert found.code == code, found.to_text()
    return found


def strings(value: Any) -> Iterator[str]:
    """Yield every text of a page."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, Bloc):
        yield to_plain([value])
    elif is_dataclass(value):
        for champ in fields(value):
            yield from strings(getattr(value, champ.name))


def plain(text: str) -> str:
    """Return a printed text with ordinary spaces and apostrophes."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", text).replace("’", "'")


def printed(page: Page) -> str:
    return plain("\n".join(strings(page)))


def body(page: Page) -> list[str]:
    """Return the paragraphs of a letter; a table as « [its caption] »."""
    assert page.lettre is not None
    parts = (*page.lettre.corps, *page.lettre.suite)
    return [f"[{plain(part.titre)}]" if isinstance(part, Tableau) else plain(to_plain([part])) for part in parts]


def tables(page: Page) -> list[Tableau]:
    assert page.lettre is not None
    return [part for part in page.lettre.corps if isinstance(part, Tableau)]


# --- The page --------------------------------------------------------------------------------------------------------


SANS_MOTS = {"type", "modele", "langue", "envoi", "imprevision", "contrat_en_cours", "emetteur", "client"}
"""Keys that choose words without being printed; the parties are printed as on any document."""


def leaves(value: Any) -> Iterator[str]:
    """Yield every value that was typed."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in SANS_MOTS:
                yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def show(text: str, langue: str) -> str:
    """Return how a typed value is printed: dates in words, amounts to the cent or finer, usual units in English."""
    if langue == "en" and text in ("jour", "pièce"):
        return {"jour": "day", "pièce": "item"}[text]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return typo.format_date(dt.date.fromisoformat(text), langue)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        whole, _, fraction = text.partition(".")
        whole = f"{int(whole):,}"
        fraction = fraction.ljust(2, "0")
        return f"{whole.replace(',', ' ')},{fraction} €" if langue == "fr" else f"€{whole}.{fraction}"
    return text


@pytest.mark.parametrize("qualite", ["professionnel", "public", "particulier"])
@pytest.mark.parametrize("langue", ["fr", "en"])
@pytest.mark.parametrize("modele", MODELES)
def test_nothing_typed_is_lost(modele: str, langue: str, qualite: str, tmp_path: Path) -> None:
    """Every key of every letter reaches its page, in both languages, whoever reads it."""
    data = letter(modele, langue=langue, client={**CLIENT, "qualite": qualite})
    if modele == "hausse-tarifs" and qualite != "professionnel":
        # A letter changes nothing of a consumer's contract, nor of a public buyer's: there is nothing to leave.
        data["contrat_en_cours"] = "non"
        del data["resiliation_avant"]
    page = compose(data, tmp_path)
    said = printed(page).casefold()
    for leaf in leaves(data):
        for part in leaf.split(", ") if leaf == COMMUN["signataire"] else [leaf]:
            assert plain(show(part, langue)).casefold() in said, part


@pytest.mark.parametrize("langue", ["fr", "en"])
@pytest.mark.parametrize("modele", MODELES)
def test_required_keys_are_enough(modele: str, langue: str, tmp_path: Path) -> None:
    """A letter with only what it cannot do without is written, with no hole nor doubled mark in it."""
    wanted = {exigence.cle for exigence in MODELES[modele].REQUIS}
    own = {key: value for key, value in PROPRES[modele].items() if key in wanted}
    data = {"type": "courrier", "modele": modele, "langue": langue, "emetteur": EMETTEUR, "client": CLIENT, **own}
    page = compose(data, tmp_path)
    for text in (*body(page), page.objet):
        assert not re.search(r"\.\.|[,;:] ?[.,;:]|\( ?\)|  |\{|\}|à compléter|« ?»", text), text
        assert text[:1] == text[:1].upper() or text.startswith(("- ", "[")), text


@pytest.mark.parametrize("modele", MODELES)
def test_titles_fit_beside_the_address(modele: str, tmp_path: Path) -> None:
    """A title stands on one line of 70 mm at 15 pt, in both languages: the window of an envelope is beside it."""
    _, bold = load_metriques()
    for langue in ("fr", "en"):
        titre = compose(letter(modele, langue=langue), tmp_path).titre
        assert bold.measure(titre) * 15 * 25.4 / 72 <= 70, titre


def test_order_of_a_letter(tmp_path: Path) -> None:
    """The user's introduction opens the letter; what it promises, then the notes, close it."""
    page = compose(letter("reprise"), tmp_path)
    paragraphs = body(page)
    assert paragraphs[0] == "Nous avons relu votre dossier."
    assert paragraphs[-3:] == [
        "Ce que nous promettons :",
        "- 1er décembre 2026 : un point écrit",
        "Notre bureau ferme le vendredi.",
    ]
    assert "- 20 janvier 2027 : mise en ligne" in paragraphs
    assert page.lettre is not None
    assert page.lettre.appel == "Madame, Monsieur,"
    assert page.lettre.signataire == ("Paul Dervaux", "associé")
    assert [(meta.label, meta.value) for meta in page.metas] == [
        ("Date", "22 novembre 2026"),
        ("Votre référence", "BC-4711"),
        ("Devis", "D2026-014"),
        ("Envoi", "recommandé avec AR"),
    ]
    assert plain(page.numero) == "n° L2026-007"
    assert (page.genre, page.filigrane) == ("courrier", "")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"signataire": None}, ("Inès Carvalho", "gérante")),
        ({"signataire": "Léa Roy"}, ("Léa Roy",)),
        ({"signataire": None, "emetteur": {**EMETTEUR, "contact": None}}, ("Atelier Nord",)),
    ],
    ids=["contact", "typed", "name"],
)
def test_who_signs(keys: dict[str, Any], expected: tuple[str, ...], tmp_path: Path) -> None:
    """Who the letter names signs it; else the sender's contact; else the sender."""
    data = letter("reprise", **keys)
    data["emetteur"] = {key: value for key, value in data["emetteur"].items() if value is not None}
    page = compose(data, tmp_path)
    assert page.lettre is not None
    assert page.lettre.signataire == expected


def test_table_of_prices(tmp_path: Path) -> None:
    """Each price before and after, and by how much it changes."""
    (table,) = tables(compose(letter("hausse-tarifs"), tmp_path))
    # 30 / 450 = 6.666… %; 0.0025 / 0.0375 = 6.666… %.
    assert [tuple(map(plain, row)) for row in (table.colonnes, *table.lignes)] == [
        ("Prestation", "Unité", "Prix actuel HT", "Nouveau prix HT", "Écart"),
        ("Développement", "jour", "450,00 €", "480,00 €", "+6,7 %"),
        ("Envoi de message", "pièce", "0,0375 €", "0,04 €", "+6,7 %"),
    ]
    assert table.chiffres == (2, 3, 4)


def test_table_of_prices_without_units(tmp_path: Path) -> None:
    """No column of units when none is typed; a consumer reads prices with taxes; what was free has no rate."""
    tarifs = [
        {"prestation": "Forfait", "ancien": "100", "nouveau": "200"},
        {"prestation": "Accueil", "ancien": "0", "nouveau": "5"},
        {"prestation": "Accès", "ancien": "80", "nouveau": "79"},
    ]
    client = {**CLIENT, "qualite": "particulier"}
    data = letter("hausse-tarifs", tarifs=tarifs, client=client, contrat_en_cours="non", resiliation_avant=None)
    (table,) = tables(compose(data, tmp_path))
    assert [tuple(map(plain, row)) for row in (table.colonnes, *table.lignes)] == [
        ("Prestation", "Prix actuel TTC", "Nouveau prix TTC", "Écart"),
        ("Forfait", "100,00 €", "200,00 €", "+100 %"),
        ("Accueil", "0,00 €", "5,00 €", ""),
        # 1 / 80 = 1.25 %, rounded half away from zero.
        ("Accès", "80,00 €", "79,00 €", "−1,3 %"),
    ]
    assert table.chiffres == (1, 2, 3)


def test_franchise_names_no_tax(tmp_path: Path) -> None:
    """Who bills no VAT has one price."""
    data = letter("hausse-tarifs", emetteur={**EMETTEUR, "regime_tva": "franchise"})
    (table,) = tables(compose(data, tmp_path))
    assert table.colonnes[2:4] == ("Prix actuel", "Nouveau prix")


def test_rise_of_all_prices(tmp_path: Path) -> None:
    """One percentage stands in place of the list; the days that were not typed follow from the day of the rise."""
    data = letter("hausse-tarifs", tarifs=None, pourcentage="4.5", commande_avant=None, resiliation_avant=None)
    page = compose(data, tmp_path)
    said = printed(page)
    assert not tables(page)
    assert "4,5 %" in said
    assert "31 janvier 2027" in said
    assert "avant le 1er février 2027" in said


def test_table_of_unpaid_invoices(tmp_path: Path) -> None:
    """What is unpaid, and its sum: 1 200 + 300.50 = 1 500.50."""
    (table,) = tables(compose(letter("suspension", langue="en"), tmp_path))
    assert table.lignes == (("F2026-019", "15 June 2026", "€1,200.00"), ("F2026-021", "15 July 2026", "€300.50"))
    assert table.total == ("Total", "", "€1,500.50")


def test_one_unpaid_invoice_has_no_total(tmp_path: Path) -> None:
    """A sum of one figure says nothing."""
    factures = [{"numero": "F1", "echeance": "2026-06-15", "montant": "10"}]
    (table,) = tables(compose(letter("suspension", factures=factures), tmp_path))
    assert table.total == ()


@pytest.mark.parametrize(("devise", "shown"), [("CHF", "840,00 CHF"), ("EUR", "840,00 €")])
def test_currency(devise: str, shown: str, tmp_path: Path) -> None:
    """Amounts are in the currency of the letter."""
    assert shown in printed(compose(letter("fin-de-collaboration", devise=devise), tmp_path))


INTERIEUR = [
    ("Le disque était plein.", ": le disque était plein."),
    ("L'Oréal a fermé", ": L'Oréal a fermé."),
    ("La Poste est en grève", ": La Poste est en grève."),
    ("Lyon est bloquée", ": Lyon est bloquée."),
    ("SNCF en panne", ": SNCF en panne."),
    ("l'orage...", ": l'orage…"),
    ("Qui pouvait le prévoir ?", ": Qui pouvait le prévoir ?"),
    ("A. n'a rien fait. B. non plus.", ": A. n'a rien fait. B. non plus."),
]


@pytest.mark.parametrize(("typed", "expected"), INTERIEUR, ids=[typed for typed, _ in INTERIEUR])
def test_values_inside_a_sentence(typed: str, expected: str, tmp_path: Path) -> None:
    """A sentence typed on its own joins the one of the letter: one full stop, and no capital but that of a name."""
    page = compose(letter("mauvaise-nouvelle", cause=typed), tmp_path)
    assert any(text.endswith(expected) for text in body(page)), body(page)


HOSTILE = "**a** <b>x</b> {{ date }} {% if %} [promesses] [[x]] # `c` 1. - [l](http://x)"


@pytest.mark.parametrize("key", ["cause", "introduction", "objet", "signataire", "pieces"])
def test_hostile_text_prints_as_typed(key: str, tmp_path: Path) -> None:
    """Markdown, tags and HTML of a user's text are text."""
    page = compose(letter("mauvaise-nouvelle", **{key: HOSTILE}), tmp_path)
    assert HOSTILE in printed(page)


def test_hostile_lists_print_as_typed(tmp_path: Path) -> None:
    """So are those of a list, of a table and of a promise."""
    page = compose(
        letter(
            "suspension",
            prestations=[HOSTILE],
            promesses=[{"quoi": f"{HOSTILE} bis", "pour": "2026-12-01"}],
        ),
        tmp_path,
    )
    assert f"- {HOSTILE}" in body(page)
    assert f"- 1er décembre 2026 : {HOSTILE} bis" in body(page)


# --- A project's own texts -------------------------------------------------------------------------------------------


@pytest.fixture
def projet(tmp_path: Path) -> Path:
    (tmp_path / "facture.toml").write_text("", encoding="utf-8")
    (tmp_path / "modeles").mkdir()
    return tmp_path


def test_own_text(projet: Path) -> None:
    """A project writes its own letter, and says where its promises stand."""
    own = "fr:\n  objet: Bonne reprise\n  texte: |\n    Reprise le {{ reprise_le }}.\n\n    [promesses]\n\n    Adieu.\n"
    (projet / "modeles" / "reprise.yaml").write_text(own, encoding="utf-8")
    page = compose(letter("reprise", introduction=None, notes=None, changement=None), projet)
    assert page.objet == "Bonne reprise"
    assert body(page) == [
        "Reprise le 15 décembre 2026.",
        "Ce que nous promettons :",
        "- 1er décembre 2026 : un point écrit",
        "Adieu.",
    ]


def test_own_text_that_drops_a_key(projet: Path) -> None:
    """A key that the project's text does not print is a warning at that key."""
    (projet / "modeles" / "reprise.yaml").write_text("fr:\n  texte: Le {{ reprise_le }}.\n", encoding="utf-8")
    dossier = judge(letter("reprise"), projet)
    assert not dossier.has_errors
    assert [(found.code, found.path) for found in dossier.constats] == [
        ("L466", "prestations"),
        ("L466", "calendrier"),
        ("L466", "changement"),
    ]


def test_own_text_that_is_wrong(projet: Path) -> None:
    """A fault of the project's text is found with the letter, and stops it."""
    (projet / "modeles" / "reprise.yaml").write_text("fr:\n  texte: Le {{ reprise }}.\n", encoding="utf-8")
    dossier = judge(letter("reprise"), projet)
    found = one(dossier, "F246")
    assert (found.position.line, "reprise_le" in found.message) == (2, True)
    with pytest.raises(RefusError):
        compose_page_courrier(dossier, couleurs=COULEURS)


# --- What must be there ----------------------------------------------------------------------------------------------

REQUIS = [(modele, exigence) for modele, model in MODELES.items() for exigence in model.REQUIS]


@pytest.mark.parametrize(
    ("modele", "exigence"), REQUIS, ids=[f"{modele}-{exigence.cle}" for modele, exigence in REQUIS]
)
def test_required_key(modele: str, exigence: Any, tmp_path: Path) -> None:
    """Without one of its keys a letter is refused, with what it must say and a line that would do."""
    found = one(judge(letter(modele, **{exigence.cle: None}), tmp_path), "F238")
    assert f"« {exigence.cle} »" in found.message
    assert exigence.libelle in found.message
    assert exigence.exemple in found.advice
    assert found.is_error


@pytest.mark.parametrize(
    ("modele", "path"),
    [
        ("hausse-tarifs", "tarifs[0].prestation"),
        ("hausse-tarifs", "tarifs[1].ancien"),
        ("hausse-tarifs", "tarifs[1].nouveau"),
        ("report-delai", "promesse.quoi"),
        ("report-delai", "promesse.pour"),
        ("report-delai", "geste.designation"),
        ("erreur-assumee", "geste.valeur"),
        ("suspension", "factures[0].numero"),
        ("suspension", "factures[1].echeance"),
        ("suspension", "factures[1].montant"),
        ("reprise", "calendrier[0].quoi"),
        ("reprise", "promesses[0].pour"),
        ("fin-de-collaboration", "reste[0].pour"),
        ("fin-de-collaboration", "derniere_facture.numero"),
        ("fin-de-collaboration", "derniere_facture.date"),
        ("fin-de-collaboration", "derniere_facture.montant"),
    ],
)
def test_required_key_of_a_group(modele: str, path: str, tmp_path: Path) -> None:
    """A group that is there says what it is there for."""
    data = letter(modele)
    *steps, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
    group = data
    for step in steps:
        group = group[step]
    del group[last]
    found = one(judge(data, tmp_path), "F238")
    assert found.path == path
    assert f"« {last} »" in found.message


def test_misspelt_key_is_one_finding(tmp_path: Path) -> None:
    """A key misspelt is not also a key missing."""
    data = letter("reprise")
    data["reprise_l"] = data.pop("reprise_le")
    assert codes(judge(data, tmp_path)) == ["F203"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"emetteur": None}, ["L401"]),
        ({"client": None}, ["L408"]),
        ({"emetteur": {"nom": "Nord"}}, ["L402", "L403", "L405"]),
        ({"client": {"nom": "Dupont", "adresse": CLIENT["adresse"]}}, ["L410"]),
        ({"client": {"nom": "Dupont", "qualite": "public"}}, ["L409"]),
        ({"client": {"nom": "Dupont", "qualite": "public"}, "envoi": "courriel"}, []),
        ({"client": {**CLIENT, "siren": "123456789"}}, ["L420"]),
        ({"client": {**CLIENT, "tva_intra": "FR00008356024"}}, ["L422"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_parties(keys: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    """A letter says who writes to whom as an invoice does; one that goes by e-mail needs no address."""
    dossier = judge(letter("reprise", **keys), tmp_path)
    assert sorted(codes(dossier)) == expected
    assert dossier.has_errors is bool(expected)


# --- Dates, figures, words -------------------------------------------------------------------------------------------

PROMESSE = {"quoi": "le site", "pour": "2026-12-10"}
JUGEMENTS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("rise in the past", "hausse-tarifs", {"a_compter_du": "2026-11-22"}, [("L461", "a_compter_du")]),
    (
        "rise in 29 days", "hausse-tarifs",
        {"a_compter_du": "2026-12-21", "commande_avant": None}, [("L462", "a_compter_du")],
    ),
    ("rise in 30 days", "hausse-tarifs", {"a_compter_du": "2026-12-22", "commande_avant": None}, []),
    (
        "short notice for new orders only", "hausse-tarifs",
        {
            "a_compter_du": "2026-12-01", "commande_avant": None, "contrat_en_cours": "non",
            "resiliation_avant": None,
        }, [],
    ),
    ("orders after the rise", "hausse-tarifs", {"commande_avant": "2027-02-01"}, [("L461", "commande_avant")]),
    ("orders before the letter", "hausse-tarifs", {"commande_avant": "2026-11-21"}, [("L461", "commande_avant")]),
    ("leave before the letter", "hausse-tarifs", {"resiliation_avant": "2026-11-01"}, [("L461", "resiliation_avant")]),
    (
        "consumer under contract", "hausse-tarifs",
        {"client": {**CLIENT, "qualite": "particulier"}}, [("L463", "contrat_en_cours")],
    ),
    (
        "consumer, new orders", "hausse-tarifs",
        {"client": {**CLIENT, "qualite": "particulier"}, "contrat_en_cours": "non", "resiliation_avant": None}, [],
    ),
    (
        "a day to leave no contract", "hausse-tarifs", {"contrat_en_cours": "non"}, [("L466", "resiliation_avant")],
    ),
    ("list and percentage", "hausse-tarifs", {"pourcentage": "5"}, [("F244", "pourcentage")]),
    ("rise of nothing", "hausse-tarifs", {"tarifs": None, "pourcentage": "0"}, [("L467", "pourcentage")]),
    (
        "lower price", "hausse-tarifs",
        {"tarifs": [{"prestation": "Jour", "ancien": "450", "nouveau": "449.99"}]}, [("L467", "tarifs[0].nouveau")],
    ),
    (
        "same price", "hausse-tarifs",
        {"tarifs": [{"prestation": "Jour", "ancien": "450", "nouveau": "450.00"}]}, [("L467", "tarifs[0].nouveau")],
    ),
    (
        "same service", "hausse-tarifs",
        {"tarifs": [
            {"prestation": "Étude", "ancien": "1", "nouveau": "2"},
            {"prestation": "etude", "ancien": "3", "nouveau": "4"},
        ]},
        [("L468", "tarifs[1].prestation")],
    ),
    (
        "same service by the hour and by the day", "hausse-tarifs",
        {"tarifs": [
            {"prestation": "Étude", "unite": "jour", "ancien": "1", "nouveau": "2"},
            {"prestation": "Étude", "unite": "heure", "ancien": "3", "nouveau": "4"},
        ]},
        [],
    ),
    ("new date before the old", "report-delai", {"nouvelle_date": "2026-12-09"}, [("L461", "nouvelle_date")]),
    ("new date the same", "report-delai", {"nouvelle_date": "2026-12-10"}, [("L461", "nouvelle_date")]),
    ("new date in the past", "report-delai", {"nouvelle_date": "2026-11-22"}, [("L461", "nouvelle_date")]),
    ("late letter", "report-delai", {"promesse": {**PROMESSE, "pour": "2026-11-20"}}, [("L464", "promesse.pour")]),
    ("letter on the day", "report-delai", {"promesse": {**PROMESSE, "pour": "2026-11-22"}}, []),
    ("facts to come", "erreur-assumee", {"le": "2026-11-23"}, [("L461", "le")]),
    ("repaired before", "erreur-assumee", {"reparation_le": "2026-11-11"}, [("L461", "reparation_le")]),
    ("repaired the same day", "erreur-assumee", {"reparation_le": "2026-11-12"}, []),
    ("answer before the letter", "mauvaise-nouvelle", {"reponse_avant": "2026-11-22"}, [("L461", "reponse_avant")]),
    ("answer by tomorrow", "renegociation", {"reponse_avant": "2026-11-23"}, []),
    ("answer in the past", "cadre-de-mission", {"reponse_avant": "2025-12-01"}, [("L461", "reponse_avant")]),
    ("suspended already", "suspension", {"a_compter_du": "2026-11-21"}, [("L461", "a_compter_du")]),
    ("suspended today", "suspension", {"a_compter_du": "2026-11-22"}, []),
    (
        "invoice not due", "suspension",
        {"factures": [{"numero": "F1", "echeance": "2026-11-22", "montant": "1"}]}, [("L461", "factures[0].echeance")],
    ),
    (
        "all of it", "suspension",
        {"prestations": "toutes nos prestations", "continue": None}, [("L465", "prestations[0]")],
    ),
    ("all of it but one", "suspension", {"prestations": "toutes nos prestations"}, []),
    ("water", "suspension", {"prestations": ["fourniture d'eau"]}, [("L465", "prestations[0]")]),
    (
        "date before the work resumes", "reprise",
        {"calendrier": [{"quoi": "a", "pour": "2026-12-14"}]}, [("L461", "calendrier[0].pour")],
    ),
    (
        "date in the past", "reprise",
        {"calendrier": [{"quoi": "a", "pour": "2026-11-21"}]}, [("L461", "calendrier[0].pour")],
    ),
    (
        "promise in the past", "reprise",
        {"promesses": [{"quoi": "a", "pour": "2026-11-21"}]}, [("L461", "promesses[0].pour")],
    ),
    ("promise kept", "reprise", {"promesses": [{"quoi": "a", "pour": "2026-11-21", "statut": "tenue"}]}, []),
    (
        "left to do in the past", "fin-de-collaboration",
        {"reste": [{"quoi": "a", "pour": "2026-01-01"}]}, [("L461", "reste[0].pour")],
    ),
    (
        "finer than a cent", "fin-de-collaboration",
        {
            "derniere_facture": {
                "numero": "F1", "date": "2026-11-20", "montant": "1.005", "echeance": "2026-12-20",
            }
        },
        [("F206", "derniere_facture.montant")],
    ),
    (
        "gift finer than a cent", "report-delai",
        {"geste": {"designation": "a", "valeur": "1.5"}, "devise": "JPY"}, [("F206", "geste.valeur")],
    ),
    (
        "unpaid finer than a cent", "suspension",
        {"factures": [{"numero": "F1", "echeance": "2026-06-15", "montant": "1.001"}]},
        [("F206", "factures[0].montant")],
    ),
    ("no notice", "fin-de-collaboration", {"preavis": None}, [("L469", "preavis")]),
    (
        "no notice to a consumer", "fin-de-collaboration",
        {"preavis": None, "client": {**CLIENT, "qualite": "particulier"}}, [],
    ),
    (
        "due before its date", "fin-de-collaboration",
        {"derniere_facture": {"numero": "F1", "date": "2026-11-20", "montant": "1", "echeance": "2026-11-19"}},
        [("L461", "derniere_facture.echeance")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("modele", "keys", "expected"), [row[1:] for row in JUGEMENTS], ids=[row[0] for row in JUGEMENTS]
)
def test_judgement(modele: str, keys: dict[str, Any], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    """What contradicts itself, or should be thought over, is one finding where it stands."""
    dossier = judge(letter(modele, **keys), tmp_path)
    assert [(found.code, found.path) for found in dossier.constats] == expected


VAGUES = [
    ("cause", "nous revenons vers vous dès que possible", "dès que possible", "date"),
    ("cause", "Prochainement livré", "Prochainement", "date"),
    ("en_attendant", "bientôt une version", "bientôt", "date"),
    ("en_attendant", "au plus  vite", "au plus vite", "date"),
    ("cause", "livré dans les meilleurs délais", "dans les meilleurs délais", "date"),
    ("cause", "traité rapidement", "rapidement", "date"),
    ("cause", "quelques pages manquent", "quelques", "nombre"),
    ("cause", "certaines pages manquent", "certaines", "nombre"),
    ("cause", "divers incidents", "divers", "nombre"),
    ("cause", "la grève, la neige, etc.", "etc", "liste"),
]


@pytest.mark.parametrize(("key", "text", "said", "advice"), VAGUES, ids=[said for _, _, said, _ in VAGUES])
def test_vague(key: str, text: str, said: str, advice: str, tmp_path: Path) -> None:
    """Words that say nothing are named, at their place, with what to write instead."""
    dossier = judge(letter("report-delai", **{key: text}), tmp_path)
    found = one(dossier, "L460")
    assert not dossier.has_errors
    assert (found.path, f"« {said} »" in found.message, advice in found.advice) == (key, True, True)
    line = (tmp_path / "lettre.yaml").read_text(encoding="utf-8").split("\n")[found.position.line - 1]
    assert line[found.position.column - 1 :].startswith(said.split()[0])


@pytest.mark.parametrize(
    "text",
    ["un incident du 3 mai", "la bientôtière a fermé", "l'etcétéra du contrat"],
)
def test_not_vague(text: str, tmp_path: Path) -> None:
    """A word is vague when it stands alone."""
    assert codes(judge(letter("report-delai", cause=text), tmp_path)) == []


def test_vague_in_lists_and_english(tmp_path: Path) -> None:
    """Each text of a list is read, in the language of the letter."""
    keys = {"propositions": ["eight days", "a few days more"], "effet": "we shall answer as soon\nas possible"}
    dossier = judge(letter("renegociation", langue="en", **keys), tmp_path)
    assert [(found.code, found.path) for found in dossier.constats] == [("L460", "effet"), ("L460", "propositions[1]")]


@pytest.mark.parametrize("key", ["introduction", "notes", "objet", "pieces"])
def test_own_words_are_free(key: str, tmp_path: Path) -> None:
    """What the user adds in his own words is his own; only promises and reasons are weighed."""
    assert codes(judge(letter("reprise", **{key: "À bientôt"}), tmp_path)) == []


# --- Late payment notices: what needs no sum -------------------------------------------------------------------------

FACTURE: dict[str, Any] = {
    "type": "facture", "numero": "F2026-019", "date": "2026-05-15", "date_prestation": "2026-05-10",
    "nature": "service", "tva": "20", "emetteur": {**EMETTEUR, "tva_intra": "FR83008356024"},
    "client": {**CLIENT, "siren": "003157807"}, "paiement": {"echeance": "2026-06-15"},
    "lignes": [{"designation": "Maquettes", "prix_unitaire": "1000"}],
}  # fmt: skip
SUSPENSION = {"a_compter_du": "2026-12-08", "prestations": ["maintenance"], "reprise": "dès le paiement reçu"}
RELANCES: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("reminder", {"niveau": "1"}, []),
    ("no level", {}, [("F238", "niveau")]),
    ("no invoice", {"niveau": "1", "factures": None, "emetteur": EMETTEUR, "client": CLIENT}, [("F238", "factures")]),
    ("suspension without saying what", {"niveau": "3"}, [("F238", "suspension")]),
    ("suspension", {"niveau": "3", "suspension": SUSPENSION}, []),
    (
        "vague suspension",
        {"niveau": "3", "suspension": {**SUSPENSION, "reprise": "prochainement"}}, [("L460", "suspension.reprise")],
    ),
    (
        "suspension without its day",
        {"niveau": "3", "suspension": {"prestations": ["x"], "reprise": "y"}}, [("F238", "suspension.a_compter_du")],
    ),
    ("suspension in a reminder", {"niveau": "1", "suspension": SUSPENSION}, [("L466", "suspension")]),
    (
        "suspension begun",
        {"niveau": "3", "suspension": {**SUSPENSION, "a_compter_du": "2026-11-22"}},
        [("L461", "suspension.a_compter_du")],
    ),
    (
        "suspension before the delay ends", {"niveau": "3", "suspension": SUSPENSION, "delai": "2026-12-08"},
        [("L461", "suspension.a_compter_du")],
    ),
    ("suspension the day after", {"niveau": "3", "suspension": SUSPENSION, "delai": "2026-12-07"}, []),
    ("delay in the past", {"niveau": "1", "delai": "2026-11-21"}, [("L461", "delai")]),
    (
        "notice to come",
        {"niveau": "2", "precedentes": [{"niveau": "1", "date": "2026-11-23"}]}, [("L461", "precedentes[0].date")],
    ),
    ("notice without its day", {"niveau": "2", "precedentes": [{"niveau": "1"}]}, [("F238", "precedentes[0].date")]),
    (
        "another client, nameless",
        {"niveau": "1", "client": {"qualite": "public"}}, [("L408", "client"), ("L409", "client")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "expected"), [row[1:] for row in RELANCES], ids=[row[0] for row in RELANCES])
def test_relance(keys: dict[str, Any], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    """A notice says its level, its invoices, and, to announce a suspension, what stops, when and until what."""
    (tmp_path / "facture.yaml").write_text(yaml.safe_dump(FACTURE, allow_unicode=True), encoding="utf-8")
    data = {"type": "relance", "date": "2026-11-22", "factures": "F2026-019", **keys}
    dossier = judge({key: value for key, value in data.items() if value is not None}, tmp_path)
    mine = [
        found for found in dossier.constats if found.code in {code for code, _ in expected} | {"F238", "L461", "L466"}
    ]
    assert [(found.code, found.path) for found in mine] == expected
