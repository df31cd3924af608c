/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever the configuration: what an edit puts in, strip takes out to the byte. */

#include <glib.h>

#include "exim/includes.h"
#include "exim/part.h"

typedef struct Bytes {
        char *data;
        size_t size;
} Bytes;

static void assert_bytes(const char *a, size_t a_size, const char *b, size_t b_size) {
        g_assert_cmpuint(a_size, ==, b_size);
        g_assert_true(memcmp(a, b, a_size) == 0);
}

static void bytes_done(Bytes *bytes) {
        free(bytes->data);
}

static Bytes edit_bytes(const char *data, size_t size, const MailLimits *limits) {
        const EximSettings settings = exim_settings_of_limits(limits);
        EximEditPlace place;
        Bytes bytes = {};

        g_assert_cmpint(exim_edit(data, size, &settings, &bytes.data, &bytes.size, &place), ==, 0);
        return bytes;
}

static EximStripped strip_bytes(const char *data, size_t size) {
        EximStripped stripped = {};
        EximEditPlace place;

        g_assert_cmpint(exim_strip(data, size, &stripped, &place), ==, 0);
        return stripped;
}

/* Pieces from which configurations are made: each can follow each, with or without its newline. */
static const char *const pieces[] = {
        "smtp_accept_max = 20\n",
        "smtp_accept_max = 20\r\n",
        "smtp_accept_max=\\\n",
        "  hide smtp_accept_max_per_host = ${if eq{1}{1}{5}} \\ \n",
        "recipients_max = 0x10\n",
        "recipients_max\\\r\n",
        "\t= 5 \\\n",
        "   7\n",
        "# comment\n",
        "# comment \\\n",
        "#= kept\n",
        "#~ kept\n",
        "# BEGIN\n",
        " # BEGIN smtp-restrictions\n",
        "\n",
        "   \n",
        "\r\n",
        "\\\n",
        "\\",
        "\r",
        "X = smtp_accept_max\n",
        ".ifdef X\n",
        ".ifndef\tY\n",
        ".else\n",
        ".elifdef Z\n",
        ".endif\n",
        ".endif\r\n",
        ".include /etc/x\n",
        "begin acl\n",
        "begin \\\n",
        "accept\n",
        "\xff\xfe\n",
};

static GByteArray *generate(GRand *random) {
        g_autoptr(GByteArray) text = g_byte_array_new();
        int count = g_rand_int_range(random, 0, 24);

        for (int i = 0; i < count; i++) {
                const char *piece = pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))];
                guint size = (guint) strlen(piece);

                if (g_rand_int_range(random, 0, 20) == 0)
                        size--;
                if (g_rand_int_range(random, 0, 20) == 0)
                        g_byte_array_append(text, (const guint8 *) "\0", 1);
                g_byte_array_append(text, (const guint8 *) piece, size);
        }

        return g_steal_pointer(&text);
}

static MailLimits generate_limits(GRand *random) {
        MailLimits limits = {};

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                limits.set[i] = g_rand_boolean(random);
                limits.value[i] = limits.set[i] ? g_rand_int(random) : 0;
        }

        return limits;
}

static void assert_reversible(const char *data, size_t size, GRand *random) {
        const MailLimits one = generate_limits(random), two = generate_limits(random);
        const EximSettings settings = exim_settings_of_limits(&one);
        EximEditPlace place;
        CLEANUP(bytes_done) Bytes edited = {};
        CLEANUP(bytes_done) Bytes again = {};
        CLEANUP(bytes_done) Bytes other = {};
        CLEANUP(exim_stripped_done) EximStripped back = {};
        CLEANUP(exim_stripped_done) EximStripped other_back = {};
        const EximSettings other_settings = exim_settings_of_limits(&two);
        int r;

        r = exim_edit(data, size, &settings, &edited.data, &edited.size, &place);
        g_assert_cmpint(r, !=, EXIM_EDIT_E_DAMAGED);
        if (r == EXIM_EDIT_E_DIRECTIVE)
                return;
        g_assert_cmpint(r, ==, 0);

        back = strip_bytes(edited.data, edited.size);
        assert_bytes(back.text, back.size, data, size);
        g_assert_true(back.had_block == (settings.count > 0));

        again = edit_bytes(edited.data, edited.size, &one);
        assert_bytes(again.data, again.size, edited.data, edited.size);

        r = exim_edit(edited.data, edited.size, &other_settings, &other.data, &other.size, &place);
        if (r == EXIM_EDIT_E_DIRECTIVE)
                return;
        g_assert_cmpint(r, ==, 0);
        other_back = strip_bytes(other.data, other.size);
        assert_bytes(other_back.text, other_back.size, data, size);
}

#define PARTS 4

/* The parts that edit(strip()) makes of these texts. Return: as exim_edit(). */
static int edit_group(const Bytes texts[PARTS], const EximSettings *settings, Bytes ret[PARTS]) {
        EximPart parts[PARTS] = {};
        EximPartPlan plans[PARTS] = {};
        EximEditPlace place;
        size_t scattered;
        int r = 0;

        for (size_t i = 0; i < PARTS && r == 0; i++)
                r =
                                exim_part_read(texts[i].data ?: "",
                                               texts[i].size,
                                               settings,
                                               &(EximPartOptions){ .is_included = i > 0 },
                                               &parts[i],
                                               &place);
        for (size_t i = 0; i < settings->count && r == 0; i++) {
                size_t added = 0;

                r = exim_parts_plan(parts, PARTS, i, plans, &scattered);
                for (size_t j = 0; j < PARTS; j++)
                        added += plans[j].add[i];
                g_assert_true(r != 0 || added == !plans[0].replace[i]);
        }
        for (size_t i = 0; i < PARTS && r == 0; i++)
                r = exim_part_write(&parts[i], settings, &plans[i], &ret[i].data, &ret[i].size);
        for (size_t i = 0; i < PARTS; i++)
                exim_part_done(&parts[i]);

        return r;
}

/* An include is known by its place among them: an edit must not move it. */
static void assert_same_includes(const Bytes *a, const Bytes *b) {
        for (size_t i = 0;; i++) {
                const char *x = exim_include_at(a->data ?: "", a->size, i);
                const char *y = exim_include_at(b->data ?: "", b->size, i);

                g_assert_true(!x == !y);
                if (!x)
                        return;
                g_assert_cmpint(strncmp(x, y, strlen(".include")), ==, 0);
        }
}

static void assert_group_reversible(const Bytes texts[PARTS], GRand *random) {
        const MailLimits limits = generate_limits(random);
        const EximSettings settings = exim_settings_of_limits(&limits);
        Bytes edited[PARTS] = {}, again[PARTS] = {};
        int r;

        r = edit_group(texts, &settings, edited);
        g_assert_cmpint(r, !=, EXIM_EDIT_E_DAMAGED);
        if (r != 0)
                return;

        g_assert_cmpint(edit_group(edited, &settings, again), ==, 0);
        for (size_t i = 0; i < PARTS; i++) {
                CLEANUP(exim_stripped_done)
                EximStripped back = strip_bytes(edited[i].data, edited[i].size);

                assert_bytes(back.text, back.size, texts[i].data ?: "", texts[i].size);
                assert_bytes(again[i].data, again[i].size, edited[i].data, edited[i].size);
                assert_same_includes(&texts[i], &edited[i]);
                bytes_done(&edited[i]);
                bytes_done(&again[i]);
        }
}

static void test_generated_includes_come_back_to_the_byte(void) {
        g_autoptr(GRand) random = g_rand_new_with_seed(20261121);

        for (int i = 0; i < 20000; i++) {
                GByteArray *texts[PARTS];
                Bytes bytes[PARTS];

                for (size_t j = 0; j < PARTS; j++) {
                        texts[j] = generate(random);
                        bytes[j] = (Bytes){ (char *) texts[j]->data, texts[j]->len };
                }
                assert_group_reversible(bytes, random);
                for (size_t j = 0; j < PARTS; j++)
                        g_byte_array_unref(texts[j]);
        }
}

static void test_generated_configurations_come_back_to_the_byte(void) {
        g_autoptr(GRand) random = g_rand_new_with_seed(20261120);

        for (int i = 0; i < 20000; i++) {
                g_autoptr(GByteArray) text = generate(random);

                assert_reversible((const char *) text->data ?: "", text->len, random);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/edit/generated_configurations_come_back_to_the_byte",
                        test_generated_configurations_come_back_to_the_byte);
        g_test_add_func("/edit/generated_includes_come_back_to_the_byte",
                        test_generated_includes_come_back_to_the_byte);

        return g_test_run();
}
