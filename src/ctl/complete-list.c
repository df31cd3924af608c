/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The names that completion offers. Nobody is asked for a password because of a key that was
 * pressed, and what cannot be had is not offered. */

#include <grp.h>
#include <pwd.h>

#include "ctl/complete.h"
#include "ctl/show.h"

static void list_users(CompleteAdd add, void *userdata) {
        const struct passwd *user;

        setpwent();
        while ((user = getpwent())) /* cppcheck-suppress getpwentCalled // there is one thread */
                add(userdata, user->pw_name);
        endpwent();
}

static void list_groups(CompleteAdd add, void *userdata) {
        const struct group *group;

        setgrent();
        while ((group = getgrent())) /* cppcheck-suppress getgrentCalled // there is one thread */
                add(userdata, group->gr_name);
        endgrent();
}

/* The first page of what a method lists. */
static void list_answers(
                Context *context,
                ExitCode (*begin)(Caller *caller, const char *method, sd_bus_message **ret),
                const char *method,
                const char *key,
                CompleteAdd add,
                void *userdata) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(json_decrefp) json_t *answer = NULL;
        const json_t *entry;
        size_t i;

        context->caller.ask_password = false;
        if (begin(&context->caller, method, &call) != EXIT_CODE_OK ||
            sd_bus_message_append(call, "a{sv}", 0) < 0 ||
            call_send(&context->caller, call, &answer, &error) < 0)
                return;

        json_array_foreach(answer, i, entry) {
                const char *name = show_string(entry, key);

                if (name)
                        add(userdata, name);
        }
}

void complete_list(void *context, CompleteKind kind, CompleteAdd add, void *userdata) {
        switch (kind) {
        case COMPLETE_USERS:
                list_users(add, userdata);
                return;
        case COMPLETE_GROUPS:
                list_groups(add, userdata);
                return;
        case COMPLETE_EXCEPTIONS:
                list_answers(context, call_new, "ListExceptions", "Id", add, userdata);
                return;
        case COMPLETE_HISTORY:
                list_answers(context, call_new, "ListHistory", "Id", add, userdata);
                return;
        case COMPLETE_SUBJECTS:
                list_answers(context, call_new_meter, "ListSubjects", "Subject", add, userdata);
                return;
        }

        assert(false);
}
