/* NotedMethod: a method of Odoo's models whose calls are noted in the record of the request or job that makes them.
 *
 * A function of Python in its place costs a frame, a try, and a tuple and two floats a call, and what it touches is in
 * no cache of the processor when it is called.
 */

#include <time.h>

#include "calls.h"
#include "models.h"

/* What has as many entries as there were records: the records themselves, what was found, or nothing */
enum counted { RECORDS, FOUND, NOTHING };

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *original;
    PyObject *operation;
    /* The context variable of the record */
    PyObject *current;
    /* Called with an exception that is a fault of ours */
    PyObject *broken;
    int counted;
    PyObject *attributes;
    PyObject *weakrefs;
} NotedMethod;

static PyObject *orm_name;
/* Where the records of telemetry/record.py have it; all records of a process are of one class. */
static PyTypeObject *record_type;
static Py_ssize_t orm_offset;

/* As time.perf_counter() on Linux */
static double
now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* The current record, or NULL without an exception: there is none. */
static PyObject *
find_record(NotedMethod *self)
{
    PyObject *record = NULL;
    if (PyContextVar_Get(self->current, Py_None, &record) < 0) {
        PyErr_Clear();
        return NULL;
    }
    if (record == Py_None) {
        Py_CLEAR(record);
    }
    return record;
}

static Py_ssize_t
count_records(const NotedMethod *self, PyObject *model, PyObject *found)
{
    if (self->counted == RECORDS) {
        return count_of(model);
    }
    if (self->counted == NOTHING || found == NULL) {
        return 0;
    }
    /* Records of the same model, nearly always: their length is that of their ids, by a function of Python's. */
    return Py_IS_TYPE(found, Py_TYPE(model)) ? count_of(found) : PyObject_Size(found);
}

/* In a record whose calls are listed by Python. */
static int
append_call(NotedMethod *self, PyObject *calls, PyObject *model, Py_ssize_t records, double began, double ended)
{
    PyObject *call = Py_BuildValue("(OOndd)", self->operation, model, records, began, ended);
    int failed = call == NULL || PyList_Append(calls, call) < 0;
    Py_XDECREF(call);
    return failed ? -1 : 0;
}

static int
note(NotedMethod *self, PyObject *calls, PyObject *records, PyObject *found, double own, double began, double ended)
{
    Py_ssize_t count = count_records(self, records, found);
    PyObject *model = count < 0 ? NULL : model_of(records);
    int failed = -1;
    if (model == NULL) {
        return -1;
    }
    if (Py_IS_TYPE(calls, &Calls_Type)) {
        failed = Calls_add((Calls *)calls, self->operation, model, count, own, began, ended);
    }
    else if (PyList_Check(calls)) {
        failed = append_call(self, calls, model, count, began, ended);
    }
    else {
        PyErr_Format(PyExc_TypeError, "calls are not noted in %.100s", Py_TYPE(calls)->tp_name);
    }
    Py_DECREF(model);
    return failed;
}

/* Tell of a fault of ours, and go on. */
static void
report(NotedMethod *self)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(error, traceback);
    }
    PyObject *result = PyObject_CallOneArg(self->broken, error);
    if (result == NULL) {
        PyErr_WriteUnraisable(self->broken);
    }
    Py_XDECREF(result);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}

static PyObject *
call_noted(NotedMethod *self, PyObject *calls, PyObject *const *args, size_t nargs, PyObject *names)
{
    Calls *sums = Py_IS_TYPE(calls, &Calls_Type) ? (Calls *)calls : NULL;
    double outer = 0.0, inner = 0.0;
    if (sums != NULL) {
        outer = sums->inner;
        sums->inner = 0.0;
    }
    double began = now();
    PyObject *found = PyObject_Vectorcall(self->original, args, nargs, names);
    double ended = now();
    if (sums != NULL) {
        inner = sums->inner;
        sums->inner = outer + (ended - began);
    }

    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    if (found == NULL) {
        PyErr_Fetch(&type, &value, &traceback);
    }
    if (note(self, calls, args[0], found, ended - began - inner, began, ended) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_Exception)) {
            /* Somebody ends the process. */
            Py_XDECREF(type);
            Py_XDECREF(value);
            Py_XDECREF(traceback);
            Py_CLEAR(found);
            return NULL;
        }
        report(self);
    }
    if (found == NULL) {
        PyErr_Restore(type, value, traceback);
    }
    return found;
}

/* A record's calls; a new reference, or NULL with an exception. */
static PyObject *
calls_of(PyObject *record)
{
    PyObject *calls = Py_IS_TYPE(record, record_type) ? *(PyObject **)((char *)record + orm_offset) : NULL;
    return calls == NULL ? PyObject_GetAttr(record, orm_name) : Py_NewRef(calls);
}

static PyObject *
NotedMethod_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *names)
{
    NotedMethod *self = (NotedMethod *)callable;
    /* Without the flag that lends the place before the first argument */
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    PyObject *record = nargs ? find_record(self) : NULL;
    if (record == NULL) {
        return PyObject_Vectorcall(self->original, args, nargs, names);
    }
    PyObject *calls = calls_of(record);
    Py_DECREF(record);
    if (calls == NULL) {
        report(self);
        return PyObject_Vectorcall(self->original, args, nargs, names);
    }
    /* It has ended: see telemetry/record.py. */
    PyObject *found = calls == Py_None ? PyObject_Vectorcall(self->original, args, nargs, names)
                                       : call_noted(self, calls, args, nargs, names);
    Py_DECREF(calls);
    return found;
}

static PyObject *
NotedMethod_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *original, *operation, *current, *broken;
    int counted;
    if (!PyArg_ParseTuple(args, "OUiOO:NotedMethod", &original, &operation, &counted, &current, &broken)) {
        return NULL;
    }
    if (!PyContextVar_CheckExact(current) || !PyCallable_Check(original) || !PyCallable_Check(broken)) {
        PyErr_SetString(PyExc_TypeError, "takes (function, operation, counted, context variable, function)");
        return NULL;
    }
    NotedMethod *self = (NotedMethod *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->vectorcall = NotedMethod_vectorcall;
    self->original = Py_NewRef(original);
    self->operation = Py_NewRef(operation);
    self->current = Py_NewRef(current);
    self->broken = Py_NewRef(broken);
    self->counted = counted;
    return (PyObject *)self;
}

static int
NotedMethod_traverse(NotedMethod *self, visitproc visit, void *arg)
{
    Py_VISIT(self->original);
    Py_VISIT(self->current);
    Py_VISIT(self->broken);
    Py_VISIT(self->attributes);
    return 0;
}

static int
NotedMethod_clear(NotedMethod *self)
{
    /* It may be called by what is cleared after it: the rest stays until it goes itself. */
    Py_CLEAR(self->attributes);
    return 0;
}

static void
NotedMethod_dealloc(NotedMethod *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_ClearWeakRefs((PyObject *)self);
    NotedMethod_clear(self);
    Py_XDECREF(self->original);
    Py_XDECREF(self->operation);
    Py_XDECREF(self->current);
    Py_XDECREF(self->broken);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* As a function: bound to an instance, and itself on the class. */
static PyObject *
NotedMethod_get(PyObject *self, PyObject *instance, PyObject *owner)
{
    if (instance == NULL || instance == Py_None) {
        return Py_NewRef(self);
    }
    return PyMethod_New(self, instance);
}

static PyGetSetDef properties[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict},
    {NULL},
};

PyTypeObject NotedMethod_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "odooops_native.NotedMethod",
    .tp_doc = "NotedMethod(function, operation, counted, current, broken): the function, its calls noted in current.get().orm",
    .tp_basicsize = sizeof(NotedMethod),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = NotedMethod_new,
    .tp_dealloc = (destructor)NotedMethod_dealloc,
    .tp_traverse = (traverseproc)NotedMethod_traverse,
    .tp_clear = (inquiry)NotedMethod_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(NotedMethod, vectorcall),
    .tp_descr_get = NotedMethod_get,
    .tp_dictoffset = offsetof(NotedMethod, attributes),
    .tp_weaklistoffset = offsetof(NotedMethod, weakrefs),
    .tp_getset = properties,
};

void
know_records(PyTypeObject *type, Py_ssize_t offset)
{
    Py_INCREF(type);
    Py_XSETREF(record_type, type);
    orm_offset = offset;
}

/* Names that are looked up at each call */
int
prepare_names(void)
{
    orm_name = PyUnicode_InternFromString("orm");
    return orm_name == NULL ? -1 : 0;
}
