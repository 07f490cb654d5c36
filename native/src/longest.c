/* What took most of the time of a record in the ORM. */

#include "calls.h"

/* Names that are equal, but not the same object, come together. */
static int
by_name(const void *one, const void *other)
{
    const Entry *a = one, *b = other;
    int order = a->operation == b->operation ? 0 : PyUnicode_Compare(a->operation, b->operation);
    return order || a->model == b->model ? order : PyUnicode_Compare(a->model, b->model);
}

static int
by_beginning(const void *one, const void *other)
{
    double a = ((const Entry *)one)->first, b = ((const Entry *)other)->first;
    return (a > b) - (a < b);
}

static int
by_time(const void *one, const void *other)
{
    double a = ((const Entry *)one)->own, b = ((const Entry *)other)->own;
    return a == b ? by_beginning(one, other) : (a < b) - (a > b);
}

/* All entries as an array without gaps and one of each name; names are borrowed. NULL with an exception. */
static Entry *
gathered(const Calls *self, size_t *count)
{
    Entry *found = PyMem_New(Entry, self->size + 1);
    size_t size = 0, merged = 0;
    if (found == NULL) {
        return (Entry *)PyErr_NoMemory();
    }
    for (size_t i = 0; self->entries != NULL && i <= self->mask; i++) {
        if (self->entries[i].operation != NULL) {
            found[size++] = self->entries[i];
        }
    }
    qsort(found, size, sizeof(Entry), by_name);
    for (size_t i = 0; i < size; i++) {
        if (merged && by_name(&found[merged - 1], &found[i]) == 0) {
            merge_entry(&found[merged - 1], &found[i]);
        }
        else {
            found[merged++] = found[i];
        }
    }
    *count = merged;
    return found;
}

/* Those that took so much time, at most so many, in the order in which they began; how many. */
static size_t
choose(Entry *entries, size_t count, double least, size_t most)
{
    qsort(entries, count, sizeof(Entry), by_time);
    size_t chosen = 0;
    while (chosen < count && chosen < most && entries[chosen].own >= least) {
        chosen++;
    }
    qsort(entries, chosen, sizeof(Entry), by_beginning);
    return chosen;
}

static PyObject *
listed(const Entry *entries, size_t count)
{
    PyObject *found = PyList_New(0);
    for (size_t i = 0; found != NULL && i < count; i++) {
        const Entry *each = &entries[i];
        PyObject *told = Py_BuildValue("((OO)[nnddd])", each->operation, each->model, each->calls, each->records,
                                       each->own, each->first, each->last);
        if (told == NULL || PyList_Append(found, told) < 0) {
            Py_CLEAR(found);
        }
        Py_XDECREF(told);
    }
    return found;
}

PyObject *
Calls_longest(Calls *self, PyObject *args)
{
    double least;
    Py_ssize_t most;
    size_t count = 0;
    if (!PyArg_ParseTuple(args, "dn:longest", &least, &most)) {
        return NULL;
    }
    Entry *entries = gathered(self, &count);
    if (entries == NULL) {
        return NULL;
    }
    count = choose(entries, count, least, most < 0 ? 0 : (size_t)most);
    /* To make objects may run the collector, and that anything. */
    for (size_t i = 0; i < count; i++) {
        Py_INCREF(entries[i].operation);
        Py_INCREF(entries[i].model);
    }
    PyObject *found = listed(entries, count);
    for (size_t i = 0; i < count; i++) {
        Py_DECREF(entries[i].operation);
        Py_DECREF(entries[i].model);
    }
    PyMem_Free(entries);
    return found;
}
