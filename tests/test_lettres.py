"""The grammar of letters: nine kinds told apart by `modele`, and notices; each refusal at its place, in our words."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from facture.documents import Promesse
from facture.grammaire import Modele, known_keys, validate
from facture.lettres import (
    LETTRES,
    MODELES,
    NIVEAUX,
    REQUIS_PROMESSE,
    Courrier,
    DerniereFacture,
    Engagement,
    FactureImpayee,
    Geste,
    HausseTarifs,
    Precedente,
    Relance,
    Suspension,
    SuspensionTravaux,
    Tarif,
    build_lettre_schema,
)

PARTIES = (Suspension, Precedente, Tarif, Geste, Engagement, FactureImpayee, DerniereFacture)


def read(model: type[Modele], **data: Any) -> Any:
    """Read data that must be right."""
    lettre, refusals = validate(model, data)
    assert lettre is not None, refusals
    return lettre


def refuse(model: type[Modele], **data: Any) -> list[tuple[str, str]]:
    """Return the path and the code of each refusal."""
    lettre, refusals = validate(model, data)
    assert lettre is None
    return [(".".join(map(str, refusal.chemin)), refusal.code) for refusal in refusals]


def test_names() -> None:
    """The nine letters bear the names of the documentation, in its order."""
    assert list(MODELES) == [
        "hausse-tarifs",
        "report-delai",
        "erreur-assumee",
        "mauvaise-nouvelle",
        "suspension",
        "reprise",
        "renegociation",
        "cadre-de-mission",
        "fin-de-collaboration",
    ]
    assert list(LETTRES.items()) == [("relance", Relance), ("courrier", Courrier)]


@pytest.mark.parametrize("typed", ["1", "2", "3", "4"])
def test_niveau_is_a_number(typed: str) -> None:
    """A level is compared as a number, whatever was typed."""
    assert read(Relance, type="relance", niveau=typed).niveau == int(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("0", "F207"), ("5", "F207"), ("-1", "F207"), ("1.5", "F206"), ("rappel", "F205"), ("", "F205"), (["1"], "F204")],
    ids=str,
)
def test_niveau_refused(typed: Any, code: str) -> None:
    """No level beyond the four of the ladder."""
    assert refuse(Relance, type="relance", niveau=typed) == [("niveau", code)]


def test_niveau_advice_names_the_ladder() -> None:
    """Whoever types 5 is told what the four levels are."""
    _, (refusal,) = validate(Relance, {"type": "relance", "niveau": "5"})
    assert all(f"{number} {name}" in refusal.advice for number, name in NIVEAUX.items())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("F2026-019", ("F2026-019",)), (["F1", "factures/F2.yaml"], ("F1", "factures/F2.yaml"))],
    ids=["one", "several"],
)
def test_factures_of_a_notice(typed: Any, expected: tuple[str, ...]) -> None:
    """A lone text is a list of one."""
    assert read(Relance, type="relance", factures=typed).factures == expected


def test_delai_is_days_or_a_date() -> None:
    """« 8 jours » counts from the notice; a date is that date."""
    day = dt.date(2026, 7, 10)
    assert read(Relance, type="relance", delai="8 jours").delai.compute_date(day) == dt.date(2026, 7, 18)
    assert read(Relance, type="relance", delai="2026-07-20").delai.compute_date(day) == dt.date(2026, 7, 20)


def test_a_letter_is_never_a_draft() -> None:
    """A letter needs no number: it carries no watermark, and what it lacks is an error."""
    assert not read(Relance, type="relance").is_draft
    assert not read(HausseTarifs, type="courrier", modele="hausse-tarifs").is_draft


def test_keys_of_one_kind_are_unknown_to_another() -> None:
    """A key of another letter is not read in silence."""
    assert refuse(MODELES["reprise"], type="courrier", modele="reprise", tarifs=[]) == [("tarifs", "")]


def test_continue_is_a_key() -> None:
    """`continue` is a word of Python, and a key of YAML all the same."""
    lettre = read(SuspensionTravaux, **{"type": "courrier", "modele": "suspension", "continue": "l'hébergement"})
    assert lettre.continuent == ("l'hébergement",)


@pytest.mark.parametrize("model", [Relance, *MODELES.values(), *PARTIES], ids=lambda model: model.__name__)
def test_required_keys_exist(model: type[Any]) -> None:
    """What a letter cannot do without is a key it has, with words and an example that say so."""
    for exigence in model.REQUIS:
        assert {exigence.cle, *exigence.ou} <= set(known_keys(model))
        assert exigence.exemple.startswith(f"{exigence.cle}: ")
        assert exigence.libelle


def test_promise_keys_exist() -> None:
    """A promise inside a letter says what and when."""
    assert [exigence.cle for exigence in REQUIS_PROMESSE] == ["quoi", "pour"]
    assert {"quoi", "pour"} <= set(known_keys(Promesse))


@pytest.mark.parametrize("model", [Relance, *MODELES.values(), *PARTIES], ids=lambda model: model.__name__)
def test_every_key_is_described_in_french(model: type[Modele]) -> None:
    """Editors show a sentence for every key."""
    for name, champ in model.model_fields.items():
        assert champ.description, name
        assert champ.description.endswith((".", "…")), name


@pytest.mark.parametrize("model", MODELES.values(), ids=list(MODELES))
def test_optional_for_the_reader(model: type[Courrier]) -> None:
    """Only `type` is needed to read a letter: what is missing is said by rules, all at once."""
    assert read(model, type="courrier").modele is None


# --- JSON Schema -----------------------------------------------------------------------------------------------------

REPRISE: dict[str, Any] = {
    "type": "courrier",
    "modele": "reprise",
    "emetteur": "atelier",
    "client": {"nom": "Dupont"},
    "reprise_le": "2026-12-15",
    "prestations": ["maintenance"],
    "calendrier": [{"quoi": "mise en ligne", "pour": "2027-01-20"}],
}
HAUSSE: dict[str, Any] = {
    "type": "courrier",
    "modele": "hausse-tarifs",
    "a_compter_du": "2027-02-01",
    "motif": "le coût de l'hébergement",
}
RELANCE: dict[str, Any] = {"type": "relance", "niveau": 1, "factures": ["F2026-019"]}


@pytest.mark.parametrize(
    ("kind", "data", "valid"),
    [
        ("courrier", REPRISE, True),
        ("courrier", {**REPRISE, "modele": "autre"}, False),
        ("courrier", {**REPRISE, "modele": "suspension"}, False),
        ("courrier", {key: value for key, value in REPRISE.items() if key != "modele"}, False),
        ("courrier", {key: value for key, value in REPRISE.items() if key != "calendrier"}, False),
        ("courrier", {**REPRISE, "tarifs": []}, False),
        ("courrier", {**HAUSSE, "pourcentage": "5 %"}, True),
        ("courrier", {**HAUSSE, "tarifs": [{"prestation": "Jour", "ancien": 450, "nouveau": 480}]}, True),
        ("courrier", HAUSSE, False),
        ("relance", RELANCE, True),
        ("relance", {**RELANCE, "niveau": 5}, False),
        ("relance", {**RELANCE, "factures": "F2026-019", "client": "dupont"}, True),
        ("relance", {"type": "relance", "niveau": 1}, False),
        ("relance", {**RELANCE, "type": "courrier"}, False),
        ("reprise", REPRISE, True),
    ],
)
def test_schema_judges_as_the_grammar(kind: str, data: dict[str, Any], valid: bool) -> None:
    """The schema that editors read accepts a letter and refuses what lacks a key or has one of another letter."""
    schema = build_lettre_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(data) is valid


def test_schema_of_letters_lists_the_nine() -> None:
    """An editor proposes the nine names, and the keys of the one that is typed."""
    schema = build_lettre_schema("courrier")
    assert schema["properties"]["modele"]["enum"] == list(MODELES)
    for name, model in MODELES.items():
        own = schema["$defs"][name]["properties"]
        assert set(own) == set(known_keys(model))
        assert own["modele"]["const"] == name


@pytest.mark.parametrize("kind", ["relance", "courrier"])
def test_schema_never_offers_null(kind: str) -> None:
    """`null` is refused in YAML: no editor may propose it."""
    assert '"null"' not in json.dumps(build_lettre_schema(kind))
