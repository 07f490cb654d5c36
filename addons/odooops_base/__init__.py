from . import models, wizards
from . import caller, dumps


def post_load():
    """What concerns all databases of the process."""
    caller.instrument()
    dumps.instrument()
