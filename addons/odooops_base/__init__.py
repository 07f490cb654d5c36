from . import controllers, models, wizards
from .module_failures import instrument as post_load
from .uninstall import uninstall_hook
