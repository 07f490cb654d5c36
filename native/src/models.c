/* What is asked of a model's records at each call: its name, and how many they are. Looked up once for each class: a
 * look-up by name reads half a dozen lines of memory that are in no cache of the processor when a request makes a call
 * now and then.
 */

#include "models.h"

#define CLASSES 64

/* A class as it was when it was looked at: Python gives it another version when it, or one that it inherits from,
 * changes, and no other class ever the same. It is not held: what is gone is not found. */
typedef struct {
    PyTypeObject *type;
    unsigned int version;
    PyObject *name;
    Py_ssize_t ids;
} Class;

static Class classes[CLASSES];
static PyObject *model_name, *ids_name;

/* Where the slot of a class is; 0 if it has no such slot, or its instances may have something else in its place. */
static Py_ssize_t
offset_of(PyTypeObject *type, PyObject *name)
{
    PyObject *found = PyObject_GetAttr((PyObject *)type, name);
    if (found == NULL) {
        PyErr_Clear();
        return 0;
    }
    Py_ssize_t offset = 0;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type) && ((PyMemberDescrObject *)found)->d_member->type == T_OBJECT_EX) {
        offset = ((PyMemberDescrObject *)found)->d_member->offset;
    }
    Py_DECREF(found);
    return offset;
}

/* The class of records, entered if they have slots; NULL, without an exception, if they have not. */
static const Class *
class_of(PyObject *records)
{
    PyTypeObject *type = Py_TYPE(records);
    uintptr_t address = (uintptr_t)type >> 4;
    Class *found = &classes[(address ^ address >> 7) % CLASSES];
    if (found->type == type && found->version == type->tp_version_tag) {
        return found;
    }
    if (type->tp_dictoffset != 0) {
        return NULL;
    }
    Py_ssize_t ids = offset_of(type, ids_name);
    PyObject *name = ids ? PyObject_GetAttr((PyObject *)type, model_name) : NULL;
    /* The look-ups have given it a version, if any are left. */
    if (name == NULL || !PyUnicode_CheckExact(name) || type->tp_version_tag == 0) {
        PyErr_Clear();
        Py_XDECREF(name);
        return NULL;
    }
    PyObject *old = found->name;
    *found = (Class){type, type->tp_version_tag, name, ids};
    Py_XDECREF(old);
    return found;
}

static PyObject *
read_name(PyObject *records)
{
    PyObject *name = PyObject_GetAttr(records, model_name);
    if (name != NULL && !PyUnicode_CheckExact(name)) {
        PyErr_Format(PyExc_TypeError, "the name of a model is a text, not %.100s", Py_TYPE(name)->tp_name);
        Py_CLEAR(name);
    }
    return name;
}

PyObject *
model_of(PyObject *records)
{
    const Class *class = class_of(records);
    return class == NULL ? read_name(records) : Py_NewRef(class->name);
}

Py_ssize_t
count_of(PyObject *records)
{
    const Class *class = class_of(records);
    PyObject *ids = class == NULL ? NULL : *(PyObject **)((char *)records + class->ids);
    if (ids != NULL && PyTuple_CheckExact(ids)) {
        return PyTuple_GET_SIZE(ids);
    }
    ids = PyObject_GetAttr(records, ids_name);
    Py_ssize_t count = ids == NULL ? -1 : PyObject_Size(ids);
    Py_XDECREF(ids);
    return count;
}

int
prepare_models(void)
{
    model_name = PyUnicode_InternFromString("_name");
    ids_name = PyUnicode_InternFromString("_ids");
    return model_name == NULL || ids_name == NULL ? -1 : 0;
}
