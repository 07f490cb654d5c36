/* Sums: statements put together by their text, of one record or of all that have ended since they were told. */

#include "native.h"

#define FIRST_CAPACITY 32

/* Statements of one text, which is one object: see texts.c. */
typedef struct {
    PyObject *text;
    Py_ssize_t count;
    double seconds;
    double first;
    double end;
} Group;

typedef struct {
    PyObject_HEAD
    Group *groups;
    /* Of each group as many as there are buckets */
    Py_ssize_t *buckets;
    Py_ssize_t size;
    Py_ssize_t capacity;
    /* Number of a group + 1 by the address of its text; 0 is free. Twice the capacity, a power of two */
    Py_ssize_t *slots;
    double *bounds;
    Py_ssize_t bucket_count;
} Sums;

static size_t
slot_of(const Sums *self, PyObject *text)
{
    /* Objects lie on multiples of 16. */
    uintptr_t address = (uintptr_t)text >> 4;
    return (size_t)(address ^ address >> 9) & (2 * self->capacity - 1);
}

static void
fill_slots(Sums *self)
{
    for (Py_ssize_t i = 0; i < self->size; i++) {
        size_t slot = slot_of(self, self->groups[i].text);
        while (self->slots[slot]) {
            slot = (slot + 1) & (2 * self->capacity - 1);
        }
        self->slots[slot] = i + 1;
    }
}

static int
grow(Sums *self)
{
    Py_ssize_t capacity = self->capacity ? 2 * self->capacity : FIRST_CAPACITY;
    Group *groups = PyMem_Realloc(self->groups, capacity * sizeof(Group));
    if (groups != NULL) {
        self->groups = groups;
    }
    Py_ssize_t *buckets = PyMem_Realloc(self->buckets, capacity * self->bucket_count * sizeof(Py_ssize_t));
    if (buckets != NULL) {
        self->buckets = buckets;
    }
    Py_ssize_t *slots = PyMem_Calloc(2 * capacity, sizeof(Py_ssize_t));
    if (groups == NULL || buckets == NULL || slots == NULL) {
        PyMem_Free(slots);
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(self->slots);
    self->slots = slots;
    self->capacity = capacity;
    fill_slots(self);
    return 0;
}

/* The number of the group of a statement, made if it is the first of its text; -1 with an exception. */
static Py_ssize_t
find_group(Sums *self, const Statement *statement)
{
    if (self->size == self->capacity && grow(self) < 0) {
        return -1;
    }
    size_t slot = slot_of(self, statement->text);
    for (; self->slots[slot]; slot = (slot + 1) & (2 * self->capacity - 1)) {
        if (self->groups[self->slots[slot] - 1].text == statement->text) {
            return self->slots[slot] - 1;
        }
    }
    if (!PyUnicode_CheckExact(statement->text)) {
        PyErr_SetString(PyExc_TypeError, "texts of statements are shortened before they are put together");
        return -1;
    }
    Py_ssize_t number = self->size++;
    self->slots[slot] = number + 1;
    self->groups[number] = (Group){
        .text = Py_NewRef(statement->text),
        .first = statement->start,
        .end = statement->start,
    };
    memset(self->buckets + number * self->bucket_count, 0, self->bucket_count * sizeof(Py_ssize_t));
    return number;
}

/* Bucket i holds bounds[i-1] < value <= bounds[i]. */
static Py_ssize_t
bucket_of(const Sums *self, double value)
{
    Py_ssize_t bucket = 0;
    while (bucket < self->bucket_count - 1 && self->bounds[bucket] < value) {
        bucket++;
    }
    return bucket;
}

/* Count a statement; its seconds, or -1 with an exception. */
static double
count_statement(Sums *self, const Statement *statement)
{
    Py_ssize_t number = find_group(self, statement);
    if (number < 0) {
        return -1.0;
    }
    Group *group = &self->groups[number];
    /* The clock was set back meanwhile; a counter must not fall. */
    double delay = statement->delay < 0.0 ? 0.0 : statement->delay;
    group->count++;
    group->seconds += delay;
    group->first = Py_MIN(group->first, statement->start);
    group->end = Py_MAX(group->end, statement->start + delay);
    self->buckets[number * self->bucket_count + bucket_of(self, delay)]++;
    return delay;
}

static PyObject *
Sums_add(Sums *self, PyObject *given)
{
    Statements *statements = as_statements(given);
    if (statements == NULL) {
        return NULL;
    }
    share_texts(statements);
    double total = 0.0, seconds = 0.0;
    /* No code of Python's runs meanwhile: nothing is appended. */
    for (Py_ssize_t i = 0; seconds >= 0.0 && i < statements->size; i++) {
        seconds = count_statement(self, &statements->items[i]);
        total += seconds;
    }
    Py_DECREF(statements);
    return seconds < 0.0 ? NULL : PyFloat_FromDouble(total);
}

/* ((bucket, count), ...), without those that are empty */
static PyObject *
buckets_of(const Sums *self, Py_ssize_t number)
{
    const Py_ssize_t *buckets = self->buckets + number * self->bucket_count;
    Py_ssize_t filled = 0, next = 0;
    for (Py_ssize_t i = 0; i < self->bucket_count; i++) {
        filled += buckets[i] != 0;
    }
    PyObject *found = PyTuple_New(filled);
    for (Py_ssize_t i = 0; found != NULL && i < self->bucket_count; i++) {
        if (!buckets[i]) {
            continue;
        }
        PyObject *pair = Py_BuildValue("(nn)", i, buckets[i]);
        if (pair == NULL) {
            Py_CLEAR(found);
            break;
        }
        PyTuple_SET_ITEM(found, next++, pair);
    }
    return found;
}

static PyObject *
told(const Sums *self)
{
    PyObject *found = PyList_New(self->size);
    for (Py_ssize_t i = 0; found != NULL && i < self->size; i++) {
        const Group *group = &self->groups[i];
        PyObject *buckets = buckets_of(self, i);
        PyObject *each = buckets == NULL ? NULL
                                         : Py_BuildValue("(OndddN)", group->text, group->count, group->seconds,
                                                         group->first, group->end, buckets);
        if (each == NULL) {
            Py_CLEAR(found);
            break;
        }
        PyList_SET_ITEM(found, i, each);
    }
    return found;
}

/* What was counted is the caller's alone from now on. */
static Sums
give_away(Sums *self)
{
    Sums given = *self;
    self->groups = NULL;
    self->buckets = self->slots = NULL;
    self->size = self->capacity = 0;
    return given;
}

/* Let go of all groups, and of the memory that the most of them needed. */
static void
forget(Sums *self)
{
    Sums gone = give_away(self);
    for (Py_ssize_t i = 0; i < gone.size; i++) {
        Py_DECREF(gone.groups[i].text);
    }
    PyMem_Free(gone.groups);
    PyMem_Free(gone.buckets);
    PyMem_Free(gone.slots);
}

static PyObject *
Sums_take(Sums *self, PyObject *nothing)
{
    /* To make objects may run the collector, and that anything: what is told is nobody else's by then. */
    Sums taken = give_away(self);
    PyObject *found = told(&taken);
    forget(&taken);
    return found;
}

/* What a text is, as known or read; a new reference, or NULL with an exception. */
static PyObject *
shape_of(PyObject *text, PyObject *known, PyObject *read)
{
    PyObject *shape = PyDict_GetItemWithError(known, text);
    if (shape != NULL) {
        return Py_NewRef(shape);
    }
    return PyErr_Occurred() ? NULL : PyObject_CallOneArg(read, text);
}

/* Texts of one shape are one: [count, s, start of the first, end of the last]. */
static int
add_to_tally(PyObject *tally, PyObject *shape, const Group *group)
{
    PyObject *entry = PyDict_GetItemWithError(tally, shape);
    Py_ssize_t count = group->count;
    double seconds = group->seconds, first = group->first, end = group->end;
    if (entry != NULL) {
        count += PyLong_AsSsize_t(PyList_GET_ITEM(entry, 0));
        seconds += PyFloat_AS_DOUBLE(PyList_GET_ITEM(entry, 1));
        first = Py_MIN(first, PyFloat_AS_DOUBLE(PyList_GET_ITEM(entry, 2)));
        end = Py_MAX(end, PyFloat_AS_DOUBLE(PyList_GET_ITEM(entry, 3)));
    }
    PyObject *told = PyErr_Occurred() ? NULL : Py_BuildValue("[nddd]", count, seconds, first, end);
    int failed = told == NULL || PyDict_SetItem(tally, shape, told) < 0;
    Py_XDECREF(told);
    return failed ? -1 : 0;
}

static PyObject *
tallied(const Sums *self, PyObject *known, PyObject *read)
{
    PyObject *tally = PyDict_New();
    for (Py_ssize_t i = 0; tally != NULL && i < self->size; i++) {
        PyObject *shape = shape_of(self->groups[i].text, known, read);
        if (shape == NULL || add_to_tally(tally, shape, &self->groups[i]) < 0) {
            Py_CLEAR(tally);
        }
        Py_XDECREF(shape);
    }
    return tally;
}

static PyObject *
Sums_tally(Sums *self, PyObject *args)
{
    PyObject *known, *read;
    if (!PyArg_ParseTuple(args, "O!O:tally", &PyDict_Type, &known, &read)) {
        return NULL;
    }
    Sums taken = give_away(self);
    PyObject *tally = tallied(&taken, known, read);
    forget(&taken);
    return tally;
}

static int
read_bounds(Sums *self, PyObject *bounds)
{
    Py_ssize_t count = PyTuple_GET_SIZE(bounds);
    self->bucket_count = count + 1;
    self->bounds = PyMem_New(double, count + 1);
    if (self->bounds == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        self->bounds[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(bounds, i));
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *
Sums_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *bounds;
    if (!PyArg_ParseTuple(args, "O!:Sums", &PyTuple_Type, &bounds)) {
        return NULL;
    }
    Sums *self = (Sums *)type->tp_alloc(type, 0);
    if (self != NULL && read_bounds(self, bounds) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static void
Sums_dealloc(Sums *self)
{
    forget(self);
    PyMem_Free(self->bounds);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)Sums_add, METH_O, "add(statements): count them; their seconds together"},
    {"take", (PyCFunction)Sums_take, METH_NOARGS,
     "take(): [(text, count, s, start of the first, end of the last, ((bucket, count), ...))], and begin anew"},
    {"tally", (PyCFunction)Sums_tally, METH_VARARGS,
     "tally(known, read): {what a text is: [count, s, start of the first, end of the last]}, and begin anew"},
    {NULL},
};

PyTypeObject Sums_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "odooops_native.Sums",
    .tp_doc = "Sums(bounds): statements by text, their durations in buckets",
    .tp_basicsize = sizeof(Sums),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Sums_new,
    .tp_dealloc = (destructor)Sums_dealloc,
    .tp_methods = methods,
};
