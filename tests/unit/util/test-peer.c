/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/peer.h"

static void test_the_peer_of_a_socket_pair_is_oneself(void) {
        int fds[2];
        uid_t uid = (uid_t) -1;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
        g_assert_cmpint(peer_read_uid(fds[0], &uid), ==, 0);
        g_assert_cmpuint(uid, ==, geteuid());
        fd_close(fds[0]);
        fd_close(fds[1]);
}

static void test_a_socket_of_another_kind_has_no_peer(void) {
        CLEANUP(fd_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uid_t uid;

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(peer_read_uid(fd, &uid), <, 0);
}

static void test_each_user_is_told_of_once(void) {
        ToldUids told = {};

        g_assert_true(told_uids_add(&told, 0));
        g_assert_true(told_uids_add(&told, 1000));
        g_assert_false(told_uids_add(&told, 0));
        g_assert_false(told_uids_add(&told, 1000));
}

static void test_after_so_many_users_nobody_is_told_of(void) {
        ToldUids told = {};

        for (uid_t uid = 0; uid < TOLD_UIDS_MAX; uid++)
                g_assert_true(told_uids_add(&told, uid));
        g_assert_false(told_uids_add(&told, TOLD_UIDS_MAX));
        g_assert_false(told_uids_add(&told, TOLD_UIDS_MAX));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/peer/the-peer-of-a-socket-pair-is-oneself",
                        test_the_peer_of_a_socket_pair_is_oneself);
        g_test_add_func("/peer/a-socket-of-another-kind-has-no-peer",
                        test_a_socket_of_another_kind_has_no_peer);
        g_test_add_func("/peer/each-user-is-told-of-once", test_each_user_is_told_of_once);
        g_test_add_func("/peer/after-so-many-users-nobody-is-told-of",
                        test_after_so_many_users_nobody_is_told_of);
        return g_test_run();
}
