"""What a project writes in the place of ours, as `facture check` judges it: rates, mentions, texts of letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures_relances import make_facture, make_projet, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facture.lecture import Lecteur
from facture.tables import TABLES, check_table


@pytest.fixture
def projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and the current folder in it."""
    make_projet(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FICHIERS: dict[str, tuple[str, str, list[str] | None]] = {
    "rates": ("taux.yaml", "bce 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2026-12-18}\n", []),
    "wrong-rates": (
        "taux.yaml",
        "bce 2027-01-02: {valeur: 2.65, source: BCE, verifie_le: 2026-12-18}\n"
        "euribor 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2026-12-18}\n"
        "bce 2027-07-01: {valeur: 2.65}\n"
        "legal 2027-01-01: {valeur: cher, source: JO, verifie_le: hier}\n",
        ["1 L443", "2 L442", "3 L444", "4 F205", "4 F208"],
    ),
    "rates-elsewhere": ("factures/taux.yaml", "bce: 3\n", None),
    "words": ("mentions.yaml", "nature-service: Prestation de services.\n", []),
    "wrong-words": (
        "mentions.yaml",
        "nature-services: Prestation.\n"
        "nature-bien: Livraison {de} biens.\n"
        "penalites-bce: Pénalités de retard.\n"
        "tva-export: {fr: TVA, depuis: 2027-02-30}\n"
        "tva-franchise: {fr: TVA, depuis: 2027-02-01, jusqu_au: 2027-01-01}\n",
        ["1 L436", "2 L437", "3 L438", "4 F208", "5 L439"],
    ),
    "words-elsewhere": ("factures/mentions.yaml", "nature: service\n", None),
    "a-text": ("modeles/relance-1.yaml", "fr:\n  politesse: À bientôt,\n", []),
    "a-wrong-text": ("modeles/relance-1.yaml", "fr:\n  texte: |\n    Bonjour\n    {{ montnat }}\n", ["4 F246"]),
    "a-wrong-text-in-the-other-language": ("modeles/relance-4.yaml", "en:\n  texte: Dear {{ nobody }}\n", ["2 F246"]),
    "a-text-of-a-letter": ("modeles/report-delai.yaml", "fr:\n  polites: À bientôt,\n", ["2 F245"]),
    "a-text-for-nothing": ("modeles/relance-5.yaml", "fr:\n  politesse: À bientôt,\n", ["1 F245"]),
    "a-text-that-is-never-read": ("modeles/relance-1.yml", "fr:\n  politesse: À bientôt,\n", ["1 F245"]),
    "an-invoice": ("factures/juin.yaml", make_facture("F2026-030"), None),
}


@pytest.mark.parametrize(("name", "text", "wanted"), FICHIERS.values(), ids=FICHIERS)
def test_tables_and_texts_are_judged(projet: Path, name: str, text: str, wanted: list[str] | None) -> None:
    """`check` judges a project's rates, its words and its texts of letters, each fault at its line; nothing else."""
    write(projet / name, text)
    found = check_table(Lecteur().find_projet(projet), name)
    shown = None if found is None else [f"{one.position.line} {one.code}" for one in found]
    assert shown == wanted
    assert all(one.position.file == name for one in found or [])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_that_cannot_be_read_is_a_finding(projet: Path, name: str) -> None:
    """A link that leads nowhere does not end the whole check."""
    (projet / name).symlink_to(projet / "nulle-part.yaml")
    found = check_table(Lecteur().find_projet(projet), name)
    assert found is not None
    assert [(one.code, one.exit_code, one.message) for one in found] == [("F230", 3, "introuvable")]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_outside_the_project_is_not_read(projet: Path, name: str, tmp_path_factory: Any) -> None:
    """A link to a file of somebody else's is refused, and what it says is not shown."""
    outside = tmp_path_factory.mktemp("ailleurs") / "secret.yaml"
    outside.write_text("mot-de-passe: hunter2\n", encoding="utf-8")
    (projet / name).symlink_to(outside)
    found = check_table(Lecteur().find_projet(projet), name)
    assert found is not None
    assert [(one.code, one.position.file) for one in found] == [("F231", name)]


@pytest.mark.parametrize("name", sorted(TABLES))
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_judged(projet: Path, name: str, data: bytes) -> None:
    """Whatever the file holds, there are findings or none, and never a traceback."""
    (projet / name).write_bytes(data)
    found = check_table(Lecteur().find_projet(projet), name)
    assert found is not None
    assert all(one.position.file == name for one in found)
