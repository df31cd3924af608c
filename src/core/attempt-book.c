/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/attempt-book.h"
#include "util/array.h"

void attempt_book_done(AttemptBook *book) {
        free(book->items);
        *book = (AttemptBook){};
}

/* Where the user is, or belongs. */
static size_t find_place(const AttemptBook *book, uint32_t uid) {
        size_t low = 0, high = book->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (book->items[middle].uid < uid)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

uint64_t attempt_book_find(const AttemptBook *book, uint32_t uid) {
        size_t place = find_place(book, uid);

        return place < book->count && book->items[place].uid == uid ? book->items[place].first_usec
                                                                    : 0;
}

int attempt_book_note(AttemptBook *book, uint32_t uid, uint64_t first_usec) {
        size_t place = find_place(book, uid);
        int r;

        if (place < book->count && book->items[place].uid == uid) {
                book->items[place].first_usec = MIN_OF(book->items[place].first_usec, first_usec);
                return 0;
        }
        if (book->count >= ATTEMPTS_USERS_MAX)
                return -E2BIG;

        r = ARRAY_MAKE_ROOM(&book->items, &book->allocated, book->count + 1);
        if (r < 0)
                return r;
        (void) memmove(&book->items[place + 1],
                       &book->items[place],
                       (book->count - place) * sizeof(BookEntry));
        book->items[place] = (BookEntry){ .uid = uid, .first_usec = first_usec };
        book->count++;
        return 0;
}

uint64_t attempt_last_usec(const Attempt *attempt, uint64_t now_usec) {
        uint64_t ago = (attempt_set_timeout_msec(attempt->set) - attempt->expires_msec) * 1000;

        return now_usec > ago ? now_usec - ago : 0;
}

int attempt_book_follow(AttemptBook *book, const Attempts *attempts, uint64_t now_usec) {
        CLEANUP(attempt_book_done) AttemptBook now = {};

        for (size_t i = 0; i < attempts->count; i++) {
                const Attempt *attempt = &attempts->items[i];
                uint64_t first = attempt_book_find(book, attempt->uid);
                int r;

                if (attempt->set != ATTEMPTS_USERS)
                        continue;
                r = attempt_book_note(
                                &now, attempt->uid, first ?: attempt_last_usec(attempt, now_usec));
                if (r < 0 && r != -E2BIG)
                        return r;
        }

        attempt_book_done(book);
        *book = now;
        now = (AttemptBook){};
        return 0;
}
