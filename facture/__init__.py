"""facture: devis, factures and avoirs as PDF, from plain YAML kept in git."""

__version__ = "0.1.0"
