"""harlake: takes in HAR files of any size, keeps them losslessly, streams them back out."""

from importlib.metadata import version

__version__ = version("harlake")
