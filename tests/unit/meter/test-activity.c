/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "meter/activity-keep.h"

#define DAY     ACTIVITY_DAY_SEC
#define START   ((int64_t) 20000 * DAY)
#define ENTRIES 3

static Activity *activity_with(size_t entries_max) {
        static const HashKey key = { { 1, 2 } };
        Activity *activity;

        g_assert_cmpint(activity_new(&key, entries_max, &activity), ==, 0);
        return activity;
}

static void mail(Activity *activity, const char *domain, uint32_t recipients, int64_t time) {
        const char *names[_SUBJECT_KIND_MAX] = { domain, "", NULL };

        activity_add_mail(activity, names, recipients, time, time);
}

static void auth(Activity *activity, const char *mailbox, const char *address, int64_t time) {
        const char *names[_SUBJECT_KIND_MAX] = { [SUBJECT_MAILBOX] = mailbox };
        struct in6_addr bytes;

        g_assert_true(activity_address_from_text(address, strlen(address), &bytes));
        activity_add_auth(activity, names, &bytes, time, time);
}

/* "messages/recipients/auth" */
static void expect_since(
                const Activity *activity,
                SubjectKind kind,
                const char *name,
                int64_t since,
                int64_t now,
                const char *expected) {
        ActivitySums sums;
        bool known = activity_read(activity, kind, name, since, now, &sums);
        g_autofree char *found = g_strdup_printf(
                        "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                        sums.messages,
                        sums.recipients,
                        sums.auth_messages);

        g_assert_cmpint(known, ==, strcmp(expected, "0/0/0") != 0);
        g_assert_cmpstr(found, ==, expected);
}

static void expect(const Activity *activity, const char *domain, int64_t now, const char *sums) {
        expect_since(activity, SUBJECT_DOMAIN, domain, 0, now, sums);
}

static void expect_addresses(
                const Activity *activity,
                const char *mailbox,
                int64_t since,
                int64_t now,
                const char *expected) {
        g_autoptr(GString) found = g_string_new("");
        ActivitySums sums;

        (void) activity_read(activity, SUBJECT_MAILBOX, mailbox, since, now, &sums);
        for (size_t i = 0; i < ACTIVITY_ADDRESSES_MAX && sums.addresses[i].time_sec > 0; i++) {
                char text[INET6_ADDRSTRLEN];

                activity_address_to_text(&sums.addresses[i].address, text);
                g_string_append_printf(found, "%s ", text);
        }
        g_assert_cmpstr(found->str, ==, expected);
}

static void test_days_are_summed_up_since_the_one_that_is_asked_for(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);

        mail(activity, "d1.test", 5, START);
        mail(activity, "d1.test", 7, START + DAY - 1);
        mail(activity, "d1.test", 1, START + DAY);
        expect(activity, "d1.test", START + DAY, "3/13/0");
        expect_since(activity, SUBJECT_DOMAIN, "d1.test", START + 5, START + DAY, "3/13/0");
        expect_since(activity, SUBJECT_DOMAIN, "d1.test", START + DAY + 5, START + DAY, "1/1/0");
        expect_since(activity, SUBJECT_MAILBOX, "d1.test", 0, START + DAY, "0/0/0");
}

static void test_a_day_counts_for_eight_days(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);

        for (int64_t i = 0; i < 10; i++)
                mail(activity, "d1.test", 1, START + i * DAY);
        expect(activity, "d1.test", START + 9 * DAY, "8/8/0");
        expect(activity, "d1.test", START + 15 * DAY, "2/2/0");
        expect(activity, "d1.test", START + 17 * DAY, "0/0/0");
}

/* What the log had while nobody read it, and what is too old by then. */
static void test_mail_counts_on_the_day_on_which_it_was_sent(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);
        const char *const names[_SUBJECT_KIND_MAX] = { "d1.test" };

        activity_add_mail(activity, names, 3, START, START + 2 * DAY);
        activity_add_mail(activity, names, 9, START - 6 * DAY, START + 2 * DAY);
        expect_since(activity, SUBJECT_DOMAIN, "d1.test", START + DAY, START + 2 * DAY, "0/0/0");
        expect(activity, "d1.test", START + 2 * DAY, "1/3/0");
}

static void test_a_clock_that_jumps_makes_no_wrong_days(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);
        ActivitySums sums;

        mail(activity, "d1.test", 1, START);
        mail(activity, "d1.test", 10, START + 8000 * DAY);
        expect(activity, "d1.test", START + 8000 * DAY, "1/10/0");

        /* back again: the day of that name gives way, the others are as they were */
        mail(activity, "d1.test", 100, START);
        mail(activity, "d1.test", 1000, START + DAY);
        expect(activity, "d1.test", START + DAY, "2/1100/0");
        g_assert_true(activity_read(activity, SUBJECT_DOMAIN, "d1.test", 0, START + DAY, &sums));
        g_assert_cmpint(sums.last_sec, ==, START + DAY);
        activity_sweep(activity, START + DAY);
        expect(activity, "d1.test", START + DAY, "2/1100/0");

        /* without any idea of the time */
        mail(activity, "d1.test", 1, 5);
        expect(activity, "d1.test", START + DAY, "2/1100/0");
}

static void test_latest_addresses_are_known_and_each_once(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);

        for (int i = 1; i <= 5; i++) {
                g_autofree char *address = g_strdup_printf("192.0.2.%d", i);

                auth(activity, "bob", address, START + i * DAY);
        }
        auth(activity, "bob", "192.0.2.3", START + 6 * DAY);
        auth(activity, "bob", "2001:db8::1", START + 6 * DAY);
        expect_since(activity, SUBJECT_MAILBOX, "bob", 0, START + 6 * DAY, "0/0/7");
        expect_addresses(
                        activity,
                        "bob",
                        0,
                        START + 6 * DAY,
                        "2001:db8::1 192.0.2.3 192.0.2.5 192.0.2.4 ");
        expect_addresses(
                        activity,
                        "bob",
                        START + 5 * DAY,
                        START + 6 * DAY,
                        "2001:db8::1 192.0.2.3 192.0.2.5 ");
}

static void test_what_is_no_address_is_none(void) {
        static const char *const wrong[] = { "", "host", "192.0.2", "192.0.2.1 ", "::g", "\x01" };
        struct in6_addr address;

        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                g_assert_false(activity_address_from_text(wrong[i], strlen(wrong[i]), &address));
        g_assert_false(activity_address_from_text("192.0.2.1\0", 10, &address));
        g_assert_false(activity_address_from_text(NULL, 0, &address));
}

static void test_who_was_active_longest_ago_gives_way_to_others_of_his_kind(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);

        auth(activity, "bob", "192.0.2.1", START);
        mail(activity, "a.test", 1, START);
        mail(activity, "b.test", 1, START);
        mail(activity, "c.test", 1, START);
        mail(activity, "a.test", 1, START);
        for (int i = 0; i < 2; i++) {
                g_autofree char *name = g_strdup_printf("%d.test", i);

                mail(activity, name, 1, START);
        }
        expect(activity, "a.test", START, "2/2/0");
        expect(activity, "b.test", START, "0/0/0");
        expect(activity, "c.test", START, "0/0/0");
        expect(activity, "1.test", START, "1/1/0");
        expect_since(activity, SUBJECT_MAILBOX, "bob", 0, START, "0/0/1");
}

/* ---- the disk ---- */

typedef struct Disk {
        GHashTable *slots; /* of GBytes to GBytes */
        bool is_failing;
} Disk;

static void disk_init(Disk *disk) {
        disk->slots = g_hash_table_new_full(
                        g_bytes_hash,
                        g_bytes_equal,
                        (GDestroyNotify) g_bytes_unref,
                        (GDestroyNotify) g_bytes_unref);
}

static void disk_done(Disk *disk) {
        g_hash_table_unref(disk->slots);
}

static int put(const uint8_t key[static ACTIVITY_KEY_SIZE],
               const uint8_t *value,
               size_t value_size,
               void *userdata) {
        Disk *disk = userdata;
        GBytes *slot = g_bytes_new(key, ACTIVITY_KEY_SIZE);

        if (disk->is_failing) {
                g_bytes_unref(slot);
                return -ENOMEM;
        }
        if (value)
                g_hash_table_replace(disk->slots, slot, g_bytes_new(value, value_size));
        else {
                (void) g_hash_table_remove(disk->slots, slot);
                g_bytes_unref(slot);
        }
        return 0;
}

static void write_out(Activity *activity, Disk *disk) {
        g_assert_cmpint(activity_collect(activity, put, disk), ==, 0);
        activity_written(activity, true);
}

static Activity *read_back(const Disk *disk) {
        Activity *activity = activity_with(ENTRIES);
        GHashTableIter iter;
        gpointer key, value;

        g_hash_table_iter_init(&iter, disk->slots);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                gsize key_size, value_size;
                const uint8_t *key_bytes = g_bytes_get_data(key, &key_size);
                const uint8_t *value_bytes = g_bytes_get_data(value, &value_size);
                char name[SUBJECT_NAME_SIZE];
                ActivityRecord record;

                g_assert_cmpint(activity_decode(key_bytes,
                                                key_size,
                                                value_bytes,
                                                value_size,
                                                name,
                                                &record),
                                ==,
                                0);
                g_assert_cmpint(activity_load(activity, &record), ==, 0);
        }
        g_assert_cmpint(activity_end_load(activity), ==, 0);
        return activity;
}

static void test_all_of_it_comes_back_in_its_order(void) {
        CLEANUP(disk_done) Disk disk = {};
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);
        CLEANUP(activity_freep) Activity *again = NULL;

        disk_init(&disk);
        auth(activity, "bob\xff", "192.0.2.1", START);
        auth(activity, "bob\xff", "2001:db8::1", START + DAY);
        mail(activity, "b.test", 2, START);
        mail(activity, "a.test", 1, START + 1);
        mail(activity, "c.test", 3, START + 2);
        mail(activity, "b.test", 4, START + DAY);
        write_out(activity, &disk);

        again = read_back(&disk);
        expect(again, "b.test", START + DAY, "2/6/0");
        expect_since(again, SUBJECT_MAILBOX, "bob\xff", 0, START + DAY, "0/0/2");
        expect_addresses(again, "bob\xff", 0, START + DAY, "2001:db8::1 192.0.2.1 ");
        mail(again, "d.test", 1, START + DAY);
        expect(again, "a.test", START + DAY, "0/0/0");
        expect(again, "c.test", START + DAY, "1/3/0");
}

static void test_the_disk_has_a_bound_and_no_old_names(void) {
        CLEANUP(disk_done) Disk disk = {};
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);
        CLEANUP(activity_freep) Activity *again = NULL;

        disk_init(&disk);
        for (int i = 0; i < 50; i++) {
                g_autofree char *name = g_strdup_printf("%d.test", i);

                mail(activity, name, 1, START);
                if (i % 7 == 0)
                        write_out(activity, &disk);
        }
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, ENTRIES);
        again = read_back(&disk);
        expect(again, "49.test", START, "1/1/0");
        expect(again, "46.test", START, "0/0/0");

        activity_sweep(activity, START + 7 * DAY);
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, ENTRIES);
        activity_sweep(activity, START + 8 * DAY);
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, 0);
        mail(activity, "new.test", 1, START + 8 * DAY);
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, 1);
}

static void test_what_the_disk_has_not_taken_is_handed_out_again(void) {
        CLEANUP(disk_done) Disk disk = {};
        CLEANUP(disk_done) Disk lost = {};
        CLEANUP(activity_freep) Activity *activity = activity_with(ENTRIES);

        disk_init(&disk);
        disk_init(&lost);
        mail(activity, "a.test", 1, START);
        disk.is_failing = true;
        g_assert_cmpint(activity_collect(activity, put, &disk), ==, -ENOMEM);
        g_assert_cmpint(activity_collect(activity, put, &lost), ==, 0);
        mail(activity, "b.test", 1, START);
        activity_written(activity, false);
        disk.is_failing = false;
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, 2);

        g_hash_table_remove_all(disk.slots);
        write_out(activity, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.slots), ==, 0);
}

static void test_what_is_damaged_is_no_record(void) {
        const ActivityRecord record = {
                .kind = SUBJECT_USER,
                .slot = 7,
                .name = "1000",
                .last_sec = 5,
                .days[20000 % ACTIVITY_DAYS] = { 20000, 1, 2, 3 },
                .addresses[0] = { .time_sec = 9 },
        };
        uint8_t key[ACTIVITY_KEY_SIZE], value[ACTIVITY_VALUE_MAX], copy[ACTIVITY_VALUE_MAX + 1];
        char name[SUBJECT_NAME_SIZE];
        ActivityRecord read;
        size_t size;

        activity_encode_key(record.kind, record.slot, key);
        size = activity_encode_value(&record, value);
        for (size_t i = 0; i < size - strlen("1000") + 1; i++)
                g_assert_cmpint(activity_decode(key, sizeof(key), value, i, name, &read),
                                ==,
                                -EINVAL);
        g_assert_cmpint(activity_decode(key, sizeof(key) - 1, value, size, name, &read),
                        ==,
                        -EINVAL);

        /* whatever it says, it is read within its bounds */
        for (size_t i = 0; i < size * 8; i++) {
                memcpy(copy, value, size);
                copy[i / 8] ^= (uint8_t) (1 << i % 8);
                IGNORE_RESULT(activity_decode(
                                key, sizeof(key), copy, size, name, &read)); /* either */
        }
        g_assert_cmpint(activity_decode(key, sizeof(key), value, size, name, &read), ==, 0);
        g_assert_cmpstr(name, ==, "1000");
        g_assert_cmpuint(read.slot, ==, 7);
        g_assert_cmpuint(read.days[20000 % ACTIVITY_DAYS].auth_messages, ==, 3);
}

static int count(SubjectKind kind, const char *name, const ActivitySums *sums, void *userdata) {
        (void) kind;
        (void) name;
        (*(uint64_t *) userdata) += sums->recipients;
        return 0;
}

static void test_a_look_in_pieces_sees_all(void) {
        CLEANUP(activity_freep) Activity *activity = activity_with(5000);
        ActivityLook look = {};
        uint64_t recipients = 0;
        unsigned pieces = 1;

        auth(activity, "bob", "192.0.2.1", START);
        for (int i = 0; i < 4500; i++) {
                g_autofree char *name = g_strdup_printf("%d.test", i);

                mail(activity, name, 1, START);
        }
        while (activity_look_on(activity, &look, 0, START, count, &recipients) != 0)
                pieces++;
        g_assert_cmpuint(recipients, ==, 4500);
        g_assert_cmpuint(pieces, >, 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meter/activity/days",
                        test_days_are_summed_up_since_the_one_that_is_asked_for);
        g_test_add_func("/meter/activity/eight-days", test_a_day_counts_for_eight_days);
        g_test_add_func("/meter/activity/late", test_mail_counts_on_the_day_on_which_it_was_sent);
        g_test_add_func("/meter/activity/clock", test_a_clock_that_jumps_makes_no_wrong_days);
        g_test_add_func("/meter/activity/addresses", test_latest_addresses_are_known_and_each_once);
        g_test_add_func("/meter/activity/no-address", test_what_is_no_address_is_none);
        g_test_add_func("/meter/activity/bound",
                        test_who_was_active_longest_ago_gives_way_to_others_of_his_kind);
        g_test_add_func("/meter/activity/disk", test_all_of_it_comes_back_in_its_order);
        g_test_add_func("/meter/activity/disk-bound", test_the_disk_has_a_bound_and_no_old_names);
        g_test_add_func("/meter/activity/disk-fails",
                        test_what_the_disk_has_not_taken_is_handed_out_again);
        g_test_add_func("/meter/activity/damaged", test_what_is_damaged_is_no_record);
        g_test_add_func("/meter/activity/look", test_a_look_in_pieces_sees_all);

        return g_test_run();
}
