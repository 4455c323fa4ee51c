"""Run the command line with ``python -m harlake``."""

from harlake.cli import main

main(prog_name="harlake")
