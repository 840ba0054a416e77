"""The command line as a person and a script meet it: what is printed where, and the exit status."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from facture import __version__
from facture.cli import cli
from facture.console import run
from facture.validation import describe_rules

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"

DEVIS = """\
type: devis
numero: D2026-014
date: 2026-11-22
validite: 30 jours
emetteur:
  nom: Atelier Nord
  forme_juridique: EI
  siren: "008356024"
  adresse: {rue: 14 rue des Tanneurs, code_postal: "59000", ville: Lille}
client:
  nom: Dupont & Fils
  qualite: professionnel
  adresse: {rue: 4 avenue de la République, code_postal: "59000", ville: Lille}
tva: 20
lignes:
  - designation: Maquettes
    quantite: 4
    prix_unitaire: 450
    remise: 10 %
  - designation: Formation
    quantite: 0.5
    prix_unitaire: 450
    offert: Bienvenue
acompte: 30 %
"""


@dataclass
class Result:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Facture = Callable[..., Result]


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Facture:
    """Run the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["facture", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(cli, __version__)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out, captured.err.decode())

    return call


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- check -----------------------------------------------------------------------------------------------------------


def test_check_reports_the_three_mistakes_of_the_brief(facture: Facture) -> None:
    """A misspelt key, a bad number and a duplicate: three findings, none of them about what is missing."""
    text = "type: devis\nlignes:\n  - designation: X\n    prix_unitare: 12\n    quantite: 1 500\n    quantite: 2\n"
    result = facture("check", "-", stdin=text.encode())
    places = [line.split(": ")[0] for line in result.err.splitlines() if line.startswith("-:")]
    assert places == ["-:4:5", "-:5:15", "-:6:5"]
    assert "vouliez-vous « prix_unitaire » ?" in result.err
    assert result.code == 1
    assert result.out == b""


def test_check_speaks_json_on_stdout(facture: Facture) -> None:
    """`--format json` gives an array with the keys of the contract, in order, and nothing else on stdout."""
    result = facture("check", "-", "--format", "json", stdin=b"type: devis\nlignes: []\n")
    found = json.loads(result.text)
    assert result.code == 1
    assert [item["code"] for item in found] == ["F215"]
    assert list(found[0]) == ["code", "severity", "file", "line", "column", "path", "message", "advice", "law"]
    assert (found[0]["file"], found[0]["line"], found[0]["severity"]) == ("-", 2, "erreur")


def test_check_annotates_a_pull_request(facture: Facture) -> None:
    """`--format github` writes workflow commands."""
    result = facture("check", "-", "--format", "github", stdin=b"type: devis\nlignes: []\n")
    assert result.text.startswith("::error file=-,line=2,col=9,title=F215::lignes : ")


def test_check_of_a_clean_document_is_silent_on_stdout(facture: Facture) -> None:
    """Nothing found: exit 0, a word on stderr, an empty array in JSON."""
    write("devis.yaml", DEVIS)
    assert facture("check", "devis.yaml").code == 0
    assert json.loads(facture("check", "devis.yaml", "--format", "json").text) == []


def test_strict_makes_a_warning_count(facture: Facture) -> None:
    """A draft without a validity is a warning: 0, and 1 with --strict."""
    write("devis.yaml", DEVIS.replace("validite: 30 jours\n", ""))
    assert facture("check", "devis.yaml").code == 0
    assert facture("check", "devis.yaml", "--strict").code == 1


def test_check_walks_a_folder_and_leaves_strangers_alone(facture: Facture) -> None:
    """Our documents are judged wherever they are below; another tool's YAML is not ours to judge."""
    write("devis/un.yaml", DEVIS)
    write("ci/workflow.yaml", "on: push\njobs: {}\n")
    write("sortie/vieux.yaml", "type: devis\n")
    result = facture("check")
    assert result.code == 0
    assert "1 fichier vérifié" in result.err


def test_missing_file_is_3_and_a_mix_is_1(facture: Facture) -> None:
    """One kind of error keeps its own status; two kinds are 1."""
    write("faux.yaml", "type: devis\nlignes: []\n")
    assert facture("check", "absent.yaml").code == 3
    assert facture("check", "absent.yaml", "faux.yaml").code == 1


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_json_is_the_contract(facture: Facture) -> None:
    """Keys in order, strings with two decimals, the gift counted in brut_ht and offert_ht (worked by hand)."""
    write("devis.yaml", DEVIS)
    result = facture("show", "devis.yaml", "--format", "json")
    shown = json.loads(result.text)
    assert list(shown)[:7] == ["type", "numero", "date", "devise", "lignes", "totaux", "valeur_offerte"]
    # 4 x 450 = 1800.00; 10 % = 180.00; gift 0.5 x 450 = 225.00; HT 1620.00; VAT 324.00; deposit 30 % of 1944.00
    assert shown["totaux"]["brut_ht"] == "2025.00"
    assert shown["totaux"]["offert_ht"] == "225.00"
    assert shown["totaux"]["remises_ht"] == "180.00"
    assert shown["totaux"]["total_ttc"] == "1944.00"
    assert shown["valeur_offerte"] == {"ht": "225.00", "ttc": "270.00"}
    assert shown["acompte"] == {"taux": "30", "montant_ttc": "583.20"}
    assert [line["statut"] for line in shown["lignes"]] == ["facture", "offert"]


def test_show_refuses_what_is_wrong_and_prints_nothing(facture: Facture) -> None:
    """No totals of a document in error."""
    result = facture("show", "-", "--format", "json", stdin=b"type: devis\nlignes: [{designation: X}]\n")
    assert (result.code, result.out) == (1, b"")
    assert "F241" in result.err


def test_set_changes_one_value(facture: Facture) -> None:
    """`--set` takes a zero-based path; a place that cannot be is a usage error."""
    write("devis.yaml", DEVIS)
    shown = json.loads(facture("show", "devis.yaml", "--format", "json", "--set", "lignes[0].quantite=2").text)
    assert shown["totaux"]["remises_ht"] == "90.00"
    assert facture("show", "devis.yaml", "--set", "lignes[9].quantite=2").code == 2
    bad = facture("show", "devis.yaml", "--set", "lignes[0].quantite=beaucoup")
    assert bad.code == 1
    assert "--set lignes[0].quantite:1:1: erreur F205" in bad.err


# --- render ----------------------------------------------------------------------------------------------------------


def test_render_writes_one_path_on_stdout_and_the_sums_on_stderr(facture: Facture) -> None:
    """stdout is for scripts, stderr for people."""
    write("devis.yaml", DEVIS)
    result = facture("render", "devis.yaml")
    assert result.code == 0, result.err
    assert result.text == "D2026-014-dupont-fils.pdf\n"
    assert Path("D2026-014-dupont-fils.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert "offert 270,00" in result.err
    again = facture("render", "devis.yaml")
    assert "(inchangé)" in again.err
    assert again.text == result.text


def test_render_of_a_missing_file_and_a_good_one(facture: Facture) -> None:
    """The good ones are rendered, the findings come at the end, exit 1 when kinds are mixed, 3 when only missing."""
    write("devis.yaml", DEVIS)
    write("faux.yaml", "type: devis\nlignes: []\n")
    result = facture("render", "absent.yaml", "devis.yaml", "faux.yaml", "--output-dir", "pdf")
    assert result.code == 1
    assert result.text == "pdf/D2026-014-dupont-fils.pdf\n"
    assert [path.name for path in Path("pdf").iterdir()] == ["D2026-014-dupont-fils.pdf"]
    assert facture("render", "absent.yaml").code == 3


def test_two_inputs_with_one_target_write_nothing(facture: Facture) -> None:
    """Refused before any write, exit 2."""
    write("un.yaml", DEVIS)
    write("deux.yaml", DEVIS)
    result = facture("render", "un.yaml", "deux.yaml")
    assert result.code == 2
    assert "un.yaml et deux.yaml" in result.err
    assert not list(Path().glob("*.pdf"))


def test_dry_run_and_strict_write_nothing(facture: Facture) -> None:
    """`--dry-run` does all but write; `--strict` refuses a warned document."""
    write("devis.yaml", DEVIS.replace("validite: 30 jours\n", ""))
    assert facture("render", "devis.yaml", "--dry-run").code == 0
    assert facture("render", "devis.yaml", "--strict").code == 1
    assert not list(Path().glob("*.pdf"))


def test_render_to_stdout_and_from_stdin(facture: Facture) -> None:
    """`-` in and `-o -` out: bytes and nothing else on stdout."""
    result = facture("render", "-", "-o", "-", stdin=DEVIS.encode())
    assert result.code == 0
    assert result.out.startswith(b"%PDF-1.7")
    assert result.out.rstrip().endswith(b"%%EOF")


def test_output_names(facture: Facture) -> None:
    """A file, a folder, one file for two documents."""
    write("devis.yaml", DEVIS)
    write("autre.yaml", DEVIS.replace("D2026-014", "D2026-015"))
    Path("dossier").mkdir()
    assert facture("render", "devis.yaml", "-o", "x.pdf").text == "x.pdf\n"
    assert facture("render", "devis.yaml", "-o", "dossier").text == "dossier/D2026-014-dupont-fils.pdf\n"
    assert facture("render", "devis.yaml", "autre.yaml", "-o", "un.pdf").code == 2
    assert facture("render", "devis.yaml", "-o", "a.pdf", "--output-dir", "b").code == 2


def test_html_is_one_file(facture: Facture) -> None:
    """`--html` needs nothing beside it."""
    write("devis.yaml", DEVIS)
    assert facture("render", "devis.yaml", "--html").text == "D2026-014-dupont-fils.html\n"
    page = Path("D2026-014-dupont-fils.html").read_text(encoding="utf-8")
    assert "Dupont &amp; Fils" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_jobs_give_the_same_bytes(facture: Facture) -> None:
    """Two processes or one: same files, same order on stdout."""
    names = []
    for number in range(4):
        names.append(str(write(f"d{number}.yaml", DEVIS.replace("D2026-014", f"D2026-10{number}"))))
    one = facture("render", *names, "--output-dir", "un")
    two = facture("render", *names, "--output-dir", "deux", "--jobs", "2")
    assert two.text == one.text.replace("un/", "deux/")
    for path in Path("un").iterdir():
        assert path.read_bytes() == (Path("deux") / path.name).read_bytes()


def test_a_draft_without_date_says_so(facture: Facture) -> None:
    """The day of the command is used, and said."""
    text = DEVIS.replace("numero: D2026-014\ndate: 2026-11-22\n", "")
    write("devis.yaml", text)
    result = facture("render", "devis.yaml", "--date", "2026-12-01")
    assert result.text == "devis.pdf\n"
    assert "2026-12-01" in result.err


def test_message_is_a_calm_email(facture: Facture) -> None:
    """`--message` prints what goes with the document, the gift at its value."""
    write("devis.yaml", DEVIS)
    result = facture("render", "devis.yaml", "--message")
    assert "Vous trouverez ci-joint le devis D2026-014" in result.text
    assert "offert par nos soins" in result.text


# --- init, new, schema, theme, explain, doctor -----------------------------------------------------------------------


def test_init_new_render(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three commands of the brief, then nothing is ever overwritten."""
    assert facture("init", "demo").code == 0
    monkeypatch.chdir("demo")
    assert (
        facture("new", "devis", "--client", "exemple", "--date", "2026-11-22").text == "devis/2026-11-22-exemple.yaml\n"
    )
    first = Path("devis/2026-11-22-exemple.yaml").read_text(encoding="utf-8")
    assert first.startswith("# yaml-language-server: $schema=../schemas/devis.schema.json\n")
    again = facture("new", "devis", "--client", "exemple", "--date", "2026-11-22")
    assert again.text == "devis/2026-11-22-exemple-2.yaml\n"
    # A devis may bear the name of its client: the client is meant, not itself.
    Path("devis/exemple.yaml").write_text(first, encoding="utf-8")
    result = facture("render", "devis/exemple.yaml")
    assert result.code == 0, result.err
    assert result.text == "sortie/exemple.pdf\n"
    before = Path("emetteurs/moi.yaml").read_bytes()
    Path("emetteurs/moi.yaml").write_bytes(before + b"# mien\n")
    assert facture("init").code == 0
    assert Path("emetteurs/moi.yaml").read_bytes().endswith(b"# mien\n")
    assert facture("new", "devis", "-o", "devis/exemple.yaml").code == 4


@pytest.mark.parametrize("kind", ["devis", "facture", "avoir"])
def test_new_documents_are_right_as_they_come(facture: Facture, kind: str) -> None:
    """A fresh document has no error, with a project or without."""
    assert facture("new", kind, "--date", "2026-11-22").text.splitlines()[0] == f"{kind}.yaml"
    alone = facture("check", f"{kind}.yaml")
    assert alone.code == 0, alone.err
    facture("init", "projet")
    folder = {"devis": "devis", "facture": "factures", "avoir": "avoirs"}[kind]
    path = f"projet/{folder}/x.yaml"
    assert facture("new", kind, "--client", "exemple", "-o", path, "--date", "2026-11-22").code == 0
    inside = facture("check", path)
    assert inside.code == 0, inside.err


def test_new_from_a_former_document(facture: Facture) -> None:
    """Its comments stay, its number goes, its date is the day's."""
    write("vieux.yaml", "# à garder\n" + DEVIS)
    assert facture("new", "devis", "--from", "vieux.yaml", "-o", "neuf.yaml", "--date", "2027-01-05").code == 0
    text = Path("neuf.yaml").read_text(encoding="utf-8")
    assert "# à garder" in text
    assert "numero:" not in text
    assert "date: 2027-01-05" in text
    assert facture("new", "facture", "--from", "vieux.yaml", "-o", "z.yaml").code == 3


def test_unknown_client_is_said_with_a_suggestion(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--client exmple` finds « exemple »."""
    facture("init", "demo")
    monkeypatch.chdir("demo")
    result = facture("new", "devis", "--client", "exmple")
    assert result.code == 3
    assert "vouliez-vous « exemple » ?" in result.err
    assert not Path("devis").exists()


@pytest.mark.parametrize("kind", ["devis", "facture", "avoir", "emetteur", "client"])
def test_schema_is_valid_and_accepts_every_example(facture: Facture, kind: str) -> None:
    """Draft 2020-12, judged by another library on every example of that type, and refusing an unknown key."""
    import jsonschema
    import yaml

    schema = json.loads(facture("schema", kind).text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    folder = {"emetteur": "emetteurs", "client": "clients"}.get(kind, ".")
    seen = 0
    for path in sorted((EXAMPLES / folder).glob("*.yaml")):
        # Editors read YAML 1.2: a date is a text there, a number a number.
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Yaml12)
        if folder == "." and data.get("type") != kind:
            continue
        seen += 1
        assert [error.message for error in validator.iter_errors(data)] == [], path.name
        assert list(validator.iter_errors({**data, "cle_inventee": 1}))
    assert seen


def _yaml12() -> type:
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML 1.2 core: no dates, no yes and no."""

    Loader.yaml_implicit_resolvers = {
        key: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
        for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


_Yaml12 = _yaml12()


def test_explain_says_a_code_and_proposes_a_near_one(facture: Facture) -> None:
    """`explain F203` explains; an unknown code is usage."""
    result = facture("explain", "f203")
    assert result.code == 0
    assert "clé inconnue" in result.text
    assert facture("explain", "F999").code == 2
    assert len(facture("explain").text.splitlines()) > 60


def test_theme_eject_then_render_with_it(facture: Facture) -> None:
    """An ejected theme is used as soon as facture.toml names it, and is never overwritten."""
    write("devis.yaml", DEVIS)
    write("facture.toml", 'theme = "le-mien"\n')
    result = facture("theme", "eject", "le-mien")
    assert result.code == 0, result.err
    assert "themes/le-mien/style.css" in result.text.splitlines()
    assert "* le-mien" in facture("theme", "list").text
    assert facture("theme", "eject", "le-mien").text == ""
    assert facture("render", "devis.yaml").code == 0
    Path("themes/le-mien/style.css").write_text("h1 { colour: red }", encoding="utf-8")
    bad = facture("render", "devis.yaml", "-o", "x.pdf")
    assert bad.code == 1
    assert "R601" in bad.err
    assert not Path("x.pdf").exists()


def test_doctor_says_what_is_there(facture: Facture) -> None:
    """Versions, fonts, HarfBuzz-Subset, and where each setting comes from."""
    write("facture.toml", 'sortie = "pdf"\n')
    result = facture("doctor")
    assert "HarfBuzz-Subset" in result.text
    assert "pdf  (ligne 1)" in result.text
    report = json.loads(facture("doctor", "--format", "json").text)
    assert report["sections"]["Configuration"]["sortie"].startswith("pdf")
    judges = report["sections"]["Facture électronique"]["validateurs officiels"]
    assert judges == (describe_rules() or "absents : pip install 'facture[validation]'")


def test_configuration_errors_stop_everything(facture: Facture) -> None:
    """A wrong facture.toml is exit 2, with its line."""
    write("facture.toml", 'sortie = "pdf"\nthme = "x"\n')
    write("devis.yaml", DEVIS)
    result = facture("render", "devis.yaml")
    assert result.code == 2
    assert "facture.toml:2:1: erreur F291: thme : clé inconnue ; vouliez-vous « theme » ?" in result.err


def test_usage_is_french(facture: Facture) -> None:
    """No English word of click's own is left in the messages a person meets."""
    assert "Utilisation :" in facture("--help").text
    assert "L'option --foo n'existe pas." in facture("render", "x", "--foo").err
    assert "n'est pas une date" in facture("render", "x.yaml", "--date", "22/11/2026").err
    for command in cli.commands:
        text = facture(command, "--help").text
        for word in ("Usage:", "Options:", "Show ", "default"):
            assert word not in text, (command, word)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(facture: Facture, shell: str) -> None:
    """Each shell gets a script that calls us back."""
    assert "_FACTURE_COMPLETE" in facture("completion", shell).text


@pytest.mark.parametrize("name", ["devis", "facture"])
def test_cold_commands_do_not_load_the_engine(name: str) -> None:
    """`check` loads neither what draws a page, nor what writes an e-invoice, nor what judges one."""
    code = (
        "import sys; sys.argv = ['facture', 'check', sys.argv[1]]\n"
        "from facture.cli import cli; from facture.console import run\n"
        "heavy = ('weasyprint', 'rich', 'lxml', 'pypdf', 'saxonche')\n"
        "run(cli, ''); print([module for module in heavy if module in sys.modules])"
    )
    path = str(EXAMPLES / f"{name}.yaml")
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_bug_of_ours_is_70_and_shows_no_traceback(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens inside, a person reads a sentence."""
    import facture.dossier as dossier_module

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oups")

    monkeypatch.setattr(dossier_module, "build_dossier", broken)
    result = facture("show", "-", stdin=DEVIS.encode())
    assert result.code == 70
    assert "Traceback" not in result.err
    assert "Erreur interne" in result.err


def test_output_folder_that_cannot_be_written(facture: Facture) -> None:
    """A target under a plain file: exit 3 and a sentence."""
    write("devis.yaml", DEVIS)
    write("pdf", "un fichier")
    result = facture("render", "devis.yaml", "--output-dir", "pdf")
    assert result.code == 3
    assert "écriture impossible" in result.err


def test_examples_can_be_copied_anywhere(facture: Facture) -> None:
    """The examples are a project of their own: nothing outside the folder is needed; one draft shows its hole."""
    shutil.copytree(EXAMPLES, "ailleurs")
    result = facture("check", "ailleurs", "--date", "2026-11-23")
    assert result.code == 0, result.err
    # The table of rates ends with the year: invoices due in December are told so.
    found = [line for line in result.err.splitlines() if " avertissement " in line and "L455" not in line]
    assert [line.split(":")[0] for line in found] == ["ailleurs/devis-clauses-brouillon.yaml"]


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_no_bug(facture: Facture, monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    """A service may start us without one: the work is done all the same."""
    write("devis.yaml", DEVIS)
    command = f"exec {shlex.quote(sys.executable)} -m facture check devis.yaml "
    redirection = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}[stream]
    done = subprocess.run(
        ["sh", "-c", command + redirection],
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_on_stdout_is_said(facture: Facture) -> None:
    """Exit 3 and a sentence."""
    write("devis.yaml", DEVIS)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "facture", "show", "devis.yaml"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, check=False, env={"PATH": "/usr/bin", "PYTHONPATH": str(ROOT)}
        )
    assert done.returncode == 3
    assert "disque plein" in done.stderr.decode()


def test_an_old_terminal_gets_what_it_can_show(facture: Facture) -> None:
    """A locale without « é » shows something else instead, and never a traceback."""
    write("devis.yaml", DEVIS)
    env = {"PATH": "/usr/bin", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "facture", "show", "devis.yaml"], capture_output=True, check=False, env=env
    )
    assert done.returncode == 0
    assert b"D?signation" in done.stdout


def test_a_malformed_drawing_is_a_finding(facture: Facture) -> None:
    """What makes the engine stumble in a logo is said at the logo; the other document of the run is rendered."""
    write("logo.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="a b c d"><rect/></svg>')
    write("laid.yaml", DEVIS.replace("  nom: Atelier Nord", "  nom: Atelier Nord\n  logo: logo.svg"))
    write("bon.yaml", DEVIS.replace("D2026-014", "D2026-015"))
    result = facture("render", "laid.yaml", "bon.yaml")
    assert result.code == 1
    assert "laid.yaml:7:9: erreur R605: emetteur.logo" in result.err
    assert result.text == "D2026-015-dupont-fils.pdf\n"


def test_a_source_is_never_its_own_output(facture: Facture) -> None:
    """`-o devis.yaml` would destroy the text: exit 2, nothing written; a symbolic link to it neither."""
    write("devis.yaml", DEVIS)
    Path("lien.pdf").symlink_to("devis.yaml")
    for target in ("devis.yaml", "./devis.yaml", "lien.pdf"):
        assert facture("render", "devis.yaml", "-o", target).code == 2
    assert Path("devis.yaml").read_text(encoding="utf-8") == DEVIS


def test_a_device_stays_a_device(facture: Facture) -> None:
    """`-o /dev/null` writes to it, and does not put a file in its place; a pipe is refused."""
    import os

    write("devis.yaml", DEVIS)
    assert facture("render", "devis.yaml", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()
    os.mkfifo("tuyau")
    assert facture("render", "devis.yaml", "-o", "tuyau").code == 3


def test_a_theme_outside_the_project_is_refused(facture: Facture, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A link to a folder elsewhere would let a project read what is not its own."""
    elsewhere = tmp_path_factory.mktemp("ailleurs")
    (elsewhere / "style.css").write_text("h1 { color: black }", encoding="utf-8")
    write("facture.toml", 'theme = "t"\n')
    write("devis.yaml", DEVIS)
    Path("themes").mkdir()
    Path("themes/t").symlink_to(elsewhere)
    result = facture("render", "devis.yaml")
    assert result.code == 2
    assert "hors du projet" in result.err


def test_a_theme_that_never_ends_is_stopped(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops in loops: the document is refused after a delay, and the machine is free again."""
    import facture.lot as lot

    monkeypatch.setattr(lot, "SECONDES_PAR_DOCUMENT", 0.5)
    monkeypatch.setattr(lot, "SECONDES_PAR_LIGNE", 0.0)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    write("facture.toml", 'theme = "t"\n')
    write("themes/t/devis.html.j2", loop)
    write("devis.yaml", DEVIS)
    result = facture("render", "devis.yaml")
    assert result.code == 2
    assert "n'a pas fini" in result.err


@pytest.mark.parametrize("numero", ["numero : D1", '"numero": D1', "numero: D1"])
def test_a_former_number_never_comes_along(facture: Facture, numero: str) -> None:
    """However it is written, the number of the former document is not given twice."""
    write("vieux.yaml", DEVIS.replace("numero: D2026-014", numero))
    assert facture("new", "devis", "--from", "vieux.yaml", "-o", "neuf.yaml").code == 0
    assert "D1" not in Path("neuf.yaml").read_text(encoding="utf-8")
    write("plat.yaml", "{type: devis, numero: D1}\n")
    assert facture("new", "devis", "--from", "plat.yaml", "-o", "autre.yaml").code == 3
    assert not Path("autre.yaml").exists()


def test_new_conditions_and_contracts_do_not_collide(facture: Facture) -> None:
    """A devis names its conditions as they are called, and a contract does not take the PDF of its devis."""
    assert facture("init", "-q").code == 0
    made = [
        facture("new", kind, *more, "--date", "2026-11-23", "-q").out.decode().strip()
        for kind, *more in (("devis", "--client", "exemple"), ("contrat", "--client", "exemple"), ("conditions",))
    ]
    assert made == [
        "devis/2026-11-23-exemple.yaml",
        "contrats/2026-11-23-contrat-exemple.yaml",
        "conditions/prestation.yaml",
    ]
    assert facture("check", *made, "--date", "2026-11-23").code == 0
    assert facture("render", *made, "--date", "2026-11-23", "--dry-run").code == 0
