/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "core/attempts-keep.h"
#include "core/engine-attempts.h"
#include "core/identity.h"
#include "firewall/counts.h"
#include "util/log.h"
#include "util/parse.h"

#define USER_BUFFER 65536

static uint64_t now_usec(void) {
        Clock now;

        clock_read(&now);
        return now.realtime_usec;
}

/* What the kernel counts; without a table what it had counted. */
static int read_known(Engine *engine, uint64_t now, Attempts *ret, Failure *reterr) {
        int r;

        if (!engine->applied.policy.enabled) {
                attempt_book_done(&engine->attempt_book);
                attempts_keep_read(&engine->store, now, ret, &engine->attempt_book);
                return 0;
        }

        r = counts_read(ret);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_FIREWALL_FAILED,
                                "nftables: read: %s",
                                strerror(-r));

        return attempt_book_follow(&engine->attempt_book, ret, now);
}

/* Also digits, for a user who has no name. Return: 1 if a user is asked for, 0, a negative errno.
 */
static int find_user(const AttemptFilter *filter, uint32_t *ret, Failure *reterr) {
        CLEANUP(freep) char *buffer = NULL;
        struct passwd entry, *found = NULL;

        if (!filter->user[0])
                return 0;

        buffer = malloc(USER_BUFFER);
        if (!buffer)
                return -ENOMEM;
        /* one that cannot be looked up now is not known now */
        (void) getpwnam_r(filter->user, &entry, buffer, USER_BUFFER, &found);
        if (found) {
                *ret = entry.pw_uid;
                return 1;
        }
        if (parse_u32(filter->user, UINT32_MAX - 1, ret) >= 0)
                return 1;

        return failure_set(
                        reterr,
                        -ENOENT,
                        FAILURE_UNKNOWN_NAME,
                        "User: there is no user '%s'",
                        filter->user);
}

int engine_list_attempts(
                Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr) {
        CLEANUP(attempts_done) Attempts attempts = {};
        uint64_t now = now_usec();
        uint32_t uid = 0;
        int one, r;

        one = find_user(&request->attempts, &uid, reterr);
        if (one < 0)
                return one;
        r = read_known(engine, now, &attempts, reterr);
        if (r < 0)
                return r;
        r = attempt_list_make(
                        &attempts,
                        &engine->attempt_book,
                        one > 0 ? &uid : NULL,
                        &request->attempts,
                        now,
                        &ret->attempts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ret->attempts.count; i++)
                if (!ret->attempts.users[i].interface[0])
                        ret->attempts.users[i].name =
                                        identity_user_name(ret->attempts.users[i].uid);
        return 0;
}

static void save(Engine *engine, const uint32_t *without) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(failure_done) Failure failure = {};
        uint64_t now = now_usec();
        int r;

        r = read_known(engine, now, &attempts, &failure);
        if (r < 0) {
                log_warning("Attempts cannot be saved, ignoring: %s", failure.text ?: strerror(-r));
                return;
        }

        if (without)
                attempts_drop_user(&attempts, *without);
        attempts_keep_write(&engine->store, &attempts, &engine->attempt_book, now);
}

void engine_save_attempts(Engine *engine) {
        if (engine->applied.policy.enabled)
                save(engine, NULL);
}

int engine_reset_attempts(Engine *engine, const JobRequest *request, Failure *reterr) {
        uint32_t uid = 0;
        int one, r;

        one = find_user(&request->attempts, &uid, reterr);
        if (one < 0)
                return one;
        r =
                        counts_forget(engine->firewall,
                                      one > 0 ? &uid : NULL,
                                      &engine->firewall_generation,
                                      reterr);
        if (r < 0)
                return r;

        /* or the next boot would bring them back */
        if (one > 0)
                save(engine, &uid);
        else
                attempts_keep_write(&engine->store, &(Attempts){}, &(AttemptBook){}, now_usec());
        return 0;
}

void engine_restore_attempts(Engine *engine, uint32_t *generation) {
        CLEANUP(attempt_book_done) AttemptBook book = {};

        if (counts_are_lost(engine->firewall) &&
            attempts_keep_restore(&engine->store, engine->firewall, &book, generation))
                engine_note_attempts(engine, &book);
}

void engine_read_attempts(Engine *engine) {
        CLEANUP(attempts_done) Attempts saved = {}, attempts = {};
        uint64_t now = now_usec();

        attempts_keep_read(&engine->store, now, &saved, &engine->attempt_book);
        /* none: the table is not there yet. Without memory, since when they try is known less well
         */
        if (counts_read(&attempts) >= 0 && attempts.count > 0)
                IGNORE_RESULT(attempt_book_follow(&engine->attempt_book, &attempts, now));
}

void engine_note_attempts(Engine *engine, const AttemptBook *fresh) {
        for (size_t i = 0; i < fresh->count; i++)
                /* without memory for it, since when they try is known less well */
                IGNORE_RESULT(attempt_book_note(
                                &engine->attempt_book,
                                fresh->items[i].uid,
                                fresh->items[i].first_usec));
}
