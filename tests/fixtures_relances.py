"""A small business with unpaid invoices, written as files: what following up and reminding start from."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture import __version__
from facture.cli import cli
from facture.console import run
from facture.decomptes import Impaye
from facture.dossier import Dossier, build_dossier, follow_facture
from facture.errors import Diagnostic
from facture.lecture import Lecteur
from facture.page import Couleurs, Page
from facture.relances import compose_page_relance
from facture.taux import load_bareme
from facture.typo import NBSP, NNBSP

day = dt.date.fromisoformat

ADRESSE = {"rue": "4 avenue Haute", "code_postal": "59000", "ville": "Lille"}
EMETTEUR: dict[str, Any] = {
    "nom": "Atelier Nord",
    "forme_juridique": "EI",
    "siren": "002718286",
    "tva_intra": "FR80002718286",
    "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
    "iban": "FR76 9999 8000 2000 0271 8281 844",
}
CLIENTS: dict[str, dict[str, Any]] = {
    "dupont": {"nom": "Dupont et Fils", "qualite": "professionnel", "siren": "003157807", "adresse": ADRESSE},
    "paul": {"nom": "Paul Martin", "qualite": "particulier", "adresse": ADRESSE},
    "mairie": {"nom": "Ville de Roubaix", "qualite": "public", "siren": "003157807", "adresse": ADRESSE},
}
COURS = {"taux": "1.10", "date": "2026-05-16", "source": "BCE"}
"""What an invoice in another currency says of its VAT in euros."""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def dump(data: dict[str, Any]) -> str:
    """Return YAML for the keys that have a value; None takes a key out."""
    kept = {key: value for key, value in data.items() if value is not None}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)


def make_projet(folder: Path, configuration: str = "") -> Path:
    """Write a project with its sender and three clients, without any invoice."""
    write(folder / "facture.toml", 'emetteur = "moi"\n' + configuration)
    write(folder / "emetteurs" / "moi.yaml", dump(EMETTEUR))
    for name, client in CLIENTS.items():
        write(folder / "clients" / f"{name}.yaml", dump(client))
    return folder


def make_facture(numero: str | None = "F2026-019", montant: str = "1000", **keys: Any) -> str:
    """Return an invoice of 16 May 2026, due on 15 June: `montant` is HT, at 20 %, so 1 200.00 to pay by default."""
    ligne = {"designation": "Maquettes", "prix_unitaire": montant}
    data: dict[str, Any] = {
        "type": "facture",
        "numero": numero,
        "date": "2026-05-16",
        "nature": "service",
        "date_prestation": "2026-05-15",
        "emetteur": "moi",
        "client": "dupont",
        "objet": "Refonte du site",
        "tva": "20",
        "lignes": [ligne],
        "paiement": {"echeance": "30 jours", "moyens": ["virement"]},
    }
    return dump({**data, **keys})


def make_seule(**keys: Any) -> str:
    """Return an invoice that needs no other file."""
    return make_facture(**{"emetteur": EMETTEUR, "client": CLIENTS["dupont"], **keys})


def make_avoir(date: str, montant: str, **keys: Any) -> str:
    """Return a credit note of `montant` HT at 20 % on the default invoice."""
    data: dict[str, Any] = {
        "type": "avoir",
        "numero": "A2026-003",
        "date": date,
        "motif": "maquette non livrée",
        "emetteur": "moi",
        "client": "dupont",
        "facture": {"numero": "F2026-019", "date": "2026-05-16"},
        "tva": "20",
        "lignes": [{"designation": "Maquettes", "prix_unitaire": montant}],
    }
    return dump({**data, **keys})


def make_relance(niveau: int, *factures: str, date: str = "2026-07-10", **keys: Any) -> str:
    if niveau == 3:
        later = (day(date) + dt.timedelta(days=30)).isoformat()
        stop = {"a_compter_du": later, "prestations": ["hébergement du site"], "reprise": "dès le paiement reçu"}
        keys = {"suspension": stop, **keys}
    return dump({"type": "relance", "date": date, "niveau": str(niveau), "factures": list(factures), **keys})


def follow_file(path: Path, arrete_au: str) -> tuple[Impaye | None, list[Diagnostic]]:
    """Return what is owed on an invoice of a project, with its own findings before those of the account."""
    lecture = Lecteur().read_followed(str(path))
    dossier = build_dossier(lecture, day(arrete_au))
    if dossier.has_errors:
        return None, list(dossier.constats)
    impaye, found = follow_facture(dossier, day(arrete_au), load_bareme(lecture.projet))
    return impaye, [*dossier.constats, *found]


def judge(folder: Path, text: str) -> Dossier:
    """Return the dossier of a notice of a project, without writing it."""
    lecture = Lecteur().read(str(folder / "relances" / "essai.yaml"), text.encode())
    return build_dossier(lecture, day("2026-11-22"))


def compose(folder: Path, text: str) -> Page:
    dossier = judge(folder, text)
    assert not dossier.has_errors, [constat.to_text() for constat in dossier.constats]
    return compose_page_relance(dossier, couleurs=Couleurs())


def read_amount(text: str) -> Decimal:
    """Read a printed amount back, French or English, with or without its currency."""
    figures = re.sub(rf"[^0-9.,−-]|{NBSP}|{NNBSP}", "", text).replace("−", "-")
    if re.search(r",\d{2}$", figures) and "." not in figures:
        figures = figures.replace(",", ".")
    return Decimal(figures.replace(",", ""))


# --- The command line ------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What a command printed, and its exit status."""

    code: int
    text: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def data(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> list[str]:
        """The code of every finding said on stderr."""
        return re.findall(r": (?:erreur|avertissement) ([A-Z]\d{3}): ", self.err)

    @property
    def places(self) -> list[str]:
        """`line:column code` of every finding said on stderr."""
        return [f"{line} {code}" for line, code in re.findall(r":(\d+:\d+): \w+ ([A-Z]\d{3}): ", self.err)]


class Commande:
    """The command, run in the current folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self.monkeypatch = monkeypatch
        self.capture = capture

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Result:
        self.monkeypatch.setattr(sys, "argv", ["facture", *arguments])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = run(cli, __version__)
        captured = self.capture.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())


def tree(folder: str = ".") -> dict[str, bytes]:
    """Return every file below a folder, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
