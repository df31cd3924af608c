/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/answers.h"
#include "bus/codec-write.h"

static int append_destination(sd_bus_message *m, const AttemptDestination *destination) {
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

static int append_destinations_entry(sd_bus_message *m, const AttemptUser *user) {
        int r;

        r = codec_open_entry(m, "Destinations", "aa{sv}");
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < user->destination_count; i++) {
                r = append_destination(m, &user->destinations[i]);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

static int append_user(sd_bus_message *m, const AttemptUser *user) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

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

        r = codec_append_text(m, "User", user->name ?: "");
        if (r < 0)
                return r;

        r = append_destinations_entry(m, user);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int answer_append_attempts(sd_bus_message *m, const JobResult *result) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < result->attempts.count; i++) {
                r = append_user(m, &result->attempts.users[i]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}
