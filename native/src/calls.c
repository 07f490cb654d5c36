/* Calls of the ORM of a record, summed up as they end: by operation and model, with the time of those within them taken
 * out. Nothing is kept of the single call, however many there are.
 */

#include "calls.h"

/* Most requests call few operations on few models: a table that Python's own allocator has at hand. */
#define FIRST_CAPACITY 8

static size_t
slot_of(PyObject *operation, PyObject *model)
{
    /* Objects lie on multiples of 16; compared by identity: names are the same object nearly always. */
    uintptr_t mixed = ((uintptr_t)operation >> 4) * 31 + ((uintptr_t)model >> 4);
    return (size_t)(mixed ^ mixed >> 7);
}

static Entry *
find(Calls *self, PyObject *operation, PyObject *model)
{
    size_t slot = slot_of(operation, model) & self->mask;
    while (self->entries[slot].operation != NULL) {
        Entry *entry = &self->entries[slot];
        if (entry->operation == operation && entry->model == model) {
            return entry;
        }
        slot = (slot + 1) & self->mask;
    }
    return &self->entries[slot];
}

static int
grow(Calls *self)
{
    size_t capacity = self->entries == NULL ? FIRST_CAPACITY : 2 * (self->mask + 1);
    Entry *old = self->entries;
    size_t old_capacity = old == NULL ? 0 : self->mask + 1;
    Entry *entries = PyMem_Calloc(capacity, sizeof(Entry));
    if (entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->entries = entries;
    self->mask = capacity - 1;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].operation != NULL) {
            *find(self, old[i].operation, old[i].model) = old[i];
        }
    }
    PyMem_Free(old);
    return 0;
}

/* Whether another entry needs a larger table. The first may be full but for one: there is little to search. */
static int
is_full(const Calls *self)
{
    size_t capacity = self->mask + 1;
    return self->entries == NULL || self->size >= (capacity == FIRST_CAPACITY ? capacity - 1 : capacity / 4 * 3);
}

/* The entry of a call, made if it is the first; those beyond the limit have one an operation. NULL with an exception. */
static Entry *
entry_of(Calls *self, PyObject *operation, PyObject *model, double began)
{
    if (is_full(self) && grow(self) < 0) {
        return NULL;
    }
    Entry *entry = find(self, operation, model);
    if (entry->operation == NULL && self->size >= (size_t)self->limit && model != self->other) {
        return entry_of(self, operation, self->other, began);
    }
    if (entry->operation == NULL) {
        Py_INCREF(operation);
        Py_INCREF(model);
        *entry = (Entry){.operation = operation, .model = model, .first = began, .last = began};
        self->size++;
    }
    return entry;
}

void
merge_entry(Entry *entry, const Entry *added)
{
    entry->calls += added->calls;
    entry->records += added->records;
    entry->own += added->own;
    entry->first = Py_MIN(entry->first, added->first);
    entry->last = Py_MAX(entry->last, added->last);
}

static int
add_entry(Calls *self, const Entry *added)
{
    Entry *entry = entry_of(self, added->operation, added->model, added->first);
    if (entry == NULL) {
        return -1;
    }
    merge_entry(entry, added);
    return 0;
}

/* Count a call that has ended. ``own`` is its time (s) without that of the calls within it. */
int
Calls_add(Calls *self, PyObject *operation, PyObject *model, Py_ssize_t records, double own, double began, double ended)
{
    Entry entry = {operation, model, 1, records, own > 0.0 ? own : 0.0, began, ended};
    return add_entry(self, &entry);
}

static void
forget(Calls *self)
{
    Entry *entries = self->entries;
    size_t capacity = entries == NULL ? 0 : self->mask + 1;
    self->entries = NULL;
    self->size = self->mask = 0;
    for (size_t i = 0; i < capacity; i++) {
        Py_XDECREF(entries[i].operation);
        Py_XDECREF(entries[i].model);
    }
    PyMem_Free(entries);
}

static PyObject *
make(Py_ssize_t limit, PyObject *other)
{
    Calls *self = (Calls *)Calls_Type.tp_alloc(&Calls_Type, 0);
    if (self != NULL) {
        self->other = Py_NewRef(other);
        self->limit = limit;
    }
    return (PyObject *)self;
}

PyObject *
Calls_like(const Calls *other)
{
    return make(other->limit, other->other);
}

static PyObject *
Calls_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *other;
    Py_ssize_t limit;
    if (!PyArg_ParseTuple(args, "nU:Calls", &limit, &other)) {
        return NULL;
    }
    return make(limit, other);
}

static void
Calls_dealloc(Calls *self)
{
    forget(self);
    Py_XDECREF(self->other);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static Py_ssize_t
Calls_length(Calls *self)
{
    return (Py_ssize_t)self->size;
}

/* Names that are equal, but not the same object, are one. */
static int
add_to(PyObject *found, const Entry *entry)
{
    PyObject *key = PyTuple_Pack(2, entry->operation, entry->model);
    PyObject *known = key == NULL ? NULL : PyDict_GetItemWithError(found, key);
    Py_ssize_t calls = entry->calls, records = entry->records;
    double own = entry->own, first = entry->first, last = entry->last;
    if (known != NULL) {
        calls += PyLong_AsSsize_t(PyList_GET_ITEM(known, 0));
        records += PyLong_AsSsize_t(PyList_GET_ITEM(known, 1));
        own += PyFloat_AS_DOUBLE(PyList_GET_ITEM(known, 2));
        first = Py_MIN(first, PyFloat_AS_DOUBLE(PyList_GET_ITEM(known, 3)));
        last = Py_MAX(last, PyFloat_AS_DOUBLE(PyList_GET_ITEM(known, 4)));
    }
    PyObject *told = PyErr_Occurred() ? NULL : Py_BuildValue("[nnddd]", calls, records, own, first, last);
    int failed = told == NULL || PyDict_SetItem(found, key, told) < 0;
    Py_XDECREF(told);
    Py_XDECREF(key);
    return failed ? -1 : 0;
}

static PyObject *
told(const Entry *entries, size_t capacity)
{
    PyObject *found = PyDict_New();
    for (size_t i = 0; found != NULL && i < capacity; i++) {
        if (entries[i].operation != NULL && add_to(found, &entries[i]) < 0) {
            Py_CLEAR(found);
        }
    }
    return found;
}

static PyObject *
Calls_take(Calls *self, PyObject *nothing)
{
    /* To make objects may run the collector, and that anything: what is told is nobody else's by then. */
    Calls taken = *self;
    self->entries = NULL;
    self->size = self->mask = 0;
    PyObject *found = told(taken.entries, taken.entries == NULL ? 0 : taken.mask + 1);
    forget(&taken);
    return found;
}

static PyObject *
Calls_entries(Calls *self, PyObject *nothing)
{
    Calls copied = {.mask = self->mask, .entries = NULL};
    size_t capacity = self->entries == NULL ? 0 : self->mask + 1;
    if (capacity) {
        copied.entries = PyMem_New(Entry, capacity);
        if (copied.entries == NULL) {
            return PyErr_NoMemory();
        }
        memcpy(copied.entries, self->entries, capacity * sizeof(Entry));
    }
    for (size_t i = 0; i < capacity; i++) {
        Py_XINCREF(copied.entries[i].operation);
        Py_XINCREF(copied.entries[i].model);
    }
    PyObject *found = told(copied.entries, capacity);
    forget(&copied);
    return found;
}

static PyObject *
Calls_absorb(Calls *self, PyObject *given)
{
    if (!Py_IS_TYPE(given, &Calls_Type) || given == (PyObject *)self) {
        PyErr_SetString(PyExc_TypeError, "absorb() takes other Calls");
        return NULL;
    }
    const Calls *other = (Calls *)given;
    for (size_t i = 0; other->entries != NULL && i <= other->mask; i++) {
        if (other->entries[i].operation != NULL && add_entry(self, &other->entries[i]) < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

/* Nothing to put together: calls are counted as they end. */
static PyObject *
Calls_fold(Calls *self, PyObject *nothing)
{
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fold", (PyCFunction)Calls_fold, METH_NOARGS, "fold(): does nothing; calls are put together as they end"},
    {"absorb", (PyCFunction)Calls_absorb, METH_O, "absorb(calls): add what others have counted"},
    {"take", (PyCFunction)Calls_take, METH_NOARGS, "take(): entries(), and begin anew"},
    {"entries", (PyCFunction)Calls_entries, METH_NOARGS,
     "entries(): {(operation, model): [calls, records, own s, when the first began, when the last ended]}"},
    {"longest", (PyCFunction)Calls_longest, METH_VARARGS,
     "longest(least, most): [((operation, model), [calls, records, own s, first, last])] of those that took so much"},
    {NULL},
};

static PySequenceMethods as_sequence = {
    .sq_length = (lenfunc)Calls_length,
};

PyTypeObject Calls_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "odooops_native.Calls",
    .tp_doc = "Calls(limit, other): calls of the ORM by operation and model, at most so many; the rest counts as other",
    .tp_basicsize = sizeof(Calls),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Calls_new,
    .tp_dealloc = (destructor)Calls_dealloc,
    .tp_as_sequence = &as_sequence,
    .tp_methods = methods,
};
