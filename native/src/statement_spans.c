/* Spans of statements as OTLP: fields of ScopeSpans (spans 2), put together from what tools/statement_spans.py
 * describes. */

#include "otlp.h"

/* The description of each statement, from the cache or asked for; a list, or NULL with an exception. */
static PyObject *
describe_all(Statements *statements, PyObject *cache, PyObject *describe)
{
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found != NULL && i < statements->size; i++) {
        PyObject *text = Py_NewRef(statements->items[i].text);
        PyObject *description = PyDict_GetItemWithError(cache, text);
        Py_XINCREF(description);
        if (description == NULL && !PyErr_Occurred()) {
            description = PyObject_CallOneArg(describe, text);
        }
        if (description == NULL || PyList_Append(found, description) < 0) {
            Py_CLEAR(found);
        }
        Py_XDECREF(description);
        Py_DECREF(text);
    }
    return found;
}

/* Bytes of all spans; -1 with an exception. */
static Py_ssize_t
measure(PyObject *descriptions, Py_ssize_t fixed)
{
    Py_ssize_t size = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(descriptions); i++) {
        Description of;
        if (read_description(PyList_GET_ITEM(descriptions, i), &of) < 0) {
            return -1;
        }
        size += of.prefix.size + of.label.size + of.attributes.size + fixed;
    }
    return size;
}

static int
write_spans(char *at, const Statement *items, PyObject *descriptions, Part head, Part tail, Part ids)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(descriptions); i++) {
        Description of;
        read_description(PyList_GET_ITEM(descriptions, i), &of);
        int64_t start, end;
        if (moment(0, items[i].start, &start) < 0 || moment(start, items[i].delay, &end) < 0) {
            return -1;
        }
        at = put(at, of.prefix);
        at = put(at, head);
        at = put(at, (Part){ids.bytes + ID_BYTES * i, ID_BYTES});
        at = put(at, tail);
        at = put(at, of.label);
        at = put_times(at, start, end);
        at = put(at, of.attributes);
    }
    return 0;
}

static PyObject *
encode(Statements *statements, PyObject *cache, PyObject *describe, Part head, Part tail, Part ids)
{
    PyObject *descriptions = describe_all(statements, cache, describe);
    if (descriptions == NULL) {
        return NULL;
    }
    PyObject *body = NULL;
    Py_ssize_t size = measure(descriptions, head.size + ID_BYTES + tail.size + TIMES_BYTES);
    Py_ssize_t count = PyList_GET_SIZE(descriptions);
    if (size >= 0 && (ids.size < ID_BYTES * count || statements->size < count)) {
        PyErr_SetString(PyExc_ValueError, "there are fewer ids than statements");
    }
    else if (size >= 0) {
        body = PyBytes_FromStringAndSize(NULL, size);
    }
    if (body != NULL
        && write_spans(PyBytes_AS_STRING(body), statements->items, descriptions, head, tail, ids) < 0) {
        Py_CLEAR(body);
    }
    Py_DECREF(descriptions);
    return body;
}

/* encode_children(statements, cache, describe, head, tail, ids) */
PyObject *
encode_children(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Part head, tail, ids;
    if (nargs != 6) {
        PyErr_Format(PyExc_TypeError, "encode_children() takes 6 arguments, not %zd", nargs);
        return NULL;
    }
    if (!PyDict_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "the cache is a dictionary");
        return NULL;
    }
    if (read_part(args[3], &head) < 0 || read_part(args[4], &tail) < 0 || read_part(args[5], &ids) < 0) {
        return NULL;
    }
    Statements *statements = as_statements(args[0]);
    if (statements == NULL) {
        return NULL;
    }
    PyObject *body = encode(statements, args[1], args[2], head, tail, ids);
    Py_DECREF(statements);
    return body;
}
