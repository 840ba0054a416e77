"""`python -m facture` is the `facture` command."""

from facture.cli import main

if __name__ == "__main__":
    main()
