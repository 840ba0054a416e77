"""Bilans: what a trouble cost, the clause that would have covered it, and what is written down of it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from facture.bibliotheques import Fonds
from facture.bilans import (
    A_REDIGER,
    Bilan,
    Cout,
    Ecriture,
    Souci,
    anonymise,
    check_names,
    make_souci,
    name_bilan,
    parse_cout,
    plan_amendement,
    plan_bilan,
    plan_nouvelle,
    plan_reponse,
    plan_share,
    propose,
    rank_soucis,
    read_bilan,
    read_bilans,
    search_clauses,
)
from facture.clauses import ClauseLue, read_clause_file
from facture.errors import Diagnostic, RefusError, RessourceError, UsageError
from facture.grammaire import Renvoi, parse_renvoi
from facture.projet import find_projet
from facture.source import write_atomic
from facture.verrou import Verrou

NOEL = dt.date(2026, 12, 20)

REVISIONS = """\
# Les corrections, telles qu'elles arrivent.
id: revisions-comprises
titre: Corrections comprises dans le prix
version: 2          # la 1 ne disait pas combien
themes: [perimetre]
variables:
  series: {type: entier, defaut: 2, min: 1, aide: Séries de corrections comprises}

# Le texte, relu par une juriste.
texte: |
  Le prix comprend {{ series }} séries de corrections.

  Une série est une liste écrite, remise en une fois.

# D'où elle vient.
origine: [{mission: D2026-007, date: 2026-05-03, motif: "Corrections sans fin, par téléphone", cout: 12 h}]  # à suivre
licence: CC0-1.0
verifie_le: 2026-01-05
"""

REVISIONS_1 = """\
id: revisions-comprises
titre: Corrections comprises dans le prix
version: 1
themes: [perimetre]
texte: Le prix comprend les corrections.
licence: CC0-1.0
verifie_le: 2025-01-05
"""

CONTENUS = """\
id: contenus
titre: Contenus que vous fournissez
themes: [calendrier]
texte: Les délais courent à la remise des contenus.
note: Quand les textes se font attendre.
verifie_le: 2026-01-05
"""

ORIGINE = {"mission": "D2026-014", "date": NOEL, "motif": "Quatorze allers-retours", "cout": "12 h"}


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, bibliotheque: str = "") -> ClauseLue:
    clause, findings = read_clause_file(path, path.name, bibliotheque)
    assert clause is not None, findings
    return clause


def write(writes: list[Ecriture]) -> list[str]:
    """Write files as the command does; return their names."""
    for written in writes:
        write_atomic(written.chemin, written.octets)
    return [written.chemin.name for written in writes]


def text_of(written: Ecriture) -> str:
    return written.octets.decode()


def codes(findings: list[Diagnostic] | tuple[Diagnostic, ...]) -> list[str]:
    return [found.code for found in findings]


@pytest.fixture
def equipe(tmp_path: Path) -> Path:
    """A library of a team, with two versions of one clause."""
    put(tmp_path / "equipe" / "revisions-comprises.yaml", REVISIONS)
    put(tmp_path / "equipe" / "anciennes" / "revisions-comprises@1.yaml", REVISIONS_1)
    put(tmp_path / "equipe" / "contenus.yaml", CONTENUS)
    return tmp_path / "equipe"


# --- Costs


@pytest.mark.parametrize(
    ("text", "heures", "euros", "texte"),
    [
        ("12 h", "12", "0", "12 h"),
        ("12h", "12", "0", "12 h"),
        ("3 heures", "3", "0", "3 h"),
        ("0,5 h", "0.5", "0", "0,5 h"),
        ("1h30", "1.5", "0", "1 h 30"),
        ("2 h 05", "2.08", "0", "2 h 05"),
        ("45 min", "0.75", "0", "45 min"),
        ("20 minutes", "0.33", "0", "20 min"),
        # A day is 7 hours, a week 5 days.
        ("1 jour", "7", "0", "1 jour"),
        ("1,5 jour", "10.5", "0", "1,5 jour"),
        ("1.5 journée", "10.5", "0", "1,5 jour"),
        ("2 j", "14", "0", "2 jours"),
        ("2 semaines", "70", "0", "2 semaines"),
        ("450 €", "0", "450", "450 €"),
        ("450€", "0", "450", "450 €"),
        ("450", "0", "450", "450 €"),
        ("450,50 euros", "0", "450.50", "450,50 €"),
        ("450\u00a0EUR", "0", "450", "450 €"),
        ("0", "0", "0", "0 €"),
    ],
)
def test_cost(text: str, heures: str, euros: str, texte: str) -> None:
    """A cost is read as people write it, and written in one way, which reads the same."""
    assert parse_cout(text) == Cout(Decimal(heures), Decimal(euros), texte) == parse_cout(texte)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12 h et 300 €", "un seul coût"),
        ("1 200 €", "pas d'espace"),
        ("beaucoup", "n'est pas un coût"),
        ("-3 h", "n'est pas un coût"),
        ("1e3", "n'est pas un coût"),
        ("12 $", "n'est pas un coût"),
        ("12 €/h", "n'est pas un coût"),
        ("٣ h", "n'est pas un coût"),
        ("1,2345 jour", "n'est pas un coût"),
        ("9999999999999 €", "n'est pas un coût"),
        ("", "n'est pas un coût"),
    ],
)
def test_not_a_cost(text: str, reason: str) -> None:
    """What is not one cost is refused, with what to write."""
    with pytest.raises(ValueError, match=reason) as caught:
        parse_cout(text)
    assert "écrivez 12 h, 1,5 jour ou 450 €" in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_as_a_cost(text: str) -> None:
    """Any text is a cost or is refused in French; nothing else happens, and no cost is negative."""
    try:
        cost = parse_cout(text)
    except ValueError as error:
        assert "écrivez" in str(error)
    else:
        assert cost.heures >= 0 and cost.euros >= 0


# --- The file


BILAN = """\
# Ce que Dupont nous a appris.
type: bilan
document: D2026-014
fichier: devis/dupont.yaml
date: 2026-12-20
soucis:
  # Le pire.
  - souci: Quatorze allers-retours de corrections
    cout: 12 h          # compté au chronomètre
    cause: client
    themes: [perimetre]
  - {souci: Textes reçus en retard, cout: "1,5 jour"}   # deux fois

# Fin.
"""


def test_read_bilan(tmp_path: Path) -> None:
    """A bilan is read with its costs, its causes and its themes."""
    bilan, findings = read_bilan(put(tmp_path / "b.yaml", BILAN), "b.yaml")
    assert findings == [] and bilan is not None
    assert (bilan.document, bilan.date) == ("D2026-014", NOEL)
    first, second = bilan.soucis
    assert (first.souci, first.cause, first.themes) == (
        "Quatorze allers-retours de corrections",
        "client",
        ("perimetre",),
    )
    assert first.cout == Cout(Decimal(12), Decimal(0), "12 h")
    assert second.cout == Cout(Decimal("10.5"), Decimal(0), "1,5 jour")


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "words"),
    [
        ("cause: client", "cause: clinet", "F209", "10:12", "vouliez-vous « client »"),
        ("cout: 12 h ", "cout: 12 h et 300 € ", "C542", "9:11", "un seul coût par souci"),
        ("    cause: client", "    causse: client", "F203", "10:5", "vouliez-vous « cause »"),
        ("fichier:", "fichiers:", "F203", "4:1", "vouliez-vous « fichier »"),
        ("type: bilan", "type: devis", "F209", "2:7", "valeurs admises : bilan"),
        ("date: 2026-12-20", "date: 20/12/2026", "F208", "5:7", "écrivez 2026-12-20"),
        ("document: D2026-014\n", "", "C542", "2:1", "clé « document » manquante"),
        ("souci: Textes reçus en retard, ", "", "C542", "12:5", "clé « souci » manquante"),
        ("    cause: client", "    reponse: amende", "C542", "10:14", "demande la clause"),
        ("    cause: client", "    clause: Pas Une Clause", "F209", "10:13", "n'est pas le nom d'une clause"),
        ("cause: client", "cause:", "F210", "10:5", "clé sans valeur"),
    ],
)
def test_wrong_bilan(tmp_path: Path, old: str, new: str, code: str, place: str, words: str) -> None:
    """A mistake is said once, at its place, with what to write."""
    assert BILAN.count(old) == 1
    bilan, findings = read_bilan(put(tmp_path / "b.yaml", BILAN.replace(old, new)), "b.yaml")
    assert bilan is None
    assert [(found.code, f"{found.position.line}:{found.position.column}") for found in findings] == [(code, place)]
    assert words in f"{findings[0].message} {findings[0].advice}"


def test_partagee_without_accent(tmp_path: Path) -> None:
    """`partagee` is the cause « partagée »."""
    path = put(tmp_path / "b.yaml", BILAN.replace("cause: client", "cause: Partagee"))
    bilan, _ = read_bilan(path, "b.yaml")
    assert bilan is not None and bilan.soucis[0].cause == "partagée"


@pytest.mark.parametrize(
    ("numero", "fichier", "expected"),
    [
        ("D2026-014", "devis/dupont.yaml", "bilans/D2026-014.yaml"),
        ("2026/014", "devis/dupont.yaml", "bilans/2026-014.yaml"),
        (None, "devis/dupont.yaml", "bilans/dupont.yaml"),
    ],
    ids=["numero", "barre", "brouillon"],
)
def test_name(numero: str | None, fichier: str, expected: str) -> None:
    """A bilan is named by its document's number, or by the file of a draft."""
    assert name_bilan(Path("p"), numero, fichier) == Path("p") / expected


def make_bilan(*soucis: Souci, document: str = "D2026-014") -> Bilan:
    return Bilan(document=document, fichier="devis/dupont.yaml", date="2026-12-20", soucis=soucis)


def test_new_bilan(tmp_path: Path) -> None:
    """A bilan that was not there is written with its keys in order, and reads back the same."""
    path = tmp_path / "bilans" / "D2026-014.yaml"
    bilan = make_bilan(
        Souci(souci='Le "bon" devis : perdu, #1', cout="1,5 jour", cause="partagée", themes=["perimetre", "paiement"]),
        Souci(souci="- Rien\n à   dire", clause="equipe:contenus@1", reponse="amende"),
        Souci(souci="Sprint #3 raté", themes=["a, b", "[c]"]),
    )
    written = plan_bilan(path, bilan)
    assert text_of(written) == (
        "type: bilan\n"
        "document: D2026-014\n"
        "fichier: devis/dupont.yaml\n"
        "date: 2026-12-20\n"
        "soucis:\n"
        '  - souci: "Le \\"bon\\" devis : perdu, #1"\n'
        "    cout: 1,5 jour\n"
        "    cause: partagée\n"
        "    themes: [perimetre, paiement]\n"
        '  - souci: "- Rien à dire"\n'
        "    clause: equipe:contenus@1\n"
        "    reponse: amende\n"
        '  - souci: "Sprint #3 raté"\n'
        '    themes: ["a, b", "[c]"]\n'
    )
    write([written])
    again, findings = read_bilan(path, "b.yaml")
    assert findings == [] and again is not None
    assert (again.soucis[0], again.soucis[2]) == (bilan.soucis[0], bilan.soucis[2])
    assert again.soucis[1].souci == "- Rien à dire"


def test_add_to_bilan(tmp_path: Path) -> None:
    """New troubles go after those of a file already there, which keeps its comments and its layout."""
    path = put(tmp_path / "D2026-014.yaml", BILAN)
    written = plan_bilan(path, make_bilan(Souci(souci="Facture payée trois mois après", cout="450")))
    added = "  - souci: Facture payée trois mois après\n    cout: 450 €\n"
    assert text_of(written) == BILAN.replace("   # deux fois\n", "   # deux fois\n" + added)


def test_bilan_of_another_document(tmp_path: Path) -> None:
    """The troubles of one document are not noted in the bilan of another, that happens to have its name."""
    path = put(tmp_path / "dupont.yaml", BILAN)
    with pytest.raises(UsageError, match="est le bilan de D2026-014, pas de dupont"):
        plan_bilan(path, make_bilan(Souci(souci="Autre"), document="dupont"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"souci": " "}, "souci : texte vide"),
        ({"souci": "A", "cout": "cher"}, "cout : « cher » n'est pas un coût ; écrivez 12 h, 1,5 jour ou 450 €"),
        ({"souci": "A", "cause": "moi"}, "cause : « moi » n'est pas admis ici"),
        ({"souci": "A" * 4001}, "souci : texte de 4001 caractères : 4000 au plus"),
        ({"souci": "A", "themes": [""]}, "themes : texte vide"),
    ],
    ids=["vide", "cout", "cause", "long", "theme"],
)
def test_typed_trouble(given: dict[str, Any], words: str) -> None:
    """What is typed at the command line is refused in the words of the file's own keys."""
    with pytest.raises(UsageError) as caught:
        make_souci(**given)
    assert str(caught.value).startswith(words)
    assert make_souci("A", "1h30", "Partagee", ["paiement"]) == Souci(
        souci="A", cout="1h30", cause="partagée", themes=["paiement"]
    )


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (
            0,
            BILAN.replace(
                "    themes: [perimetre]\n",
                "    themes: [perimetre]\n    clause: revisions-comprises@3\n    reponse: amende\n",
            ),
        ),
        (1, BILAN.replace('"1,5 jour"}', '"1,5 jour", clause: revisions-comprises@3, reponse: amende}')),
    ],
    ids=["bloc", "accolades"],
)
def test_answer(tmp_path: Path, index: int, expected: str) -> None:
    """What was made of a trouble is noted under it; given again, nothing moves; changed, only the value does."""
    path = put(tmp_path / "b.yaml", BILAN)
    write([plan_reponse(path, index, "amende", Renvoi("revisions-comprises", version=3))])
    assert path.read_text(encoding="utf-8") == expected
    write([plan_reponse(path, index, "amende", Renvoi("revisions-comprises", version=3))])
    assert path.read_text(encoding="utf-8") == expected
    write([plan_reponse(path, index, "rien")])
    assert path.read_text(encoding="utf-8") == expected.replace("reponse: amende", "reponse: rien")


def test_windows_line_ends(tmp_path: Path) -> None:
    """A file keeps its own line ends."""
    path = tmp_path / "b.yaml"
    path.write_bytes(BILAN.replace("\n", "\r\n").encode())
    data = plan_bilan(path, make_bilan(Souci(souci="Autre"))).octets
    assert b"  - souci: Autre\r\n" in data and data.count(b"\n") == data.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{type: bilan, document: D1, date: 2026-12-20, soucis: [{souci: A}]}\n", UsageError),
        ("type: bilan\nsoucis: [\n", RefusError),
    ],
    ids=["une-ligne", "casse"],
)
def test_file_that_cannot_be_edited(tmp_path: Path, text: str, kind: type[Exception]) -> None:
    """A file that could not be edited without risk is refused, not mangled."""
    path = put(tmp_path / "b.yaml", text)
    with pytest.raises(kind):
        plan_bilan(path, make_bilan(Souci(souci="Autre")))
    assert path.read_text(encoding="utf-8") == text


@given(
    flow=st.sampled_from([None, False, True]),
    width=st.integers(20, 200),
    indent=st.integers(2, 6),
    count=st.integers(1, 4),
)
def test_any_layout_of_yaml(
    tmp_path_factory: pytest.TempPathFactory, flow: bool | None, width: int, indent: int, count: int
) -> None:
    """However another program laid a bilan out, an edit says what it must and nothing else, or is refused."""
    said = {
        "type": "bilan",
        "document": "D2026-014",
        "date": "2026-12-20",
        "soucis": [
            {"souci": f"Souci n° {rank} : « long », [entre] {{signes}} #{rank}", "cout": "12 h", "themes": ["a", "b"]}
            for rank in range(count)
        ],
        "fichier": "devis/dupont.yaml",
    }
    text = yaml.safe_dump(
        said, default_flow_style=flow, width=width, indent=indent, allow_unicode=True, sort_keys=False
    )
    path = put(tmp_path_factory.mktemp("b") / "b.yaml", text)
    try:
        write([plan_reponse(path, count - 1, "nouvelle", Renvoi("acces"))])
        write([plan_bilan(path, make_bilan(Souci(souci="Autre", cause="nous")))])
    except UsageError:
        assert flow is True
        return
    said["soucis"][count - 1] |= {"clause": "acces", "reponse": "nouvelle"}  # type: ignore[index]
    said["soucis"].append({"souci": "Autre", "cause": "nous"})  # type: ignore[attr-defined]
    assert yaml.load(path.read_bytes(), yaml.BaseLoader) == said


def test_all_bilans(tmp_path: Path) -> None:
    """Every bilan of a project is read in the order of names; a broken one is a finding and stops no other."""
    put(tmp_path / "bilans" / "b.yaml", BILAN)
    put(tmp_path / "bilans" / "a.yaml", BILAN.replace("D2026-014", "D2026-001"))
    put(tmp_path / "bilans" / "c.yaml", "type: [\n")
    put(tmp_path / "bilans" / "notes.txt", "rien")
    bilans, findings = read_bilans(tmp_path)
    assert [bilan.document for bilan in bilans] == ["D2026-001", "D2026-014"]
    assert codes(findings) == ["Y104"]
    assert read_bilans(tmp_path / "ailleurs") == ([], [])


# --- Search


def test_search_clauses(equipe: Path) -> None:
    """The clause that covers a trouble comes first, with the reasons, worked by hand."""
    clauses = [read(equipe / "revisions-comprises.yaml", "equipe"), read(equipe / "contenus.yaml", "equipe")]
    found = search_clauses(clauses, "Quatorze allers-retours de corrections")
    # One clause of two: log2 3 = 1.58. « allers-retours » and « corrections » are one thing asked.
    assert [(result.cle, result.score) for result in found] == [("equipe:revisions-comprises@2", 14.22)]
    assert found[0].raisons == (
        ("allers retours", "titre", 6.32),
        ("allers retours", "variables", 3.16),
        ("allers retours", "origine", 3.16),
        ("allers retours", "texte", 1.58),
    )
    # « textes » stands in the note; « contenus » is its synonym: titre 4 x 1.58 / 2, texte 1 x 1.58 / 2.
    assert search_clauses(clauses, "textes")[0].raisons == (
        ("textes", "titre", 3.16),
        ("textes", "note", 3.16),
        ("textes", "texte", 0.79),
    )


def test_names_of_the_template_are_not_searched(equipe: Path) -> None:
    """The names between braces are not words of the clause."""
    put(
        equipe / "autre.yaml", CONTENUS.replace("id: contenus", "id: autre").replace("des contenus", "{{ client.nom }}")
    )
    assert search_clauses([read(equipe / "autre.yaml")], "client nom") == []


class Rayonnage:
    """The part of a `Fonds` that a proposal reads."""

    def __init__(self, *clauses: ClauseLue) -> None:
        self.clauses = list(clauses)

    def visible(self) -> list[ClauseLue]:
        return self.clauses


def test_propose(equipe: Path) -> None:
    """A candidate says whether the document carried it, and in which version."""
    fonds: Any = Rayonnage(
        read(equipe / "revisions-comprises.yaml", "equipe"), read(equipe / "contenus.yaml", "equipe")
    )
    souci = Souci(souci="Quatorze allers-retours")
    (candidate,) = propose(fonds, souci, {"revisions-comprises": 1})
    assert (candidate.clause.id, candidate.portee, candidate.version_portee) == ("revisions-comprises", True, 1)
    (candidate,) = propose(fonds, souci, {"contenus": 1})
    assert (candidate.portee, candidate.version_portee) == (False, None)
    assert propose(fonds, Souci(souci="Grève des transports"), {}) == []


def test_propose_by_theme(equipe: Path) -> None:
    """The themes of a trouble are asked too."""
    fonds: Any = Rayonnage(read(equipe / "revisions-comprises.yaml"), read(equipe / "contenus.yaml"))
    (candidate,) = propose(fonds, Souci(souci="Grève", themes=["calendrier"]), {})
    assert candidate.clause.id == "contenus"


def test_propose_leaves_noise_out(equipe: Path) -> None:
    """A clause worth less than a quarter of the best is not proposed."""
    bruit = CONTENUS.replace("id: contenus", "id: bruit").replace("remise des contenus", "fin des corrections")
    put(equipe / "bruit.yaml", bruit.replace("Contenus que vous fournissez", "Autre").replace("les textes", "ils"))
    clauses = [read(equipe / "revisions-comprises.yaml"), read(equipe / "bruit.yaml")]
    assert len(search_clauses(clauses, "corrections")) == 2
    fonds: Any = Rayonnage(*clauses)
    assert [found.clause.id for found in propose(fonds, Souci(souci="corrections"), {})] == ["revisions-comprises"]


# --- Amending


def test_amend_own_clause(tmp_path: Path) -> None:
    """The next version keeps the comments and the order of the keys; the former is frozen byte for byte, first."""
    folder = tmp_path / "clauses"
    put(folder / "revisions-comprises.yaml", REVISIONS)
    put(folder / "anciennes" / "revisions-comprises@1.yaml", REVISIONS_1)
    clause = read(folder / "revisions-comprises.yaml", "projet")
    writes = plan_amendement(clause, ORIGINE, folder, "Deux séries : {{ series }}.\n\nPas plus.\n", [], NOEL)
    assert [written.chemin for written in writes] == [
        folder / "anciennes" / "revisions-comprises@2.yaml",
        folder / "revisions-comprises.yaml",
    ]
    assert text_of(writes[0]) == REVISIONS
    assert (
        text_of(writes[1])
        == """\
# Les corrections, telles qu'elles arrivent.
id: revisions-comprises
titre: Corrections comprises dans le prix
version: 3          # la 1 ne disait pas combien
themes: [perimetre]
variables:
  series: {type: entier, defaut: 2, min: 1, aide: Séries de corrections comprises}

# Le texte, relu par une juriste.
texte: |
  Deux séries : {{ series }}.

  Pas plus.

# D'où elle vient.
origine:  # à suivre
  - mission: D2026-007
    date: 2026-05-03
    motif: Corrections sans fin, par téléphone
    cout: 12 h
  - mission: D2026-014
    date: 2026-12-20
    motif: Quatorze allers-retours
    cout: 12 h
licence: CC0-1.0
verifie_le: 2026-12-20
"""
    )


def test_amend_clause_of_another_library(equipe: Path, tmp_path: Path) -> None:
    """All the versions come along, and `remplace` says whose place the copy takes; the source is not touched."""
    folder = tmp_path / "clauses"
    before = {path: path.read_bytes() for path in equipe.rglob("*.yaml")}
    clause = read(equipe / "revisions-comprises.yaml", "equipe")
    assert write(plan_amendement(clause, ORIGINE, folder, None, [], NOEL)) == [
        "revisions-comprises@1.yaml",
        "revisions-comprises@2.yaml",
        "revisions-comprises.yaml",
    ]
    assert {path: path.read_bytes() for path in equipe.rglob("*.yaml")} == before
    for number, source in ((1, REVISIONS_1), (2, REVISIONS)):
        frozen = folder / "anciennes" / f"revisions-comprises@{number}.yaml"
        assert frozen.read_text(encoding="utf-8") == source
    amended = read(folder / "revisions-comprises.yaml", "projet")
    assert amended.version == 3
    assert amended.clause.remplace == (Renvoi("revisions-comprises", "equipe"),)
    assert amended.clause.texte == clause.clause.texte
    # Amended once more, it is the project's own: nothing is replaced twice, and versions follow.
    assert write(plan_amendement(amended, ORIGINE, folder, None, [], NOEL)) == [
        "revisions-comprises@3.yaml",
        "revisions-comprises.yaml",
    ]
    again = read(folder / "revisions-comprises.yaml", "projet")
    assert (again.version, len(again.clause.origine)) == (4, 3)
    assert again.clause.remplace == (Renvoi("revisions-comprises", "equipe"),)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version: 1\n", "", "titre: Contenus que vous fournissez\nversion: 2\n"),
        ("version: 1\n", 'version: "1" # un\n', "version: 2 # un\n"),
        ("texte: Les", "texte: >-\n  Les", "texte: |\n  Nouveau.\n"),
        ("version: 1\n", "remplace: autre\nversion: 1\n", "remplace: [autre, equipe:contenus]\n"),
        ("version: 1\n", "remplace: [ autre, ]  # bis\nversion: 1\n", "remplace: [ autre,equipe:contenus]  # bis\n"),
        ("version: 1\n", "remplace: [autre]  # bis\nversion: 1\n", "remplace: [autre, equipe:contenus]  # bis\n"),
        ("version: 1\n", "remplace: []\nversion: 1\n", "remplace: [equipe:contenus]\n"),
        ("version: 1\n", "remplace: [autre] # [bis]\nversion: 1\n", "remplace: [autre, equipe:contenus] # [bis]\n"),
        ("version: 1\n", "remplace: [equipe:contenus]\nversion: 1\n", "remplace: [equipe:contenus]\n"),
        (
            "version: 1\n",
            "remplace:\n- autre   # bis\n\n# suite\nversion: 1\n",
            "remplace:\n- autre   # bis\n- equipe:contenus\n\n# suite\n",
        ),
        (
            "version: 1\n",
            "remplace:\n  [autre, # bis\n   tiers]\nversion: 1\n",
            "remplace:\n  [autre, # bis\n   tiers, equipe:contenus]\n",
        ),
        (
            "version: 1\n",
            "origine:\n    - {mission: A, motif: Ici}  # vu\n    # fin\nversion: 1\n",
            "  # vu\n    # fin\n    - mission: D2026-014\n      date: 2026-12-20\n",
        ),
        (
            "version: 1\n",
            "origine: [\n  {mission: A, motif: Ici}]  # vu\nversion: 1\n",
            "origine: [\n  {mission: A, motif: Ici}, {mission: D2026-014, date: 2026-12-20, ",
        ),
        ("verifie_le: 2026-01-05\n", "", "verifie_le: 2026-12-20\n"),
        ("verifie_le: 2026-01-05\n", "verifie_le: '2026-01-05' # relue\n# Fin.\n", "verifie_le: 2026-12-20 # relue\n"),
        ("verifie_le: 2026-01-05\n", "verifie_le: 2026-01-05\n...\n", "remplace: [equipe:contenus]\n...\n"),
        ("id: contenus", "---\nid: contenus", "---\nid: contenus\n"),
    ],
    ids=[
        "sans-version",
        "entre-guillemets",
        "texte-replie",
        "remplace-seul",
        "virgule-finale",
        "remplace-liste",
        "remplace-vide",
        "remplace-commentaire",
        "remplace-deja",
        "remplace-tirets",
        "remplace-deux-lignes",
        "origine-tirets",
        "origine-crochets",
        "sans-verifie_le",
        "apostrophes",
        "fin-de-document",
        "debut-de-document",
    ],
)
def test_layouts(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """However a clause is laid out, the next version says all that it must, and keeps the layout."""
    source = CONTENUS.replace("themes:", "version: 1\nthemes:").replace(old, new)
    put(tmp_path / "equipe" / "contenus.yaml", source)
    clause = read(tmp_path / "equipe" / "contenus.yaml", "equipe")
    writes = plan_amendement(clause, ORIGINE, tmp_path / "clauses", "Nouveau.", [], NOEL)
    write(writes)
    assert expected in text_of(writes[-1])
    comments = [line.partition("#")[2] for line in source.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in text_of(writes[-1]).splitlines() if "#" in line] == comments
    amended = read(tmp_path / "clauses" / "contenus.yaml").clause
    assert (amended.version, amended.texte, amended.verifie_le) == (2, "Nouveau.", NOEL)
    assert (amended.origine[-1].mission, amended.origine[-1].cout) == ("D2026-014", "12 h")
    assert amended.remplace[-1] == Renvoi("contenus", "equipe")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("id: contenus\ntitre: T\nversion:\n  1\ntexte: A", "id: contenus\ntitre: T\nversion:\n  2\ntexte: A\n"),
        ("  id: contenus\n  titre: T\n  texte: A\n", "  id: contenus\n  titre: T\n  version: 2\n  texte: A\n"),
        ('id: contenus\ntitre: T\n"version": "\\x31"\ntexte: A\n', 'id: contenus\ntitre: T\n"version": 2\ntexte: A\n'),
        ("? id\n: contenus\n? titre\n: T\ntexte: A\n", "? id\n: contenus\n? titre\n: T\nversion: 2\ntexte: A\n"),
        ("id: contenus\ntitre: &t T\nversion: 1\ntexte: *t\n", "id: contenus\ntitre: &t T\nversion: 2\ntexte: *t\n"),
    ],
    ids=["ligne-suivante", "en-retrait", "cle-entre-guillemets", "cles-explicites", "alias"],
)
def test_rare_layouts(tmp_path: Path, source: str, expected: str) -> None:
    """Layouts that few people write are edited all the same."""
    clause = read(put(tmp_path / "equipe" / "contenus.yaml", source))
    writes = plan_amendement(clause, {}, tmp_path / "clauses", None, [], NOEL)
    indent = " " * (len(expected) - len(expected.lstrip(" ")))
    assert text_of(writes[-1]) == f"{expected}{indent}verifie_le: 2026-12-20\n"


@pytest.mark.parametrize(
    "source",
    [
        "{id: contenus, titre: T, texte: A}\n",
        "id: contenus\ntitre: T\nversion: &v 1\ntexte: A\n",
        "id: contenus\ntitre: T\nversion: >-\n  1\ntexte: A\n",
        "id: contenus\ntitre: T\nrequiert: &l [a]\nremplace: *l\ntexte: A\n",
        "id: contenus\ntitre: T\ntexte: |+\n  A\n\n",
    ],
    ids=["une-ligne", "ancre", "version-repliee", "liste-partagee", "lignes-gardees"],
)
def test_layouts_that_cannot_be_edited(tmp_path: Path, source: str) -> None:
    """A clause that an edit would change elsewhere too is refused, in words that say how to lay it out."""
    clause = read(put(tmp_path / "equipe" / "contenus.yaml", source), "equipe")
    with pytest.raises(UsageError, match="une clé par ligne"):
        plan_amendement(clause, {}, tmp_path / "clauses", None, [], NOEL)


def test_keys_of_a_former_version_survive(equipe: Path, tmp_path: Path) -> None:
    """Every key that an amendment does not touch says the same before and after."""
    clause = read(equipe / "revisions-comprises.yaml", "equipe")
    writes = plan_amendement(clause, ORIGINE, tmp_path / "clauses", None, [], NOEL)
    before, after = yaml.safe_load(REVISIONS), yaml.safe_load(writes[-1].octets)
    touched = {"version", "origine", "remplace", "verifie_le"}
    assert {key: value for key, value in after.items() if key not in touched} == {
        key: value for key, value in before.items() if key not in touched
    }
    assert list(after) == [*before, "remplace"]


def test_missing_former_version(equipe: Path, tmp_path: Path) -> None:
    """A clause whose former versions are lost is not amended: old documents could not be printed again."""
    (equipe / "anciennes" / "revisions-comprises@1.yaml").unlink()
    clause = read(equipe / "revisions-comprises.yaml", "equipe")
    with pytest.raises(RefusError) as caught:
        plan_amendement(clause, ORIGINE, tmp_path / "clauses", None, [], NOEL)
    assert codes(caught.value.diagnostics) == ["C519"]


def test_frozen_version_already_there(equipe: Path, tmp_path: Path) -> None:
    """A frozen file already there is kept when it says the same bytes, and refuses the amendment when it does not."""
    folder = tmp_path / "clauses"
    put(folder / "anciennes" / "revisions-comprises@1.yaml", REVISIONS_1)
    clause = read(equipe / "revisions-comprises.yaml", "equipe")
    names = [written.chemin.name for written in plan_amendement(clause, ORIGINE, folder, None, [], NOEL)]
    assert names == ["revisions-comprises@2.yaml", "revisions-comprises.yaml"]
    put(folder / "anciennes" / "revisions-comprises@1.yaml", REVISIONS_1 + "# autre\n")
    with pytest.raises(RefusError) as caught:
        plan_amendement(clause, ORIGINE, folder, None, [], NOEL)
    assert codes(caught.value.diagnostics) == ["C519"]


def test_own_clause_of_that_name(equipe: Path, tmp_path: Path) -> None:
    """The clause of another library is not copied over the project's own."""
    put(tmp_path / "clauses" / "contenus.yaml", CONTENUS)
    with pytest.raises(UsageError, match="projet:contenus"):
        plan_amendement(read(equipe / "contenus.yaml", "equipe"), ORIGINE, tmp_path / "clauses", None, [], NOEL)


def test_frozen_version_is_not_amended(equipe: Path, tmp_path: Path) -> None:
    """A former version stays what it is: the current one is amended."""
    former = read(equipe / "anciennes" / "revisions-comprises@1.yaml", "equipe")
    with pytest.raises(UsageError, match="version courante"):
        plan_amendement(former, ORIGINE, tmp_path / "clauses", None, [], NOEL)


@pytest.mark.parametrize(
    ("texte", "code"),
    [("{{ inconnu }}", "C528"), ("{% for x in y %}", "C517"), ("# Titre", "C518"), ("", "F210"), ("  \n", "F210")],
)
def test_wrong_new_text(equipe: Path, tmp_path: Path, texte: str, code: str) -> None:
    """A new text that could not be printed is refused before anything is written."""
    clause = read(equipe / "contenus.yaml", "equipe")
    with pytest.raises(RefusError) as caught:
        plan_amendement(clause, ORIGINE, tmp_path / "clauses", texte, [], NOEL)
    assert code in codes(caught.value.diagnostics)


@pytest.mark.parametrize(
    "texte",
    [
        "Une ligne",
        "  En retrait\n  sur deux lignes",
        "Un : deux # trois\n\n- liste\n- *deux*\n",
        "Fin\n\n\n",
        "Windows\r\n\r\nfin\r\n",
        "« Guillemets », \"droits\", 'apostrophes' et \\ barre",
        "12. Article\n\n    a) sous-article",
    ],
)
def test_texts_are_written_as_given(equipe: Path, tmp_path: Path, texte: str) -> None:
    """Any text reads back as it was given, but for the blanks around it."""
    clause = read(equipe / "contenus.yaml", "equipe")
    try:
        writes = plan_amendement(clause, ORIGINE, tmp_path / "clauses", texte, [], NOEL)
    except RefusError as error:
        assert set(codes(error.diagnostics)) <= {"C518"}
        return
    write(writes)
    assert read(tmp_path / "clauses" / "contenus.yaml").clause.texte == texte.replace("\r\n", "\n").strip()


MOTIFS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc", "Cf"]), min_size=1)


@given(motif=MOTIFS.filter(lambda text: text.strip() != ""))
def test_any_reason_is_written_as_given(tmp_path_factory: pytest.TempPathFactory, motif: str) -> None:
    """Whatever the reason holds (quotes, colons, dashes), YAML gives it back, blanks reduced to one."""
    folder = tmp_path_factory.mktemp("clauses")
    clause = read(put(folder / "equipe" / "contenus.yaml", CONTENUS), "equipe")
    (_, written) = plan_amendement(clause, {"motif": motif}, folder, None, [], NOEL)
    assert yaml.load(written.octets, yaml.BaseLoader)["origine"] == [{"motif": re.sub("[ \\x85]+", " ", motif).strip()}]


def test_names_are_kept_out_of_an_amendment(equipe: Path, tmp_path: Path) -> None:
    """Neither the reason nor the new text may name a client; each name is said at its key."""
    clause = read(equipe / "contenus.yaml", "equipe")
    origine = {**ORIGINE, "motif": "Dupont a tardé"}
    with pytest.raises(RefusError) as caught:
        plan_amendement(
            clause, origine, tmp_path / "clauses", "Madame Durand écrit.", ["SARL Dupont", "Éva Durand"], NOEL
        )
    found = [(item.code, item.path, item.message) for item in caught.value.diagnostics]
    assert found == [
        ("C540", "motif", "« Dupont » nomme un client"),
        ("C540", "texte", "« Durand » nomme un client"),
    ]


def test_source_that_vanished(equipe: Path, tmp_path: Path) -> None:
    """A clause whose file is gone by then is a missing resource."""
    clause = read(equipe / "contenus.yaml", "equipe")
    (equipe / "contenus.yaml").unlink()
    with pytest.raises(RessourceError):
        plan_amendement(clause, ORIGINE, tmp_path / "clauses", None, [], NOEL)


# --- A new clause


def test_new_clause(tmp_path: Path) -> None:
    """The skeleton guides by its comments, recalls the trouble, and is valid but for its text."""
    (written,) = plan_nouvelle(
        "acces-au-site",
        "Accès : ce qu'il faut, et quand",
        "Trois semaines pour\navoir les accès",
        "site-vitrine",
        ["calendrier", "perimetre"],
        {"mission": "D2026-014", "date": NOEL, "cout": "3 jours"},
        tmp_path / "clauses",
        ["SARL Dupont"],
    )
    assert written.chemin == tmp_path / "clauses" / "acces-au-site.yaml"
    text = text_of(written)
    assert f"texte: |\n  {A_REDIGER}\n" in text
    assert "# Le souci : Trois semaines pour avoir les accès\n" in text
    write([written])
    said = yaml.load(text, yaml.BaseLoader)
    assert said == {
        "id": "acces-au-site",
        "titre": "Accès : ce qu'il faut, et quand",
        "version": "1",
        "themes": ["calendrier", "perimetre"],
        "emplacement": "conditions",
        "public": "tous",
        "modeles": ["site-vitrine"],
        "texte": f"{A_REDIGER}\n",
        "origine": [
            {
                "mission": "D2026-014",
                "date": "2026-12-20",
                "motif": "Trois semaines pour avoir les accès",
                "cout": "3 jours",
            }
        ],
    }
    # Written at last, with what the comments propose, it is a clause like the others.
    finished = text.replace(A_REDIGER, "Il faut {{ series }} accès.")
    finished = finished.replace("# variables:", "variables:").replace("#   series:", "  series:")
    finished = (
        finished.replace("# quand:", "quand:").replace("# verifie_le:", "verifie_le:").replace("# note:", "note:")
    )
    clause = read(put(tmp_path / "finie.yaml", finished))
    assert clause.clause.verifie_le == NOEL and clause.quand is not None and "series" in clause.clause.variables


def test_new_clause_with_little(tmp_path: Path) -> None:
    """Without themes nor preset, the comment of the themes can be made the key."""
    (written,) = plan_nouvelle("acces", "Accès", "Pas d'accès", None, [], {}, tmp_path, [])
    said = yaml.load(text_of(written).replace("# themes:", "themes:"), yaml.BaseLoader)
    assert said["themes"] == ["perimetre"] and "modeles" not in said
    assert said["origine"] == [{"motif": "Pas d'accès"}]


@pytest.mark.parametrize(
    ("ident", "titre", "souci", "code"),
    [
        ("Accès au site", "Accès", "Pas d'accès", "F209"),
        ("../acces", "Accès", "Pas d'accès", "F209"),
        ("a" * 61, "Accès", "Pas d'accès", "F209"),
        ("acces", "", "Pas d'accès", "F210"),
        ("acces", "x" * 201, "Pas d'accès", "F207"),
        ("acces", "Accès\u202e", "Pas d'accès", "Y103"),
        ("acces", "Accès de Dupont", "Pas d'accès", "C540"),
        ("acces", "Accès", "DUPONT est parti", "C540"),
    ],
)
def test_wrong_new_clause(tmp_path: Path, ident: str, titre: str, souci: str, code: str) -> None:
    """A skeleton that would be refused once written is refused before."""
    with pytest.raises(RefusError) as caught:
        plan_nouvelle(ident, titre, souci, None, [], {}, tmp_path, ["SARL Dupont"])
    assert code in codes(caught.value.diagnostics)


@pytest.mark.parametrize(
    ("texte", "code"),
    [("Il faut {{ x }}.", "C528"), ("  \n", "F210"), ("Pour Dupont.", "C540"), ("\udcff", "Y101")],
    ids=["nom-inconnu", "vide", "client", "moitie-de-caractere"],
)
def test_new_clause_with_a_wrong_text(tmp_path: Path, texte: str, code: str) -> None:
    """A text given with the clause is judged as it will be once written."""
    with pytest.raises(RefusError) as caught:
        plan_nouvelle("acces", "Accès", "Pas d'accès", None, [], {}, tmp_path, ["SARL Dupont"], texte)
    assert code in codes(caught.value.diagnostics)


def test_new_clause_with_its_text(tmp_path: Path) -> None:
    """A clause given with its text waits for nothing."""
    write(plan_nouvelle("acces", "Accès", "Pas d'accès", None, [], {}, tmp_path, [], "Un accès.\n\n- par écrit ;\n"))
    assert read(tmp_path / "acces.yaml").clause.texte == "Un accès.\n\n- par écrit ;"


def test_new_clause_already_there(tmp_path: Path) -> None:
    """Nothing is written over."""
    put(tmp_path / "contenus.yaml", CONTENUS)
    with pytest.raises(UsageError, match="existe déjà"):
        plan_nouvelle("contenus", "Contenus", "Pas de textes", None, [], {}, tmp_path, [])


# --- Ranking


def test_ranking() -> None:
    """Troubles of the same words are one row; the costliest first, an hour counting for 60 €."""
    bilans = [
        make_bilan(
            Souci(souci="Quatorze allers-retours de corrections", cout="12 h"),
            Souci(souci="Textes reçus en retard", cout="3 jours", clause="contenus@2", reponse="amende"),
            Souci(souci="Facture impayée", cout="450 €", clause="disparue@1", reponse="nouvelle"),
        ),
        make_bilan(
            Souci(souci="Douze allers-retours, des corrections !", cout="100 €"),
            Souci(souci="facture impayee", cout="250 €"),
            Souci(souci="Réunion de trop"),
            Souci(souci="Malentendu", clause="contenus@2", reponse="rien"),
            document="D2026-020",
        ),
    ]
    rows = rank_soucis(bilans, lambda renvoi: renvoi.id == "contenus")
    assert [(row.souci, row.nombre, row.heures, row.euros, row.poids, row.couvert) for row in rows] == [
        # Three days of 7 hours at 60 €; 12 h and 100 €; 450 € and 250 €.
        ("Textes reçus en retard", 1, Decimal(21), Decimal(0), Decimal(1260), True),
        ("Quatorze allers-retours de corrections", 2, Decimal(12), Decimal(100), Decimal(820), False),
        ("Facture impayée", 2, Decimal(0), Decimal(700), Decimal(700), False),
        ("Malentendu", 1, Decimal(0), Decimal(0), Decimal(0), False),
        ("Réunion de trop", 1, Decimal(0), Decimal(0), Decimal(0), False),
    ]
    assert rows[1].documents == ("D2026-014", "D2026-020")
    assert rows[0].clauses == (parse_renvoi("contenus@2"),)


def test_ranking_of_nothing() -> None:
    """No bilan, no row; a trouble without a word that matters is still its own row."""
    assert rank_soucis([], lambda _: True) == []
    rows = rank_soucis([make_bilan(Souci(souci="12 !"), Souci(souci="???"))], lambda _: True)
    assert [row.nombre for row in rows] == [1, 1]


# --- Names


@pytest.mark.parametrize(
    ("text", "noms", "expected"),
    [
        ("Dupont ne répond pas", ["SARL Dupont & Fils"], ["Dupont"]),
        ("chez DUPONT, puis dupont", ["Dupont"], ["DUPONT", "dupont"]),
        ("L'équipe d'Hervé Lefèvre", ["Herve Lefevre"], ["Hervé", "Lefèvre"]),
        ("Les duponts et Dupontel", ["Dupont"], []),
        ("Le conseil de l'agence a changé d'avis", ["Agence Conseil Durand"], []),
        ("Une réponse claire, un délai long", ["Claire Petit"], []),
        ("Claire a répondu", ["Claire Petit"], ["Claire"]),
        # Nothing long enough nor rare enough: the whole name, as it is written.
        ("EDF tarde", ["EDF"], ["EDF"]),
        ("Le bon à tirer", ["Le Bon"], []),
        ("Monsieur Le Bon signe", ["Le Bon"], ["Le Bon"]),
        ("L'Agence Web a changé", ["Agence Web"], ["Agence Web"]),
        ("une agence web", ["Agence Web"], []),
        ("L'Agence", ["Agence"], []),
        ("Jean-Pierre Martin", ["Jean-Pierre MARTIN"], ["Jean", "Pierre", "Martin"]),
        ("Rien", ["", "&", "42"], []),
    ],
)
def test_names(text: str, noms: list[str], expected: list[str]) -> None:
    """A client is found by each telling word of the name, whole, accents and case ignored."""
    assert check_names(text, noms) == expected


# --- Sharing


@pytest.mark.parametrize(
    ("origine", "expected"),
    [
        (ORIGINE, {"mission": "2026-12", "motif": "Quatorze allers-retours", "cout": "12 h"}),
        ({"mission": "D2026-007", "motif": "Retard"}, {"motif": "Retard"}),
        ({"mission": "2026-05", "motif": "Retard"}, {"mission": "2026-05", "motif": "Retard"}),
        ({"mission": "D1", "date": "2026-05-03"}, {"mission": "2026-05"}),
        ({}, {}),
    ],
    ids=["tout", "sans-date", "deja", "texte", "rien"],
)
def test_anonymise(origine: dict[str, Any], expected: dict[str, Any]) -> None:
    """A mission and its day become a month; without a date nothing of the mission is told."""
    assert anonymise(origine) == expected


def test_share(equipe: Path, tmp_path: Path) -> None:
    """Every version is copied, its origin told by the month only; the rest is as it was, comments too."""
    dest = tmp_path / "commun"
    clauses = [read(equipe / "revisions-comprises.yaml", "projet")]
    writes, findings = plan_share(clauses, dest, ["SARL Dupont"])
    assert findings == []
    assert write(writes) == ["revisions-comprises@1.yaml", "revisions-comprises.yaml"]
    shared = (dest / "revisions-comprises.yaml").read_text(encoding="utf-8")
    assert "D2026-007" not in shared and "2026-05-03" not in shared
    assert shared == REVISIONS.replace(
        'origine: [{mission: D2026-007, date: 2026-05-03, motif: "Corrections sans fin, par téléphone", cout: 12 h}]'
        "  # à suivre\n",
        "origine:\n  - mission: 2026-05\n    motif: Corrections sans fin, par téléphone\n    cout: 12 h\n",
    )
    assert (dest / "anciennes" / "revisions-comprises@1.yaml").read_text(encoding="utf-8") == REVISIONS_1
    # What documents pin stays what it was.
    assert read(dest / "revisions-comprises.yaml").empreinte == clauses[0].empreinte
    # Shared again, there is nothing to write.
    assert plan_share(clauses, dest, []) == ([], [])


def test_share_a_new_version(equipe: Path, tmp_path: Path) -> None:
    """The version that the library had is frozen there before the new one takes its place."""
    dest = tmp_path / "commun"
    write(plan_share([read(equipe / "revisions-comprises.yaml")], dest, [])[0])
    before = (dest / "revisions-comprises.yaml").read_bytes()
    folder = tmp_path / "clauses"
    write(plan_amendement(read(equipe / "revisions-comprises.yaml", "commun"), ORIGINE, folder, "Trois.", [], NOEL))
    writes, findings = plan_share([read(folder / "revisions-comprises.yaml", "projet")], dest, [], nom="commun")
    assert findings == []
    assert write(writes) == ["revisions-comprises@2.yaml", "revisions-comprises.yaml"]
    assert (dest / "anciennes" / "revisions-comprises@2.yaml").read_bytes() == before
    # In its own library again, it takes the place of nothing.
    shared = read(dest / "revisions-comprises.yaml")
    assert (shared.version, shared.clause.remplace) == (3, ())


@pytest.mark.parametrize(
    ("line", "noms", "place"),
    [
        ("note: Pensé pour Dupont.", ["SARL Dupont"], "7:18"),
        ("# merci à Mme Lefèvre", ["Anne Lefevre"], "7:15"),
        ("origine: [{motif: dupont a tardé}]", ["Dupont"], "7:19"),
    ],
    ids=["note", "commentaire", "origine"],
)
def test_share_names(tmp_path: Path, line: str, noms: list[str], place: str) -> None:
    """A client's name anywhere in the file, comments included, stops the sharing at its line and column."""
    path = put(tmp_path / "contenus.yaml", REVISIONS_1.replace("revisions-comprises", "contenus"))
    path.write_text(path.read_text(encoding="utf-8").replace("verifie_le", f"{line}\nverifie_le"), encoding="utf-8")
    writes, findings = plan_share([read(path)], tmp_path / "commun", noms)
    assert writes == []
    assert [(found.code, f"{found.position.line}:{found.position.column}") for found in findings] == [("C540", place)]


def test_share_wants_a_licence(equipe: Path, tmp_path: Path) -> None:
    """A clause without a licence takes the given one, or is refused; the others are shared."""
    clauses = [read(equipe / "contenus.yaml"), read(equipe / "revisions-comprises.yaml")]
    writes, findings = plan_share(clauses, tmp_path / "commun", [])
    assert codes(findings) == ["C527"]
    assert {written.chemin.name for written in writes} == {"revisions-comprises.yaml", "revisions-comprises@1.yaml"}
    writes, findings = plan_share(clauses, tmp_path / "commun", [], "CC0-1.0")
    assert findings == [] and text_of(writes[0]) == CONTENUS + "licence: CC0-1.0\n"


@pytest.mark.parametrize(
    ("version", "texte", "words"),
    [(2, "Autre texte.", "un autre texte sous le numéro 2"), (3, "Plus loin.", "en est à la version 3")],
    ids=["autre-texte", "plus-recente"],
)
def test_share_conflict(equipe: Path, tmp_path: Path, version: int, texte: str, words: str) -> None:
    """A library that went its own way under the same numbers is not written over."""
    dest = tmp_path / "commun"
    text = REVISIONS_1.replace("version: 1", f"version: {version}").replace("Le prix comprend les corrections.", texte)
    put(dest / "revisions-comprises.yaml", text)
    writes, findings = plan_share([read(equipe / "revisions-comprises.yaml")], dest, [])
    assert writes == [] and codes(findings) == ["C519"] and words in findings[0].message


def test_share_a_lost_version(equipe: Path, tmp_path: Path) -> None:
    """A clause whose former versions are lost is not shared."""
    (equipe / "anciennes" / "revisions-comprises@1.yaml").unlink()
    writes, findings = plan_share([read(equipe / "revisions-comprises.yaml")], tmp_path / "commun", [])
    assert writes == [] and codes(findings) == ["C519"]


def test_share_without_an_origin_to_tell(tmp_path: Path) -> None:
    """An origin that only named the mission leaves nothing behind, and an empty list is still a clause."""
    text = REVISIONS_1.replace("revisions-comprises", "contenus") + "origine: [{mission: D2026-007}]\n"
    ((written,), findings) = plan_share([read(put(tmp_path / "contenus.yaml", text))], tmp_path / "commun", [])
    assert findings == [] and text_of(written).endswith("origine: []\n")


# --- The loop


def test_growth(equipe: Path, tmp_path: Path) -> None:
    """A trouble becomes a version of a clause, the next document takes it, and the ranking says it is covered."""
    put(tmp_path / "p" / "facture.toml", 'bibliotheques = ["../equipe"]\n')
    projet = find_projet(tmp_path / "p")
    chemin = name_bilan(projet.racine, "D2026-014", "devis/dupont.yaml")
    souci = Souci(souci="Quatorze allers-retours de corrections par téléphone", cout="12 h", cause="client")
    write([plan_bilan(chemin, make_bilan(souci))])

    def existe(renvoi: Renvoi) -> bool:
        return renvoi.version in Fonds(projet, Verrou()).list_versions("projet", renvoi.id)

    bilans, _ = read_bilans(projet.racine)
    assert [row.couvert for row in rank_soucis(bilans, existe)] == [False]

    fonds = Fonds(projet, Verrou())
    best = next(found for found in propose(fonds, souci, {"revisions-comprises": 2}) if found.portee)
    assert (best.clause.reference, best.version_portee) == ("equipe:revisions-comprises@2", 2)
    writes = plan_amendement(best.clause, ORIGINE, projet.racine / "clauses", "Deux séries.", ["SARL Dupont"], NOEL)
    write(writes)
    write([plan_reponse(chemin, 0, "amende", Renvoi("revisions-comprises", version=3))])

    after = {clause.id: clause for clause in Fonds(projet, Verrou()).visible()}["revisions-comprises"]
    assert (after.reference, after.clause.texte) == ("projet:revisions-comprises@3", "Deux séries.")
    assert after.clause.origine[-1].motif == "Quatorze allers-retours"
    assert Fonds(projet, Verrou()).list_versions("projet", "revisions-comprises") == [1, 2, 3]
    bilans, findings = read_bilans(projet.racine)
    assert findings == []
    (row,) = rank_soucis(bilans, existe)
    assert (row.couvert, row.clauses, row.heures) == (True, (Renvoi("revisions-comprises", version=3),), Decimal(12))
