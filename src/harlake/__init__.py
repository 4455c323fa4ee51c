"""harlake: takes in HAR files of any size, keeps them losslessly, streams them back out."""


def __getattr__(name: str) -> str:
    """Return the version when it is asked for: to find it takes as long as all that a command does before that."""
    if name == "__version__":
        from importlib.metadata import version

        return version("harlake")
    raise AttributeError(name)
