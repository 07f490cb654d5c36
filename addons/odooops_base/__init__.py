from . import controllers, models, wizards
from .uninstall import uninstall_hook
