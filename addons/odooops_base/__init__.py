from . import controllers, models, wizards
from .caller import instrument as post_load
