"""A project's own words for the sentences of the law: when they stand, what they must still say, what is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from facture import mentions
from facture.cli import cli
from facture.codes import CODES
from facture.console import run
from facture.dossier import Dossier, build_dossier
from facture.droit import list_mentions, list_situations
from facture.errors import RefusError
from facture.facturx import build_facturx
from facture.lecture import Lecteur
from facture.lot import Lot, Options
from facture.mentions import Formulations, fill, list_remplacables, load_formulations
from facture.projet import find_projet

ROOT = Path(__file__).resolve().parent.parent
day = dt.date.fromisoformat
JOUR = day("2026-11-22")
DOCUMENT: dict[str, Any] = {
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


@pytest.fixture
def projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and the current folder in it."""
    (tmp_path / "facture.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> None:
    Path("mentions.yaml").write_text(text, encoding="utf-8")


def judge(name: str = "doc.yaml", **changes: Any) -> Dossier:
    """Return the dossier of an invoice of the project, changed at will: a key with None is taken out."""
    data = {key: value for key, value in (DOCUMENT | changes).items() if value is not None}
    Path(name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return build_dossier(Lecteur().read(name), JOUR)


def say(nom: str, **changes: Any) -> tuple[str, str]:
    """Return the words of one mention of an invoice, spaces made plain, and the text it rests on."""
    dossier = judge(**changes)
    assert [found.to_text() for found in dossier.constats if found.is_error] == []
    found = {mention.id: mention for mention in dossier.mentions}
    return re.sub("[\u00a0\u202f]", " ", found[nom].texte), found[nom].loi


def refuse(text: str) -> list[str]:
    """Return what is wrong with a file of words: line, column, code, message."""
    write(text)
    with pytest.raises(RefusError) as caught:
        load_formulations(find_projet(Path.cwd()))
    return [
        f"{found.position.line}:{found.position.column} {found.code} {found.message}"
        for found in caught.value.diagnostics
    ]


def advise(text: str) -> list[str]:
    write(text)
    with pytest.raises(RefusError) as caught:
        load_formulations(find_projet(Path.cwd()))
    return [found.advice for found in caught.value.diagnostics]


FRANCHISE: dict[str, Any] = {"tva": "franchise", "emetteur": DOCUMENT["emetteur"] | {"regime_tva": "franchise"}}
OURS = ("TVA non applicable, art. 293 B du CGI", "CGI art. 293 B et 293 E, II")


# --- What is printed


def test_without_a_file_our_words_stand(projet: Path) -> None:
    """The table of law is the default."""
    assert say("tva-franchise", **FRANCHISE) == OURS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tva-franchise: TVA non applicable\n", "TVA non applicable"),
        ("tva-franchise: {fr: Franchise en base de TVA}\n", "Franchise en base de TVA"),
        ("tva-franchise:\n  fr: |\n    Franchise\n    en base.\n", "Franchise en base."),
        ("tva-franchise:\n  - {fr: Franchise en base}\n", "Franchise en base"),
    ],
)
def test_a_project_says_it_in_its_own_words(projet: Path, text: str, words: str) -> None:
    """A text, a group or a list of groups; the mention keeps its name and the article it rests on."""
    write(text)
    assert say("tva-franchise", **FRANCHISE) == (words, OURS[1])


def test_words_hold_from_a_day_to_another(projet: Path) -> None:
    """Both days included; ours stand on every other day."""
    write(
        "tva-franchise:\n"
        "  - {fr: Une, loi: CIBS art. L. 223-3, depuis: 2027-01-01, jusqu_au: 2027-06-30}\n"
        "  - {fr: Deux, depuis: 2027-07-01}\n"
    )
    said = {jour: say("tva-franchise", **FRANCHISE, date=jour) for jour in ("2026-12-31", "2027-01-01", "2027-06-30")}
    assert said == {
        "2026-12-31": OURS,
        "2027-01-01": ("Une", "CIBS art. L. 223-3"),
        "2027-06-30": ("Une", "CIBS art. L. 223-3"),
    }
    assert say("tva-franchise", **FRANCHISE, date="2027-07-01") == ("Deux", OURS[1])
    # The article that ours cite is no longer good: it is not lent to words that name none.
    assert say("tva-franchise", **FRANCHISE, date="2028-06-30") == ("Deux", OURS[1])
    assert say("tva-franchise", **FRANCHISE, date="2028-07-01") == ("Deux", "")


def test_each_language_is_said_apart(projet: Path) -> None:
    """French words alone leave our English; Belgian and Swiss French are French."""
    write("tva-franchise: {fr: En français}\ntva-hors-champ: {en: In English}\n")
    assert say("tva-franchise", **FRANCHISE)[0] == "En français"
    assert say("tva-franchise", **FRANCHISE, langue="fr-CH")[0] == "En français"
    assert say("tva-franchise", **FRANCHISE, langue="en")[0].startswith("VAT not applicable")
    assert say("tva-hors-champ", tva="hors-champ", langue="en")[0] == "In English"
    assert say("tva-hors-champ", tva="hors-champ")[0] == "Hors champ de la TVA"


def test_a_variant_has_its_own_words(projet: Path) -> None:
    """`tva-autoliquidation-ue` is for clients of the Union alone; without it, `tva-autoliquidation` is for both."""
    belge = {"client": DOCUMENT["client"] | {"tva_intra": "BE0202239951", "siren": None}, "tva": "autoliquidation"}
    belge["client"] = {key: value for key, value in belge["client"].items() if value is not None}
    belge["client"]["adresse"] = {"rue": "1 rue Neuve", "code_postal": "1000", "ville": "Bruxelles", "pays": "BE"}
    francais = {"client": DOCUMENT["client"] | {"tva_intra": "FR83003141595"}, "tva": "autoliquidation"}
    write("tva-autoliquidation: Autoliquidation.\ntva-autoliquidation-ue: Autoliquidation (Union).\n")
    assert say("tva-autoliquidation", **francais)[0] == "Autoliquidation."
    assert say("tva-autoliquidation", **belge)[0] == "Autoliquidation (Union)."
    write("tva-autoliquidation: Autoliquidation.\n")
    assert say("tva-autoliquidation", **belge)[0] == "Autoliquidation."


def test_words_are_filled_with_the_figures_of_the_document(projet: Path) -> None:
    """The values of the mention that they replace; two braces print one."""
    write(
        'penalites-bce: "BCE + {points} {{points}} : {points} points."\n'
        "escompte: {fr: '{escompte_jours} jours, {escompte_taux}.'}\n"
        "indemnite-professionnel: Indemnité de {indemnite}.\n"
    )
    terms = {"echeance": "30 jours", "penalites": "bce+12,5", "escompte": {"taux": "2", "jours": "8"}}
    assert say("penalites-bce", paiement=terms)[0] == "BCE + 12,5 {points} : 12,5 points."
    assert say("escompte", paiement=terms)[0] == "8 jours, 2 %."
    assert say("indemnite-professionnel", paiement=terms)[0] == "Indemnité de 40 €."


def test_rewording_never_calls_for_a_mention(projet: Path) -> None:
    """What the facts do not call for stays out, whatever a project says of it."""
    write("nature-bien: Biens.\nindemnite-public: Indemnité de 40 €.\nmediateur: 'Voir {mediateur}.'\n")
    called = [mention.id for mention in judge().mentions]
    assert called == ["nature-service", "escompte-neant", "penalites-bce", "indemnite-professionnel"]


def test_words_may_outlive_ours(projet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mention whose words have ended is still called for, and said as the project says it; never before it began."""
    ended = tuple(
        replace(row, depuis=day("2020-01-01"), jusqu_au=day("2025-12-31")) if row.id == "escompte-neant" else row
        for row in list_mentions()
    )
    monkeypatch.setattr(mentions, "list_mentions", lambda: ended)
    assert "escompte-neant" not in {mention.id for mention in judge().mentions}
    write("escompte-neant: Sans escompte.\n")
    assert say("escompte-neant") == ("Sans escompte.", "")
    assert say("escompte-neant", date="2025-12-31") == ("Sans escompte.", "C. com. art. L441-9")
    assert "escompte-neant" not in {mention.id for mention in judge(date="2019-12-31").mentions}


def test_every_sentence_may_be_said_otherwise() -> None:
    """Each mention of the table, each VAT situation, each variant; `tva-` comes before a situation."""
    known = set(list_remplacables())
    assert known >= {mention.id for mention in list_mentions()}
    assert known >= {f"tva-{situation.nom}" for situation in list_situations()}
    assert known >= {"tva-autoliquidation-interne", "tva-autoliquidation-ue"}
    assert {name: sorted(item.valeurs) for name, item in list_remplacables().items() if item.valeurs} == {
        "escompte": ["escompte_jours", "escompte_taux"],
        "penalites-bce": ["points"],
        "penalites-legal": ["multiple"],
        "penalites-fixe": ["taux"],
        "interets-moratoires-public": ["points"],
        "indemnite-professionnel": ["indemnite"],
        "indemnite-public": ["indemnite"],
        "assurance": ["assurance"],
        "mediateur": ["mediateur"],
    }


@pytest.mark.parametrize("name", sorted(list_remplacables()))
def test_our_own_words_are_accepted_back(projet: Path, name: str) -> None:
    """Copying the sentence of the table and changing a word is how people will start: the copy is right."""
    rows = {mention.id: mention.textes for mention in list_mentions()}
    rows |= {f"tva-{item.nom}{suffix}": item.textes for item in list_situations() for suffix in ("", "-ue", "-interne")}
    write(yaml.safe_dump({name: dict(rows[name])}, allow_unicode=True, width=10_000))
    found = load_formulations(find_projet(projet)).find(name, "fr", JOUR)
    assert found is not None
    assert found.textes == rows[name]


# --- After the CGI


@pytest.mark.parametrize(
    ("text", "langue", "codes"),
    [
        ("", "fr", ["L435"]),
        ("tva-franchise: Franchise en base.\n", "fr", []),
        ("tva-franchise: {fr: Franchise, depuis: 2028-07-01}\n", "fr", []),
        ("tva-franchise: {fr: Franchise, depuis: 2028-07-02}\n", "fr", ["L435"]),
        ("tva-franchise: {fr: Franchise, jusqu_au: 2028-06-30}\n", "fr", ["L435"]),
        ("tva-franchise: {fr: Franchise}\n", "en", ["L435"]),
        ("tva-export: Exonération.\n", "fr", ["L435"]),
        # The file is wrong: that is what there is to mend.
        ("tva-franchise: {fr: Franchise, depuis: hier}\n", "fr", ["F208"]),
    ],
)
def test_own_words_settle_the_end_of_the_cgi(projet: Path, text: str, langue: str, codes: list[str]) -> None:
    """From 1 July 2028 the mention is pointed out, until the project gives its words, in the document's language."""
    if text:
        write(text)
    dossier = judge(**FRANCHISE, date="2028-07-01", langue=langue)
    assert [found.code for found in dossier.constats if found.code in ("L435", "F208")] == codes
    assert judge(**FRANCHISE, date="2028-06-30", langue=langue).has_errors == ("F208" in codes)


@pytest.mark.parametrize(
    ("tva", "advice"),
    [
        (
            "franchise",
            "CGI art. 293 B, I, al. 1 devient CIBS art. L. 223-3 ; "
            "écrivez dans mentions.yaml : tva-franchise: {fr: …, loi: …, depuis: 2028-07-01}",
        ),
        (
            "export",
            "CGI art. 262, I devient CIBS art. L. 213-16 ; "
            "écrivez dans mentions.yaml : tva-export: {fr: …, loi: …, depuis: 2028-07-01}",
        ),
        # No source gives the article that follows: none is said.
        (
            "exonere-formation",
            "écrivez dans mentions.yaml : tva-exonere-formation: {fr: …, loi: …, depuis: 2028-07-01}",
        ),
    ],
)
def test_the_advice_is_the_line_to_write(projet: Path, tva: str, advice: str) -> None:
    """It names the article that follows where a source gives it, and the line to complete."""
    changes = FRANCHISE if tva == "franchise" else {"tva": tva}
    found = [item for item in judge(**changes, date="2028-07-01").constats if item.code == "L435"]
    assert [item.advice for item in found] == [advice]
    assert "n'est vérifié que jusqu'au 30 juin 2028" in found[0].message
    # The line, once completed, is accepted and settles it.
    line = advice.rpartition("mentions.yaml : ")[2].replace("fr: …", "fr: Nouveau texte").replace("loi: …", "loi: Loi")
    write(line + "\n")
    assert not [item for item in judge(**changes, date="2028-07-01").constats if item.code == "L435"]


# --- What is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "nature-services: x\n",
            ["1:1 L436 « nature-services » n'est pas une mention ; vouliez-vous « nature-service » ?"],
        ),
        ("franchise: x\n", ["1:1 L436 « franchise » n'est pas une mention ; vouliez-vous « tva-franchise » ?"]),
        ("type: facture\n", ["1:1 L436 « type » n'est pas une mention"]),
        # Words of notices are in modeles/, and those of the seller in its own file.
        ("mise-en-demeure: x\n", ["1:1 L436 « mise-en-demeure » n'est pas une mention"]),
        ("emetteur: x\n", ["1:1 L436 « emetteur » n'est pas une mention"]),
        (
            "indemnite-public: Indemnité de {indemnites}.\n",
            ["1:32 L437 « {indemnites} » n'est pas une valeur de cette mention ; vouliez-vous « {indemnite} » ?"],
        ),
        (
            "penalites-bce: '{points} points, {indemnite}'\n",
            ["1:34 L437 « {indemnite} » n'est pas une valeur de cette mention"],
        ),
        ("nature-bien: Livraison {de} biens\n", ["1:24 L437 « {de} » n'est pas une valeur de cette mention"]),
        ("nature-bien: Livraison {} biens\n", ["1:24 L437 « {} » n'est pas une valeur de cette mention"]),
        ("nature-bien: Livraison } biens\n", ["1:24 L437 « } » : une accolade seule"]),
        ("nature-bien: Livraison { biens\n", ["1:24 L437 « { » : une accolade seule"]),
        (
            "nature-bien:\n  fr: |\n    Livraison\n    {de} biens\n",
            ["4:5 L437 « {de} » n'est pas une valeur de cette mention"],
        ),
        # Formats reach attributes and ask for room: they are names like others, and unknown.
        (
            "penalites-bce: '{points.__class__} {points:>999999999} {points!r}'\n",
            [
                "1:17 L437 « {points.__class__} » n'est pas une valeur de cette mention",
                "1:36 L437 « {points:>999999999} » n'est pas une valeur de cette mention",
                "1:56 L437 « {points!r} » n'est pas une valeur de cette mention ; vouliez-vous « {points} » ?",
            ],
        ),
        ("penalites-bce: Pénalités de 10 points.\n", ["1:16 L438 ce texte ne dit plus {points}"]),
        (
            "escompte: Escompte.\n",
            ["1:11 L438 ce texte ne dit plus {escompte_jours}", "1:11 L438 ce texte ne dit plus {escompte_taux}"],
        ),
        (
            "assurance: {fr: Assuré., en: 'Insured by {assurance}.'}\n",
            ["1:17 L438 ce texte ne dit plus {assurance}"],
        ),
        ("tva-export: ''\n", ["1:13 F210 texte vide"]),
        ("tva-export: '  '\n", ["1:13 F210 texte vide"]),
        ("tva-export:\n", ["1:1 F210 clé sans valeur"]),
        ("tva-export: {fr: }\n", ["1:14 F210 clé sans valeur"]),
        ("tva-export: {fr: '', en: ''}\n", ["1:18 F210 texte vide", "1:26 F210 texte vide"]),
        ("tva-export: {loi: CIBS}\n", ["1:13 F217 clé « fr » manquante"]),
        ("tva-export: []\n", ["1:13 F215 liste vide"]),
        ("tva-export: [[x]]\n", ["1:14 F204 un groupe de clés est attendu"]),
        ("tva-export: {fr: [x]}\n", ["1:18 F204 un texte est attendu, pas une liste"]),
        ("tva-export: {fr: x, texte: y}\n", ["1:21 F203 clé inconnue"]),
        ("tva-export: {fr: x, depuit: 2027-01-01}\n", ["1:21 F203 clé inconnue ; vouliez-vous « depuis » ?"]),
        ("tva-export: {fr: x, depuis: 01/01/2027}\n", ["1:29 F208 « 01/01/2027 » n'est pas une date"]),
        (
            "tva-export: {fr: x, depuis: 2027-02-29}\n",
            ["1:29 F208 « 2027-02-29 » : ce jour n'existe pas dans le calendrier"],
        ),
        (
            "tva-export: {fr: x, depuis: 2027-02-01, jusqu_au: 2027-01-31}\n",
            ["1:51 L439 ce texte cesse avant d'avoir commencé"],
        ),
        (
            "tva-export:\n  - {fr: x, jusqu_au: 2027-01-01}\n  - {fr: y, depuis: 2027-01-01}\n",
            ["3:5 L439 un autre texte de cette mention vaut déjà ce jour-là"],
        ),
        (
            "tva-export: [x, y]\n",
            ["1:17 L439 un autre texte de cette mention vaut déjà ce jour-là"],
        ),
        ("tva-export: {fr: Détaxé 🎉}\n", ["1:25 R608 « 🎉 » (U+1F389) n'a pas de dessin"]),
        (f"tva-export: {'x' * 1001}\n", ["1:13 F207 texte de 1001 caractères : 1000 au plus"]),
        ("tva-export: x\ntva-export: y\n", ["2:1 Y105 clé « tva-export » en double, déjà à la ligne 1"]),
        ("- tva-export\n", None),
        ("tva-export: [\n", None),
        ("# rien\n", ["1:1 Y111 fichier vide"]),
        # All at once, one finding a mistake.
        (
            "tva-exports: x\nnature-bien: '{a}'\ntva-export: {fr: '', depuis: hier}\nassurance: Assuré.\n",
            [
                "1:1 L436 « tva-exports » n'est pas une mention ; vouliez-vous « tva-export » ?",
                "2:15 L437 « {a} » n'est pas une valeur de cette mention",
                "3:18 F210 texte vide",
                "3:30 F208 « hier » n'est pas une date",
                "4:12 L438 ce texte ne dit plus {assurance}",
            ],
        ),
    ],
)
def test_a_wrong_file_is_refused(projet: Path, text: str, expected: list[str] | None) -> None:
    """Each mistake has its place and its words; a file that is no YAML is refused as any other."""
    found = refuse(text)
    if expected is None:
        assert all(item.split()[1].startswith("Y") for item in found)
    else:
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("franchise: x\n", "écrivez tva-franchise"),
        ("nature-bien: '{a}'\n", "cette mention ne reçoit aucune valeur : écrivez son texte sans accolades"),
        ("penalites-bce: '{points} {zzzz}'\n", "valeurs de cette mention : {points}"),
        ("penalites-bce: '{point}'\n", "écrivez {points}"),
        ("nature-bien: 'a { b'\n", "doublez-la pour l'imprimer : {{"),
        ("penalites-bce: Pénalités.\n", "écrivez {points} à l'endroit où la valeur se lit"),
        (
            "indemnite-public: Indemnité.\n",
            "écrivez {indemnite} à l'endroit où la valeur se lit, ou son montant en chiffres : 40 €",
        ),
        (
            "tva-export:\n  - {fr: x}\n  - {fr: y, depuis: 2027-01-01}\n",
            "arrêtez le précédent : jusqu_au: 2026-12-31",
        ),
        ("tva-export: [x, y]\n", CODES["L439"].advice),
        ("tva-export: {loi: y}\n", "écrivez tva-export: {fr: …}"),
    ],
)
def test_the_advice_says_what_to_write(projet: Path, text: str, advice: str) -> None:
    """A person reads it, writes it, and it is right."""
    assert advise(text) == [advice]


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("Indemnité : 40 €.", True),
        ("Indemnité : 40\u00a0€.", True),
        ("Indemnité : 40,00 €.", True),
        ("Indemnité de 40 euros.", True),
        ("Indemnité de 40 EUR.", True),
        ("A fixed sum of €40.", True),
        ("A fixed sum of EUR 40.00.", True),
        ("Indemnité : 30 €.", False),
        ("Indemnité : 140 €.", False),
        ("Indemnité : 1 040 €, soit 40.", False),
        ("Indemnité : 40,50 €.", False),
        ("A fixed sum of €400.", False),
        ("A fixed sum of €40.50.", False),
        ("Indemnité de quarante euros.", False),
        ("Indemnité (art. 40).", False),
    ],
)
def test_the_flat_sum_may_be_typed(projet: Path, text: str, enough: bool) -> None:
    """The law fixes it at 40 euros for all: a text that says so in figures says it; any other sum does not."""
    if enough:
        write(f"indemnite-professionnel: '{text}'\n")
        assert say("indemnite-professionnel")[0] == text.replace("\u00a0", " ")
    else:
        assert [item.split()[1] for item in refuse(f"indemnite-professionnel: '{text}'\n")] == ["L438"]


def test_a_typed_sum_that_changes_is_not_enough(projet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the law has two figures over the days of a text, both cannot be typed as the one: the value is wanted."""
    (flat,) = mentions.list_seuils("indemnite-recouvrement")
    later = replace(flat, valeur=flat.valeur + 10, depuis=day("2030-01-01"))
    first = replace(flat, jusqu_au=day("2029-12-31"))
    monkeypatch.setattr(mentions, "list_seuils", lambda name: (first, later) if name == flat.nom else ())
    mentions._read_formulations.cache_clear()
    try:
        assert [item.split()[1] for item in refuse("indemnite-public: Indemnité de 40 €.\n")] == ["L438"]
        write("indemnite-public: {fr: Indemnité de 40 €., jusqu_au: 2029-12-31}\n")
        assert load_formulations(find_projet(projet)).find("indemnite-public", "fr", JOUR) is not None
        write("indemnite-public: {fr: Indemnité de 50 €., depuis: 2030-01-01}\n")
        assert load_formulations(find_projet(projet)).find("indemnite-public", "fr", JOUR) is None
    finally:
        mentions._read_formulations.cache_clear()


def test_a_lost_value_names_its_law(projet: Path) -> None:
    """Why the sum cannot be left out is said under the finding."""
    write("indemnite-professionnel: Indemnité.\n")
    with pytest.raises(RefusError) as caught:
        load_formulations(find_projet(projet))
    assert [found.law for found in caught.value.diagnostics] == ["C. com. art. D441-5"]


PIECES = st.lists(
    st.sampled_from(["{", "}", "{{", "}}", "{points}", "{points:9}", "{0}", "{}", "é", " ", "\n", "x", "{points.a}"]),
    max_size=12,
).map("".join)


@given(text=PIECES | st.text(max_size=40))
@example(text="{points}")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_refused_or_printed(projet: Path, text: str) -> None:
    """No text makes the program fail; what is accepted prints, with every value in its place."""
    Path("mentions.yaml").write_text(yaml.safe_dump({"penalites-bce": text}), encoding="utf-8")
    try:
        own = load_formulations(find_projet(projet)).find("penalites-bce", "fr", JOUR)
    except RefusError as error:
        assert all(found.position.file == "mentions.yaml" for found in error.diagnostics)
        return
    assert own is not None
    assert "VALEUR" in fill(own.textes["fr"], {"points": "VALEUR"})


# --- Around the file


def test_a_wrong_file_refuses_every_document(projet: Path) -> None:
    """Words that cannot be trusted print nowhere, even where they would not be used; nothing else is hidden."""
    write("tva-export: ''\n")
    found = judge(paiement=None, numero="F2026-001").constats
    assert [(item.position.file, item.code) for item in found if item.is_error] == [
        ("doc.yaml", "L412"),
        ("mentions.yaml", "F210"),
    ]


def test_check_says_it_once(projet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is judged with the project, and is no document; two invoices do not say its mistake twice more."""
    for name in ("a.yaml", "b.yaml"):
        judge(name, numero=f"F-{name[0]}", nature="service", paiement={"echeance": "5 jours"})
    write("nature-service: '{x}'\n")

    def check(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["facture", "check", *arguments, "--date", "2026-11-22"])
        return run(cli, "0"), capsys.readouterr().err

    status, said = check()
    assert status == 1
    assert said.count("L437") == 1
    assert "3 fichiers vérifiés" in said
    write("nature-service: Services.\n")
    assert check() == (0, "3 fichiers vérifiés : rien à signaler.\n")
    assert check("mentions.yaml") == (0, "1 fichier vérifié : rien à signaler.\n")


def test_watch_follows_the_file(projet: Path) -> None:
    """A document depends on the words of its project once there are any."""
    judge()
    for text, followed in ((None, False), ("nature-service: Services.\n", True)):
        if text is not None:
            write(text)
        lot = Lot(Options(today=JOUR))
        lot.prepare(["doc.yaml"])
        assert (projet / "mentions.yaml" in lot.tirages[0].lus) is followed


def test_a_lone_file_has_its_words_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a facture.toml, the mentions.yaml of the folder counts, as its rates do."""
    monkeypatch.chdir(tmp_path)
    write("tva-franchise: Franchise.\n")
    assert say("tva-franchise", **FRANCHISE)[0] == "Franchise."


def test_no_words_are_found_where_none_are() -> None:
    """An empty collection gives ours."""
    assert Formulations().find("tva-franchise", "fr", JOUR) is None


@pytest.mark.parametrize("page", ["mentions.md", "reference.md"])
def test_the_examples_of_the_pages_are_accepted(projet: Path, page: str) -> None:
    """Somebody who copies the file shown gets what the page says."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    shown = [block for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "tva-" in block]
    assert len(shown) == 1
    write(shown[0])
    own = load_formulations(find_projet(projet))
    held = [own.find("tva-franchise", "fr", day(jour)) is not None for jour in ("2028-06-30", "2028-07-01")]
    assert held == ([False, True] if page == "mentions.md" else [True, False])


def test_the_e_invoice_says_what_the_page_says(projet: Path) -> None:
    """A platform compares both: the project's words are those of the notes (BT-22) and of the exemption (BT-120)."""
    write(
        "tva-franchise: Franchise en base, dit ainsi\n"
        "penalites-bce: 'Retard : BCE et {points} points'\n"
        "indemnite-professionnel: 'Frais : {indemnite}'\n"
        "escompte-neant: Pas d'escompte\n"
    )
    emetteur = FRANCHISE["emetteur"] | {"email": "a@nord.example"}
    dossier = judge(tva="franchise", emetteur=emetteur, numero="F2026-001")
    xml = re.sub("[\u00a0\u202f]", " ", build_facturx(dossier).xml.decode())
    assert "<ram:ExemptionReason>Franchise en base, dit ainsi</ram:ExemptionReason>" in xml
    for words in ("Retard : BCE et 10 points", "Frais : 40 €", "Pas d'escompte"):
        assert f"<ram:Content>{words}</ram:Content>" in xml
    assert "293 B" not in xml
