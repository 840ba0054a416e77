"""Which clauses a document carries, where, with which values, and that its text and its money say the same thing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture.composition import compose_page
from facture.dossier import Dossier, build_dossier
from facture.echeances import Delai, ReglePenalites, parse_delai, parse_penalites
from facture.errors import Diagnostic
from facture.lecture import Lecteur
from facture.prose import to_plain
from facture.redaction import ArticleCompose, find_contradictions
from facture.typo import NBSP

JOUR = dt.date(2026, 11, 22)

EMETTEUR: dict[str, Any] = {
    "nom": "Atelier Nord",
    "forme_juridique": "EI",
    "siren": "008356024",
    "tva_intra": "FR83008356024",
    "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
}
CLIENT: dict[str, Any] = {
    "nom": "Dupont et Fils",
    "qualite": "professionnel",
    "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
}
LIGNES: dict[str, Any] = {
    "tva": "20",
    "lignes": [{"designation": "Maquettes", "quantite": "4", "prix_unitaire": "450"}],
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "devis": {
        "numero": "D2026-500", "date": "2026-11-22", "validite": "30 jours",
        "emetteur": EMETTEUR, "client": CLIENT, **LIGNES,
    },
    "facture": {
        "numero": "F2026-500", "date": "2026-11-22", "date_prestation": "2026-11-20", "nature": "service",
        "emetteur": EMETTEUR, "client": {**CLIENT, "siren": "003157807"}, **LIGNES,
    },
    "conditions": {"version": "3", "date": "2026-11-22", "public": "professionnel", "emetteur": EMETTEUR},
    "contrat": {
        "numero": "C2026-500", "date": "2026-11-22", "objet": "Refonte du site", "emetteur": EMETTEUR, "client": CLIENT,
    },
}  # fmt: skip
"""Documents without a fault, but for what each test is about."""


class Atelier:
    """A folder with its own clauses, written as data, and the documents that use them."""

    def __init__(self, racine: Path) -> None:
        self.racine = racine

    def write(self, name: str, data: Any) -> None:
        path = self.racine / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        path.write_text(text, encoding="utf-8")

    def clause(self, ident: str, texte: str = "", folder: str = "clauses", **keys: Any) -> str:
        """Write a clause: its text is « Texte de … » unless a test is about it."""
        known = {
            "id": ident,
            "titre": ident.replace("-", " ").capitalize(),
            "version": 1,
            "themes": ["contrat"],
            "texte": texte or f"Texte de {ident}.",
            "verifie_le": "2026-11-22",
        }
        self.write(f"{folder}/{ident}.yaml", {**known, **keys})
        return ident

    def modele(self, nom: str, *clauses: Any, titre: str = "Conditions d'essai") -> str:
        self.write(f"clauses/modeles/{nom}.yaml", {"titre": titre, "clauses": list(clauses)})
        return nom

    def conditions(self, **keys: Any) -> str:
        """Write general conditions for documents to annex, and return how to name them."""
        self.write("generales.yaml", _merge({"type": "conditions", **DOCUMENTS["conditions"]}, keys))
        return "generales.yaml"

    def read(self, genre: str, lecteur: Lecteur | None = None, **keys: Any) -> Dossier:
        """Return the dossier of a document; a key given as None is taken out of it."""
        data = _merge({"type": genre, **DOCUMENTS[genre]}, keys)
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        name = str(self.racine / "document.yaml")
        return build_dossier((lecteur or Lecteur()).read(name, text.encode()), JOUR)


def _merge(base: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    merged = {**base, **keys}
    return {key: value for key, value in merged.items() if value is not None}


@pytest.fixture
def atelier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Atelier:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    return Atelier(tmp_path)


def iter_articles(dossier: Dossier) -> Iterator[tuple[str, ArticleCompose]]:
    yield from (("document", article) for article in dossier.corpus.particulieres)
    yield from (("annexe", article) for article in dossier.corpus.generales)


def shown(dossier: Dossier) -> list[str]:
    """Return every article as « document 1 alpha »."""
    return [f"{lieu} {article.numero} {article.retenue.lue.id}" for lieu, article in iter_articles(dossier)]


def ids(dossier: Dossier) -> list[str]:
    return [article.retenue.lue.id for _, article in iter_articles(dossier)]


def texts(dossier: Dossier) -> dict[str, str]:
    """Return the text of each article, ordinary spaces, by « document alpha »."""
    return {
        f"{lieu} {article.retenue.lue.id}": to_plain(article.blocs).replace(NBSP, " ")
        for lieu, article in iter_articles(dossier)
    }


def codes(dossier: Dossier) -> list[str]:
    return [found.code for found in dossier.constats]


def errors(dossier: Dossier) -> list[str]:
    return [found.code for found in dossier.constats if found.is_error]


def only(dossier: Dossier, code: str) -> Diagnostic:
    """Return the one finding of a code."""
    (found,) = [found for found in dossier.constats if found.code == code]
    return found


def raisons(dossier: Dossier) -> dict[str, str]:
    """Return why each clause that was considered is left out."""
    return {out.lue.id: out.raison for out in dossier.corpus.ecartees}


def strings(value: Any) -> Iterator[str]:
    """Yield every text of a page."""
    if isinstance(value, str):
        yield value.replace(NBSP, " ")
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from strings(getattr(value, name))


# --- Where a clause prints -------------------------------------------------------------------------------------------

LIEUX = [
    ("devis", "devis", "document", "document"),
    ("devis", "conditions", "annexe", "document"),
    ("devis", "contrat", "", "document"),
    ("facture", "devis", "document", "document"),
    ("facture", "conditions", "annexe", "document"),
    ("facture", "contrat", "", "document"),
    ("conditions", "devis", "", "annexe"),
    ("conditions", "conditions", "annexe", "annexe"),
    ("conditions", "contrat", "", "annexe"),
    ("contrat", "devis", "", "annexe"),
    ("contrat", "conditions", "annexe", "annexe"),
    ("contrat", "contrat", "annexe", "annexe"),
]


@pytest.mark.parametrize(("genre", "emplacement", "par_modele", "par_nom"), LIEUX)
def test_a_clause_prints_where_it_is_named_else_where_it_belongs(
    atelier: Atelier, genre: str, emplacement: str, par_modele: str, par_nom: str
) -> None:
    """`emplacement` sorts what a preset chose; a clause named on a document prints on it, whatever it says."""
    atelier.clause("alpha", emplacement=emplacement)
    atelier.clause("temoin")
    atelier.modele("essai", "alpha")
    terms = {"paiement": {"echeance": "30 jours"}}
    preset = atelier.read(genre, modele="essai", clauses=["temoin"], **terms)
    named = atelier.read(genre, clauses=["alpha"], **terms)
    assert [lieu for lieu, article in iter_articles(preset) if article.retenue.lue.id == "alpha"] == (
        [par_modele] if par_modele else []
    )
    assert [lieu for lieu, _ in iter_articles(named)] == [par_nom]
    assert ("alpha" in raisons(preset)) == (not par_modele)
    assert not errors(preset)
    assert not errors(named)


@pytest.mark.parametrize("genre", ["devis", "facture"])
def test_what_the_annexed_conditions_name_prints_in_the_annexe(atelier: Atelier, genre: str) -> None:
    """A clause named by the conditions is general, one named by the document is particular."""
    atelier.clause("alpha", emplacement="devis")
    atelier.clause("beta")
    dossier = atelier.read(genre, conditions=atelier.conditions(clauses=["alpha"]), clauses=["beta"])
    assert shown(dossier) == ["document 1 beta", "annexe 1 alpha"]


@pytest.mark.parametrize(
    "keys",
    [
        {"conditions": {**DOCUMENTS["conditions"], "clauses": ["alpha"]}},
        {"modele": "essai"},
        {"themes": ["delais"]},
        {"clauses": {"modele": "essai"}},
        {"clauses": {"themes": "delais"}},
    ],
    ids=["conditions en ligne", "modele", "themes", "clauses.modele", "clauses.themes"],
)
def test_each_way_to_ask_gives_the_same_articles(atelier: Atelier, keys: dict[str, Any]) -> None:
    """Conditions written inside the devis, a preset or a theme, on the document or under `clauses`, all annex alpha."""
    atelier.clause("alpha", themes=["delais"])
    # The shipped library has clauses of this theme too.
    atelier.modele("essai", "alpha")
    dossier = atelier.read("devis", **keys)
    assert "annexe" in {lieu for lieu, _ in iter_articles(dossier)}
    assert "alpha" in ids(dossier)


# --- In which order ---------------------------------------------------------------------------------------------------


def test_named_clauses_keep_the_order_of_the_document(atelier: Atelier) -> None:
    """On a devis, `clauses` first then `avec`, whatever their themes."""
    for ident, theme in (("alpha", "litiges"), ("beta", "contrat"), ("gamma", "prix")):
        atelier.clause(ident, themes=[theme])
    dossier = atelier.read("devis", clauses=["gamma", "alpha"], avec=["beta"])
    assert shown(dossier) == ["document 1 gamma", "document 2 alpha", "document 3 beta"]


def test_general_articles_follow_the_chapters_then_the_preset(atelier: Atelier) -> None:
    """Chapters in the order of the shipped library; inside one, the preset's order; the first theme is the chapter."""
    for ident, themes in (
        ("fin-un", ["litiges"]),
        ("prix-deux", ["prix", "contrat"]),
        ("debut", ["contrat", "litiges"]),
        ("prix-un", ["prix"]),
        ("sans-theme", []),
        ("nouveau", ["theme-a-nous"]),
    ):
        atelier.clause(ident, themes=themes)
    atelier.modele("essai", "fin-un", "sans-theme", "prix-deux", "nouveau", "debut", "prix-un")
    dossier = atelier.read("conditions", modele="essai")
    assert ids(dossier) == ["debut", "prix-deux", "prix-un", "fin-un", "nouveau", "sans-theme"]
    assert [article.numero for _, article in iter_articles(dossier)] == ["1", "2", "3", "4", "5", "6"]


def test_a_project_gives_its_own_order_after_the_shipped_one(atelier: Atelier) -> None:
    """Themes that only the project declares come last, in its order, under its titles."""
    atelier.write("clauses/bibliotheque.yaml", {"themes": {"zebre": "Les zèbres", "abeille": "Les abeilles"}})
    atelier.clause("alpha", themes=["abeille"])
    atelier.clause("beta", themes=["zebre"])
    atelier.clause("gamma", themes=["litiges"])
    dossier = atelier.read("conditions", clauses=["alpha", "beta", "gamma"])
    assert ids(dossier) == ["gamma", "beta", "alpha"]
    assert dossier.corpus.themes["zebre"] == "Les zèbres"


def test_the_articles_of_a_contract_start_at_2(atelier: Atelier) -> None:
    """Article 1 of a contract is its object; the clauses follow, and a reference says the number they bear."""
    atelier.clause("alpha", "Voir l'article [[beta]].", requiert=["beta"])
    atelier.clause("beta", "Voir l'article [[alpha]].", requiert=["alpha"])
    dossier = atelier.read("contrat", clauses=["alpha", "beta"])
    assert shown(dossier) == ["annexe 2 alpha", "annexe 3 beta"]
    assert texts(dossier) == {"annexe alpha": "Voir l'article 3.", "annexe beta": "Voir l'article 2."}
    page = compose_page_of(dossier)
    assert [article.numero for article in page.recueil.articles] == ["1", "2", "3"]


def compose_page_of(dossier: Dossier) -> Any:
    """Return the page of any document."""
    from facture.page import Couleurs
    from facture.recueils import compose_page_texte

    return compose_page_texte(dossier, couleurs=Couleurs()) if dossier.texte is not None else compose_page(dossier)


# --- Presets and themes -----------------------------------------------------------------------------------------------


def test_a_clause_may_join_a_preset_that_does_not_name_it(atelier: Atelier) -> None:
    """`modeles` adds a clause after those that the preset names, and says why it is there."""
    atelier.modele("essai", "alpha")
    atelier.clause("alpha")
    atelier.clause("beta", modeles=["essai"])
    atelier.clause("gamma", modeles=["autre"])
    dossier = atelier.read("conditions", modele="essai")
    assert shown(dossier) == ["annexe 1 alpha", "annexe 2 beta"]
    assert [article.retenue.raison for _, article in iter_articles(dossier)] == [
        "modèle essai",
        "rejoint le modèle essai",
    ]


def test_the_project_s_preset_hides_the_shipped_one(atelier: Atelier) -> None:
    """A preset of the same name as a shipped one takes its place, title included."""
    atelier.clause("alpha")
    atelier.modele("formation", "alpha", titre="Mes conditions")
    dossier = atelier.read("conditions", modele="formation")
    assert ids(dossier) == ["alpha"]
    assert dossier.corpus.titre == "Mes conditions"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "Conditions d'essai"),
        ({"titre": "Conditions générales de l'atelier"}, "Conditions générales de l'atelier"),
        ({"modele": None, "clauses": ["alpha"]}, "Conditions générales"),
    ],
    ids=["celui du modèle", "le sien", "à défaut"],
)
def test_conditions_have_a_title(atelier: Atelier, keys: dict[str, Any], expected: str) -> None:
    """Their own title, else the preset's, else « Conditions générales »; annexed to a devis it is the same."""
    atelier.clause("alpha")
    atelier.modele("essai", "alpha")
    keys = {"modele": "essai", **keys}
    assert atelier.read("conditions", **keys).corpus.titre == expected
    assert atelier.read("devis", conditions=atelier.conditions(**keys)).corpus.titre == expected


def test_a_theme_chooses_every_clause_that_has_it(atelier: Atelier) -> None:
    """First or second, the theme counts; a clause chosen twice, by preset and by theme, prints once."""
    atelier.write("clauses/bibliotheque.yaml", {"themes": {"abeilles": "Les abeilles"}})
    atelier.clause("alpha", themes=["abeilles"])
    atelier.clause("beta", themes=["prix", "abeilles"])
    atelier.clause("gamma", themes=["prix"])
    atelier.modele("essai", "alpha")
    dossier = atelier.read("conditions", modele="essai", themes="abeilles")
    assert ids(dossier) == ["beta", "alpha"]
    assert not codes(dossier)


MAL_NOMMES = [
    ({"modele": "formatio"}, "C525", "vouliez-vous « formation » ?", 3),
    ({"themes": ["paiment"]}, "C526", "vouliez-vous « paiement » ?", 1),
    ({"clauses": ["alpa"]}, "C502", "vouliez-vous « alpha » ?", 3),
    ({"clauses": ["alpha@7"]}, "C502", "projet a la version 1", 3),
    ({"clauses": ["equipe:alpha"]}, "C503", "aucune bibliothèque ne se nomme « equipe »", 3),
    ({"clauses": [{"alpha": {"serie": "3"}}]}, "C504", "vouliez-vous « series » ?", 1),
    ({"clauses": [{"alpha": {"series": "trois"}}]}, "C506", "alpha, series", 1),
    ({"clauses": [{"alpha": {"series": "99"}}]}, "C506", "au plus 10", 1),
    ({"clauses": ["alpha"], "sans": ["beta"]}, "C543", "« beta » n'était pas choisie", 0),
    ({"clauses": ["alpha", "alpha"]}, "C524", "déjà nommée ligne", 1),
    ({"clauses": ["alpha"], "avec": ["projet:alpha"]}, "C524", "déjà nommée ligne", 1),
    ({"clauses": [{"alpha": {"series": "3"}}, {"alpha": {"series": "4"}}]}, "C515", "« 3 » ligne", 1),
]


@pytest.mark.parametrize("genre", ["devis", "conditions"])
@pytest.mark.parametrize(
    ("keys", "code", "words", "exit_code"), MAL_NOMMES, ids=[f"{row[1]} {row[2][-20:]}" for row in MAL_NOMMES]
)
def test_a_slip_in_what_is_asked_is_said_once(
    atelier: Atelier, genre: str, keys: dict[str, Any], code: str, words: str, exit_code: int
) -> None:
    """Each wrong name or value is one finding, with its own code, in words that lead to the right one."""
    atelier.clause(
        "alpha", "{{ series }}", variables={"series": {"type": "entier", "defaut": "2", "max": "10"}}, themes=["prix"]
    )
    dossier = atelier.read(genre, **keys)
    found = only(dossier, code)
    assert words in found.message
    assert found.is_error == (exit_code != 0)
    assert found.position.line > 1
    others = [other for other in errors(dossier) if other != code]
    assert others in ([], ["C537"])


# --- With and without -------------------------------------------------------------------------------------------------


def test_conditions_name_again_a_clause_of_their_preset_to_give_it_a_value(atelier: Atelier) -> None:
    """`avec` on the conditions sets the value of a clause that the preset chose; it prints once, at its own number."""
    atelier.clause("alpha", "{{ series }} séries.", variables={"series": {"type": "entier", "defaut": "2"}})
    atelier.clause("beta")
    atelier.modele("essai", {"alpha": {"series": "4"}}, "beta")
    dossier = atelier.read("conditions", modele="essai", avec=[{"alpha": {"series": "5"}}])
    assert shown(dossier) == ["annexe 1 alpha", "annexe 2 beta"]
    assert texts(dossier)["annexe alpha"] == "5 séries."


def test_a_contract_names_again_a_clause_of_its_preset_to_give_it_a_value(atelier: Atelier) -> None:
    """The same on a contract: no article twice."""
    atelier.clause("alpha", "{{ series }} séries.", variables={"series": {"type": "entier", "defaut": "2"}})
    atelier.modele("essai", "alpha")
    dossier = atelier.read("contrat", modele="essai", avec=[{"alpha": {"series": "5"}}])
    assert shown(dossier) == ["annexe 2 alpha"]
    assert texts(dossier)["annexe alpha"] == "5 séries."


@pytest.mark.parametrize("keys", [{"modele": "essai"}, {"themes": ["delais"]}], ids=["modele", "themes"])
def test_a_devis_that_names_a_clause_of_its_own_preset_prints_it_once(atelier: Atelier, keys: dict[str, Any]) -> None:
    """A clause named on the devis prints there; the preset of the same devis does not print it a second time."""
    atelier.clause("alpha", themes=["delais"])
    atelier.clause("beta", themes=["delais"])
    atelier.modele("essai", "alpha", "beta")
    dossier = atelier.read("devis", clauses=["alpha"], **keys)
    assert [entry for entry in shown(dossier) if entry.endswith(" alpha")] == ["document 1 alpha"]
    assert "beta" in ids(dossier)


def test_sans_takes_out_what_a_preset_or_a_theme_chose(atelier: Atelier) -> None:
    """A clause taken out is gone, the numbers close up, and `clause list --pour` can say why."""
    for ident in ("alpha", "beta", "gamma"):
        atelier.clause(ident)
    atelier.modele("essai", "alpha", "beta", "gamma")
    dossier = atelier.read("conditions", modele="essai", sans=["beta"])
    assert shown(dossier) == ["annexe 1 alpha", "annexe 2 gamma"]
    assert raisons(dossier) == {"beta": "retirée par « sans »"}
    assert not codes(dossier)


def test_a_devis_takes_out_a_clause_of_its_conditions(atelier: Atelier) -> None:
    """`sans` on the devis leaves a clause of the annexed conditions out of this devis."""
    atelier.clause("alpha")
    atelier.clause("beta")
    dossier = atelier.read("devis", conditions=atelier.conditions(clauses=["alpha", "beta"]), sans=["alpha"])
    assert ids(dossier) == ["beta"]


def test_a_devis_may_name_what_its_conditions_leave_out(atelier: Atelier) -> None:
    """`sans` on the conditions speaks of the conditions: a clause named on the devis stays (C. civ. art. 1119)."""
    atelier.clause("alpha")
    atelier.clause("beta")
    atelier.modele("essai", "alpha", "beta")
    conditions = atelier.conditions(modele="essai", sans=["alpha"])
    dossier = atelier.read("devis", conditions=conditions, clauses=["alpha"])
    assert shown(dossier) == ["document 1 alpha", "annexe 1 beta"]


@pytest.mark.parametrize("renvoi", ["alpha@2", "facture:alpha"])
def test_sans_names_exactly_what_it_takes_out(atelier: Atelier, renvoi: str) -> None:
    """Another version or another library is another clause: nothing is taken out, and that is said (C543)."""
    atelier.clause("alpha")
    dossier = atelier.read("conditions", clauses=["alpha"], sans=[renvoi])
    assert ids(dossier) == ["alpha"]
    assert codes(dossier) == ["C543"]


def test_nothing_asked_is_nothing_found(atelier: Atelier) -> None:
    """A devis without clauses has none, and nobody complains; conditions without one are refused (C537)."""
    assert not ids(atelier.read("devis"))
    assert "C537" not in codes(atelier.read("devis"))
    assert errors(atelier.read("conditions")) == ["C537"]
    assert errors(atelier.read("contrat")) == ["C537"]


def test_a_choice_that_leaves_nothing_is_refused(atelier: Atelier) -> None:
    """Asked for clauses, a document that prints none says so."""
    atelier.clause("alpha", public="particulier")
    atelier.modele("essai", "alpha")
    assert errors(atelier.read("conditions", modele="essai")) == ["C537"]


# --- Values -----------------------------------------------------------------------------------------------------------

VALEURS = [
    # default, preset, conditions, devis -> text in the annexe when only the conditions carry it, text on the devis
    ("2", None, None, None, "2"),
    ("2", "3", None, None, "3"),
    ("2", None, "4", None, "4"),
    ("2", "3", "4", None, "4"),
    ("2", None, None, "5", "5"),
    ("2", "3", None, "5", "5"),
    ("2", "3", "4", "5", "5"),
    (None, None, "4", "5", "5"),
    (None, "3", None, None, "3"),
]


@pytest.mark.parametrize(("default", "preset", "conditions", "devis", "expected"), VALEURS)
def test_the_nearest_value_wins(
    atelier: Atelier, default: str | None, preset: str | None, conditions: str | None, devis: str | None, expected: str
) -> None:
    """Document, then conditions, then preset, then default; and no page says two values for one clause.

    What the devis names is said there, and the annexe points at it: one text, one value.
    """
    variable = {"type": "entier", **({"defaut": default} if default else {})}
    atelier.clause("alpha", "{{ series }} séries.", variables={"series": variable})
    atelier.modele("essai", {"alpha": {"series": preset}} if preset else "alpha")
    keys: dict[str, Any] = {"modele": "essai"}
    if conditions:
        keys["avec"] = [{"alpha": {"series": conditions}}]
    named: dict[str, Any] = {"clauses": [{"alpha": {"series": devis}}]} if devis else {}
    dossier = atelier.read("devis", conditions=atelier.conditions(**keys), **named)
    pointer = {"Remplacé par l'article 1 des conditions particulières."} if devis else set()
    assert set(texts(dossier).values()) == {f"{expected} séries."} | pointer
    assert not errors(dossier)


def test_a_clause_named_without_values_takes_those_of_the_conditions(atelier: Atelier) -> None:
    """What the devis does not say of a clause that it names, its conditions say."""
    atelier.clause(
        "alpha",
        "{{ series }} séries en {{ delai }}.",
        variables={"series": {"type": "entier"}, "delai": {"type": "duree"}},
    )
    conditions = atelier.conditions(clauses=[{"alpha": {"series": "4", "delai": "3 jours"}}])
    dossier = atelier.read("devis", conditions=conditions, clauses=[{"alpha": {"series": "5"}}])
    assert texts(dossier)["document alpha"] == "5 séries en 3 jours."
    assert not errors(dossier)


def test_values_print_as_french_needs_them(atelier: Atelier) -> None:
    """Each type has its own print, and a value's own Markdown never acts."""
    types = {"texte": "50 % *net*", "entier": "1200", "montant": "150,50", "taux": "2.5", "duree": "5 jours ouvrés",
             "date": "2026-12-01", "booleen": "oui", "nombre": "0,5"}  # fmt: skip
    atelier.clause(
        "alpha",
        " ; ".join(f"{{{{ {name} }}}}" for name in types) + ".",
        variables={name: {"type": name} for name in types},
    )
    dossier = atelier.read("devis", clauses=[{"alpha": types}])
    (text,) = texts(dossier).values()
    narrow = "\u202f"
    assert (
        text.replace(narrow, " ")
        == "50 % *net* ; 1 200 ; 150,50 € ; 2,5 % ; 5 jours ouvrés ; 1er décembre 2026 ; oui ; 0,5."
    )


def test_a_montant_is_in_the_currency_of_the_document(atelier: Atelier) -> None:
    """150 on a devis in dollars is not 150 euros."""
    atelier.clause("alpha", "{{ prix }}", variables={"prix": {"type": "montant", "defaut": "150"}})
    dossier = atelier.read("devis", devise="USD", clauses=["alpha"])
    (text,) = texts(dossier).values()
    assert "€" not in text
    assert text.startswith("150")


# --- One value governs the text and the money -----------------------------------------------------------------------

ECHEANCES = [
    # devis, conditions, value given in the conditions, default -> days, codes
    ("10 jours", None, None, None, 10, []),
    (None, "45 jours", None, None, 45, []),
    (None, None, "45 jours", None, 45, []),
    (None, None, None, "45 jours", 45, []),
    (None, None, "30 jours", "45 jours", 30, []),
    ("10 jours", "45 jours", None, None, 10, []),
    ("10 jours", None, "10 jours", None, 10, []),
    (None, "45 jours", "45 jours", None, 45, []),
    (None, "45 jours", "30 jours", None, 45, ["C514"]),
    ("10 jours", None, "45 jours", None, 10, ["C514"]),
    ("10 jours", "45 jours", "45 jours", None, 10, ["C514"]),
    ("10 jours", None, None, "45 jours", 10, ["C514"]),
]


@pytest.mark.parametrize(("document", "conditions", "valeur", "defaut", "jours", "expected"), ECHEANCES)
def test_the_due_date_is_the_one_that_the_clause_announces(
    atelier: Atelier,
    document: str | None,
    conditions: str | None,
    valeur: str | None,
    defaut: str | None,
    jours: int,
    expected: list[str],
) -> None:
    """Document, conditions, value, default: the first that speaks sets the date, and another text is refused (C514)."""
    variable = {"gouverne": "paiement.echeance", **({"defaut": defaut} if defaut else {})}
    atelier.clause("terme", "Les factures sont payables {{ terme }}.", variables={"terme": variable})
    keys: dict[str, Any] = {"clauses": [{"terme": {"terme": valeur}} if valeur else "terme"]}
    if conditions:
        keys["paiement"] = {"echeance": conditions}
    own: dict[str, Any] = {"paiement": {"echeance": document}} if document else {}
    dossier = atelier.read("facture", conditions=atelier.conditions(**keys), **own)
    assert [code for code in errors(dossier) if code[0] == "C"] == expected
    assert dossier.echeance == JOUR + dt.timedelta(days=jours)
    if not expected:
        assert texts(dossier)["annexe terme"] == f"Les factures sont payables à {jours} jours de la date de facture."


def test_the_page_prints_the_due_date_that_the_conditions_set(atelier: Atelier) -> None:
    """45 days in the conditions: the devis announces 45 days, and the facture its day, the 6th of January."""
    conditions = atelier.conditions(clauses=[atelier.clause("alpha")], paiement={"echeance": "45 jours"})
    devis = " ".join(strings(compose_page(atelier.read("devis", acompte="30 %", conditions=conditions))))
    facture = " ".join(strings(compose_page(atelier.read("facture", conditions=conditions))))
    assert "45 jours" in devis
    assert "6 janvier 2027" in facture


PENALITES = [
    (None, None, None, "bce+10", []),
    ("legal x 3", None, None, "legal x 3", []),
    (None, "legal x 3", None, "legal x 3", []),
    (None, None, "legal x 3", "legal x 3", []),
    ("12 %", "legal x 3", None, "12 %", []),
    (None, "legal x 3", "bce+10", "legal x 3", ["C514"]),
    ("bce+10", None, "legal x 3", "bce+10", ["C514"]),
    ("bce + 10 points", None, "bce+10", "bce+10", []),
]


@pytest.mark.parametrize(("document", "conditions", "valeur", "rule", "expected"), PENALITES)
def test_penalties_are_said_once_and_follow_the_clause(
    atelier: Atelier, document: str | None, conditions: str | None, valeur: str | None, rule: str, expected: list[str]
) -> None:
    """The rule of the dossier, the legal mention and the clause come from one value."""
    atelier.clause("retard", "Pénalités calculées {{ taux }}.", variables={"taux": {"gouverne": "paiement.penalites"}})
    keys: dict[str, Any] = {"clauses": [{"retard": {"taux": valeur}} if valeur else "retard"]}
    if conditions:
        keys["paiement"] = {"penalites": conditions}
    paiement = {"echeance": "30 jours", **({"penalites": document} if document else {})}
    dossier = atelier.read("facture", conditions=atelier.conditions(**keys), paiement=paiement)
    assert [code for code in errors(dossier) if code[0] == "C"] == expected
    assert str(dossier.penalites) == rule
    if not expected:
        assert dossier.penalites is not None
        assert texts(dossier)["annexe retard"] == f"Pénalités calculées {dossier.penalites.describe()}."
        (mention,) = [item.texte for item in dossier.mentions if item.id.startswith("penalites")]
        figure = {"bce+10": "10", "legal x 3": "3", "12 %": "12"}[rule]
        assert re.search(rf"\b{figure}\b", mention) or "trois fois" in mention


def test_two_clauses_cannot_set_one_thing_twice(atelier: Atelier) -> None:
    """Two values for the due date, from two clauses, are refused where the second stands (C515); equal ones are not."""
    for ident in ("terme-un", "terme-deux"):
        atelier.clause(ident, "{{ terme }}", variables={"terme": {"gouverne": "paiement.echeance"}})

    def read(first: str, second: str) -> Dossier:
        named = [{"terme-un": {"terme": first}}, {"terme-deux": {"terme": second}}]
        return atelier.read("devis", clauses=named)

    assert "C515" not in codes(read("30 jours", "30 jours"))
    assert "fixe paiement.echeance autrement que la ligne" in only(read("30 jours", "45 jours"), "C515").message


def test_no_discount_in_the_clause_and_one_on_the_document_disagree(atelier: Atelier) -> None:
    """A clause that governs the discount says « néant »: a document that grants 2 % contradicts it (C514)."""
    variable = {"gouverne": "paiement.escompte", "defaut": "néant"}
    atelier.clause("anticipe", "Paiement anticipé : {{ escompte }}.", variables={"escompte": variable})
    dossier = atelier.read(
        "facture", clauses=["anticipe"], paiement={"echeance": "30 jours", "escompte": {"taux": "2 %", "jours": "8"}}
    )
    assert "C514" in errors(dossier)
    assert "C514" not in codes(atelier.read("facture", clauses=["anticipe"], paiement={"echeance": "30 jours"}))


def test_terms_of_the_conditions_reach_the_devis_where_it_is_silent(atelier: Atelier) -> None:
    """Means and discount of the conditions hold unless the devis says its own."""
    atelier.clause("alpha", "Paiement {{ paiement.moyens }} ; {{ paiement.escompte }}.")
    general = {"echeance": "30 jours", "moyens": ["cheque"], "escompte": {"taux": "2 %", "jours": "8"}}
    conditions = atelier.conditions(clauses=["alpha"], paiement=general)
    silent = atelier.read("devis", conditions=conditions)
    assert texts(silent)["annexe alpha"] == (
        "Paiement par chèque ; un escompte de 2 % est accordé pour tout paiement sous 8 jours."
    )
    own = {"moyens": ["virement", "carte"], "escompte": "néant"}
    spoken = atelier.read("devis", conditions=conditions, paiement=own)
    assert texts(spoken)["annexe alpha"] == (
        "Paiement par virement ou par carte bancaire ; aucun escompte n'est accordé pour paiement anticipé."
    )


@pytest.mark.parametrize("key", ["notes", "introduction", "mentions"])
def test_a_note_that_announces_other_terms_is_refused(atelier: Atelier, key: str) -> None:
    """A sentence of the document that says 45 days when it applies 30 is a finding at that sentence (C514)."""
    dossier = atelier.read(
        "facture", paiement={"echeance": "30 jours"}, **{key: ["Merci.", "Facture payable à 45 jours date de facture."]}
    )
    found = only(dossier, "C514")
    assert found.path == f"{key}[1]"
    assert "à 30 jours" in found.message.replace(NBSP, " ")


def test_a_clause_that_writes_its_own_figure_is_refused(atelier: Atelier) -> None:
    """A text with the figure written in it, not governed, is compared with what the document applies."""
    atelier.clause("terme", "Les factures sont payables à 60 jours de la date de facture.")
    dossier = atelier.read("facture", paiement={"echeance": "30 jours"}, clauses=["terme"])
    assert "« terme » dit" in only(dossier, "C514").message
    assert "C514" not in codes(atelier.read("facture", paiement={"echeance": "60 jours"}, clauses=["terme"]))


# --- Conditions of use ------------------------------------------------------------------------------------------------

QUAND = [
    # quand, on a devis, in conditions printed alone, in the same conditions annexed to the devis
    ('client.qualite == "professionnel"', True, True, True),
    ('client.qualite == "particulier"', False, False, False),
    ('document.nature == "service"', True, True, True),
    ('document.nature == "bien"', False, True, False),
    ("document.offerts", False, True, False),
    ("document.total_ttc > 2000", True, True, True),
    ("document.total_ttc > 5000", False, True, False),
    ("document.total_ht <= 1800", True, True, True),
    ('client.nom == "Personne"', False, True, False),
    ('emetteur.assurance != ""', False, False, False),
    ('emetteur.ville == "Lille" and document.travaux', False, True, False),
    ('emetteur.ville == "Paris" and document.travaux', False, False, False),
    ('emetteur.ville == "Lille" or document.travaux', True, True, True),
    ("not document.offerts", True, True, True),
    ('paiement.penalites_base == "bce"', True, True, True),
    ('document.type == "devis"', True, False, True),
    ('document.acompte == "30 %"', False, True, False),
    ('document.acompte == ""', True, True, True),
]


@pytest.mark.parametrize(("quand", "devis", "seules", "annexees"), QUAND, ids=[row[0] for row in QUAND])
def test_a_condition_is_judged_on_what_is_known(
    atelier: Atelier, quand: str, devis: bool, seules: bool, annexees: bool
) -> None:
    """True keeps, false leaves out, unknown keeps: what conditions alone cannot know, the devis they join decides."""
    atelier.clause("temoin")
    atelier.clause("alpha", quand=quand)
    atelier.modele("essai", "alpha", "temoin")
    conditions = atelier.conditions(modele="essai")
    on_devis = atelier.read("devis", nature="service", clauses=["temoin", "alpha"])
    alone = atelier.read("conditions", modele="essai")
    annexed = atelier.read("devis", nature="service", conditions=conditions)
    assert ("alpha" in ids(on_devis), "alpha" in ids(alone), "alpha" in ids(annexed)) == (devis, seules, annexees)
    assert not errors(on_devis)


def test_a_named_clause_that_cannot_print_is_said(atelier: Atelier) -> None:
    """Chosen by a preset it goes without a word; named, a warning says that it does not print (C531)."""
    atelier.clause("temoin")
    atelier.clause("alpha", quand="document.travaux")
    atelier.modele("essai", "alpha", "temoin")
    named = atelier.read("devis", clauses=["temoin", "alpha"])
    chosen = atelier.read("devis", modele="essai")
    assert codes(named) == ["C531"]
    assert raisons(named)["alpha"] == "condition fausse : document.travaux"
    assert not codes(chosen)
    assert raisons(chosen)["alpha"] == "condition fausse : document.travaux"


def test_a_named_clause_that_the_sums_leave_out_is_said_too(atelier: Atelier) -> None:
    """The same warning when only the totals, known late, make the condition false."""
    atelier.clause("temoin")
    atelier.clause("alpha", quand="document.total_ttc > 5000")
    dossier = atelier.read("devis", clauses=["temoin", "alpha"])
    assert ids(dossier) == ["temoin"]
    assert codes(dossier) == ["C531"]
    assert raisons(dossier) == {"alpha": "condition fausse : document.total_ttc > 5000"}


def test_a_condition_reads_the_terms_that_the_document_applies(atelier: Atelier) -> None:
    """Penalties set by the annexed conditions decide of `quand`, not those the law would give by default."""
    atelier.clause("temoin")
    atelier.clause("legal", quand='paiement.penalites_base == "legal"')
    atelier.clause("bce", quand='paiement.penalites_base == "bce"')
    atelier.modele("essai", "temoin", "legal", "bce")
    conditions = atelier.conditions(modele="essai", paiement={"penalites": "legal x 3"})
    assert ids(atelier.read("devis", conditions=conditions)) == ["temoin", "legal"]


@pytest.mark.parametrize(("quantite", "expected"), [("4", "grand"), ("1", "petit")])
def test_variants_chosen_by_the_amount(atelier: Atelier, quantite: str, expected: str) -> None:
    """Two variants of a family, each for its own amounts: the one whose condition holds prints."""
    atelier.clause("grand", famille="montant", position="preferee", quand="document.total_ht > 1000")
    atelier.clause("petit", famille="montant", position="repli", quand="document.total_ht <= 1000")
    atelier.modele("essai", "grand", "petit")
    lignes = [{"designation": "Maquettes", "quantite": quantite, "prix_unitaire": "450"}]
    assert ids(atelier.read("devis", modele="essai", lignes=lignes)) == [expected]


# --- For whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("qualite", ["professionnel", "particulier", "public"])
def test_each_public_reads_its_own_clauses(atelier: Atelier, qualite: str) -> None:
    """A preset lists clauses for everyone; only those written for this client print."""
    for public in ("professionnel", "particulier", "public"):
        atelier.clause(f"pour-{public}", public=public)
    atelier.clause("pour-deux", public=["professionnel", "public"])
    atelier.modele("essai", "pour-professionnel", "pour-particulier", "pour-public", "pour-deux")
    dossier = atelier.read("devis", client={**CLIENT, "qualite": qualite}, modele="essai")
    expected = [f"pour-{qualite}", *(["pour-deux"] if qualite != "particulier" else [])]
    assert ids(dossier) == expected
    assert all(raison.startswith("écrite pour : ") for raison in raisons(dossier).values())


@pytest.mark.parametrize("qualite", ["professionnel", "particulier", "public"])
@pytest.mark.parametrize("genre", ["devis", "facture", "conditions", "contrat"])
def test_a_text_knows_its_reader(atelier: Atelier, genre: str, qualite: str) -> None:
    """Text and condition follow the quality of the client, or that of the readers of conditions printed alone."""
    branches = "{% if client.qualite == 'particulier' %}vous{% elif client.qualite == 'public' %}la commune{% else %}"
    atelier.clause("alpha", f"Pour {branches}la société{{% endif %}}.")
    for public in ("professionnel", "particulier", "public"):
        atelier.clause(f"si-{public}", quand=f'client.qualite == "{public}"')
    atelier.modele("essai", "alpha", "si-professionnel", "si-particulier", "si-public")
    reader: dict[str, Any] = (
        {"public": qualite} if genre == "conditions" else {"client": {**CLIENT, "qualite": qualite}}
    )
    dossier = atelier.read(genre, modele="essai", **reader)
    words = {"professionnel": "la société", "particulier": "vous", "public": "la commune"}
    assert texts(dossier)["annexe alpha"] == f"Pour {words[qualite]}."
    assert ids(dossier) == ["alpha", f"si-{qualite}"]


def test_a_clause_named_for_another_public_is_refused(atelier: Atelier) -> None:
    """Named, it is an error that proposes the variant written for this client (C511)."""
    atelier.clause("pour-pro", public="professionnel", famille="acomptes")
    atelier.clause("pour-conso", public="particulier", famille="acomptes")
    atelier.clause("temoin")
    dossier = atelier.read("devis", client={**CLIENT, "qualite": "particulier"}, clauses=["temoin", "pour-pro"])
    found = only(dossier, "C511")
    assert found.is_error
    assert found.advice == "prenez plutôt : pour-conso"
    assert ids(dossier) == ["temoin"]


def test_conditions_of_another_public_are_refused(atelier: Atelier) -> None:
    """Conditions for professionals annexed to a consumer's devis are an error at the reference (C539)."""
    conditions = atelier.conditions(clauses=[atelier.clause("alpha")])
    dossier = atelier.read("devis", client={**CLIENT, "qualite": "particulier"}, conditions=conditions)
    found = only(dossier, "C539")
    assert found.is_error
    assert found.path == "conditions"


# --- Families ---------------------------------------------------------------------------------------------------------


def _write_famille(atelier: Atelier) -> None:
    for ident, position in (("mieux", "preferee"), ("moins", "repli"), ("peu", "plancher"), ("hors", None)):
        keys = {"position": position} if position else {}
        atelier.clause(ident, famille="corrections", **keys)
    atelier.clause("temoin")


FAMILLES = [
    (["moins", "mieux"], [], "annexe mieux"),
    (["peu", "moins"], [], "annexe moins"),
    (["hors", "peu"], [], "annexe peu"),
    (["mieux"], ["peu"], "document peu"),
    (["mieux", "moins"], ["hors"], "document hors"),
    ([], ["moins"], "document moins"),
]


@pytest.mark.parametrize(("modele", "devis", "expected"), FAMILLES, ids=str)
def test_one_variant_of_a_family_prints(atelier: Atelier, modele: list[str], devis: list[str], expected: str) -> None:
    """The one named on the devis, else the preferred one: never two, and no error for what a preset lists."""
    _write_famille(atelier)
    atelier.modele("essai", "temoin", *modele)
    dossier = atelier.read(
        "devis", conditions=atelier.conditions(modele="essai"), **({"clauses": devis} if devis else {})
    )
    family = [f"{lieu} {a.retenue.lue.id}" for lieu, a in iter_articles(dossier) if a.retenue.lue.clause.famille]
    assert family == [expected]
    assert not codes(dossier)
    for ident in {*modele, *devis} - {expected.split()[1]}:
        assert raisons(dossier)[ident] == f"variante : {expected.split()[1]} est retenue"


def test_the_devis_prevails_over_its_conditions(atelier: Atelier) -> None:
    """A variant named on the devis takes the place of another one named in the conditions (C. civ. art. 1119)."""
    _write_famille(atelier)
    dossier = atelier.read("devis", conditions=atelier.conditions(clauses=["temoin", "mieux"]), clauses=["peu"])
    assert shown(dossier) == ["document 1 peu", "annexe 1 temoin"]
    assert not errors(dossier)


@pytest.mark.parametrize("genre", ["devis", "conditions", "contrat"])
def test_two_variants_named_on_one_document_are_refused(atelier: Atelier, genre: str) -> None:
    """Two named variants of one family are an error at the second (C533)."""
    _write_famille(atelier)
    dossier = atelier.read(genre, clauses=["peu", "mieux"])
    assert only(dossier, "C533").is_error
    assert "deux variantes de « corrections »" in only(dossier, "C533").message


def test_variants_for_different_publics_do_not_meet(atelier: Atelier) -> None:
    """The variant of another public leaves before the family is judged, preferred or not."""
    atelier.clause("conso", famille="corrections", position="preferee", public="particulier")
    atelier.clause("pro", famille="corrections", position="repli", public="professionnel")
    atelier.modele("essai", "conso", "pro")
    assert ids(atelier.read("devis", modele="essai")) == ["pro"]


def test_a_replacement_takes_the_place_of_what_a_preset_chose(atelier: Atelier) -> None:
    """`remplace` puts a clause in place of another, and the reason is said."""
    atelier.clause("ancienne")
    atelier.clause("nouvelle", remplace=["ancienne"])
    atelier.modele("essai", "ancienne", "nouvelle")
    dossier = atelier.read("conditions", modele="essai")
    assert ids(dossier) == ["nouvelle"]
    assert raisons(dossier) == {"ancienne": "remplacée par nouvelle"}


def test_a_clause_that_is_left_out_replaces_nothing(atelier: Atelier) -> None:
    """A replacement for another public, or whose condition is false, leaves what it would have replaced."""
    atelier.clause("ancienne")
    atelier.clause("nouvelle", remplace=["ancienne"], public="particulier")
    atelier.clause("travaux", remplace=["ancienne"], quand="document.travaux")
    atelier.modele("essai", "ancienne", "nouvelle", "travaux")
    assert ids(atelier.read("devis", modele="essai")) == ["ancienne"]


# --- Clauses together -------------------------------------------------------------------------------------------------


def test_what_a_clause_requires_comes_with_it(atelier: Atelier) -> None:
    """The whole chain comes, once, where the clause that asked for it prints."""
    atelier.clause("alpha", requiert=["beta"], themes=["prix"])
    atelier.clause("beta", requiert=["gamma"], themes=["contrat"])
    atelier.clause("gamma", requiert=["alpha"], themes=["prix"])
    general = atelier.read("conditions", clauses=["alpha"])
    assert ids(general) == ["beta", "alpha", "gamma"]
    particular = atelier.read("devis", clauses=["alpha"])
    assert shown(particular) == ["document 1 alpha", "document 2 beta", "document 3 gamma"]
    assert [a.retenue.raison for _, a in iter_articles(particular)][1:] == ["requise par alpha", "requise par beta"]


def test_a_required_clause_that_is_there_is_not_added(atelier: Atelier) -> None:
    """On the devis or in its annexe, it is there: no second one."""
    atelier.clause("alpha", requiert=["beta"])
    atelier.clause("beta")
    dossier = atelier.read("devis", conditions=atelier.conditions(clauses=["beta"]), clauses=["alpha"])
    assert shown(dossier) == ["document 1 alpha", "annexe 1 beta"]


REQUISES = [
    ({}, {}, "introuvable"),
    ({"public": "particulier"}, {}, "écrite pour un autre public"),
    ({"quand": "document.travaux"}, {}, "sa condition est fausse : document.travaux"),
    ({}, {"sans": ["beta"]}, "retirée par « sans »"),
]


@pytest.mark.parametrize(("keys", "document", "reason"), REQUISES, ids=[row[2][:20] for row in REQUISES])
def test_a_required_clause_that_cannot_come_is_an_error(
    atelier: Atelier, keys: dict[str, Any], document: dict[str, Any], reason: str
) -> None:
    """The finding stands at the clause that asks, and says why the other one is not there (C509)."""
    atelier.clause("alpha", requiert=["beta"])
    if reason != "introuvable":
        atelier.clause("beta", **keys)
    dossier = atelier.read("devis", clauses=["alpha"], **document)
    assert only(dossier, "C509").message == f"« alpha » requiert « beta » : {reason}"
    assert only(dossier, "C509").is_error


def test_a_required_clause_whose_condition_falls_with_the_sums_is_an_error(atelier: Atelier) -> None:
    """When the totals, known late, make its condition false, it neither prints nor goes without a word."""
    atelier.clause("alpha", requiert=["beta"])
    atelier.clause("beta", quand="document.total_ht > 5000")
    dossier = atelier.read("devis", clauses=["alpha"])
    assert ids(dossier) == ["alpha"]
    assert errors(dossier) == ["C509"]


def test_a_variant_stands_for_the_one_that_is_required(atelier: Atelier) -> None:
    """A clause that requires the preferred variant is served by the one that took its place: never two of a family."""
    _write_famille(atelier)
    atelier.clause("alpha", requiert=["mieux"])
    dossier = atelier.read("devis", clauses=["peu", "alpha"])
    family = [article.retenue.lue.id for _, article in iter_articles(dossier) if article.retenue.lue.clause.famille]
    assert family == ["peu"] or "C533" in errors(dossier)


def test_a_replacement_stands_for_the_one_that_is_required(atelier: Atelier) -> None:
    """A clause taken out by its replacement does not come back because another one requires it."""
    atelier.clause("ancienne")
    atelier.clause("nouvelle", remplace=["ancienne"])
    atelier.clause("alpha", requiert=["ancienne"])
    atelier.modele("essai", "alpha", "ancienne", "nouvelle")
    dossier = atelier.read("conditions", modele="essai")
    assert ids(dossier) == ["alpha", "nouvelle"]
    assert not errors(dossier)


@pytest.mark.parametrize("opposed", ["alpha", "beta"])
@pytest.mark.parametrize("annexed", [False, True], ids=["même page", "devis et annexe"])
def test_two_clauses_that_contradict_each_other_are_refused(atelier: Atelier, opposed: str, annexed: bool) -> None:
    """Whichever of the two says it, and wherever they print, one error (C510)."""
    other = {"alpha": "beta", "beta": "alpha"}[opposed]
    atelier.clause(other)
    atelier.clause(opposed, incompatible=[other])
    if annexed:
        dossier = atelier.read("devis", conditions=atelier.conditions(clauses=["beta"]), clauses=["alpha"])
    else:
        dossier = atelier.read("devis", clauses=["alpha", "beta"])
    assert only(dossier, "C510").message == "« alpha » et « beta » ne vont pas ensemble"


# --- References -------------------------------------------------------------------------------------------------------


def test_a_reference_prints_the_number_on_its_own_page(atelier: Atelier) -> None:
    """On one page the number alone; from the devis to the annexe and back, the page is said too."""
    atelier.clause("alpha", "Voir l'article [[beta]] et l'article [[gamma]].", requiert=["beta", "gamma"])
    atelier.clause("beta", "Voir l'article [[alpha]].", requiert=["alpha"])
    atelier.clause("gamma", "Voir l'article [[alpha]].", requiert=["alpha"])
    atelier.clause("avant")
    conditions = atelier.conditions(clauses=["avant", "beta"])
    dossier = atelier.read("devis", conditions=conditions, clauses=["gamma", "alpha"])
    assert shown(dossier) == ["document 1 gamma", "document 2 alpha", "annexe 1 avant", "annexe 2 beta"]
    assert texts(dossier)["document alpha"] == "Voir l'article 2 des conditions générales et l'article 1."
    assert texts(dossier)["document gamma"] == "Voir l'article 2."
    assert texts(dossier)["annexe beta"] == "Voir l'article 2 des conditions particulières."
    assert not codes(dossier)


def test_a_reference_on_both_pages_means_the_nearer_one(atelier: Atelier) -> None:
    """A clause on the devis and in the annexe: each page points at its own number."""
    atelier.clause("alpha", "Voir l'article [[beta]].", requiert=["beta"])
    atelier.clause("beta")
    atelier.clause("avant")
    conditions = atelier.conditions(clauses=["avant", "beta", "alpha"])
    dossier = atelier.read("devis", conditions=conditions, clauses=["beta"])
    assert texts(dossier)["annexe alpha"] == "Voir l'article 2."
    dossier = atelier.read("devis", conditions=conditions, clauses=["beta", "alpha"])
    assert texts(dossier)["document alpha"] == "Voir l'article 1."


def test_a_reference_to_a_named_library_is_followed(atelier: Atelier) -> None:
    """`[[projet:beta]]` prints the number of beta."""
    atelier.clause("alpha", "Voir l'article [[projet:beta]].", requiert=["projet:beta"])
    atelier.clause("beta")
    assert texts(atelier.read("devis", clauses=["alpha"]))["document alpha"] == "Voir l'article 2."


@pytest.mark.parametrize(
    ("keys", "why"),
    [({}, ""), ({"quand": "document.travaux"}, " : condition fausse : document.travaux")],
    ids=["jamais choisie", "condition fausse"],
)
def test_a_reference_without_its_article_is_an_error(atelier: Atelier, keys: dict[str, Any], why: str) -> None:
    """A number that leads nowhere is refused, and the reason of the absence is said (C507)."""
    atelier.clause("alpha", "Voir l'article [[beta]].")
    atelier.clause("beta", **keys)
    atelier.modele("essai", "alpha", *(["beta"] if keys else []))
    dossier = atelier.read("devis", modele="essai")
    assert only(dossier, "C507").message == f"« alpha » renvoie à « beta », qui n'est pas sur le document{why}"
    assert only(dossier, "C507").is_error
    assert texts(dossier)["annexe alpha"] == "Voir l'article ?."


# --- Drafts, numbers, fingerprints ------------------------------------------------------------------------------------

BROUILLONS = [
    ("devis", {"numero": None}, True),
    ("devis", {}, False),
    ("facture", {"numero": None}, True),
    ("facture", {}, False),
    ("conditions", {"version": None}, True),
    ("conditions", {}, False),
    ("contrat", {"numero": None}, True),
    ("contrat", {}, False),
]


@pytest.mark.parametrize(("genre", "keys", "draft"), BROUILLONS)
def test_a_missing_value_shows_on_a_draft_and_refuses_a_number(
    atelier: Atelier, genre: str, keys: dict[str, Any], draft: bool
) -> None:
    """A draft prints « [à compléter : …] » and lists what it lacks; with a number it is refused (C505)."""
    atelier.clause("alpha", "Tribunal de {{ ville }}.", variables={"ville": {"aide": "Ville du tribunal"}})
    dossier = atelier.read(genre, clauses=["alpha"], **keys)
    found = only(dossier, "C505")
    assert found.is_error != draft
    assert found.advice == "écrivez « - alpha: {ville: …} »"
    assert dossier.corpus.manques == ("Alpha : ville du tribunal",)
    if draft:
        (text,) = texts(dossier).values()
        assert text == "Tribunal de [à compléter : Ville du tribunal]."
        assert dossier.is_printable
        assert not dossier.has_errors


def test_a_missing_fact_is_a_hole_too(atelier: Atelier) -> None:
    """A fact that nobody gave is missing like a value, and the advice names it."""
    atelier.clause("alpha", "Assureur : {{ emetteur.assurance }}.")
    found = only(atelier.read("devis", clauses=["alpha"]), "C505")
    assert "l'assurance de l'émetteur" in found.message
    assert found.advice == "complétez emetteur.assurance"


@pytest.mark.parametrize("genre", ["devis", "contrat"])
def test_an_unknown_client_is_one_finding(atelier: Atelier, genre: str) -> None:
    """Until the client's quality is known, what depends on it is said once (L410), not once a clause."""
    for ident in ("alpha", "beta"):
        atelier.clause(
            ident, "{% if client.qualite == 'public' %}Un{% else %}Deux{% endif %}, {{ paiement.penalites }}."
        )
    dossier = atelier.read(genre, numero=None, client={"nom": "Dupont"}, clauses=["alpha", "beta"])
    assert [code for code in codes(dossier) if code not in ("L408", "L409")] == ["L410"]


def test_a_hole_met_twice_is_listed_once(atelier: Atelier) -> None:
    """The list of what is missing names each hole of a clause once, in the order of the page."""
    atelier.clause("alpha", "{{ ville }}, {{ ville }}, {{ juge }}.", variables={"ville": {}, "juge": {}})
    dossier = atelier.read("devis", numero=None, clauses=["alpha"])
    assert dossier.corpus.manques == ("Alpha : ville", "Alpha : juge")


VERSIONS = [
    # of the conditions: version, date; devis numbered -> codes of errors
    ("3", "2026-11-22", True, []),
    (None, None, False, []),
    (None, None, True, ["F217"]),
    ("3", None, True, ["F224"]),
    ("3", None, False, ["F224"]),
]


@pytest.mark.parametrize(("version", "date", "numbered", "expected"), VERSIONS)
def test_a_numbered_devis_names_the_version_that_it_annexes(
    atelier: Atelier, version: str | None, date: str | None, numbered: bool, expected: list[str]
) -> None:
    """What is accepted has a version and a date; a draft may annex conditions that have none yet."""
    conditions = atelier.conditions(clauses=[atelier.clause("alpha")], version=version, date=date)
    dossier = atelier.read("devis", conditions=conditions, **({} if numbered else {"numero": None}))
    assert errors(dossier) == expected


def test_the_fingerprint_is_stable(atelier: Atelier) -> None:
    """The same files give the same fingerprint, read again from nothing, alone or annexed."""
    conditions = atelier.conditions(clauses=[atelier.clause("alpha"), atelier.clause("beta")])
    first = atelier.read("devis", conditions=conditions).corpus.empreinte
    second = atelier.read("devis", conditions=conditions).corpus.empreinte
    alone = atelier.read("conditions", clauses=["alpha", "beta"]).corpus.empreinte
    assert first == second == alone
    assert re.fullmatch("[0-9a-f]{64}", first)


EMPREINTES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("un mot", {"texte": "Texte d'alpha."}, {}, True),
    ("le titre", {"titre": "Autre titre"}, {}, True),
    ("une valeur", {}, {"clauses": [{"alpha": {"series": "3"}}, "beta"]}, True),
    ("une clause en moins", {}, {"clauses": ["alpha"]}, True),
    ("la version", {}, {"version": "4"}, True),
    ("la date", {}, {"date": "2026-11-23"}, True),
    ("le titre des conditions", {}, {"titre": "Conditions"}, True),
    ("la relecture", {"verifie_le": "2026-11-21"}, {}, False),
    ("une note", {"note": "À relire."}, {}, False),
    ("l'origine", {"origine": [{"mission": "D2026-001", "motif": "Retard"}]}, {}, False),
]


@pytest.mark.parametrize(("what", "clause", "keys", "changed"), EMPREINTES, ids=[row[0] for row in EMPREINTES])
def test_the_fingerprint_follows_what_is_printed(
    atelier: Atelier, what: str, clause: dict[str, Any], keys: dict[str, Any], changed: bool
) -> None:
    """One printed word more or less changes it; what is never printed does not."""
    variables = {"series": {"type": "entier", "defaut": "2"}}
    base = {"texte": "Texte de alpha, {{ series }}.", "variables": variables}
    atelier.clause("beta")

    def read(extra: dict[str, Any], document: dict[str, Any]) -> str:
        words = {**base, **extra}
        if "series" not in words["texte"]:
            words["texte"] += " {{ series }}"
        atelier.clause("alpha", **words)
        return atelier.read("conditions", **{"clauses": ["alpha", "beta"], **document}).corpus.empreinte

    assert (read({}, {}) != read(clause, keys)) == changed, what


def test_an_old_version_prints_its_old_text(atelier: Atelier) -> None:
    """`alpha@1` is the frozen text for ever; `alpha` is today's."""
    atelier.clause("alpha", "Nouveau texte.", version=2)
    atelier.write(
        "clauses/anciennes/alpha@1.yaml",
        {"id": "alpha", "titre": "Alpha", "version": 1, "texte": "Ancien texte.", "verifie_le": "2026-11-22"},
    )
    assert texts(atelier.read("devis", clauses=["alpha"]))["document alpha"] == "Nouveau texte."
    assert texts(atelier.read("devis", clauses=["alpha@1"]))["document alpha"] == "Ancien texte."


def test_stale_clauses_are_said_in_one_finding(atelier: Atelier) -> None:
    """A clause not read again for a year is a warning; ten of them are still one line (C513)."""
    names = [atelier.clause(f"vieille-{n}", verifie_le="2025-11-21") for n in range(10)]
    dossier = atelier.read("devis", clauses=names)
    assert codes(dossier) == ["C513"]
    assert "et 4 autres" in only(dossier, "C513").message
    fresh = atelier.read("devis", clauses=[atelier.clause("jeune", verifie_le="2025-11-22")])
    assert not codes(fresh)


def test_a_clause_in_another_language_is_said(atelier: Atelier) -> None:
    """A French clause on an English devis is a warning (C538)."""
    atelier.clause("alpha")
    atelier.clause("english", "Text.", langue="en")
    assert codes(atelier.read("devis", langue="en", clauses=["english"])) == []
    assert "C538" in codes(atelier.read("devis", langue="en", clauses=["alpha"]))
    assert "C538" in codes(atelier.read("devis", clauses=["english"]))


# --- Conditions and contracts -----------------------------------------------------------------------------------------

TEXTES: list[tuple[str, str, dict[str, Any], list[str], list[str]]] = [
    # what, type, keys -> errors, warnings
    ("complètes", "conditions", {}, [], []),
    ("sans public", "conditions", {"public": None}, ["F217"], []),
    ("sans date", "conditions", {"date": None}, ["F224"], []),
    ("brouillon", "conditions", {"version": None, "date": None}, [], []),
    ("sans nom", "conditions", {"emetteur": {"forme_juridique": "EI"}}, ["L401"], []),
    ("brouillon sans nom", "conditions", {"version": None, "emetteur": {"forme_juridique": "EI"}}, [], ["L401"]),
    ("contrat complet", "contrat", {}, [], []),
    ("contrat sans date", "contrat", {"date": None}, ["F224"], []),
    ("contrat sans objet", "contrat", {"objet": None}, ["F217"], []),
    ("contrat sans client", "contrat", {"client": None}, ["L408", "L410"], []),
    ("projet sans rien", "contrat", {"numero": None, "client": None, "objet": None}, [], ["F217", "L408", "L410"]),
    ("fin avant début", "contrat", {"debut": "2026-12-01", "fin": "2026-11-30"}, ["F229"], []),
    ("un jour", "contrat", {"debut": "2026-12-01", "fin": "2026-12-01"}, [], []),
]


@pytest.mark.parametrize(("what", "genre", "keys", "refused", "warned"), TEXTES, ids=[row[0] for row in TEXTES])
def test_what_conditions_and_contracts_cannot_do_without(
    atelier: Atelier, what: str, genre: str, keys: dict[str, Any], refused: list[str], warned: list[str]
) -> None:
    """Each missing thing is one finding: an error once numbered, a warning on a draft that can wait for it."""
    atelier.clause("alpha")
    dossier = atelier.read(genre, clauses=["alpha"], **keys)
    assert sorted(errors(dossier)) == refused, what
    assert sorted(found.code for found in dossier.constats if not found.is_error) == warned
    assert dossier.is_printable


def test_a_contract_takes_from_its_devis_what_it_does_not_say(atelier: Atelier) -> None:
    """Parties, object, terms of payment and sums come from the devis; what the contract says itself stays."""
    atelier.clause(
        "prix", "{{ document.total_ht }} pour {{ document.objet }}, {{ client.nom }}, {{ paiement.echeance }}."
    )
    devis = {"type": "devis", **DOCUMENTS["devis"], "objet": "Refonte", "paiement": {"echeance": "45 jours"}}
    atelier.write("offre.yaml", devis)
    base = {"devis": "offre.yaml", "clauses": ["prix"], "client": None, "objet": None, "emetteur": None}
    taken = atelier.read("contrat", **base)
    assert not errors(taken)
    text = texts(taken)["annexe prix"].replace("\u202f", " ")
    assert text == "1 800,00 € pour Refonte, Dupont et Fils, à 45 jours de la date de facture."
    own = atelier.read("contrat", **{**base, "objet": "Autre chose", "paiement": {"echeance": "10 jours"}})
    assert "pour Autre chose" in texts(own)["annexe prix"]
    assert "à 10 jours" in texts(own)["annexe prix"]


def test_a_contract_follows_the_conditions_that_its_devis_annexes(atelier: Atelier) -> None:
    """Terms that the devis itself takes from its conditions reach the contract."""
    atelier.clause("terme", "Payable {{ paiement.echeance }}.")
    atelier.clause("alpha")
    atelier.conditions(clauses=["alpha"], paiement={"echeance": "45 jours"})
    atelier.write("offre.yaml", {"type": "devis", **DOCUMENTS["devis"], "conditions": "generales.yaml"})
    dossier = atelier.read("contrat", devis="offre.yaml", clauses=["terme"])
    assert texts(dossier)["annexe terme"] == "Payable à 45 jours de la date de facture."


def test_the_faults_of_an_annexed_devis_are_those_of_the_contract(atelier: Atelier) -> None:
    """A contract over a devis that is refused is refused, at the devis."""
    atelier.clause("alpha")
    atelier.write("offre.yaml", {"type": "devis", **DOCUMENTS["devis"], "lignes": [{"designation": "Sans prix"}]})
    dossier = atelier.read("contrat", devis="offre.yaml", clauses=["alpha"])
    assert dossier.has_errors
    assert all(found.position.file.endswith("offre.yaml") for found in dossier.constats if found.is_error)


@pytest.mark.parametrize("key", ["client.nom", "document.numero", "document.total_ttc"])
def test_conditions_alone_cannot_print_what_only_a_devis_knows(atelier: Atelier, key: str) -> None:
    """A hole in conditions printed alone; the value once they are annexed to a devis."""
    atelier.clause("alpha", f"Pour {{{{ {key} }}}}.")
    assert "C505" in errors(atelier.read("conditions", clauses=["alpha"]))
    assert not errors(atelier.read("devis", conditions=atelier.conditions(clauses=["alpha"])))


# --- Sentences that contradict the money ------------------------------------------------------------------------------

BCE = parse_penalites("bce+10")
LEGAL = parse_penalites("legal x 3")
FIXE = parse_penalites("12 %")
TRENTE = parse_delai("30 jours", "echeance")

ACCUSEES: list[tuple[str, Delai | None, ReglePenalites | None]] = [
    ("Les factures sont payables à 45 jours de la date de facture.", TRENTE, BCE),
    ("Le paiement est dû sous 15 jours après réception de la facture.", TRENTE, BCE),
    ("Règlement à quarante-cinq jours, date de facture.", TRENTE, BCE),
    ("Chaque facture est payable dans un délai de 60 jours à compter de son émission.", TRENTE, BCE),
    ("Les sommes sont réglées dans les 10 jours de l'émission de la facture.", TRENTE, BCE),
    (f"Facture payable à 45{NBSP}jours date de facture.", TRENTE, BCE),
    ("Les factures sont payables sous trente (30) jours à compter de la date de facture.", Delai(jours=45), BCE),
    ("Les factures sont payables à 30 jours de la date de facture.", Delai(), BCE),
    ("Les pénalités de retard sont au taux de la Banque centrale européenne majoré de 5 points.", TRENTE, BCE),
    ("En cas de retard de paiement, des pénalités au taux de 12 % l'an sont dues.", TRENTE, BCE),
    ("Intérêts de retard : trois fois le taux d'intérêt légal.", TRENTE, BCE),
    ("Les pénalités de retard sont de 3 fois le taux légal.", TRENTE, FIXE),
    ("Tout retard de paiement produit des pénalités au taux d'intérêt légal multiplié par cinq.", TRENTE, LEGAL),
    ("Pénalités de retard : taux de la BCE majoré de dix points de pourcentage.", TRENTE, LEGAL),
    ("Pénalités de retard au taux annuel de 10 %.", TRENTE, FIXE),
    ("Toute somme payée après l'échéance produit des pénalités au taux de 15 % l'an.", TRENTE, FIXE),
    ("Pénalités de retard au taux annuel de 15 %, calculées par jour de retard.", TRENTE, FIXE),
]
INNOCENTES: list[tuple[str, Delai | None, ReglePenalites | None]] = [
    # the same thing, said in other words
    ("Les factures sont payables à 30 jours de la date de facture.", TRENTE, BCE),
    ("Les factures sont payables sous trente jours après réception de la facture.", TRENTE, BCE),
    ("Les factures sont payables sous trente (30) jours à compter de la date de facture.", TRENTE, BCE),
    ("Pénalités de retard : taux de la BCE majoré de 10 points.", TRENTE, BCE),
    ("Pénalités de retard : taux de la BCE majoré de dix points de pourcentage.", TRENTE, BCE),
    ("Les pénalités de retard sont calculées à trois fois le taux d'intérêt légal.", TRENTE, LEGAL),
    ("Pénalités de retard au taux de 12 % l'an.", TRENTE, FIXE),
    ("Pénalités de retard au taux de 12,00 % l'an.", TRENTE, FIXE),
    # nothing is known, or a day rather than a delay
    ("Les factures sont payables à 45 jours de la date de facture.", None, None),
    ("Facture payable à 45 jours.", Delai(date=JOUR), None),
    # another delay than that of the invoice
    ("Un escompte de 2 % est accordé pour tout paiement sous 8 jours après l'émission de la facture.", TRENTE, BCE),
    ("Le paiement anticipé, sous 8 jours de la facture, donne droit à un escompte.", TRENTE, BCE),
    ("L'acompte est payable sous 8 jours après réception de la facture d'acompte.", TRENTE, BCE),
    ("Le prestataire rembourse les sommes payées dans les 14 jours suivant l'émission de l'avoir.", TRENTE, BCE),
    ("Le client conteste une somme due dans un délai de 15 jours après réception de la facture.", TRENTE, BCE),
    ("Le client signale une erreur sur une somme due sous 15 jours après réception de la facture.", TRENTE, BCE),
    ("Toute réclamation sur un paiement se fait dans les 8 jours de la facture.", TRENTE, BCE),
    ("Après paiement, les fichiers sont remis sous 5 jours avec la facture acquittée.", TRENTE, BCE),
    ("Le paiement peut se faire en trois fois, à votre demande, dès réception de la facture.", TRENTE, BCE),
    ("Une facture non payée 15 jours après son échéance donne lieu à une relance.", TRENTE, BCE),
    ("Les maquettes sont livrées sous 45 jours après le paiement de l'acompte.", TRENTE, BCE),
    ("Le prestataire répond sous 10 jours à toute question sur le règlement.", TRENTE, BCE),
    # another rate than that of late payment
    ("TVA au taux de 20 %, pénalités de retard selon la loi.", TRENTE, BCE),
    ("En cas de retard de livraison, le client applique une pénalité au taux de 1 % par semaine.", TRENTE, BCE),
    ("Un escompte au taux de 2 % est possible.", TRENTE, BCE),
    # the floor of the law is not the rate of the document
    (
        "Pénalités de retard : taux de la BCE majoré de 10 points, sans être inférieur à trois fois le taux d'intérêt "
        "légal.",
        TRENTE,
        BCE,
    ),
    ("Le taux des pénalités de retard ne peut être inférieur à trois fois le taux d'intérêt légal.", TRENTE, BCE),
    ("Pénalités de retard : 12 %, au moins 3 fois le taux légal.", TRENTE, FIXE),
    ("L'indemnité de 40 € pour frais de recouvrement s'ajoute aux pénalités de retard.", TRENTE, BCE),
]


@pytest.mark.parametrize(("text", "echeance", "penalites"), ACCUSEES, ids=[row[0][:60] for row in ACCUSEES])
def test_a_sentence_that_contradicts_the_money_is_found(
    text: str, echeance: Delai | None, penalites: ReglePenalites | None
) -> None:
    """A plain announcement of another delay or another rate is found once, with the words that say it."""
    found = find_contradictions(text, echeance, penalites)
    assert len(found) == 1
    assert found[0][0] in re.sub(r"\s", " ", text)


@pytest.mark.parametrize(("text", "echeance", "penalites"), INNOCENTES, ids=[row[0][:60] for row in INNOCENTES])
def test_a_sentence_that_says_something_else_is_left_alone(
    text: str, echeance: Delai | None, penalites: ReglePenalites | None
) -> None:
    """What agrees, and what speaks of another delay or rate, is never accused."""
    assert find_contradictions(text, echeance, penalites) == []


REGLES = [BCE, LEGAL, FIXE, ReglePenalites("legal", Decimal(1)), ReglePenalites("bce", Decimal("8.5"))]
DELAIS = ["30 jours", "1 jours", "45 jours fin de mois", "fin de mois 45 jours", "à réception", "2 mois"]


@pytest.mark.parametrize("regle", REGLES, ids=str)
@pytest.mark.parametrize("delai", DELAIS)
def test_our_own_words_never_accuse_themselves(delai: str, regle: ReglePenalites) -> None:
    """What the program itself writes of a delay or a rule agrees with that delay and that rule."""
    echeance = parse_delai(delai, "echeance")
    assert echeance is not None
    text = f"Les factures sont payables {echeance.describe()}. Pénalités de retard, calculées {regle.describe()}."
    assert find_contradictions(text, echeance, regle) == []
