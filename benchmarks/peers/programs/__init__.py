"""What peers that are libraries need to read a HAR and write one: each a script, run with an input and an output."""
