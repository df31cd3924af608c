/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictionsctl: the service's D-Bus interface for people and scripts. Knows nothing but the
 * contract: what is allowed, and what a change does, is decided by the service.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/complete.h"
#include "ctl/report.h"
#include "ctl/verb.h"

#define TRY_HELP "try 'smtp-restrictionsctl --help'"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX     160 /* longer lines are hard to read */

/* clang-format off */
static const Verb verbs[] = {
        { "status",  NULL,    0, 0,        true,  false, command_status       },
        { "is-active", NULL,  0, 0,        false, false, command_is_active    },
        { "enable",  NULL,    0, 0,        false, true,  command_enable       },
        { "disable", NULL,    0, 0,        false, true,  command_disable      },
        { "observe", NULL,    0, 1,        false, true,  command_observe      },
        { "top",     NULL,    0, 0,        true,  false, command_top          },
        { "watch",   NULL,    0, 0,        true,  false, command_watch        },
        { "attempts", "reset", 0, 1,       false, false, command_attempts_reset },
        { "try",     NULL,    2, SIZE_MAX, false, false, command_try          },
        { "confirm", NULL,    0, 1,        false, false, command_confirm      },
        { "cancel",  NULL,    0, 1,        false, false, command_cancel       },
        { "history", NULL,    0, 0,        true,  false, command_history      },
        { "rollback", NULL,   1, 1,        false, false, command_rollback     },
        { "reload",  NULL,    0, 0,        false, false, command_reload       },
        { "allow",   NULL,    1, 1,        false, false, command_allow        },
        { "disallow", NULL,   1, 1,        false, false, command_disallow     },
        { "exceptions", NULL, 0, 1,        true,  false, command_exceptions   },
        { "metrics", NULL,    0, 0,        false, false, command_metrics      },
        { "usage",   "reset", 1, 1,        false, false, command_usage_reset  },
        { "usage",   NULL,    0, 1,        true,  false, command_usage        },
        { "report",  NULL,    0, 1,        true,  false, command_report       },
        { "held",    "release", 1, SIZE_MAX, false, false, command_held_release },
        { "held",    "discard", 1, SIZE_MAX, false, false, command_held_discard },
        { "held",    "list",  0, 1,        true,  false, command_held         },
        { "held",    NULL,    0, 1,        true,  false, command_held         },
        { "limits",  "set",   1, SIZE_MAX, false, false, command_limits_set   },
        { "limits",  "reset", 0, SIZE_MAX, false, false, command_limits_reset },
        { "limits",  "suggest", 0, SIZE_MAX, true, false, command_limits_suggest },
        { "limits",  "show",  0, 0,        true,  false, command_limits_show  },
        { "limits",  NULL,    0, 0,        true,  false, command_limits_show  },
        { "subject", "list",  0, 0,        true,  false, command_subject_list },
        { "subject", "show",  1, 1,        true,  false, command_subject_show },
        { "subject", "set",   2, SIZE_MAX, false, false, command_subject_set  },
        { "subject", "reset", 1, 1,        false, false, command_subject_reset },
        { "subject", "suspend", 1, 2,      false, false, command_subject_suspend },
        { "subject", "resume", 1, 1,       false, false, command_subject_resume },
        { "subject", NULL,    0, 0,        true,  false, command_subject_list },
        { "policy",  "set",   1, SIZE_MAX, false, false, command_policy_set   },
        { "policy",  "show",  0, 0,        true,  false, command_policy_show  },
        { "policy",  NULL,    0, 0,        true,  false, command_policy_show  },
        { "export",  NULL,    0, 0,        false, false, command_export       },
        { "apply",   NULL,    0, 0,        false, false, command_apply        },
        { "import",  NULL,    2, 2,        true,  false, command_import       },
        { "preview", NULL,    0, SIZE_MAX, true,  false, command_preview      },
        { "explain", NULL,    1, 2,        true,  false, command_explain      },
        { "test",    NULL,    0, 1,        true,  false, command_test         },
        { "verify",  NULL,    0, 0,        true,  false, command_verify       },
        { "allowed", NULL,    0, 0,        true,  false, command_allowed      },
};

static const char help_text[] =
        "Usage: smtp-restrictionsctl [OPTION]... COMMAND\n"
        "\n"
        "See and change who may connect to remote SMTP ports, and Exim's mail limits.\n"
        "\n"
        "Commands:\n"
        "  status                     what is in force, counters, problems\n"
        "  is-active                  active, observing or inactive, in one word\n"
        "  preview [KEY=VALUE ...]    what enabling, or such a change, would do\n"
        "  enable                     restrict now and at every boot\n"
        "  disable                    lift the restriction; mail limits stay\n"
        "      [--for TIME]             for so long (30m, 2h); then it is back by itself\n"
        "      [--reason TEXT]          why, for the journal\n"
        "  observe [on|off]           let everybody connect, and count who could not\n"
        "  top                        who tried to connect and may not, and where to\n"
        "  watch                      each attempt when it happens\n"
        "  attempts reset [USER]      forget attempts, of all or of one user\n"
        "  try TIME KEY=VALUE ...     a change that is taken back after TIME (90, 30m, 2h)\n"
        "                             unless it is confirmed\n"
        "  confirm [ID]               keep what is on trial\n"
        "  cancel [ID]                take it back now\n"
        "  history                    the last policies: who changed what\n"
        "  rollback ID                to that policy\n"
        "  policy [show]              the policy\n"
        "  policy set KEY=VALUE ...   change it: AllowedUsers=alice,bob\n"
        "                             AllowedUsers+=carol  AllowedUsers-=bob\n"
        "                             PortVerdicts=25:redirect,465:reject  Observe=yes\n"
        "  export                     the policy as a file for other servers\n"
        "  apply -f FILE [--check]    put it in the place of the policy here (- reads it\n"
        "                             from standard input): changed or unchanged\n"
        "  import csf|cpanel|imunify FILE|FOLDER\n"
        "                             what their settings are here; sets them if you agree\n"
        "  limits [show]              the mail limits\n"
        "  limits set KEY=VALUE ...   change them: SmtpAcceptMax=50 RecipientsMax=100\n"
        "  limits suggest [FILE ...]  limits that fit what Exim's main log has\n"
        "  limits reset [KEY ...]     give these, or all, back to Exim's configuration\n"
        "  usage [SUBJECT]            who has sent how much, of which limit: all, or a domain,\n"
        "                             a mailbox or a user\n"
        "  usage reset SUBJECT        forget what was counted for it; what it has held goes\n"
        "  report [SUBJECT]           who has sent how much in the last days, and who has\n"
        "                             used SMTP AUTH, from where\n"
        "  held [list] [SUBJECT]      mail that waits for room\n"
        "  held release SUBJECT|ID... send it now, whatever the limits say\n"
        "  held discard SUBJECT|ID... remove it\n"
        "  subject [list]             what is set by name, for domains, mailboxes and users\n"
        "  subject show SUBJECT       for domain:NAME, mailbox:NAME or user:NAME\n"
        "  subject set SUBJECT KEY=VALUE ...\n"
        "                             HourlyRecipients=50 DailyRecipients=200\n"
        "                             SmtpAuth=disabled; =inherit takes one back\n"
        "  subject reset SUBJECT      take all of it back; a suspension stays\n"
        "  subject suspend SUBJECT [hold|reject]\n"
        "                             let none of its mail leave, also from the queue\n"
        "  subject resume SUBJECT     let it go\n"
        "  allow USER --reason TEXT   an exception for a user, or group:NAME\n"
        "      [--port PORT]...         on these ports alone\n"
        "      [--to ADDRESS]           to this address or network (192.0.2.0/24) alone\n"
        "      [--for TIME]             for so long (90, 30m, 2h, 30d)\n"
        "      [--verdict VERDICT]      reject, redirect or observe instead\n"
        "  disallow ID|USER           take it, or all of a user, back\n"
        "  exceptions [USER]          those in force\n"
        "  metrics [-f FILE]          numbers for monitoring, as OpenMetrics\n"
        "  allowed                    who may connect, and why\n"
        "  explain [USER] HOST:PORT   what becomes of such a connection, and why\n"
        "  test [USER]                try what such a user can reach, beside what he should\n"
        "  verify                     compare kernel and files with the policy\n"
        "  reload                     read policy.json again\n"
        "\n"
        "Options:\n"
        "      --json                 answers as JSON\n"
        "      --try TIME             enable, disable, observe: on trial for that time\n"
        "      --since TIME           top, report: in the last 90, 30m, 2h, 1d\n"
        "  -n, --lines NUMBER         top, usage, report, held: so many\n"
        "      --kind KIND            usage, report: domain, mailbox or user alone\n"
        "  -H, --host [USER@]HOST     on that host, by ssh\n"
        "  -f, --file FILE            apply: the policy; metrics: where to, replaced whole\n"
        "      --check                apply: say what would be, and change nothing\n"
        "      --strict               import: all of it or nothing\n"
        "  -y, --yes                  do not ask before enabling, importing or removing\n"
        "      --no-ask-password      do not ask for a password\n"
        "      --no-color             no colors, also on a terminal\n"
        "      --no-pager             do not show long answers by $PAGER or less\n"
        "  -h, --help                 this text\n"
        "      --version              the version\n"
        "\n"
        "Exit codes: 0 done; 1 bus or service failed; 2 wrong use; 3 not in force\n"
        "(status, is-active), not as it should be (verify, test, apply --check), or not\n"
        "let through (explain); 4 not authorized; 5 refused;\n"
        "6 failed, the old state is in force; 7 failed, and so did the way back.\n";
/* clang-format on */

enum {
        OPTION_JSON = 256,
        OPTION_NO_ASK_PASSWORD,
        OPTION_NO_COLOR,
        OPTION_NO_PAGER,
        OPTION_SINCE,
        OPTION_KIND,
        OPTION_TRY,
        OPTION_PORT,
        OPTION_TO,
        OPTION_FOR,
        OPTION_REASON,
        OPTION_VERDICT,
        OPTION_CHECK,
        OPTION_STRICT,
        OPTION_COMPLETE,
        OPTION_VERSION,
};

static const struct option options[] = {
        { "json", no_argument, NULL, OPTION_JSON },
        { "try", required_argument, NULL, OPTION_TRY },
        { "since", required_argument, NULL, OPTION_SINCE },
        { "lines", required_argument, NULL, 'n' },
        { "kind", required_argument, NULL, OPTION_KIND },
        { "file", required_argument, NULL, 'f' },
        { "host", required_argument, NULL, 'H' },
        { "check", no_argument, NULL, OPTION_CHECK },
        { "strict", no_argument, NULL, OPTION_STRICT },
        { "complete", no_argument, NULL, OPTION_COMPLETE },
        { "port", required_argument, NULL, OPTION_PORT },
        { "to", required_argument, NULL, OPTION_TO },
        { "for", required_argument, NULL, OPTION_FOR },
        { "reason", required_argument, NULL, OPTION_REASON },
        { "verdict", required_argument, NULL, OPTION_VERDICT },
        { "yes", no_argument, NULL, 'y' },
        { "no-ask-password", no_argument, NULL, OPTION_NO_ASK_PASSWORD },
        { "no-color", no_argument, NULL, OPTION_NO_COLOR },
        { "no-pager", no_argument, NULL, OPTION_NO_PAGER },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

static Style style_of_output(void) {
        Style style = { .width = WIDTH_DEFAULT };
        const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
        struct winsize size = {};

        if (!isatty(STDOUT_FILENO))
                return style;

        style.colors = (!no_color || !*no_color) && terminal && strcmp(terminal, "dumb") != 0;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0)
                style.width = MIN_OF((size_t) size.ws_col, (size_t) WIDTH_MAX);

        return style;
}

static ExitCode print(const char *string) {
        CLEANUP(text_done) Text text = {};

        text_append_string(&text, string);
        return report_text(&text);
}

/* getopt's own words begin with the path by which we were called, so they are ours instead. */
static ExitCode wrong_option(char *argv[]) {
        if (optopt > 0 && optopt < OPTION_JSON)
                return report_error(EXIT_CODE_USAGE, "there is no option '-%c'; " TRY_HELP, optopt);

        return report_error(
                        EXIT_CODE_USAGE,
                        "option '%s' is not understood; " TRY_HELP,
                        argv[optind - 1]);
}

static ExitCode read_grant_option(Context *context, int option) {
        Grant *grant = &context->grant;

        switch (option) {
        case OPTION_PORT:
                return command_read_ports(context, optarg);
        case OPTION_FOR:
                return command_read_duration(optarg, &grant->seconds);
        case OPTION_TO:
                grant->destination = optarg;
                return EXIT_CODE_OK;
        case OPTION_REASON:
                grant->reason = optarg;
                return EXIT_CODE_OK;
        default:
                grant->verdict = optarg;
                return EXIT_CODE_OK;
        }
}

/* Those that only an exception has. */
static bool has_exception_options(const Grant *grant) {
        return grant->port_count > 0 || grant->destination || grant->verdict;
}

static bool has_grant_options(const Grant *grant) {
        return has_exception_options(grant) || grant->seconds > 0 || grant->reason;
}

/* Return: true if the program is to end now, with *ret_code. */
static bool read_options(Context *context, int argc, char *argv[], ExitCode *ret_code) {
        int option;

        opterr = 0;
        while ((option = getopt_long(argc, argv, "H:f:hn:y", options, NULL)) >= 0)
                switch (option) {
                case OPTION_JSON:
                        context->json = true;
                        break;
                case OPTION_NO_ASK_PASSWORD:
                        context->caller.ask_password = false;
                        break;
                case OPTION_NO_COLOR:
                        context->style.colors = false;
                        break;
                case OPTION_NO_PAGER:
                        context->pager = false;
                        break;
                case OPTION_TRY:
                        *ret_code = command_read_duration(optarg, &context->try_seconds);
                        if (*ret_code != EXIT_CODE_OK)
                                return true;
                        break;
                case OPTION_PORT:
                case OPTION_TO:
                case OPTION_FOR:
                case OPTION_REASON:
                case OPTION_VERDICT:
                        *ret_code = read_grant_option(context, option);
                        if (*ret_code != EXIT_CODE_OK)
                                return true;
                        break;
                case OPTION_SINCE:
                        *ret_code = command_read_duration(optarg, &context->since_seconds);
                        if (*ret_code != EXIT_CODE_OK)
                                return true;
                        break;
                case OPTION_KIND:
                        context->kind = optarg;
                        break;
                case 'n':
                        *ret_code = command_read_most(context, optarg);
                        if (*ret_code != EXIT_CODE_OK)
                                return true;
                        break;
                case 'H':
                        context->caller.host = optarg;
                        break;
                case 'f':
                        context->file = optarg;
                        break;
                case OPTION_CHECK:
                        context->check = true;
                        break;
                case OPTION_STRICT:
                        context->strict = true;
                        break;
                case OPTION_COMPLETE:
                        context->complete = true;
                        break;
                case 'y':
                        context->yes = true;
                        break;
                case 'h':
                        *ret_code = print(help_text);
                        return true;
                case OPTION_VERSION:
                        *ret_code = print("smtp-restrictionsctl " PROJECT_VERSION "\n");
                        return true;
                default:
                        *ret_code = wrong_option(argv);
                        return true;
                }

        return false;
}

/* The row whose words these are; one with a second word stands before the one without. */
static const Verb *find_verb(const char *const words[], size_t count) {
        for (size_t i = 0; i < ELEMENTS_OF(verbs); i++) {
                if (!string_equal(verbs[i].name, words[0]))
                        continue;
                if (!verbs[i].second || (count > 1 && string_equal(verbs[i].second, words[1])))
                        return &verbs[i];
        }

        return NULL;
}

static const char *describe_missing(const Verb *verb) {
        if (string_equal(verb->name, "import"))
                return "csf, cpanel or imunify, and FILE or FOLDER";
        if (string_equal(verb->name, "rollback"))
                return "ID";
        if (string_equal(verb->name, "allow"))
                return "USER";
        if (string_equal(verb->name, "subject"))
                return string_equal(verb->second, "set") ? "SUBJECT or KEY=VALUE" : "SUBJECT";
        if (string_equal(verb->name, "disallow"))
                return "ID or USER";
        if (string_equal(verb->name, "held"))
                return "SUBJECT or ID";
        if (string_equal(verb->name, "usage"))
                return "SUBJECT";

        return "KEY=VALUE";
}

/* Reads files, users or sockets of the host that it runs on. */
static bool command_is_local(Command command) {
        return command == command_import || command == command_limits_suggest ||
               command == command_test;
}

static ExitCode run_verb(Context *context, const char *const words[], size_t count) {
        const Verb *verb;
        size_t skip;

        if (count == 0)
                return report_error(EXIT_CODE_USAGE, "a command is missing; " TRY_HELP);

        verb = find_verb(words, count);
        if (!verb)
                return report_error(
                                EXIT_CODE_USAGE, "there is no command '%s'; " TRY_HELP, words[0]);

        skip = verb->second ? 2 : 1;
        if (count - skip < verb->words_min)
                return report_error(
                                EXIT_CODE_USAGE,
                                "%s%s%s: %s is missing",
                                verb->name,
                                verb->second ? " " : "",
                                verb->second ?: "",
                                describe_missing(verb));
        if (count - skip > verb->words_max)
                return report_error(
                                EXIT_CODE_USAGE,
                                "%s: '%s' is too much; " TRY_HELP,
                                verb->name,
                                words[skip + verb->words_max]);
        if (context->try_seconds > 0 && !verb->tries)
                return report_error(
                                EXIT_CODE_USAGE,
                                "--try: is for enable, disable and observe; " TRY_HELP);
        if (has_grant_options(&context->grant) && verb->command != command_allow &&
            (verb->command != command_disable || has_exception_options(&context->grant)))
                return report_error(
                                EXIT_CODE_USAGE,
                                "--port, --to, --for, --reason and --verdict: are for "
                                "allow, --for and --reason also for disable; " TRY_HELP);
        if (context->since_seconds > 0 && verb->command != command_top &&
            verb->command != command_report)
                return report_error(EXIT_CODE_USAGE, "--since: is for top and report; " TRY_HELP);
        if (context->most > 0 && verb->command != command_top && verb->command != command_usage &&
            verb->command != command_report && verb->command != command_held)
                return report_error(
                                EXIT_CODE_USAGE,
                                "-n: is for top, usage, report and held; " TRY_HELP);
        if (context->kind && verb->command != command_usage && verb->command != command_report)
                return report_error(EXIT_CODE_USAGE, "--kind: is for usage and report; " TRY_HELP);
        if (context->check && verb->command != command_apply)
                return report_error(EXIT_CODE_USAGE, "--check: is for apply; " TRY_HELP);
        if (context->file && verb->command != command_apply && verb->command != command_metrics)
                return report_error(EXIT_CODE_USAGE, "--file: is for apply and metrics; " TRY_HELP);
        if (context->strict && verb->command != command_import)
                return report_error(EXIT_CODE_USAGE, "--strict: is for import; " TRY_HELP);
        if (context->caller.host && command_is_local(verb->command))
                return report_error(
                                EXIT_CODE_USAGE,
                                "--host: '%s' looks at the host it runs on; run it there",
                                words[skip - 1]);
        if (context->json && !verb->reads)
                return report_error(EXIT_CODE_USAGE, "--json: '%s' has no answer", words[skip - 1]);

        return verb->command(context, words + skip, count - skip);
}

static ExitCode complete(Context *context, const char *const words[], size_t count) {
        const CompleteGrammar grammar = {
                .verbs = verbs,
                .verb_count = ELEMENTS_OF(verbs),
                .options = options,
                .list = complete_list,
                .context = context,
        };
        CLEANUP(text_done) Text text = {};

        complete_words(&grammar, words, count, &text);
        return report_text(&text);
}

static void context_done(Context *context) {
        caller_done(&context->caller);
}

int main(int argc, char *argv[]) {
        CLEANUP(context_done)
        Context context = {
                .caller.ask_password = true,
                .style = style_of_output(),
                .pager = true,
        };
        ExitCode code;

        /* a reader that goes away shall end us by EPIPE, after the agent was ended */
        (void) signal(SIGPIPE, SIG_IGN);

        if (read_options(&context, argc, argv, &code))
                return (int) code;

        return (int) (context.complete ? complete : run_verb)(
                        &context, (const char *const *) argv + optind, (size_t) (argc - optind));
}
