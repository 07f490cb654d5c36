from . import caller, dumps, models, wizards


def post_load():
    """What concerns all databases of the process."""
    caller.instrument()
    dumps.instrument()
