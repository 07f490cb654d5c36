{
    "name": "OdooOps",
    "summary": "The floor of OdooOps: roles, menu, and the page that shows the state of every part",
    "version": "19.0.1.0.0",
    "category": "OdooOps",
    "author": "OdooOps",
    "website": "https://github.com/odooops/odooops",
    "license": "LGPL-3",
    "depends": ["base", "mail", "web"],
    "data": [
        "security/odooops_groups.xml",
        "views/odooops_component_views.xml",
        "views/odooops_base_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["odooops_base/static/src/**/*"],
        "web.assets_unit_tests": ["odooops_base/static/tests/**/*"],
    },
    "application": True,
}
