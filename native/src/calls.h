/* Calls of the ORM of a record. */

#ifndef ODOOOPS_CALLS_H
#define ODOOOPS_CALLS_H

#include "native.h"

/* Calls of one operation on one model; times in s of the monotonic clock. */
typedef struct {
    PyObject *operation;
    PyObject *model;
    Py_ssize_t calls;
    Py_ssize_t records;
    double own;
    double first;
    double last;
} Entry;

typedef struct {
    PyObject_HEAD
    Entry *entries;
    /* Entries that there are, and the capacity less one, a power of two */
    size_t size;
    size_t mask;
    Py_ssize_t limit;
    PyObject *other;
    /* Seconds of the calls that have ended within the one that runs now. A record belongs to one thread or greenlet;
     * where two share one, time of the one may be taken out of the other's. */
    double inner;
} Calls;

int Calls_add(Calls *self, PyObject *operation, PyObject *model, Py_ssize_t records, double own, double began,
              double ended);

/* Add to an entry what another of the same names has. */
void merge_entry(Entry *entry, const Entry *added);

/* None yet, with the limits of others; a new reference, or NULL with an exception. */
PyObject *Calls_like(const Calls *other);

/* Of which class records are, and where they have their calls. */
void know_records(PyTypeObject *type, Py_ssize_t offset);

PyObject *Calls_longest(Calls *self, PyObject *args);

#endif
