from . import configuration
