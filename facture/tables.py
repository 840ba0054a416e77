"""What a project writes in the place of ours, judged for `facture check`: rates, mentions, texts of letters.

Why apart: these files are no documents, and each is wrong on its own account, whoever reads it next.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from facture.errors import Diagnostic, Position, RefusError, RessourceError
from facture.lettres import MODELES
from facture.mentions import MENTIONS, load_formulations
from facture.modeles import DOSSIER_MODELES, RELANCES, load_modele
from facture.projet import Projet
from facture.source import finding
from facture.taux import TAUX, check_plausible
from facture.typo import suggest

TABLES: dict[str, Callable[[Projet], object]] = {TAUX: check_plausible, MENTIONS: load_formulations}
"""Tables at a project's root, and what reads each: it raises, or returns findings, or what it read."""


def check_table(projet: Projet, name: str) -> list[Diagnostic] | None:
    """Return the findings of a project's own table or of one of its texts of letters; None for any other file."""
    path = Path(os.path.abspath(name))
    if path.parent == projet.racine and path.name in TABLES:
        return _catch(name, lambda: TABLES[path.name](projet))
    if path.parent == projet.racine / DOSSIER_MODELES and projet.exists:
        if path.stem not in (*MODELES, *RELANCES) or path.suffix != ".yaml":
            near = suggest(path.stem, (*MODELES, *RELANCES))
            hint = f" ; vouliez-vous « {near}.yaml » ?" if near else ""
            advice = f"renommez-le {near}.yaml" if near else "modèles : " + ", ".join((*MODELES, *RELANCES))
            return [finding("F245", f"« {path.name} » ne remplace aucun modèle{hint}", Position(name), "", advice)]
        return _catch(name, lambda: load_modele(path.stem, "fr", projet))
    return None


def _catch(name: str, load: Callable[[], object]) -> list[Diagnostic]:
    try:
        found = load()
    except RefusError as error:
        return list(error.diagnostics)
    except RessourceError as error:
        return [finding("F230", str(error).removeprefix(f"{name} : "), Position(name))]
    return found if isinstance(found, list) else []
