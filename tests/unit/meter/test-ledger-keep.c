/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ledger-say.h"

/* Records on disk, as tables by id. */
typedef struct Disk {
        GHashTable *open;    /* id -> MeterRecord */
        GHashTable *counted; /* time and id -> MeterRecord */
        GHashTable *waiting;
        uint64_t summed; /* recipients of what was handed out as counted for the first time */
} Disk;

static MeterRecord *copy_record(const MeterRecord *record) {
        MeterRecord *copy = g_memdup2(record, sizeof(*record));

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                copy->names[i] = g_intern_string(record->names[i]);
        return copy;
}

static char *key_of(const MeterRecord *record) {
        return g_strdup_printf("%010u %s", record->time_sec, record->id);
}

static int disk_put_open(const MeterRecord *record, void *userdata) {
        Disk *disk = userdata;

        g_hash_table_insert(disk->open, g_strdup(record->id), copy_record(record));
        return 0;
}

static int disk_remove_open(const MeterRecord *record, void *userdata) {
        Disk *disk = userdata;

        g_hash_table_remove(disk->open, record->id);
        return 0;
}

static int disk_change(LedgerChangeKind kind, const MeterRecord *record, void *userdata) {
        Disk *disk = userdata;
        bool is_counted = kind == LEDGER_PUT_COUNTED || kind == LEDGER_PUT_COUNTED_AGAIN;
        GHashTable *table = is_counted ? disk->counted : disk->waiting;
        g_autofree char *key = key_of(record);

        if (kind == LEDGER_REMOVE_WAITING)
                g_assert_true(g_hash_table_remove(table, key));
        else
                g_hash_table_insert(table, g_steal_pointer(&key), copy_record(record));
        return 0;
}

static void disk_init(Disk *disk) {
        disk->summed = 0;
        disk->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        disk->counted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        disk->waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void disk_done(Disk *disk) {
        g_hash_table_unref(disk->open);
        g_hash_table_unref(disk->counted);
        g_hash_table_unref(disk->waiting);
}

static void flush(Ledger *ledger, Disk *disk) {
        const LedgerSink sink = { disk_put_open, disk_remove_open, disk };

        g_assert_cmpint(ledger_flush_open(ledger, &sink), ==, 0);
}

static void write_out(Ledger *ledger, Disk *disk) {
        g_assert_cmpint(ledger_collect(ledger, disk_change, disk), ==, 0);
        ledger_written(ledger, true);
}

static Ledger *load(const Disk *disk, uint64_t limit, int64_t now) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(limit, OVER_LIMIT_HOLD);
        GHashTable *const tables[] = { disk->open, disk->counted, disk->waiting };

        for (size_t i = 0; i < ELEMENTS_OF(tables); i++) {
                g_autoptr(GList) keys = g_hash_table_get_keys(tables[i]);

                keys = g_list_sort(keys, (GCompareFunc) strcmp);
                for (GList *item = keys; item; item = item->next) {
                        const MeterRecord *record = g_hash_table_lookup(tables[i], item->data);

                        g_assert_cmpint(i == 0 ? ledger_load_open(ledger, record, now)
                                               : ledger_load_durable(ledger, record, now),
                                        ==,
                                        0);
                }
        }

        return TAKE(ledger);
}

static void test_open_reservation_survives_a_crash(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        CLEANUP(ledger_freep) Ledger *after = NULL;
        CLEANUP(disk_done) Disk disk = {};

        disk_init(&disk);
        g_assert_cmpint(ask(ledger, 1, 9), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 2), ==, VERDICT_HOLD);
        flush(ledger, &disk);

        after = load(&disk, 10, START + 1);
        g_assert_cmpuint(usage_at(after, START + 1).reserved, ==, 9);
        g_assert_cmpuint(usage_at(after, START + 1).held, ==, 2);
        accepted(after, 1, START + 1);
        g_assert_cmpuint(usage_at(after, START + 1).used[WINDOW_HOUR], ==, 9);
}

static void test_counted_mail_leaves_no_open_record(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        CLEANUP(disk_done) Disk disk = {};

        disk_init(&disk);
        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        flush(ledger, &disk);
        accepted(ledger, 1, START);
        accepted(ledger, 2, START);
        flush(ledger, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.open), ==, 2);
        write_out(ledger, &disk);
        flush(ledger, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.open), ==, 0);
        g_assert_cmpuint(g_hash_table_size(disk.counted), ==, 1);
        g_assert_cmpuint(g_hash_table_size(disk.waiting), ==, 1);
}

static void test_rejection_survives_a_crash(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        CLEANUP(ledger_freep) Ledger *after = NULL;
        CLEANUP(disk_done) Disk disk = {};

        disk_init(&disk);
        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        flush(ledger, &disk);
        verdict_in_log(ledger, 1, "ok", 10);
        verdict_in_log(ledger, 2, "hold", 1);
        ledger_log_rejected(ledger, id_of(1));
        ledger_log_rejected(ledger, id_of(2));
        write_out(ledger, &disk);
        flush(ledger, &disk);

        after = load(&disk, 10, START + 1);
        g_assert_cmpuint(usage_at(after, START + 1).reserved, ==, 0);
        g_assert_cmpuint(usage_at(after, START + 1).held, ==, 0);
        accepted(after, 1, START + 1);
        g_assert_cmpuint(usage_at(after, START + 1).used[WINDOW_HOUR], ==, 10);
}

static int refuse_change(LedgerChangeKind kind, const MeterRecord *record, void *userdata) {
        (void) kind;
        (void) record;
        (void) userdata;
        return -ENOMEM;
}

static void test_what_could_not_be_written_is_written_later(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        CLEANUP(disk_done) Disk disk = {};
        CLEANUP(disk_done) Disk lost = {};

        disk_init(&disk);
        disk_init(&lost);
        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ledger_collect(ledger, refuse_change, NULL), ==, -ENOMEM);
        g_assert_cmpint(ledger_collect(ledger, disk_change, &lost), ==, 0);
        ledger_written(ledger, false);
        write_out(ledger, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.counted), ==, 1);
        write_out(ledger, &lost);
        g_assert_cmpuint(g_hash_table_size(lost.waiting), ==, 0);
}

/*
 * Kill it anywhere: each step is done, or the process ends and comes back from its disks and from
 * the log behind the place that was written. Nothing that was accepted is lost, nothing counts
 * twice, and the limit holds.
 */
typedef struct World {
        Ledger *ledger;
        Disk disk;
        GPtrArray *log;    /* of GUINT: number, and whether it is held */
        guint log_read;    /* by the ledger */
        guint log_durable; /* where to go on after a crash */
        guint log_flight;
        bool in_flight;
        Disk flight; /* what is being written */
        int64_t now;
        uint64_t accepted; /* recipients, as the truth has it */
        uint64_t sent;     /* held ones, by hand */
        uint64_t discarded;

        /* recipients, as who adds up what is handed out has it, and keeps that with it */
        uint64_t summed;
        uint64_t summed_flight;
        uint64_t summed_durable;
} World;

#define LIMIT 50

static void world_read_log(World *world) {
        for (; world->log_read < world->log->len; world->log_read++) {
                unsigned entry = GPOINTER_TO_UINT(world->log->pdata[world->log_read]);
                bool is_held = entry & 1, is_accepted = entry & 2;
                Subjects subjects = subjects_of("d1.test", "", "1000");

                if (!is_accepted)
                        verdict_in_log(world->ledger, entry >> 2, is_held ? "hold" : "ok", 1);
                else
                        g_assert_cmpint(ledger_log_accepted(
                                                        world->ledger,
                                                        id_of(entry >> 2),
                                                        &subjects,
                                                        world->now),
                                        ==,
                                        0);
        }
}

static int note_change(LedgerChangeKind kind, const MeterRecord *record, void *userdata) {
        Disk *flight = userdata;
        bool is_counted = kind == LEDGER_PUT_COUNTED || kind == LEDGER_PUT_COUNTED_AGAIN;
        GHashTable *table = is_counted                   ? flight->counted
                            : kind == LEDGER_PUT_WAITING ? flight->waiting
                                                         : flight->open;

        if (kind == LEDGER_PUT_COUNTED && record->state == RECORD_COUNTED)
                flight->summed += record->recipients;
        g_hash_table_insert(table, key_of(record), copy_record(record));
        return 0;
}

static void world_finish_write(World *world, bool success) {
        GHashTableIter iter;
        gpointer record;

        if (!world->in_flight)
                return;
        world->in_flight = false;
        if (success) {
                g_hash_table_iter_init(&iter, world->flight.open);
                while (g_hash_table_iter_next(&iter, NULL, &record))
                        (void) disk_change(LEDGER_REMOVE_WAITING, record, &world->disk);
                g_hash_table_iter_init(&iter, world->flight.counted);
                while (g_hash_table_iter_next(&iter, NULL, &record))
                        (void) disk_change(LEDGER_PUT_COUNTED, record, &world->disk);
                g_hash_table_iter_init(&iter, world->flight.waiting);
                while (g_hash_table_iter_next(&iter, NULL, &record))
                        (void) disk_change(LEDGER_PUT_WAITING, record, &world->disk);
                world->log_durable = world->log_flight;
                world->summed_durable = world->summed_flight;
        }
        disk_done(&world->flight);
        if (world->ledger)
                ledger_written(world->ledger, success);
}

static void world_begin_write(World *world) {
        if (world->in_flight)
                return;
        disk_init(&world->flight);
        g_assert_cmpint(ledger_collect(world->ledger, note_change, &world->flight), ==, 0);
        world->log_flight = world->log_read;
        world->summed += world->flight.summed;
        world->summed_flight = world->summed;
        world->in_flight = true;
}

/* The write that is going on may be on the disk, or not. */
static void world_crash(World *world) {
        world->ledger = ledger_free(world->ledger);
        world_finish_write(world, g_test_rand_bit());
        world->summed = world->summed_durable;
        world->ledger = load(&world->disk, LIMIT, world->now);
        world->log_read = world->log_durable;
        world_read_log(world);
}

static void world_send(World *world, unsigned number) {
        VerdictKind kind = ask_at(world->ledger, number, 1, world->now);
        bool is_held = kind == VERDICT_HOLD;

        flush(world->ledger, &world->disk);
        if (kind == VERDICT_DENY || g_test_rand_int_range(0, 10) == 0)
                return; /* the client has gone */
        g_ptr_array_add(world->log, GUINT_TO_POINTER(number << 2 | is_held));
        if (g_test_rand_int_range(0, 4) == 0)
                world_crash(world);
        g_ptr_array_add(world->log, GUINT_TO_POINTER(number << 2 | 2 | is_held));
        world->accepted += !is_held;
}

/* Somebody sends or removes a held one; it is kept before he is told. */
static void world_end_hold(World *world) {
        const char *id;

        if (ledger_list_held(world->ledger, SUBJECT_DOMAIN, "d1.test", NULL, 1, &id) == 0)
                return;
        if (g_test_rand_bit()) {
                bool done;

                g_assert_cmpint(ledger_send_held(world->ledger, id, world->now, &done), ==, 0);
                world->sent += done;
        } else
                world->discarded += ledger_discard_held(world->ledger, id, world->now);
        flush(world->ledger, &world->disk);
}

static void world_step(World *world, unsigned number) {
        switch (g_test_rand_int_range(0, 9)) {
        case 0:
                world_begin_write(world);
                break;
        case 1:
                world_finish_write(world, g_test_rand_int_range(0, 4) > 0);
                break;
        case 2:
                flush(world->ledger, &world->disk);
                break;
        case 3:
                world_crash(world);
                break;
        case 4:
                world_read_log(world);
                break;
        case 5:
                world_end_hold(world);
                break;
        default:
                world_send(world, number);
        }
}

static void test_nothing_is_lost_or_counted_twice_wherever_it_is_killed(void) {
        for (unsigned round = 0; round < 200; round++) {
                World world = { .now = START, .log = g_ptr_array_new() };
                LedgerUsage usage;
                guint held = 0;

                disk_init(&world.disk);
                world.ledger = ledger_with(LIMIT, OVER_LIMIT_HOLD);
                for (unsigned i = 0; i < 150; i++) {
                        world_step(&world, i);
                        world.now += g_test_rand_int_range(0, 3);
                }
                world_crash(&world);
                for (guint i = 0; i < world.log->len; i++)
                        held += (GPOINTER_TO_UINT(world.log->pdata[i]) & 3) == 3;

                /* who did not come any more is out of it by then */
                g_assert_cmpint(ledger_sweep(world.ledger, world.now + 601, true), ==, 0);
                usage = usage_at(world.ledger, world.now + 601);
                g_assert_cmpuint(usage.used[WINDOW_HOUR], ==, world.accepted + world.sent);
                g_assert_cmpuint(usage.reserved, ==, 0);
                g_assert_cmpuint(usage.held, ==, held - world.sent - world.discarded);
                g_assert_cmpuint(world.accepted, <=, LIMIT);

                world_finish_write(&world, true);
                world_begin_write(&world);
                world_finish_write(&world, true);
                g_assert_cmpuint(world.summed, ==, world.accepted + world.sent);
                world.ledger = ledger_free(world.ledger);
                disk_done(&world.disk);
                g_ptr_array_unref(world.log);
        }
}

static void test_release_survives_a_crash_and_counts_once(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(4, OVER_LIMIT_HOLD);
        CLEANUP(ledger_freep) Ledger *after = NULL;
        CLEANUP(disk_done) Disk disk = {};
        int64_t later = START + 3601;

        disk_init(&disk);
        g_assert_cmpint(ask(ledger, 1, 4), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        flush(ledger, &disk);
        accepted(ledger, 1, START);
        accepted(ledger, 2, START);
        write_out(ledger, &disk);
        flush(ledger, &disk);
        g_assert_true(goes(ledger, 2, later));
        flush(ledger, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.open), ==, 1);

        after = load(&disk, 4, later + 1);
        g_assert_true(goes(after, 2, later + 1));
        g_assert_cmpuint(usage_at(after, later + 1).used[WINDOW_HOUR], ==, 1);
        g_assert_cmpuint(usage_at(after, later + 1).held, ==, 0);

        write_out(after, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.counted), ==, 2);
        g_assert_cmpuint(g_hash_table_size(disk.waiting), ==, 0);
        after = ledger_free(after);
        /* the open record was still there */
        after = load(&disk, 4, later + 2);
        g_assert_cmpuint(usage_at(after, later + 2).used[WINDOW_HOUR], ==, 1);
        flush(after, &disk);
        g_assert_cmpuint(g_hash_table_size(disk.open), ==, 0);
}

static void test_reset_survives_a_crash(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        CLEANUP(ledger_freep) Ledger *after = NULL;
        CLEANUP(disk_done) Disk disk = {};
        LedgerUsage usage;
        LogLine failed = { .kind = LOG_LINE_FAILED,
                           .recipient = { "a@x.test", 8 },
                           .recipient_domain = { "x.test", 6 } };

        disk_init(&disk);
        for (unsigned i = 1; i <= 3; i++) {
                g_assert_cmpint(ask_at(ledger, i, 2, START + i), ==, VERDICT_OK);
                accepted(ledger, i, START + i);
                if (i == 2)
                        g_assert_cmpint(ledger_reset(ledger, SUBJECT_DOMAIN, "d1.test", START + i),
                                        ==,
                                        0);
        }
        write_out(ledger, &disk);

        after = load(&disk, 10, START + 4);
        g_assert_cmpuint(usage_at(after, START + 4).used[WINDOW_HOUR], ==, 2);
        for (unsigned i = 1; i <= 3; i++) {
                failed.id = (LogText){ id_of(i), strlen(id_of(i)) };
                g_assert_cmpint(ledger_log_outcome(after, id_of(i), &failed, START + 4, START + 4),
                                ==,
                                0);
        }
        ledger_read_usage(after, SUBJECT_DOMAIN, "d1.test", START + 4, &usage);
        g_assert_cmpuint(usage.share.bad, ==, 1);
        ledger_read_usage(after, SUBJECT_USER, "1000", START + 4, &usage);
        g_assert_cmpuint(usage.share.bad, ==, 3);

        /* what is on the disk leaves memory */
        flush(ledger, &disk);
        g_assert_cmpint(ledger_sweep(ledger, START + 10 + LEDGER_OPEN_SEC, true), ==, 0);
        g_assert_cmpuint(ledger_count_messages(ledger), ==, 0);
}

#define CASE(name, function) g_test_add_func("/ledger-keep/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("open-reservation-survives-a-crash", test_open_reservation_survives_a_crash);
        CASE("counted-mail-leaves-no-open-record", test_counted_mail_leaves_no_open_record);
        CASE("rejection-survives-a-crash", test_rejection_survives_a_crash);
        CASE("what-could-not-be-written-is-written-later",
             test_what_could_not_be_written_is_written_later);
        CASE("nothing-is-lost-or-counted-twice-wherever-it-is-killed",
             test_nothing_is_lost_or_counted_twice_wherever_it_is_killed);
        CASE("release-survives-a-crash-and-counts-once",
             test_release_survives_a_crash_and_counts_once);
        CASE("reset-survives-a-crash", test_reset_survives_a_crash);

        return g_test_run();
}
