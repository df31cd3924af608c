/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "policy/exceptions.h"
#include "util/array.h"

void exceptions_done(Exceptions *exceptions) {
        if (!exceptions)
                return;

        for (size_t i = 0; i < exceptions->count; i++)
                (void) exception_unref(exceptions->items[i]);
        free(exceptions->items);
        *exceptions = (Exceptions){};
}

int exceptions_copy(const Exceptions *exceptions, Exceptions *ret) {
        CLEANUP(exceptions_done) Exceptions copy = { .last_id = exceptions->last_id };
        int r;

        /* room for one more: most copies are made to add one */
        r = ARRAY_MAKE_ROOM(&copy.items, &copy.allocated, exceptions->count + 1);
        if (r < 0)
                return r;
        for (size_t i = 0; i < exceptions->count; i++)
                copy.items[copy.count++] = exception_ref(exceptions->items[i]);

        *ret = copy;
        copy = (Exceptions){};
        return 0;
}

/* Where it is, or where it would be. */
static size_t find_place(const Exceptions *exceptions, uint64_t id) {
        size_t low = 0, high = exceptions->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (exceptions->items[middle]->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

Exception *exceptions_find(const Exceptions *exceptions, uint64_t id) {
        size_t place = find_place(exceptions, id);

        if (place == exceptions->count || exceptions->items[place]->id != id)
                return NULL;

        return exceptions->items[place];
}

static const Exception *find_same(
                const Exceptions *exceptions, const Exception *wanted, uint64_t now_usec) {
        for (size_t i = 0; i < exceptions->count; i++) {
                const Exception *exception = exceptions->items[i];

                if (exception->verdict == wanted->verdict &&
                    !exception_is_expired(exception, now_usec) &&
                    exception_key_equal(exception, wanted))
                        return exception;
        }

        return NULL;
}

static int append(Exceptions *exceptions, uint64_t id, Exception *exception) {
        int r;

        r = ARRAY_MAKE_ROOM(&exceptions->items, &exceptions->allocated, exceptions->count + 1);
        if (r < 0)
                return r;

        exception->id = exceptions->last_id = id;
        exceptions->items[exceptions->count++] = exception_ref(exception);
        return 0;
}

int exceptions_add(
                Exceptions *exceptions, Exception *exception, uint64_t now_usec, Failure *reterr) {
        const Exception *same;

        if (exception_is_expired(exception, now_usec))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is in the past",
                                SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT);

        same = find_same(exceptions, exception, now_usec);
        if (same)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: exception %" PRIu64 " says the same already; remove it first "
                                "to change its time or reason",
                                SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                same->id);

        if (exceptions->count >= SMTP_RESTRICTIONS_EXCEPTIONS_MAX &&
            exceptions_count_valid(exceptions, now_usec) >= SMTP_RESTRICTIONS_EXCEPTIONS_MAX)
                return failure_set(
                                reterr,
                                -ENOSPC,
                                FAILURE_LIMITS_EXCEEDED,
                                "there are %d exceptions, and no more are possible; remove some, "
                                "or put the users into AllowedUsers",
                                SMTP_RESTRICTIONS_EXCEPTIONS_MAX);

        return append(exceptions, exceptions->last_id + 1, exception);
}

static void remove_at(Exceptions *exceptions, size_t place) {
        (void) exception_unref(exceptions->items[place]);
        exceptions->count--;
        for (size_t i = place; i < exceptions->count; i++)
                exceptions->items[i] = exceptions->items[i + 1];
}

int exceptions_remove(Exceptions *exceptions, uint64_t id, uint64_t now_usec, Failure *reterr) {
        const Exception *exception = exceptions_find(exceptions, id);

        if (!exception || exception_is_expired(exception, now_usec))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "there is no exception %" PRIu64,
                                id);

        remove_at(exceptions, find_place(exceptions, id));
        return 0;
}

size_t exceptions_drop_expired(Exceptions *exceptions, uint64_t now_usec) {
        size_t kept = 0, count = exceptions->count;

        for (size_t i = 0; i < count; i++)
                if (exception_is_expired(exceptions->items[i], now_usec))
                        (void) exception_unref(exceptions->items[i]);
                else
                        exceptions->items[kept++] = exceptions->items[i];

        exceptions->count = kept;
        return count - kept;
}

size_t exceptions_count_valid(const Exceptions *exceptions, uint64_t now_usec) {
        size_t count = 0;

        for (size_t i = 0; i < exceptions->count; i++)
                count += !exception_is_expired(exceptions->items[i], now_usec);

        return count;
}

int exceptions_append_read(
                Exceptions *exceptions, uint64_t id, Exception *exception, Failure *reterr) {
        if (exceptions->count >= SMTP_RESTRICTIONS_EXCEPTIONS_MAX)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "more than %d exceptions",
                                SMTP_RESTRICTIONS_EXCEPTIONS_MAX);
        if (id <= exceptions->last_id)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: %" PRIu64 " is not above the one before",
                                SMTP_RESTRICTIONS_EXCEPTION_ID,
                                id);

        return append(exceptions, id, exception);
}
