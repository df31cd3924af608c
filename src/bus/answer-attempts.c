/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/answers.h"
#include "bus/codec-write.h"
#include "dbus/containers.h"

static int append_destination(sd_bus_message *m, const void *items, size_t place) {
        const AttemptUser *user = items;
        const AttemptDestination *destination = &user->destinations[place];

        return sd_bus_message_append(
                        m,
                        "a{sv}",
                        5,
                        "Address",
                        "s",
                        destination->address,
                        "Port",
                        "q",
                        destination->port,
                        "Verdict",
                        "s",
                        destination->verdict,
                        "Count",
                        "t",
                        destination->count,
                        "Last",
                        "t",
                        destination->last_usec);
}

static int append_user_entries(sd_bus_message *m, const void *subject) {
        const AttemptUser *user = subject;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}{sv}",
                        "Uid",
                        "u",
                        user->uid,
                        "Count",
                        "t",
                        user->count,
                        "First",
                        "t",
                        user->first_usec,
                        "Last",
                        "t",
                        user->last_usec,
                        "DestinationCount",
                        "t",
                        (uint64_t) user->destinations_known);
        if (r < 0)
                return r;

        r = entry_append_text(m, "User", user->name ?: "");
        if (r < 0)
                return r;

        return entry_append_array(
                        m,
                        "Destinations",
                        "a{sv}",
                        append_destination,
                        user,
                        user->destination_count);
}

static int append_interface_entries(sd_bus_message *m, const void *subject) {
        const AttemptUser *user = subject;

        return sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}",
                        "Interface",
                        "s",
                        user->interface,
                        "Verdict",
                        "s",
                        user->verdict,
                        "Count",
                        "t",
                        user->count,
                        "Last",
                        "t",
                        user->last_usec);
}

static int append_user(sd_bus_message *m, const void *items, size_t place) {
        const JobResult *result = items;

        const AttemptUser *user = &result->attempts.users[place];

        return dictionary_append(
                        m,
                        user->interface[0] ? append_interface_entries : append_user_entries,
                        user);
}

int answer_append_attempts(sd_bus_message *m, const JobResult *result) {
        return array_append(m, "a{sv}", append_user, result, result->attempts.count);
}
