/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/bulletin-mail.h"
#include "notify/bulletin.h"
#include "util/array.h"
#include "util/text.h"

static void forget_items(BulletinEntry *entry) {
        for (size_t i = 0; i < entry->count; i++)
                free(entry->items[i].text);
        entry->count = 0;
        entry->others = 0;
        entry->attempts = 0;
        entry->due_usec = UINT64_MAX;
}

static void remove_entry(Bulletin *bulletin, size_t i) {
        forget_items(&bulletin->entries[i]);
        free(bulletin->entries[i].subject);
        bulletin->entries[i] = bulletin->entries[--bulletin->count];
}

void bulletin_done(Bulletin *bulletin) {
        while (bulletin->count > 0)
                remove_entry(bulletin, 0);
        free(bulletin->entries);
        *bulletin = (Bulletin){};
}

static BulletinEntry *find_entry(Bulletin *bulletin, const char *subject) {
        for (size_t i = 0; i < bulletin->count; i++)
                if (string_equal(bulletin->entries[i].subject, subject))
                        return &bulletin->entries[i];
        return NULL;
}

/* The hour of a mail is over, and so is that of what was worth none. */
static void forget_old(Bulletin *bulletin, uint64_t now_usec) {
        for (size_t i = bulletin->count; i-- > 0;) {
                BulletinEntry *entry = &bulletin->entries[i];

                if (entry->mailed && entry->mailed_usec + BULLETIN_HOUR_USEC <= now_usec)
                        entry->mailed = false;
                if (entry->due_usec == UINT64_MAX &&
                    entry->begin_usec + BULLETIN_HOUR_USEC <= now_usec)
                        forget_items(entry);
                if (!entry->mailed && entry->count == 0)
                        remove_entry(bulletin, i);
        }
}

/* Return: 0 with *ret NULL if there is no room; -ENOMEM. */
static int make_entry(Bulletin *bulletin, const char *subject, BulletinEntry **ret) {
        CLEANUP(freep) char *copy = NULL;
        int r;

        if (bulletin->count >= BULLETIN_SUBJECTS_MAX) {
                *ret = NULL;
                return 0;
        }

        copy = strdup(subject);
        if (!copy)
                return -ENOMEM;
        r = ARRAY_MAKE_ROOM(&bulletin->entries, &bulletin->allocated, bulletin->count + 1);
        if (r < 0)
                return r;

        bulletin->entries[bulletin->count] =
                        (BulletinEntry){ .subject = TAKE(copy), .due_usec = UINT64_MAX };
        *ret = &bulletin->entries[bulletin->count++];
        return 0;
}

static int add_item(BulletinEntry *entry, const Event *event) {
        BulletinItem *item = entry->items;

        while (item < entry->items + entry->count &&
               (item->kind != event->kind || !string_equal(item->text, event->text)))
                item++;

        if (item == entry->items + BULLETIN_ITEMS_MAX) {
                entry->others += event->count;
                return 0;
        }
        if (item == entry->items + entry->count) {
                *item = (BulletinItem){ .kind = event->kind, .text = strdup(event->text) };
                if (!item->text)
                        return -ENOMEM;
                entry->count++;
        }

        item->count += event->count;
        item->recipients += event->recipients;
        return 0;
}

static bool is_worth_a_mail(
                const Bulletin *bulletin, const BulletinEntry *entry, const Event *event) {
        if (event->harmless)
                return false;
        return event->kind != EVENT_ATTEMPT || entry->attempts >= bulletin->options.attempts_min;
}

int bulletin_add(Bulletin *bulletin, const Event *event, uint64_t now_usec) {
        BulletinEntry *entry;
        int r;

        assert(bulletin && event);

        if (!bulletin->options.kinds[event->kind])
                return 0;

        forget_old(bulletin, now_usec);
        entry = find_entry(bulletin, event->subject);
        if (!entry) {
                r = make_entry(bulletin, event->subject, &entry);
                if (r < 0)
                        return r;
                if (!entry) {
                        bulletin->lost++;
                        return 0;
                }
        }

        if (entry->count == 0)
                entry->begin_usec = now_usec;
        r = add_item(entry, event);
        if (r < 0)
                return r;
        if (event->kind == EVENT_ATTEMPT && !event->harmless)
                entry->attempts += event->count;

        if (entry->due_usec == UINT64_MAX && is_worth_a_mail(bulletin, entry, event))
                entry->due_usec =
                                MAX_OF(now_usec + bulletin->options.gather_usec,
                                       entry->mailed ? entry->mailed_usec + BULLETIN_HOUR_USEC : 0);
        return 0;
}

bool bulletin_forget(Bulletin *bulletin, const char *subject) {
        BulletinEntry *entry = find_entry(bulletin, subject);

        if (!entry || entry->mailed)
                return false;

        remove_entry(bulletin, (size_t) (entry - bulletin->entries));
        return true;
}

uint64_t bulletin_next(const Bulletin *bulletin) {
        uint64_t next = UINT64_MAX;

        for (size_t i = 0; i < bulletin->count; i++)
                next = MIN_OF(next, bulletin->entries[i].due_usec);
        if (next < UINT64_MAX && bulletin->mails >= BULLETIN_MAILS_MAX)
                next = MAX_OF(next, bulletin->window_usec + BULLETIN_HOUR_USEC);
        return next;
}

/* Those that the next mail is about: all that are due if it is the last one of the hour, else the
 * first of them. */
static size_t choose(Bulletin *bulletin, uint64_t now_usec, bool all, BulletinEntry *chosen[]) {
        size_t count = 0;

        for (size_t i = 0; i < bulletin->count; i++) {
                BulletinEntry *entry = &bulletin->entries[i];

                if (entry->due_usec > now_usec)
                        continue;
                if (all || count == 0)
                        chosen[count++] = entry;
                else if (entry->due_usec < chosen[0]->due_usec)
                        chosen[0] = entry;
        }

        return count;
}

static void say_mailed(BulletinEntry *entry, uint64_t now_usec) {
        forget_items(entry);
        entry->mailed = true;
        entry->mailed_usec = now_usec;
}

int bulletin_take(
                Bulletin *bulletin,
                uint64_t now_usec,
                const char *to,
                const char *host,
                char **ret) {
        BulletinEntry *chosen[BULLETIN_SUBJECTS_MAX];
        unsigned mails;
        bool last;
        size_t count;
        int r;

        assert(bulletin && to && host && ret);

        mails = bulletin->window_usec + BULLETIN_HOUR_USEC <= now_usec ? 0 : bulletin->mails;
        if (mails >= BULLETIN_MAILS_MAX)
                return 0;

        last = mails + 1 == BULLETIN_MAILS_MAX;
        count = choose(bulletin, now_usec, last, chosen);
        if (count == 0)
                return 0;

        r = bulletin_mail_write(
                        &(BulletinMail){
                                        .to = to,
                                        .host = host,
                                        .entries = chosen,
                                        .count = count,
                                        .lost = bulletin->lost,
                                        .last = last,
                        },
                        ret);
        if (r < 0)
                return r;

        if (mails == 0)
                bulletin->window_usec = now_usec;
        bulletin->mails = mails + 1;
        bulletin->lost = 0;
        for (size_t i = 0; i < count; i++)
                say_mailed(chosen[i], now_usec);
        return 1;
}
