/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "ctl/import-host.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/socket-list.h"
#include "util/text.h"

typedef enum Kind {
        KIND_USER,
        KIND_GROUP,
} Kind;

/* The name that it has here, which may have been a number there; NULL: there is nobody. */
static const char *find_name(Kind kind, const char *name) {
        const struct passwd *user;
        const struct group *group;
        uint32_t id;
        bool is_number = parse_u32(name, UINT32_MAX - 1, &id) == 0;

        if (kind == KIND_USER) {
                /* cppcheck-suppress getpwnamCalled // this program has one thread */
                user = getpwnam(name);
                if (!user && is_number)
                        user = getpwuid(id); /* cppcheck-suppress getpwuidCalled // the same */
                return user ? user->pw_name : NULL;
        }

        /* cppcheck-suppress getgrnamCalled // the same */
        group = getgrnam(name);
        if (!group && is_number)
                group = getgrgid(id); /* cppcheck-suppress getgrgidCalled // the same */
        return group ? group->gr_name : NULL;
}

/* `object` has the list under `key`. One that has nobody left goes. */
static int fit_names(json_t *object, const char *key, Kind kind, json_t *missing) {
        CLEANUP(json_decrefp) json_t *found = json_array();
        json_t *names = json_object_get(object, key), *name;
        size_t i;

        if (!names)
                return 0;

        json_array_foreach(names, i, name) {
                const char *here = find_name(kind, json_string_value(name));
                int r;

                if (here)
                        r = json_array_append_new(found, json_string(here));
                else
                        r = json_array_append_new(
                                        missing,
                                        json_pack("{ss sO}",
                                                  "Kind",
                                                  kind == KIND_USER ? "user" : "group",
                                                  "Name",
                                                  name));
                if (r < 0)
                        return -ENOMEM;
        }

        if (json_array_size(found) == 0)
                return json_object_del(object, key) < 0 ? -ENOMEM : 0;

        return json_object_set_new(object, key, TAKE(found)) < 0 ? -ENOMEM : 0;
}

static int fit_ports(Import *import) {
        CLEANUP(socket_list_done) SocketList listening = {};
        json_t *ports = json_object_get(import->policy, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS);
        json_t *verdict;
        const char *name;
        uint16_t port;
        int r;

        if (!ports)
                return 0;
        r = socket_list_read_listening(&listening);
        if (r < 0)
                return r;

        json_object_foreach(ports, name, verdict) {
                if (!string_equal(json_string_value(verdict), "redirect") ||
                    parse_port(name, &port) < 0 ||
                    socket_list_has_loopback_listener(&listening, AF_INET, port) ||
                    socket_list_has_loopback_listener(&listening, AF_INET6, port))
                        continue;
                if (json_string_set(verdict, "reject") < 0)
                        return -ENOMEM;
                import_remark(import,
                              SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                              name,
                              "Nothing listens there on this host: refused, not redirected");
        }

        return 0;
}

int import_fit_to_host(Import *import, json_t *missing) {
        static const char limits_key[] = SMTP_RESTRICTIONS_KEY_MAIL_LIMITS;
        static const char denied[] = SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS;
        json_t *policy = import->policy, *limits = json_object_get(policy, limits_key);
        int r;

        r = fit_names(policy, SMTP_RESTRICTIONS_KEY_ALLOWED_USERS, KIND_USER, missing);
        if (r >= 0)
                r = fit_names(policy, SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS, KIND_GROUP, missing);
        if (r >= 0)
                r = fit_names(limits, denied, KIND_USER, missing);
        if (r >= 0)
                r = fit_ports(import);

        return r < 0 ? r : import_finish(import);
}
