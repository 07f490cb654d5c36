from . import models, wizards
from .caller import instrument as post_load
