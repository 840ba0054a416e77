"""Articles as a page prints them: conditions alone or annexed, contracts, and the four presets that are shipped."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from test_selection import CLIENT, DOCUMENTS, EMETTEUR, JOUR, Atelier, codes, compose_page_of, errors, ids, strings

from facture.dossier import Dossier
from facture.lecture import Lecteur
from facture.page import Page, Recueil
from facture.recueils import ARTICLES_POUR_CHAPITRES, ARTICLES_POUR_SOMMAIRE
from facture.typo import NBSP, NNBSP

COMPLET: dict[str, Any] = {
    **EMETTEUR,
    "nom": "Atelier Nord",
    "forme_juridique": "SASU",
    "capital": "5000",
    "rcs": "Lille Métropole",
    "email": "bonjour@ateliernord.example",
    "assurance": {
        "assureur": "Assurances du Beffroi",
        "adresse": "3 place du Lion, 59000 Lille",
        "couverture": "France",
    },
    "mediateur": {"nom": "Médiation du Nord", "adresse": "1 rue du Port, 59000 Lille", "site": "mediation.example"},
}
"""A sender of whom nothing is missing."""


@pytest.fixture
def atelier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Atelier:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    return Atelier(tmp_path)


def plain(text: str) -> str:
    """Return a printed text with ordinary spaces and apostrophes."""
    return text.replace(NBSP, " ").replace(NNBSP, " ").replace("’", "'")


def recueil_of(dossier: Dossier) -> Recueil:
    recueil = compose_page_of(dossier).recueil
    assert recueil is not None
    return recueil


def paragraphs(recueil: Recueil) -> dict[str, list[str]]:
    """Return, by title, what each article prints: its mark, then its words."""
    return {
        plain(article.titre): [
            plain(" ".join(filter(None, (bloc.marque, "".join(morceau.texte for morceau in bloc.morceaux)))))
            for bloc in article.blocs
        ]
        for article in recueil.articles
    }


# --- Articles ---------------------------------------------------------------------------------------------------------


def test_paragraphs_are_numbered_when_there_are_several(atelier: Atelier) -> None:
    """2.1, 2.2 under article 2; one paragraph alone has no number, and the items of a list have their own marks."""
    atelier.clause("seul", "Un paragraphe.\n\n- un point\n- un autre")
    atelier.clause("plusieurs", "Premier.\n\n1. d'abord\n2. ensuite\n\nSecond, **fort** et *penché*.")
    printed = paragraphs(recueil_of(atelier.read("conditions", clauses=["seul", "plusieurs"])))
    assert printed["Seul"] == ["Un paragraphe.", "un point", "un autre"]
    assert printed["Plusieurs"][0] == "2.1 Premier."
    assert printed["Plusieurs"][3] == "2.2 Second, fort et penché."
    assert [text.split(" ")[-1] for text in printed["Plusieurs"][1:3]] == ["d'abord", "ensuite"]


def test_a_framed_clause_has_no_numbers_inside(atelier: Atelier) -> None:
    """A form to copy or to cut out is printed as it must be read: framed, its paragraphs without marks."""
    atelier.clause("formulaire", "Premier.\n\nSecond.", encadre=True)
    (article,) = recueil_of(atelier.read("conditions", clauses=["formulaire"])).articles
    assert article.encadre
    assert [bloc.marque for bloc in article.blocs] == ["", ""]


def test_a_paragraph_that_a_condition_empties_leaves_no_number(atelier: Atelier) -> None:
    """A branch that prints nothing is no paragraph: what remains is numbered without a hole, or not at all."""
    texte = 'Un.\n\n{% if client.qualite == "particulier" %}Deux.{% endif %}\n\n{% if document.type %}Trois.{% endif %}'
    atelier.clause("alpha", texte.replace("document.type", 'document.type == "conditions"'))
    assert paragraphs(recueil_of(atelier.read("conditions", clauses=["alpha"]))) == {"Alpha": ["1.1 Un.", "1.2 Trois."]}
    assert [b.marque for b in compose_page_of(atelier.read("devis", clauses=["alpha"])).articles[0].blocs] == [""]


def test_articles_are_printed_in_the_signs_of_french(atelier: Atelier) -> None:
    """Typographic apostrophes, no-break spaces before high signs and inside guillemets, in the title as well."""
    atelier.clause("alpha", "L'un dit : « oui » ; l'autre, **non**.", titre="L'essai : un")
    (article,) = recueil_of(atelier.read("conditions", clauses=["alpha"])).articles
    text = "".join(morceau.texte for morceau in article.blocs[0].morceaux)
    assert text == f"L’un dit{NBSP}: «{NBSP}oui{NBSP}»{NNBSP}; l’autre, non."
    assert article.titre == f"L’essai{NBSP}: un"


def test_a_missing_value_is_marked_inside_its_sentence(atelier: Atelier) -> None:
    """On a draft the hole is a piece of its own, so that the page can show it; the words around it stay."""
    atelier.clause("alpha", "Tribunal de {{ ville }}, en France.", variables={"ville": {"aide": "Ville"}})
    (article,) = compose_page_of(atelier.read("devis", numero=None, clauses=["alpha"])).articles
    pieces = [(plain(morceau.texte), morceau.style) for morceau in article.blocs[0].morceaux]
    assert pieces == [("Tribunal de ", ""), ("[à compléter : Ville]", "manque"), (", en France.", "")]


# --- Chapters ---------------------------------------------------------------------------------------------------------

TAILLES = [
    (1, False, False),
    (ARTICLES_POUR_CHAPITRES - 1, False, False),
    (ARTICLES_POUR_CHAPITRES, True, False),
    (ARTICLES_POUR_SOMMAIRE - 1, True, False),
    (ARTICLES_POUR_SOMMAIRE, True, True),
]


@pytest.mark.parametrize(("count", "chapters", "contents"), TAILLES)
def test_long_conditions_have_chapters_then_a_table_of_contents(
    atelier: Atelier, count: int, chapters: bool, contents: bool
) -> None:
    """A page of articles needs no titles above them; more than that does, and a long text its table of contents."""
    names = [atelier.clause(f"c{n:02}", themes=["contrat" if n % 2 else "litiges"]) for n in range(count)]
    recueil = recueil_of(atelier.read("conditions", clauses=names))
    titles = [plain(chapitre.titre) for chapitre in recueil.chapitres]
    assert titles == (["Le contrat", "En cas de désaccord"] if chapters else [""])
    assert recueil.sommaire == contents
    assert [article.numero for article in recueil.articles] == [str(n) for n in range(1, count + 1)]
    anchors = [article.ancre for article in recueil.articles]
    assert len(set(anchors)) == count


# --- Conditions, alone and annexed ------------------------------------------------------------------------------------


def test_annexed_conditions_say_what_they_are(atelier: Atelier) -> None:
    """Title, version and date, the devis they are annexed to, their readers and eight digits of the fingerprint."""
    atelier.clause("alpha")
    dossier = atelier.read("devis", conditions=atelier.conditions(clauses=["alpha"], titre="Conditions de l'atelier"))
    recueil = recueil_of(dossier)
    mark = dossier.corpus.empreinte[:8]
    assert plain(recueil.titre) == plain(recueil.courant) == "Conditions de l'atelier"
    assert plain(recueil.sous_titre) == (
        f"Version 3 du 22 novembre 2026, annexées au devis D2026-500. Clients professionnels. Empreinte {mark}."
    )


def test_a_devis_says_which_conditions_are_accepted(atelier: Atelier) -> None:
    """Title, version, date and the first eight digits, above the signature; nothing without conditions."""
    atelier.clause("alpha")
    conditions = atelier.conditions(clauses=["alpha"], titre="Conditions de l'atelier")
    dossier = atelier.read("devis", conditions=conditions, clauses=["alpha"])
    mark = dossier.corpus.empreinte[:8]
    assert plain(compose_page_of(dossier).acceptation) == (
        "Le client accepte les conditions jointes à ce document : Conditions de l'atelier, version 3 du 22 novembre "
        f"2026 (empreinte {mark})."
    )
    alone = compose_page_of(atelier.read("devis", clauses=["alpha"]))
    assert alone.acceptation == ""
    assert alone.recueil is None
    assert len(alone.articles) == 1


def test_the_devis_and_the_conditions_name_the_same_text(atelier: Atelier) -> None:
    """The fingerprint printed on the conditions alone is the one that the devis says is accepted."""
    atelier.clause("alpha")
    alone = recueil_of(atelier.read("conditions", clauses=["alpha"]))
    devis = compose_page_of(atelier.read("devis", conditions=atelier.conditions(clauses=["alpha"])))
    (mark,) = re.findall(r"Empreinte ([0-9a-f]{8})\.", plain(alone.sous_titre))
    assert f"(empreinte {mark})" in plain(devis.acceptation)


def test_a_facture_annexes_its_conditions_under_its_own_name(atelier: Atelier) -> None:
    """« annexées à la facture F2026-500 »."""
    atelier.clause("alpha")
    dossier = atelier.read(
        "facture", paiement={"echeance": "30 jours"}, conditions=atelier.conditions(clauses=["alpha"])
    )
    assert "annexées à la facture F2026-500." in plain(recueil_of(dossier).sous_titre)


def test_draft_conditions_are_a_project(atelier: Atelier) -> None:
    """Without a version: « Projet de… », the watermark, no version said; with one, the plain title."""
    atelier.clause("alpha")
    draft = compose_page_of(atelier.read("conditions", version=None, clauses=["alpha"], titre="Conditions générales"))
    final = compose_page_of(atelier.read("conditions", clauses=["alpha"], titre="Conditions générales"))
    assert plain(draft.titre) == "Projet de conditions générales"
    assert draft.filigrane
    assert draft.numero == ""
    assert "ersion" not in draft.recueil.sous_titre
    assert plain(final.titre) == "Conditions générales"
    assert not final.filigrane
    assert plain(" ".join(strings(final))).count("ersion 3 du 22 novembre 2026") == 1


@pytest.mark.parametrize("genre", ["devis", "facture", "conditions", "contrat"])
def test_a_draft_lists_what_it_lacks(atelier: Atelier, genre: str) -> None:
    """Each hole of its clauses, by article; a document without holes has no such list."""
    atelier.clause("alpha", "À {{ ville }}.", titre="Tribunal", variables={"ville": {"aide": "Ville du tribunal"}})
    key = "version" if genre == "conditions" else "numero"
    page = compose_page_of(atelier.read(genre, clauses=["alpha"], **{key: None}))
    assert [plain(text) for text in page.a_completer] == ["Tribunal : ville du tribunal"]
    whole = atelier.read(genre, clauses=[{"alpha": {"ville": "Lille"}}], paiement={"echeance": "30 jours"})
    assert compose_page_of(whole).a_completer == ()


def test_conditions_in_english(atelier: Atelier) -> None:
    """The words around the clauses are those of the document's language."""
    atelier.clause("alpha", "Text.", titre="Scope", langue="en")
    conditions = atelier.conditions(clauses=["alpha"], langue="en", titre="Terms of service")
    page = compose_page_of(atelier.read("devis", langue="en", conditions=conditions))
    assert page.recueil is not None
    assert plain(page.recueil.sous_titre).startswith("Version 3 of 22 November 2026, annexed to quotation D2026-500.")
    assert "Business customers." in page.recueil.sous_titre
    assert page.acceptation.startswith("The client accepts the terms attached to this document: Terms of service")


# --- Contracts --------------------------------------------------------------------------------------------------------


def _contrat(atelier: Atelier, **keys: Any) -> Page:
    atelier.clause("alpha")
    page = compose_page_of(atelier.read("contrat", clauses=["alpha"], **keys))
    assert isinstance(page, Page)
    return page


def test_the_first_article_of_a_contract_is_its_object(atelier: Atelier) -> None:
    """What is done, for which devis, at which price, for how long; the clauses follow from 2."""
    atelier.write("offre.yaml", {"type": "devis", **DOCUMENTS["devis"]})
    page = _contrat(atelier, devis="offre.yaml", debut="2026-12-01", fin="2027-01-31")
    assert page.recueil is not None
    printed = paragraphs(page.recueil)
    (objet,) = printed["Objet du contrat"]
    assert objet == (
        "Le client confie au prestataire, qui l'accepte, la mission suivante : « Refonte du site ». Elle est décrite "
        "au devis D2026-500 du 22 novembre 2026, qui fait partie du contrat. Son prix est de 1 800,00 € hors taxes, "
        "soit 2 160,00 € toutes taxes comprises. La mission court du 1er décembre 2026 au 31 janvier 2027."
    )
    assert [article.numero for article in page.recueil.articles] == ["1", "2"]
    assert [plain(annexe) for annexe in page.annexes] == ["Devis D2026-500 du 22 novembre 2026"]


def test_a_price_without_vat_is_one_price(atelier: Atelier) -> None:
    """In franchise there is no « hors taxes » to tell from the rest."""
    franchise = {**EMETTEUR, "regime_tva": "franchise"}
    devis = {"type": "devis", **DOCUMENTS["devis"], "emetteur": franchise, "tva": "franchise"}
    atelier.write("offre.yaml", devis)
    page = _contrat(atelier, devis="offre.yaml", emetteur=None)
    assert page.recueil is not None
    (objet,) = paragraphs(page.recueil)["Objet du contrat"]
    assert "Son prix est de 1 800,00 €." in objet
    assert "taxes" not in objet


DUREES = [
    ({"debut": "2026-12-01"}, "à partir du 1er décembre 2026"),
    ({"fin": "2026-12-31"}, "jusqu'au 31 décembre 2026"),
    ({"debut": "2026-12-01", "fin": "2026-12-31"}, "du 1er décembre 2026 au 31 décembre 2026"),
]


@pytest.mark.parametrize(("keys", "expected"), DUREES)
def test_the_length_of_a_contract_is_said_in_words(atelier: Atelier, keys: dict[str, str], expected: str) -> None:
    """From, until, or both; in the object and in the head of the page."""
    page = _contrat(atelier, **keys)
    assert page.recueil is not None
    assert f"La mission court {expected}." in paragraphs(page.recueil)["Objet du contrat"][0]
    assert expected in [plain(meta.value) for meta in page.metas]


def test_a_contract_names_its_two_parties(atelier: Atelier) -> None:
    """Provider then client, each with who signs for it; two boxes, with the place and the day."""
    emetteur = {**EMETTEUR, "contact": "Inès Nord, gérante"}
    client = {**CLIENT, "contact": "Paul Dupont, président", "siren": "003157807"}
    page = _contrat(atelier, emetteur=emetteur, client=client, lieu="Lille", preambule=["Le client a un site"])
    assert [plain(partie.role) for partie in page.parties] == ["Le prestataire", "Le client"]
    provider, buyer = (" ".join(map(plain, partie.lignes)) for partie in page.parties)
    assert "Représenté par Inès Nord, gérante." in provider
    assert "SIREN 003 157 807" in buyer
    assert "Représenté par Paul Dupont, président." in buyer
    assert page.preambule == ("Le client a un site.",)
    assert page.signature is not None
    assert "Fait à Lille, le 22 novembre 2026" in plain(page.signature.pour_detail)
    assert "Atelier Nord" in page.signature.pour
    assert "Dupont et Fils" in page.signature.accord


def test_a_draft_contract_shows_its_holes(atelier: Atelier) -> None:
    """Without a number it is a project, and what nobody gave is written as missing, never left blank."""
    page = _contrat(atelier, numero=None, client=None, objet=None)
    text = plain(" ".join(strings(page)))
    assert plain(page.titre) == "Projet de contrat de prestation de services"
    assert page.filigrane
    assert "[à compléter : nom du client]" in text
    assert "[à compléter : objet du contrat]" in text


# --- The presets that are shipped -------------------------------------------------------------------------------------

MODELES = ("prestation-intellectuelle", "developpement-web", "formation", "artisan")
PUBLICS = ("professionnel", "particulier", "public")
TRAVAUX = {"lieu": "12 rue Haute, Lille", "deplacement": "Compris.", "dechets": "Emportés en déchèterie."}
PAIEMENT = {"echeance": "30 jours", "moyens": ["virement"]}
USAGES: list[tuple[str, dict[str, Any]]] = [
    ("conditions", {}),
    ("devis", {"nature": "service"}),
    ("devis", {"nature": "mixte", "travaux": TRAVAUX, "acompte": "30 %"}),
    ("facture", {"nature": "bien"}),
    ("contrat", {}),
]
_ANGLAIS = re.compile(
    r"\b(the|and|of|with|shall|must|not|this|that|is|are|be|by|from|will|your|our|none|null|true|false)\b",
    re.IGNORECASE,
)
_FAUTES = {
    "un renvoi sans numéro": re.compile(r"\?"),
    "un trou": re.compile(r"à compléter", re.IGNORECASE),
    "une balise": re.compile(r"[{}\[\]]|%\}|\*\*|<|>"),
    "deux espaces": re.compile(r"  "),
    "une espace avant la virgule ou le point": re.compile(r" [,.)]"),
    "une ponctuation double": re.compile(r"\.\.|,,|;;|,\.|;\."),
    "un mot répété": re.compile(r"\b(\w{2,}) \1\b", re.IGNORECASE),
    "de l'anglais": _ANGLAIS,
}


@pytest.fixture(scope="module")
def livree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atelier, Lecteur]:
    """A folder without clauses of its own, and one reader: each shipped clause is parsed once for all these tests."""
    return Atelier(tmp_path_factory.mktemp("livree")), Lecteur()


def read_modele(
    livree: tuple[Atelier, Lecteur], genre: str, modele: str, public: str, avec: list[Any] | None = None, **keys: Any
) -> Dossier:
    """Return a document that carries a shipped preset, for one public, alone or annexed."""
    atelier, lecteur = livree
    carried = {"modele": modele, **({"avec": avec} if avec else {})}
    base = {"emetteur": COMPLET, "paiement": {**PAIEMENT, **keys.pop("paiement", {})}}
    if genre == "conditions":
        return atelier.read("conditions", lecteur, public=public, **base, **carried, **keys)
    client = {**CLIENT, "qualite": public, **({} if public == "particulier" else {"siren": "003157807"})}
    if genre == "contrat":
        return atelier.read("contrat", lecteur, client=client, **base, **carried, **keys)
    conditions = {"version": "3", "date": "2026-11-22", "public": public, "emetteur": COMPLET, **carried}
    return atelier.read(genre, lecteur, client=client, conditions=conditions, **base, **keys)


def read_text(dossier: Dossier) -> str:
    return plain("\n".join(strings(compose_page_of(dossier).recueil)))


CAS = [(modele, public, genre, keys) for (modele, public), (genre, keys) in product(product(MODELES, PUBLICS), USAGES)]


@pytest.mark.parametrize(
    ("modele", "public", "genre", "keys"),
    CAS,
    ids=[f"{modele}-{public}-{genre}-{keys.get('nature', 'seules')}" for modele, public, genre, keys in CAS],
)
def test_a_shipped_preset_is_ready_to_sign(
    livree: tuple[Atelier, Lecteur], modele: str, public: str, genre: str, keys: dict[str, Any]
) -> None:
    """Nothing is refused, nothing is missing, one variant a family, and the text is clean French to the last line."""
    dossier = read_modele(livree, genre, modele, public, **keys)
    assert not [found.to_text() for found in dossier.constats if found.is_error or found.code.startswith("C")]
    families = Counter(
        article.retenue.lue.clause.famille
        for article in dossier.corpus.generales
        if article.retenue.lue.clause.famille is not None
    )
    assert set(families.values()) == {1}
    assert len(ids(dossier)) == len(set(ids(dossier))) >= 15
    assert dossier.corpus.manques == ()
    assert all(public in article.retenue.lue.clause.public for article in dossier.corpus.generales)
    for article in recueil_of(dossier).articles:
        for bloc in article.blocs:
            text = plain("".join(morceau.texte for morceau in bloc.morceaux))
            faults = {name: match.group() for name, rule in _FAUTES.items() if (match := rule.search(text))}
            assert not faults, (article.titre, text)
            assert text[0].isupper() or text[:2] in ("1°", "2°", "3°", "4°", "5°", "6°") or bloc.kind != "p", text
            assert text[-1] in (".:" if bloc.kind == "p" and not article.encadre else ".;:"), (article.titre, text)


@pytest.mark.parametrize("modele", MODELES)
def test_every_number_in_a_shipped_preset_is_that_of_an_article(livree: tuple[Atelier, Lecteur], modele: str) -> None:
    """« l'article N » always names an article of the same text."""
    for public in PUBLICS:
        dossier = read_modele(livree, "conditions", modele, public)
        numbers = {int(article.numero) for article in dossier.corpus.generales}
        said = {int(number) for number in re.findall(r"l'article (\d+)\b(?! d)", read_text(dossier))}
        assert said <= numbers


@pytest.mark.parametrize("modele", MODELES)
def test_what_the_law_keeps_for_each_public(livree: tuple[Atelier, Lecteur], modele: str) -> None:
    """The 40 € and the ECB's rate are for businesses, withdrawal and mediation for consumers.

    Source: C. com. art. L441-10 and D441-5; CCP art. R2192-31; C. conso. art. L221-18 and L612-1.
    """
    texts = {public: read_text(read_modele(livree, "conditions", modele, public)) for public in PUBLICS}
    for public, points in (("professionnel", "10 points"), ("public", "8 points")):
        assert points in texts[public]
        assert "40 €" in texts[public]
        assert "rétractation" not in texts[public]
        assert "médiateur de la consommation" not in texts[public]
    assert "40 €" not in texts["particulier"]
    assert "Banque centrale" not in texts["particulier"]
    assert "rétractation" in texts["particulier"]
    assert "Médiation du Nord" in texts["particulier"]
    assert "juge" in texts["particulier"]
    assert "TTC" in texts["particulier"] or "toutes taxes comprises" in texts["particulier"]


@pytest.mark.parametrize("modele", MODELES)
def test_the_town_of_the_court_is_given_or_asked(livree: tuple[Atelier, Lecteur], modele: str) -> None:
    """With its town the clause on jurisdiction is complete; without, a draft shows one hole and a number is refused."""
    given = read_modele(livree, "conditions", modele, "professionnel", [{"juridiction": {"ville": "Lille"}}])
    assert not codes(given)
    assert "juridiction commerciale de Lille" in read_text(given)
    draft = read_modele(livree, "conditions", modele, "professionnel", ["juridiction"], version=None)
    assert codes(draft) == ["C505"]
    assert not errors(draft)
    assert read_text(draft).count("[à compléter") == 1
    assert errors(read_modele(livree, "conditions", modele, "professionnel", ["juridiction"])) == ["C505"]
    consumer = read_modele(livree, "conditions", modele, "particulier", [{"juridiction": {"ville": "Lille"}}])
    assert errors(consumer) == ["C511"]


@pytest.mark.parametrize("modele", MODELES)
def test_a_consumer_s_conditions_need_their_mediator(livree: tuple[Atelier, Lecteur], modele: str) -> None:
    """Without `mediateur`, conditions for consumers are refused once they have a version; others do not need one."""
    emetteur = {key: value for key, value in COMPLET.items() if key != "mediateur"}
    atelier, lecteur = livree
    for public in PUBLICS:
        dossier = atelier.read(
            "conditions", lecteur, public=public, modele=modele, emetteur=emetteur, paiement=PAIEMENT
        )
        assert errors(dossier) == (["C505"] if public == "particulier" else [])


TERMES = [
    {"penalites": "legal x 3"},
    {"penalites": "12 %"},
    {"penalites": "bce+10", "echeance": "45 jours fin de mois"},
    {"echeance": "à réception", "escompte": {"taux": "2 %", "jours": "8"}},
    {"echeance": "60 jours", "moyens": ["virement", "cheque", "carte"]},
]


@pytest.mark.parametrize("paiement", TERMES, ids=str)
@pytest.mark.parametrize("modele", MODELES)
def test_shipped_texts_follow_whatever_terms_are_chosen(
    livree: tuple[Atelier, Lecteur], modele: str, paiement: dict[str, Any]
) -> None:
    """Whatever the delay, the rate and the discount, no shipped clause contradicts them, and all of them are said."""
    dossier = read_modele(livree, "conditions", modele, "professionnel", paiement=paiement)
    assert not codes(dossier)
    text = read_text(dossier)
    texte = dossier.require_texte()
    assert texte.paiement.echeance is not None
    assert dossier.penalites is not None
    for phrase in (texte.paiement.echeance.describe(), dossier.penalites.describe()):
        assert plain(phrase) in text
    if "escompte" in paiement:
        assert "un escompte de 2 %" in text.lower()


def test_presets_need_no_clause_of_the_project(livree: tuple[Atelier, Lecteur]) -> None:
    """The four presets are all the shipped ones, and each has a title and a word of help."""
    from facture.bibliotheques import Fonds
    from facture.projet import Projet

    modeles = Fonds(Projet(livree[0].racine)).modeles()
    assert sorted(modeles) == sorted(MODELES)
    assert all(modele.titre and modele.aide for modele in modeles.values())


def test_the_year_after_every_shipped_clause_asks_to_be_read_again(livree: tuple[Atelier, Lecteur]) -> None:
    """Dated a year and a day later, conditions say in one warning that their clauses are to be read again (C513)."""
    later = JOUR.replace(year=JOUR.year + 2).isoformat()
    dossier = read_modele(livree, "conditions", "formation", "professionnel", date=later)
    assert codes(dossier) == ["C513"]
    assert not errors(dossier)
