/* What the files of this module share. */

#ifndef ODOOOPS_NATIVE_H
#define ODOOOPS_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#ifdef Py_GIL_DISABLED
#error "odooops_native needs the global interpreter lock; telemetry works without it"
#endif
#include <structmember.h>

extern PyTypeObject Statements_Type;
extern PyTypeObject Sums_Type;
extern PyTypeObject Calls_Type;
extern PyTypeObject NotedMethod_Type;
extern PyTypeObject Intake_Type;

/* A statement: what was executed, when it began (s since the epoch) and how long it took (s). */
typedef struct {
    PyObject *text;
    double start;
    double delay;
} Statement;

/* The statements of a record, in the order in which they ended. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Statement *items;
    Py_ssize_t size;
    Py_ssize_t allocated;
    /* So many of them hold the one object of their text. */
    Py_ssize_t shared;
    double next_look;
    double slow_after;
    PyObject *look;
} Statements;

PyObject *encode_children(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *encode_summed(PyObject *module, PyObject *args);
PyObject *encode_attributes(PyObject *module, PyObject *args);
PyObject *shares(PyObject *module, PyObject *args);

/* None yet; a new reference, or NULL with an exception. */
Statements *Statements_make(void);

/* Have statements hold the one object of each text: those that have come since the last time. */
void share_texts(Statements *self);

/* What is given as Statements: itself, or made of its tuples; a new reference, or NULL with an exception. */
Statements *as_statements(PyObject *given);

#endif
