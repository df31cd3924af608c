/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "exim/listeners.h"

static uint32_t old_inodes[] = { 10, 11 };
static uint32_t new_inodes[] = { 12, 13 };
static uint32_t mixed_inodes[] = { 11, 12 };
static uint16_t both_ports[] = { 25, 587 };

static EximListeners make(uint32_t *inodes, size_t inode_count, size_t port_count) {
        return (EximListeners){
                .inodes = inodes,
                .inode_count = inode_count,
                .ports = both_ports,
                .port_count = port_count,
        };
}

static void assert_state(
                uint32_t *inodes, size_t inode_count, size_t ports, EximDaemonState wanted) {
        const EximListeners before = make(old_inodes, 2, 2);
        const EximListeners now = make(inodes, inode_count, ports);

        g_assert_cmpint(exim_listeners_compare(&before, &now), ==, wanted);
}

static void test_same_sockets_are_old(void) {
        assert_state(old_inodes, 2, 2, EXIM_DAEMON_OLD);
}

static void test_one_old_socket_is_old(void) {
        assert_state(mixed_inodes, 2, 2, EXIM_DAEMON_OLD);
}

static void test_new_sockets_on_the_same_ports_are_new(void) {
        assert_state(new_inodes, 2, 2, EXIM_DAEMON_NEW);
}

static void test_new_sockets_on_fewer_ports_are_other(void) {
        assert_state(new_inodes, 1, 1, EXIM_DAEMON_OTHER);
}

static void test_no_sockets_are_silence(void) {
        assert_state(NULL, 0, 0, EXIM_DAEMON_SILENT);
}

static void test_any_socket_is_new_where_there_was_none(void) {
        const EximListeners before = {}, now = make(new_inodes, 2, 2);

        g_assert_cmpint(exim_listeners_compare(&before, &now), ==, EXIM_DAEMON_NEW);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/listeners/" #name, test_##name)
        ADD(same_sockets_are_old);
        ADD(one_old_socket_is_old);
        ADD(new_sockets_on_the_same_ports_are_new);
        ADD(new_sockets_on_fewer_ports_are_other);
        ADD(no_sockets_are_silence);
        ADD(any_socket_is_new_where_there_was_none);
#undef ADD

        return g_test_run();
}
