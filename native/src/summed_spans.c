/* Spans of many calls or statements put together, as OTLP: fields of ScopeSpans (spans 2), from what tools/orm_spans.py
 * and tools/statement_spans.py describe. */

#include "otlp.h"

/* What is told of one place: (place, [numbers ..., seconds, when the first began, when the last ended]) */
typedef struct {
    PyObject *key;
    double seconds;
    double first;
    double last;
} Sum;

/* (place, numbers ...), a new reference; NULL with an exception. */
static PyObject *
key_of(PyObject *place, PyObject *entry, Py_ssize_t numbers)
{
    PyObject *key = PyTuple_New(1 + numbers);
    if (key == NULL) {
        return NULL;
    }
    PyTuple_SET_ITEM(key, 0, Py_NewRef(place));
    for (Py_ssize_t i = 0; i < numbers; i++) {
        PyTuple_SET_ITEM(key, 1 + i, Py_NewRef(PyList_GET_ITEM(entry, i)));
    }
    return key;
}

/* Its key is a new reference; -1 with an exception. */
static int
read_sum(PyObject *given, Sum *sum)
{
    PyObject *entry = NULL;
    if (PyTuple_Check(given) && PyTuple_GET_SIZE(given) == 2) {
        entry = PyTuple_GET_ITEM(given, 1);
    }
    Py_ssize_t numbers = entry != NULL && PyList_Check(entry) ? PyList_GET_SIZE(entry) - 3 : -1;
    if (numbers < 0) {
        PyErr_SetString(PyExc_TypeError, "what is summed up is (place, [numbers ..., seconds, first, last])");
        return -1;
    }
    double *times[] = {&sum->seconds, &sum->first, &sum->last};
    for (int i = 0; i < 3; i++) {
        PyObject *time = PyList_GET_ITEM(entry, numbers + i);
        /* What is a number in another way may run code that changes the list. */
        if (!PyFloat_CheckExact(time)) {
            PyErr_SetString(PyExc_TypeError, "times of what is summed up are floats");
            return -1;
        }
        *times[i] = PyFloat_AS_DOUBLE(time);
    }
    sum->key = key_of(PyTuple_GET_ITEM(given, 0), entry, numbers);
    return sum->key == NULL ? -1 : 0;
}

/* From the cache or asked for; a new reference, or NULL with an exception. */
static PyObject *
frame_of(PyObject *key, PyObject *frames, PyObject *make)
{
    PyObject *frame = PyDict_GetItemWithError(frames, key);
    if (frame != NULL) {
        return Py_NewRef(frame);
    }
    return PyErr_Occurred() ? NULL : PyObject_CallOneArg(make, key);
}

typedef struct {
    PyObject *frames;
    PyObject *make;
    Part head;
    Part tail;
    const char *id;
    /* long long as PyArg_ParseTuple has it */
    long long offset;
} Span;

static PyObject *
written(const Span *span, const Sum *sum, const Description *of)
{
    int64_t start, end;
    if (moment(span->offset, sum->first, &start) < 0 || moment(span->offset, sum->last, &end) < 0) {
        return NULL;
    }
    Py_ssize_t fixed = span->head.size + ID_BYTES + span->tail.size + TIMES_BYTES + DOUBLE_BYTES;
    Py_ssize_t size = of->prefix.size + of->label.size + of->attributes.size + fixed;
    PyObject *body = PyBytes_FromStringAndSize(NULL, size);
    if (body == NULL) {
        return NULL;
    }
    char *at = PyBytes_AS_STRING(body);
    at = put(at, of->prefix);
    at = put(at, span->head);
    at = put(at, (Part){span->id, ID_BYTES});
    at = put(at, span->tail);
    at = put(at, of->label);
    at = put_times(at, start, end);
    at = put(at, of->attributes);
    put_double(at, sum->seconds);
    return body;
}

static PyObject *
encode_one(const Span *span, PyObject *given)
{
    Sum sum;
    if (read_sum(given, &sum) < 0) {
        return NULL;
    }
    Description of;
    PyObject *body = NULL, *frame = frame_of(sum.key, span->frames, span->make);
    if (frame != NULL && read_description(frame, &of) == 0) {
        body = written(span, &sum, &of);
    }
    Py_XDECREF(frame);
    Py_DECREF(sum.key);
    return body;
}

/* encode_summed(summed, frames, make, head, tail, ids, offset): a list of bytes */
PyObject *
encode_summed(PyObject *module, PyObject *args)
{
    PyObject *summed, *head, *tail, *ids;
    Span span;
    if (!PyArg_ParseTuple(args, "O!O!OSSSL:encode_summed", &PyList_Type, &summed, &PyDict_Type, &span.frames, &span.make,
                          &head, &tail, &ids, &span.offset)) {
        return NULL;
    }
    span.head = (Part){PyBytes_AS_STRING(head), PyBytes_GET_SIZE(head)};
    span.tail = (Part){PyBytes_AS_STRING(tail), PyBytes_GET_SIZE(tail)};
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found != NULL && i < PyList_GET_SIZE(summed); i++) {
        if (PyBytes_GET_SIZE(ids) < ID_BYTES * (i + 1)) {
            PyErr_SetString(PyExc_ValueError, "there are fewer ids than spans");
            Py_CLEAR(found);
            break;
        }
        span.id = PyBytes_AS_STRING(ids) + ID_BYTES * i;
        PyObject *given = Py_NewRef(PyList_GET_ITEM(summed, i));
        PyObject *body = encode_one(&span, given);
        Py_DECREF(given);
        if (body == NULL || PyList_Append(found, body) < 0) {
            Py_CLEAR(found);
        }
        Py_XDECREF(body);
    }
    return found;
}
