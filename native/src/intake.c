/* Intake: requests and jobs as they begin and end, all that their own threads do for their records.
 *
 * Records are Python's (telemetry/record.py): one is copied from the first that was made, and its slots are set by
 * their offsets. What is rare is left to what Python gives.
 */

#include <stdint.h>
#include <time.h>

#include "calls.h"

#if PY_VERSION_HEX < 0x030D0000
/* https://docs.python.org/3/c-api/object.html#c.PyObject_GetOptionalAttr, as it was called before */
#define PyObject_GetOptionalAttr _PyObject_LookupAttr
#endif

/* Of what a caller sends, up to 64 KiB each, so many characters are kept: the record may wait. */
#define MAX_TEXT 1000

#define MAX_COUNTS 3

/* Slots of a record that are set here; the order is that of ``slot_names``. */
enum slot {
    ADDRESS, DATABASE, DUE, ENVIRON, HOOK, IS_NESTED, METHOD, ORM, PATH, SCHEME, SEARCH,
    STARTED_AT, STATEMENTS, STATUS, TOKEN, USER_AGENT, USER_ID, SLOTS
};

static const char *const slot_names[SLOTS] = {
    "address", "database", "due", "environ", "hook", "is_nested", "method", "orm", "path",
    "scheme", "search", "started_at", "statements", "status", "token", "user_agent", "user_id"
};

typedef struct {
    PyObject_HEAD
    PyObject *open;
    PyObject *ended;
    Py_ssize_t statements;
    /* Called when more than so many wait */
    PyObject *drain;
    Py_ssize_t most_records;
    Py_ssize_t most_statements;
    /* Numbers of 64 bits that grow with each that ends, in memory that outlives the process */
    Py_buffer counts[MAX_COUNTS];
    int count_size;

    PyObject *current;
    PyObject *databases;
    PyObject *is_database;
    /* What a record searches for whose kind is not known yet, and what is sought by kind: NULL if nobody looks */
    PyObject *undecided;
    PyObject *sought;
    PyObject *look;
    double slow_after;
    double first_look;

    /* The first record: all others begin as its copies. */
    PyObject *first;
    Py_ssize_t size;
    Py_ssize_t offsets[SLOTS];
} Intake;

static PyObject *query_hooks, *dbname, *uid, *append_name, *remove_name, *empty;
static PyObject *forwarded_for, *forwarded, *original, *remote_addr, *url_scheme, *request_method, *path_info;
static PyObject *user_agent;

static PyObject **
all_slots(PyObject *record)
{
    return (PyObject **)((char *)record + sizeof(PyObject));
}

static PyObject *
slot_of(const Intake *self, PyObject *record, enum slot slot)
{
    return *(PyObject **)((char *)record + self->offsets[slot]);
}

/* Set a slot; takes the reference. Fails with the exception that NULL stands for. */
static int
put_slot(const Intake *self, PyObject *record, enum slot slot, PyObject *value)
{
    if (value == NULL) {
        return -1;
    }
    PyObject **at = (PyObject **)((char *)record + self->offsets[slot]);
    PyObject *old = *at;
    *at = value;
    Py_XDECREF(old);
    return 0;
}

static PyObject *
clock_ns(const struct timespec *at)
{
    return PyLong_FromLongLong((long long)at->tv_sec * 1000000000LL + at->tv_nsec);
}

/* --- the beginning ------------------------------------------------------------------------------------------------ */

static PyObject *
copy_first(const Intake *self)
{
    PyTypeObject *type = Py_TYPE(self->first);
    PyObject *record = type->tp_alloc(type, 0);
    if (record == NULL) {
        return NULL;
    }
    PyObject **to = all_slots(record), **from = all_slots(self->first);
    for (Py_ssize_t i = 0; i < self->size; i++) {
        to[i] = Py_XNewRef(from[i]);
    }
    return record;
}

/* As RecordStatements.watch: have statements looked at now and then. */
static int
watch(const Intake *self, PyObject *record, Statements *statements, double began)
{
    double due = began + self->first_look;
    statements->slow_after = self->slow_after;
    statements->next_look = due;
    Py_XSETREF(statements->look, PyMethod_New(self->look, record));
    if (statements->look == NULL || put_slot(self, record, DUE, PyFloat_FromDouble(due)) < 0) {
        return -1;
    }
    if (PyDict_GET_SIZE(self->sought) == 0) {
        return 0;
    }
    statements->next_look = 0.0;
    return put_slot(self, record, SEARCH, PyObject_CallOneArg(self->undecided, self->sought));
}

/* What each record has for itself. */
static int
fill(const Intake *self, PyObject *record)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    Statements *statements = Statements_make();
    if (statements == NULL) {
        return -1;
    }
    /* The list is the hook itself. */
    if (put_slot(self, record, STATEMENTS, (PyObject *)statements) < 0 ||
        put_slot(self, record, HOOK, Py_NewRef(statements)) < 0 ||
        put_slot(self, record, ORM, Calls_like((Calls *)slot_of(self, self->first, ORM))) < 0 ||
        put_slot(self, record, STARTED_AT, clock_ns(&at)) < 0) {
        return -1;
    }
    double began = (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
    return self->sought == NULL ? 0 : watch(self, record, statements, began);
}

/* Have a thread's statements go to a hook. */
static int
add_hook(PyObject *thread, PyObject *hook)
{
    PyObject *hooks;
    if (PyObject_GetOptionalAttr(thread, query_hooks, &hooks) < 0) {
        return -1;
    }
    if (hooks != NULL && hooks != Py_None) {
        PyObject *result = PyObject_CallMethodOneArg(hooks, append_name, hook);
        Py_XDECREF(result);
        Py_DECREF(hooks);
        return result == NULL ? -1 : 0;
    }
    Py_XDECREF(hooks);
    hooks = PyList_New(1);
    if (hooks == NULL) {
        return -1;
    }
    PyList_SET_ITEM(hooks, 0, Py_NewRef(hook));
    int failed = PyObject_SetAttr(thread, query_hooks, hooks);
    Py_DECREF(hooks);
    return failed;
}

/* As list.remove(), by identity, the last first; somebody may have put anything in the place of the list. */
static int
remove_from(PyObject *hooks, PyObject *hook)
{
    if (!PyList_Check(hooks)) {
        PyObject *result = PyObject_CallMethodOneArg(hooks, remove_name, hook);
        int is_gone = result == NULL
                      && (PyErr_ExceptionMatches(PyExc_AttributeError) || PyErr_ExceptionMatches(PyExc_ValueError));
        if (is_gone) {
            PyErr_Clear();
        }
        Py_XDECREF(result);
        return result == NULL && !is_gone ? -1 : 0;
    }
    for (Py_ssize_t i = PyList_GET_SIZE(hooks) - 1; i >= 0; i--) {
        if (PyList_GET_ITEM(hooks, i) == hook) {
            return PyList_SetSlice(hooks, i, i + 1, NULL);
        }
    }
    return 0;
}

static int
remove_hook(PyObject *thread, PyObject *hook)
{
    PyObject *hooks;
    if (PyObject_GetOptionalAttr(thread, query_hooks, &hooks) < 0) {
        return -1;
    }
    int failed = hooks == NULL ? 0 : remove_from(hooks, hook);
    Py_XDECREF(hooks);
    return failed;
}

/* It runs no longer, and gets no statements of its thread; an exception that there is stays. */
static void
leave(const Intake *self, PyObject *record, PyObject *thread, PyObject *hook)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (PyDict_DelItem(self->open, record) < 0) {
        PyErr_Clear(); /* It was not there. */
    }
    if (hook != NULL && hook != Py_None && remove_hook(thread, hook) < 0) {
        PyErr_WriteUnraisable(record);
    }
    PyErr_Restore(type, error, traceback);
}

/* From here on it is found by who asks which record runs. */
static int
enter(const Intake *self, PyObject *record, PyObject *thread)
{
    PyObject *outer = NULL;
    if (PyContextVar_Get(self->current, Py_None, &outer) < 0) {
        return -1;
    }
    put_slot(self, record, IS_NESTED, Py_NewRef(outer == Py_None ? Py_False : Py_True));
    Py_DECREF(outer);
    if (PyDict_SetItem(self->open, record, thread) < 0) {
        return -1;
    }
    if (add_hook(thread, slot_of(self, record, HOOK)) < 0 ||
        put_slot(self, record, TOKEN, PyContextVar_Set(self->current, record)) < 0) {
        leave(self, record, thread, slot_of(self, record, HOOK));
        return -1;
    }
    return 0;
}

static PyObject *
Intake_begin(Intake *self, PyObject *thread)
{
    PyObject *record = copy_first(self);
    if (record == NULL) {
        return NULL;
    }
    if (fill(self, record) < 0 || enter(self, record, thread) < 0) {
        Py_DECREF(record);
        return NULL;
    }
    return record;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static int
is_record(const Intake *self, PyObject *given)
{
    if (Py_IS_TYPE(given, Py_TYPE(self->first))) {
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "a record is wanted, not %.100s", Py_TYPE(given)->tp_name);
    return 0;
}

/* Have a record receive nothing any more, and the one around it be current again. */
static int
sign_out(const Intake *self, PyObject *record, PyObject *thread)
{
    PyObject *statements = slot_of(self, record, STATEMENTS);
    if (statements != NULL && Py_IS_TYPE(statements, &Statements_Type)) {
        Py_CLEAR(((Statements *)statements)->look);
    }
    PyObject *hook = Py_XNewRef(slot_of(self, record, HOOK)), *token = Py_XNewRef(slot_of(self, record, TOKEN));
    put_slot(self, record, HOOK, Py_NewRef(Py_None));
    put_slot(self, record, TOKEN, Py_NewRef(Py_None));
    int failed = token == NULL || token == Py_None ? 0 : PyContextVar_Reset(self->current, token);
    leave(self, record, thread, hook);
    Py_XDECREF(hook);
    Py_XDECREF(token);
    return failed;
}

/* The number that a status such as "200 OK" begins with, of at most three digits; else 0 */
static PyObject *
status_of(PyObject *answered)
{
    if (!PyUnicode_Check(answered)) {
        PyErr_Format(PyExc_TypeError, "a status is a text, not %.100s", Py_TYPE(answered)->tp_name);
        return NULL;
    }
    long status = 0;
    Py_ssize_t length = Py_MIN(PyUnicode_GET_LENGTH(answered), 3);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 digit = PyUnicode_READ_CHAR(answered, i);
        if (digit < '0' || digit > '9') {
            return PyLong_FromLong(0);
        }
        status = 10 * status + (long)(digit - '0');
    }
    return PyLong_FromLong(status);
}

/* The database that a thread serves, if it is one: an RPC call sets what its caller gave as a name. */
static PyObject *
database_of(const Intake *self, PyObject *thread)
{
    PyObject *name;
    if (PyObject_GetOptionalAttr(thread, dbname, &name) < 0) {
        return NULL;
    }
    int is_known = 0;
    if (name != NULL && PyUnicode_CheckExact(name)) {
        is_known = PySet_Contains(self->databases, name);
        if (is_known == 0) {
            PyObject *found = PyObject_CallOneArg(self->is_database, name);
            is_known = found == NULL ? -1 : PyObject_IsTrue(found);
            Py_XDECREF(found);
        }
    }
    if (is_known > 0) {
        return name;
    }
    Py_XDECREF(name);
    return is_known < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
user_of(PyObject *thread)
{
    PyObject *user;
    if (PyObject_GetOptionalAttr(thread, uid, &user) < 0) {
        return NULL;
    }
    return user == NULL ? Py_NewRef(Py_None) : user;
}

/* A value of a request's environment; a new reference. */
static PyObject *
value_of(PyObject *environ, PyObject *key)
{
    PyObject *found = PyDict_GetItemWithError(environ, key);
    if (found == NULL && PyErr_Occurred()) {
        return NULL;
    }
    return Py_NewRef(found == NULL ? Py_None : found);
}

/* The beginning of a text that a caller has sent, empty if there is none. */
static PyObject *
short_value_of(PyObject *environ, PyObject *key)
{
    PyObject *found = value_of(environ, key);
    if (found == NULL || (PyUnicode_Check(found) && PyUnicode_GET_LENGTH(found) <= MAX_TEXT)) {
        return found;
    }
    PyObject *beginning = NULL;
    if (found == Py_None) {
        beginning = Py_NewRef(empty);
    }
    else if (PyUnicode_Check(found)) {
        beginning = PyUnicode_Substring(found, 0, MAX_TEXT);
    }
    else {
        PyErr_Format(PyExc_TypeError, "%U is a text, not %.100s", key, Py_TYPE(found)->tp_name);
    }
    Py_DECREF(found);
    return beginning;
}

/* As record.caller_address: none behind a proxy that Odoo does not honour. */
static PyObject *
address_of(PyObject *environ)
{
    int is_proxied = PyDict_Contains(environ, forwarded_for);
    if (is_proxied == 0) {
        is_proxied = PyDict_Contains(environ, forwarded);
    }
    int is_honoured = is_proxied > 0 ? PyDict_Contains(environ, original) : 1;
    if (is_proxied < 0 || is_honoured < 0) {
        return NULL;
    }
    return is_honoured ? value_of(environ, remote_addr) : Py_NewRef(Py_None);
}

/* What is known of a request when it ends */
static int
describe(const Intake *self, PyObject *record, PyObject *answered, PyObject *environ, PyObject *thread)
{
    if (!PyDict_Check(environ)) {
        PyErr_Format(PyExc_TypeError, "environ is a dict (PEP 3333), not %.100s", Py_TYPE(environ)->tp_name);
        return -1;
    }
    if (put_slot(self, record, STATUS, status_of(answered)) < 0 ||
        put_slot(self, record, DATABASE, database_of(self, thread)) < 0 ||
        put_slot(self, record, USER_ID, user_of(thread)) < 0 ||
        /* Read now: Odoo's ProxyFix has put the client's address and scheme in place. */
        put_slot(self, record, ADDRESS, address_of(environ)) < 0 ||
        put_slot(self, record, SCHEME, short_value_of(environ, url_scheme)) < 0 ||
        put_slot(self, record, METHOD, short_value_of(environ, request_method)) < 0 ||
        put_slot(self, record, PATH, short_value_of(environ, path_info)) < 0 ||
        put_slot(self, record, USER_AGENT, short_value_of(environ, user_agent)) < 0) {
        return -1;
    }
    /* Last: another thread may ask meanwhile what holds for the request. */
    return put_slot(self, record, ENVIRON, Py_NewRef(Py_None));
}

static void
count(Intake *self)
{
    for (int i = 0; i < self->count_size; i++) {
        (*(uint64_t *)self->counts[i].buf)++;
    }
}

static void
stop_counting(Intake *self)
{
    while (self->count_size > 0) {
        PyBuffer_Release(&self->counts[--self->count_size]);
    }
}

/* Whether a buffer is one number */
static int
is_number(const Py_buffer *buffer)
{
    return buffer->len == sizeof(uint64_t) && (uintptr_t)buffer->buf % sizeof(uint64_t) == 0;
}

static PyObject *
Intake_count_in(Intake *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs > MAX_COUNTS) {
        return PyErr_Format(PyExc_TypeError, "takes at most %d numbers", MAX_COUNTS);
    }
    stop_counting(self);
    for (Py_ssize_t i = 0; i < nargs; i++) {
        if (PyObject_GetBuffer(args[i], &self->counts[i], PyBUF_WRITABLE) < 0) {
            stop_counting(self);
            return NULL;
        }
        self->count_size++;
        if (!is_number(&self->counts[i])) {
            stop_counting(self);
            return PyErr_Format(PyExc_ValueError, "a number has 64 bits, at a multiple of them");
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
Intake_begin_in_child(Intake *self, PyObject *Py_UNUSED(ignored))
{
    stop_counting(self);
    Py_RETURN_NONE;
}

/* Have a record counted, and what waits if it is too much. */
static int
hand_over(Intake *self, PyObject *record)
{
    Py_ssize_t statements = PyObject_Size(slot_of(self, record, STATEMENTS));
    Py_ssize_t calls = statements < 0 ? -1 : PyObject_Size(slot_of(self, record, ORM));
    if (calls < 0) {
        return -1;
    }
    /* Before it is somebody else's */
    self->statements += statements + calls;
    count(self);
    PyObject *result = PyObject_CallMethodOneArg(self->ended, append_name, record);
    Py_XDECREF(result);
    if (result == NULL) {
        return -1;
    }
    if (PyObject_Size(self->ended) <= self->most_records && self->statements <= self->most_statements) {
        return 0;
    }
    result = PyObject_CallNoArgs(self->drain);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static PyObject *
Intake_end(Intake *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4) {
        PyErr_SetString(PyExc_TypeError, "takes (record, answered, environ, thread)");
        return NULL;
    }
    PyObject *record = args[0], *thread = args[3];
    if (!is_record(self, record) || sign_out(self, record, thread) < 0 ||
        describe(self, record, args[1], args[2], thread) < 0 || hand_over(self, record) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
Intake_detach(Intake *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "takes (record, thread)");
        return NULL;
    }
    if (!is_record(self, args[0]) || sign_out(self, args[0], args[1]) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
Intake_finish(Intake *self, PyObject *record)
{
    if (!is_record(self, record) || hand_over(self, record) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* --- the type ----------------------------------------------------------------------------------------------------- */

/* Where the slots of the first record are; it has nothing besides. */
static int
find_slots(Intake *self)
{
    PyTypeObject *type = Py_TYPE(self->first);
    self->size = (type->tp_basicsize - (Py_ssize_t)sizeof(PyObject)) / (Py_ssize_t)sizeof(PyObject *);
    /* Those that it inherits from have none. */
    int is_plain = type->tp_base->tp_basicsize == (Py_ssize_t)sizeof(PyObject);
    if (!is_plain || type->tp_dictoffset != 0 || type->tp_weaklistoffset != 0 || !PyType_IS_GC(type)) {
        PyErr_SetString(PyExc_TypeError, "a record has slots, and nothing else");
        return -1;
    }
    for (int i = 0; i < SLOTS; i++) {
        PyObject *found = PyObject_GetAttrString((PyObject *)type, slot_names[i]);
        if (found == NULL) {
            return -1;
        }
        int is_slot = Py_IS_TYPE(found, &PyMemberDescr_Type);
        self->offsets[i] = is_slot ? ((PyMemberDescrObject *)found)->d_member->offset : 0;
        Py_DECREF(found);
        if (!is_slot) {
            PyErr_Format(PyExc_TypeError, "%s is no slot of a record", slot_names[i]);
            return -1;
        }
    }
    if (!Py_IS_TYPE(slot_of(self, self->first, ORM), &Calls_Type)) {
        PyErr_SetString(PyExc_TypeError, "a record counts its calls of the ORM in what is compiled");
        return -1;
    }
    know_records(type, self->offsets[ORM]);
    return 0;
}

static int
make_parts(Intake *self, PyObject *make_record)
{
    self->first = PyObject_CallNoArgs(make_record);
    if (self->first == NULL || find_slots(self) < 0) {
        return -1;
    }
    PyObject *collections = PyImport_ImportModule("collections");
    self->ended = collections == NULL ? NULL : PyObject_CallMethod(collections, "deque", NULL);
    Py_XDECREF(collections);
    self->open = PyDict_New();
    self->look = PyObject_GetAttrString((PyObject *)Py_TYPE(self->first), "look");
    return self->ended == NULL || self->open == NULL || self->look == NULL ? -1 : 0;
}

static PyObject *
Intake_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *make_record, *drain, *current, *databases, *is_database, *undecided, *sought;
    double slow_after, first_look;
    Py_ssize_t most_records, most_statements;
    if (!PyArg_ParseTuple(args, "OOnnO!O!OOOdd:Intake", &make_record, &drain, &most_records, &most_statements,
                          &PyContextVar_Type, &current, &PySet_Type, &databases, &is_database, &undecided, &sought,
                          &slow_after, &first_look)) {
        return NULL;
    }
    if (sought != Py_None && !PyDict_Check(sought)) {
        PyErr_SetString(PyExc_TypeError, "what is sought is a dict, or None");
        return NULL;
    }
    Intake *self = (Intake *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->drain = Py_NewRef(drain);
    self->most_records = most_records;
    self->most_statements = most_statements;
    self->current = Py_NewRef(current);
    self->databases = Py_NewRef(databases);
    self->is_database = Py_NewRef(is_database);
    self->undecided = Py_NewRef(undecided);
    self->sought = sought == Py_None ? NULL : Py_NewRef(sought);
    self->slow_after = slow_after;
    self->first_look = first_look;
    if (make_parts(self, make_record) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static int
Intake_traverse(Intake *self, visitproc visit, void *arg)
{
    Py_VISIT(self->open);
    Py_VISIT(self->ended);
    Py_VISIT(self->drain);
    Py_VISIT(self->current);
    Py_VISIT(self->databases);
    Py_VISIT(self->is_database);
    Py_VISIT(self->undecided);
    Py_VISIT(self->sought);
    Py_VISIT(self->look);
    Py_VISIT(self->first);
    /* Not the numbers: a memoryview that is cleared while somebody has its buffer makes Python crash before 3.13,
       https://github.com/python/cpython/issues/77894 */
    return 0;
}

static int
Intake_clear(Intake *self)
{
    /* The recorder is drained by a method of its own, which leads back here. Nobody begins a record after this. */
    Py_SETREF(self->drain, Py_NewRef(Py_None));
    return 0;
}

static void
Intake_dealloc(Intake *self)
{
    PyObject_GC_UnTrack(self);
    stop_counting(self);
    Py_XDECREF(self->open);
    Py_XDECREF(self->ended);
    Py_XDECREF(self->drain);
    Py_XDECREF(self->current);
    Py_XDECREF(self->databases);
    Py_XDECREF(self->is_database);
    Py_XDECREF(self->undecided);
    Py_XDECREF(self->sought);
    Py_XDECREF(self->look);
    Py_XDECREF(self->first);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)Intake_begin, METH_O, "begin(thread): a record that receives its statements"},
    {"detach", (PyCFunction)(void (*)(void))Intake_detach, METH_FASTCALL, "detach(record, thread): no longer"},
    {"finish", (PyCFunction)Intake_finish, METH_O, "finish(record): have it counted"},
    {"end", (PyCFunction)(void (*)(void))Intake_end, METH_FASTCALL,
     "end(record, answered, environ, thread): all at the end of a request"},
    {"count_in", (PyCFunction)(void (*)(void))Intake_count_in, METH_FASTCALL,
     "count_in(*numbers): have these grow with each that ends, and no others"},
    {"begin_in_child", (PyCFunction)Intake_begin_in_child, METH_NOARGS,
     "begin_in_child(): after a fork; the numbers are the parent's"},
    {NULL},
};

static PyMemberDef members[] = {
    {"open", T_OBJECT_EX, offsetof(Intake, open), READONLY, "records that run, with their threads"},
    {"ended", T_OBJECT_EX, offsetof(Intake, ended), READONLY, "records that wait to be counted"},
    {"statements", T_PYSSIZET, offsetof(Intake, statements), 0, "of those that have ended since it was set to 0"},
    {NULL},
};

PyTypeObject Intake_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "odooops_native.Intake",
    .tp_doc = "Intake(make_record, drain, most_records, most_statements, current, databases, is_database, Undecided, "
              "sought, slow_after, first_look)",
    .tp_basicsize = sizeof(Intake),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = Intake_new,
    .tp_dealloc = (destructor)Intake_dealloc,
    .tp_traverse = (traverseproc)Intake_traverse,
    .tp_clear = (inquiry)Intake_clear,
    .tp_methods = methods,
    .tp_members = members,
};

/* Names that are looked up for each request */
int
prepare_intake(void)
{
    const struct {
        PyObject **name;
        const char *text;
    } names[] = {
        {&query_hooks, "query_hooks"},
        {&dbname, "dbname"},
        {&uid, "uid"},
        {&append_name, "append"},
        {&remove_name, "remove"},
        {&empty, ""},
        {&forwarded_for, "HTTP_X_FORWARDED_FOR"},
        {&forwarded, "HTTP_FORWARDED"},
        {&original, "werkzeug.proxy_fix.orig"},
        {&remote_addr, "REMOTE_ADDR"},
        {&url_scheme, "wsgi.url_scheme"},
        {&request_method, "REQUEST_METHOD"},
        {&path_info, "PATH_INFO"},
        {&user_agent, "HTTP_USER_AGENT"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        *names[i].name = PyUnicode_InternFromString(names[i].text);
        if (*names[i].name == NULL) {
            return -1;
        }
    }
    return 0;
}
