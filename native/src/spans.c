/* Spans of statements as OTLP: fields of ScopeSpans (spans 2), put together from what tools/statement_spans.py
 * describes. */

#include "native.h"

#define ID_BYTES 8
/* Span.start_time_unix_nano 7 and end_time_unix_nano 8, both fixed64: tag and number */
#define START_TAG 0x39
#define END_TAG 0x41
#define TIMES_BYTES 18

typedef struct {
    const char *bytes;
    Py_ssize_t size;
} Part;

static int
read_part(PyObject *object, Part *part)
{
    if (!PyBytes_Check(object)) {
        PyErr_Format(PyExc_TypeError, "bytes are wanted, not %.100s", Py_TYPE(object)->tp_name);
        return -1;
    }
    *part = (Part){PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object)};
    return 0;
}

/* (prefix, label, attributes) */
static int
read_description(PyObject *description, Part parts[3])
{
    if (!PyTuple_Check(description) || PyTuple_GET_SIZE(description) != 3) {
        PyErr_SetString(PyExc_TypeError, "a description is (prefix, label, attributes)");
        return -1;
    }
    for (int i = 0; i < 3; i++) {
        if (read_part(PyTuple_GET_ITEM(description, i), &parts[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static char *
put(char *at, Part part)
{
    memcpy(at, part.bytes, part.size);
    return at + part.size;
}

static char *
put_fixed64(char *at, unsigned char tag, uint64_t number)
{
    *at++ = (char)tag;
    for (int i = 0; i < 8; i++) {
        *at++ = (char)(number >> 8 * i & 0xff);
    }
    return at;
}

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
        Part parts[3];
        if (read_description(PyList_GET_ITEM(descriptions, i), parts) < 0) {
            return -1;
        }
        size += parts[0].size + parts[1].size + parts[2].size + fixed;
    }
    return size;
}

static void
write_spans(char *at, const Statement *items, PyObject *descriptions, Part head, Part tail, Part ids)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(descriptions); i++) {
        Part parts[3];
        read_description(PyList_GET_ITEM(descriptions, i), parts);
        int64_t start = (int64_t)(items[i].start * 1e9);
        int64_t end = start + (int64_t)(items[i].delay * 1e9);
        at = put(at, parts[0]);
        at = put(at, head);
        at = put(at, (Part){ids.bytes + ID_BYTES * i, ID_BYTES});
        at = put(at, tail);
        at = put(at, parts[1]);
        at = put_fixed64(at, START_TAG, (uint64_t)start);
        at = put_fixed64(at, END_TAG, (uint64_t)end);
        at = put(at, parts[2]);
    }
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
    if (body != NULL) {
        write_spans(PyBytes_AS_STRING(body), statements->items, descriptions, head, tail, ids);
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
