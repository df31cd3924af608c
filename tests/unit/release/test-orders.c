/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "release/orders.h"
#include "util/fd.h"

#define ID "1wMf2h-0003Qw-AB"

/* A directory with the orders' one in it. */
typedef struct Place {
        char *parent;
        int fd;
} Place;

static void place_init(Place *place) {
        g_autofree char *orders = NULL;

        place->parent = g_dir_make_tmp("orders-XXXXXX", NULL);
        g_assert_nonnull(place->parent);
        orders = g_build_filename(place->parent, "release", NULL);
        g_assert_cmpint(g_mkdir(orders, 0700), ==, 0);
        place->fd = orders_open(place->parent, "release");
        g_assert_cmpint(place->fd, >=, 0);
}

static void place_done(Place *place) {
        g_autofree char *command = g_strdup_printf("rm -rf %s", place->parent);

        fd_close(place->fd);
        g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
        g_free(place->parent);
}

static void put(const Place *place, const char *name) {
        CLEANUP(fd_closep)
        int fd = openat(place->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        g_assert_cmpint(fd, >=, 0);
}

static bool is_there(const Place *place, const char *name) {
        return faccessat(place->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_an_order_is_taken_once(void) {
        CLEANUP(place_done) Place place;
        g_autofree Orders *orders = g_new0(Orders, 1);

        place_init(&place);
        put(&place, ID);
        g_assert_cmpint(orders_take(place.fd, ORDERS_MAX, orders), ==, 0);
        g_assert_cmpuint(orders->count, ==, 1);
        g_assert_cmpstr(orders->ids[0], ==, ID);
        g_assert_false(is_there(&place, ID));

        g_assert_cmpint(orders_take(place.fd, ORDERS_MAX, orders), ==, 0);
        g_assert_cmpuint(orders->count, ==, 0);
}

static void test_no_more_are_taken_than_wanted(void) {
        CLEANUP(place_done) Place place;
        g_autofree Orders *orders = g_new0(Orders, 1);

        place_init(&place);
        for (unsigned i = 0; i < 100; i++) {
                g_autofree char *name = g_strdup_printf("1wMf2h-0003Qw-%02u", i);

                put(&place, name);
        }

        g_assert_cmpint(orders_take(place.fd, 60, orders), ==, 0);
        g_assert_cmpuint(orders->count, ==, 60);
        g_assert_cmpint(orders_take(place.fd, 60, orders), ==, 0);
        g_assert_cmpuint(orders->count, ==, 40);
}

static void test_what_is_no_message_is_removed_and_counted(void) {
        CLEANUP(place_done) Place place;
        g_autofree Orders *orders = g_new0(Orders, 1);

        place_init(&place);
        put(&place, "-Mrm");
        put(&place, ID);
        g_assert_cmpint(mkdirat(place.fd, "folder", 0700), ==, 0);
        g_assert_cmpint(orders_take(place.fd, ORDERS_MAX, orders), ==, 0);
        g_assert_cmpuint(orders->count, ==, 1);
        g_assert_cmpuint(orders->refused, ==, 2);
        g_assert_false(is_there(&place, "-Mrm"));
        g_assert_false(is_there(&place, "folder"));
}

static void test_a_link_is_removed_and_not_its_target(void) {
        CLEANUP(place_done) Place place;
        g_autofree Orders *orders = g_new0(Orders, 1);

        place_init(&place);
        put(&place, "../target");
        g_assert_cmpint(symlinkat("../target", place.fd, ID), ==, 0);
        g_assert_cmpint(orders_take(place.fd, ORDERS_MAX, orders), ==, 0);
        g_assert_false(is_there(&place, ID));
        g_assert_true(is_there(&place, "../target"));
}

static void test_what_cannot_be_removed_is_said_and_keeps_nobody_waiting(void) {
        CLEANUP(place_done) Place place;
        g_autofree Orders *orders = g_new0(Orders, 1);

        place_init(&place);
        g_assert_cmpint(mkdirat(place.fd, "full", 0700), ==, 0);
        put(&place, "full/file");
        put(&place, ID);
        g_assert_cmpint(orders_take(place.fd, ORDERS_MAX, orders), ==, -ENOTEMPTY);
        g_assert_cmpuint(orders->count, ==, 1);
}

static void test_a_link_in_place_of_the_directory_is_not_followed(void) {
        CLEANUP(place_done) Place place;
        g_autofree char *link = NULL;

        place_init(&place);
        link = g_build_filename(place.parent, "link", NULL);
        g_assert_cmpint(symlink("release", link), ==, 0);
        g_assert_cmpint(orders_open(place.parent, "link"), <, 0);
        g_assert_cmpint(orders_open(link, "."), <, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/orders/an-order-is-taken-once", test_an_order_is_taken_once);
        g_test_add_func("/orders/no-more-are-taken-than-wanted",
                        test_no_more_are_taken_than_wanted);
        g_test_add_func("/orders/what-is-no-message-is-removed-and-counted",
                        test_what_is_no_message_is_removed_and_counted);
        g_test_add_func("/orders/a-link-is-removed-and-not-its-target",
                        test_a_link_is_removed_and_not_its_target);
        g_test_add_func("/orders/what-cannot-be-removed-is-said-and-keeps-nobody-waiting",
                        test_what_cannot_be_removed_is_said_and_keeps_nobody_waiting);
        g_test_add_func("/orders/a-link-in-place-of-the-directory-is-not-followed",
                        test_a_link_in_place_of_the_directory_is_not_followed);
        return g_test_run();
}
