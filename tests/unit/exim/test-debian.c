/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/debian.h"

static void assert_conf(const char *text, bool is_split) {
        DebianConf conf;

        g_assert_cmpint(debian_conf_parse(text, &conf), ==, 0);
        g_assert_true(conf.is_split == is_split);
}

static void assert_refused(const char *text) {
        DebianConf conf;

        g_assert_cmpint(debian_conf_parse(text, &conf), ==, -EBADMSG);
}

static void test_words_are_read_in_every_quoting(void) {
        assert_conf("# x\ndc_eximconfig_configtype='internet'\ndc_use_split_config='true'\n", true);
        assert_conf("dc_eximconfig_configtype=local\ndc_use_split_config=\"false\"", false);
}

static void test_case_does_not_matter(void) {
        assert_conf("dc_eximconfig_configtype='SmartHost'\ndc_use_split_config='TRUE'\n", true);
}

static void test_unset_is_unsplit(void) {
        assert_conf("", false);
        assert_conf("dc_eximconfig_configtype='satellite'\ndc_use_split_config=''\n", false);
}

static void test_type_of_the_configuration_does_not_matter(void) {
        assert_conf("dc_eximconfig_configtype='none'\ndc_use_split_config='true'\n", true);
        assert_conf("dc_eximconfig_configtype=$(cat /x)\n", false);
}

static void test_last_assignment_counts(void) {
        assert_conf("dc_use_split_config='true'\n  dc_use_split_config='false' # now\r\n", false);
        assert_conf("dc_use_split_config=$X\ndc_use_split_config='true'\n", true);
}

static void test_other_names_are_passed_over(void) {
        assert_conf("xdc_use_split_config='true'\ndc_use_split_config_x='true'\n"
                    "#dc_use_split_config='true'\ndc_use_split_config\n",
                    false);
}

static void test_what_needs_a_shell_is_refused(void) {
        assert_refused("dc_use_split_config=$(cat /x)\n");
        assert_refused("dc_use_split_config='true\n");
        assert_refused("dc_use_split_config='true'; x\n");
        assert_refused("dc_use_split_config='yes'\n");
        assert_refused("dc_use_split_config=a-b\n");
        assert_refused("dc_use_split_config='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/debian/" #name, test_##name)
        ADD(words_are_read_in_every_quoting);
        ADD(case_does_not_matter);
        ADD(unset_is_unsplit);
        ADD(type_of_the_configuration_does_not_matter);
        ADD(last_assignment_counts);
        ADD(other_names_are_passed_over);
        ADD(what_needs_a_shell_is_refused);
#undef ADD

        return g_test_run();
}
