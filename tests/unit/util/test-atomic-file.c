/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "util/atomic-file.h"
#include "util/fd.h"

static const AtomicFileOptions options = {
        .mode = 0640, .uid = (uid_t) -1, .gid = (gid_t) -1, .keep_metadata = true
};

typedef struct Fixture {
        char *path;
        int dir_fd;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
        (void) data;
        fixture->path = g_dir_make_tmp("atomic-file-XXXXXX", NULL);
        fixture->dir_fd = open(fixture->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        g_assert_cmpint(fixture->dir_fd, >=, 0);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
        (void) data;
        (void) unlinkat(fixture->dir_fd, "file", 0);
        (void) close(fixture->dir_fd);
        /* fails, and so does the test, when a temporary was left behind */
        g_assert_cmpint(g_rmdir(fixture->path), ==, 0);
        g_free(fixture->path);
}

static void assert_content(Fixture *fixture, const char *expected) {
        CLEANUP(freep) char *data = NULL;
        size_t size;

        g_assert_cmpint(fd_read_file_at(fixture->dir_fd, "file", 100, &data, &size), ==, 0);
        g_assert_cmpstr(data, ==, expected);
}

static void test_new_file_has_the_given_mode(Fixture *fixture, gconstpointer data) {
        struct stat st;

        (void) data;
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, 0);
        assert_content(fixture, "one");
        g_assert_cmpint(fstatat(fixture->dir_fd, "file", &st, 0), ==, 0);
        g_assert_cmpuint(st.st_mode & 07777, ==, 0640);
}

static void test_replaced_file_keeps_its_mode(Fixture *fixture, gconstpointer data) {
        struct stat st;

        (void) data;
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, 0);
        g_assert_cmpint(fchmodat(fixture->dir_fd, "file", 0604, 0), ==, 0);
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "two", 3, &options), ==, 0);
        assert_content(fixture, "two");
        g_assert_cmpint(fstatat(fixture->dir_fd, "file", &st, 0), ==, 0);
        g_assert_cmpuint(st.st_mode & 07777, ==, 0604);
}

static void test_uncommitted_file_changes_nothing(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, 0);
        {
                CLEANUP(atomic_file_done) AtomicFile file = ATOMIC_FILE_NONE;

                g_assert_cmpint(atomic_file_prepare(
                                                fixture->dir_fd, "file", "two", 3, &options, &file),
                                ==,
                                0);
        }
        assert_content(fixture, "one");
}

static void test_leftover_of_a_crash_is_no_obstacle(Fixture *fixture, gconstpointer data) {
        CLEANUP(freep) char *temporary = atomic_file_temporary_name("file");
        int fd = openat(fixture->dir_fd, temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        (void) data;
        g_assert_cmpint(fd, >=, 0);
        (void) close(fd);
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, 0);
        assert_content(fixture, "one");
}

static void test_symbolic_link_is_not_followed(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(symlinkat("/etc/passwd", fixture->dir_fd, "file"), ==, 0);
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, -ELOOP);
}

static void test_removing_what_is_not_there_is_done(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(atomic_file_remove(fixture->dir_fd, "file"), ==, 0);
        g_assert_cmpint(atomic_file_write(fixture->dir_fd, "file", "one", 3, &options), ==, 0);
        g_assert_cmpint(atomic_file_remove(fixture->dir_fd, "file"), ==, 0);
        g_assert_cmpint(faccessat(fixture->dir_fd, "file", F_OK, 0), ==, -1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
        g_test_add("/atomic-file/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("new-file-has-the-given-mode", test_new_file_has_the_given_mode);
        ADD("replaced-file-keeps-its-mode", test_replaced_file_keeps_its_mode);
        ADD("uncommitted-file-changes-nothing", test_uncommitted_file_changes_nothing);
        ADD("leftover-of-a-crash-is-no-obstacle", test_leftover_of_a_crash_is_no_obstacle);
        ADD("symbolic-link-is-not-followed", test_symbolic_link_is_not_followed);
        ADD("removing-what-is-not-there-is-done", test_removing_what_is_not_there_is_done);
        return g_test_run();
}
