/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/attempts-text.h"
#include "policy/policy.h"
#include "util/json.h"

/* ---- writing: by hand, since jansson would take ten times the memory for so many ---- */

static int compare_counts(const void *first, const void *second) {
        const Attempt *const *a = first, *const *b = second;

        return (*a)->packets == (*b)->packets ? 0 : (*a)->packets > (*b)->packets ? -1 : 1;
}

static void append_user(
                Text *text, const Attempt *user, const AttemptBook *book, uint64_t now_usec) {
        uint64_t last = attempt_last_usec(user, now_usec);

        text_append_format(
                        text,
                        "{\"Uid\": %" PRIu32 ", \"Count\": %" PRIu64 ", \"First\": %" PRIu64
                        ", \"Last\": %" PRIu64 "}",
                        user->uid,
                        user->packets,
                        attempt_book_find(book, user->uid) ?: last,
                        last);
}

/* Its name needs no escapes: policy_check_interface() has let it pass. */
static void append_interface(Text *text, const Attempt *attempt, uint64_t now_usec) {
        text_append_format(
                        text,
                        "{\"Uid\": %" PRIu32 ", \"Verdict\": \"%s\", \"Interface\": \"%.15s\", "
                        "\"Count\": %" PRIu64 ", \"Last\": %" PRIu64 "}",
                        attempt->uid,
                        attempt_set_verdict(attempt->set),
                        (const char *) attempt->address,
                        attempt->packets,
                        attempt_last_usec(attempt, now_usec));
}

static void append_destination(Text *text, const Attempt *attempt, uint64_t now_usec) {
        char address[INET6_ADDRSTRLEN] = "";

        if (attempt_set_is_forwarded(attempt->set)) {
                append_interface(text, attempt, now_usec);
                return;
        }

        /* fails for no family that it knows and a buffer of this size */
        (void) inet_ntop(
                        attempt_set_is_v6(attempt->set) ? AF_INET6 : AF_INET,
                        attempt->address,
                        address,
                        sizeof(address));
        text_append_format(
                        text,
                        "{\"Uid\": %" PRIu32 ", \"Verdict\": \"%s\", \"Address\": \"%s\", "
                        "\"Port\": %u, \"Count\": %" PRIu64 ", \"Last\": %" PRIu64 "}",
                        attempt->uid,
                        attempt_set_verdict(attempt->set),
                        address,
                        attempt->port,
                        attempt->packets,
                        attempt_last_usec(attempt, now_usec));
}

/* Those of users, or those of destinations. */
static int append_most(
                Text *text,
                const Attempts *attempts,
                bool users,
                const AttemptBook *book,
                uint64_t now_usec) {
        size_t most = users ? ATTEMPTS_TEXT_USERS_MAX : ATTEMPTS_TEXT_DESTINATIONS_MAX;
        CLEANUP(freep) const Attempt **chosen = calloc(attempts->count + 1, sizeof(Attempt *));
        size_t count = 0;

        if (!chosen)
                return -ENOMEM;

        for (size_t i = 0; i < attempts->count; i++)
                if ((attempts->items[i].set == ATTEMPTS_USERS) == users)
                        chosen[count++] = &attempts->items[i];
        qsort(chosen, count, sizeof(Attempt *), compare_counts);

        for (size_t i = 0; i < MIN_OF(count, most); i++) {
                text_append_string(text, i > 0 ? ",\n    " : "\n    ");
                if (users)
                        append_user(text, chosen[i], book, now_usec);
                else
                        append_destination(text, chosen[i], now_usec);
        }

        return 0;
}

int attempts_to_text(
                const Attempts *attempts,
                const AttemptBook *book,
                uint64_t now_usec,
                char **ret_text,
                size_t *ret_size) {
        CLEANUP(text_done) Text text = {};
        int r;

        text_append_format(&text, "{\n  \"Version\": %d,\n  \"Users\": [", ATTEMPTS_TEXT_VERSION);
        r = append_most(&text, attempts, true, book, now_usec);
        if (r < 0)
                return r;
        text_append_string(&text, "],\n  \"Destinations\": [");
        r = append_most(&text, attempts, false, book, now_usec);
        if (r < 0)
                return r;
        text_append_string(&text, "]\n}\n");

        return text_finish(&text, ret_text, ret_size);
}

/* ---- reading ---- */

static int refuse(const char *key, Failure *reterr) {
        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "%s: is not as written", key);
}

static int read_number(
                const json_t *object,
                const char *key,
                uint64_t max,
                uint64_t *ret,
                Failure *reterr) {
        const json_t *value = json_object_get(object, key);
        json_int_t number = json_integer_value(value);

        if (!json_is_integer(value) || number < 0 || (uint64_t) number > max)
                return refuse(key, reterr);

        *ret = (uint64_t) number;
        return 0;
}

/* What is left of its time; 0: none. A clock that was set back makes nothing last longer. */
static uint64_t remaining_msec(AttemptSet set, uint64_t last_usec, uint64_t now_usec) {
        uint64_t timeout = attempt_set_timeout_msec(set);
        uint64_t ago = now_usec > last_usec ? (now_usec - last_usec) / 1000 : 0;

        return ago < timeout ? timeout - ago : 0;
}

static int find_set(const char *verdict, bool is_v6, AttemptSet *ret) {
        for (AttemptSet i = ATTEMPTS_USERS + 1; i < _ATTEMPT_SET_MAX; i++)
                if (string_equal(verdict, attempt_set_verdict(i)) &&
                    attempt_set_is_v6(i) == is_v6) {
                        *ret = i;
                        return 0;
                }

        return -EINVAL;
}

static int read_interface(
                const json_t *object, const char *name, Attempt *attempt, Failure *reterr) {
        const char *verdict = json_string_value(json_object_get(object, "Verdict"));

        if (policy_check_interface("Interface", name, NULL) < 0)
                return refuse("Interface", reterr);
        if (!attempt_set_of_forwarded(verdict, &attempt->set))
                return refuse("Verdict", reterr);

        attempt->uid = ATTEMPTS_NO_UID;
        /* it fits: that was just checked */
        (void) memcpy(attempt->address, name, strlen(name));
        return 0;
}

static int read_destination(const json_t *object, Attempt *attempt, Failure *reterr) {
        const char *interface = json_string_value(json_object_get(object, "Interface"));
        const char *address = json_string_value(json_object_get(object, "Address"));
        const char *verdict = json_string_value(json_object_get(object, "Verdict"));
        bool is_v6 = address && strchr(address, ':');
        uint64_t port;
        int r;

        if (interface)
                return read_interface(object, interface, attempt, reterr);
        if (!address || inet_pton(is_v6 ? AF_INET6 : AF_INET, address, attempt->address) != 1)
                return refuse("Address", reterr);
        if (find_set(verdict, is_v6, &attempt->set) < 0)
                return refuse("Verdict", reterr);
        r = read_number(object, "Port", UINT16_MAX, &port, reterr);
        if (r < 0)
                return r;

        attempt->port = (uint16_t) port;
        return 0;
}

typedef struct Reading {
        uint64_t now_usec;
        Attempts attempts;
        AttemptBook book;
} Reading;

static void reading_done(Reading *reading) {
        attempts_done(&reading->attempts);
        attempt_book_done(&reading->book);
}

static int read_entry(Reading *reading, const json_t *object, bool user, Failure *reterr) {
        Attempt attempt = { .set = ATTEMPTS_USERS };
        uint64_t uid, last, first = 0;
        int r;

        r = read_number(object, "Uid", UINT32_MAX, &uid, reterr);
        if (r >= 0)
                r = read_number(object, "Count", INT64_MAX, &attempt.packets, reterr);
        if (r >= 0)
                r = read_number(object, "Last", INT64_MAX, &last, reterr);
        if (r < 0)
                return r;
        attempt.uid = (uint32_t) uid;
        r = user ? read_number(object, "First", INT64_MAX, &first, reterr)
                 : read_destination(object, &attempt, reterr);
        if (r < 0)
                return r;

        attempt.expires_msec = remaining_msec(attempt.set, last, reading->now_usec);
        if (attempt.expires_msec == 0)
                return 0;

        r = attempts_append(&reading->attempts, &attempt);
        if (r >= 0 && user)
                r = attempt_book_note(
                                &reading->book, attempt.uid, MIN_OF(first, reading->now_usec));
        return r;
}

static int read_entries(
                Reading *reading,
                const json_t *array,
                const char *key,
                size_t most,
                Failure *reterr) {
        const json_t *object;
        size_t i;

        if (!json_is_array(array) || json_array_size(array) > most)
                return refuse(key, reterr);
        json_array_foreach(array, i, object) {
                int r = read_entry(reading, object, string_equal(key, "Users"), reterr);

                if (r < 0)
                        return r;
        }

        return 0;
}

int attempts_from_text(
                const char *text,
                size_t size,
                uint64_t now_usec,
                Attempts *ret_attempts,
                AttemptBook *ret_book,
                Failure *reterr) {
        CLEANUP(json_decrefp) json_t *root = NULL;
        CLEANUP(reading_done) Reading reading = { .now_usec = now_usec };
        uint64_t version;
        int r;

        r = json_from_text(text, size, &root, reterr);
        if (r >= 0)
                r = read_number(root, "Version", ATTEMPTS_TEXT_VERSION, &version, reterr);
        if (r >= 0)
                r =
                                read_entries(&reading,
                                             json_object_get(root, "Users"),
                                             "Users",
                                             ATTEMPTS_TEXT_USERS_MAX,
                                             reterr);
        if (r >= 0)
                r =
                                read_entries(&reading,
                                             json_object_get(root, "Destinations"),
                                             "Destinations",
                                             ATTEMPTS_TEXT_DESTINATIONS_MAX,
                                             reterr);
        if (r < 0)
                return r;

        attempts_sort(&reading.attempts);
        *ret_attempts = reading.attempts;
        *ret_book = reading.book;
        reading = (Reading){};
        return 0;
}
