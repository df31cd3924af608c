/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "util/cgroup.h"
#include "util/now.h"
#include "util/text.h"
#include "util/unit-job.h"

#define MANAGER_NAME      "org.freedesktop.systemd1"
#define MANAGER_PATH      "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

/* The end of the job that is waited for. */
typedef struct JobWait {
        const char *path;   /* borrowed */
        const char *sender; /* borrowed: systemd's unique name */
        char *result;       /* owned; NULL until it has ended */
        bool failed;        /* out of memory */
} JobWait;

static void job_wait_done(JobWait *wait) {
        free(wait->result);
        *wait = (JobWait){};
}

static void message_unrefp(sd_bus_message **message) {
        (void) sd_bus_message_unref(*message);
}

static void slot_unrefp(sd_bus_slot **slot) {
        (void) sd_bus_slot_unref(*slot);
}

int unit_job_connect(sd_bus **ret) {
        return sd_bus_open_system(ret);
}

/* Any job's end: those of others are passed over. */
static int on_job_removed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        JobWait *wait = userdata;
        const char *path, *unit, *result;
        uint32_t id;

        (void) reterr;

        if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0)
                return 0;
        if (wait->result || !string_equal(path, wait->path))
                return 0;
        /* anybody may send us one: the bus checks senders for broadcasts only */
        if (!string_equal(sd_bus_message_get_sender(message), wait->sender))
                return 0;

        wait->result = strdup(result);
        wait->failed = !wait->result;
        return 0;
}

static int set_result(char **ret_result, const char *text, int outcome) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;

        *ret_result = copy;
        return outcome;
}

/* Are these systemd's own words, or those of the bus on the way there? sd_bus_call() tells its own
 * failures as errors too, under names that anybody may use (ENOBUFS is LimitsExceeded), and then
 * systemd may have begun the job. Where it has not, nothing is lost by thinking that it might. */
static bool is_refusal(const sd_bus_error *error) {
        static const char *const names[] = {
                SD_BUS_ERROR_ACCESS_DENIED,
                SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                SD_BUS_ERROR_SERVICE_UNKNOWN,
        };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++)
                if (sd_bus_error_has_name(error, names[i]))
                        return true;

        return error->name && string_after_prefix(error->name, "org.freedesktop.systemd1.");
}

/* Return: 0 and the reply that holds the job's path, UNIT_JOB_E_*, or a negative errno. */
static int call_manager(
                sd_bus *bus,
                UnitJob job,
                const char *unit,
                uint64_t timeout_usec,
                sd_bus_message **ret_reply,
                char **ret_result) {
        static const char *const methods[] = {
                [UNIT_JOB_RELOAD] = "ReloadUnit",
                [UNIT_JOB_START] = "StartUnit",
                [UNIT_JOB_RESTART] = "RestartUnit",
        };
        CLEANUP(message_unrefp) sd_bus_message *message = NULL;
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_message_new_method_call(
                        bus, &message, MANAGER_NAME, MANAGER_PATH, MANAGER_INTERFACE, methods[job]);
        if (r < 0)
                return r;
        r = sd_bus_message_append(message, "ss", unit, "replace");
        if (r < 0)
                return r;

        r = sd_bus_call(bus, message, timeout_usec, &error, ret_reply);
        if (r >= 0)
                return 0;
        if (r == -ETIMEDOUT || sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY))
                return set_result(ret_result, "systemd does not answer", UNIT_JOB_E_TIMEOUT);
        if (is_refusal(&error))
                return set_result(ret_result, error.message ?: error.name, UNIT_JOB_E_REFUSED);

        return r;
}

/* Return: 0, UNIT_JOB_E_TIMEOUT, or a negative errno. */
static int wait_for_end(sd_bus *bus, const JobWait *wait, uint64_t deadline) {
        for (;;) {
                uint64_t now;
                int r;

                r = sd_bus_process(bus, NULL);
                if (r < 0)
                        return r;
                if (wait->failed)
                        return -ENOMEM;
                if (wait->result)
                        return 0;
                if (r > 0)
                        continue;

                now = now_read_usec(CLOCK_MONOTONIC);
                if (now >= deadline)
                        return UNIT_JOB_E_TIMEOUT;
                r = sd_bus_wait(bus, deadline - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }
}

int unit_job_run(
                sd_bus *bus,
                UnitJob job,
                const char *unit,
                uint64_t timeout_usec,
                char **ret_result) {
        CLEANUP(slot_unrefp) sd_bus_slot *slot = NULL;
        CLEANUP(message_unrefp) sd_bus_message *reply = NULL;
        CLEANUP(job_wait_done) JobWait wait = {};
        uint64_t deadline = now_read_usec(CLOCK_MONOTONIC) + timeout_usec;
        int r;

        assert(bus && unit && ret_result);

        /*
         * Before the call: a short job ends before its reply is here. Signals that come early stay
         * in the connection's queue until wait_for_end(), when the job's path is known.
         */
        r = sd_bus_match_signal(
                        bus,
                        &slot,
                        MANAGER_NAME,
                        MANAGER_PATH,
                        MANAGER_INTERFACE,
                        "JobRemoved",
                        on_job_removed,
                        &wait);
        if (r < 0)
                return r;

        /* Not needed for jobs of our own, as systemd sends their end to who asked for them; it
         * refuses a second time. */
        IGNORE_RESULT(sd_bus_call_method(
                        bus,
                        MANAGER_NAME,
                        MANAGER_PATH,
                        MANAGER_INTERFACE,
                        "Subscribe",
                        NULL,
                        NULL,
                        NULL));

        r = call_manager(bus, job, unit, timeout_usec, &reply, ret_result);
        if (r != 0)
                return r;
        r = sd_bus_message_read(reply, "o", &wait.path);
        if (r < 0)
                return r;
        wait.sender = sd_bus_message_get_sender(reply);

        r = wait_for_end(bus, &wait, deadline);
        if (r < 0)
                return r;
        if (r == UNIT_JOB_E_TIMEOUT)
                return set_result(ret_result, "the job has not ended", r);
        if (strcmp(wait.result, "done") == 0)
                return 0;

        *ret_result = TAKE(wait.result);
        return UNIT_JOB_E_FAILED;
}

int unit_find_by_cgroup(uint64_t cgroup_id, char **ret_unit) {
        CLEANUP(freep) char *path = NULL;
        int r;

        r = cgroup_find_by_id(cgroup_id, &path);
        if (r < 0)
                return r;

        return cgroup_path_unit(path, ret_unit);
}
