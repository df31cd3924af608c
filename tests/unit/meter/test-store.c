/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "meter/store-activity.h"

typedef struct Place {
        char *top;
        char *store;
} Place;

static void place_done(Place *place) {
        const char *const files[] = {
                "store/data.mdb",         "store/lock.mdb",         "store",
                "store.damaged/data.mdb", "store.damaged/lock.mdb", "store.damaged",
        };

        for (size_t i = 0; i < ELEMENTS_OF(files); i++) {
                CLEANUP(freep) char *path = g_build_filename(place->top, files[i], NULL);

                (void) g_remove(path);
        }
        g_assert_cmpint(g_rmdir(place->top), ==, 0);
        g_free(place->top);
        g_free(place->store);
}

static void place_init(Place *place) {
        place->top = g_dir_make_tmp("test-store-XXXXXX", NULL);
        g_assert_nonnull(place->top);
        place->store = g_build_filename(place->top, "store", NULL);
}

static MeterRecord record_of(RecordState state, unsigned number, uint32_t time) {
        MeterRecord record = {
                .state = state,
                .time_sec = time,
                .recipients = number,
                .has_uid = true,
                .uid = 1000 + number,
                .names = { "d1.test", "", "1000" },
        };

        g_snprintf(record.id, sizeof(record.id), "%06u-000001-2M", number);
        return record;
}

static Store *open_store(const Place *place, StoreKind kind) {
        Store *store;

        g_assert_cmpint(store_open(place->store, kind, &store), ==, 0);
        return store;
}

static int list_record(const MeterRecord *record, void *userdata) {
        g_string_append_printf(
                        userdata,
                        "%d:%.6s@%u+%u/%u[%s|%s|%s] ",
                        record->state,
                        record->id,
                        record->time_sec,
                        record->recipients,
                        record->uid,
                        record->names[0],
                        record->names[1],
                        record->names[2]);
        return 0;
}

static void expect_records(Store *store, const char *expected) {
        g_autoptr(GString) list = g_string_new("");

        g_assert_cmpint(store_read(store, list_record, list), ==, 0);
        g_assert_cmpstr(list->str, ==, expected);
}

static void put(Store *store, bool is_counted, unsigned number, uint32_t time) {
        MeterRecord record = record_of(is_counted ? RECORD_COUNTED : RECORD_HELD, number, time);

        g_assert_cmpint(is_counted ? store_put_counted(store, &record)
                                   : store_put_waiting(store, &record),
                        ==,
                        0);
}

static void test_what_was_committed_is_read_in_order_of_time(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;
        StorePlace at = { .log = { 1, 2, 3 }, .last_line_sec = 4, .is_set = true }, read;
        StorePlace before = { .log = { 5, 6, 7 }, .last_line_sec = 8, .is_set = true };

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_read_place(store, STORE_PLACE_READ, &read), ==, 0);
        g_assert_false(read.is_set);

        g_assert_cmpint(store_begin(store), ==, 0);
        put(store, false, 3, 7);
        put(store, true, 2, 300);
        put(store, true, 1, 20);
        g_assert_cmpint(store_put_place(store, STORE_PLACE_READ, &at), ==, 0);
        g_assert_cmpint(store_put_place(store, STORE_PLACE_HOUR, &before), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);

        store = store_free(store);
        store = open_store(&place, STORE_DURABLE);
        expect_records(store,
                       "5:000001@20+1/1001[d1.test||1000] 5:000002@300+2/1002[d1.test||1000] "
                       "4:000003@7+3/1003[d1.test||1000] ");
        g_assert_cmpint(store_read_place(store, STORE_PLACE_READ, &read), ==, 0);
        g_assert_true(read.is_set);
        g_assert_cmpuint(read.log.inode, ==, 1);
        g_assert_cmpuint(read.log.mark, ==, 3);
        g_assert_cmpint(read.last_line_sec, ==, 4);
        g_assert_cmpint(store_read_place(store, STORE_PLACE_HOUR, &read), ==, 0);
        g_assert_cmpuint(read.log.offset, ==, 6);
}

static int list_activity(const ActivityRecord *record, void *userdata) {
        g_string_append_printf(
                        userdata,
                        "%u/%u:%s=%u ",
                        record->kind,
                        record->slot,
                        record->name,
                        record->days[5].recipients);
        return 0;
}

static void put_activity(Store *store, uint32_t slot, const char *name) {
        const ActivityRecord record = {
                .kind = SUBJECT_USER,
                .slot = slot,
                .name = name ?: "",
                .days[5] = { .day = ACTIVITY_DAYS + 5, .recipients = 7 },
        };
        uint8_t key[ACTIVITY_KEY_SIZE], value[ACTIVITY_VALUE_MAX];
        size_t size = activity_encode_value(&record, value);

        activity_encode_key(record.kind, slot, key);
        g_assert_cmpint(store_put_activity(store, key, name ? value : NULL, size), ==, 0);
}

static void test_activity_is_read_as_it_was_put(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;
        g_autoptr(GString) list = g_string_new("");

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_begin(store), ==, 0);
        put_activity(store, 1, "1000");
        put_activity(store, 2, "1001");
        put_activity(store, 300, "1002");
        put_activity(store, 2, NULL);
        put_activity(store, 3, NULL);
        g_assert_cmpint(store_commit(store), ==, 0);
        store = store_free(store);

        g_assert_cmpint(store_check(place.store, STORE_DURABLE), ==, 0);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_read_activity(store, list_activity, list), ==, 0);
        g_assert_cmpstr(list->str, ==, "2/1:1000=7 2/300:1002=7 ");
}

static void test_what_was_not_committed_is_not_there(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_begin(store), ==, 0);
        put(store, true, 1, 20);
        store = store_free(store);
        store = open_store(&place, STORE_DURABLE);
        expect_records(store, "");
}

static void test_waiting_record_is_removed_by_its_time_and_id(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;
        MeterRecord record = record_of(RECORD_HELD, 1, 20);
        MeterRecord other = record_of(RECORD_HELD, 1, 21);

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_begin(store), ==, 0);
        put(store, false, 1, 20);
        g_assert_cmpint(store_remove_waiting(store, &other), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store, "4:000001@20+1/1001[d1.test||1000] ");

        g_assert_cmpint(store_begin(store), ==, 0);
        g_assert_cmpint(store_remove_waiting(store, &record), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store, "");
}

static void test_open_record_has_its_place_by_its_id_alone(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;
        MeterRecord record = record_of(RECORD_OPEN, 1, 99);

        place_init(&place);
        store = open_store(&place, STORE_OPEN);
        g_assert_cmpint(store_begin(store), ==, 0);
        put(store, false, 1, 20);
        put(store, false, 1, 30);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store, "4:000001@30+1/1001[d1.test||1000] ");

        g_assert_cmpint(store_begin(store), ==, 0);
        g_assert_cmpint(store_remove_waiting(store, &record), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store, "");
}

static void test_old_records_expire_a_bounded_number_at_a_time(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_begin(store), ==, 0);
        for (unsigned i = 1; i <= 4; i++)
                put(store, true, i, 10 * i);
        g_assert_cmpint(store_expire(store, 30, 1), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store,
                       "5:000002@20+2/1002[d1.test||1000] 5:000003@30+3/1003[d1.test||1000] "
                       "5:000004@40+4/1004[d1.test||1000] ");

        g_assert_cmpint(store_begin(store), ==, 0);
        g_assert_cmpint(store_expire(store, 30, 100), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
        expect_records(store,
                       "5:000003@30+3/1003[d1.test||1000] 5:000004@40+4/1004[d1.test||1000] ");
}

static int stop(const MeterRecord *record, void *userdata) {
        (void) record;
        (void) userdata;
        return -ECANCELED;
}

static void test_reader_can_stop(void) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;

        place_init(&place);
        store = open_store(&place, STORE_DURABLE);
        g_assert_cmpint(store_begin(store), ==, 0);
        put(store, true, 1, 10);
        g_assert_cmpint(store_commit(store), ==, 0);
        g_assert_cmpint(store_read(store, stop, NULL), ==, -ECANCELED);
}

static void fill(const Place *place) {
        CLEANUP(store_freep) Store *store = open_store(place, STORE_DURABLE);

        g_assert_cmpint(store_begin(store), ==, 0);
        for (unsigned i = 0; i < 5000; i++)
                put(store, true, i, 10 * i);
        g_assert_cmpint(store_commit(store), ==, 0);
}

static void test_whole_store_is_found_whole(void) {
        CLEANUP(place_done) Place place = {};

        place_init(&place);
        fill(&place);
        g_assert_cmpint(store_check(place.store, STORE_DURABLE), ==, 0);
}

/* Zeros, noise, or nothing from `from` on, `size` bytes of it. */
static void damage(const Place *place, size_t from, size_t size, bool is_noise) {
        CLEANUP(freep) char *path = g_build_filename(place->store, "data.mdb", NULL);
        CLEANUP(freep) char *bytes = g_malloc0(size + 1);
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        g_assert_cmpint(fd, >=, 0);
        for (size_t i = 0; i < size && is_noise; i++)
                bytes[i] = (char) g_test_rand_int();
        if (size == 0)
                g_assert_cmpint(ftruncate(fd, (off_t) from), ==, 0);
        else
                g_assert_cmpint(pwrite(fd, bytes, size, (off_t) from), ==, (ssize_t) size);
        g_assert_cmpint(close(fd), ==, 0);
}

static void expect_damaged(size_t from, size_t size, bool is_noise) {
        CLEANUP(place_done) Place place = {};
        CLEANUP(store_freep) Store *store = NULL;

        g_test_message("%zu bytes from %zu", size, from);
        place_init(&place);
        fill(&place);
        damage(&place, from, size, is_noise);
        g_assert_cmpint(store_check(place.store, STORE_DURABLE), ==, STORE_E_DAMAGED);

        g_assert_cmpint(store_set_aside(place.store), ==, 0);
        g_assert_cmpint(store_check(place.store, STORE_DURABLE), ==, 0);
        store = open_store(&place, STORE_DURABLE);
        expect_records(store, "");
}

static void test_damaged_store_is_found_and_set_aside(void) {
        expect_damaged(0, 16384, true);
        expect_damaged(8192, 65536, true);
        expect_damaged(16384, 100000, false);
        expect_damaged(100000, 0, false);
        expect_damaged(5000, 0, false);
        expect_damaged(10, 0, false);
}

static void test_later_damaged_store_takes_the_place_of_the_first(void) {
        CLEANUP(place_done) Place place = {};

        place_init(&place);
        for (size_t i = 0; i < 2; i++) {
                fill(&place);
                g_assert_cmpint(store_set_aside(place.store), ==, 0);
        }
}

#define CASE(name, function) g_test_add_func("/store/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("what-was-committed-is-read-in-order-of-time",
             test_what_was_committed_is_read_in_order_of_time);
        CASE("activity-is-read-as-it-was-put", test_activity_is_read_as_it_was_put);
        CASE("what-was-not-committed-is-not-there", test_what_was_not_committed_is_not_there);
        CASE("waiting-record-is-removed-by-its-time-and-id",
             test_waiting_record_is_removed_by_its_time_and_id);
        CASE("open-record-has-its-place-by-its-id-alone",
             test_open_record_has_its_place_by_its_id_alone);
        CASE("old-records-expire-a-bounded-number-at-a-time",
             test_old_records_expire_a_bounded_number_at_a_time);
        CASE("reader-can-stop", test_reader_can_stop);
        CASE("whole-store-is-found-whole", test_whole_store_is_found_whole);
        CASE("damaged-store-is-found-and-set-aside", test_damaged_store_is_found_and_set_aside);
        CASE("later-damaged-store-takes-the-place-of-the-first",
             test_later_damaged_store_takes_the_place_of_the_first);

        return g_test_run();
}
