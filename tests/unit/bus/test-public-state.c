/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/public-state.h"
#include "unit/message.h"
#include "util/text.h"

static const char *const no_features[] = { NULL };

static PublicState state_new(void) {
        return (PublicState){
                .version = "1",
                .features = no_features,
                .health = "ok",
                .port_verdicts = port_verdicts_default,
        };
}

static void assert_differ(const PublicState *now, const char *name) {
        const PublicState before = state_new();
        const char *names[PUBLIC_STATE_FIELDS_MAX];

        g_assert_cmpuint(public_state_compare(&before, now, names), ==, 1);
        g_assert_cmpstr(names[0], ==, name);
        g_assert_null(names[1]);
}

static void test_equal_states_do_not_differ(void) {
        const PublicState state = state_new();
        const char *names[PUBLIC_STATE_FIELDS_MAX];

        g_assert_cmpuint(public_state_compare(&state, &state, names), ==, 0);
        g_assert_null(names[0]);
}

static void test_each_change_is_named(void) {
        PublicState now = state_new();

        now.enabled = true;
        assert_differ(&now, "Enabled");
        now = state_new();
        now.enforcing = true;
        assert_differ(&now, "Enforcing");
        now = state_new();
        now.active = true;
        assert_differ(&now, "Active");
        now = state_new();
        now.observe = true;
        assert_differ(&now, "Observe");
        now = state_new();
        now.busy = true;
        assert_differ(&now, "Busy");
        now = state_new();
        now.health = "failed";
        assert_differ(&now, "Health");
        now = state_new();
        now.generation = 1;
        assert_differ(&now, "Generation");
        now = state_new();
        now.try_deadline = 1;
        assert_differ(&now, "TryDeadline");
        now = state_new();
        now.problem_count = 1;
        assert_differ(&now, "ProblemCount");
        now = state_new();
        now.port_verdicts.entries[0].verdict = PORT_VERDICT_REJECT;
        assert_differ(&now, "PortVerdicts");
}

static void test_values_have_their_types(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        PublicState state = state_new();
        const char *health;
        uint64_t generation;
        int enabled;

        state.enabled = true;
        state.generation = 42;
        g_assert_cmpint(public_state_append(&state, "Enabled", m), >=, 0);
        g_assert_cmpint(public_state_append(&state, "Health", m), >=, 0);
        g_assert_cmpint(public_state_append(&state, "Generation", m), >=, 0);
        message_seal(m);

        g_assert_cmpint(sd_bus_message_read(m, "bst", &enabled, &health, &generation), >, 0);
        g_assert_true(enabled);
        g_assert_cmpstr(health, ==, "ok");
        g_assert_cmpuint(generation, ==, 42);
}

static void test_all_of_them_are_one_dictionary(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        const PublicState state = state_new();
        unsigned count = 0;

        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(public_state_append_all(&state, m), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);
        message_seal(m);

        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "{sv}"), >, 0);
        for (; sd_bus_message_at_end(m, false) == 0; count++)
                g_assert_cmpint(sd_bus_message_skip(m, "{sv}"), >=, 0);
        g_assert_cmpuint(count, ==, 12);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/bus/public-state/equal", test_equal_states_do_not_differ);
        g_test_add_func("/bus/public-state/differ", test_each_change_is_named);
        g_test_add_func("/bus/public-state/types", test_values_have_their_types);
        g_test_add_func("/bus/public-state/all", test_all_of_them_are_one_dictionary);

        return g_test_run();
}
