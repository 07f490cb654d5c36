/* Statements: a list of what a record has sent to PostgreSQL, which is the hook of Odoo's cursors itself.
 *
 * A statement takes 24 bytes beside the others of its record, in place of a tuple and two floats that lie anywhere: to
 * note one touches one line of the processor's caches, and to count them later reads memory in its order.
 */

#include "native.h"

/* Most requests send fewer. */
#define FIRST_ALLOCATION 16

static int
reserve(Statements *self, Py_ssize_t size)
{
    if (size <= self->allocated) {
        return 0;
    }
    Py_ssize_t wanted = self->allocated ? self->allocated : FIRST_ALLOCATION;
    while (wanted < size) {
        wanted *= 2;
    }
    Statement *items = PyMem_Realloc(self->items, wanted * sizeof(Statement));
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->items = items;
    self->allocated = wanted;
    return 0;
}

static int
append(Statements *self, PyObject *text, double start, double delay)
{
    if (reserve(self, self->size + 1) < 0) {
        return -1;
    }
    self->items[self->size++] = (Statement){Py_NewRef(text), start, delay};
    return 0;
}

/* Of a sequence (text, start, delay) of Python's. */
static int
append_tuple(Statements *self, PyObject *item)
{
    PyObject *text;
    double start, delay;
    if (!PyTuple_Check(item)) {
        PyErr_Format(PyExc_TypeError, "a statement is a tuple (text, start, delay), not %.100s",
                     Py_TYPE(item)->tp_name);
        return -1;
    }
    if (!PyArg_ParseTuple(item, "Odd;a statement is (text, start, delay)", &text, &start, &delay)) {
        return -1;
    }
    return append(self, text, start, delay);
}

/* Whether somebody is to look at a statement: one that took long does not wait for a look that a clock set back has put
 * off. */
static int
is_due(const Statements *self, double start, double delay)
{
    return self->look != NULL && self->look != Py_None && (start + delay >= self->next_look || delay >= self->slow_after);
}

static int
note_statement(Statements *self, PyObject *const *args)
{
    double start = PyFloat_AsDouble(args[3]);
    double delay = PyFloat_AsDouble(args[4]);
    if (PyErr_Occurred() || append(self, args[1], start, delay) < 0) {
        return -1;
    }
    if (!is_due(self, start, delay)) {
        return 0;
    }
    PyObject *look = self->look;
    PyObject *told[] = {args[0], args[1], args[3], args[4]};
    Py_INCREF(look);
    PyObject *result = PyObject_Vectorcall(look, told, 4, NULL);
    Py_DECREF(look);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* hook(cursor, query, params, start, delay), called between one statement and the next. What fails is told by
 * sys.unraisablehook: nothing is raised into a request. */
static PyObject *
Statements_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargs != 5 || (names != NULL && PyTuple_GET_SIZE(names) != 0)) {
        PyErr_SetString(PyExc_TypeError, "takes (cursor, query, params, start, delay)");
        return NULL;
    }
    if (note_statement((Statements *)callable, args) < 0) {
        PyErr_WriteUnraisable(callable);
    }
    Py_RETURN_NONE;
}

Statements *
Statements_make(void)
{
    Statements *self = (Statements *)Statements_Type.tp_alloc(&Statements_Type, 0);
    if (self != NULL) {
        self->vectorcall = Statements_vectorcall;
        self->next_look = self->slow_after = Py_HUGE_VAL;
    }
    return self;
}

static PyObject *
Statements_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *items = NULL;
    if (!PyArg_ParseTuple(args, "|O:Statements", &items)) {
        return NULL;
    }
    Statements *self = Statements_make();
    if (self == NULL) {
        return NULL;
    }
    PyObject *iterator = items ? PyObject_GetIter(items) : NULL;
    PyObject *item;
    while (iterator != NULL && (item = PyIter_Next(iterator)) != NULL) {
        int failed = append_tuple(self, item);
        Py_DECREF(item);
        if (failed) {
            break;
        }
    }
    Py_XDECREF(iterator);
    if (PyErr_Occurred()) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static int
Statements_traverse(Statements *self, visitproc visit, void *arg)
{
    Py_VISIT(self->look);
    for (Py_ssize_t i = 0; i < self->size; i++) {
        Py_VISIT(self->items[i].text);
    }
    return 0;
}

/* Take statements out; what they hold is let go when the list is in order again. */
static int
cut(Statements *self, Py_ssize_t from, Py_ssize_t to)
{
    Py_ssize_t count = to - from;
    if (count <= 0) {
        return 0;
    }
    Statement *removed = PyMem_Malloc(count * sizeof(Statement));
    if (removed == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(removed, self->items + from, count * sizeof(Statement));
    memmove(self->items + from, self->items + to, (self->size - to) * sizeof(Statement));
    self->size -= count;
    if (self->shared > from) {
        self->shared = Py_MAX(from, self->shared - count);
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_DECREF(removed[i].text);
    }
    PyMem_Free(removed);
    return 0;
}

static int
Statements_clear(Statements *self)
{
    Statement *items = self->items;
    Py_ssize_t size = self->size;
    self->items = NULL;
    self->size = self->allocated = self->shared = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_DECREF(items[i].text);
    }
    PyMem_Free(items);
    Py_CLEAR(self->look);
    return 0;
}

static void
Statements_dealloc(Statements *self)
{
    PyObject_GC_UnTrack(self);
    Statements_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static Py_ssize_t
Statements_length(Statements *self)
{
    return self->size;
}

static PyObject *
Statements_item(Statements *self, Py_ssize_t index)
{
    if (index < 0 || index >= self->size) {
        PyErr_SetString(PyExc_IndexError, "there are not so many statements");
        return NULL;
    }
    Statement item = self->items[index];
    /* The tuple is made by what may run the collector, and that anything: the text is ours by then. */
    return Py_BuildValue("(Ndd)", Py_NewRef(item.text), item.start, item.delay);
}

static int
bounds_of(Statements *self, PyObject *key, Py_ssize_t *from, Py_ssize_t *to)
{
    Py_ssize_t step;
    if (!PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "statements are taken by a number or a slice");
        return -1;
    }
    if (PySlice_Unpack(key, from, to, &step) < 0) {
        return -1;
    }
    if (step != 1) {
        PyErr_SetString(PyExc_ValueError, "a slice of statements leaves none out");
        return -1;
    }
    PySlice_AdjustIndices(self->size, from, to, step);
    return 0;
}

static PyObject *
Statements_subscript(Statements *self, PyObject *key)
{
    Py_ssize_t from, to;
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred()) {
            return NULL;
        }
        return Statements_item(self, index < 0 ? index + self->size : index);
    }
    Statements *found = (Statements *)PyObject_CallNoArgs((PyObject *)&Statements_Type);
    if (found == NULL || bounds_of(self, key, &from, &to) < 0) {
        Py_XDECREF(found);
        return NULL;
    }
    for (Py_ssize_t i = from; i < to; i++) {
        if (append(found, self->items[i].text, self->items[i].start, self->items[i].delay) < 0) {
            Py_DECREF(found);
            return NULL;
        }
    }
    found->shared = Py_MAX(0, Py_MIN(self->shared, to) - from);
    return (PyObject *)found;
}

static int
Statements_delete(Statements *self, PyObject *key, PyObject *value)
{
    Py_ssize_t from, to;
    if (value != NULL) {
        PyErr_SetString(PyExc_TypeError, "statements are not replaced");
        return -1;
    }
    return bounds_of(self, key, &from, &to) < 0 ? -1 : cut(self, from, to);
}

/* Ask for another text in place of those that are wanted. Others may be appended meanwhile: calls let threads switch. */
static int
replace_text(Statements *self, Py_ssize_t index, PyObject *function)
{
    PyObject *old = Py_NewRef(self->items[index].text);
    PyObject *text = PyObject_CallOneArg(function, old);
    Py_DECREF(old);
    if (text == NULL) {
        return -1;
    }
    if (!PyUnicode_CheckExact(text)) {
        PyErr_Format(PyExc_TypeError, "a text is wanted, not %.100s", Py_TYPE(text)->tp_name);
        Py_DECREF(text);
        return -1;
    }
    if (index < self->size) {
        Py_SETREF(self->items[index].text, Py_NewRef(text));
        self->shared = Py_MIN(self->shared, index);
    }
    Py_DECREF(text);
    return 0;
}

static PyObject *
Statements_shorten(Statements *self, PyObject *args)
{
    PyObject *function;
    Py_ssize_t limit;
    if (!PyArg_ParseTuple(args, "nO:shorten", &limit, &function)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < self->size; i++) {
        PyObject *text = self->items[i].text;
        if (PyUnicode_CheckExact(text) && PyUnicode_GET_LENGTH(text) <= limit) {
            continue;
        }
        if (replace_text(self, i, function) < 0) {
            return NULL;
        }
    }
    share_texts(self);
    Py_RETURN_NONE;
}

Statements *
as_statements(PyObject *given)
{
    if (Py_IS_TYPE(given, &Statements_Type)) {
        return (Statements *)Py_NewRef(given);
    }
    return (Statements *)PyObject_CallOneArg((PyObject *)&Statements_Type, given);
}

/* The parameters are those of Python's twin, which holds the texts elsewhere: see texts.c. */
static PyObject *
Statements_share(Statements *self, PyObject *args)
{
    share_texts(self);
    Py_RETURN_NONE;
}

static PyObject *
Statements_text_size(Statements *self, PyObject *nothing)
{
    Py_ssize_t size = 0;
    for (Py_ssize_t i = 0; i < self->size; i++) {
        Py_ssize_t length = PyObject_Size(self->items[i].text);
        if (length < 0) {
            return NULL;
        }
        size += length;
    }
    return PyLong_FromSsize_t(size);
}

/* What Odoo's cursors are given to call: the list itself. */
static PyObject *
Statements_note(PyObject *self, void *nothing)
{
    return Py_NewRef(self);
}

static PyObject *
Statements_append(Statements *self, PyObject *item)
{
    if (append_tuple(self, item) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
Statements_clear_all(Statements *self, PyObject *nothing)
{
    if (cut(self, 0, self->size) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"append", (PyCFunction)Statements_append, METH_O, "append((text, start, delay))"},
    {"clear", (PyCFunction)Statements_clear_all, METH_NOARGS, "clear(): take all out"},
    {"shorten", (PyCFunction)Statements_shorten, METH_VARARGS,
     "shorten(limit, function): put function(text) in place of what is no str or has more than so many characters, share()"},
    {"share", (PyCFunction)Statements_share, METH_VARARGS, "share(known, limit): hold one object of each text"},
    {"text_size", (PyCFunction)Statements_text_size, METH_NOARGS, "text_size(): characters of all texts"},
    {NULL},
};

static PyMemberDef members[] = {
    {"next_look", T_DOUBLE, offsetof(Statements, next_look), 0, "when a statement is looked at (s since the epoch)"},
    {"slow_after", T_DOUBLE, offsetof(Statements, slow_after), 0, "from how many s on each is"},
    {"look", T_OBJECT, offsetof(Statements, look), 0, "what looks: called with (cursor, query, start, delay)"},
    {NULL},
};

static PyGetSetDef properties[] = {
    {"note", Statements_note, NULL, "the hook: note(cursor, query, params, start, delay)"},
    {NULL},
};

static PySequenceMethods as_sequence = {
    .sq_length = (lenfunc)Statements_length,
    .sq_item = (ssizeargfunc)Statements_item,
};

static PyMappingMethods as_mapping = {
    .mp_length = (lenfunc)Statements_length,
    .mp_subscript = (binaryfunc)Statements_subscript,
    .mp_ass_subscript = (objobjargproc)Statements_delete,
};

PyTypeObject Statements_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "odooops_native.Statements",
    .tp_doc = "Statements([(text, start, delay), ...]): a list of them, and a hook of Odoo's cursors that fills it",
    .tp_basicsize = sizeof(Statements),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = Statements_new,
    .tp_dealloc = (destructor)Statements_dealloc,
    .tp_traverse = (traverseproc)Statements_traverse,
    .tp_clear = (inquiry)Statements_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Statements, vectorcall),
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = properties,
};
