/* What is asked of a model's records at each call. */

#ifndef ODOOOPS_MODELS_H
#define ODOOOPS_MODELS_H

#include "native.h"

/* The name of their model, a str; a new reference, or NULL with an exception. */
PyObject *model_of(PyObject *records);

/* How many they are; -1 with an exception. */
Py_ssize_t count_of(PyObject *records);

#endif
