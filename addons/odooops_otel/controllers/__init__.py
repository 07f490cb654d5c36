from . import browser
