/* odooops_native: what the recorder of odooops_otel does most often, compiled. */

#include "calls.h"

int prepare_names(void);
int prepare_shares(void);
int prepare_intake(void);
int prepare_models(void);

/* What telemetry/compiled.py expects: another number whenever a name, a parameter or a meaning changes. */
#define API 6

static PyMethodDef functions[] = {
    {"encode_children", (PyCFunction)(void (*)(void))encode_children, METH_FASTCALL,
     "encode_children(statements, cache, describe, head, tail, ids): a span of each, as fields of ScopeSpans"},
    {"encode_summed", encode_summed, METH_VARARGS,
     "encode_summed(summed, frames, make, head, tail, ids, offset): a span of each, as fields of ScopeSpans, in a list"},
    {"encode_attributes", encode_attributes, METH_VARARGS,
     "encode_attributes(values, known, encode): those that are not None, as fields of their message"},
    {"shares", shares, METH_VARARGS,
     "shares(tally, modules, most): those of tables and of modules that took most time, (names, times) of each"},
    {NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "odooops_native",
    .m_doc = "What the recorder of odooops_otel does most often, compiled.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit_odooops_native(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
    PyTypeObject *types[] = {&Statements_Type, &Sums_Type, &Calls_Type, &NotedMethod_Type, &Intake_Type};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (PyModule_AddType(module, types[i]) < 0) {
            goto failed;
        }
    }
    if (prepare_names() < 0 || prepare_shares() < 0 || prepare_intake() < 0 || prepare_models() < 0 ||
        PyModule_AddIntConstant(module, "API", API) < 0) {
        goto failed;
    }
    return module;
failed:
    Py_DECREF(module);
    return NULL;
}
