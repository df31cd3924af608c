/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How the ledger comes back from the disks, and what of it has to go there. A message knows what
 * each disk has of it; what is missing follows from its state alone, so a write that failed is
 * simply made later. */

#include <errno.h>
#include <string.h>

#include "meter/ledger-state.h"

static RecordState record_state(LedgerState state) {
        switch (state) {
        case LEDGER_OPEN:
                return RECORD_OPEN;
        case LEDGER_OPEN_HELD:
                return RECORD_OPEN_HELD;
        case LEDGER_UNASKED:
                return RECORD_UNASKED;
        case LEDGER_UNASKED_HELD:
                return RECORD_UNASKED_HELD;
        case LEDGER_HELD:
                return RECORD_HELD;
        case LEDGER_DISCARDED:
                return RECORD_DISCARDED;
        case LEDGER_RESET:
                return RECORD_RESET;
        case LEDGER_COUNTED:
        case LEDGER_FORGOTTEN:
        default:
                return RECORD_COUNTED;
        }
}

static MeterRecord to_record(const LedgerMessage *message) {
        MeterRecord record = {
                .state = record_state((LedgerState) message->state),
                .time_sec = message->time_sec,
                .recipients = message->recipients,
                .has_uid = message->has_uid,
                .uid = message->uid,
        };

        memcpy(record.id, message->id, sizeof(record.id));
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                record.names[i] = message->subjects[i] ? message->subjects[i]->name : "";
        return record;
}

/* As it is, not as it was before. */
static bool is_written(const LedgerMessage *message) {
        return !message->is_dirty && !message->is_in_flight;
}

/* Not what the log can say again: only what was answered, and is neither there nor durable. */
static bool needs_open(const LedgerMessage *message) {
        return message->state == LEDGER_OPEN || message->state == LEDGER_OPEN_HELD ||
               (message->state == LEDGER_DISCARDED && !is_written(message)) ||
               (message->state == LEDGER_COUNTED && message->by_release &&
                message->stored != STORED_COUNTED);
}

static bool may_lose_open(const LedgerMessage *message) {
        return message->state == LEDGER_FORGOTTEN || message->state == LEDGER_DISCARDED ||
               (message->state == LEDGER_HELD && message->stored == STORED_WAITING &&
                !message->is_dirty) ||
               (message->state == LEDGER_COUNTED && message->stored == STORED_COUNTED);
}

static int keep_open(LedgerMessage *message, const LedgerSink *sink) {
        MeterRecord record = to_record(message);
        int r = 0;

        if (needs_open(message)) {
                r = sink->put(&record, sink->userdata);
                if (r >= 0)
                        message->has_open = true;
        } else if (message->has_open && may_lose_open(message)) {
                r = sink->remove(&record, sink->userdata);
                if (r >= 0)
                        message->has_open = false;
        }

        return r;
}

int ledger_flush_open(Ledger *ledger, const LedgerSink *sink) {
        while (ledger->unkept) {
                LedgerMessage *message = ledger->unkept;
                int r = keep_open(message, sink);

                if (r < 0)
                        return r;
                ledger->unkept = message->next_unkept;
                message->is_unkept = false;
        }

        return 0;
}

static LedgerStored wanted(const LedgerMessage *message) {
        switch ((LedgerState) message->state) {
        case LEDGER_OPEN:
        case LEDGER_OPEN_HELD:
                /* The place in the log is behind its verdict then, which nobody will read again.
                 * Without that line it is /run's alone. */
                return message->is_in_log ? STORED_WAITING : STORED_NOTHING;
        case LEDGER_UNASKED:
        case LEDGER_UNASKED_HELD:
        case LEDGER_HELD:
        case LEDGER_DISCARDED:
                return STORED_WAITING;
        case LEDGER_COUNTED:
        case LEDGER_RESET:
                return STORED_COUNTED;
        case LEDGER_FORGOTTEN:
        default:
                return STORED_NOTHING;
        }
}

/* Who sums up what counts has to do that once. */
static int put_counted(
                LedgerMessage *message,
                const MeterRecord *record,
                LedgerChangeHandler handler,
                void *userdata) {
        int r;

        r = handler(message->was_put ? LEDGER_PUT_COUNTED_AGAIN : LEDGER_PUT_COUNTED,
                    record,
                    userdata);
        message->was_put = message->was_put || r >= 0;
        return r;
}

static int collect_one(LedgerMessage *message, LedgerChangeHandler handler, void *userdata) {
        LedgerStored want = wanted(message);
        MeterRecord record = to_record(message);
        int r = 0;

        if (message->stored == STORED_WAITING && want != STORED_WAITING) {
                MeterRecord old = record;

                old.time_sec = message->stored_time_sec;
                r = handler(LEDGER_REMOVE_WAITING, &old, userdata);
        }
        if (r >= 0 && want == STORED_WAITING)
                r = handler(LEDGER_PUT_WAITING, &record, userdata);
        if (r >= 0 && want == STORED_COUNTED && message->stored != STORED_COUNTED)
                r = put_counted(message, &record, handler, userdata);

        message->flight_stored = (uint8_t) want;
        message->flight_time_sec = message->time_sec;
        return r;
}

int ledger_collect(Ledger *ledger, LedgerChangeHandler handler, void *userdata) {
        assert(!ledger->in_flight);

        for (LedgerMessage *message = ledger->dirty; message; message = message->next_dirty) {
                int r = collect_one(message, handler, userdata);

                if (r < 0)
                        return r;
        }

        for (LedgerMessage *message = ledger->dirty; message; message = message->next_dirty) {
                message->is_dirty = false;
                message->is_in_flight = true;
                message->next_in_flight = message->next_dirty;
        }
        ledger->in_flight = ledger->dirty;
        ledger->dirty = NULL;
        return 0;
}

void ledger_written(Ledger *ledger, bool success) {
        while (ledger->in_flight) {
                LedgerMessage *message = ledger->in_flight;

                ledger->in_flight = message->next_in_flight;
                message->is_in_flight = false;
                if (!success) {
                        ledger_mark_dirty(ledger, message);
                        continue;
                }
                message->stored = message->flight_stored;
                message->stored_time_sec = message->flight_time_sec;
                if (message->has_open)
                        ledger_mark_unkept(ledger, message);
        }
}

bool ledger_has_unkept(const Ledger *ledger) {
        return ledger->unkept;
}

bool ledger_has_dirty(const Ledger *ledger) {
        return ledger->dirty;
}

static int load_message(
                Ledger *ledger,
                const MeterRecord *record,
                LedgerState state,
                int64_t now_sec,
                LedgerMessage **ret) {
        uint32_t time_sec = (uint32_t) MIN_OF((int64_t) record->time_sec, now_sec);
        LedgerMessage *message;
        int r;

        r = ledger_add_message(
                        ledger,
                        record->id,
                        state,
                        record->recipients,
                        record->time_sec,
                        time_sec,
                        &message);
        if (r < 0)
                return r;
        r = ledger_set_subjects(ledger, message, record->names);
        if (r < 0)
                return r;

        ledger_set_uid(message, record->has_uid, record->uid);
        *ret = message;
        return 0;
}

static int load_waiting(
                Ledger *ledger,
                const MeterRecord *record,
                LedgerState state,
                int64_t now_sec,
                LedgerMessage **ret) {
        int r = load_message(ledger, record, state, now_sec, ret);

        if (r < 0)
                return r;

        (*ret)->was_held = state != LEDGER_OPEN && state != LEDGER_UNASKED;
        if (state == LEDGER_OPEN)
                ledger_reserve(*ret);
        else if (state == LEDGER_OPEN_HELD || state == LEDGER_HELD)
                ledger_enqueue(ledger, *ret);
        else if (state == LEDGER_DISCARDED)
                ledger_add_discarded(ledger, *ret, now_sec);
        return 0;
}

static const LedgerState waiting_states[_RECORD_STATE_MAX] = {
        [RECORD_OPEN] = LEDGER_OPEN,       [RECORD_OPEN_HELD] = LEDGER_OPEN_HELD,
        [RECORD_UNASKED] = LEDGER_UNASKED, [RECORD_UNASKED_HELD] = LEDGER_UNASKED_HELD,
        [RECORD_HELD] = LEDGER_HELD,       [RECORD_DISCARDED] = LEDGER_DISCARDED,
};

int ledger_load_open(Ledger *ledger, const MeterRecord *record, int64_t now_sec) {
        LedgerMessage *message;
        int r;

        switch (record->state) {
        case RECORD_OPEN:
        case RECORD_OPEN_HELD:
        case RECORD_DISCARDED:
                r = load_waiting(ledger, record, waiting_states[record->state], now_sec, &message);
                break;
        case RECORD_COUNTED:
                r = load_message(ledger, record, LEDGER_UNASKED, now_sec, &message);
                if (r >= 0)
                        r = ledger_count(ledger, message, record->time_sec, now_sec);
                if (r >= 0) {
                        message->by_release = true;
                        message->was_held = true;
                }
                break;
        default:
                return 0;
        }
        if (r < 0)
                return r;

        message->has_open = true;
        if (message->state == LEDGER_DISCARDED)
                ledger_mark(ledger, message);
        return 0;
}

/* What is counted for good needs no message, but while it could be asked for again. */
static int load_counted(Ledger *ledger, const MeterRecord *record, int64_t now_sec) {
        LedgerMessage *message = ledger_find(ledger, record->id);
        int r = 0;

        if (!message)
                r = load_message(ledger, record, LEDGER_UNASKED, now_sec, &message);
        if (r >= 0 && message->state != LEDGER_COUNTED)
                r = ledger_count(ledger, message, record->time_sec, now_sec);
        if (r < 0)
                return r;

        message->stored = STORED_COUNTED;
        return 0;
}

/* What becomes of it is looked for until it is known. */
static int load_old_or_new(Ledger *ledger, const MeterRecord *record, int64_t now_sec) {
        int r = share_begin(ledger->share, record->id, record->names, record->time_sec);

        if (r < 0)
                return r;
        if (record->time_sec + (int64_t) LEDGER_OPEN_SEC >= now_sec ||
            ledger_find(ledger, record->id))
                return load_counted(ledger, record, now_sec);

        return ledger_count_old(
                        ledger, record->names, record->recipients, record->time_sec, now_sec);
}

static int load_reset(Ledger *ledger, const MeterRecord *record) {
        int r = 0;

        for (SubjectKind i = 0; r >= 0 && i < _SUBJECT_KIND_MAX; i++)
                if (record->names[i][0])
                        r = ledger_apply_reset(ledger, i, record->names[i], record->time_sec);
        return r;
}

int ledger_load_durable(Ledger *ledger, const MeterRecord *record, int64_t now_sec) {
        LedgerMessage *message;
        int r = 0;

        if (record->state == RECORD_COUNTED)
                return load_old_or_new(ledger, record, now_sec);
        if (record->state == RECORD_RESET)
                return load_reset(ledger, record);

        message = ledger_find(ledger, record->id);
        if (!message)
                r = load_waiting(ledger, record, waiting_states[record->state], now_sec, &message);
        else if (message->state == LEDGER_OPEN_HELD && record->state == RECORD_HELD)
                message->state = LEDGER_HELD;
        else if (message->state == LEDGER_OPEN_HELD && record->state == RECORD_DISCARDED) {
                ledger_dequeue(ledger, message);
                message->state = LEDGER_DISCARDED;
                ledger_add_discarded(ledger, message, now_sec);
        } else if (record->state == RECORD_UNASKED || record->state == RECORD_UNASKED_HELD)
                ledger_withdraw(ledger, message); /* rejected: /run does not say so */
        if (r < 0)
                return r;

        message->is_in_log = true;
        message->stored = STORED_WAITING;
        message->stored_time_sec = record->time_sec;
        ledger_mark(ledger, message);
        return 0;
}
