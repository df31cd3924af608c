/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/complete.h"
#include "smtp-restrictions/smtp-restrictions.h"

/* What an argument of a command may be; several at once. */
enum {
        FILES = 1 << 0,
        USERS = 1 << 1,
        SUBJECT_USERS = 1 << 2, /* also group:NAME */
        EXCEPTIONS = 1 << 3,
        HISTORY = 1 << 4,
        SUBJECTS = 1 << 5,
        CHANGES = 1 << 6,       /* KEY=VALUE of the policy and of limits */
        LIMIT_CHANGES = 1 << 7, /* KEY=VALUE of limits */
        LIMIT_KEYS = 1 << 8,
        SUBJECT_CHANGES = 1 << 9,
};

#define ALL_FURTHER SIZE_MAX

typedef struct Place {
        const char *name;
        const char *second;
        size_t first; /* of the command's arguments, from 0 */
        size_t last;
        unsigned kinds;
        const char *words; /* with blanks between */
} Place;

/* clang-format off */
static const Place places[] = {
        { "observe",    NULL,      0, 0,           0,                          "on off" },
        { "allow",      NULL,      0, 0,           SUBJECT_USERS,              NULL },
        { "disallow",   NULL,      0, 0,           EXCEPTIONS | SUBJECT_USERS, NULL },
        { "exceptions", NULL,      0, 0,           SUBJECT_USERS,              NULL },
        { "explain",    NULL,      0, 0,           USERS,                      NULL },
        { "test",       NULL,      0, 0,           USERS,                      NULL },
        { "attempts",   "reset",   0, 0,           USERS,                      NULL },
        { "rollback",   NULL,      0, 0,           HISTORY,                    NULL },
        { "try",        NULL,      1, ALL_FURTHER, CHANGES,                    NULL },
        { "policy",     "set",     0, ALL_FURTHER, CHANGES,                    NULL },
        { "preview",    NULL,      0, ALL_FURTHER, CHANGES,                    NULL },
        { "limits",     "set",     0, ALL_FURTHER, LIMIT_CHANGES,              NULL },
        { "limits",     "reset",   0, ALL_FURTHER, LIMIT_KEYS,                 NULL },
        { "limits",     "suggest", 0, ALL_FURTHER, FILES,                      NULL },
        { "import",     NULL,      0, 0,           0,                          "csf cpanel imunify" },
        { "import",     NULL,      1, 1,           FILES,                      NULL },
        { "usage",      NULL,      0, 0,           SUBJECTS,                   NULL },
        { "usage",      "reset",   0, 0,           SUBJECTS,                   NULL },
        { "report",     NULL,      0, 0,           SUBJECTS,                   NULL },
        { "held",       NULL,      0, 0,           SUBJECTS,                   NULL },
        { "held",       "list",    0, 0,           SUBJECTS,                   NULL },
        { "held",       "release", 0, ALL_FURTHER, SUBJECTS,                   NULL },
        { "held",       "discard", 0, ALL_FURTHER, SUBJECTS,                   NULL },
        { "subject",    "show",    0, 0,           SUBJECTS,                   NULL },
        { "subject",    "set",     0, 0,           SUBJECTS,                   NULL },
        { "subject",    "set",     1, ALL_FURTHER, SUBJECT_CHANGES,            NULL },
        { "subject",    "reset",   0, 0,           SUBJECTS,                   NULL },
        { "subject",    "suspend", 0, 0,           SUBJECTS,                   NULL },
        { "subject",    "suspend", 1, 1,           0,                          "hold reject" },
        { "subject",    "resume",  0, 0,           SUBJECTS,                   NULL },
};

/* Values of options and keys that are words. */
static const struct {
        const char *name;
        const char *words;
} choices[] = {
        { "kind",                                       "domain mailbox user" },
        { "verdict",                                    "allow reject redirect observe" },
        { "port",                                       "25 465 587" },
        { SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,          "25:redirect 25:reject 465:redirect 465:reject 587:redirect 587:reject" },
        { SMTP_RESTRICTIONS_KEY_FORWARDED,              "allow reject observe" },
        { SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_ACTION,    "hold defer reject observe" },
        { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_ACTION,    "hold reject observe" },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_AUTH,            "enabled disabled" },
        { SMTP_RESTRICTIONS_LIMIT_METER_FALLBACK,       "accept defer" },
};
/* clang-format on */

typedef struct Completion {
        const CompleteGrammar *grammar;
        const char *word;      /* what is typed so far */
        size_t prefix_size;    /* of it that stays, before what is completed */
        const char *put_first; /* between the two: "group:" */
        size_t count;
        Text *text;
} Completion;

/* A candidate, if what is typed is its beginning, and if it can stand in a line. */
static void add(Completion *completion, const char *candidate, const char *end) {
        const char *typed = completion->word + completion->prefix_size;
        CLEANUP(freep) char *whole = NULL;

        whole = string_format("%s%s%s", completion->put_first, candidate, end);
        if (!whole) {
                completion->text->failed = true;
                return;
        }
        if (completion->count >= COMPLETE_CANDIDATES_MAX || strncmp(whole, typed, strlen(typed)) ||
            strpbrk(whole, "\n\r\033"))
                return;

        completion->count++;
        text_append(completion->text, completion->word, completion->prefix_size);
        text_append_format(completion->text, "%s\n", whole);
}

static void add_words(Completion *completion, const char *words) {
        CLEANUP(freep) char *copy = strdup(words);
        char *rest = copy, *word;

        if (!copy)
                completion->text->failed = true;
        while ((word = strsep(&rest, " ")))
                add(completion, word, "");
}

static void add_choices(Completion *completion, const char *name) {
        for (size_t i = 0; i < ELEMENTS_OF(choices); i++)
                if (string_equal(choices[i].name, name))
                        add_words(completion, choices[i].words);
}

static void add_name(void *userdata, const char *name) {
        add(userdata, name, "");
}

static void add_names(Completion *completion, CompleteKind kind, const char *put_first) {
        const CompleteGrammar *grammar = completion->grammar;

        completion->put_first = put_first;
        grammar->list(grammar->context, kind, add_name, completion);
        completion->put_first = "";
}

/* The value of KEY=, or the last one of a list. */
static void add_values(Completion *completion, const char *key, ValueType type) {
        const char *comma = strrchr(completion->word, ',');

        if (comma && (type == VALUE_NAMES || type == VALUE_PORTS))
                completion->prefix_size = (size_t) (comma - completion->word) + 1;

        if (type == VALUE_BOOLEAN)
                add_words(completion, "yes no");
        if (string_equal(key, SMTP_RESTRICTIONS_KEY_ALLOWED_USERS) ||
            string_equal(key, SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS))
                add_names(completion, COMPLETE_USERS, "");
        if (string_equal(key, SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS))
                add_names(completion, COMPLETE_GROUPS, "");
        add_choices(completion, key);
}

static void add_changes(Completion *completion, bool only_limits) {
        const char *equals = strchr(completion->word, '=');
        size_t key_size = strcspn(completion->word, "+-=");
        const char *key;
        ValueType type;
        bool is_limit;

        for (size_t i = 0; (key = argument_key_at(i, &type, &is_limit)); i++) {
                if (only_limits && !is_limit)
                        continue;
                if (!equals)
                        add(completion, key, "=");
                else if (strlen(key) == key_size && !strncmp(key, completion->word, key_size)) {
                        completion->prefix_size = (size_t) (equals - completion->word) + 1;
                        add_values(completion, key, type);
                }
        }
}

static void add_limit_keys(Completion *completion) {
        const char *key;
        ValueType type;
        bool is_limit;

        for (size_t i = 0; (key = argument_key_at(i, &type, &is_limit)); i++)
                if (is_limit)
                        add(completion, key, "");
}

static void add_subjects(Completion *completion) {
        add_names(completion, COMPLETE_SUBJECTS, "");
        add_words(completion, "domain: mailbox: user:");
        if (string_after_prefix(completion->word, "user:"))
                add_names(completion, COMPLETE_USERS, "user:");
}

static void add_kinds(Completion *completion, unsigned kinds) {
        if (kinds & FILES)
                text_append_string(completion->text, COMPLETE_FILES "\n");
        if (kinds & EXCEPTIONS)
                add_names(completion, COMPLETE_EXCEPTIONS, "");
        if (kinds & HISTORY)
                add_names(completion, COMPLETE_HISTORY, "");
        if (kinds & (USERS | SUBJECT_USERS))
                add_names(completion, COMPLETE_USERS, "");
        if (kinds & SUBJECT_USERS)
                add_names(completion, COMPLETE_GROUPS, "group:");
        if (kinds & SUBJECTS)
                add_subjects(completion);
        if (kinds & (CHANGES | LIMIT_CHANGES))
                add_changes(completion, !(kinds & CHANGES));
        if (kinds & LIMIT_KEYS)
                add_limit_keys(completion);
        if (kinds & SUBJECT_CHANGES)
                add_words(completion,
                          "HourlyRecipients= DailyRecipients= SmtpAuth=enabled SmtpAuth=disabled "
                          "SmtpAuth=inherit");
}

static void add_arguments(
                Completion *completion, const char *name, const char *second, size_t index) {
        for (size_t i = 0; i < ELEMENTS_OF(places); i++) {
                const Place *place = &places[i];

                if (!string_equal(place->name, name) || !string_equal(place->second, second) ||
                    index < place->first || index > place->last)
                        continue;
                if (place->words)
                        add_words(completion, place->words);
                add_kinds(completion, place->kinds);
        }
}

static void add_verbs(Completion *completion) {
        const CompleteGrammar *grammar = completion->grammar;

        for (size_t i = 0; i < grammar->verb_count; i++)
                if (i == 0 || !string_equal(grammar->verbs[i].name, grammar->verbs[i - 1].name))
                        add(completion, grammar->verbs[i].name, "");
}

/* `word`, if it is a second word of this command. */
static const char *find_second(const CompleteGrammar *grammar, const char *name, const char *word) {
        for (size_t i = 0; i < grammar->verb_count; i++)
                if (string_equal(grammar->verbs[i].name, name) && grammar->verbs[i].second &&
                    string_equal(grammar->verbs[i].second, word))
                        return grammar->verbs[i].second;

        return NULL;
}

static void add_seconds(Completion *completion, const char *name) {
        const CompleteGrammar *grammar = completion->grammar;

        for (size_t i = 0; i < grammar->verb_count; i++)
                if (string_equal(grammar->verbs[i].name, name) && grammar->verbs[i].second)
                        add(completion, grammar->verbs[i].second, "");
}

/* The option that `word` is, if it takes the next word as its value. */
static const struct option *find_option(const CompleteGrammar *grammar, const char *word) {
        bool is_short = word[0] == '-' && word[1] && word[1] != '-' && !word[2];

        for (const struct option *option = grammar->options; option->name; option++)
                if (option->has_arg == required_argument &&
                    (is_short ? option->val == word[1]
                              : string_equal(string_after_prefix(word, "--"), option->name)))
                        return option;

        return NULL;
}

static void add_options(Completion *completion) {
        completion->put_first = "--";
        for (const struct option *option = completion->grammar->options; option->name; option++)
                add(completion, option->name, "");
        completion->put_first = "";
}

/* The words before the last one that are no options: the command, its second word, its arguments.
 */
typedef struct Said {
        const char *words[2];
        size_t count;
} Said;

static void add_positional(Completion *completion, const Said *said) {
        const char *second = NULL;

        if (said->count == 0) {
                add_verbs(completion);
                return;
        }
        if (said->count == 1)
                add_seconds(completion, said->words[0]);
        else
                second = find_second(completion->grammar, said->words[0], said->words[1]);

        add_arguments(completion, said->words[0], second, said->count - (second ? 2 : 1));
}

void complete_words(
                const CompleteGrammar *grammar,
                const char *const words[],
                size_t count,
                Text *text) {
        Completion completion = { .grammar = grammar, .put_first = "", .text = text };
        const struct option *option = NULL;
        Said said = {};

        completion.word = count > 0 ? words[count - 1] : "";
        for (size_t i = 0; i + 1 < count; i++) {
                if (option) {
                        option = NULL;
                        continue;
                }
                option = find_option(grammar, words[i]);
                if (words[i][0] == '-')
                        continue;
                if (said.count < ELEMENTS_OF(said.words))
                        said.words[said.count] = words[i];
                said.count++;
        }

        if (option && string_equal(option->name, "file"))
                add_kinds(&completion, FILES);
        else if (option)
                add_choices(&completion, option->name);
        else if (completion.word[0] == '-')
                add_options(&completion);
        else
                add_positional(&completion, &said);
}
