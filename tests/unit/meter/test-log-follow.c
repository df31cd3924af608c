/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meter/log-follow.h"

#define PLENTY   ((size_t) 64 * 1024 * 1024)
#define ROTATED  9 /* files of one log */
#define A_SECOND USEC_PER_SEC

/* A log in a directory of its own, and what was read of it. */
typedef struct World {
        char *directory, *path;
        LogFollow *follow;
        GPtrArray *lines;
        uint64_t now_usec;
        int64_t since_sec;
        int error; /* what the handler answers */
} World;

static char *rotated_path(const World *world, int number) {
        return number == 0 ? g_strdup(world->path) : g_strdup_printf("%s.%d", world->path, number);
}

static void append(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t) strlen(text));
        g_assert_cmpint(close(fd), ==, 0);
}

/* As logrotate does: each gets the next number, the last one goes. */
static void shift(const World *world, int first) {
        for (int i = ROTATED; i >= first; i--) {
                g_autofree char *from = rotated_path(world, i), *to = rotated_path(world, i + 1);

                if (i == ROTATED)
                        (void) g_unlink(from);
                else
                        (void) g_rename(from, to);
        }
}

static void rotate_by_rename(const World *world) {
        shift(world, 0);
}

static void rotate_by_copy(const World *world) {
        g_autofree char *copy = rotated_path(world, 1), *text = NULL;
        size_t size;

        shift(world, 1);
        g_assert_true(g_file_get_contents(world->path, &text, &size, NULL));
        append(copy, text);
        g_assert_cmpint(truncate(world->path, 0), ==, 0);
}

static int take(const char *line, size_t size, void *userdata) {
        World *world = userdata;

        if (world->error)
                return world->error;

        g_ptr_array_add(world->lines, g_strndup(line, size));
        return 0;
}

static int read_some(World *world, size_t size_max) {
        return log_follow_read(world->follow, world->now_usec, size_max, take, world);
}

static void read_all(World *world) {
        int r;

        while ((r = read_some(world, PLENTY)) == LOG_FOLLOW_E_MORE)
                ;
        g_assert_cmpint(r, ==, 0);
}

/* To the end of the present file, over the time in which the one before may still be written to. */
static void read_all_late(World *world) {
        read_all(world);
        world->now_usec += A_SECOND;
        read_all(world);
}

static void start(World *world, const LogPlace *place) {
        world->follow = log_follow_free(world->follow);
        g_assert_cmpint(log_follow_new(world->path, place, world->since_sec, &world->follow),
                        ==,
                        0);
}

static LogPlace place_of(const World *world) {
        LogPlace place;

        log_follow_get_place(world->follow, &place);
        return place;
}

/* As after kill -9: nothing but the place is left. */
static void restart(World *world) {
        LogPlace place = place_of(world);

        start(world, &place);
}

static void make(World *world, const void *data) {
        (void) data;
        world->directory = g_dir_make_tmp("log-follow-XXXXXX", NULL);
        g_assert_nonnull(world->directory);
        world->path = g_build_filename(world->directory, "mainlog", NULL);
        world->lines = g_ptr_array_new_with_free_func(g_free);
        world->now_usec = 1;
        start(world, NULL);
}

static void unmake(World *world, const void *data) {
        GDir *dir = g_dir_open(world->directory, 0, NULL);
        const char *name;

        (void) data;
        while (dir && (name = g_dir_read_name(dir))) {
                g_autofree char *path = g_build_filename(world->directory, name, NULL);

                (void) g_unlink(path);
        }
        if (dir)
                g_dir_close(dir);
        (void) g_rmdir(world->directory);
        world->follow = log_follow_free(world->follow);
        g_ptr_array_unref(world->lines);
        g_free(world->path);
        g_free(world->directory);
}

/* All lines so far, each with a blank behind it. */
static void assert_read(const World *world, const char *expected) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < world->lines->len; i++)
                g_string_append_printf(text, "%s ", (char *) world->lines->pdata[i]);
        g_assert_cmpstr(text->str, ==, expected);
}

static void test_line_without_end_waits(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb");
        read_all(world);
        assert_read(world, "a ");
        append(world->path, "b\n");
        read_all(world);
        assert_read(world, "a bb ");
        g_assert_cmpuint(log_follow_left_out(world->follow), ==, 0);
}

static void test_descriptor_says_when_there_is_more(World *world, const void *data) {
        struct pollfd wait = { .fd = log_follow_fd(world->follow), .events = POLLIN };

        (void) data;
        append(world->path, "a\n");
        g_assert_cmpint(poll(&wait, 1, 0), ==, 1);
        read_all(world);
        g_assert_cmpint(poll(&wait, 1, 0), ==, 0);
        append(world->path, "b\n");
        g_assert_cmpint(poll(&wait, 1, 0), ==, 1);
        read_all(world);
        rotate_by_rename(world);
        g_assert_cmpint(poll(&wait, 1, 0), ==, 1);
}

static void test_renamed_file_is_read_until_the_next_is_there(World *world, const void *data) {
        g_autofree char *old = rotated_path(world, 1);

        (void) data;
        append(world->path, "a\n");
        read_all(world);
        rotate_by_rename(world);
        append(old, "b\n");
        read_all(world);
        g_assert_cmpuint(log_follow_due_usec(world->follow), ==, UINT64_MAX);
        append(world->path, "c\n");
        read_all_late(world);
        assert_read(world, "a b c ");
}

static void test_renamed_file_may_be_written_to_for_a_moment(World *world, const void *data) {
        g_autofree char *old = rotated_path(world, 1);

        (void) data;
        append(world->path, "a\n");
        read_all(world);
        rotate_by_rename(world);
        append(world->path, "c\n");
        read_all(world);
        assert_read(world, "a ");
        g_assert_cmpuint(log_follow_due_usec(world->follow), ==, world->now_usec + A_SECOND);
        append(old, "b\n");
        world->now_usec += A_SECOND;
        read_all(world);
        assert_read(world, "a b c ");
        g_assert_cmpuint(log_follow_due_usec(world->follow), ==, UINT64_MAX);
}

static void test_removed_file_is_followed_by_the_next(World *world, const void *data) {
        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        g_assert_cmpint(g_unlink(world->path), ==, 0);
        read_all(world);
        append(world->path, "c\n");
        read_all_late(world);
        assert_read(world, "a b c ");
}

static void set_written(const char *path, time_t sec) {
        const struct timespec times[2] = { { .tv_sec = sec }, { .tv_sec = sec } };

        g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

/* Compressed as soon as it was rotated, and then a third one was begun. */
static void test_of_several_files_the_next_younger_one_follows(World *world, const void *data) {
        g_autofree char *own = rotated_path(world, 3), *older = rotated_path(world, 4);
        g_autofree char *next = rotated_path(world, 2), *younger = rotated_path(world, 1);

        (void) data;
        append(world->path, "a\n");
        read_all(world);
        for (int i = 0; i < 3; i++)
                rotate_by_rename(world);
        append(older, "no\n");
        append(next, "b\n");
        append(younger, "c\n");
        append(world->path, "d\n");
        set_written(older, 1000);
        set_written(own, 2000);
        set_written(next, 3000);
        set_written(younger, 4000);
        g_assert_cmpint(g_unlink(own), ==, 0);
        read_all_late(world);
        assert_read(world, "a b c d ");
}

static void test_rest_of_a_cut_file_is_in_its_copy(World *world, const void *data) {
        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        rotate_by_copy(world);
        append(world->path, "c\n");
        read_all_late(world);
        assert_read(world, "a b c ");
}

static void test_cut_file_that_is_larger_than_before_is_noticed(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb\n");
        read_all(world);
        rotate_by_copy(world);
        append(world->path, "c\nd\ne\n");
        read_all_late(world);
        assert_read(world, "a b c d e ");
}

static void test_cut_file_without_a_copy_begins_anew(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb\n");
        read_all(world);
        g_assert_cmpint(truncate(world->path, 0), ==, 0);
        append(world->path, "c\n");
        read_all(world);
        assert_read(world, "a b c ");
}

static void test_edited_file_is_known_up_to_its_place(World *world, const void *data) {
        g_autofree char *text = NULL;

        (void) data;
        append(world->path, "a\nb\n");
        read_all(world);
        append(world->path, "c\n");
        /* written under another name, as editors do */
        g_assert_true(g_file_get_contents(world->path, &text, NULL, NULL));
        g_assert_true(g_file_set_contents(world->path, text, -1, NULL));
        read_all_late(world);
        assert_read(world, "a b c ");
}

static void test_restart_goes_on_in_the_same_file(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb\nc");
        read_all(world);
        restart(world);
        append(world->path, "c\n");
        read_all(world);
        assert_read(world, "a b cc ");
        g_assert_false(log_follow_has_lost_place(world->follow));
}

static void test_restart_goes_on_in_rotated_files(World *world, const void *data) {
        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        rotate_by_rename(world);
        append(world->path, "c\nd\n");
        rotate_by_rename(world);
        append(world->path, "e\n");
        restart(world);
        read_all_late(world);
        assert_read(world, "a b c d e ");
        g_assert_false(log_follow_has_lost_place(world->follow));
}

static void test_restart_goes_on_in_files_named_by_date(World *world, const void *data) {
        g_autofree char *first = g_strconcat(world->path, "-20261119", NULL);
        g_autofree char *second = g_strconcat(world->path, "-20261120", NULL);

        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        g_assert_cmpint(g_rename(world->path, first), ==, 0);
        append(world->path, "c\n");
        g_assert_cmpint(g_rename(world->path, second), ==, 0);
        append(world->path, "d\n");
        restart(world);
        read_all_late(world);
        assert_read(world, "a b c d ");
}

static void test_restart_finds_its_place_in_a_copy(World *world, const void *data) {
        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        rotate_by_copy(world);
        append(world->path, "c\nd\n");
        restart(world);
        read_all_late(world);
        assert_read(world, "a b c d ");
}

/* The inode is the same, what is in it is not. */
static void test_inode_that_is_used_again_is_another_file(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb\n");
        read_all(world);
        g_assert_cmpint(truncate(world->path, 0), ==, 0);
        append(world->path, "c\nd\ne\n");
        restart(world);
        g_assert_true(log_follow_has_lost_place(world->follow));
        read_all(world);
        assert_read(world, "a b c d e ");
}

static void test_lost_place_means_all_that_is_there(World *world, const void *data) {
        const LogPlace place = { .inode = 1, .offset = 1, .mark = 1 };

        (void) data;
        append(world->path, "a\n");
        rotate_by_rename(world);
        append(world->path, "b\n");
        start(world, &place);
        g_assert_true(log_follow_has_lost_place(world->follow));
        read_all_late(world);
        assert_read(world, "a b ");
        g_assert_true(log_follow_has_lost_place(world->follow));
}

static void test_file_of_long_ago_is_not_read_without_a_place(World *world, const void *data) {
        g_autofree char *old = rotated_path(world, 2), *younger = rotated_path(world, 1);

        (void) data;
        append(old, "a\n");
        append(younger, "b\n");
        append(world->path, "c\n");
        set_written(old, 1000);
        set_written(younger, 2000);
        world->since_sec = 1001;
        start(world, NULL);
        read_all_late(world);
        assert_read(world, "b c ");
}

static void test_other_files_are_not_read(World *world, const void *data) {
        static const char *const suffixes[] = { ".2.gz", ".bak", "x", ".1~", "2", ".", "-" };
        g_autofree char *directory = g_strconcat(world->path, ".3", NULL);

        (void) data;
        for (size_t i = 0; i < ELEMENTS_OF(suffixes); i++) {
                g_autofree char *path = g_strconcat(world->path, suffixes[i], NULL);

                append(path, "no\n");
        }
        g_assert_cmpint(g_mkdir(directory, 0755), ==, 0);
        append(world->path, "a\n");
        start(world, NULL);
        read_all_late(world);
        assert_read(world, "a ");
        g_assert_cmpint(g_rmdir(directory), ==, 0);
}

/* Within the buffer, over its end, and at the very bound. */
static void test_line_that_is_too_long_is_left_out(World *world, const void *data) {
        static const size_t sizes[] = { LOG_LINE_SIZE_MAX + 1, 300000, 1000000 };

        (void) data;
        for (size_t i = 0; i < ELEMENTS_OF(sizes); i++) {
                g_autofree char *line = g_strnfill(sizes[i], 'x');

                append(world->path, line);
                read_all(world);
                append(world->path, "\na\n");
                read_all(world);
                g_assert_cmpuint(log_follow_left_out(world->follow), ==, i + 1);
        }
        assert_read(world, "a a a ");
}

static void test_line_of_the_greatest_size_is_handed_out(World *world, const void *data) {
        g_autofree char *line = g_strnfill(LOG_LINE_SIZE_MAX, 'x');

        (void) data;
        append(world->path, line);
        read_all(world);
        append(world->path, "\n");
        read_all(world);
        g_assert_cmpuint(world->lines->len, ==, 1);
        g_assert_cmpstr(world->lines->pdata[0], ==, line);
}

static void test_restart_within_a_long_line_leaves_it_out(World *world, const void *data) {
        g_autofree char *line = g_strnfill(300000, 'x');

        (void) data;
        append(world->path, "a\n");
        append(world->path, line);
        read_all(world);
        restart(world);
        append(world->path, "b\nc\n");
        read_all(world);
        assert_read(world, "a c ");
        g_assert_cmpuint(log_follow_left_out(world->follow), ==, 1);
}

static void test_line_that_never_ends_is_left_out(World *world, const void *data) {
        (void) data;
        append(world->path, "a\nb");
        read_all(world);
        rotate_by_rename(world);
        append(world->path, "c\n");
        read_all_late(world);
        assert_read(world, "a c ");
        g_assert_cmpuint(log_follow_left_out(world->follow), ==, 1);
}

static void test_one_call_reads_no_more_than_it_may(World *world, const void *data) {
        int calls = 1;

        (void) data;
        for (int i = 0; i < 100; i++)
                append(world->path, "123456789\n");
        while (read_some(world, 95) == LOG_FOLLOW_E_MORE)
                calls++;
        g_assert_cmpuint(world->lines->len, ==, 100);
        g_assert_cmpint(calls, ==, 11);
}

static void test_line_that_was_not_taken_comes_again(World *world, const void *data) {
        (void) data;
        append(world->path, "a\n");
        read_all(world);
        append(world->path, "b\n");
        world->error = -ENOSPC;
        g_assert_cmpint(read_some(world, PLENTY), ==, -ENOSPC);
        restart(world);
        g_assert_cmpint(read_some(world, PLENTY), ==, -ENOSPC);
        world->error = 0;
        read_all(world);
        assert_read(world, "a b ");
}

static void test_directory_that_is_gone_is_said(World *world, const void *data) {
        (void) data;
        g_assert_cmpint(g_rmdir(world->directory), ==, 0);
        g_assert_cmpint(read_some(world, PLENTY), ==, -ESTALE);
}

static void test_path_has_a_directory(void) {
        static const char *const paths[] = { "mainlog", "/tmp/", "", "/no/such/mainlog" };
        LogFollow *follow = NULL;

        for (size_t i = 0; i < ELEMENTS_OF(paths); i++)
                g_assert_cmpint(log_follow_new(paths[i], NULL, 0, &follow), <, 0);
        g_assert_null(follow);
}

/* Not what log_follow_new() excludes. */
static bool can_be_copied(const World *world) {
        LogPlace place = place_of(world);
        struct stat status;

        return stat(world->path, &status) == 0 &&
               (place.offset > 0 || place.inode != status.st_ino);
}

/* Whatever happens in whatever order: each line once, in its order. */
static void test_nothing_is_lost_or_read_twice(World *world, const void *data) {
        g_autoptr(GRand) random = g_rand_new_with_seed(1);
        guint written = 0;
        int behind = 0;

        (void) data;
        for (int i = 0; i < 1000; i++) {
                g_autofree char *line = g_strdup_printf("%06u\n", written);

                switch (g_rand_int_range(random, 0, 10)) {
                case 0:
                        if (behind++ < ROTATED - 2)
                                rotate_by_rename(world);
                        break;
                case 1:
                        if (can_be_copied(world) && behind++ < ROTATED - 2)
                                rotate_by_copy(world);
                        break;
                case 2:
                        restart(world);
                        g_assert_false(log_follow_has_lost_place(world->follow));
                        break;
                case 3:
                        (void) read_some(world, 10);
                        break;
                case 5:
                        read_all_late(world);
                        behind = 0;
                        break;
                case 4:
                        world->now_usec += A_SECOND / 2;
                        break;
                default:
                        append(world->path, line);
                        written++;
                }
        }
        read_all_late(world);

        g_assert_cmpuint(world->lines->len, ==, written);
        for (guint i = 0; i < written; i++) {
                g_autofree char *line = g_strdup_printf("%06u", i);

                g_assert_cmpstr(world->lines->pdata[i], ==, line);
        }
        g_assert_cmpuint(log_follow_left_out(world->follow), ==, 0);
}

#define ADD(name, function) g_test_add("/log-follow/" name, World, NULL, make, function, unmake)

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        ADD("half", test_line_without_end_waits);
        ADD("descriptor", test_descriptor_says_when_there_is_more);
        ADD("rename", test_renamed_file_is_read_until_the_next_is_there);
        ADD("rename-late", test_renamed_file_may_be_written_to_for_a_moment);
        ADD("removed", test_removed_file_is_followed_by_the_next);
        ADD("younger", test_of_several_files_the_next_younger_one_follows);
        ADD("copy", test_rest_of_a_cut_file_is_in_its_copy);
        ADD("copy-larger", test_cut_file_that_is_larger_than_before_is_noticed);
        ADD("cut", test_cut_file_without_a_copy_begins_anew);
        ADD("edited", test_edited_file_is_known_up_to_its_place);
        ADD("restart", test_restart_goes_on_in_the_same_file);
        ADD("restart-rename", test_restart_goes_on_in_rotated_files);
        ADD("restart-date", test_restart_goes_on_in_files_named_by_date);
        ADD("restart-copy", test_restart_finds_its_place_in_a_copy);
        ADD("inode", test_inode_that_is_used_again_is_another_file);
        ADD("lost", test_lost_place_means_all_that_is_there);
        ADD("since", test_file_of_long_ago_is_not_read_without_a_place);
        ADD("others", test_other_files_are_not_read);
        ADD("long", test_line_that_is_too_long_is_left_out);
        ADD("longest", test_line_of_the_greatest_size_is_handed_out);
        ADD("long-restart", test_restart_within_a_long_line_leaves_it_out);
        ADD("torn", test_line_that_never_ends_is_left_out);
        ADD("bound", test_one_call_reads_no_more_than_it_may);
        ADD("not-taken", test_line_that_was_not_taken_comes_again);
        ADD("directory", test_directory_that_is_gone_is_said);
        g_test_add_func("/log-follow/path", test_path_has_a_directory);
        ADD("property", test_nothing_is_lost_or_read_twice);
        return g_test_run();
}
