/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The methods that are answered from what is known. As those of methods.c: read, check, authorize,
 * answer; from the top when polkit has answered. */

#include "bus/answers.h"
#include "bus/codec-exception.h"
#include "bus/service.h"
#include "bus/status.h"
#include "core/clock.h"
#include "util/text.h"

typedef union Filter {
        Page page;
        ExceptionFilter exceptions;
} Filter;

typedef struct AnswerMethod {
        const char *name;
        bool optional; /* who may not inspect gets the public part */
        int (*read)(sd_bus_message *m, Filter *ret, Failure *reterr); /* NULL: no argument */
        int (*write)(Bus *bus, sd_bus_message *reply, const Filter *filter, bool complete);
} AnswerMethod;

static int read_page(sd_bus_message *m, Filter *ret, Failure *reterr) {
        return codec_read_page(m, &ret->page, reterr);
}

static int read_exception_filter(sd_bus_message *m, Filter *ret, Failure *reterr) {
        return codec_read_exception_filter(m, &ret->exceptions, reterr);
}

static int write_status(Bus *bus, sd_bus_message *reply, const Filter *filter, bool complete) {
        CLEANUP(live_state_done) LiveState live = {};
        PublicState state;
        int r;

        (void) filter;

        r = manager_read_live(bus->manager, &live);
        if (r < 0)
                return r;

        public_state_read(bus->manager, &live, &state);
        /* what somebody else did to the table is noticed here */
        bus_announce(bus, &state);

        return status_append(reply, &state, manager_snapshot(bus->manager), &live, complete);
}

static int write_policy(Bus *bus, sd_bus_message *reply, const Filter *filter, bool complete) {
        (void) filter;
        (void) complete;

        return answer_append_policy(reply, manager_snapshot(bus->manager));
}

static int write_allowed(Bus *bus, sd_bus_message *reply, const Filter *filter, bool complete) {
        (void) complete;

        return answer_append_allowed(
                        reply, &manager_snapshot(bus->manager)->facts.uids, &filter->page);
}

static int write_exceptions(Bus *bus, sd_bus_message *reply, const Filter *filter, bool complete) {
        const Exceptions *exceptions = &manager_snapshot(bus->manager)->policy.exceptions;

        (void) complete;

        return codec_append_exceptions(reply, exceptions, &filter->exceptions, clock_now_usec());
}

/* clang-format off */
static const AnswerMethod answer_methods[] = {
        { "Status",         .optional = true,              .write = write_status },
        { "GetPolicy",                                     .write = write_policy },
        { "ListAllowed",    .read = read_page,             .write = write_allowed },
        { "ListExceptions", .read = read_exception_filter, .write = write_exceptions },
};
/* clang-format on */

static const AnswerMethod *find_answer_method(const char *name) {
        for (size_t i = 0; i < ELEMENTS_OF(answer_methods); i++)
                if (string_equal(answer_methods[i].name, name))
                        return &answer_methods[i];

        return NULL;
}

static int send_answer(
                Bus *bus,
                sd_bus_message *m,
                const AnswerMethod *method,
                const Filter *filter,
                bool complete) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;

        r = method->write(bus, reply, filter, complete);
        if (r < 0)
                return r;

        return sd_bus_send(bus->connection, reply, NULL);
}

static int authorize_answer(
                Bus *bus,
                sd_bus_message *m,
                const AnswerMethod *method,
                Call **call,
                sd_bus_error *reterr) {
        CLEANUP(string_list_done) StringList details = {};
        int r;

        r = string_list_append(&details, "method");
        if (r < 0)
                return r;

        r = string_list_append(&details, method->name);
        if (r < 0)
                return r;

        return calls_authorize(
                        bus->calls,
                        m,
                        &(CallQuestion){
                                        .actions = { SMTP_RESTRICTIONS_ACTION_INSPECT },
                                        .details = &details,
                                        .optional = method->optional,
                        },
                        call,
                        reterr);
}

int method_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Bus *bus = userdata;
        const AnswerMethod *method = find_answer_method(sd_bus_message_get_member(m));
        CLEANUP(call_freep) Call *call = calls_resume(bus->calls, m);
        CLEANUP(failure_done) Failure failure = {};
        Filter filter = {};
        int r;

        if (method->read) {
                r = method->read(m, &filter, &failure);
                if (r < 0)
                        return method_fail(method->name, r, &failure, reterr);
        }

        r = authorize_answer(bus, m, method, &call, reterr);
        if (r < 0)
                return method_fail(method->name, r, NULL, reterr);
        if (r == CALLS_E_PENDING)
                return 1;

        r = send_answer(bus, m, method, &filter, r != CALLS_E_WITHOUT);
        if (r < 0)
                return method_fail(method->name, r, NULL, reterr);

        return 1;
}
