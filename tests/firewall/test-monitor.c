/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <sched.h>
#include <unistd.h>

#include "firewall/monitor.h"
#include "setup.h"
#include "util/text.h"

#define TABLE "inet " RULESET_TABLE

/* What the monitor tells of an edit by nft(8). */
static TableDamage hear_of(const char *edit) {
        CLEANUP(monitor_closep) Monitor *monitor = NULL;
        CLEANUP(setup_done) Setup setup = {};
        TableDamage damage = {};

        setup_init(&setup);
        g_assert_cmpint(monitor_open(&monitor), ==, 0);
        setup_apply(&setup);
        world_nft(edit);
        g_assert_cmpint(monitor_read(monitor, setup.generation, &damage), ==, 0);
        return damage;
}

static void test_our_own_batch_is_no_damage(void) {
        g_assert_false(hear_of("add table inet other\n").any);
}

static void test_a_flushed_ruleset_is_heard_with_who_did_it(void) {
        TableDamage damage = hear_of("flush ruleset\n");

        g_assert_true(damage.any && damage.removed && !damage.unsure && !damage.elements_only);
        g_assert_true(g_str_has_prefix(damage.process, "test-firewall"));
        g_assert_cmpuint(damage.pid, ==, (uint32_t) getpid());
}

static void test_each_kind_of_edit_is_heard(void) {
        static const char *const edits[] = {
                "delete table " TABLE "\n",
                "flush chain " TABLE " output\n",
                "insert rule " TABLE " output accept\n",
                "add chain " TABLE " foreign\n",
                "chain " TABLE " output { policy drop; }\n",
                "add set " TABLE " friends { type ipv4_addr; }\n",
                "add table " TABLE " { flags dormant; }\n",
                "delete set " TABLE " attempts\n",
                "add counter " TABLE " foreign\n",
        };

        /* a set that rules use cannot be deleted alone */
        for (size_t i = 0; i < ELEMENTS_OF(edits); i++) {
                CLEANUP(freep) char *edit = NULL;
                TableDamage damage;

                edit = string_format(
                                "%s%s",
                                strstr(edits[i], "delete set") ? "flush table " TABLE "\n" : "",
                                edits[i]);
                damage = hear_of(edit);
                g_assert_true(damage.any);
                g_assert_false(damage.elements_only);
        }
}

static void test_elements_are_heard_as_such(void) {
        TableDamage damage = hear_of("add element " TABLE " uids { 1000 }\n");

        g_assert_true(damage.any && damage.elements_only);
}

static void test_an_element_that_expires_is_not_heard(void) {
        CLEANUP(monitor_closep) Monitor *monitor = NULL;
        CLEANUP(setup_done) Setup setup = {};
        TableDamage damage = {};

        setup_init(&setup);
        setup_apply(&setup);
        world_nft("add set " TABLE " brief { type uid; flags timeout; }\n"
                  "add element " TABLE " brief { 1000 timeout 100ms }\n");
        g_assert_cmpint(monitor_open(&monitor), ==, 0);
        for (int i = 0; i < 1000; i++) {
                CLEANUP(freep) char *table = world_list();

                if (!strstr(table, "1000"))
                        break;
                g_assert_cmpint(i, <, 999);
        }
        /* the kernel sweeps such a set about once in a second or with the next batch for it */
        world_nft("add table inet other\n");
        g_assert_cmpint(monitor_read(monitor, setup.generation, &damage), ==, 0);
        g_assert_false(damage.any);
}

static void test_a_repair_of_ours_is_no_damage_either(void) {
        CLEANUP(monitor_closep) Monitor *monitor = NULL;
        CLEANUP(setup_done) Setup setup = {};
        TableDamage damage = {};
        uint32_t generation = 0;

        setup_init(&setup);
        g_assert_cmpint(monitor_open(&monitor), ==, 0);
        setup_apply(&setup);
        world_nft("flush ruleset\n");
        g_assert_cmpint(firewall_put_back(
                                        setup.firewall,
                                        &setup.policy,
                                        &setup.facts,
                                        &generation,
                                        NULL),
                        ==,
                        0);
        g_assert_cmpint(monitor_read(monitor, generation, &damage), ==, 0);
        g_assert_false(damage.any);
        g_assert_true(setup_has_no_problem(&setup));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);

        g_test_add_func("/monitor/our-own-batch-is-no-damage", test_our_own_batch_is_no_damage);
        g_test_add_func("/monitor/a-flushed-ruleset-is-heard-with-who-did-it",
                        test_a_flushed_ruleset_is_heard_with_who_did_it);
        g_test_add_func("/monitor/each-kind-of-edit-is-heard", test_each_kind_of_edit_is_heard);
        g_test_add_func("/monitor/elements-are-heard-as-such", test_elements_are_heard_as_such);
        g_test_add_func("/monitor/an-element-that-expires-is-not-heard",
                        test_an_element_that_expires_is_not_heard);
        g_test_add_func("/monitor/a-repair-of-ours-is-no-damage-either",
                        test_a_repair_of_ours_is_no_damage_either);
        return g_test_run();
}
