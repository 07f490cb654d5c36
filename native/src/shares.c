/* What tables and modules took of the time of a record's statements. */

#include "native.h"

/* The name of an attribute of shapes; see prepare_shares() */
static PyObject *table_name;

/* Whether it is a name, and not None or False, as Odoo has where there is none; -1 with an exception. A subclass of str
 * may run code when it is looked up. */
static int
is_named(PyObject *name)
{
    if (name == NULL || name == Py_None || name == Py_False) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!PyUnicode_CheckExact(name)) {
        PyErr_Format(PyExc_TypeError, "names of tables and modules are texts, not %.100s", Py_TYPE(name)->tp_name);
        return -1;
    }
    return PyUnicode_GET_LENGTH(name) > 0;
}

static int
add_seconds(PyObject *sums, PyObject *name, double seconds)
{
    PyObject *before = PyDict_GetItemWithError(sums, name);
    PyObject *after = PyErr_Occurred() ? NULL : PyFloat_FromDouble(seconds + (before ? PyFloat_AS_DOUBLE(before) : 0.0));
    int failed = after == NULL || PyDict_SetItem(sums, name, after) < 0;
    Py_XDECREF(after);
    return failed ? -1 : 0;
}

/* Take out the first of those that took most time; both are new references. */
static int
take_greatest(PyObject *sums, PyObject **name, PyObject **seconds)
{
    Py_ssize_t position = 0;
    PyObject *key, *value;
    *name = *seconds = NULL;
    while (PyDict_Next(sums, &position, &key, &value)) {
        if (*seconds == NULL || PyFloat_AS_DOUBLE(value) > PyFloat_AS_DOUBLE(*seconds)) {
            *name = key;
            *seconds = value;
        }
    }
    Py_INCREF(*name);
    Py_INCREF(*seconds);
    return PyDict_DelItem(sums, *name);
}

/* (names, times), the greatest first; takes them out. */
static PyObject *
greatest(PyObject *sums, Py_ssize_t most)
{
    Py_ssize_t size = Py_MIN(PyDict_GET_SIZE(sums), most);
    PyObject *names = PyTuple_New(size), *times = PyTuple_New(size);
    for (Py_ssize_t i = 0; names != NULL && times != NULL && i < size; i++) {
        PyObject *name, *seconds;
        int failed = take_greatest(sums, &name, &seconds) < 0;
        PyTuple_SET_ITEM(names, i, name);
        PyTuple_SET_ITEM(times, i, seconds);
        if (failed) {
            Py_CLEAR(names);
        }
    }
    if (names == NULL || times == NULL) {
        Py_XDECREF(names);
        Py_XDECREF(times);
        return NULL;
    }
    return Py_BuildValue("(NN)", names, times);
}

/* Add what statements of one shape took to their table and its module. */
static int
add_shape(PyObject *tables, PyObject *owners, PyObject *modules, PyObject *shape, PyObject *entry)
{
    if (!PyList_CheckExact(entry) || PyList_GET_SIZE(entry) < 2 || !PyFloat_CheckExact(PyList_GET_ITEM(entry, 1))) {
        PyErr_SetString(PyExc_TypeError, "a tally is {shape: [count, seconds, ...]}");
        return -1;
    }
    double seconds = PyFloat_AS_DOUBLE(PyList_GET_ITEM(entry, 1));
    PyObject *table = PyObject_GetAttr(shape, table_name);
    int state = is_named(table);
    if (state > 0 && (state = add_seconds(tables, table, seconds)) == 0) {
        PyObject *owner = Py_XNewRef(PyDict_GetItemWithError(modules, table));
        state = is_named(owner);
        if (state > 0) {
            state = add_seconds(owners, owner, seconds);
        }
        Py_XDECREF(owner);
    }
    Py_XDECREF(table);
    return state;
}

static int
add_all(PyObject *tables, PyObject *owners, PyObject *modules, PyObject *tally)
{
    Py_ssize_t position = 0;
    int state = 0;
    PyObject *shape, *entry;
    while (state == 0 && PyDict_Next(tally, &position, &shape, &entry)) {
        Py_INCREF(shape);
        Py_INCREF(entry);
        state = add_shape(tables, owners, modules, shape, entry);
        Py_DECREF(shape);
        Py_DECREF(entry);
    }
    return state;
}

/* shares(tally, modules, most): ((tables, times), (modules, times)) */
PyObject *
shares(PyObject *module, PyObject *args)
{
    PyObject *tally, *modules, *found = NULL;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(args, "O!O!n:shares", &PyDict_Type, &tally, &PyDict_Type, &modules, &most)) {
        return NULL;
    }
    if (most < 0) {
        PyErr_SetString(PyExc_ValueError, "there cannot be fewer than none");
        return NULL;
    }
    PyObject *tables = PyDict_New(), *owners = PyDict_New();
    if (tables != NULL && owners != NULL && add_all(tables, owners, modules, tally) == 0) {
        PyObject *by_table = greatest(tables, most), *by_module = by_table == NULL ? NULL : greatest(owners, most);
        found = by_module == NULL ? NULL : PyTuple_Pack(2, by_table, by_module);
        Py_XDECREF(by_table);
        Py_XDECREF(by_module);
    }
    Py_XDECREF(tables);
    Py_XDECREF(owners);
    return found;
}

int
prepare_shares(void)
{
    table_name = PyUnicode_InternFromString("table");
    return table_name == NULL ? -1 : 0;
}
