/* What is described in Python, read. */

#include "otlp.h"

int
read_part(PyObject *object, Part *part)
{
    if (!PyBytes_Check(object)) {
        PyErr_Format(PyExc_TypeError, "bytes are wanted, not %.100s", Py_TYPE(object)->tp_name);
        return -1;
    }
    *part = (Part){PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object)};
    return 0;
}

int
read_description(PyObject *object, Description *description)
{
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) != 3) {
        PyErr_SetString(PyExc_TypeError, "a description is (prefix, label, attributes)");
        return -1;
    }
    Part *parts[] = {&description->prefix, &description->label, &description->attributes};
    for (int i = 0; i < 3; i++) {
        if (read_part(PyTuple_GET_ITEM(object, i), parts[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
