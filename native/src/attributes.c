/* Attributes as OTLP: what repeats is known to tools/attributes.py, which is asked for the rest. */

#include "otlp.h"

/* An item of an array of doubles: ArrayValue.values 1 of nine bytes, double_value 4 */
static const Part ITEM = {"\x0a\x09\x21", 3};

/* What is known, by the name of an attribute: bytes by value, and of doubles all but the numbers */
typedef struct {
    PyObject *strings;
    PyObject *integers;
    PyObject *texts;
    PyObject *doubles;
    PyObject *arrays;
} Known;

/* Bytes that grow; the first are on the stack. */
typedef struct {
    char *bytes;
    Py_ssize_t size;
    Py_ssize_t capacity;
    char first[2000];
} Buffer;

/* Where so many bytes may be put; NULL with an exception. */
static char *
more(Buffer *buffer, Py_ssize_t size)
{
    if (buffer->size + size > buffer->capacity) {
        Py_ssize_t capacity = 2 * (buffer->size + size);
        char *bytes = PyMem_Realloc(buffer->bytes == buffer->first ? NULL : buffer->bytes, capacity);
        if (bytes == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        if (buffer->bytes == buffer->first) {
            memcpy(bytes, buffer->first, buffer->size);
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    char *at = buffer->bytes + buffer->size;
    buffer->size += size;
    return at;
}

static int
append(Buffer *buffer, Part part)
{
    char *at = more(buffer, part.size);
    if (at == NULL) {
        return -1;
    }
    put(at, part);
    return 0;
}

/* What is known of an attribute and a value; borrowed. NULL if nothing is, or with an exception. */
static PyObject *
lookup(PyObject *known, PyObject *key, PyObject *value)
{
    PyObject *found = PyDict_GetItemWithError(known, key);
    return found == NULL || !PyDict_Check(found) ? NULL : PyDict_GetItemWithError(found, value);
}

static int
append_double(Buffer *buffer, PyObject *before, double number)
{
    char *at = more(buffer, PyBytes_GET_SIZE(before) + DOUBLE_BYTES);
    if (at == NULL) {
        return -1;
    }
    at = put(at, (Part){PyBytes_AS_STRING(before), PyBytes_GET_SIZE(before)});
    put_double(at, number);
    return 1;
}

static int
append_doubles(Buffer *buffer, PyObject *before, PyObject *values)
{
    Py_ssize_t count = PyTuple_GET_SIZE(values);
    char *at = more(buffer, PyBytes_GET_SIZE(before) + count * (ITEM.size + DOUBLE_BYTES));
    if (at == NULL) {
        return -1;
    }
    at = put(at, (Part){PyBytes_AS_STRING(before), PyBytes_GET_SIZE(before)});
    for (Py_ssize_t i = 0; i < count; i++) {
        at = put(at, ITEM);
        at = put_double(at, PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(values, i)));
    }
    return 1;
}

/* The type of all items, or NULL. */
static PyTypeObject *
type_of_items(PyObject *values)
{
    Py_ssize_t count = PyTuple_GET_SIZE(values);
    PyTypeObject *type = count ? Py_TYPE(PyTuple_GET_ITEM(values, 0)) : NULL;
    for (Py_ssize_t i = 1; i < count; i++) {
        if (Py_TYPE(PyTuple_GET_ITEM(values, i)) != type) {
            return NULL;
        }
    }
    return type;
}

static int
append_if_bytes(Buffer *buffer, PyObject *body)
{
    if (body == NULL || !PyBytes_Check(body)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return append(buffer, (Part){PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body)}) < 0 ? -1 : 1;
}

static int
append_known_array(Buffer *buffer, const Known *known, PyObject *key, PyObject *values)
{
    PyTypeObject *type = type_of_items(values);
    if (type == &PyUnicode_Type) {
        return append_if_bytes(buffer, lookup(known->texts, key, values));
    }
    if (type != &PyFloat_Type) {
        return 0;
    }
    PyObject *count = PyLong_FromSsize_t(PyTuple_GET_SIZE(values));
    PyObject *before = count == NULL ? NULL : lookup(known->arrays, key, count);
    Py_XDECREF(count);
    if (before == NULL || !PyBytes_Check(before)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return append_doubles(buffer, before, values);
}

/* 1 if it was known, 0 if not, -1 with an exception. What is borrowed from a dictionary is copied before anything else
 * is looked up: a name in it that is none of Python's own texts may run code when it is compared. */
static int
append_known(Buffer *buffer, const Known *known, PyObject *key, PyObject *value)
{
    if (!PyUnicode_CheckExact(key)) {
        return 0;
    }
    if (PyUnicode_CheckExact(value)) {
        return append_if_bytes(buffer, lookup(known->strings, key, value));
    }
    if (PyLong_CheckExact(value)) {
        return append_if_bytes(buffer, lookup(known->integers, key, value));
    }
    if (PyTuple_CheckExact(value)) {
        return append_known_array(buffer, known, key, value);
    }
    PyObject *before = PyFloat_CheckExact(value) ? PyDict_GetItemWithError(known->doubles, key) : NULL;
    if (before == NULL || !PyBytes_Check(before)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return append_double(buffer, before, PyFloat_AS_DOUBLE(value));
}

static int
append_encoded(Buffer *buffer, PyObject *encode, PyObject *key, PyObject *value)
{
    Part part;
    PyObject *body = PyObject_CallFunctionObjArgs(encode, key, value, NULL);
    int failed = body == NULL || read_part(body, &part) < 0 || append(buffer, part) < 0;
    Py_XDECREF(body);
    return failed ? -1 : 0;
}

static int
append_all(Buffer *buffer, PyObject *values, const Known *known, PyObject *encode)
{
    Py_ssize_t position = 0;
    int state = 0;
    PyObject *key, *value;
    while (state >= 0 && PyDict_Next(values, &position, &key, &value)) {
        if (value == Py_None) {
            continue;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        state = append_known(buffer, known, key, value);
        if (state == 0) {
            state = append_encoded(buffer, encode, key, value);
        }
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return state < 0 ? -1 : 0;
}

/* encode_attributes(values, known, encode): bytes */
PyObject *
encode_attributes(PyObject *module, PyObject *args)
{
    PyObject *values, *encode;
    Known known;
    if (!PyArg_ParseTuple(args, "O!(O!O!O!O!O!)O:encode_attributes", &PyDict_Type, &values, &PyDict_Type,
                          &known.strings, &PyDict_Type, &known.integers, &PyDict_Type, &known.texts, &PyDict_Type,
                          &known.doubles, &PyDict_Type, &known.arrays, &encode)) {
        return NULL;
    }
    Buffer buffer;
    buffer.bytes = buffer.first;
    buffer.size = 0;
    buffer.capacity = sizeof buffer.first;
    PyObject *body = NULL;
    if (append_all(&buffer, values, &known, encode) == 0) {
        body = PyBytes_FromStringAndSize(buffer.bytes, buffer.size);
    }
    if (buffer.bytes != buffer.first) {
        PyMem_Free(buffer.bytes);
    }
    return body;
}
