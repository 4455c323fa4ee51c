"""The Python client: what programs and notebooks do with a service, or with a data folder, without speaking HTTP.

``import harlake`` gives it as ``harlake.Client``; nothing of it is loaded before it is asked for.
"""

from harlake.client.answers import ClientSession as Session
from harlake.client.answers import Imported
from harlake.client.client import HarlakeClient as Client
from harlake.client.errors import ClientError

__all__ = ["Client", "ClientError", "Imported", "Session"]
