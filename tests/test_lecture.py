"""From a file to a document: references and where they may lead, the project, `--set`, every mistake at once."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import facture.lecture
from facture.dossier import build_dossier
from facture.errors import ConfigurationError, Diagnostic, Position, RessourceError, UsageError, sort_diagnostics
from facture.lecture import Lecteur, Lecture, parse_path

JOUR = dt.date(2026, 11, 22)
DEVIS = """type: devis
emetteur: moi
client: dupont
tva: 20
lignes:
  - designation: Conseil
    prix_unitaire: 100
"""
MOI = 'nom: Atelier Nord\nsiren: "002718286"\n'
DUPONT = "nom: Dupont\nqualite: professionnel\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files, by path with `/`, in an empty folder that is the current one."""
    root = tmp_path / "dossier"
    root.mkdir()
    monkeypatch.chdir(root)

    def write_all(**files: str) -> Path:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return lambda files: write_all(**files)


def read(name: str, **options: object) -> Lecture:
    return Lecteur().read(name, **options)  # type: ignore[arg-type]


def list_findings(lecture: Lecture) -> list[tuple[str, str, int, int, str]]:
    return [
        (found.code, found.position.file, found.position.line, found.position.column, found.message)
        for found in lecture.constats
    ]


def read_one(name: str) -> Diagnostic:
    """Return the only finding of a file."""
    (found,) = read(name).constats
    return found


def read_client(name: str, **options: object) -> str | None:
    lecture = read(name, **options)
    assert lecture.constats == ()
    assert lecture.document is not None
    return lecture.document.client.nom


# --- References


@pytest.mark.parametrize(
    ("files", "reference"),
    [
        ({"dupont.yaml": DUPONT}, "dupont"),
        ({"facture.toml": "", "clients/dupont.yaml": DUPONT}, "dupont"),
        ({"facture.toml": "", "clients/dupont.yml": DUPONT}, "dupont"),
        # Beside the file comes first.
        ({"facture.toml": "", "dupont.yaml": DUPONT, "clients/dupont.yaml": "nom: Un autre\n"}, "dupont"),
        # Without a project the folders of a project still count from the file's own.
        ({"clients/dupont.yaml": DUPONT}, "dupont"),
        ({"clients/dupont.yaml": DUPONT}, "clients/dupont.yaml"),
        ({"clients/dupont.yaml": DUPONT}, "./clients/dupont.yaml"),
        ({"dupont.yml": DUPONT}, "dupont.yml"),
        ({"dupont.yaml": "type: client\n" + DUPONT}, "dupont"),
    ],
)
def test_a_name_is_found_beside_the_file_or_in_the_project(write: Write, files: dict[str, str], reference: str) -> None:
    """A name, then a path, leads to the file that a person would open."""
    write(files | {"d.yaml": f"type: devis\nclient: {reference}\n"})
    assert read_client("d.yaml") == "Dupont"


@pytest.mark.parametrize("reference", ["dupont", "../clients/dupont.yaml", "clients/dupont.yaml"])
def test_inside_a_project_a_file_in_a_folder_finds_the_others(write: Write, reference: str) -> None:
    """From `devis/`, by name, by a path from the file, by a path from the project."""
    write(
        {
            "facture.toml": "",
            "clients/dupont.yaml": DUPONT,
            "devis/2026/d.yaml": "",
            "devis/d.yaml": f"type: devis\nclient: {reference}\n",
        }
    )
    assert read_client("devis/d.yaml") == "Dupont"
    os.chdir("devis")
    assert read_client("d.yaml") == "Dupont"


def test_a_mapping_is_the_thing_itself(write: Write) -> None:
    """A client may be written in the document."""
    write({"d.yaml": "type: devis\nclient:\n  nom: Dupont\n"})
    assert read_client("d.yaml") == "Dupont"


def test_standard_input_stands_in_the_current_folder(write: Write) -> None:
    """What comes through a pipe finds its references as a file of the current folder would."""
    write({"facture.toml": "", "clients/dupont.yaml": DUPONT})
    assert read_client("-", data=b"type: devis\nclient: dupont\n") == "Dupont"


def test_a_lone_file_does_not_climb(write: Write, tmp_path: Path) -> None:
    """Without a project a file reads its own folder only, and the advice is to make one."""
    write({"d.yaml": "type: devis\nclient: ../dupont.yaml\n"})
    (tmp_path / "dupont.yaml").write_text(DUPONT)
    found = read_one("d.yaml")
    assert (found.code, found.position, found.path) == ("F231", Position("d.yaml", 2, 9), "client")
    assert found.message == "« ../dupont.yaml » : hors des dossiers que ce document peut lire"
    assert found.advice == "créez un projet autour de vos fichiers : facture init"


@pytest.mark.parametrize("reference", ["../dupont.yaml", "../../dupont.yaml", "clients/../../dupont.yaml"])
def test_a_project_is_not_left_by_dots(write: Write, tmp_path: Path, reference: str) -> None:
    """A path that climbs out of the project is refused, whatever it goes through."""
    write({"facture.toml": "", "clients/x.yaml": DUPONT, "d.yaml": f"type: devis\nclient: {reference}\n"})
    (tmp_path / "dupont.yaml").write_text(DUPONT)
    found = read_one("d.yaml")
    assert (found.code, found.position.line, found.position.column) == ("F231", 2, 9)
    assert found.advice == "déplacez le fichier dans le projet"


@pytest.mark.parametrize("reference", ["/etc/passwd", "{outside}/dupont.yaml", "/dev/zero", "~/dupont.yaml"])
def test_an_absolute_path_outside_is_refused(write: Write, tmp_path: Path, reference: str) -> None:
    """Neither a system file nor a file of somebody else's is opened; the content of none is shown."""
    (tmp_path / "dupont.yaml").write_text(DUPONT)
    write({"facture.toml": "", "d.yaml": f"type: devis\nclient: {reference.format(outside=tmp_path)}\n"})
    assert read_one("d.yaml").code in {"F231", "F230"}


def test_an_absolute_path_inside_is_a_path(write: Write) -> None:
    """Allowed or not is decided by where the file really is."""
    root = write({"clients/dupont.yaml": DUPONT})
    write({"d.yaml": f"type: devis\nclient: {root}/clients/dupont.yaml\n"})
    assert read_client("d.yaml") == "Dupont"


@pytest.mark.parametrize("through", ["file", "folder"])
def test_a_symbolic_link_does_not_lead_out(write: Write, tmp_path: Path, through: str) -> None:
    """A link, or a folder that is one, is followed to the real file, and the real file decides."""
    root = write({"facture.toml": "", "d.yaml": "type: devis\nclient: dupont\n"})
    (tmp_path / "dehors").mkdir()
    (tmp_path / "dehors" / "dupont.yaml").write_text(DUPONT)
    if through == "file":
        (root / "clients").mkdir()
        (root / "clients" / "dupont.yaml").symlink_to(tmp_path / "dehors" / "dupont.yaml")
    else:
        (root / "clients").symlink_to(tmp_path / "dehors")
    assert read_one("d.yaml").code in {"F230", "F231"}


def test_a_symbolic_link_inside_is_followed(write: Write) -> None:
    """A link from one file of the project to another is a file of the project."""
    root = write({"facture.toml": "", "clients/sa-dupont.yaml": DUPONT, "d.yaml": "type: devis\nclient: dupont\n"})
    (root / "clients" / "dupont.yaml").symlink_to("sa-dupont.yaml")
    assert read_client("d.yaml") == "Dupont"


def test_a_library_named_by_the_project_may_be_read(write: Write, tmp_path: Path) -> None:
    """`bibliotheques` opens a folder that lies elsewhere, and no other."""
    (tmp_path / "commun").mkdir()
    (tmp_path / "commun" / "dupont.yaml").write_text(DUPONT)
    (tmp_path / "autre.yaml").write_text(DUPONT)
    write({"facture.toml": 'bibliotheques = ["../commun"]\n', "d.yaml": "type: devis\nclient: ../commun/dupont.yaml\n"})
    assert read_client("d.yaml") == "Dupont"
    write({"d.yaml": "type: devis\nclient: ../autre.yaml\n"})
    assert read_one("d.yaml").code == "F231"


def test_a_missing_reference_says_where_it_was_looked_for(write: Write) -> None:
    """The name, a likely one, the places tried, and exit status 3."""
    write({"facture.toml": "", "clients/dupont.yaml": DUPONT, "devis/d.yaml": "type: devis\nclient: dupond\n"})
    found = read_one("devis/d.yaml")
    assert (found.code, found.position, found.path) == ("F230", Position("devis/d.yaml", 2, 9), "client")
    assert found.message == "« dupond » introuvable ; vouliez-vous « dupont » ?"
    assert found.advice == "cherché : devis/dupond.yaml, clients/dupond.yaml, clients/dupond.yml"
    assert found.exit_code == 3


@pytest.mark.parametrize("reference", ["durand", "clients", "clients/", "clients/durand.yaml", ".", "''", "'a b'", "é"])
def test_what_is_not_a_file_is_missing(write: Write, reference: str) -> None:
    """A folder, an odd name, a name that no file has."""
    write({"facture.toml": "", "clients/x.yaml": DUPONT, "d.yaml": f"type: devis\nclient: {reference}\n"})
    found = read_one("d.yaml")
    assert (found.code, found.position.line, found.position.column) == ("F230", 2, 9)


IMPOSSIBLE = {"long": "n" * 300, "deep": "n/" * 2100, "nul": '"a\\0b"', "nul path": '"a\\0b.yaml"'}


@pytest.mark.parametrize("key", ["client", "emetteur"])
@pytest.mark.parametrize("name", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_name_that_no_file_can_have_is_a_finding(write: Write, key: str, name: str) -> None:
    """The system refuses such a name: the person reads a finding, not an accident."""
    write({"d.yaml": f"type: devis\n{key}: {name}\n"})
    assert {found.code for found in read("d.yaml").constats} <= {"F230", "F231", "Y103"}
    assert read("d.yaml").has_errors


def test_a_file_of_another_kind_is_refused(write: Write) -> None:
    """An emetteur cannot be the client, nor a devis an emetteur."""
    write(
        {
            "moi.yaml": "type: emetteur\n" + MOI,
            "autre.yaml": DEVIS,
            "d.yaml": "type: devis\nclient: moi\nemetteur: autre\n",
        }
    )
    assert list_findings(read("d.yaml")) == [
        ("F233", "d.yaml", 3, 11, "« autre » est un fichier « devis », pas un emetteur"),
        ("F233", "d.yaml", 2, 9, "« moi » est un fichier « emetteur », pas un client"),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"moi.yaml": "emetteur: moi\n"},
        {"moi.yaml": "emetteur: lui\n", "lui.yaml": "emetteur: moi\n"},
        {"moi.yaml": "emetteur: a\n", "a.yaml": "emetteur: b\n", "b.yaml": "emetteur: a\n"},
    ],
)
def test_a_circle_is_cut(write: Write, files: dict[str, str]) -> None:
    """A file that leads back to itself, directly or not, is said once, where the circle closes."""
    write(files | {"d.yaml": "type: devis\nemetteur: moi\n"})
    found = read_one("d.yaml")
    assert found.code == "F232"
    assert found.position.file in files


def test_a_document_is_not_its_own_client(write: Write) -> None:
    """A document that names itself is a circle too."""
    write({"d.yaml": "type: devis\nclient: d\n"})
    assert read_one("d.yaml").code == "F232"


def test_a_file_may_start_from_another(write: Write) -> None:
    """A second office says only what differs; each finding points at the file that holds the value."""
    write(
        {
            "facture.toml": "",
            "emetteurs/moi.yaml": MOI + "email: siege@nord.example\ncapitl: 5000\n",
            "emetteurs/lyon.yaml": "emetteur: moi\nemail: lyon@nord.example\n",
            "emetteurs/quai.yaml": "emetteur: lyon\ntelephone: 04\nrc: Lyon\n",
            "d.yaml": "type: devis\nemetteur: quai\n",
        }
    )
    lecture = read("d.yaml")
    assert lecture.document is not None
    emetteur = lecture.document.emetteur
    assert (emetteur.nom, emetteur.email, emetteur.telephone) == ("Atelier Nord", "lyon@nord.example", "04")
    assert sorted(list_findings(lecture)) == [
        ("F203", "emetteurs/moi.yaml", 4, 1, "clé inconnue ; vouliez-vous « capital » ?"),
        ("F203", "emetteurs/quai.yaml", 3, 1, "clé inconnue ; vouliez-vous « rcs » ?"),
    ]


def test_a_chain_that_is_too_long_is_said(write: Write) -> None:
    """Past a few steps the chain is refused: the emetteur does not vanish in silence."""
    files = {f"e{i}.yaml": f"emetteur: e{i + 1}\n" for i in range(12)}
    write(files | {"e12.yaml": MOI, "d.yaml": "type: devis\nemetteur: e0\n"})
    lecture = read("d.yaml")
    assert lecture.document is not None
    assert lecture.document.emetteur.nom == "Atelier Nord" or lecture.has_errors


def test_a_broken_reference_does_not_hide_the_rest(write: Write) -> None:
    """The other mistakes of the file, and those of the other references, are said in the same pass."""
    write({"dupont.yaml": "nom: Dupont\nsirne: 1\n", "d.yaml": "type: devis\nemetteur: moi\nclient: dupont\nobjt: x\n"})
    assert [found[:4] for found in list_findings(read("d.yaml"))] == [
        ("F230", "d.yaml", 2, 11),
        ("F203", "dupont.yaml", 2, 1),
        ("F203", "d.yaml", 4, 1),
    ]


def test_a_reference_that_cannot_be_read_is_said_in_its_file(write: Write) -> None:
    """An empty client, or one saved in Latin-1: the fault is the client's."""
    root = write({"dupont.yaml": "", "d.yaml": "type: devis\nclient: dupont\n"})
    assert list_findings(read("d.yaml")) == [("Y111", "dupont.yaml", 1, 1, "fichier vide")]
    (root / "dupont.yaml").write_bytes("nom: Hélène\n".encode("latin-1"))
    assert [found[:4] for found in list_findings(read("d.yaml"))] == [("Y101", "dupont.yaml", 1, 7)]


# --- The catalogue


CATALOGUE = """maquettes:
  designation: Maquettes
  unite: jour
  prix_unitaire: 520
  tva: 10
ttc:
  designation: Livre
  prix_unitaire_ttc: 21,10
maquettes-luxe:
  article: maquettes
  prix_unitaire: 900
a: {article: b}
b: {article: a}
"""


def read_line(write: Write, line: str) -> tuple[Lecture, dict[str, object]]:
    write({"facture.toml": "", "catalogue/p.yaml": CATALOGUE, "d.yaml": f"type: devis\nlignes:\n  - {line}\n"})
    lecture = read("d.yaml")
    assert lecture.document is not None
    (ligne,) = lecture.document.lignes
    return lecture, {key: getattr(ligne, key) for key in ligne.model_fields_set}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{article: maquettes}", {"designation": "Maquettes", "unite": "jour", "prix_unitaire": "520", "tva": "10"}),
        # What the line says wins.
        (
            "{article: maquettes, designation: Gabarits, prix_unitaire: 500, quantite: 3}",
            {"designation": "Gabarits", "unite": "jour", "prix_unitaire": "500", "tva": "10", "quantite": "3"},
        ),
        # A line that sets its price TTC does not inherit a price HT as well, and the other way round.
        (
            "{article: maquettes, prix_unitaire_ttc: 600}",
            {"designation": "Maquettes", "unite": "jour", "prix_unitaire_ttc": "600", "tva": "10"},
        ),
        ("{article: ttc, prix_unitaire: 20}", {"designation": "Livre", "prix_unitaire": "20"}),
        ("{article: ttc}", {"designation": "Livre", "prix_unitaire_ttc": "21.10"}),
        # An article may start from another.
        (
            "{article: maquettes-luxe}",
            {"designation": "Maquettes", "unite": "jour", "prix_unitaire": "900", "tva": "10"},
        ),
    ],
)
def test_a_line_completes_its_article(write: Write, line: str, expected: dict[str, str]) -> None:
    """The catalogue gives what the line does not say."""
    lecture, fields = read_line(write, line)
    assert lecture.constats == ()
    fields.pop("article")
    assert {key: str(value) for key, value in fields.items()} == expected


def test_articles_are_found_inside_sections(write: Write) -> None:
    """A line of a section is a line like any other."""
    write(
        {
            "catalogue/p.yaml": CATALOGUE,
            "d.yaml": "type: devis\nlignes:\n  - section: S\n    lignes:\n      - article: maquettes\n",
        }
    )
    lecture = read("d.yaml")
    assert lecture.document is not None
    ((_, _, ligne),) = lecture.document.iter_lignes()
    assert ligne.prix_unitaire == Decimal(520)


def test_an_unknown_article_is_missing(write: Write) -> None:
    """At the article, with a likely name, and exit status 3."""
    lecture, _ = read_line(write, "article: maquete")
    (found,) = lecture.constats
    assert (found.code, found.position, found.path) == ("F230", Position("d.yaml", 3, 14), "lignes[0].article")
    assert found.message == "article « maquete » introuvable ; vouliez-vous « maquettes » ?"
    assert found.exit_code == 3


def test_articles_in_a_circle_are_cut(write: Write) -> None:
    """An article that starts from itself is said, not followed for ever."""
    lecture, _ = read_line(write, "article: a")
    assert [found.code for found in lecture.constats] == ["F232"]


def test_a_mistake_of_the_catalogue_is_said_in_the_catalogue(write: Write) -> None:
    """The line number is that of the catalogue, where a person mends it."""
    write(
        {
            "catalogue/p.yaml": "m:\n  designation: M\n  prix_unitaire: 1 500\n",
            "d.yaml": "type: devis\nlignes:\n  - article: m\n",
        }
    )
    assert list_findings(read("d.yaml")) == [
        ("F205", "catalogue/p.yaml", 3, 18, "« 1 500 » : pas d'espace dans un nombre")
    ]


# --- The project


def read_configuration(text: str | bytes) -> list[Diagnostic]:
    Path("facture.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigurationError) as caught:
        read("d.yaml")
    assert caught.value.exit_code == 2
    assert all(found.exit_code == 2 for found in caught.value.diagnostics)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "path"),
    [
        ('# réglages\nemeteur = "moi"\n', "F291", 2, 1, "emeteur"),
        ('sortie = "s"\n\n[couleurs]\nprincipal = "#000000"\n', "F291", 4, 1, "couleurs.principal"),
        ("[inconnu]\na = 1\n", "F291", 1, 2, "inconnu"),
        ("sortie = 1\n", "F292", 1, 1, "sortie"),
        ('  emetteur = ["moi"]\n', "F292", 1, 3, "emetteur"),
        ('couleurs = "bleu"\n', "F292", 1, 1, "couleurs"),
        ('[couleurs]\nprincipale = "bleu"\n', "F292", 2, 1, "couleurs.principale"),
        ('[couleurs]\nsecondaire = "#fff"\n', "F292", 2, 1, "couleurs.secondaire"),
        ("[couleurs]\nprincipale = 12\n", "F292", 2, 1, "couleurs.principale"),
        ('sortie = "a"\nsortie = "b"\n', "F290", 2, 13, ""),
        ('sortie = "a"\nemetteur = moi\n', "F290", 2, 12, ""),
        ('sortie = "a\n', "F290", 1, 12, ""),
    ],
)
def test_a_configuration_mistake_has_its_line(
    write: Write, text: str, code: str, line: int, column: int, path: str
) -> None:
    """A wrong key, a wrong value, a wrong syntax: exit status 2 before anything else, at the line to mend."""
    write({"d.yaml": DEVIS})
    (found,) = read_configuration(text)
    assert (found.code, found.position, found.path) == (code, Position("facture.toml", line, column), path)


def test_a_configuration_cut_short_is_said_on_its_last_line(write: Write) -> None:
    """A file that ends too early has its mistake at its end, not on its first line."""
    write({"d.yaml": DEVIS})
    (found,) = read_configuration('sortie = "a"\nemetteur =')
    assert (found.code, found.position.line) == ("F290", 2)


def test_a_configuration_in_latin_1_is_said(write: Write) -> None:
    """The same words as for a document."""
    write({"d.yaml": DEVIS})
    (found,) = read_configuration('sortie = "été"\n'.encode("latin-1"))
    assert (found.code, found.message) == ("F290", "ce fichier n'est pas en UTF-8")


def test_configuration_mistakes_are_said_together(write: Write) -> None:
    """All at once, with the likely key."""
    write({"d.yaml": DEVIS})
    first, second = read_configuration('emeteur = "moi"\nthème = 3\n'.replace("thème", "theme"))
    assert first.message == "clé inconnue ; vouliez-vous « emetteur » ?"
    assert second.message == "un texte est attendu"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_key_of_the_configuration_is_accepted(write: Write, mark: bytes) -> None:
    """The keys that the documentation names."""
    root = write({"d.yaml": "type: devis\n"})
    text = (
        'emetteur = "moi"\nsortie = "pdf"\ntheme = "sobre"\nbibliotheques = ["lib"]\n'
        '[series]\nfacture = "F{annee}-{n}"\n'
        '[couleurs]\nprincipale = "#1d4e5f"\nsecondaire = "#9A3412"\n[relances]\nrappel = 3\n[approbations]\ny = 2\n'
    )
    (root / "facture.toml").write_bytes(mark + text.encode())
    projet = read("d.yaml").projet
    assert (projet.exists, projet.emetteur, projet.sortie, projet.theme) == (True, "moi", "pdf", "sobre")
    assert (projet.relances["rappel"], projet.relances["relance"]) == (3, 15)
    assert projet.couleurs == {"principale": "#1d4e5f", "secondaire": "#9A3412"}


def test_the_nearest_project_counts(write: Write) -> None:
    """A project inside another is its own; a folder below a project belongs to it."""
    root = write({"facture.toml": "", "a/facture.toml": ""})
    write({"a/devis/d.yaml": "type: devis\n", "b/d.yaml": "type: devis\n"})
    assert read("a/devis/d.yaml").projet.racine == root / "a"
    assert read("b/d.yaml").projet.racine == root


def test_the_default_emetteur_is_the_project_s(write: Write) -> None:
    """Used when the document names none, found from the project's root, wherever the document is."""
    write(
        {
            "facture.toml": 'emetteur = "moi"\n',
            "emetteurs/moi.yaml": MOI,
            "devis/d.yaml": "type: devis\n",
            "devis/e.yaml": "type: devis\nemetteur: {nom: Un autre}\n",
        }
    )
    for name, expected in (("devis/d.yaml", "Atelier Nord"), ("devis/e.yaml", "Un autre")):
        lecture = read(name)
        assert lecture.constats == ()
        assert lecture.document is not None
        assert lecture.document.emetteur.nom == expected


def test_a_default_emetteur_that_is_missing_is_said_in_the_configuration(write: Write) -> None:
    """The reference stands in `facture.toml`: that is where it is mended."""
    write({"facture.toml": 'sortie = "s"\nemetteur = "toi"\n', "devis/d.yaml": "type: devis\n"})
    (found,) = read("devis/d.yaml").constats
    assert (found.code, found.position.file, found.position.line) == ("F230", "facture.toml", 2)


# --- What the command line changes


def read_set(*overrides: tuple[str, str]) -> Lecture:
    return Lecteur().read("d.yaml", overrides=overrides)


@pytest.fixture
def projet(write: Write) -> Write:
    write({"facture.toml": "", "emetteurs/moi.yaml": MOI, "clients/dupont.yaml": DUPONT, "d.yaml": DEVIS})
    write({"clients/durand.yaml": "nom: Durand\nqualite: public\n"})
    return write


def test_set_changes_a_value_before_references_are_followed(projet: Write) -> None:
    """Another client, another price, a new key: as if the file said so."""
    changes = [("client", "durand"), ("lignes[0].prix_unitaire", "1234,5"), ("objet", "Essai : un"), ("langue", "en")]
    lecture = read_set(*changes)
    assert lecture.constats == ()
    document = lecture.document
    assert document is not None
    assert (document.client.nom, document.objet, document.langue) == ("Durand", "Essai : un", "en")
    assert document.iter_lignes()[0][2].prix_unitaire == Decimal("1234.5")


def test_set_reaches_inside_a_reference(projet: Write) -> None:
    """`client.nom` where the file says `client: dupont` changes the name and keeps the rest."""
    lecture = read_set(("client.nom", "Dupont SA"), ("client.adresse.ville", "Lille"))
    assert lecture.constats == ()
    assert lecture.document is not None
    client = lecture.document.client
    assert (client.nom, client.qualite, client.adresse.ville) == ("Dupont SA", "professionnel", "Lille")


def test_set_reaches_inside_the_default_emetteur(projet: Write) -> None:
    """The emetteur that the project gives can be completed as one that the file names."""
    projet({"facture.toml": 'emetteur = "moi"\n', "d.yaml": DEVIS.replace("emetteur: moi\n", "")})
    lecture = read_set(("emetteur.email", "x@nord.example"))
    assert lecture.document is not None
    emetteur = lecture.document.emetteur
    assert (emetteur.nom, emetteur.email) == ("Atelier Nord", "x@nord.example")


def test_set_follows_a_changed_reference(projet: Write) -> None:
    """The client is changed first, then completed, in the order of the command line."""
    lecture = read_set(("client", "durand"), ("client.email", "d@x.example"))
    assert lecture.document is not None
    assert (lecture.document.client.nom, lecture.document.client.email) == ("Durand", "d@x.example")


def test_set_takes_lists_groups_and_new_items(projet: Write) -> None:
    """A value in brackets or braces is YAML; the index after the last adds one; the later wins."""
    lecture = read_set(
        ("paiement.moyens", "[virement, carte]"),
        ("remise", "{taux: 5 %, motif: Fidèle}"),
        ("lignes[1]", "{designation: Deux, prix_unitaire: 2}"),
        ("lignes.1.quantite", "3"),
        ("objet", "a"),
        ("objet", "b"),
    )
    assert lecture.constats == ()
    document = lecture.document
    assert document is not None
    assert document.paiement.moyens == ("virement", "carte")
    assert document.remise is not None
    assert (document.remise.taux, document.remise.motif) == (Decimal(5), "Fidèle")
    assert [str(ligne.quantite) for _, _, ligne in document.iter_lignes()] == ["1", "3"]
    assert document.objet == "b"


@pytest.mark.parametrize(
    "path",
    [
        *("lignes[7].quantite", "lignes[-1]", "lignes[0", "lignes[a]", "lignes[0][0]", "lignes.x", "tva.x", "tva[0]"),
        *("", "a..b", ".a", "[0]"),
    ],
)
def test_set_refuses_a_place_that_cannot_be(projet: Write, path: str) -> None:
    """A wrong path is a mistake of the command, exit status 2, that repeats the path."""
    with pytest.raises(UsageError) as caught:
        read_set((path, "x"))
    assert f"--set {path} :" in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_bad_value_of_set_is_a_finding_of_set(projet: Write) -> None:
    """It is said at the option, not at a line of the file."""
    lecture = read_set(("lignes[0].prix_unitaire", "1 500"), ("objt", "x"))
    assert {(found.code, found.position.file) for found in lecture.constats} == {
        ("F205", "--set lignes[0].prix_unitaire"),
        ("F203", "--set objt"),
    }


def test_a_path_is_read_with_dots_or_brackets() -> None:
    """`lignes[0].remise.taux` and `lignes.0.remise.taux` are one path, counted from zero."""
    expected = ("lignes", 0, "remise", "taux")
    assert parse_path("lignes[0].remise.taux") == parse_path("lignes.0.remise.taux") == expected


# --- Mistakes


def test_every_mistake_is_said_in_one_pass(write: Write) -> None:
    """What cannot be read is reported and taken out; the rest is read all the same, indices unchanged."""
    write(
        {
            "d.yaml": "type: devis\nobjt: x\ndate: 22/11/2026\nlangue: de\ntva: 20\nlignes:\n"
            "  - designation: A\n    prix_unitaire: 1 500\n  - texte\n"
            "  - designation: C\n    quantite: un\n    tva: 5\n"
        }
    )
    lecture = read("d.yaml")
    found = [(item.position.line, item.position.column, item.code, item.path) for item in lecture.constats]
    assert sorted(found) == [
        (2, 1, "F203", "objt"),
        (3, 7, "F208", "date"),
        (4, 9, "F209", "langue"),
        (8, 20, "F205", "lignes[0].prix_unitaire"),
        (9, 5, "F204", "lignes[1]"),
        (11, 15, "F205", "lignes[2].quantite"),
    ]
    assert lecture.document is not None
    assert [ligne.designation for _, _, ligne in lecture.document.iter_lignes()] == ["A", None, "C"]
    assert lecture.document.iter_lignes()[2][2].tva == Decimal(5)


def test_an_empty_item_does_not_shift_the_others(write: Write) -> None:
    """After a « - » left empty, the next findings are still those of their own lines."""
    write(
        {
            "d.yaml": "type: devis\nlignes:\n  -\n  - designation: A\n    prix_unitaire: 1 500\n  -\n"
            "  - designation: B\n    quantite: un\nnotes:\n  - merci\n  -\n  - {a: b}\n"
        }
    )
    found = [(item.position.line, item.code, item.path) for item in read("d.yaml").constats]
    assert sorted(found) == [
        (3, "F210", "lignes[0]"),
        (5, "F205", "lignes[1].prix_unitaire"),
        (6, "F210", "lignes[2]"),
        (8, "F205", "lignes[3].quantite"),
        (11, "F210", "notes[1]"),
        (12, "F204", "notes[2]"),
    ]


@pytest.mark.parametrize(
    ("text", "column", "message", "advice"),
    [
        ("objt: x", 1, "clé inconnue ; vouliez-vous « objet » ?", ""),
        ("Objet: x", 1, "clé inconnue ; vouliez-vous « objet » ?", ""),
        ("numéro: x", 1, "clé inconnue ; vouliez-vous « numero » ?", ""),
        ("prix unitaire: 1", 1, None, None),
        (
            "reglements: []",
            1,
            "cette clé n'existe que sur un document de type facture",
            "un paiement se note sur la facture",
        ),
        ("echeance: 30 jours", 1, "clé inconnue", "écrivez paiement: {echeance: 30 jours}"),
        ("penalites: bce+10", 1, "clé inconnue", "écrivez paiement: {penalites: bce+10}"),
        ("moyens: [virement]", 1, "clé inconnue", "écrivez paiement: {moyens: [virement]}"),
        ("adresse_livraison: {rue: r, cp: 1}", 29, None, None),
    ],
)
def test_an_unknown_key_gets_the_one_that_was_meant(
    write: Write, text: str, column: int, message: str | None, advice: str | None
) -> None:
    """A likely key, the place where the key belongs, or the list of the keys admitted there."""
    write({"d.yaml": f"type: devis\n{text}\n"})
    found = read_one("d.yaml")
    assert (found.code, found.position) == ("F203", Position("d.yaml", 2, column))
    if message is not None:
        assert (found.message, found.advice) == (message, advice)


def test_an_avoir_does_not_take_the_keys_of_a_devis(write: Write) -> None:
    """The type where the key exists is named."""
    write({"a.yaml": "type: avoir\nvalidite: 30 jours\n"})
    assert read_one("a.yaml").message == "cette clé n'existe que sur un document de type devis"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("client: [a]", "un groupe de clés est attendu, pas une liste"),
        ("lignes: a", "une liste est attendue, pas un texte"),
        ("lignes: {a: b}", "une liste est attendue, pas un groupe de clés"),
        ("objet: [a]", "un texte est attendu, pas une liste"),
        ("objet: {a: b}", "un texte est attendu, pas un groupe de clés"),
        ("paiement: comptant", "un groupe de clés est attendu, pas un texte"),
        ("date: [2026]", "une date est attendue, pas une liste"),
        ("tva: [20]", "un taux ou une situation est attendu, pas une liste"),
        ("lignes: [[a]]", "un groupe de clés est attendu, pas une liste"),
        ("lignes: [{quantite: [1]}]", "un nombre est attendu, pas une liste"),
        ("lignes: [{section: S, lignes: a}]", "une liste est attendue, pas un texte"),
        ("lignes: [{section: {a: b}, lignes: [{designation: x}]}]", "un texte est attendu, pas un groupe de clés"),
    ],
)
def test_a_wrong_shape_says_both_shapes(write: Write, text: str, message: str) -> None:
    """What was expected and what was found, in words that agree."""
    write({"d.yaml": f"type: devis\n{text}\n"})
    found = read_one("d.yaml")
    assert (found.code, found.message) == ("F204", message)


def test_a_text_with_a_colon_in_a_list_is_shown_its_quotes(write: Write) -> None:
    """`- Merci : à bientôt` is a group of keys to YAML: the advice is to quote it."""
    write({"d.yaml": "type: devis\nnotes:\n  - Merci : à bientôt\n"})
    found = read_one("d.yaml")
    assert (found.code, found.position) == ("F204", Position("d.yaml", 3, 5))
    assert "entre guillemets" in found.advice


# --- One run, several files


def test_the_finding_of_a_shared_client_is_said_once(write: Write) -> None:
    """Two devis for one client with a mistake: one finding, in the client's file."""
    write(
        {
            "facture.toml": "",
            "clients/dupont.yaml": "nom: Dupont\nsiren: 123456789\nsirne: 1\n",
            "devis/a.yaml": "type: devis\nclient: dupont\n",
            "devis/b.yaml": "type: devis\nclient: ../clients/dupont.yaml\n",
        }
    )
    lecteur = Lecteur()
    dossiers = [build_dossier(lecteur.read(name), JOUR) for name in ("devis/a.yaml", "devis/b.yaml")]
    assert all(dossier.has_errors for dossier in dossiers)
    found = sort_diagnostics(constat for dossier in dossiers for constat in dossier.constats)
    assert [(item.code, item.position) for item in found] == [
        ("L420", Position("clients/dupont.yaml", 2, 8)),
        ("F203", Position("clients/dupont.yaml", 3, 1)),
    ]


def test_a_shared_file_is_opened_once(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty invoices to one client read its file once."""
    write({"facture.toml": "", "clients/dupont.yaml": DUPONT, "a.yaml": "type: devis\nclient: dupont\n"})
    opened: list[str] = []
    genuine = facture.lecture.read_bytes

    def spy(path: Path, label: str) -> bytes:
        opened.append(path.name)
        return genuine(path, label)

    monkeypatch.setattr(facture.lecture, "read_bytes", spy)
    lecteur = Lecteur()
    for _ in range(3):
        lecteur.read("a.yaml")
    assert sorted(opened) == ["a.yaml", "a.yaml", "a.yaml", "dupont.yaml"]


def test_every_file_touched_is_told(write: Write) -> None:
    """What `--watch` must follow: the document, the project, the references, what they start from, the catalogue."""
    root = write(
        {
            "facture.toml": "",
            "emetteurs/moi.yaml": "emetteur: base\n",
            "emetteurs/base.yaml": MOI,
            "clients/dupont.yaml": DUPONT,
            "clients/durand.yaml": DUPONT,
            "catalogue/p.yaml": CATALOGUE,
            "devis/d.yaml": "type: devis\nemetteur: moi\nclient: dupont\nlignes:\n  - article: maquettes\n",
        }
    )
    touched = {os.path.relpath(path, root) for path in read("devis/d.yaml").fichiers}
    assert touched == {
        *("facture.toml", "devis/d.yaml", "clients/dupont.yaml", "catalogue/p.yaml"),
        *("emetteurs/moi.yaml", "emetteurs/base.yaml"),
    }


# --- Logos


def find_logo(name: str) -> str | None:
    lecture = read(name)
    assert lecture.document is not None
    return lecture.document.emetteur.logo


def test_a_logo_is_found_from_the_file_that_names_it(write: Write) -> None:
    """The path of a logo is counted from the emetteur's file, wherever the document is."""
    root = write(
        {
            "facture.toml": "",
            "emetteurs/moi.yaml": MOI + "logo: images/logo.svg\n",
            "devis/d.yaml": "type: devis\nemetteur: moi\n",
        }
    )
    assert find_logo("devis/d.yaml") == str(root / "emetteurs" / "images" / "logo.svg")


def test_a_logo_is_inherited_from_where_it_stands(write: Write) -> None:
    """An emetteur that starts from another keeps its logo, counted from the other's folder."""
    root = write(
        {
            "facture.toml": "",
            "groupe/base.yaml": MOI + "logo: logo.svg\n",
            "emetteurs/moi.yaml": "emetteur: ../groupe/base.yaml\n",
            "devis/d.yaml": "type: devis\nemetteur: moi\n",
        }
    )
    found = find_logo("devis/d.yaml")
    assert found is not None
    assert os.path.normpath(found) == str(root / "groupe" / "logo.svg")


def test_a_logo_of_its_own_is_counted_from_its_own_file(write: Write) -> None:
    """An emetteur that starts from another and names its own logo keeps it beside itself."""
    root = write(
        {
            "facture.toml": "",
            "groupe/base.yaml": MOI + "logo: logo.svg\n",
            "emetteurs/moi.yaml": "emetteur: ../groupe/base.yaml\nlogo: le-mien.svg\n",
            "devis/d.yaml": "type: devis\nemetteur: moi\n",
        }
    )
    assert find_logo("devis/d.yaml") == str(root / "emetteurs" / "le-mien.svg")


def test_an_absolute_logo_stays_as_it_is(write: Write) -> None:
    """Whether it may be read is decided when it is."""
    write({"moi.yaml": MOI + "logo: /images/logo.svg\n", "d.yaml": "type: devis\nemetteur: moi\n"})
    assert find_logo("d.yaml") == "/images/logo.svg"


# --- Kinds of files


@pytest.mark.parametrize(
    ("name", "text", "kind", "codes"),
    [
        ("devis/a.yaml", "objet: x\n", "devis", []),
        ("factures/a.yaml", "objet: x\n", "facture", []),
        ("avoirs/a.yaml", "objet: x\n", "avoir", []),
        ("devis/a.yaml", "type: facture\n", "facture", []),
        ("clients/a.yaml", DUPONT, "client", []),
        ("emetteurs/a.yaml", MOI, "emetteur", []),
        ("clients/a.yaml", "nom: A\nsirne: 1\n", "client", ["F203"]),
        ("catalogue/a.yaml", CATALOGUE, "catalogue", []),
        ("catalogue/a.yaml", "m: {prix: 1}\n", "catalogue", ["F203"]),
        ("catalogue/a.yaml", "m: texte\n", "catalogue", ["F204"]),
        ("a.yaml", "objet: x\n", "", ["F201"]),
        ("a.yaml", "type: devi\n", "", ["F201"]),
        ("a.yaml", "type:\n", "", ["F201"]),
        ("a.yaml", "type: [devis]\n", "", ["F201"]),
        ("a.yaml", "type: relance\n", "relance", []),
        ("relances/a.yaml", "objet: x\n", "relance", []),
        ("a.yaml", "type: courrier\n", "courrier", ["F238"]),
        ("courriers/a.yaml", "modele: devinette\n", "courrier", ["F239"]),
        ("a.yaml", "type: conditions\n", "conditions", []),
        ("a.yaml", "type: contrat\n", "contrat", []),
        ("bilans/a.yaml", "document: x\n", "bilan", []),
    ],
)
def test_the_kind_comes_from_the_type_then_from_the_folder(
    write: Write, name: str, text: str, kind: str, codes: list[str]
) -> None:
    """`type` decides; without it, the folder does; a type to come has its own words."""
    write({name: text})
    lecture = read(name)
    assert (lecture.type, [found.code for found in lecture.constats]) == (kind, codes)


@pytest.mark.parametrize("text", ["type: client\n" + DUPONT, "type: emetteur\n" + MOI])
def test_a_card_may_say_its_own_type(write: Write, text: str) -> None:
    """A client or an emetteur file that says what it is is judged as one, wherever it lies."""
    write({"clients/a.yaml": text, "a.yaml": text})
    for name in ("a.yaml", "clients/a.yaml"):
        assert [found.code for found in read(name).constats] == []


def test_a_foreign_file_is_recognised(write: Write) -> None:
    """A YAML file of another tool is not ours to judge; one that was meant for us is."""
    write({"ci.yaml": "on: push\njobs: {}\n", "d.yaml": "lignes: []\n", "e.yaml": "type: devi\n", "f.yaml": "a: [\n"})
    assert [read(name).is_foreign for name in ("ci.yaml", "d.yaml", "e.yaml", "f.yaml")] == [True, False, False, False]


def test_a_missing_file_is_a_missing_resource(write: Write) -> None:
    """Exit status 3, with the name as typed."""
    write({"dossier/x.yaml": ""})
    for name, message in (("absent.yaml", "absent.yaml : introuvable"), ("dossier", "dossier : est un dossier")):
        with pytest.raises(RessourceError) as caught:
            read(name)
        assert (str(caught.value), caught.value.exit_code) == (message, 3)
