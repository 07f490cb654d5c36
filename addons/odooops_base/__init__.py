from . import models
from .caller import instrument as post_load
