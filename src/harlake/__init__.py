"""harlake: takes in HAR files of any size, keeps them losslessly, streams them back out.

For Python, ``harlake.Client(url_or_folder)``.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harlake.client import Client as Client
    from harlake.client import ClientError as ClientError
    from harlake.client import Imported as Imported
    from harlake.client import Session as Session

__all__ = ["Client", "ClientError", "Imported", "Session"]


def __getattr__(name: str) -> Any:
    """Return the version or the client when they are asked for: to find them takes longer than most commands."""
    if name == "__version__":
        from importlib.metadata import version

        return version("harlake")
    if name in __all__:
        from harlake import client

        return getattr(client, name)
    raise AttributeError(name)


def __dir__() -> list[str]:
    """Name what is found when it is asked for, too."""
    return [*globals(), *__all__]
