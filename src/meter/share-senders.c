/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/share-senders.h"

void share_senders_init(ShareSenders *senders, const HashKey *key) {
        *senders = (ShareSenders){ .key = *key };
        ring_init(&senders->forgotten);
}

static uint64_t hash_name(const ShareSenders *senders, SubjectKind kind, const char *name) {
        return hash_bytes(&senders->key, name, strlen(name)) + kind;
}

ShareSender *share_senders_find(const ShareSenders *senders, SubjectKind kind, const char *name) {
        HashNode *node = hash_table_first(&senders->table, hash_name(senders, kind, name));

        for (; node; node = hash_table_next(node)) {
                ShareSender *sender = HASH_ENTRY(node, ShareSender, node);

                if (sender->kind == kind && strcmp(sender->name, name) == 0)
                        return sender;
        }

        return NULL;
}

static int add(ShareSenders *senders, SubjectKind kind, const char *name, ShareSender **ret) {
        size_t size = strlen(name) + 1;
        CLEANUP(freep) ShareSender *sender = calloc(1, sizeof(*sender) + size);
        int r;

        if (!sender)
                return -ENOMEM;
        sender->kind = kind;
        memcpy(sender->name, name, size);
        r = hash_table_add(&senders->table, &sender->node, hash_name(senders, kind, name));
        if (r < 0)
                return r;

        *ret = TAKE(sender);
        return 0;
}

static void free_unused(ShareSenders *senders, ShareSender *sender) {
        if (sender->references > 0 || sender->begins_with > 0)
                return;

        if (!sender->is_forgotten)
                hash_table_remove(&senders->table, &sender->node);
        free(sender);
}

void share_senders_drop(ShareSenders *senders, ShareSenderSet *set) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ShareSender *sender = TAKE(set->items[i]);

                if (!sender)
                        continue;
                sender->references--;
                free_unused(senders, sender);
        }
}

static int get_one(
                ShareSenders *senders,
                SubjectKind kind,
                const char *name,
                uint64_t number,
                ShareSenderSet *set) {
        ShareSender *sender = share_senders_find(senders, kind, name);
        int r;

        if (!sender) {
                r = add(senders, kind, name, &sender);
                if (r < 0)
                        return r;
        }
        if (number < sender->begins_with)
                return 0;

        sender->references++;
        set->items[kind] = sender;
        return 0;
}

int share_senders_get(
                ShareSenders *senders, const char *names, uint64_t number, ShareSenderSet *set) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++, names += strlen(names) + 1) {
                int r;

                if (!names[0])
                        continue;
                r = get_one(senders, i, names, number, set);
                if (r < 0) {
                        share_senders_drop(senders, set);
                        return r;
                }
        }

        return 0;
}

static void unset_begin(ShareSender *sender) {
        if (sender->begins_with > 0)
                ring_remove(&sender->link);
        sender->begins_with = 0;
}

int share_senders_forget(
                ShareSenders *senders, SubjectKind kind, const char *name, uint64_t begins_with) {
        ShareSender *old = share_senders_find(senders, kind, name), *sender = NULL;
        int r;

        r = add(senders, kind, name, &sender);
        if (r < 0)
                return r;
        sender->begins_with = begins_with;
        if (begins_with > 0)
                ring_append(&senders->forgotten, &sender->link);
        free_unused(senders, sender);

        /* what refers to that one counts for nobody now */
        if (old) {
                hash_table_remove(&senders->table, &old->node);
                old->is_forgotten = true;
                unset_begin(old);
                free_unused(senders, old);
        }
        return 0;
}

void share_senders_let_begin(ShareSenders *senders, uint64_t oldest) {
        while (senders->forgotten.next != &senders->forgotten) {
                ShareSender *sender = RING_ENTRY(senders->forgotten.next, ShareSender, link);

                if (sender->begins_with > oldest)
                        return;
                unset_begin(sender);
                free_unused(senders, sender);
        }
}

void share_senders_done(ShareSenders *senders) {
        share_senders_let_begin(senders, UINT64_MAX);
        assert(senders->table.count == 0);
        hash_table_done(&senders->table);
}
