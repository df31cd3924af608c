/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/last-change.h"

void last_change_done(LastChange *change) {
        if (!change)
                return;

        free(change->action);
        free(change->user);
        free(change->outcome);
        *change = (LastChange){};
}

static int copy_string(const char *from, char **ret) {
        char *copy = from ? strdup(from) : NULL;

        if (from && !copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

static int copy_strings(
                const char *action, const char *user, const char *outcome, LastChange *change) {
        int r;

        r = copy_string(action, &change->action);
        if (r < 0)
                return r;
        r = copy_string(user, &change->user);
        if (r < 0)
                return r;
        return copy_string(outcome, &change->outcome);
}

int last_change_copy(const LastChange *change, LastChange *ret) {
        CLEANUP(last_change_done)
        LastChange copy = { .when_usec = change->when_usec, .uid = change->uid };
        int r;

        r = copy_strings(change->action, change->user, change->outcome, &copy);
        if (r < 0)
                return r;

        *ret = copy;
        copy = (LastChange){};
        return 0;
}

json_t *last_change_to_json(const LastChange *change) {
        return json_pack(
                        "{s:I, s:s*, s:I, s:s*, s:s*}",
                        "When",
                        (json_int_t) change->when_usec,
                        "Action",
                        change->action,
                        "Uid",
                        (json_int_t) change->uid,
                        "User",
                        change->user,
                        "Outcome",
                        change->outcome);
}

int last_change_from_json(const json_t *json, LastChange *ret) {
        CLEANUP(last_change_done)
        LastChange change = {
                .when_usec = (uint64_t) json_integer_value(json_object_get(json, "When")),
                .uid = (uint32_t) json_integer_value(json_object_get(json, "Uid")),
        };
        int r;

        r =
                        copy_strings(json_string_value(json_object_get(json, "Action")),
                                     json_string_value(json_object_get(json, "User")),
                                     json_string_value(json_object_get(json, "Outcome")),
                                     &change);
        if (r < 0)
                return r;

        *ret = change;
        change = (LastChange){};
        return 0;
}
