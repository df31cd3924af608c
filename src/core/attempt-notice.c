/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/attempt-notice.h"
#include "util/array.h"

void attempt_telling_done(AttemptTelling *telling) {
        free(telling->items);
        attempt_book_done(&telling->fresh);
        *telling = (AttemptTelling){};
}

static size_t find_place(const AttemptTelling *telling, uint32_t uid) {
        size_t low = 0, high = telling->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (telling->items[middle].uid < uid)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

static int make_room(AttemptTelling *telling) {
        if (telling->count >= ATTEMPTS_USERS_MAX)
                return -E2BIG;

        return ARRAY_MAKE_ROOM(&telling->items, &telling->allocated, telling->count + 1);
}

/* NULL: there is no room. */
static AttemptTold *find_or_add(AttemptTelling *telling, uint32_t uid, bool *ret_added) {
        size_t place = find_place(telling, uid);

        *ret_added = place == telling->count || telling->items[place].uid != uid;
        if (!*ret_added)
                return &telling->items[place];
        if (make_room(telling) < 0)
                return NULL;

        (void) memmove(&telling->items[place + 1],
                       &telling->items[place],
                       (telling->count - place) * sizeof(AttemptTold));
        telling->items[place] = (AttemptTold){ .uid = uid };
        telling->count++;
        return &telling->items[place];
}

int attempt_telling_begin(AttemptTelling *telling, const Attempts *attempts) {
        for (size_t i = 0; i < attempts->count; i++) {
                AttemptTold *told;
                bool added;

                if (attempts->items[i].set != ATTEMPTS_USERS)
                        continue;
                told = find_or_add(telling, attempts->items[i].uid, &added);
                if (!told)
                        return -ENOMEM;
                told->total = told->journal_total = attempts->items[i].packets;
        }

        return 0;
}

static bool journal_has_room(AttemptTelling *telling, uint64_t now_usec) {
        if (telling->second != now_usec / USEC_PER_SEC) {
                telling->second = now_usec / USEC_PER_SEC;
                telling->in_second = 0;
        }
        if (telling->in_second >= ATTEMPT_JOURNAL_PER_SECOND)
                return false;

        telling->in_second++;
        return true;
}

/* A clock that was set back must not silence the journal. */
static bool is_time(const AttemptTold *told, uint64_t now_usec) {
        return now_usec < told->journal_usec ||
               now_usec - told->journal_usec >= ATTEMPT_JOURNAL_USEC;
}

void attempt_telling_take(AttemptTelling *telling, const AttemptNotice *notice, AttemptNews *ret) {
        AttemptNews news = {};
        bool added;
        AttemptTold *told = find_or_add(telling, notice->event.uid, &added);

        /* who does not fit here did not fit into the kernel's set either */
        if (!told) {
                *ret = (AttemptNews){ .count = 1 };
                return;
        }

        /* the kernel has begun anew: a reset, or he was forgotten */
        if (notice->total < told->total) {
                told->total = told->journal_total = 0;
                added = true;
        }
        if (added)
                /* without memory for it, since when he tries is known less well */
                IGNORE_RESULT(attempt_book_note(
                                &telling->fresh, notice->event.uid, notice->when_usec));

        news.count = notice->total - told->total;
        told->total = notice->total;
        if (news.count > 0 && is_time(told, notice->when_usec) &&
            journal_has_room(telling, notice->when_usec)) {
                news.journal_count = notice->total - told->journal_total;
                told->journal_total = notice->total;
                told->journal_usec = notice->when_usec;
        }

        *ret = news;
}
