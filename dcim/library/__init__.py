"""Device and module types from the files of the community's device-type library."""

from dcim.library.importing import CATALOGUE, Report, import_library
from dcim.library.source import SourceError

__all__ = ["CATALOGUE", "Report", "SourceError", "import_library"]
