/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/cgroup.h"
#include "util/text.h"
#include "util/unit-job.h"

#define TIMEOUT_USEC (5 * USEC_PER_SEC)
#define MANAGER      ":1.0" /* as the bus names it */

/* A systemd1 manager at the other end of a socket pair, as awkward as the real one can be. */
typedef struct Manager {
        int fd;
        const char *result;  /* of the job; NULL: it never ends */
        bool is_early;       /* the job ends before its reply */
        const char *refusal; /* the name of the error that it answers; NULL: it does not refuse */
        char *method;        /* owned: what was called last */
        char *unit;          /* owned */
        bool is_done;
} Manager;

static void send_removed(
                sd_bus *bus,
                const char *sender,
                uint32_t id,
                const char *path,
                const char *result) {
        sd_bus_message *signal = NULL;

        g_assert_cmpint(sd_bus_message_new_signal(
                                        bus,
                                        &signal,
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager",
                                        "JobRemoved"),
                        >=,
                        0);
        g_assert_cmpint(sd_bus_message_append(signal, "uoss", id, path, "x.service", result),
                        >=,
                        0);
        /* what a bus would say */
        g_assert_cmpint(sd_bus_message_set_sender(signal, sender), >=, 0);
        g_assert_cmpint(sd_bus_send(bus, signal, NULL), >=, 0);
        sd_bus_message_unref(signal);
}

static void reply(sd_bus_message *call, const char *path) {
        sd_bus_message *reply = NULL;

        g_assert_cmpint(sd_bus_message_new_method_return(call, &reply), >=, 0);
        g_assert_cmpint(sd_bus_message_append(reply, "o", path), >=, 0);
        g_assert_cmpint(sd_bus_message_set_sender(reply, MANAGER), >=, 0);
        g_assert_cmpint(sd_bus_send(NULL, reply, NULL), >=, 0);
        sd_bus_message_unref(reply);
}

static int on_call(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        static const char job[] = "/org/freedesktop/systemd1/job/7";
        Manager *manager = userdata;
        sd_bus *bus = sd_bus_message_get_bus(message);
        const char *unit, *mode;

        (void) reterr;

        if (sd_bus_message_is_method_call(message, NULL, "Subscribe") > 0)
                return sd_bus_reply_method_errorf(message, "x.Already", "already subscribed");

        g_assert_cmpint(sd_bus_message_read(message, "ss", &unit, &mode), >=, 0);
        g_assert_cmpstr(mode, ==, "replace");
        manager->method = g_strdup(sd_bus_message_get_member(message));
        manager->unit = g_strdup(unit);
        manager->is_done = true;

        if (manager->refusal)
                return sd_bus_reply_method_errorf(message, manager->refusal, "Unit not found.");

        send_removed(bus, MANAGER, 6, "/org/freedesktop/systemd1/job/6", "failed");
        if (manager->result && manager->is_early)
                send_removed(bus, MANAGER, 7, job, manager->result);
        /* somebody else's, who guesses the job */
        send_removed(bus, ":1.66", 7, job, "forged");
        reply(message, job);
        if (manager->result && !manager->is_early)
                send_removed(bus, MANAGER, 7, job, manager->result);

        return 1;
}

static gpointer manager_run(gpointer data) {
        Manager *manager = data;
        sd_bus *bus = NULL;
        sd_id128_t id;

        g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
        g_assert_cmpint(sd_bus_new(&bus), >=, 0);
        g_assert_cmpint(sd_bus_set_fd(bus, manager->fd, manager->fd), >=, 0);
        g_assert_cmpint(sd_bus_set_server(bus, 1, id), >=, 0);
        g_assert_cmpint(sd_bus_add_object(bus, NULL, "/org/freedesktop/systemd1", on_call, manager),
                        >=,
                        0);
        g_assert_cmpint(sd_bus_start(bus), >=, 0);

        for (int r = 0; r >= 0;) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        }

        sd_bus_flush_close_unref(bus);
        return NULL;
}

/* Run one job against the manager; the caller frees the result. */
static int run_job(Manager *manager, UnitJob job, uint64_t timeout_usec, char **ret_result) {
        GThread *thread;
        sd_bus *bus = NULL;
        int fds[2], r;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                        ==,
                        0);
        manager->fd = fds[1];
        thread = g_thread_new("manager", manager_run, manager);

        g_assert_cmpint(sd_bus_new(&bus), >=, 0);
        g_assert_cmpint(sd_bus_set_fd(bus, fds[0], fds[0]), >=, 0);
        g_assert_cmpint(sd_bus_start(bus), >=, 0);

        r = unit_job_run(bus, job, "exim4.service", timeout_usec, ret_result);

        sd_bus_flush_close_unref(bus);
        g_thread_join(thread);
        return r;
}

static void manager_done(Manager *manager) {
        g_free(manager->method);
        g_free(manager->unit);
}

static void test_job_that_is_done_is_no_error(void) {
        CLEANUP(manager_done) Manager manager = { .result = "done" };
        CLEANUP(freep) char *result = NULL;

        g_assert_cmpint(run_job(&manager, UNIT_JOB_RELOAD, TIMEOUT_USEC, &result), ==, 0);
        g_assert_null(result);
        g_assert_cmpstr(manager.method, ==, "ReloadUnit");
        g_assert_cmpstr(manager.unit, ==, "exim4.service");
}

static void test_end_that_comes_before_the_reply_is_heard(void) {
        CLEANUP(manager_done) Manager manager = { .result = "done", .is_early = true };
        CLEANUP(freep) char *result = NULL;

        g_assert_cmpint(run_job(&manager, UNIT_JOB_RELOAD, TIMEOUT_USEC, &result), ==, 0);
}

static void test_failed_job_says_its_result(void) {
        CLEANUP(manager_done) Manager manager = { .result = "failed" };
        CLEANUP(freep) char *result = NULL;

        g_assert_cmpint(run_job(&manager, UNIT_JOB_START, TIMEOUT_USEC, &result),
                        ==,
                        UNIT_JOB_E_FAILED);
        g_assert_cmpstr(result, ==, "failed");
        g_assert_cmpstr(manager.method, ==, "StartUnit");
}

static void test_refusal_says_systemds_words(void) {
        CLEANUP(manager_done)
        Manager manager = {
                .refusal = "org.freedesktop.systemd1.NoSuchUnit",
        };
        CLEANUP(freep) char *result = NULL;

        g_assert_cmpint(run_job(&manager, UNIT_JOB_RESTART, TIMEOUT_USEC, &result),
                        ==,
                        UNIT_JOB_E_REFUSED);
        g_assert_cmpstr(result, ==, "Unit not found.");
        g_assert_cmpstr(manager.method, ==, "RestartUnit");
}

/* sd-bus has these names for failures of its own, behind which systemd may be at work. */
static void test_error_that_may_be_the_connections_is_no_refusal(void) {
        static const char *const names[] = {
                SD_BUS_ERROR_LIMITS_EXCEEDED,
                SD_BUS_ERROR_NO_MEMORY,
                SD_BUS_ERROR_IO_ERROR,
                "System.Error.EPIPE",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                CLEANUP(manager_done) Manager manager = { .refusal = names[i] };
                CLEANUP(freep) char *result = NULL;

                g_assert_cmpint(run_job(&manager, UNIT_JOB_RELOAD, TIMEOUT_USEC, &result), <, 0);
        }
}

static void test_job_without_end_times_out(void) {
        CLEANUP(manager_done) Manager manager = {};
        CLEANUP(freep) char *result = NULL;

        g_assert_cmpint(run_job(&manager, UNIT_JOB_RELOAD, 50 * USEC_PER_MSEC, &result),
                        ==,
                        UNIT_JOB_E_TIMEOUT);
        g_assert_nonnull(result);
}

static void assert_unit(const char *path, const char *wanted) {
        CLEANUP(freep) char *unit = NULL;

        g_assert_cmpint(cgroup_path_unit(path, &unit), ==, wanted ? 0 : -ENOENT);
        g_assert_cmpstr(unit, ==, wanted);
}

static void test_unit_of_a_group_is_the_outermost(void) {
        assert_unit("/sys/fs/cgroup/system.slice/exim4.service", "exim4.service");
        assert_unit("/sys/fs/cgroup/system.slice/a.service/inner.service/x", "a.service");
        assert_unit("/sys/fs/cgroup/user.slice/user-1.slice/session-1.scope", "session-1.scope");
        assert_unit("/sys/fs/cgroup/system.slice", NULL);
        assert_unit("/sys/fs/cgroup/.service/x", NULL);
}

static void test_group_that_is_not_there_is_not_found(void) {
        CLEANUP(freep) char *path = NULL;
        pid_t pid;

        g_assert_cmpint(cgroup_find_by_id(0, &path), ==, -ENOENT);
        g_assert_cmpint(cgroup_find_by_unit("no-such-unit-here.service", &path), ==, -ENOENT);
        g_assert_cmpint(cgroup_find_process("/nonexistent", "a", &pid), ==, -ENOENT);
}

static void test_oldest_process_of_that_name_is_found(void) {
        g_autofree char *directory = g_dir_make_tmp("cgroup-XXXXXX", NULL);
        g_autofree char *procs = g_build_filename(directory, "cgroup.procs", NULL);
        g_autofree char *text = g_strdup_printf("0\nx\n1\n%d\n99999999\n", getpid());
        pid_t pid = 0;

        g_assert_true(g_file_set_contents(procs, text, -1, NULL));
        g_assert_cmpint(cgroup_find_process(directory, "test-unit", &pid), ==, 0);
        g_assert_cmpint(pid, ==, getpid());
        g_assert_cmpint(cgroup_find_process(directory, "", &pid), ==, 0);
        g_assert_cmpint(pid, ==, 1);
        g_assert_cmpint(cgroup_find_process(directory, "no-such-name", &pid), ==, -ENOENT);

        g_assert_cmpint(unlink(procs), ==, 0);
        g_assert_cmpint(rmdir(directory), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/unit-job/" #name, test_##name)
        ADD(job_that_is_done_is_no_error);
        ADD(end_that_comes_before_the_reply_is_heard);
        ADD(failed_job_says_its_result);
        ADD(refusal_says_systemds_words);
        ADD(error_that_may_be_the_connections_is_no_refusal);
        ADD(job_without_end_times_out);
        ADD(unit_of_a_group_is_the_outermost);
        ADD(group_that_is_not_there_is_not_found);
        ADD(oldest_process_of_that_name_is_found);
#undef ADD

        return g_test_run();
}
